//! Decides what was altered. Sealed lines that match no chain may be the place where a chain breaks, a line that was put there,
//! or part of a chain that is not followed: one that began before the stream, or one of another key. Which of them shows
//! only when the whole stream is known (attacks, row 58), so they are kept, bounded, until then.

use std::collections::{HashMap, VecDeque};

use super::code::Code;
use super::displacement::LateLine;
use super::open_chains::OpenChain;
use super::report::{ChainReport, ChainVerdict};
use super::rulings::{FindingBuilder, LinePosition, LineRange, PlacedLine, Ruling, Rulings, place_of};
use super::times::is_out_of_time;
use crate::chain::{ChainId, Fingerprint, PENDING_LINES_MAX, SearchSkip};
use crate::entry::{self, Fidelity, LogTime, Marker, Seal};
use crate::line::LineSpan;

/// Runs that are kept apart; further ones are counted to the last.
const RUNS_MAX: usize = 10_000;

/// Seals of lines outside of every chain that are remembered.
const SEALS_MAX: usize = 1 << 16;

/// Lost keys that are named in a message.
const NAMES_MAX: usize = 3;

/// Where a run of unmatched lines stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChainStanding {
    /// It begins with the mark of a start.
    Start,
    /// Nothing sealed stands before it that was read, and no chain is open: the head of its chain may be elsewhere.
    Head,
    /// The same behind entries without a seal: those of another instance that starts, or its chain has lost its start.
    HeadBehindUnsigned,
    /// No chain is open, and entries without a seal stand right before it, as before the start of a chain.
    BehindUnsigned,
    /// Anywhere else.
    Inside,
}

/// A sealed line that matched no chain, as far as its cause depends on it.
#[derive(Clone, Debug)]
struct UnmatchedContext {
    standing: ChainStanding,
    /// The stream's count of sealed lines, this one included.
    count: u64,
    /// The chain it was first held against, and the count at which that opened.
    front: Option<(ChainId, u64)>,
    /// Something was not read since the last chain began.
    after_gap: bool,
    /// It stands above as well: the stream's count at the line that it repeats.
    repeats: Option<u64>,
    /// It shows by itself that it was altered.
    damaged: bool,
    /// What stored it may have changed its text (row 45).
    lossy: bool,
    /// It is not older than what stands above it.
    in_time: bool,
    found: [u8; 2],
    /// How its seal would begin if it continued an open chain.
    expected: Box<[(ChainId, [u8; 2])]>,
    /// Why its original was not searched for.
    unsearched: Option<SearchSkip>,
}

/// Lines without one of a chain between them; all repeat others, or none does.
#[derive(Clone, Debug)]
struct UnmatchedRun {
    lines: LineRange,
    /// The last one is an end.
    ends: bool,
    first: UnmatchedContext,
}

/// A line that is not in a run yet, since its chain may still reach it.
#[derive(Clone, Debug)]
pub(super) struct UnmatchedLine {
    pub(super) late: LateLine,
    pub(super) fidelity: Fidelity,
    pub(super) fingerprint: Fingerprint,
    /// It carries the mark of a start.
    pub(super) is_marked: bool,
    pub(super) ends: bool,
    behind_unsigned: bool,
    context: UnmatchedContext,
}

/// What a run turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Its chain began before the stream, or before something that was not read (row 33).
    Headless,
    /// A chain whose first entry fits no key (row 35).
    KeyUnknown,
    /// May belong to such a chain.
    BesideKeyUnknown,
    /// May belong to a chain that is not followed.
    Unclaimed,
    /// Here the chain breaks, or it cannot be reached behind its break.
    Break(ChainId),
    /// The same of a chain that ran beside the one in which it stands.
    BreakBeside(ChainId),
    /// Stands in a chain that goes on behind it.
    OutOfChain,
    /// Continues no chain: the start of its chain was altered or removed.
    Startless,
}

/// See the file's head.
#[derive(Clone, Default)]
pub(super) struct Unmatched {
    runs: Vec<UnmatchedRun>,
    /// The last lines, in the order of the stream.
    waiting: VecDeque<UnmatchedLine>,
    /// The stream's count of sealed lines at the last one in a run.
    last_count: u64,
    /// The first line with each seal: its name and the stream's count at it. None may stand there twice.
    seals: HashMap<Seal, (Fingerprint, u64)>,
    /// The first line of the stream is the rest of one that began before it.
    begins_with_rest: bool,
}

