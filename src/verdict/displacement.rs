//! Lines that fit their chain and stand elsewhere in the stream than it demands (attacks, row 4): which of a chain's lines were
//! moved, and where they belong. As few as can be: moving one line behind four others accuses that one. Whether a line
//! fits is left to `chain`.

use std::collections::{HashSet, VecDeque};

use super::code::Code;
use super::rulings::{FindingBuilder, LinePosition, PlacedLine, Rulings, place_of};
use crate::entry::{LogTime, Seal};
use crate::line::Place;

/// Verified lines of a chain that are remembered. One that is moved behind more than that is the smaller part in any case.
const RECENT_MAX: usize = 256;

/// A line of a chain, where it stands.
#[derive(Clone, Debug)]
pub(super) struct StandingLine {
    /// Which line of the stream it is.
    pub(super) number: u64,
    /// Its place in the chain.
    pub(super) position: u64,
    pub(super) line: PlacedLine,
    /// Where the entry stands that comes before it in the chain.
    pub(super) behind: Option<LinePosition>,
    /// It verifies as it stands, its mark included.
    pub(super) is_as_written: bool,
    /// It is in the account already.
    pub(super) is_counted: bool,
}

/// A sealed line that may fit its chain later.
#[derive(Clone, Debug)]
pub(super) struct LateLine {
    /// Which line of the stream it is.
    pub(super) number: u64,
    pub(super) line: PlacedLine,
    pub(super) seal: Seal,
    pub(super) time: Option<LogTime>,
    /// How often something was not read before it.
    pub(super) gaps: u64,
}

/// The last lines of a chain that verified where they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct RecentLines {
    /// In the order of the stream, which is that of the chain.
    lines: VecDeque<StandingLine>,
    /// The number of the last one that was forgotten.
    forgotten: u64,
}

