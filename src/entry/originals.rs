//! What an altered line may have been: takes a line apart as if Acra had written it, and names the edits that may have been done
//! to it. Guesses only; which one is proven is left to `chain`, and the same line in other bytes to `parse`.

mod recent;
mod repair;

use std::ops::{ControlFlow, Range};

use recent::Guesses;

pub use recent::FieldValues;
pub use repair::{drafts, is_one_edit_apart, is_suspect, repairs};

use super::ending::{FIELD, START};
use super::json::{DELIMITER, value_end};
use super::{Entry, Format, Seal, SealField, cef, parse, plaintext};

/// How far apart two bytes are at most that were changed together.
const PAIR_BYTES_MAX: usize = 6;

/// A line taken apart: what would have been signed, and the seal that stands on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    format: Format,
    body: Vec<u8>,
    /// Where in `body` text of the line stands; of json each key and its value by turns.
    parts: Vec<Range<usize>>,
    /// As it stands; an altered one need not be a seal.
    seal: Vec<u8>,
}

/// What may be done to a body to have the original back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// These bytes were others.
    Splice { at: Range<usize>, text: &'a [u8] },
    /// Some byte stood in place of these, which are one or none.
    AnyByte { at: Range<usize> },
    /// Two bytes were others.
    TwoBytes { first: usize, second: usize },
}

/// A field of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldSpan {
    name: Vec<u8>,
    value: Range<usize>,
    /// What goes when the field goes; None when it never does.
    whole: Option<Range<usize>>,
}

/// What is told of each edit; a break ends it.
pub type Visit<'v> = dyn FnMut(Edit<'_>) -> ControlFlow<()> + 'v;

impl Draft {
    fn new(format: Format, body: Vec<u8>, seal: &[u8]) -> Option<Self> {
        let parts = match format {
            Format::Json => parts_of_json(&body)?,
            Format::Plaintext | Format::Cef => std::iter::once(0..body.len()).collect(),
        };
        Some(Self { format, body, parts, seal: seal.to_vec() })
    }