/// What may explain lines that match no chain, as far as the stream was walked.
#[derive(Default)]
struct Explanation {
    /// A chain that began before the stream may still be running.
    headless: bool,
    /// There was one.
    headless_seen: bool,
    /// Chains that fit no key and have not ended.
    key_unknown: u64,
}

/// A sealed line that matches no chain, and what stands around it.
pub(super) struct NoMatch<'a> {
    pub(super) position: LinePosition,
    pub(super) line: &'a LineSpan,
    pub(super) text: &'a [u8],
    pub(super) seal: Seal,
    pub(super) fingerprint: Fingerprint,
    pub(super) marker: Marker,
    pub(super) fidelity: Fidelity,
    /// Which line of the stream it is.
    pub(super) number: u64,
    /// The stream's count of sealed lines, this one included.
    pub(super) count: u64,
    /// The chain it was first held against, and the count at which that opened.
    pub(super) front: Option<(ChainId, u64)>,
    /// Something was not read since the last chain began.
    pub(super) after_gap: bool,
    /// Entries without a seal stand right before it.
    pub(super) behind_unsigned: bool,
    /// The time of the entry above.
    pub(super) above: Option<LogTime>,
    /// Its own.
    pub(super) time: Option<LogTime>,
    /// How often something was not read before it.
    pub(super) gaps: u64,
    /// How its seal would begin if it continued an open chain.
    pub(super) expected: &'a [(ChainId, [u8; 2])],
    /// Why its original was not searched for.
    pub(super) unsearched: Option<SearchSkip>,
}

/// What is known of the stream at its end.
pub(super) struct StreamFacts {
    pub(super) index: usize,
    /// Chains that verified at least their first entry.
    pub(super) opened: u64,
    pub(super) interleaved: bool,
    /// A chain without an end was not followed any more, to make room for others.
    pub(super) dropped: bool,
    pub(super) headless_hint: &'static str,
}

impl NoMatch<'_> {
    fn is_cut(&self) -> bool {
        is_cut_off(self.position, self.text)
    }

    /// Whether it begins a chain.
    pub(super) fn is_start(&self) -> bool {
        self.marker == Marker::Start && !self.is_cut()
    }

    fn standing(&self) -> ChainStanding {
        let outside = self.front.is_none();
        if self.is_start() {
            ChainStanding::Start
        } else if self.is_cut() {
            ChainStanding::Head
        } else if outside && self.behind_unsigned {
            if self.count == 1 { ChainStanding::HeadBehindUnsigned } else { ChainStanding::BehindUnsigned }
        } else if outside && (self.count == 1 || self.after_gap) {
            ChainStanding::Head
        } else {
            ChainStanding::Inside
        }
    }
}

/// Whether a line is the first of the stream and may be the rest of a line whose beginning was cut off.
pub(super) fn is_cut_off(position: LinePosition, text: &[u8]) -> bool {
    position == LinePosition { file: 0, line: 1 } && entry::may_be_beheaded(text)
}

/// The same for a line that is no entry.
pub(super) fn is_rest(position: LinePosition, text: &[u8]) -> bool {
    position == LinePosition { file: 0, line: 1 } && entry::is_rest(text)
}

