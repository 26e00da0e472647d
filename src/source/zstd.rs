//! zstd with all its frames, skippable ones included (RFC 8878). The decoder is fed block by block because it gives
//! nothing out of a call in which it meets a damage.

use std::io::{self, BufRead, ErrorKind, Read};

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// The first bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Frames that want a greater window are refused: 2^27 bytes (128 MiB), what `zstd` itself allows unasked.
const WINDOW_LOG_MAX: u32 = 27;

/// Whether bytes are the beginning of a frame or of a skippable frame.
pub(super) fn is_magic(head: [u8; 4]) -> bool {
    let [first, rest @ ..] = head;
    head == MAGIC || (first & 0xf0 == 0x50 && rest == [0x2a, 0x4d, 0x18])
}

#[derive(Clone, Copy, Debug)]
enum ZstdStage {
    BetweenFrames,
    /// Inside a frame: how many bytes the decoder wants, which never reach beyond the frame.
    Frame {
        wanted: usize,
    },
    /// Inside a frame, and the last call filled its buffer: there may be more to come out without going in.
    Flush {
        wanted: usize,
    },
    End,
}

/// Decompresses frames until the input ends. Memory is bounded by the window.
pub(super) struct ZstdReader<R> {
    input: R,
    decoder: Decoder<'static>,
    stage: ZstdStage,
    /// The magic bytes of the frame that begins, already taken from the input.
    magic: Option<[u8; 4]>,
}

impl<R: BufRead> ZstdReader<R> {
    pub(super) fn new(input: R) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(Self { input, decoder, stage: ZstdStage::BetweenFrames, magic: None })
    }

    fn begin_frame(&mut self) -> io::Result<ZstdStage> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(ZstdStage::End);
        }
        let mut magic = [0_u8; 4];
        self.input.read_exact(&mut magic).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => garbage(),
            _ => error,
        })?;
        if !is_magic(magic) {
            return Err(garbage());
        }
        self.decoder.reinit()?;
        self.magic = Some(magic);
        Ok(ZstdStage::Frame { wanted: magic.len() })
    }

    /// One step inside a frame; 0 means that nothing came out yet.
    fn step(&mut self, out: &mut [u8], wanted: usize, flushing: bool) -> io::Result<usize> {
        let room = out.len();
        let mut out = OutBuffer::around(out);
        let magic = self.magic.take();
        let wanted_next = if let Some(magic) = magic {
            self.decoder.run(&mut InBuffer::around(&magic), &mut out)
        } else if flushing {
            self.decoder.run(&mut InBuffer::around(&[]), &mut out)
        } else {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Err(io::Error::new(ErrorKind::UnexpectedEof, "broken zstd: the file is cut off"));
            }
            let mut input = InBuffer::around(&input[..wanted.min(input.len())]);
            let result = self.decoder.run(&mut input, &mut out);
            let consumed = input.pos();
            self.input.consume(consumed);
            result
        };
        let wanted_next = wanted_next.map_err(|error| broken(&error.to_string().to_lowercase()))?;
        let count = out.pos();
        self.stage = match wanted_next {
            0 => ZstdStage::BetweenFrames,
            wanted if count == room => ZstdStage::Flush { wanted },
            wanted => ZstdStage::Frame { wanted },
        };
        Ok(count)
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let count = match self.stage {
                ZstdStage::End => return Ok(0),
                ZstdStage::BetweenFrames => {
                    self.stage = self.begin_frame()?;
                    0
                }
                ZstdStage::Frame { wanted } => self.step(out, wanted, false)?,
                ZstdStage::Flush { wanted } => self.step(out, wanted, true)?,
            };
            if count > 0 {
                return Ok(count);
            }
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("broken zstd: {what}"))
}

fn garbage() -> io::Error {
    broken("garbage after its end")
}

#[cfg(test)]
mod tests;
