//! The nearest known words for one that is not known.

/// How many words are offered.
const OFFERED_MAX: usize = 3;
/// How much alike words must be, from 0 to 1; below this the offer would be noise.
const LIKENESS_MIN: f64 = 0.8;

/// The known words that are most like the typed one: those that contain it, or else those that are spelled much like
/// it.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let mut rated: Vec<(f64, &str)> = known
        .map(|word| {
            let lower = word.to_ascii_lowercase();
            let inside = typed.len() > 2 && lower.contains(&typed);
            (if inside { 2.0 } else { strsim::jaro_winkler(&typed, &lower) }, word)
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    // Stable: words that are equally near keep the order they are known in.
    rated.sort_by(|a, b| b.0.total_cmp(&a.0));
    rated.into_iter().take(OFFERED_MAX).map(|(_, word)| word).collect()
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_contain_the_typed_one_come_first() {
        let known = ["sql-query-blocked", "block", "blokced", "keys-unreadable"];
        assert_eq!(nearest("Block", known.into_iter()), ["sql-query-blocked", "block", "blokced"]);
        assert_eq!(nearest("sql-query-bloked", known.into_iter()), ["sql-query-blocked"]);
        assert!(nearest("zzz", known.into_iter()).is_empty());
    }

    #[test]
    fn several_words_are_joined_as_people_say_them() {
        assert_eq!(either(&["a"]), "a");
        assert_eq!(either(&["a", "b", "c"]), "a, b or c");
    }
}