impl Unmatched {
    pub(super) fn add(&mut self, no_match: &NoMatch<'_>) {
        let NoMatch { position, line, text, seal, count, front, .. } = *no_match;
        self.begins_with_rest |= no_match.is_cut();
        // Another line with the same seal repeats nothing: one of them is not as it was written.
        let known = self.seals.get(&seal).filter(|(fingerprint, _)| *fingerprint == no_match.fingerprint);
        let added = UnmatchedLine {
            late: LateLine {
                number: no_match.number,
                line: PlacedLine::new(position, line),
                seal,
                time: no_match.time,
                gaps: no_match.gaps,
            },
            fidelity: no_match.fidelity,
            fingerprint: no_match.fingerprint,
            is_marked: no_match.marker == Marker::Start,
            ends: no_match.marker == Marker::End,
            behind_unsigned: no_match.behind_unsigned,
            context: UnmatchedContext {
                standing: no_match.standing(),
                count,
                front,
                after_gap: no_match.after_gap,
                repeats: known.map(|(_, count)| *count),
                damaged: !no_match.is_cut() && entry::shows_damage(text),
                lossy: line.lossy,
                in_time: !is_out_of_time(no_match.time, no_match.above),
                found: [seal.0[0], seal.0[1]],
                expected: no_match.expected.into(),
                unsearched: no_match.unsearched,
            },
        };
        if self.seals.len() < SEALS_MAX {
            self.seals.entry(seal).or_insert((no_match.fingerprint, count));
        }
        if self.waiting.len() == PENDING_LINES_MAX
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.add_to_runs(oldest);
        }
        self.waiting.push_back(added);
    }

    /// Whether lines are kept whose chains may still reach them.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes out the line with this number, whose chain has reached it.
    pub(super) fn take(&mut self, number: u64) -> Option<UnmatchedLine> {
        let index = self.waiting.binary_search_by_key(&number, |line| line.late.number).ok()?;
        let line = self.waiting.remove(index)?;
        if self.seals.get(&line.late.seal).is_some_and(|(_, count)| *count == line.context.count) {
            self.seals.remove(&line.late.seal);
        }
        Some(line)
    }

    /// Takes out a line that is the same as one whose chain has reached it.
    pub(super) fn take_same(&mut self, fingerprint: Fingerprint) -> Option<UnmatchedLine> {
        let same = self.waiting.iter().find(|line| line.fingerprint == fingerprint)?.late.number;
        self.take(same)
    }

    fn add_to_runs(&mut self, line: UnmatchedLine) {
        let UnmatchedLine { late, ends, behind_unsigned, context, .. } = line;
        let follows = self.last_count + 1 == context.count && !behind_unsigned;
        self.last_count = context.count;
        let full = self.runs.len() >= RUNS_MAX;
        let goes_on = |run: &UnmatchedRun| {
            let is_of_its_kind = context.repeats.is_some() == run.first.repeats.is_some()
                && run.first.front.map(|(id, _)| id) == context.front.map(|(id, _)| id);
            follows && !run.ends && context.standing != ChainStanding::Start && is_of_its_kind
        };
        let lines = late.line.range();
        match self.runs.last_mut() {
            Some(run) if full || goes_on(run) => {
                run.lines.append(lines);
                run.ends = ends;
            }
            _ => self.runs.push(UnmatchedRun { lines, ends, first: context }),
        }
    }

    /// A malformed line that may be the rest of one whose beginning was cut off with the file before.
    pub(super) fn add_rest(&mut self, position: LinePosition, line: &LineSpan, count: u64, after_gap: bool) {
        self.begins_with_rest = true;
        self.last_count = count;
        self.runs.push(UnmatchedRun {
            lines: LineRange::begin(position, line),
            ends: false,
            first: UnmatchedContext {
                standing: ChainStanding::Head,
                count,
                front: None,
                after_gap,
                repeats: None,
                damaged: false,
                lossy: false,
                in_time: true,
                found: [0; 2],
                expected: Box::default(),
                unsearched: None,
            },
        });
    }

    /// A verified entry should not have stood among lines outside of every chain as well: a log whose head is gone may have
    /// been delivered once more from its beginning, or somebody put it there.
    pub(super) fn check_not_above(&mut self, out: &mut Rulings, position: LinePosition, seal: &Seal) {
        if self.seals.is_empty() || self.seals.remove(seal).is_none() {
            return;
        }
        let message = "the same seal stands above as well, where it could not be verified";
        out.find(FindingBuilder::of(Code::LineRepeated, message).at(position))
    }

    /// Says what the lines are, now that the whole stream is known. `left` are the chains without an end; those that break are
    /// marked.
    pub(super) fn settle(&mut self, out: &mut Rulings, left: &mut [OpenChain], facts: StreamFacts) {
        while let Some(line) = self.waiting.pop_front() {
            self.add_to_runs(line);
        }
        let Self { runs, begins_with_rest, .. } = std::mem::take(self);
        Settlement { out, facts, begins_with_rest }.settle(runs, left);
    }
}

