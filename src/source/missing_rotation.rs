//! Numbers that a rotated set leaves out. Pure: which file stands for a number is left to `rotation`.

/// Holes of one set that are all told; beyond that only the first one of each gap is.
pub(super) const HOLES_MAX: usize = 100;

/// A number that is there, and its digits as the name writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'a> {
    pub(super) value: u64,
    pub(super) digits: &'a str,
}

/// A number that should be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    pub(super) value: u64,
    /// Filled up with zeros like its neighbours' (`log.009` before `log.010`).
    pub(super) digits: String,
    /// The index of its next older neighbour among the numbers.
    pub(super) after: usize,
}

/// The holes between numbers that are there, oldest (greatest) first, and between the newest and the live log. What is
/// `told` already is none.
pub(super) fn find_holes(numbers: &[Number<'_>], live: bool, told: impl Fn(u64) -> bool) -> Vec<Hole> {
    // Beside a live log alone a great number is rather a year or a port than a count.
    let live = live && numbers.last().is_some_and(|newest| newest.value <= HOLES_MAX as u64 + 1);
    let before_first = live.then_some(Number { value: 0, digits: "" });
    let newer = numbers.iter().copied().skip(1).chain(before_first);
    let mut holes = Vec::new();
    for (after, (older, newer)) in numbers.iter().zip(newer).enumerate() {
        let gap = (newer.value.saturating_add(1)..older.value).rev().filter(|&value| !told(value));
        let width = zero_filled(older.digits).max(zero_filled(newer.digits));
        for (index, value) in gap.enumerate() {
            if index > 0 && holes.len() >= HOLES_MAX {
                break;
            }
            holes.push(Hole { value, digits: format!("{value:0width$}"), after });
        }
    }
    holes
}

/// The width that zeros fill up, 0 when there are none.
fn zero_filled(digits: &str) -> usize {
    if digits.starts_with('0') { digits.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{HOLES_MAX, Number, find_holes};

    /// Digits of the numbers that are there, whether the live log is, what is told; and the holes wanted.
    type Case<'a> = (&'a [&'a str], bool, &'a [u64], &'a [&'a str]);

    fn holes(digits: &[&str], live: bool, told: &[u64]) -> Vec<String> {
        let numbers: Vec<_> = digits.iter().map(|digits| Number { value: digits.parse().unwrap(), digits }).collect();
        let holes = find_holes(&numbers, live, |value| told.contains(&value));
        for hole in &holes {
            assert!(numbers[hole.after].value > hole.value, "{hole:?}");
            assert!(numbers.get(hole.after + 1).is_none_or(|newer| newer.value < hole.value), "{hole:?}");
        }
        holes.into_iter().map(|hole| hole.digits).collect()
    }

    #[test]
    fn numbers_left_out_are_holes_oldest_first() {
        let cases: [Case<'_>; 14] = [
            (&[], true, &[], &[]),
            (&["3", "2", "1"], true, &[], &[]),
            (&["1", "0"], true, &[], &[]),
            (&["3", "1"], false, &[], &["2"]),
            (&["7", "4", "3", "1"], true, &[], &["6", "5", "2"]),
            (&["3", "3", "1", "1"], false, &[], &["2"]),
            (&["2"], true, &[], &["1"]),
            (&["2"], false, &[], &[]),
            (&["5", "1"], false, &[4, 2], &["3"]),
            (&["3", "1"], false, &[2], &[]),
            (&["011", "008"], false, &[], &["010", "009"]),
            (&["11", "08"], false, &[], &["10", "09"]),
            (&["2025"], true, &[], &[]),
            (&["2025", "2023"], true, &[], &["2024"]),
        ];
        for (digits, live, told, expected) in cases {
            assert_eq!(holes(digits, live, told), expected, "{digits:?} live {live} told {told:?}");
        }
    }

    #[test]
    fn beyond_a_hundred_holes_only_the_first_of_each_gap_is_told() {
        let told = |digits: &[&str], live| holes(digits, live, &[]);
        assert_eq!(told(&["101"], true).len(), HOLES_MAX);
        assert_eq!(told(&["102", "1"], false).len(), HOLES_MAX);
        let many = told(&["99999", "60", "50", "49", "40", "1"], true);
        assert_eq!(many.len(), HOLES_MAX + 3);
        assert_eq!(many[0], "99998");
        assert_eq!(many[HOLES_MAX - 1..], ["99899", "59", "48", "39"]);
    }
}
