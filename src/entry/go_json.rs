//! A JSON object as Go's `json.Unmarshal` and `json.Marshal` leave it: keys sorted, the last of repeated ones kept, escapes
//! and numbers in Go's spelling (audit log, section 3). For lines Acra did not write that way; what the members mean is
//! left to `json`.

use std::ops::Range;

mod scalar;

pub(crate) use scalar::{Style, as_go_prints, decode_string, is_number, write_string};

/// Deeper objects are not read: Acra's entries are two or three levels deep.
const DEPTH_MAX: usize = 256;
/// More members in objects that are open at a time are not read: each costs memory, and Acra's entries have some dozens.
const MEMBERS_MAX: usize = 1 << 16;

/// How many times its own length a line may be moved while objects inside objects are sorted. Genuine nesting moves it
/// once or twice; a hostile one would cost the product of length and depth.
const MOVES_MAX: usize = 8;

/// An object in Go's spelling.
#[derive(Debug)]
pub(crate) struct Object {
    /// The object as Go prints it.
    pub(crate) text: Vec<u8>,
    /// Whether a key was repeated, at any depth.
    pub(crate) repeated: bool,
    /// Whether the other style would print something else. A long line is not marshalled twice for nothing.
    pub(crate) differs_by_style: bool,
    keys: Vec<u8>,
    members: Vec<Member>,
}

impl Object {
    /// The top-level members in order: the decoded key, and the value in Go's spelling.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.members.iter().map(|member| (&self.keys[member.key.clone()], &self.text[member.value_at..member.text.end]))
    }
}

/// Reads a line that holds one object and blanks. `None` when Go would refuse it, or when it is too deep or too wide.
pub(crate) fn marshal(line: &[u8], style: Style) -> Option<Object> {
    let mut marshaller = Marshaller {
        input: line,
        at: 0,
        style,
        object: Object {
            text: Vec::with_capacity(line.len()),
            repeated: false,
            differs_by_style: false,
            keys: Vec::new(),
            members: Vec::new(),
        },
        open: Vec::new(),
        decoded: Vec::new(),
        moves_left: line.len().saturating_mul(MOVES_MAX),
    };
    marshaller.skip_blanks();
    (marshaller.peek()? == b'{').then_some(())?;
    marshaller.run()?;
    Some(marshaller.object)
}

/// One member of an object that is being read, or of the outermost one.
#[derive(Clone, Debug)]
struct Member {
    /// The decoded key, in `keys`.
    key: Range<usize>,
    /// Key, colon and value, in `text`.
    text: Range<usize>,
    /// Where in `text` the value begins.
    value_at: usize,
}

/// An array or object that is not closed yet.
struct Open {
    /// Where in `text` its bracket stands.
    text_at: usize,
    /// For an object: how many members and key bytes its parents have.
    outer: Option<(usize, usize)>,
}

struct Marshaller<'a> {
    input: &'a [u8],
    at: usize,
    style: Style,
    object: Object,
    open: Vec<Open>,
    decoded: Vec<u8>,
    /// Bytes that may still be moved while sorting.
    moves_left: usize,
}

