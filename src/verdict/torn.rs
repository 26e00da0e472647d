//! Lines that may be the beginning of genuine ones (attacks, rows 19, 32 and 47): a crash in the middle of a line leaves the
//! same, if its chain does not go on.

use super::code::Code;
use super::rulings::{FindingBuilder, LinePosition, Rulings};
use crate::entry::Marker;

/// Lines that are kept until it is known whether their chains go on; no service crashes that often.
const TORN_MAX: usize = 10_000;

/// What a line is whose seal cannot be one.
pub(super) const SEAL_MALFORMED: &str = "the integrity field is not one that Acra writes";

/// What a line is that has a mark and no seal.
pub(super) const MARKER_UNSIGNED: &str = "a chain marker without a seal";

/// A line that may be torn.
#[derive(Clone)]
pub(super) struct TornLine {
    position: LinePosition,
    /// Sealed lines before it.
    count: u64,
    /// Whether it stands in a chain.
    in_chain: bool,
    /// What it is when no crash explains it.
    otherwise: (Code, &'static str),
    excused: bool,
    refuted: bool,
}

impl TornLine {
    /// A line behind so many sealed ones.
    pub(super) fn new(position: LinePosition, count: u64, in_chain: bool, is_malformed: bool, marker: Marker) -> Self {
        let otherwise = match (is_malformed, marker) {
            (true, _) => (Code::SealMalformed, SEAL_MALFORMED),
            (false, Marker::End) => (Code::MarkerUnsigned, MARKER_UNSIGNED),
            (false, _) => (Code::LineUnsignedInsideChain, "this line is cut off, and others follow"),
        };
        Self { position, count, in_chain, otherwise, excused: false, refuted: false }
    }

    fn judge(&self, out: &mut Rulings) {
        if self.excused && !self.refuted {
            return tell(out, self.position);
        }
        let (code, message) = self.otherwise;
        out.find(FindingBuilder::of(code, message).at(self.position));
    }
}

/// See the file's head. In the order of the stream.
#[derive(Clone, Default)]
pub(super) struct Torn(Vec<TornLine>);

impl Torn {
    /// Keeps a line that may be torn.
    pub(super) fn keep(&mut self, out: &mut Rulings, line: TornLine) {
        if self.0.len() == TORN_MAX {
            return line.judge(out);
        }
        self.0.push(line);
    }

    /// The entry that stands in this line verifies, so no crash cut it off.
    pub(super) fn refute(&mut self, position: LinePosition) {
        if let Ok(index) = self.0.binary_search_by_key(&position, |torn| torn.position) {
            self.0[index].refuted = true;
        }
    }

    /// A chain begins behind so many sealed lines: what is torn before it, behind the end of another one, may be a first
    /// entry.
    pub(super) fn excuse_before_start(&mut self, count: u64) {
        self.excuse_if(count, |torn| !torn.in_chain);
    }

    /// Behind so many sealed lines a chain was left without an end, or something was not read that may hold the rest.
    pub(super) fn excuse(&mut self, count: u64) {
        self.excuse_if(count, |_| true);
    }

    fn excuse_if(&mut self, count: u64, is_excused: impl Fn(&TornLine) -> bool) {
        let first = self.0.partition_point(|torn| torn.count < count);
        for torn in self.0[first..].iter_mut().take_while(|torn| torn.count == count) {
            torn.excused |= is_excused(torn);
        }
    }

    /// The stream has ended behind so many sealed lines.
    pub(super) fn settle(&mut self, out: &mut Rulings, count: u64, interleaved: bool) {
        for mut torn in std::mem::take(&mut self.0) {
            // With several instances the chain of another one goes on beside it.
            torn.excused |= torn.count == count || interleaved;
            torn.judge(out);
        }
    }
}

pub(super) fn tell(out: &mut Rulings, position: LinePosition) {
    let event = FindingBuilder::of(Code::LineTorn, "cut off, and its chain does not go on")
        .at(position)
        .hint("normal after a crash or a loss of power; otherwise the end of its chain was cut off");
    out.find(event);
}

#[cfg(test)]
mod tests {
    use super::{Torn, TornLine};
    use crate::entry::Marker;
    use crate::verdict::rulings::{LinePosition, Rulings};

    #[test]
    fn ten_thousand_lines_wait_for_their_chains_and_further_ones_are_judged_at_once() {
        let (mut out, mut torn) = (Rulings::default(), Torn::default());
        for line in 1..=10_001 {
            let position = LinePosition { file: 0, line };
            torn.keep(&mut out, TornLine::new(position, line, true, false, Marker::Middle));
            assert_eq!(out.take().len(), usize::from(line > 10_000), "line {line}");
        }
        torn.settle(&mut out, 10_001, false);
        assert_eq!(out.take().len(), 10_000);
    }
}
