//! gzip with all its members (RFC 1952). Written on raw deflate because the reader must give out every byte that could
//! be decoded before it reports a damage, and must tell padding from garbage after the last member.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// The first bytes of a member.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

const METHOD_DEFLATE: u8 = 8;
const FLAG_HEADER_CRC: u8 = 1 << 1;
const FLAG_EXTRA: u8 = 1 << 2;
const FLAG_NAME: u8 = 1 << 3;
const FLAG_COMMENT: u8 = 1 << 4;
const FLAGS_RESERVED: u8 = 0b1110_0000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GzipStage {
    FirstMember,
    NextMember,
    Body,
    Trailer,
    End,
    Broken,
}

/// Decompresses members until the input ends. Memory does not depend on the content.
pub(super) struct GzipReader<R> {
    input: R,
    inflate: Decompress,
    checksum: Crc,
    stage: GzipStage,
}

impl<R: BufRead> GzipReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, inflate: Decompress::new(false), checksum: Crc::new(), stage: GzipStage::FirstMember }
    }

    /// Reads what stands before the deflated data of a member; false when there is no further member.
    fn begin_member(&mut self) -> io::Result<bool> {
        let first = self.stage == GzipStage::FirstMember;
        if !first {
            match self.input.fill_buf()?.first() {
                None => return Ok(false),
                Some(0) => return self.skip_padding().map(|()| false),
                Some(_) => {}
            }
        }
        let mut header = [0_u8; 10];
        for byte in &mut header[..2] {
            self.input.read_exact(std::slice::from_mut(byte)).map_err(|error| garbage_or(error, first))?;
        }
        if header[..2] != MAGIC {
            return Err(if first { broken("it does not begin like gzip") } else { garbage() });
        }
        self.input.read_exact(&mut header[2..]).map_err(cut_off)?;
        let [_, _, method, flags, ..] = header;
        if method != METHOD_DEFLATE || flags & FLAGS_RESERVED != 0 {
            return Err(broken("a header of an unknown kind"));
        }
        if flags & FLAG_EXTRA != 0 {
            let mut length = [0_u8; 2];
            self.input.read_exact(&mut length).map_err(cut_off)?;
            self.skip_bytes(usize::from(u16::from_le_bytes(length)))?;
        }
        for flag in [FLAG_NAME, FLAG_COMMENT] {
            if flags & flag != 0 {
                self.skip_text()?;
            }
        }
        if flags & FLAG_HEADER_CRC != 0 {
            self.skip_bytes(2)?;
        }
        self.inflate.reset(false);
        self.checksum.reset();
        Ok(true)
    }

    /// Tapes and some tools fill up with zeros; anything else behind them is garbage.
    fn skip_padding(&mut self) -> io::Result<()> {
        loop {
            let rest = self.input.fill_buf()?;
            if rest.is_empty() {
                return Ok(());
            }
            if rest.iter().any(|&byte| byte != 0) {
                return Err(garbage());
            }
            let count = rest.len();
            self.input.consume(count);
        }
    }

    fn skip_bytes(&mut self, mut count: usize) -> io::Result<()> {
        while count > 0 {
            let here = self.input.fill_buf()?.len().min(count);
            if here == 0 {
                return Err(truncated());
            }
            self.input.consume(here);
            count -= here;
        }
        Ok(())
    }

    /// Passes over a text that ends with a zero byte.
    fn skip_text(&mut self) -> io::Result<()> {
        loop {
            let rest = self.input.fill_buf()?;
            if rest.is_empty() {
                return Err(truncated());
            }
            let (count, ended) = memchr::memchr(0, rest).map_or((rest.len(), false), |at| (at + 1, true));
            self.input.consume(count);
            if ended {
                return Ok(());
            }
        }
    }

    /// Inflates some bytes into `out`; 0 means that nothing came out yet.
    fn inflate(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let input = self.input.fill_buf()?;
        let ended = input.is_empty();
        let (in_before, out_before) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, out, FlushDecompress::None);
        // Both differences are bounded by the slices' lengths.
        let consumed = (self.inflate.total_in() - in_before) as usize;
        let count = (self.inflate.total_out() - out_before) as usize;
        self.input.consume(consumed);
        self.checksum.update(&out[..count]);
        match status {
            Ok(Status::StreamEnd) => self.stage = GzipStage::Trailer,
            Ok(Status::Ok | Status::BufError) if count > 0 => {}
            Ok(Status::Ok | Status::BufError) if ended => return Err(truncated()),
            Ok(Status::Ok | Status::BufError) if consumed > 0 => {}
            Err(_) if count > 0 => self.stage = GzipStage::Broken,
            Ok(Status::Ok | Status::BufError) | Err(_) => {
                return Err(broken("deflated data are damaged"));
            }
        }
        Ok(count)
    }

    fn check_trailer(&mut self) -> io::Result<()> {
        let mut trailer = [0_u8; 8];
        self.input.read_exact(&mut trailer).map_err(cut_off)?;
        let [a, b, c, d, e, f, g, h] = trailer;
        let sum_fits = u32::from_le_bytes([a, b, c, d]) == self.checksum.sum();
        let length_fits = u32::from_le_bytes([e, f, g, h]) == self.checksum.amount();
        if sum_fits && length_fits { Ok(()) } else { Err(broken("the checksum does not match")) }
    }
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.stage {
                GzipStage::FirstMember | GzipStage::NextMember => {
                    self.stage = if self.begin_member()? { GzipStage::Body } else { GzipStage::End };
                }
                GzipStage::Body => {
                    let count = self.inflate(out)?;
                    if count > 0 {
                        return Ok(count);
                    }
                }
                GzipStage::Trailer => {
                    self.check_trailer()?;
                    self.stage = GzipStage::NextMember;
                }
                GzipStage::End => return Ok(0),
                GzipStage::Broken => return Err(broken("deflated data are damaged")),
            }
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("broken gzip: {what}"))
}

fn truncated() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "broken gzip: the file is cut off")
}

fn garbage() -> io::Error {
    broken("garbage after its end")
}

fn cut_off(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::UnexpectedEof { truncated() } else { error }
}

/// A single byte after the last member is no member that was cut off.
fn garbage_or(error: io::Error, first: bool) -> io::Error {
    if error.kind() != ErrorKind::UnexpectedEof || first { cut_off(error) } else { garbage() }
}

#[cfg(test)]
mod tests;
