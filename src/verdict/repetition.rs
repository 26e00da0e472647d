//! Lines that have verified above, byte for byte (attacks, rows 4b and 12): rows of them, and chains that so far repeat
//! another one.

use super::code::Code;
use super::rulings::{self, FindingBuilder, LinePosition, LineRange, Rulings};
use super::unsigned::Unsigned;
use crate::chain::{ChainId, OPEN_CHAINS_MAX};
use crate::entry::LogTime;
use crate::line::LineSpan;

/// See the file's head.
#[derive(Clone, Default)]
pub(super) struct Repetition {
    lines: Option<LineRange>,
    /// The last sealed line verified above.
    is_last: bool,
    chains: Vec<RepeatedChain>,
}

/// A chain that so far repeats another one.
#[derive(Clone, Debug)]
pub(super) struct RepeatedChain {
    pub(super) id: ChainId,
    pub(super) lines: LineRange,
    /// The time of its first entry, and of the entry above.
    pub(super) begun: Option<LogTime>,
    pub(super) above: Option<LogTime>,
}

impl Repetition {
    /// A repeated line that begins or continues no chain.
    pub(super) fn add(&mut self, unsigned: &mut Unsigned, position: LinePosition, line: &LineSpan) {
        self.is_last = true;
        unsigned.add_repeated();
        rulings::extend(&mut self.lines, position, line);
    }

    /// A chain that repeats another one has one more line, with which it may end.
    pub(super) fn add_to_chain(
        &mut self,
        out: &mut Rulings,
        unsigned: &mut Unsigned,
        chain: RepeatedChain,
        ends: bool,
    ) {
        self.is_last = true;
        self.settle(out, unsigned);
        if ends {
            return tell_chain(out, &chain.lines);
        }
        self.chains.push(chain);
        if self.chains.len() > OPEN_CHAINS_MAX {
            // The follower has given it up as well.
            let oldest = self.chains.remove(0);
            tell_chain(out, &oldest.lines);
        }
    }

    /// The chain that repeats another one under this name, taken out.
    pub(super) fn take_chain(&mut self, id: ChainId) -> Option<RepeatedChain> {
        let index = self.chains.iter().position(|known| known.id == id)?;
        Some(self.chains.remove(index))
    }

    /// A sealed line follows that repeats nothing: no more repeated lines in this row.
    pub(super) fn end_row(&mut self, out: &mut Rulings, unsigned: &mut Unsigned) {
        if std::mem::take(&mut self.is_last) {
            unsigned.add_repeated();
        }
        self.settle(out, unsigned);
    }

    fn settle(&mut self, out: &mut Rulings, unsigned: &mut Unsigned) {
        if let Some(lines) = unsigned.take_repeated() {
            out.count_lines(&lines, |account| &mut account.repeated);
            let event = FindingBuilder::of(
                Code::ChainRepeated,
                "repeated: without a seal, and above as well, among the same lines",
            );
            out.find(event.over(lines.first, lines.last, lines.lines()));
        }
        let Some(lines) = self.lines.take() else { return };
        tell_lines(out, &lines, "repeated: the same line verified above");
    }

    /// A line that could not be verified when it came, and is the same as one that verified late.
    pub(super) fn add_late(out: &mut Rulings, lines: &LineRange) {
        tell_lines(out, lines, "repeated: the same line verifies elsewhere");
    }

    /// The stream has ended: chains that repeat an earlier one, as far as they went.
    pub(super) fn settle_all(&mut self, out: &mut Rulings, unsigned: &mut Unsigned) {
        self.settle(out, unsigned);
        std::mem::take(&mut self.chains).iter().for_each(|chain| tell_chain(out, &chain.lines));
    }
}

fn tell_lines(out: &mut Rulings, lines: &LineRange, message: &str) {
    out.count_lines(lines, |account| &mut account.repeated);
    let event = FindingBuilder::of(Code::LineRepeated, message)
        .over(lines.first, lines.last, lines.lines())
        .hint("delivered twice, or put there; --allow line-repeated when a shipper delivers at least once");
    out.find(event);
}

fn tell_chain(out: &mut Rulings, lines: &LineRange) {
    out.count_lines(lines, |account| &mut account.repeated);
    let event = FindingBuilder::of(Code::ChainRepeated, "repeated: the same chain verified above")
        .over(lines.first, lines.last, lines.lines())
        .hint("delivered twice, or put there; --allow chain-repeated when a shipper delivers at least once");
    out.find(event);
}
