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
const KEYWORDS_BEFORE: [(&str, &[&str]); 6] = [
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
    ("comment", &["on"]),
    ("load", &["data"]),
    ("lock", &["table", "tables"]),
    ("with", &["recursive"]),
];

/// Words that begin SQL only when one of others is the next but one.
const KEYWORDS_AROUND: [(&str, &[&str]); 3] =
    [("copy", &["from", "to"]), ("prepare", &["as", "from"]), ("with", &["as"])];

/// Where it begins; the end of the text when there is none: with the first quotation, with a word of SQL, with the values
/// that a database names as `(column)=(value)`. In a text that is known to quote SQL, behind the first colon at the latest.
pub(super) fn begins_at(text: &str, quotes_sql: bool) -> usize {
    let colon = text.find(": ").filter(|_| quotes_sql).map(|at| at + 2);
    let values = text.find(")=(").map(|at| at + 2);
    [colon, quotation(text), values, keyword(text)].into_iter().flatten().min().unwrap_or(text.len())
}

/// A quote that is no apostrophe inside a word.
fn quotation(text: &str) -> Option<usize> {
    let opens = |(at, _): &(usize, &str)| !text[..*at].ends_with(|before: char| before.is_alphanumeric());
    text.match_indices(['\'', '"', '`']).find(opens).map(|(at, _)| at)
}

/// The first keyword behind which something stands.
fn keyword(text: &str) -> Option<usize> {
    let words: Vec<(usize, &str)> = words(text).collect();
    let word_at = |index: usize| words.get(index).map_or("", |word| word.1);
    let begins_sql = |&(index, &(at, word)): &(usize, &(usize, &str))| {
        let goes_on = !text[at + word.len()..].trim().is_empty();
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let with = |others: &[&str], index| others.iter().any(|other| word_at(index).eq_ignore_ascii_case(other));
        goes_on
            && (KEYWORDS.into_iter().any(is)
                || KEYWORDS_BEFORE.iter().any(|(keyword, others)| is(keyword) && with(others, index + 1))
                || KEYWORDS_AROUND.iter().any(|(keyword, others)| is(keyword) && with(others, index + 2)))
    };
    words.iter().enumerate().find(begins_sql).map(|(_, word)| word.0)
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
            ("Denied query: 'SELECT * FROM cards'", "Denied query: |", "Denied query: |"),
            ("Denied query: 'TABLE cards'", "Denied query: |", "Denied query: |"),
            ("Denied query: TABLE cards", "", "Denied query: |"),
            ("Query has been blocked by DENY [patterns]", "", ""),
            ("Error on AcraCensor check", "", ""),
            ("Can't parse 'x y'", "Can't parse |", "Can't parse |"),
            ("Can't parse query", "", ""),
            ("near \"x\": y", "near |", "near |"),
            ("syntax error:42", "", ""),
            ("select 1", "|", "|"),
            ("pq: SELECT 1", "pq: |", "pq: |"),
            ("x;dElEtE\tfrom t", "x;|", "x;|"),
            ("x INSERT/**/INTO t", "x |", "x |"),
            ("SELECT(1)", "|", "|"),
            ("CREATE  TABLE t", "|", "|"),
            ("SET PASSWORD = 'x'", "|", "|"),
            ("Can't create session", "", ""),
            ("Can't set deadline: 'x'", "Can't set deadline: |", "Can't set deadline: |"),
            ("Key (email)=(a@b) exists", "Key (email)=|", "Key (email)=|"),
            ("x\nSELECT 1", "x\n|", "x\n|"),
            ("with x as (values (1))", "|", "|"),
            ("with x", "", ""),
            ("COPY cards FROM stdin", "|", "|"),
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
