//! The formula of audit log, section 3.

pub mod obvious;
