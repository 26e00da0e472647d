//! The json form (audit log, sections 2 and 3): flattens an object into its MAC input, in one pass over raw tokens when it
//! is spelled as Acra spells it, and by way of `go_json` otherwise. Whether a value is valid inside is left to the seal.

use std::ops::Range;

use memchr::memchr2;

use super::ending::{SEAL_DIGITS, is_nearly, seal_from};
use super::go_json::{self, Object, Style};
use super::go_spelling::prints_itself;
use super::{END_MESSAGE, Entry, Fidelity, Format, MacInput, Marker, SealField};

/// What stands around every key and behind every value of the MAC input.
pub(super) const DELIMITER: &[u8] = b"delimiter";

/// Reads a line without trailing blanks that begins with a brace, perhaps behind blanks.
pub(super) fn parse(line: &[u8], scratch: &mut Vec<u8>) -> Option<Entry> {
    let at = scratch.len();
    let entry_of = |known: KnownMembers<'_>, fidelity, scratch: &mut Vec<u8>| {
        let entry = known.entry(fidelity, at..scratch.len());
        if matches!(entry.mac, MacInput::Line(_)) {
            scratch.truncate(at);
        }
        Some(entry)
    };
    let fast = flatten_tokens(line, scratch);
    if let Ok(known) = fast
        && !known.needs_a_closer_look(line)
    {
        return entry_of(known, Fidelity::Exact, scratch);
    }
    if let Some((object, fidelity)) = spell_as_signed(line) {
        scratch.truncate(at);
        return entry_of(flatten_object(&object, scratch), fidelity, scratch);
    }
    if let Ok(known) = fast {
        // Too deep or too wide for the closer look: if the seal is right, so are the tokens.
        return entry_of(known, Fidelity::Exact, scratch);
    }
    scratch.truncate(at);
    parse_broken(line)
}

/// A line that is no object, but holds what only a sealed one does. The caller knows whether it is torn or altered.
pub(super) fn parse_broken(line: &[u8]) -> Option<Entry> {
    let torn = line.starts_with(b"{") && memchr::memmem::find(line, b"\"integrity\":").is_some();
    // A hostile line may consist of quotes: the digits are read only where the first one is there.
    let quoted_digits = |text: &[u8]| {
        text[SEAL_DIGITS] == b'"' && text[0].is_ascii_hexdigit() && seal_from(&text[..SEAL_DIGITS]).is_some()
    };
    let mut quotes = memchr::memchr_iter(b'"', line).map(|quote| &line[quote + 1..]);
    let sealed = torn || quotes.any(|text| text.len() > SEAL_DIGITS && quoted_digits(text));
    sealed.then_some(Entry {
        format: Format::Json,
        seal: SealField::Malformed,
        marker: Marker::Middle,
        fidelity: Fidelity::Exact,
        mac: MacInput::Line(0..0),
    })
}

/// See [`super::remarshal`].
pub(super) fn remarshal(line: &[u8]) -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    for style in [Style::Go122, Style::Go121] {
        let Some(object) = go_json::marshal(line, style) else { break };
        let mut input = Vec::with_capacity(object.text.len());
        flatten_object(&object, &mut input);
        inputs.push(input);
        if !object.differs_by_style {
            break;
        }
    }
    inputs
}

/// Whether a top-level member is one that is looked for: a decoded key, and a value as it stands in the line or as Go would
/// print it.
pub(super) fn has_member(line: &[u8], is_wanted: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    let mut found = false;
    if walk_tokens(line, |(key, value)| found |= is_wanted(key, value)).is_ok() {
        return found;
    }
    let object = go_json::marshal(line, Style::Go122);
    object.is_some_and(|object| object.members().any(|(key, value)| is_wanted(key, value)))
}

/// The top-level value of a key as it stands in the line, or as Go would print it.
pub(super) fn value_of(line: &[u8], wanted: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    let fast = walk_tokens(line, |(key, value)| {
        if key == wanted {
            found = Some(value.to_vec());
        }
    });
    if fast.is_ok() {
        return found;
    }
    let object = go_json::marshal(line, Style::Go122)?;
    object.members().find(|(key, _)| *key == wanted).map(|(_, value)| value.to_vec())
}

/// What a member is to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Seal,
    Chain,
    Message,
    Other,
}

impl Role {
    pub(super) fn of(key: &[u8]) -> Self {
        match key {
            b"integrity" => Self::Seal,
            b"chain" => Self::Chain,
            b"msg" => Self::Message,
            _ => Self::Other,
        }
    }
}

