//! Reads decompressed bytes the way the tests of both decompressors want them: in steps, up to the end or the error.

use std::io::{self, Read};

/// What comes out with buffers of `step` bytes, and how it ends.
pub(crate) fn drain(mut reader: impl Read, step: usize) -> (Vec<u8>, io::Result<()>) {
    let mut out = Vec::new();
    let mut buffer = vec![0; step];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return (out, Ok(())),
            Ok(count) => out.extend_from_slice(&buffer[..count]),
            Err(error) => return (out, Err(error)),
        }
    }
}