/// The lines of a stream on their way to what they are.
struct Settlement<'a> {
    out: &'a mut Rulings,
    facts: StreamFacts,
    begins_with_rest: bool,
}

impl Settlement<'_> {
    fn settle(&mut self, runs: Vec<UnmatchedRun>, left: &mut [OpenChain]) {
        let causes = self.causes(&runs, left);
        let is_all_known = !self.facts.dropped && !causes.iter().any(|cause| !matches!(cause, Cause::OutOfChain));
        if self.facts.opened == 0 {
            return self.settle_without_chain(runs, &causes);
        }
        let mut headless: Option<LineRange> = None;
        let mut behind: Vec<(ChainId, LineRange)> = Vec::new();
        let mut unclaimed: Option<LineRange> = None;
        for (run, cause) in runs.into_iter().zip(causes) {
            if cause != Cause::Unclaimed {
                self.unclaimed(unclaimed.take());
            }
            if run.first.repeats.is_some() {
                self.repeated_unmatched(&run.lines);
            }
            match cause {
                Cause::Headless => append(&mut headless, run.lines),
                Cause::KeyUnknown | Cause::OutOfChain | Cause::Startless if run.first.lossy => self.damaged(run.lines),
                Cause::KeyUnknown => self.key_unknown(&run.lines),
                Cause::BesideKeyUnknown => self.beside_key_unknown(&run.lines),
                Cause::Unclaimed => append(&mut unclaimed, run.lines),
                Cause::Break(id) | Cause::BreakBeside(id) => self.break_chain(id, run, left, &mut behind),
                Cause::OutOfChain => self.out_of_chain(&run, is_all_known),
                Cause::Startless => self.startless(run),
            }
        }
        self.unclaimed(unclaimed);
        behind.into_iter().for_each(|(_, lines)| self.unreachable(lines));
        self.settle_headless(headless)
    }

    /// What each run turns out to be.
    fn causes(&self, runs: &[UnmatchedRun], left: &[OpenChain]) -> Vec<Cause> {
        let mut explanation = Explanation::default();
        let mut causes: Vec<Cause> = Vec::with_capacity(runs.len());
        let last_end = runs.iter().rposition(|run| run.ends);
        for (index, run) in runs.iter().enumerate() {
            let ends_later = last_end.is_some_and(|last| index <= last);
            // It is what the line is that it repeats, and closes no chain a second time.
            let earlier = run.first.repeats.and_then(|count| {
                causes.get(runs.partition_point(|other| other.first.count <= count).checked_sub(1)?).copied()
            });
            causes.push(match earlier {
                Some(earlier) => repeated(earlier, run),
                None => self.cause(run, left, &mut explanation, ends_later),
            });
        }
        let is_headless = causes.contains(&Cause::Headless);
        let first_beside = causes.iter().position(|cause| matches!(cause, Cause::OutOfChain | Cause::BreakBeside(_)));
        let is_loose = |index: usize, cause: Cause| match cause {
            Cause::OutOfChain | Cause::Startless => true,
            Cause::BreakBeside(_) => is_headless,
            Cause::Break(_) => is_headless && first_beside.is_some_and(|first| first < index),
            _ => false,
        };
        let loose: Vec<bool> = causes.iter().enumerate().map(|(index, cause)| is_loose(index, *cause)).collect();
        let has_another_instance = has_another_instance(runs, &causes, &loose);
        for (cause, is_loose) in causes.iter_mut().zip(loose) {
            match *cause {
                _ if has_another_instance && is_loose => *cause = Cause::Unclaimed,
                Cause::BreakBeside(chain) => *cause = Cause::Break(chain),
                _ => {}
            }
        }
        causes
    }

    fn cause(&self, run: &UnmatchedRun, left: &[OpenChain], explanation: &mut Explanation, ends_later: bool) -> Cause {
        let broken = || chain_that_breaks_at(run, left, ends_later);
        match run.first.standing {
            ChainStanding::Start => {
                explanation.key_unknown += u64::from(!run.ends);
                return Cause::KeyUnknown;
            }
            ChainStanding::Head if !run.first.damaged => {
                explanation.headless = !run.ends;
                explanation.headless_seen = true;
                return Cause::Headless;
            }
            // The first two entries of a chain that begins here may have changed places.
            ChainStanding::HeadBehindUnsigned if !run.first.damaged => {
                explanation.headless_seen = true;
                return Cause::Headless;
            }
            _ => {}
        }
        let outside = run.first.front.is_none();
        if run.first.damaged {
            return broken().unwrap_or(if outside { Cause::Startless } else { Cause::OutOfChain });
        }
        if explanation.key_unknown > 0 {
            explanation.key_unknown -= u64::from(run.ends);
            return Cause::BesideKeyUnknown;
        }
        if explanation.headless {
            explanation.headless = !run.ends;
            return match run.first.standing {
                ChainStanding::Inside if outside => Cause::Headless,
                _ => Cause::Unclaimed,
            };
        }
        if run.first.after_gap && broken().is_none() {
            // Its chain may have begun in what was not read.
            explanation.headless = !run.ends;
            explanation.headless_seen = true;
            return Cause::Headless;
        }
        if self.facts.dropped && self.facts.interleaved {
            return Cause::Unclaimed;
        }
        if let Some(broken) = broken() {
            return broken;
        }
        match outside {
            true if explanation.headless_seen => {
                explanation.headless = !run.ends;
                Cause::Unclaimed
            }
            true => Cause::Startless,
            false => Cause::OutOfChain,
        }
    }

    /// Of lines that nobody can verify, those whose seals stand above as well were delivered twice (row 4b).
    fn repeated_unmatched(&mut self, lines: &LineRange) {
        let message = if lines.lines() == 1 {
            "the same sealed line stands above; neither can be verified"
        } else {
            "the same sealed lines stand above; neither can be verified"
        };
        let event = FindingBuilder::of(Code::LineRepeated, message).over(lines.first, lines.last, lines.lines());
        self.out.find(event)
    }

    /// No chain could be opened: with none that fits, the key is wrong (row 35).
    fn settle_without_chain(&mut self, runs: Vec<UnmatchedRun>, causes: &[Cause]) {
        let mut headless: Option<LineRange> = None;
        let mut starts: Vec<LineRange> = Vec::new();
        for (run, cause) in runs.into_iter().zip(causes) {
            if run.first.repeats.is_some() {
                self.repeated_unmatched(&run.lines);
            }
            match cause {
                Cause::Headless | Cause::Unclaimed => append(&mut headless, run.lines),
                Cause::BesideKeyUnknown if !starts.is_empty() => {
                    if let Some(last) = starts.last_mut() {
                        last.append(run.lines);
                    }
                }
                _ => starts.push(run.lines),
            }
        }
        if let Some(first) = starts.first().map(|lines| lines.first) {
            if self.out.context.lost_keys.is_empty() {
                starts.iter().for_each(|lines| self.out.count_lines(lines, |account| &mut account.unverifiable));
                let count = starts.len();
                let message =
                    format!("no key fits: none of the {count} chains that begin here verifies its first entry");
                let event = FindingBuilder::of(Code::KeyWrong, message)
                    .at(first)
                    .hint("pass the audit log key of this service; older keys too: --key-file is repeatable");
                self.out.find(event);
            } else {
                starts.iter().for_each(|lines| self.key_unknown(lines));
            }
        }
        self.settle_headless(headless)
    }

    /// A chain whose first entry fits no key: the key is not among those given, or the entry was altered (row 35).
    fn key_unknown(&mut self, lines: &LineRange) {
        self.out.count_lines(lines, |account| &mut account.unverifiable);
        let (message, hint) = if self.out.context.lost_keys.is_empty() {
            (
                "a chain begins here that fits no key given: sealed with another key, or its first entry was altered"
                    .to_owned(),
                "if the key was rotated, pass the others as well: --key-file is repeatable; if all were given, compare \
                 this line with a copy of the log",
            )
        } else {
            let names = named(&self.out.context.lost_keys);
            (
                format!("a chain begins here that fits no key that could be had, and others could not: {names}"),
                "restore these keys; if they are gone for good, give those that are left with --key-file, without the \
                 keystore",
            )
        };
        let event = FindingBuilder::of(Code::KeyLost, message).over(lines.first, lines.last, lines.lines()).hint(hint);
        self.out.find(event)
    }

    /// Lines that may belong to a chain whose key is not known.
    fn beside_key_unknown(&mut self, lines: &LineRange) {
        self.out.count_lines(lines, |account| &mut account.unverifiable);
        let message = "not verifiable: may belong to a chain above that fits no key given";
        let event = FindingBuilder::of(Code::KeyLost, message).over(lines.first, lines.last, lines.lines());
        self.out.find(event)
    }

    /// Lines the first of which does not verify and may not stand here as it was written (attacks, row 45).
    fn damaged(&mut self, lines: LineRange) {
        let (first, rest) = lines.split_first();
        tell_damaged(self.out, first.first);
        self.out.count_lines(&first, |account| &mut account.unverifiable);
        if let Some(rest) = rest {
            self.unreachable(rest);
        }
    }

    /// The chain does not go on: the first of the lines was altered or stands behind what was removed.
    fn break_chain(
        &mut self,
        id: ChainId,
        run: UnmatchedRun,
        left: &mut [OpenChain],
        behind: &mut Vec<(ChainId, LineRange)>,
    ) {
        let Some(chain) = left.iter_mut().find(|chain| chain.id == id) else { return };
        if chain.gap {
            chain.broken = true;
            return self.cut_off(&run.lines);
        }
        if chain.broken {
            match behind.iter_mut().find(|(other, _)| *other == id) {
                Some((_, lines)) => lines.append(run.lines),
                None => behind.push((id, run.lines)),
            }
            return;
        }
        chain.broken = true;
        if run.first.lossy {
            return self.damaged(run.lines);
        }
        let expected = run.first.expected.iter().find(|(chain, _)| *chain == id).map(|(_, start)| *start);
        let event = FindingBuilder::of(Code::ChainAltered, "altered, or entries before it removed")
            .at(run.lines.first)
            .seals(expected, Some(run.first.found))
            .hint(break_hint(run.first.unsearched));
        self.out.find(event);
        let (first, rest) = run.lines.split_first();
        self.out.count_lines(&first, |account| &mut account.broken);
        behind.extend(rest.map(|rest| (id, rest)));
    }

    /// Lines that do not belong to the chain that goes on after them. Where no chain of the stream lacks anything, as far as
    /// that shows, they are none of its entries; else they may be what another chain lacks. So may an end that stands in its
    /// time: the last line of another instance whose chain began before the stream (attacks, row 33).
    fn out_of_chain(&mut self, run: &UnmatchedRun, is_all_known: bool) {
        let lines = &run.lines;
        self.out.count_lines(lines, |account| &mut account.broken);
        let is_inserted = is_all_known && !(run.ends && run.first.in_time);
        let (code, message) = match (is_inserted, lines.lines()) {
            (true, 1) => (Code::LineInserted, "inserted: fits no chain, and the one it stands in goes on after it"),
            (true, _) => {
                (Code::LineInserted, "inserted: they fit no chain, and the one they stand in goes on after them")
            }
            (false, _) => (
                Code::LineOutOfChain,
                "does not belong here: inserted, repeated or displaced; the chain goes on after it",
            ),
        };
        let event = FindingBuilder::of(code, message).over(lines.first, lines.last, lines.lines());
        self.out.find(event.seals(None, Some(run.first.found)))
    }

    /// Lines that continue no chain, in a stream in which none can be missing.
    fn startless(&mut self, run: UnmatchedRun) {
        let event =
            FindingBuilder::of(Code::ChainAltered, "continues no chain: the start of its chain was altered or removed")
                .at(run.lines.first)
                .seals(None, Some(run.first.found))
                .hint("compare with a copy of the log");
        self.out.find(event);
        let (first, rest) = run.lines.split_first();
        self.out.count_lines(&first, |account| &mut account.broken);
        if let Some(rest) = rest {
            self.unreachable(rest);
        }
    }

    /// Lines that may belong to a chain that is not followed: nothing proves that they were altered.
    fn unclaimed(&mut self, lines: Option<LineRange>) {
        let Some(lines) = lines else { return };
        self.out.count_lines(&lines, |account| &mut account.unverifiable);
        let message = "not verifiable: belongs to no chain that could be followed";
        let event = FindingBuilder::of(Code::LineUnclaimed, message)
            .over(lines.first, lines.last, lines.lines())
            .hint("its chain may begin in a file before this one; otherwise it was inserted or altered");
        self.out.find(event)
    }

    /// Lines behind a break.
    fn unreachable(&mut self, lines: LineRange) {
        self.out.count_lines(&lines, |account| &mut account.unverifiable);
        let message = "not verifiable: the state of the chain is lost before them";
        let event = FindingBuilder::of(Code::EntriesUnreachable, message).over(lines.first, lines.last, lines.lines());
        self.out.find(event)
    }

    /// Lines whose chain began in something that is not here or was not read.
    fn cut_off(&mut self, lines: &LineRange) {
        self.out.count_lines(lines, |account| &mut account.unverifiable);
        let event = FindingBuilder::of(
            Code::StreamHeadless,
            "not verifiable: what stands before them in their chain is not here",
        )
        .over(lines.first, lines.last, lines.lines())
        .hint(self.facts.headless_hint);
        self.out.find(event)
    }

    /// The lines before the first start.
    fn settle_headless(&mut self, lines: Option<LineRange>) {
        let Some(lines) = lines else { return };
        if self.begins_with_rest {
            let message = "this line is the rest of a line that began in an earlier file";
            let event =
                FindingBuilder::of(Code::StreamHeadless, message).at(lines.first).hint("pass the older file as well");
            self.out.find(event);
        }
        self.cut_off(&lines);
        self.out.push(Ruling::Chain(ChainReport {
            stream: self.facts.index,
            verdict: ChainVerdict::Headless,
            first: place_of(&self.out.files, lines.first),
            last: place_of(&self.out.files, lines.last),
            entries: 0,
            key: None,
            from: None,
            to: None,
        }));
        if self.facts.opened > 0 {
            return;
        }
        let event = FindingBuilder::of(Code::NothingVerified, "no chain begins here, so nothing could be verified");
        self.out.find(event.over(lines.first, lines.last, lines.lines()))
    }
}