/// What is known about an object after all its members have been seen. Values are raw tokens, quotes included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownMembers<'a> {
    integrity: Option<&'a [u8]>,
    chain: Option<&'a [u8]>,
    message: Option<&'a [u8]>,
    /// A seal whose key is spelled wrong by a byte or two.
    damaged: bool,
    /// A key contains `delimiter`, so that it may have been several members.
    ambiguous: bool,
    /// A value contains an object, in which keys may be repeated.
    nested: bool,
}

impl<'a> KnownMembers<'a> {
    /// Takes a member in; returns whether it is signed.
    #[inline]
    fn take(&mut self, (key, value): Member<'a>) -> bool {
        self.ambiguous |= is_ambiguous(key);
        self.take_as(Role::of(key), (key, value))
    }

    /// The same when the role of its key is known, and that it is not ambiguous.
    #[inline]
    pub(super) fn take_as(&mut self, role: Role, (key, value): (&[u8], &'a [u8])) -> bool {
        self.nested |= matches!(value.first(), Some(b'{' | b'[')) && value.contains(&b'{');
        match role {
            Role::Seal => {
                self.integrity = Some(value);
                return false;
            }
            Role::Chain => {
                self.chain = Some(value);
                return value != b"\"new\"";
            }
            Role::Message => self.message = Some(value),
            Role::Other if value.len() == SEAL_DIGITS + 2 => self.damaged |= is_damaged_seal(key, value),
            Role::Other => {}
        }
        true
    }

    /// Whether raw tokens do not suffice: what is decided by comparing values is spelled with escapes, or keys may be
    /// repeated further inside.
    pub(super) fn needs_a_closer_look(&self, line: &[u8]) -> bool {
        let escaped = |value: Option<&[u8]>| value.is_some_and(|value| value.contains(&b'\\'));
        let maybe_end = self.chain == Some(b"\"end\"") && escaped(self.message);
        escaped(self.integrity) || escaped(self.chain) || maybe_end || self.nested && !prints_itself(line)
    }

    /// The entry, whose MAC input stands there; without a seal it has none.
    pub(super) fn entry(&self, fidelity: Fidelity, mac: Range<usize>) -> Entry {
        let unquoted = |value: &'a [u8]| value.strip_prefix(b"\"")?.strip_suffix(b"\"");
        let seal = match self.integrity {
            Some(value) => unquoted(value).and_then(seal_from).map_or(SealField::Malformed, SealField::Present),
            None if self.damaged => SealField::Malformed,
            None => SealField::Absent,
        };
        let marker = match self.chain.and_then(unquoted) {
            Some(b"new") => Marker::Start,
            Some(b"end") if self.message.and_then(unquoted) == Some(END_MESSAGE) => Marker::End,
            _ => Marker::Middle,
        };
        let mac = match seal {
            SealField::Present(_) => MacInput::Scratch(mac),
            SealField::Absent | SealField::Malformed => MacInput::Line(0..0),
        };
        let fidelity = if self.ambiguous { Fidelity::Ambiguous } else { fidelity };
        Entry { format: Format::Json, seal, marker, fidelity, mac }
    }
}

/// Whether a key may have been several members. A genuine field may be named exactly so; there it stands between two
/// delimiters and cannot be misread.
pub(super) fn is_ambiguous(key: &[u8]) -> bool {
    key.len() > DELIMITER.len() && key.windows(DELIMITER.len()).any(|part| part == DELIMITER)
}

/// Whether this is a seal whose key is spelled wrong by a letter or two: no field of Acra's has a value like that.
fn is_damaged_seal(key: &[u8], value: &[u8]) -> bool {
    is_nearly(key, "integrity") && seal_from(&value[1..value.len() - 1]).is_some()
}

/// The fast way: appends the MAC input as the raw tokens give it. On an error the scratch buffer holds a part of it.
pub(super) fn flatten_tokens<'a>(line: &'a [u8], scratch: &mut Vec<u8>) -> Result<KnownMembers<'a>, OtherSpelling> {
    let mut known = KnownMembers::default();
    walk_tokens(line, |member| {
        if known.take(member) {
            append(member, scratch);
        }
    })?;
    Ok(known)
}

#[inline]
fn walk_tokens<'a>(line: &'a [u8], mut each: impl FnMut(Member<'a>)) -> Result<(), OtherSpelling> {
    let mut members = members(line)?;
    while let Some(member) = members.next()? {
        each(member);
    }
    Ok(())
}

/// The slow way: appends the MAC input as Go's spelling gives it.
pub(super) fn flatten_object<'a>(object: &'a Object, scratch: &mut Vec<u8>) -> KnownMembers<'a> {
    let mut known = KnownMembers { ambiguous: object.repeated, ..KnownMembers::default() };
    for member in object.members() {
        if known.take(member) {
            append(member, scratch);
        }
    }
    known
}