impl Marshaller<'_> {
    fn run(&mut self) -> Option<()> {
        // Whether nothing stands yet in the innermost open array or object.
        let mut fresh = self.read_value()?;
        loop {
            self.skip_blanks();
            let Some(innermost) = self.open.last() else {
                return (self.at == self.input.len()).then_some(());
            };
            let in_object = innermost.outer.is_some();
            match self.peek()? {
                b'}' if in_object => {
                    self.close()?;
                    fresh = false;
                    continue;
                }
                b']' if !in_object => {
                    self.close()?;
                    fresh = false;
                    continue;
                }
                b',' if !fresh => {
                    self.at += 1;
                    self.object.text.push(b',');
                    self.skip_blanks();
                }
                _ if fresh => {}
                _ => return None,
            }
            if in_object {
                self.read_key()?;
            }
            fresh = self.read_value()?;
        }
    }

    /// Reads a scalar, or the opening bracket of an array or object: true.
    fn read_value(&mut self) -> Option<bool> {
        let bracket = self.peek()?;
        match bracket {
            b'{' | b'[' => {
                if self.open.len() == DEPTH_MAX {
                    return None;
                }
                let outer = (bracket == b'{').then_some((self.object.members.len(), self.object.keys.len()));
                self.open.push(Open { text_at: self.object.text.len(), outer });
                self.object.text.push(bracket);
                self.at += 1;
                return Some(true);
            }
            b'"' => {
                self.decoded.clear();
                self.at += scalar::decode_string(&self.input[self.at..], &mut self.decoded)?;
                self.object.differs_by_style |= scalar::differs_by_style(&self.decoded);
                scalar::write_string(&self.decoded, self.style, &mut self.object.text);
            }
            _ => self.at += scalar::rewrite_number_or_word(&self.input[self.at..], &mut self.object.text)?,
        }
        self.end_value();
        Some(false)
    }

    fn read_key(&mut self) -> Option<()> {
        let Object { text, keys, members, differs_by_style, .. } = &mut self.object;
        if members.len() == MEMBERS_MAX {
            return None;
        }
        self.decoded.clear();
        self.at += scalar::decode_string(&self.input[self.at..], &mut self.decoded)?;
        *differs_by_style |= scalar::differs_by_style(&self.decoded);
        let (key_at, text_at) = (keys.len(), text.len());
        keys.extend_from_slice(&self.decoded);
        scalar::write_string(&self.decoded, self.style, text);
        text.push(b':');
        members.push(Member { key: key_at..keys.len(), text: text_at..text.len(), value_at: text.len() });
        self.skip_blanks();
        (self.peek()? == b':').then_some(())?;
        self.at += 1;
        self.skip_blanks();
        Some(())
    }

    /// `None` when sorting would take too long.
    fn close(&mut self) -> Option<()> {
        let bracket = self.input[self.at];
        self.at += 1;
        if let Some(Open { text_at, outer }) = self.open.pop()
            && let Some((members_outside, keys_outside)) = outer
        {
            let moved = self.object.sort(text_at, members_outside);
            self.moves_left = self.moves_left.checked_sub(moved)?;
            if !self.open.is_empty() {
                self.object.members.truncate(members_outside);
                self.object.keys.truncate(keys_outside);
            }
        }
        self.object.text.push(bracket);
        self.end_value();
        Some(())
    }

    /// A value is complete: the member it belongs to, if any, reaches to here.
    fn end_value(&mut self) {
        let in_object = self.open.last().is_some_and(|innermost| innermost.outer.is_some());
        if in_object && let Some(member) = self.object.members.last_mut() {
            member.text.end = self.object.text.len();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }
}

impl Object {
    /// Puts the members from the given one on into order, and their text behind the bracket at `text_at`. Returns how
    /// many bytes were moved.
    fn sort(&mut self, text_at: usize, first: usize) -> usize {
        let Self { text, repeated, keys, members, .. } = self;
        let key = |member: &Member| &keys[member.key.clone()];
        if members[first..].is_sorted_by(|a, b| key(a) < key(b)) {
            return 0;
        }
        let mut unsorted = members.split_off(first);
        // Stable, so that among repeated keys the last one written stays the last.
        unsorted.sort_by(|a, b| key(a).cmp(key(b)));
        let mut sorted = Vec::with_capacity(text.len() - text_at);
        for (index, member) in unsorted.iter().enumerate() {
            if unsorted.get(index + 1).is_some_and(|next| key(next) == key(member)) {
                *repeated = true;
                continue;
            }
            if !sorted.is_empty() {
                sorted.push(b',');
            }
            let moved_to = text_at + 1 + sorted.len();
            sorted.extend_from_slice(&text[member.text.clone()]);
            members.push(Member {
                key: member.key.clone(),
                text: moved_to..moved_to + member.text.len(),
                value_at: moved_to + (member.value_at - member.text.start),
            });
        }
        text.truncate(text_at + 1);
        text.extend_from_slice(&sorted);
        sorted.len()
    }
}