impl RecentLines {
    pub(super) fn push(&mut self, line: StandingLine) {
        if self.lines.len() == RECENT_MAX
            && let Some(oldest) = self.lines.pop_front()
        {
            self.forgotten = oldest.number;
        }
        self.lines.push_back(line);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Those behind the line of this number.
    fn behind(&self, number: u64) -> impl Iterator<Item = &StandingLine> {
        let first = self.lines.partition_point(|line| line.number <= number);
        self.lines.range(first..)
    }

    /// Of lines that fitted late, with those that fitted in time: the ones that were moved, in the order of the stream. The
    /// others stand in the order of the chain.
    pub(super) fn displaced(&self, late: &[StandingLine]) -> Vec<StandingLine> {
        let Some(first) = late.iter().map(|line| line.number).min() else { return Vec::new() };
        // What stands above more lines than are remembered was moved up.
        let (mut moved, near): (Vec<_>, Vec<_>) = late.iter().partition(|line| line.number <= self.forgotten);
        let mut all: Vec<(&StandingLine, bool)> = near.into_iter().map(|line| (line, false)).collect();
        all.extend(self.behind(first).map(|line| (line, true)));
        all.sort_by_key(|(line, _)| line.number);
        let positions: Vec<(u64, bool)> = all.iter().map(|(line, in_time)| (line.position, *in_time)).collect();
        let stays = longest_ascent(&positions);
        moved.extend(all.into_iter().zip(stays).filter(|(_, stays)| !stays).map(|((line, _), _)| line));
        moved.sort_by_key(|line| line.number);
        moved.into_iter().cloned().collect()
    }
}

/// Which of these positions make the longest list that ascends; of several, the one with the most that came in time.
fn longest_ascent(positions: &[(u64, bool)]) -> Vec<bool> {
    let mut sorted: Vec<u64> = positions.iter().map(|(position, _)| *position).collect();
    sorted.sort_unstable();
    // For every rank the best list that ends at or below it: its length, how many of it came in time, its last one. Kept as a
    // binary indexed tree, so that n positions take n log n steps.
    let mut best: Vec<(usize, usize, Option<usize>)> = vec![(0, 0, None); sorted.len() + 1];
    let mut before: Vec<Option<usize>> = Vec::with_capacity(positions.len());
    for (index, (position, in_time)) in positions.iter().enumerate() {
        let rank = sorted.partition_point(|other| other < position);
        let (mut at, mut longest) = (rank, (0, 0, None));
        while at > 0 {
            longest = longest.max(best[at]);
            at &= at - 1;
        }
        before.push(longest.2);
        let ends_here = (longest.0 + 1, longest.1 + usize::from(*in_time), Some(index));
        at = rank + 1;
        while at < best.len() {
            best[at] = best[at].max(ends_here);
            at += at & at.wrapping_neg();
        }
    }
    let mut stays = vec![false; positions.len()];
    let (mut at, mut last) = (sorted.len(), (0, 0, None));
    while at > 0 {
        last = last.max(best[at]);
        at &= at - 1;
    }
    let mut next = last.2;
    while let Some(index) = next {
        stays[index] = true;
        next = before[index];
    }
    stays
}

/// Counts lines of a chain that fitted late, and tells which of its lines were moved. What was moved does not stand where it was
/// sealed, so it is broken, though its own seal fits. Across something that was not read, files may be in another order.
pub(super) fn settle(out: &mut Rulings, late: &[StandingLine], moved: &[StandingLine], is_over_gap: bool) {
    let moved_numbers: HashSet<u64> = moved.iter().map(|line| line.number).collect();
    for line in late.iter().filter(|line| !line.is_counted) {
        if line.is_as_written && !moved_numbers.contains(&line.number) {
            out.count_lines(&line.line.range(), |account| &mut account.verified);
        } else if line.is_as_written && is_over_gap {
            out.count_lines(&line.line.range(), |account| &mut account.unverifiable);
        } else {
            out.count_lines(&line.line.range(), |account| &mut account.broken);
        }
    }
    if is_over_gap {
        return tell_over_gap(out, moved);
    }
    let in_time = moved.iter().filter(|line| line.is_counted && line.is_as_written);
    in_time.for_each(|line| out.count_as_broken_instead(&line.line.range()));
    tell(out, moved, late);
}

/// The same of lines between whose places something was not read.
fn tell_over_gap(out: &mut Rulings, moved: &[StandingLine]) {
    let (Some(first), Some(last)) = (moved.first(), moved.last()) else { return };
    let message = "fits its chain in another place than here, and something between the two was not read";
    let event = FindingBuilder::of(Code::StreamHeadless, message)
        .over(first.line.position, last.line.position, moved.len() as u64)
        .hint("look whether these are the right files in the right order");
    out.find(event);
}

/// Tells of lines that were moved, in the order of the stream; those that were moved together are one finding.
fn tell(out: &mut Rulings, moved: &[StandingLine], late: &[StandingLine]) {
    let moves_on = |a: &StandingLine, b: &StandingLine| (a.number + 1, a.position + 1) == (b.number, b.position);
    for block in moved.chunk_by(moves_on) {
        let [first, others @ ..] = block else { continue };
        let mut lines = first.line.range();
        others.iter().for_each(|line| lines.append(line.line.range()));
        let place = |position| place_of(&out.files, position);
        let after_block = first.position + block.len() as u64;
        let follower = || late.iter().find(|line| line.position == after_block).map(|line| line.line.position);
        let belongs = match first.behind {
            Some(behind) => format!("behind {}", told(&place(behind))),
            None => follower().map_or_else(|| "elsewhere".to_owned(), |next| format!("before {}", told(&place(next)))),
        };
        let message = if others.is_empty() {
            format!("was moved: by its seal it belongs {belongs}")
        } else {
            format!("were moved: by their seals they belong {belongs}")
        };
        let event = FindingBuilder::of(Code::LineDisplaced, message)
            .over(lines.first, lines.last, lines.lines())
            .hint("find out who or what writes this file anew; the chain itself is verified");
        out.find(event);
    }
}

fn told(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

#[cfg(test)]
mod tests {
    use super::longest_ascent;

    #[test]
    fn as_few_lines_as_can_be_are_moved_and_of_as_many_those_that_came_late() {
        // Positions in the order of the stream, those that came late in brackets, and which of them were moved.
        let cases: [(&str, &[u64]); 8] = [
            ("1 2 3", &[]),
            ("[9] 5 6 7 8", &[9]),
            ("[6] [7] [8] [9] 5", &[5]),
            ("[2] 1", &[2]),
            ("[8] [9] 5 6 7", &[8, 9]),
            ("[7] [8] [9] 5 6", &[5, 6]),
            ("[6] [7] 5 [9] 8", &[5, 9]),
            ("[20] 11 12 [14] [15] [16] 13 17", &[20, 13]),
        ];
        for (lines, moved) in cases {
            let positions: Vec<(u64, bool)> = lines
                .split(' ')
                .map(|word| (word.trim_matches(['[', ']']).parse().expect("a number"), !word.starts_with('[')))
                .collect();
            let stays = longest_ascent(&positions);
            let found: Vec<u64> =
                positions.iter().zip(stays).filter(|(_, stays)| !stays).map(|((position, _), _)| *position).collect();
            assert_eq!(found, moved, "{lines}");
        }
    }
}
