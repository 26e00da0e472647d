//! A process beside the test, which must not outlive it. What it does is left to whoever starts it.

use std::process::Child;

/// A process that ends with this value.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended on its own.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