    /// Of json, from its members but for the seal and the mark of a start.
    fn of_members<'a>(members: impl Iterator<Item = (&'a [u8], &'a [u8])>, seal: &[u8]) -> Option<Self> {
        let flat = members.map(|(key, value)| [DELIMITER, key, DELIMITER, value, DELIMITER].concat());
        Self::new(Format::Json, flat.collect::<Vec<_>>().concat(), seal)
    }

    /// The same with other bytes that were signed; None when no line gives them.
    pub fn with_body(&self, body: Vec<u8>) -> Option<Self> {
        Self::new(self.format, body, &self.seal)
    }

    /// What would have been signed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The seal as it stands.
    pub fn seal_text(&self) -> &[u8] {
        &self.seal
    }

    /// How Acra writes this line, with a right seal; the first entry of a chain with its mark.
    pub fn spell(&self, seal: &Seal, is_first: bool) -> Vec<u8> {
        let digits = hex::encode(seal.0);
        if self.format != Format::Json {
            let mark = if is_first { START } else { b"" };
            return [&self.body, &FIELD[..], digits.as_bytes(), mark].concat();
        }
        let quoted = format!("\"{digits}\"");
        let mut members: Vec<(&[u8], &[u8])> = self.members().collect();
        members.push((b"integrity", quoted.as_bytes()));
        if is_first {
            members.push((b"chain", b"\"new\""));
        }
        // The members of an original ascend, so this puts only the new ones into their places.
        members.sort_by_key(|member| member.0);
        let members: Vec<Vec<u8>> = members.iter().map(|(key, value)| [b"\"", *key, b"\":", *value].concat()).collect();
        [b"{", &members.join(&b","[..])[..], b"}"].concat()
    }

    /// The line that it is with a right seal, and what `parse` makes of it; None where that is read in another way.
    pub fn read(&self, seal: &Seal, is_first: bool) -> Option<(Vec<u8>, Entry)> {
        let line = self.spell(seal, is_first);
        let mut scratch = Vec::new();
        let entry = parse(&line, &mut scratch)?;
        let is_read_so = entry.seal == SealField::Present(*seal) && entry.mac_bytes(&line, &scratch) == self.body;
        is_read_so.then_some((line, entry))
    }

    fn members(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let pairs = self.parts.as_chunks::<2>().0.iter();
        pairs.map(|[key, value]| (&self.body[key.clone()], &self.body[value.clone()]))
    }

    /// Tells its fields to what knows values.
    pub fn add_to(&self, values: &mut FieldValues) {
        let fields = self.fields();
        values.add(fields.iter().map(|field| (field.name.as_slice(), &self.body[field.value.clone()])));
    }

    /// Single characters that were lost, put there or changed, and neighbours that changed places.
    pub fn visit_characters(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for part in &self.parts {
            for at in part.clone() {
                visit(Edit::Splice { at: at..at + 1, text: b"" })?;
                visit(Edit::AnyByte { at: at..at + 1 })?;
                if at + 1 < part.end && self.body[at] != self.body[at + 1] {
                    visit(Edit::Splice { at: at..at + 2, text: &[self.body[at + 1], self.body[at]] })?;
                }
            }
            for at in part.start..=part.end {
                visit(Edit::AnyByte { at: at..at })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Two characters close to one another that were changed.
    pub fn visit_pairs(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for part in &self.parts {
            for first in part.clone() {
                for second in first + 1..part.end.min(first + 1 + PAIR_BYTES_MAX) {
                    visit(Edit::TwoBytes { first, second })?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// A field that was put there.
    pub fn visit_added_fields(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for field in self.fields() {
            if let Some(whole) = field.whole {
                visit(Edit::Splice { at: whole, text: b"" })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Values that were replaced: by what the lines above have.
    pub fn visit_values(&self, above: &FieldValues, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let fields = self.fields();
        for field in &fields {
            let value = &self.body[field.value.clone()];
            for other in above.of(&field.name).filter(|other| *other != value) {
                visit(Edit::Splice { at: field.value.clone(), text: other })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Fields that were taken out: with what the lines above have.
    pub fn visit_removed_fields(&self, above: &FieldValues, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let fields = self.fields();
        for (name, values) in above.iter().filter(|(name, _)| !fields.iter().any(|field| field.name == *name)) {
            for value in values {
                let Some((at, text)) = self.inserted(&fields, name, value) else { continue };
                visit(Edit::Splice { at: at..at, text: &text })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Levels, numbers and times that were replaced: by what is near.
    pub fn visit_values_near(&self, above: &FieldValues, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for field in self.fields() {
            let value = &self.body[field.value.clone()];
            for guess in Guesses::of(&field.name, value, above.of(&field.name).next()) {
                visit(Edit::Splice { at: field.value.clone(), text: &guess })?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Where a field belongs, and its text there.
    fn inserted(&self, fields: &[FieldSpan], name: &[u8], value: &[u8]) -> Option<(usize, Vec<u8>)> {
        let is_sorted = |field: &&FieldSpan| {
            field.whole.is_some()
                && (self.format != Format::Plaintext || !matches!(&*field.name, b"time" | b"level" | b"msg"))
        };
        if name.starts_with(b"|") || matches!(name, b"time" | b"level") {
            return None;
        }
        let is_message = self.format == Format::Plaintext && name == b"msg";
        let behind = fields.iter().filter(is_sorted).find(|field| is_message || field.name.as_slice() > name);
        if self.format == Format::Json {
            let at = behind.and_then(|field| field.whole.as_ref()).map_or(self.body.len(), |whole| whole.start);
            return Some((at, [DELIMITER, name, DELIMITER, value, DELIMITER].concat()));
        }
        let text = [name, b"=", value].concat();
        let start_of = |field: &FieldSpan| field.value.start - field.name.len() - 1;
        match behind {
            Some(field) => Some((start_of(field), [&text[..], b" "].concat())),
            None => Some((self.body.len(), [b" ", &text[..]].concat())),
        }
    }

    fn fields(&self) -> Vec<FieldSpan> {
        if let Some(fields) = self.fields_of_json() {
            return fields;
        }
        let mut fields = Vec::new();
        let mut at = 0;
        if self.format == Format::Cef
            && let Some((parts, extension)) = cef::split(&self.body)
        {
            for (number, part) in parts.iter().enumerate() {
                let name = format!("|{number}").into_bytes();
                fields.push(FieldSpan { name, value: at..at + part.len(), whole: None });
                at += part.len() + 1;
            }
            self.push_fields(extension, at, &mut fields);
        } else if self.format == Format::Plaintext {
            self.push_fields(plaintext::fields(&self.body), at, &mut fields);
        }
        fields
    }

    fn push_fields<'a>(
        &self,
        pairs: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        mut at: usize,
        fields: &mut Vec<FieldSpan>,
    ) {
        for (name, value) in pairs {
            let begin = at + name.len() + 1;
            let end = begin + value.len();
            // A blank goes with it: the one before it, or of the first one that behind it.
            let whole = match at.checked_sub(1).map(|before| self.body[before]) {
                Some(b' ') => at - 1..end,
                _ => at..self.body.len().min(end + 1),
            };
            fields.push(FieldSpan { name: name.to_vec(), value: begin..end, whole: Some(whole) });
            at = end + 1;
        }
    }

    fn fields_of_json(&self) -> Option<Vec<FieldSpan>> {
        let pairs = self.parts.as_chunks::<2>().0.iter();
        let span = |[key, value]: &[Range<usize>; 2]| FieldSpan {
            name: self.body[key.clone()].to_vec(),
            value: value.clone(),
            whole: Some(key.start - DELIMITER.len()..value.end + DELIMITER.len()),
        };
        (self.format == Format::Json).then(|| pairs.map(span).collect())
    }
}

/// Where keys and values stand in what is signed of a json line.
fn parts_of_json(body: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let key = at + DELIMITER.len();
        body[at..].starts_with(DELIMITER).then_some(())?;
        let key_end = key + memchr::memmem::find(&body[key..], DELIMITER)?;
        let value = key_end + DELIMITER.len();
        let end = value_end(body, value)?;
        body[end..].starts_with(DELIMITER).then_some(())?;
        parts.extend([key..key_end, value..end]);
        at = end + DELIMITER.len();
    }
    Some(parts)
}

#[cfg(test)]
mod tests;
