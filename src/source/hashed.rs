//! Hashes an input on the way, as it lies on disk: the answer is that of `sha256sum` on the same bytes. Opening and
//! decompressing is left to `open`.

use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Input;
use super::open::{Opened, Raw, decompressed, raw};

/// Bytes behind the end of the text that are read at once.
const REST_BUFFER_BYTES: usize = 64 << 10;

/// The bytes of an input, as they lie on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many were read.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

/// A digest that is there once the input was read to its end, or as far as it can be read.
#[derive(Clone, Debug, Default)]
pub struct PendingDigest(Arc<OnceLock<Digest>>);

impl PendingDigest {
    /// The digest; None while the input is being read, and when nobody read on.
    pub fn get(&self) -> Option<Digest> {
        self.0.get().copied()
    }
}

/// Opens an input as [`super::open()`] does, and hashes its bytes in the thread that reads it. Where the decompressor gives
/// up, the rest of the file is read for its hash alone.
///
/// # Errors
/// Those of [`super::open()`].
pub fn open_hashed(input: &Input) -> io::Result<(Opened, PendingDigest)> {
    let digest = PendingDigest::default();
    let Raw { bytes, live } = raw(input)?;
    let source = Hashed { input: bytes, sha256: Sha256::new(), bytes: 0 };
    let source = Shared(Arc::new(Mutex::new(source)));
    let opened = decompressed(Box::new(source.clone()))?;
    let reader = ToTheEnd { text: opened.reader, source, digest: digest.clone() };
    Ok((Opened { reader: Box::new(reader), live, ..opened }, digest))
}

/// The bytes as they lie on disk, with the hash of those that were read.
struct Hashed {
    input: Box<dyn Read + Send>,
    sha256: Sha256,
    bytes: u64,
}

impl Read for Hashed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(out)?;
        self.sha256.update(&out[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

impl Hashed {
    /// Reads what the decompressor left.
    fn finish(&mut self) -> Digest {
        let mut buffer = vec![0; REST_BUFFER_BYTES];
        loop {
            match self.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // What cannot be read is in no hash; that it cannot was said when the text was read.
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        Digest { bytes: self.bytes, sha256: self.sha256.clone().finalize().into() }
    }
}

/// The decompressor reads from it, and what is left is read when the decompressor is done; never both at once.
#[derive(Clone)]
struct Shared(Arc<Mutex<Hashed>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Hashed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.lock().read(out)
    }
}

/// The decompressed bytes; at their end, or where they break off, the digest is made.
struct ToTheEnd {
    text: Box<dyn Read + Send>,
    source: Shared,
    digest: PendingDigest,
}

impl Read for ToTheEnd {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(out);
        let ended = match &read {
            Ok(count) => *count == 0 && !out.is_empty(),
            Err(error) => error.kind() != ErrorKind::Interrupted,
        };
        if ended {
            self.digest.0.get_or_init(|| self.source.lock().finish());
        }
        read
    }
}

#[cfg(test)]
mod tests;