/// What to do about a break.
fn break_hint(unsearched: Option<SearchSkip>) -> &'static str {
    match unsearched {
        Some(SearchSkip::BudgetUsedUp) => {
            "likely originals were not searched for, as the budget of the run is used up: --undo deep searches on; or \
             compare this line and its neighbours with a copy of the log"
        }
        Some(SearchSkip::DeepBudgetUsedUp) => {
            "likely originals were not searched for, as the budget of the run is used up: verify this file alone; or \
             compare this line and its neighbours with a copy of the log"
        }
        _ => "compare this line and its neighbours with a copy of the log",
    }
}

/// Says that a line does not verify and may not stand here as it was written (attacks, row 45).
pub(super) fn tell_damaged(out: &mut Rulings, position: LinePosition) {
    let message = "does not verify, and what stored this line may have replaced bytes of it by U+FFFD";
    let event = FindingBuilder::of(Code::LineDamaged, message)
        .at(position)
        .hint("verify a copy that the service wrote itself (--log_to_file), or one stored without conversion");
    out.find(event);
}

/// The chain without an end that this run may continue, had it not been altered: first the one that it was held against,
/// else one that ran beside it, or that shows an end further down.
fn chain_that_breaks_at(run: &UnmatchedRun, left: &[OpenChain], ends_later: bool) -> Option<Cause> {
    let stops_before = |chain: &&OpenChain| chain.opened < run.first.count && chain.advanced < run.first.count;
    if let Some((front, _)) = run.first.front
        && let Some(chain) = left.iter().filter(stops_before).find(|chain| chain.id == front)
    {
        return Some(Cause::Break(chain.id));
    }
    let is_beside =
        |chain: &&OpenChain| run.first.front.is_none_or(|(_, opened)| chain.advanced > opened || ends_later);
    let chain = left.iter().filter(stops_before).filter(is_beside).max_by_key(|chain| chain.advanced)?;
    Some(Cause::BreakBeside(chain.id))
}

