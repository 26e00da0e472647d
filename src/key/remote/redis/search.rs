//! Names among all others in Redis, as SCAN finds them: the historical keys of a keystore (keystore, section 6.1), or the
//! keystores that there are. What is asked, and what is kept of the replies; asking is left to the caller.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::resp::Reply;

/// The most historical keys: one an hour for a year.
const NAMES_MAX: usize = 10_000;

/// Of a name behind the prefix, in bytes. The times that Acra names its keys after have 29 at most, a file name has 255.
const NAME_BYTES_MAX: usize = 255;

/// Of a cursor, in bytes: a number of 64 bits.
const CURSOR_BYTES_MAX: usize = 20;

/// How many keys Redis looks at for one SCAN; a database of ten million takes this many thousands of them.
const COUNT: &[u8] = b"1000";
const SCANS_MAX: usize = 10_000;

/// Of a reply to one SCAN, in bytes: several times what as many names of Acra have.
pub(super) const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is kept of a name.
type Keep<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// A search that goes on from reply to reply.
pub(super) struct Search<'a> {
    /// What is kept of a name that fits.
    keep: Keep<'a>,
    pattern: String,
    cursor: Zeroizing<Vec<u8>>,
    found: BTreeSet<String>,
    scans: usize,
}

/// What comes after a reply.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// The next command.
    Ask,
    /// Nothing: everything was looked at.
    Done,
    /// Nothing: it is more than a keystore can be.
    TooMany,
}

impl<'a> Search<'a> {
    /// A search for the names that begin with `prefix`, which are those that fit `pattern`: what stands behind it.
    pub(super) fn behind(prefix: &'a str, pattern: String) -> Self {
        Self::new(pattern, move |name| name.strip_prefix(prefix).filter(|rest| !rest.contains('/')).map(str::to_owned))
    }

    /// A search for the names that end with `suffix`, which are those that fit `pattern`: what stands before it.
    pub(super) fn before(suffix: &'a str, pattern: String) -> Self {
        Self::new(pattern, move |name| name.strip_suffix(suffix).map(str::to_owned))
    }

    fn new(pattern: String, keep: impl Fn(&str) -> Option<String> + 'a) -> Self {
        let cursor = Zeroizing::new(b"0".to_vec());
        Self { keep: Box::new(keep), pattern, cursor, found: BTreeSet::new(), scans: 0 }
    }

    /// The next command.
    pub(super) fn command(&self) -> [&[u8]; 6] {
        [b"SCAN", &self.cursor, b"MATCH", self.pattern.as_bytes(), b"COUNT", COUNT]
    }

    /// Takes what is in a reply; None is one to something else.
    pub(super) fn take(&mut self, reply: Reply) -> Option<Next> {
        let (cursor, names) = parts(reply)?;
        for name in names {
            // Acra's own names are digits and punctuation.
            let text = std::str::from_utf8(&name).ok().and_then(&self.keep);
            // Redis may name a key more than once.
            self.found.extend(text.filter(|text| (1..=NAME_BYTES_MAX).contains(&text.len())));
        }
        self.cursor = cursor;
        self.scans += 1;
        let is_end = self.cursor.as_slice() == b"0";
        let is_too_much = self.found.len() > NAMES_MAX || (self.scans == SCANS_MAX && !is_end);
        Some(match (is_too_much, is_end) {
            (true, _) => Next::TooMany,
            (false, true) => Next::Done,
            (false, false) => Next::Ask,
        })
    }

    /// What was kept of the names that were found.
    pub(super) fn found(self) -> Vec<String> {
        self.found.into_iter().collect()
    }
}

/// The next cursor and the names in a reply to SCAN.
#[expect(clippy::type_complexity, reason = "a pair of what was just read")]
fn parts(reply: Reply) -> Option<(Zeroizing<Vec<u8>>, Vec<Zeroizing<Vec<u8>>>)> {
    let Reply::List(parts) = reply else { return None };
    let Ok([Reply::Bytes(cursor), Reply::List(names)]) = <[Reply; 2]>::try_from(parts) else { return None };
    let is_number = (1..=CURSOR_BYTES_MAX).contains(&cursor.len()) && cursor.iter().all(u8::is_ascii_digit);
    let bytes = |name| if let Reply::Bytes(bytes) = name { Some(bytes) } else { None };
    let names = names.into_iter().map(bytes).collect::<Option<_>>()?;
    is_number.then_some((cursor, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Reply {
        Reply::Bytes(Zeroizing::new(text.as_bytes().to_vec()))
    }

    fn reply(cursor: &str, names: &[&str]) -> Reply {
        Reply::List(vec![bytes(cursor), Reply::List(names.iter().map(|name| bytes(name)).collect())])
    }

    fn search() -> Search<'static> {
        Search::behind("k/", "k/*".to_owned())
    }

    #[test]
    fn the_search_goes_on_where_the_cursor_says_and_keeps_each_name_once() {
        let mut search = search();
        assert_eq!(search.command(), [&b"SCAN"[..], b"0", b"MATCH", b"k/*", b"COUNT", b"1000"]);
        assert_eq!(search.take(reply("17", &["k/b", "k/a"])), Some(Next::Ask));
        assert_eq!(search.command()[1], b"17");
        assert_eq!(search.take(reply("18446744073709551615", &[])), Some(Next::Ask));
        assert_eq!(search.take(reply("0", &["k/a", "k/c"])), Some(Next::Done));
        assert_eq!(search.found(), ["a", "b", "c"]);
    }

    #[test]
    fn names_that_acra_does_not_give_are_not_kept() {
        let (longest, longer, huge) = ("k/".to_owned() + &"1".repeat(255), "k/".to_owned() + &"1".repeat(256), "k/1");
        let huge = huge.repeat(30_000);
        let mut search = search();
        search.take(reply("0", &[&longest, &longer, &huge, "k/", "k/a/b", "other/a", "\u{e9}"]));
        assert_eq!(search.found(), [&longest[2..]]);
    }

    #[test]
    fn what_stands_before_a_name_is_kept_whatever_it_is() {
        let mut search = Search::before("/secure_log_key", "*/secure_log_key".to_owned());
        search.take(reply(
            "0",
            &["a/b/secure_log_key", "k//secure_log_key", "/secure_log_key", "other", "k/secure_log_key"],
        ));
        assert_eq!(search.found(), ["a/b", "k", "k/"]);
    }

    #[test]
    fn what_has_no_end_is_given_up() {
        let mut endless = search();
        for _ in 1..SCANS_MAX {
            assert_eq!(endless.take(reply("1", &["k/a"])), Some(Next::Ask));
        }
        assert_eq!(endless.take(reply("1", &["k/a"])), Some(Next::TooMany));

        let names: Vec<String> = (0..=NAMES_MAX).map(|number| format!("k/{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(search().take(reply("0", &names)), Some(Next::TooMany));
        assert_eq!(search().take(reply("0", &names[1..])), Some(Next::Done));
    }

    #[test]
    fn what_is_no_reply_to_scan_is_noticed() {
        for other in [
            Reply::Line,
            Reply::Nothing,
            Reply::List(vec![bytes("0")]),
            Reply::List(vec![bytes("0"), bytes("k/a")]),
            Reply::List(vec![bytes("0"), Reply::List(vec![Reply::Line])]),
            reply("", &[]),
            reply("-1", &[]),
            reply("0 0", &[]),
            reply("184467440737095516150", &[]),
        ] {
            let shown = format!("{other:?}");
            assert_eq!(search().take(other), None, "{shown}");
        }
    }
}