#[inline]
fn append((key, value): Member<'_>, scratch: &mut Vec<u8>) {
    scratch.reserve(3 * DELIMITER.len() + key.len() + value.len());
    scratch.extend_from_slice(DELIMITER);
    scratch.extend_from_slice(key);
    scratch.extend_from_slice(DELIMITER);
    scratch.extend_from_slice(value);
    scratch.extend_from_slice(DELIMITER);
}

/// The object in the spelling that was signed, as far as the line tells: it is exact when one of Go's two spellings is the
/// line itself.
fn spell_as_signed(line: &[u8]) -> Option<(Object, Fidelity)> {
    let newer = go_json::marshal(line, Style::Go122)?;
    if newer.text == line {
        return Some((newer, Fidelity::Exact));
    }
    if !newer.differs_by_style {
        return Some((newer, Fidelity::Reencoded));
    }
    match go_json::marshal(line, Style::Go121) {
        Some(older) if older.text == line => Some((older, Fidelity::Exact)),
        _ => Some((newer, Fidelity::Reencoded)),
    }
}

/// This object is not in the form Acra writes: blanks, escaped or unordered keys, or no JSON at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OtherSpelling;

/// A key without its quotes and its value as it stands.
pub(crate) type Member<'a> = (&'a [u8], &'a [u8]);

/// The members of a compact object whose keys need no escape and strictly ascend.
pub(crate) struct Members<'a> {
    line: &'a [u8],
    at: usize,
    previous: Option<&'a [u8]>,
}

/// Walks a line without trailing blanks.
pub(crate) fn members(line: &[u8]) -> Result<Members<'_>, OtherSpelling> {
    let at = match line {
        b"{}" => line.len(),
        [b'{', _, ..] => 1,
        _ => return Err(OtherSpelling),
    };
    Ok(Members { line, at, previous: None })
}

impl<'a> Members<'a> {
    /// The next member; `None` behind the closing brace, which is the last byte of the line.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<Member<'a>>, OtherSpelling> {
        let line = self.line;
        if self.at == line.len() {
            return Ok(None);
        }
        let key_at = self.at + 1;
        let mut key_end = key_at;
        if line[self.at] != b'"' {
            return Err(OtherSpelling);
        }
        while let Some(&byte) = line.get(key_end)
            && PLAIN_IN_KEY[usize::from(byte)]
        {
            key_end += 1;
        }
        let key = &line[key_at..key_end];
        if self.previous.is_some_and(|previous| previous >= key) || !line[key_end..].starts_with(b"\":") {
            return Err(OtherSpelling);
        }
        self.previous = Some(key);
        let value_at = key_end + 2;
        let value_end = value_end(line, value_at).ok_or(OtherSpelling)?;
        self.at = value_end + 1;
        match line.get(value_end) {
            Some(b',') if self.at < line.len() => {}
            Some(b'}') if self.at == line.len() => {}
            _ => return Err(OtherSpelling),
        }
        Ok(Some((key, &line[value_at..value_end])))
    }
}

/// Where the value that begins here ends. Scalars outside of strings are held to letters that cannot spell `delimiter`:
/// otherwise a number could swallow its neighbours (attacks, row 17).
#[inline]
pub(super) fn value_end(line: &[u8], at: usize) -> Option<usize> {
    match line.get(at)? {
        b'"' => string_end(line, at + 1),
        b'{' | b'[' => nested_end(line, at),
        b'-' | b'0'..=b'9' => {
            let number =
                line[at..].iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
            Some(at + number.count())
        }
        _ => [&b"true"[..], b"false", b"null"]
            .iter()
            .find(|word| line[at..].starts_with(word))
            .map(|word| at + word.len()),
    }
}

/// Words that are looked at one by one: most strings are short, and end before a search has begun.
const WORDS: usize = 3;

/// Where the string ends whose text begins here: behind its closing quote.
#[inline]
pub(super) fn string_end(line: &[u8], at: usize) -> Option<usize> {
    let mut word_at = at;
    for _ in 0..WORDS {
        let Some(word) = line.get(word_at..).and_then(<[u8]>::first_chunk) else { break };
        match first_of(u64::from_le_bytes(*word)) {
            None => word_at += word.len(),
            Some(found) if word[found] == b'"' => return Some(word_at + found + 1),
            Some(_) => break,
        }
    }
    long_string_end(line, word_at)
}

#[inline(never)]
fn long_string_end(line: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let found = memchr2(b'"', b'\\', line.get(at..)?)?;
        at += found + 1;
        if line[at - 1] == b'"' {
            return Some(at);
        }
        at += 1;
    }
}

