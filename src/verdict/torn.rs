//! Judges lines that may be the beginning of genuine ones (attacks, rows 19, 32 and 47): a crash in the middle of a line
//! leaves the same, if its chain does not go on.

use super::chains::OpenChain;
use super::code::Code;
use super::recorder::FindingBuilder;
use super::stream::StreamJudge;
use super::stretch::Spot;
use super::unsealed::{MARKER_UNSIGNED, SEAL_MALFORMED};
use crate::entry::{Format, Marker};
use crate::line::LineSpan;

/// Lines that are kept until it is known whether their chains go on; no service crashes that often.
const TORN_MAX: usize = 10_000;

/// A line that may be torn.
pub(super) struct Torn {
    spot: Spot,
    /// Sealed lines before it.
    count: u64,
    /// Whether it stands in a chain.
    in_chain: bool,
    /// What it is when no crash explains it.
    otherwise: (Code, &'static str),
    excused: bool,
}

impl StreamJudge {
    /// Keeps a line that may be torn, and counts it as broken in any case.
    pub(super) fn maybe_torn(&mut self, spot: Spot, line: &LineSpan, (is_malformed, marker): (bool, Marker)) {
        self.disturbances += 1;
        self.count_line(spot, line, |account| &mut account.broken);
        let otherwise = match (is_malformed, marker) {
            (true, _) => (Code::SealMalformed, SEAL_MALFORMED),
            (false, Marker::End) => (Code::MarkerUnsigned, MARKER_UNSIGNED),
            (false, _) => (Code::LineUnsignedInsideChain, "this line is cut off, and others follow"),
        };
        let in_chain = self.front.is_some();
        let torn = Torn { spot, count: self.count, in_chain, otherwise, excused: false };
        if self.torn.len() == TORN_MAX {
            return self.judge_torn(&torn);
        }
        self.torn.push(torn);
    }

    /// A chain begins with the current line: what is torn before it, behind the end of another one, may be a first entry.
    pub(super) fn tell_torn_of_start(&mut self) {
        self.excuse(self.count - 1, |torn| !torn.in_chain);
    }

    /// Something is not read here: it may hold the rest.
    pub(super) fn tell_torn_of_gap(&mut self) {
        self.excuse(self.count, |_| true);
    }

    /// A chain was left without an end behind so many sealed lines.
    pub(super) fn excuse_torn(&mut self, advanced: u64) {
        self.excuse(advanced, |_| true);
    }

    /// Excuses those of the lines behind so many sealed ones that a condition holds for.
    fn excuse(&mut self, count: u64, is_excused: impl Fn(&Torn) -> bool) {
        let first = self.torn.partition_point(|torn| torn.count < count);
        for torn in self.torn[first..].iter_mut().take_while(|torn| torn.count == count) {
            torn.excused |= is_excused(torn);
        }
    }

    /// The stream has ended.
    pub(super) fn settle_torn(&mut self) {
        let count = self.count;
        for mut torn in std::mem::take(&mut self.torn) {
            // With several instances the chain of another one goes on beside it.
            torn.excused |= torn.count == count || self.interleaved;
            self.judge_torn(&torn);
        }
    }

    fn judge_torn(&mut self, torn: &Torn) {
        if torn.excused {
            return self.line_torn(torn.spot);
        }
        let (code, message) = torn.otherwise;
        self.find(FindingBuilder::of(code, message).at(torn.spot))
    }

    fn line_torn(&mut self, spot: Spot) {
        let event = FindingBuilder::of(Code::LineTorn, "cut off, and its chain does not go on")
            .at(spot)
            .hint("normal after a crash or a loss of power; otherwise the end of its chain was cut off");
        self.find(event)
    }

    /// A chain without its mark: text formats write it behind the seal, so a crash may have cut it off the only entry.
    pub(super) fn judge_mark(&mut self, chain: &OpenChain, is_left: bool) {
        if !chain.unmarked {
            return;
        }
        let is_json = self.files[chain.first.file].formats.contains(&Format::Json);
        if is_left && chain.entries == 1 && !is_json {
            return self.line_torn(chain.first);
        }
        let event = FindingBuilder::of(Code::ChainStartUnmarked, "a chain begins here, but its mark chain=new is gone");
        self.find(event.at(chain.first))
    }
}
