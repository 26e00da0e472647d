//! Writes JSON that is harmless even when it is looked at on a terminal: what `escape` calls hostile stands as `\uNNNN`
//! inside strings. The value is the same for every reader.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::escape::{Piece, Pieces};

/// Writes a value over several lines, with a newline at the end.
pub(super) fn write_pretty<T: Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Inert(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// Writes a value as one line.
pub(super) fn write_line<T: Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    write_bare(out, value)?;
    out.write_all(b"\n")
}

/// Writes a value without any line break.
pub(super) fn write_bare<T: Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Inert(CompactFormatter)))?;
    Ok(())
}

/// A formatter that spells out hostile characters and leaves the layout to another one.
struct Inert<F>(F);

impl<F: Formatter> Formatter for Inert<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for piece in Pieces::of(fragment) {
            match piece {
                Piece::Plain(plain) => out.write_all(plain.as_bytes())?,
                Piece::Hostile(c) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::{write_line, write_pretty};

    #[test]
    fn hostile_characters_are_spelled_out_and_read_back_as_they_were() {
        let text = "\x1b[31m \u{7f}\u{9b}\u{202e}\u{2028}\u{e0041} ##[error] \"\\\n ä 漢";
        let (mut line, mut pretty) = (Vec::new(), Vec::new());
        write_line(&mut line, &[text]).unwrap();
        write_pretty(&mut pretty, &[text]).unwrap();
        for written in [line, pretty] {
            let written = String::from_utf8(written).unwrap();
            assert!(
                written.contains("\\u001b[31m \\u007f\\u009b\\u202e\\u2028\\udb40\\udc41 #\\u0023[error]"),
                "{written}"
            );
            assert!(written.contains("ä 漢"));
            assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text]);
        }
    }
}