/// Which byte of a word is the first that is a quote or a backslash.
#[inline]
fn first_of(word: u64) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Ones in the highest bit of zero bytes, and above the first perhaps of others.
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & (0x80 * EACH);
    let found = zeros(word ^ (EACH * u64::from(b'"'))) | zeros(word ^ (EACH * u64::from(b'\\')));
    (found != 0).then(|| (found.trailing_zeros() / 8) as usize)
}

/// Where the array or object ends that begins here. Counts brackets, so that no depth is too deep.
fn nested_end(line: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match line.get(at)? {
            b'"' => at = string_end(line, at + 1)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Bytes that Go prints in a key as they are and that need no look at their neighbours.
pub(super) const PLAIN_IN_KEY: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b' ';
    while byte < 0x7f {
        table[byte as usize] = !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The members as one text, or `None` when the line is in another form.
    fn cut(line: &str) -> Option<String> {
        let mut members = members(line.as_bytes()).ok()?;
        let mut found = Vec::new();
        while let Some((key, value)) = members.next().ok()? {
            found.push(format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value)));
        }
        Some(found.join(";"))
    }

    #[test]
    fn a_line_as_acra_writes_it_is_cut_into_raw_tokens() {
        let cases = [
            ("{}", ""),
            (r#"{"":1}"#, "=1"),
            (r#"{"a":"x","b":-1.5e+21,"c":true,"d":null,"e":false}"#, r#"a="x";b=-1.5e+21;c=true;d=null;e=false"#),
            (r#"{"a":"\\","b":"\"}{","c":"\\\"" }"#.replace(' ', "").as_str(), r#"a="\\";b="\"}{";c="\\\"""#),
            (r#"{"a":[[],{"k":["]",1]}],"key with space":{}}"#, r#"a=[[],{"k":["]",1]}];key with space={}"#),
        ]
        .map(|(line, tokens)| (line.to_owned(), tokens.to_owned()));
        for (line, tokens) in cases {
            assert_eq!(cut(&line), Some(tokens), "{line}");
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        let cases = [
            "",
            "{",
            "[]",
            "{}}",
            "{} ",
            r#"{ "a":1}"#,
            r#"{"a" :1}"#,
            r#"{"a": 1}"#,
            r#"{"a":1 }"#,
            r#"{"a":1,}"#,
            r#"{"a":1,"b"}"#,
            r#"{"a":1}x"#,
            r#"{"a":1"#,
            r#"{"a":"x}"#,
            r#"{"a":"x\"#,
            r#"{"a":[1}"#,
            r#"{"a":]}"#,
            r#"{"a":tru}"#,
            r#"{"a":1delimiterdelimiterbdelimiter2}"#,
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"\u0061":1}"#,
            r#"{"<":1}"#,
            r#"{"é":1}"#,
            "{\"a\n\":1}",
        ];
        for line in cases {
            assert_eq!(cut(line), None, "{line}");
        }
    }

    #[test]
    fn the_first_quote_or_backslash_of_a_word_is_found_among_any_neighbours() {
        let bytes = [0, b'!', b'"', b'#', b'[', b'\\', b']', 0x7f, 0x80, b'"' | 0x80, b'\\' | 0x80, 0xff];
        for (index, first) in bytes.iter().enumerate() {
            for step in 0..bytes.len() * bytes.len() {
                let word: [u8; 8] =
                    std::array::from_fn(
                        |at| if at == 0 { *first } else { bytes[(index + at * step + step / 12) % 12] },
                    );
                let slow = word.iter().position(|byte| matches!(byte, b'"' | b'\\'));
                assert_eq!(first_of(u64::from_le_bytes(word)), slow, "{word:?}");
            }
        }
    }

    #[test]
    fn a_string_ends_where_it_does_byte_by_byte_wherever_its_quotes_and_backslashes_stand() {
        let slow = |text: &[u8]| {
            let mut escaped = false;
            text.iter().position(|byte| {
                let is_end = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                is_end
            })
        };
        // Around each word, and behind the last one that is looked at by itself.
        for length in 0..=8 * WORDS + 9 {
            for (first, second) in (0..=length).flat_map(|first| (first..=length).map(move |second| (first, second))) {
                for marks in [*b"\"\"", *b"\\\"", *b"\"\\", *b"\\\\"] {
                    let mut text = vec![b'x'; length + 1];
                    (text[first], text[second]) = (marks[0], marks[1]);
                    let expected = slow(&text).map(|at| at + 1);
                    assert_eq!(string_end(&text, 0), expected, "{}", text.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn a_hundred_thousand_levels_are_walked() {
        let line = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(cut(&line).is_some());
    }
}
