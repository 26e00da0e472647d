//! Finds where SQL may begin in a message. Rather too early than too late: what is hidden by mistake is only a loss.

/// Words with which SQL begins, or a part of it that holds data.
const KEYWORDS: [&str; 21] = [
    "alter",
    "call",
    "declare",
    "delete",
    "drop",
    "exec",
    "execute",
    "explain",
    "grant",
    "having",
    "insert",
    "merge",
    "replace",
    "returning",
    "revoke",
    "select",
    "truncate",
    "union",
    "update",
    "values",
    "where",
];

/// Words that begin SQL only before others; people use them as well.
const KEYWORDS_BEFORE: [(&str, &[&str]); 2] = [
    (
        "create",
        &[
            "database",
            "extension",
            "function",
            "global",
            "index",
            "local",
            "materialized",
            "or",
            "policy",
            "procedure",
            "role",
            "schema",
            "sequence",
            "server",
            "table",
            "temp",
            "temporary",
            "trigger",
            "type",
            "unique",
            "user",
            "view",
        ],
    ),
    ("set", &["global", "local", "names", "password", "role", "session"]),
];

/// Where it begins; the end of the message when there is none. In a message that is known to quote SQL, it begins behind
/// the first colon or with the first quote at the latest.
pub(super) fn begins_at(message: &str, quotes_sql: bool) -> usize {
    let quoted = if quotes_sql { quotation(message) } else { None };
    quoted.into_iter().chain(keyword(message)).min().unwrap_or(message.len())
}

/// What stands behind `: `, or from a quote on that is no apostrophe inside a word.
fn quotation(message: &str) -> Option<usize> {
    let colon = message.find(": ").map(|at| at + 2);
    let opens = |(at, _): &(usize, &str)| !message[..*at].ends_with(|before: char| before.is_alphanumeric());
    let quote = message.match_indices(['\'', '"', '`']).find(opens).map(|(at, _)| at);
    colon.into_iter().chain(quote).min()
}

/// The first keyword behind which something stands.
fn keyword(message: &str) -> Option<usize> {
    let mut words = words(message).peekable();
    while let Some((at, word)) = words.next() {
        let goes_on = !message[at + word.len()..].trim().is_empty();
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let next = words.peek().map_or("", |next| next.1);
        let before = |(keyword, others): &(&str, &[&str])| {
            is(keyword) && others.iter().any(|other| next.eq_ignore_ascii_case(other))
        };
        if goes_on && (KEYWORDS.into_iter().any(is) || KEYWORDS_BEFORE.iter().any(before)) {
            return Some(at);
        }
    }
    None
}

/// Words as SQL has them, and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_between = |letter: char| !letter.is_alphanumeric() && letter != '_';
    let mut next = 0;
    text.split_inclusive(is_between).filter_map(move |piece| {
        let start = next;
        next += piece.len();
        let word = piece.trim_end_matches(is_between);
        (!word.is_empty()).then_some((start, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_sql_is_kept() {
        // Between the bars: from here on it may be SQL; in any message, and in one that quotes SQL.
        let cases = [
            ("Denied query: 'SELECT * FROM cards'", "Denied query: '|", "Denied query: |"),
            ("Denied query: 'TABLE cards'", "", "Denied query: |"),
            ("Query has been blocked by DENY [patterns]", "", ""),
            ("Error on AcraCensor check", "", ""),
            ("Can't parse 'x y'", "", "Can't parse |"),
            ("Can't parse query", "", ""),
            ("near \"x\": y", "", "near |"),
            ("syntax error:42", "", ""),
            ("select 1", "|", "|"),
            ("pq: SELECT 1", "pq: |", "pq: |"),
            ("x;dElEtE\tfrom t", "x;|", "x;|"),
            ("x INSERT/**/INTO t", "x |", "x |"),
            ("SELECT(1)", "|", "|"),
            ("CREATE  TABLE t", "|", "|"),
            ("SET PASSWORD = 'x'", "|", "|"),
            ("Can't create session", "", ""),
            ("Can't set deadline: 'x'", "", "Can't set deadline: |"),
            ("kind of statement: select", "", "kind of statement: |"),
            ("nothing to select ", "", ""),
            ("selected, preselect, select_all it", "", ""),
            ("s\u{e9}lect \u{17f}elect x", "", ""),
            ("", "", ""),
        ];
        for (message, anywhere, quoting) in cases {
            for (expected, quotes_sql) in [(anywhere, false), (quoting, true)] {
                let expected = if expected.is_empty() { format!("{message}|") } else { expected.to_owned() };
                let kept = &message[..begins_at(message, quotes_sql)];
                assert_eq!(format!("{kept}|"), expected, "{message:?} {quotes_sql}");
            }
        }
    }
}