/// What a run is whose lines stand above as well.
fn repeated(earlier: Cause, run: &UnmatchedRun) -> Cause {
    match earlier {
        Cause::KeyUnknown => Cause::BesideKeyUnknown,
        Cause::Headless if run.first.front.is_some() => Cause::Unclaimed,
        same => same,
    }
}

/// Whether the lines that belong to no chain are those of another instance whose chain began before the stream (rows 33 and
/// 36): several in the order of time, with an end, or in a stream that has lost its head.
fn has_another_instance(runs: &[UnmatchedRun], causes: &[Cause], loose: &[bool]) -> bool {
    let is_headless = causes.contains(&Cause::Headless);
    let loose = || runs.iter().zip(loose).filter(|(_, is_loose)| **is_loose).map(|(run, _)| run);
    let unclaimed = || runs.iter().zip(causes).filter(|(_, cause)| **cause == Cause::Unclaimed).map(|(run, _)| run);
    let at_head = runs.iter().filter(|run| run.first.standing == ChainStanding::HeadBehindUnsigned);
    let lines: u64 = loose().chain(unclaimed()).chain(at_head).map(|run| run.lines.lines()).sum();
    let has_end = loose().chain(unclaimed()).any(|run| run.ends);
    // Between chains alone, a chain of this very service may have lost its start.
    let is_inside = loose().any(|run| run.first.front.is_some());
    let is_plausible = loose().all(|run| run.first.in_time && !run.first.damaged);
    is_plausible && is_inside && ((lines >= 2 && has_end) || (is_headless && (lines >= 2 || has_end)))
}

