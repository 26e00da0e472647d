//! Samples that unit tests of several rooms share. Built for tests only; nothing of the product is here.

pub(crate) mod evidence;
pub(crate) mod incident;
pub(crate) mod key;
pub(crate) mod output;
pub(crate) mod siem;
pub(crate) mod source;
