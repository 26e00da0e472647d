//! Samples that unit tests of several rooms share. Built for tests only; nothing of the product is here.

pub(crate) mod evidence;
pub(crate) mod incident;
pub(crate) mod key;
pub(crate) mod output;
pub(crate) mod receivers;
pub(crate) mod siem;
pub(crate) mod source;

// The servers of the integration tests, for what is tried before a verb does it.
#[path = "../../tests/integration/services/certificates.rs"]
pub(crate) mod certificates;
#[path = "../../tests/integration/support/running.rs"]
pub(crate) mod running;
#[path = "../../tests/integration/services/servers.rs"]
#[allow(dead_code, reason = "some of them are for the integration tests alone")]
pub(crate) mod servers;
#[cfg(feature = "webhook")]
#[path = "../../tests/integration/services/standin.rs"]
#[allow(dead_code, reason = "as above")]
pub(crate) mod standin;
