//! Samples that unit tests of several rooms share. Built for tests only; nothing of the product is here.

pub(crate) mod incident;
pub(crate) mod siem;