fn append(all: &mut Option<LineRange>, lines: LineRange) {
    match all {
        Some(all) => all.append(lines),
        None => *all = Some(lines),
    }
}

/// The first few of many names.
fn named(names: &[String]) -> String {
    let (first, rest) = names.split_at(names.len().min(NAMES_MAX));
    let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
    first.join(", ") + &more
}

#[cfg(test)]
mod tests {
    use super::{NoMatch, Unmatched};
    use crate::chain::{Fingerprint, PENDING_LINES_MAX};
    use crate::entry::{Fidelity, Marker, Seal};
    use crate::line::{LineSpan, LineState};
    use crate::verdict::rulings::LinePosition;

    /// Takes in line after line, the first of which is not that of the stream, each with the seal of its number.
    fn add(unmatched: &mut Unmatched, marker: Marker, count: u64, number: u64) {
        let mut seal = Seal([0; 32]);
        seal.0[..8].copy_from_slice(&number.to_be_bytes());
        unmatched.add(&NoMatch {
            position: LinePosition { file: 0, line: count + 1 },
            line: &LineSpan::new(count + 1, 0..0, 1, LineState::Whole),
            text: b"",
            seal,
            fingerprint: Fingerprint::default(),
            marker,
            fidelity: Fidelity::Exact,
            number: count,
            count,
            front: None,
            after_gap: false,
            behind_unsigned: false,
            above: None,
            time: None,
            gaps: 0,
            expected: &[],
            unsearched: None,
        });
    }

    #[test]
    fn ten_thousand_runs_are_kept_apart_and_further_ones_are_counted_to_the_last() {
        let mut unmatched = Unmatched::default();
        for count in 1..=10_001 + PENDING_LINES_MAX as u64 {
            add(&mut unmatched, Marker::Start, count, count);
            assert_eq!(unmatched.runs.len() as u64, count.saturating_sub(PENDING_LINES_MAX as u64).min(10_000));
        }
        assert_eq!(unmatched.runs.last().map(|run| run.lines.lines()), Some(2));
    }

    #[test]
    fn a_line_is_known_again_by_its_seal_as_long_as_that_is_among_the_first_65536() {
        let mut unmatched = Unmatched::default();
        (1..=65_537).for_each(|count| add(&mut unmatched, Marker::Middle, count, count));
        let mut is_known = |count, number| {
            add(&mut unmatched, Marker::Middle, count, number);
            unmatched.waiting.back().is_some_and(|line| line.context.repeats.is_some())
        };
        assert!(is_known(65_538, 65_536));
        assert!(!is_known(65_539, 65_537));
    }
}
