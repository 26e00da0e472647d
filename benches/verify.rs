//! Verification in bytes and entries per second.
fn main() {}
