//! Forensic undo: searches what an entry that fits nothing may have been before it was altered, and lets the entry's own seal
//! prove it. What an alteration can be is left to `entry`, where the entry may stand to `follow`. The work is bounded by counts of
//! hashed blocks, so that no input buys time and no answer depends on the machine.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use strum::IntoStaticStr;

use super::seal_verifier::ChainPlace;
use super::search_log::{CandidateFamily, FamilyLog, FamilyOutcome, FamilyTrial, SearchSkip};
use super::trial::{BodySearch, Exhausted};
use crate::entry::{self, Draft, Edit, Entry, FieldValues, MendedEntry, Mending, Seal, Visit};

/// Fruitless searches in a row until the next chain begins.
const FRUITLESS_MAX: u32 = 8;

/// Verified lines that are remembered for their values.
const LINES_MAX: usize = 512;

/// So many lines of a stream are all remembered; of later ones each that is counted by [`LINES_BETWEEN`].
const LINES_AT_FIRST: u64 = 512;

/// Of later lines one in so many is remembered: what a field can say repeats itself.
const LINES_BETWEEN: u64 = 16;

/// Longer lines are not remembered.
const LINE_BYTES_MAX: usize = 4096;

/// How much is done to find out what stood in the place of an altered entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum UndoEffort {
    /// Single edits: a fifth of a second for a break at most, two seconds for a run.
    #[default]
    Fast,
    /// Pairs of edits as well: some seconds for a break.
    Deep,
    /// Nothing.
    Off,
}

impl UndoEffort {
    /// Every effort.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Deep, Self::Off];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Blocks that may be hashed for one break.
    fn blocks_for_a_break(self) -> u64 {
        match self {
            Self::Fast => 1 << 22,
            Self::Deep => 1 << 27,
            Self::Off => 0,
        }
    }
}

/// How many breaks of full length a run may search.
const BREAKS_OF_A_RUN: u64 = 10;

/// What is left of the work that a run may do.
#[derive(Clone, Copy, Debug)]
pub struct UndoBudget {
    effort: UndoEffort,
    blocks: u64,
}

impl UndoBudget {
    /// That of a run.
    pub fn new(effort: UndoEffort) -> Self {
        Self { effort, blocks: effort.blocks_for_a_break().saturating_mul(BREAKS_OF_A_RUN) }
    }
}

/// An entry as it stood before it was altered, proven by its own seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// The line as Acra wrote it.
    pub line: Vec<u8>,
    /// What `parse` makes of it.
    pub entry: Entry,
    /// LE(n).
    pub(super) body: Vec<u8>,
    /// IC(n).
    pub seal: Seal,
    /// What was undone, where that had not to be searched.
    pub mending: Option<Mending>,
}

impl Original {
    /// What a line was before it was mended, unless a crash or a cut made of it what stands there now.
    pub(super) fn mended(mended: &MendedEntry, is_first: bool, found: &[u8]) -> Option<Self> {
        let MendedEntry { draft, seal, mending, .. } = mended;
        let original = Self { mending: Some(*mending), ..Self::read(draft, *seal, is_first)? };
        // No crash leaves both halves.
        (*mending == Mending::Joined || !original.explains_as_cut(found)).then_some(original)
    }

    fn read(draft: &Draft, seal: Seal, is_first: bool) -> Option<Self> {
        let (line, entry) = draft.read(&seal, is_first)?;
        Some(Self { line, entry, body: draft.body().to_vec(), seal, mending: None })
    }

    /// Whether a crash or a cut may have made a line of it: those alter nothing.
    fn explains_as_cut(&self, found: &[u8]) -> bool {
        let found = entry::without_trailing_blanks(found);
        self.line.starts_with(found) || self.line.ends_with(found) || found.ends_with(&self.line)
    }
}

/// Whether all edits are tried in a place, or only the few that cost next to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchDepth {
    Full,
    Cheap,
}

/// Where an original may stand.
pub(super) struct Candidate {
    pub(super) place: ChainPlace,
    pub(super) is_first: bool,
    pub(super) depth: SearchDepth,
}

/// See the file's head.
pub(super) struct Undo {
    budget: UndoBudget,
    /// Searches in a row that found nothing.
    fruitless: u32,
    /// Verified lines, the latest one at the end.
    lines: VecDeque<Vec<u8>>,
    /// Verified lines of the stream.
    verified: u64,
}

impl Undo {
    pub(super) fn new(budget: UndoBudget) -> Self {
        Self { budget, fruitless: 0, lines: VecDeque::new(), verified: 0 }
    }

    /// A new stream begins; what was spent stays spent.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.budget);
    }

    pub(super) fn budget(&self) -> UndoBudget {
        self.budget
    }

    /// Why nothing would be searched; None where something would.
    pub(super) fn skip(&self) -> Option<SearchSkip> {
        match (self.budget.effort, self.budget.blocks) {
            (UndoEffort::Off, _) => Some(SearchSkip::Off),
            (UndoEffort::Fast, 0) => Some(SearchSkip::BudgetUsedUp),
            (UndoEffort::Deep, 0) => Some(SearchSkip::DeepBudgetUsedUp),
            _ => (self.fruitless >= FRUITLESS_MAX).then_some(SearchSkip::Fruitless),
        }
    }

    /// A chain begins: what could not be restored was of others.
    pub(super) fn encourage(&mut self) {
        self.fruitless = 0;
    }

    /// Remembers lines that verified, for their values.
    pub(super) fn remember_all<'l>(&mut self, mut lines: impl ExactSizeIterator<Item = &'l [u8]>) {
        if self.budget.effort == UndoEffort::Off {
            return;
        }
        // Only those are looked at that are kept.
        while lines.len() > 0 {
            let passed = match self.verified {
                0..LINES_AT_FIRST => 0,
                verified => verified.next_multiple_of(LINES_BETWEEN) - verified,
            };
            let left = lines.len() as u64;
            if passed >= left {
                self.verified += left;
                return;
            }
            self.verified += passed + 1;
            if let Some(line) = lines.nth(usize::try_from(passed).unwrap_or(usize::MAX))
                && line.len() <= LINE_BYTES_MAX
            {
                self.keep(line);
            }
        }
    }

    fn keep(&mut self, line: &[u8]) {
        let mut kept = match self.lines.len() {
            LINES_MAX => self.lines.pop_front().unwrap_or_default(),
            _ => Vec::new(),
        };
        kept.clear();
        kept.extend_from_slice(line);
        self.lines.push_back(kept);
    }

    /// Which of some places a line fits after an alteration is undone, and what stood there.
    pub(super) fn search(&mut self, line: &[u8], candidates: &[Candidate]) -> SearchResult {
        let left = self.budget.blocks.min(self.budget.effort.blocks_for_a_break());
        let mut search = Search { line, lines: &self.lines, effort: self.budget.effort, left, above: None };
        let mut tried = Vec::new();
        let found = candidates.iter().enumerate().find_map(|(index, candidate)| {
            let mut log = FamilyLog::default();
            let original = search.in_place(candidate, &mut log);
            tried.push(log.finish());
            Some((index, original?))
        });
        self.budget.blocks -= left - search.left;
        self.fruitless = if found.is_some() { 0 } else { self.fruitless + 1 };
        SearchResult { found, tried }
    }
}

/// What a search came to.
pub(super) struct SearchResult {
    /// In which place an original stands.
    pub(super) found: Option<(usize, Original)>,
    /// What was tried in each place, up to that one; nothing where the budget was used up before.
    pub(super) tried: Vec<Vec<FamilyTrial>>,
}

/// One line that fits nothing.
struct Search<'a> {
    line: &'a [u8],
    lines: &'a VecDeque<Vec<u8>>,
    effort: UndoEffort,
    left: u64,
    above: Option<Above>,
}

/// What the lines above are like.
struct Above {
    values: FieldValues,
    /// The bytes that an altered one may have been.
    alphabet: Vec<u8>,
}

impl Above {
    fn of<'l>(line: &'l [u8], lines: impl Iterator<Item = &'l Vec<u8>>) -> Self {
        let mut values = FieldValues::default();
        let mut is_there = [false; 256];
        (b' '..=b'~').for_each(|byte| is_there[usize::from(byte)] = true);
        line.iter().for_each(|byte| is_there[usize::from(*byte)] = true);
        for above in lines {
            above.iter().for_each(|byte| is_there[usize::from(*byte)] = true);
            entry::drafts(above).into_iter().take(1).for_each(|draft| draft.add_to(&mut values));
        }
        let alphabet = (0..=u8::MAX).filter(|byte| is_there[usize::from(*byte)]).collect();
        Self { values, alphabet }
    }
}

impl Search<'_> {
    fn in_place(&mut self, candidate: &Candidate, log: &mut FamilyLog) -> Option<Original> {
        let mut trial = BodySearch::new(&candidate.place, self.left);
        let found = self.with(&mut trial, candidate, log).unwrap_or_default();
        self.left = trial.left();
        found
    }

    fn with(
        &mut self,
        trial: &mut BodySearch<'_>,
        candidate: &Candidate,
        log: &mut FamilyLog,
    ) -> Result<Option<Original>, Exhausted> {
        trial.spend(self.line.len() as u64 / 8)?;
        let drafts = entry::drafts(self.line);
        let draft = drafts.first().and_then(|draft| Some((draft, seal_of(draft)?)));
        self.plan(draft.is_some(), candidate.depth, log);
        let (outcome, found) = self.with_another_seal(trial, &drafts, candidate.is_first);
        log.close(CandidateFamily::Seal, trial.tried(), outcome);
        if found.is_some() {
            return Ok(found);
        }
        if outcome == FamilyOutcome::Unfinished {
            return Err(Exhausted);
        }
        let (found, seal) = match draft {
            Some((draft, seal)) => (self.with_edits(trial, draft, seal, candidate, log)?, Some(seal)),
            None if candidate.depth == SearchDepth::Full => (self.with_repairs(trial, log)?, None),
            None => (None, None),
        };
        let Some(draft) = found else { return Ok(None) };
        let original =
            seal.or_else(|| seal_of(&draft)).and_then(|seal| self.original(&draft, seal, candidate.is_first));
        if original.is_none() {
            log.excuse();
        }
        Ok(original)
    }

    /// What there is to be tried in a place, in that order.
    fn plan(&self, has_seal: bool, depth: SearchDepth, log: &mut FamilyLog) {
        let of_depth = if depth == SearchDepth::Full { FamilyOutcome::NotReached } else { FamilyOutcome::Unmarked };
        log.plan(CandidateFamily::Seal, FamilyOutcome::NotReached);
        if !has_seal {
            return log.plan(CandidateFamily::Punctuation, of_depth);
        }
        log.plan(CandidateFamily::AddedField, FamilyOutcome::NotReached);
        for family in [
            CandidateFamily::SingleEdit,
            CandidateFamily::ValueAbove,
            CandidateFamily::RemovedField,
            CandidateFamily::ValueNear,
        ] {
            log.plan(family, of_depth);
        }
        let is_tried = self.effort == UndoEffort::Deep || of_depth == FamilyOutcome::Unmarked;
        log.plan(CandidateFamily::DoubleEdit, if is_tried { of_depth } else { FamilyOutcome::DeepOnly });
    }

    /// The bodies as they stand: the seal may be what was altered, or only what stands around both.
    fn with_another_seal(
        &self,
        trial: &mut BodySearch<'_>,
        drafts: &[Draft],
        is_first: bool,
    ) -> (FamilyOutcome, Option<Original>) {
        let mut outcome = FamilyOutcome::NoneFits;
        for draft in drafts {
            match self.proven_seal(trial, draft) {
                Err(Exhausted) => return (FamilyOutcome::Unfinished, None),
                Ok(None) => {}
                Ok(Some(seal)) => match self.original(draft, seal, is_first) {
                    Some(original) => return (FamilyOutcome::Fits, Some(original)),
                    None => outcome = FamilyOutcome::Cut,
                },
            }
        }
        (outcome, None)
    }

    /// The seal of a body as it stands, when it is what stands there but for one edit.
    fn proven_seal(&self, trial: &mut BodySearch<'_>, draft: &Draft) -> Result<Option<Seal>, Exhausted> {
        trial.set_base(draft.body(), Seal([0; 32]))?;
        trial.open(draft.body().len(), [&[]; 3]);
        let demanded = trial.seal()?;
        let digits = zeroize::Zeroizing::new(hex::encode(demanded.as_slice()));
        let stands = draft.seal_text();
        let is_proven = stands == digits.as_bytes() || entry::is_one_edit_apart(stands, digits.as_bytes());
        Ok(is_proven.then(|| Seal(*demanded)))
    }

    fn with_edits(
        &mut self,
        trial: &mut BodySearch<'_>,
        draft: &Draft,
        seal: Seal,
        candidate: &Candidate,
        log: &mut FamilyLog,
    ) -> Result<Option<Draft>, Exhausted> {
        let (line, lines, effort) = (self.line, self.lines, self.effort);
        trial.set_base(draft.body(), seal)?;
        let mut attempt = Attempt { trial, draft, alphabet: &[], log, found: Ok(None) };
        let mut flow = attempt.each(CandidateFamily::AddedField, |visit| draft.visit_added_fields(visit));
        if flow.is_continue() && candidate.depth == SearchDepth::Full {
            if self.above.is_none() {
                attempt.trial.spend(work_of_reading(lines))?;
            }
            let above = self.above.get_or_insert_with(|| Above::of(line, lines.iter().rev()));
            attempt.alphabet = &above.alphabet;
            flow = attempt.each(CandidateFamily::SingleEdit, |visit| draft.visit_characters(visit));
            if flow.is_continue() {
                flow = attempt.each(CandidateFamily::ValueAbove, |visit| draft.visit_values(&above.values, visit));
            }
            if flow.is_continue() {
                let visit = |visit: &mut Visit<'_>| draft.visit_removed_fields(&above.values, visit);
                flow = attempt.each(CandidateFamily::RemovedField, visit);
            }
            if flow.is_continue() {
                flow = attempt.each(CandidateFamily::ValueNear, |visit| draft.visit_values_near(&above.values, visit));
            }
            if flow.is_continue() && effort == UndoEffort::Deep {
                let _ = attempt.each(CandidateFamily::DoubleEdit, |visit| draft.visit_pairs(visit));
            }
        }
        Ok(attempt.found?.and_then(|body| draft.with_body(body)))
    }

    /// Of json whose punctuation was altered.
    fn with_repairs(&mut self, trial: &mut BodySearch<'_>, log: &mut FamilyLog) -> Result<Option<Draft>, Exhausted> {
        let (line, lines) = (self.line, self.lines);
        if self.above.is_none() {
            trial.spend(work_of_reading(lines))?;
        }
        let above = self.above.get_or_insert_with(|| Above::of(line, lines.iter().rev()));
        let mut found = Ok(None);
        let trial = std::cell::RefCell::new(trial);
        let broken = entry::repairs(
            line,
            &above.alphabet,
            &mut |bytes| flow_of(trial.borrow_mut().spend(1 + bytes as u64 / 32).map(|()| None::<()>), &mut Ok(None)),
            &mut |draft| {
                let fits = seal_of(&draft).map_or(Ok(false), |seal| {
                    let mut trial = trial.borrow_mut();
                    trial.set_base(draft.body(), seal)?;
                    trial.open(draft.body().len(), [&[]; 3]);
                    trial.fits()
                });
                flow_of(fits.map(|fits| fits.then_some(draft)), &mut found)
            },
        );
        let found = match found {
            Ok(None) if broken.is_break() => Err(Exhausted),
            found => found,
        };
        log.close(CandidateFamily::Punctuation, trial.borrow().tried(), outcome_of(&found));
        found
    }

    /// The line that is proven, unless a crash or a cut made of it what stands there now.
    fn original(&self, draft: &Draft, seal: Seal, is_first: bool) -> Option<Original> {
        Original::read(draft, seal, is_first).filter(|original| !original.explains_as_cut(self.line))
    }
}

/// What it weighs to take the lines above apart, in blocks: more than to hash them.
fn work_of_reading(lines: &VecDeque<Vec<u8>>) -> u64 {
    lines.iter().map(|line| line.len() as u64 / 4).sum()
}

/// The seal of a draft, when it is none that was altered.
fn seal_of(draft: &Draft) -> Option<Seal> {
    let mut seal = [0; 32];
    hex::decode_to_slice(draft.seal_text(), &mut seal).ok()?;
    Some(Seal(seal))
}

/// Keeps what was found, or that nothing may be searched any more, and whether to go on.
fn flow_of<T>(outcome: Result<Option<T>, Exhausted>, found: &mut Result<Option<T>, Exhausted>) -> ControlFlow<()> {
    match outcome {
        Ok(None) => ControlFlow::Continue(()),
        outcome => {
            *found = outcome;
            ControlFlow::Break(())
        }
    }
}

/// What is said of a family, by what its last candidate came to.
fn outcome_of<T>(found: &Result<Option<T>, Exhausted>) -> FamilyOutcome {
    match found {
        Ok(None) => FamilyOutcome::NoneFits,
        Ok(Some(_)) => FamilyOutcome::Fits,
        Err(Exhausted) => FamilyOutcome::Unfinished,
    }
}

/// Tries the edits of a draft.
struct Attempt<'t, 'p, 'a> {
    trial: &'t mut BodySearch<'p>,
    draft: &'a Draft,
    alphabet: &'a [u8],
    log: &'t mut FamilyLog,
    /// The body that was signed.
    found: Result<Option<Vec<u8>>, Exhausted>,
}

impl Attempt<'_, '_, '_> {
    /// Tries the edits of a family, which are those that are visited.
    fn each(
        &mut self,
        family: CandidateFamily,
        visit: impl FnOnce(&mut Visit<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let flow = visit(&mut |edit| self.take(edit));
        self.log.close(family, self.trial.tried(), outcome_of(&self.found));
        flow
    }

    fn take(&mut self, edit: Edit<'_>) -> ControlFlow<()> {
        let outcome = self.outcome(edit);
        flow_of(outcome, &mut self.found)
    }

    fn outcome(&mut self, edit: Edit<'_>) -> Result<Option<Vec<u8>>, Exhausted> {
        let body = self.draft.body();
        match edit {
            Edit::Splice { at, text } => {
                let after = &body[at.end..];
                self.trial.open(at.start, [text, after, &[]]);
                Ok(self.trial.fits()?.then(|| [&body[..at.start], text, after].concat()))
            }
            Edit::AnyByte { at } => {
                let after = &body[at.end..];
                self.trial.open(at.start, [&[0], after, &[]]);
                let byte = self.trial.any_byte(at.start, self.alphabet)?;
                Ok(byte.map(|byte| [&body[..at.start], &[byte], after].concat()))
            }
            Edit::TwoBytes { first, second } => {
                for byte in self.alphabet {
                    let between = &body[first + 1..];
                    self.trial.open(first, [&[*byte], between, &[]]);
                    if let Some(other) = self.trial.any_byte(second, self.alphabet)? {
                        let mut body = body.to_vec();
                        (body[first], body[second]) = (*byte, other);
                        return Ok(Some(body));
                    }
                }
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_schedule::KeySchedule;
    use super::super::seal_verifier::ChainVerifier;
    use super::*;
    use crate::key::AuditKey;

    fn first_place() -> Vec<Candidate> {
        let mut key_schedule = KeySchedule::new(&AuditKey::new(&[7; 32], "test"));
        let place = ChainVerifier::first_place(&mut key_schedule).expect("k(1)");
        vec![Candidate { place, is_first: true, depth: SearchDepth::Full }]
    }

    /// The first entry of a chain that says this.
    fn sealed(body: &[u8]) -> Vec<u8> {
        let place = first_place().remove(0).place;
        let mut trial = BodySearch::new(&place, u64::MAX);
        trial.set_base(body, Seal([0; 32])).expect("enough");
        trial.open(body.len(), [&[]; 3]);
        let seal = trial.seal().expect("enough");
        [body, b" integrity=", hex::encode(seal.as_slice()).as_bytes(), b" chain=new"].concat()
    }

    fn undo(effort: UndoEffort) -> Undo {
        Undo::new(UndoBudget::new(effort))
    }

    fn body(bytes: usize) -> Vec<u8> {
        let head = b"time=\"2025-03-14T00:00:02Z\" level=info msg=";
        [&head[..], &b"x".repeat(bytes.saturating_sub(head.len()))].concat()
    }

    #[test]
    fn an_edit_in_any_block_is_undone_whatever_the_length_of_the_body() {
        for bytes in [50, 63, 64, 65, 119, 120, 127, 128, 129, 191, 260] {
            let line = sealed(&body(bytes));
            for at in [44, bytes / 2, bytes - 1].into_iter().filter(|at| *at < bytes && *at >= 44) {
                for altered in [
                    [&line[..at], b"Y", &line[at + 1..]].concat(),
                    [&line[..at], &line[at + 1..]].concat(),
                    [&line[..at], b"Y", &line[at..]].concat(),
                ] {
                    let (place, original) =
                        undo(UndoEffort::Fast).search(&altered, &first_place()).found.expect("its seal proves it");
                    assert_eq!((place, &original.line), (0, &line), "{bytes} bytes, {at}");
                }
            }
        }
    }

    #[test]
    fn two_edits_close_to_one_another_are_undone_where_that_is_asked_for() {
        let line = sealed(&body(60));
        let altered = [&line[..50], b"YxY", &line[53..]].concat();
        assert_eq!(undo(UndoEffort::Fast).search(&altered, &first_place()).found, None);
        let found = undo(UndoEffort::Deep).search(&altered, &first_place()).found;
        assert_eq!(found.map(|(_, original)| original.line), Some(line));
    }

    #[test]
    fn what_a_crash_or_a_cut_explains_is_no_alteration() {
        let line = sealed(&body(60));
        let cut = [
            line[..line.len() - 1].to_vec(),
            line[..line.len() - b" chain=new".len() - 1].to_vec(),
            line[1..].to_vec(),
            [b"t", &line[..]].concat(),
            [&line[..], b"time=\""].concat(),
        ];
        for line in cut {
            let found = undo(UndoEffort::Fast).search(&line, &first_place()).found;
            assert_eq!(found, None, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_search_costs_so_many_blocks_at_most_whatever_the_line() {
        let seal = hex::encode([1; 32]);
        let json = format!("{{\"a\":\"{}\",\"integrity\":\"{seal}\",\"k\":1}}", "x".repeat(200_000));
        let lines = [
            sealed(&body(1 << 20)).into_iter().map(|byte| if byte == b'x' { b'y' } else { byte }).collect(),
            [b"integrity=".repeat(100_000), seal.clone().into_bytes()].concat(),
            [&b" integrity="[..], seal.as_bytes()].concat().repeat(10_000),
            json.replacen("\":\"x", "\":x", 1).into_bytes(),
            json.into_bytes(),
            format!("{{{}\"integrity\":\"{seal}\"", "\"k\":1,".repeat(100_000)).into_bytes(),
        ];
        for line in lines {
            let mut undo = undo(UndoEffort::Fast);
            let before = undo.budget.blocks;
            let _ = undo.search(&line, &first_place());
            assert!(before - undo.budget.blocks <= UndoEffort::Fast.blocks_for_a_break());
        }
    }

    #[test]
    fn after_a_few_fruitless_searches_none_is_made_until_a_chain_begins() {
        let mut undo = undo(UndoEffort::Fast);
        let stranger = [&body(60)[..], b" integrity=", hex::encode([1; 32]).as_bytes()].concat();
        for _ in 0..FRUITLESS_MAX {
            assert_eq!(undo.skip(), None);
            assert_eq!(undo.search(&stranger, &first_place()).found, None);
        }
        assert_eq!(undo.skip(), Some(SearchSkip::Fruitless));
        undo.encourage();
        assert_eq!(undo.skip(), None);
        undo.budget.blocks = 0;
        assert_eq!(undo.skip(), Some(SearchSkip::BudgetUsedUp));
        assert_eq!(Undo::new(UndoBudget::new(UndoEffort::Off)).skip(), Some(SearchSkip::Off));
    }

    #[test]
    fn whatever_the_budget_families_are_tried_in_order_and_those_behind_its_end_are_told_as_not_reached() {
        let stranger = [&body(60)[..], b" integrity=", hex::encode([1; 32]).as_bytes()].concat();
        let tried = |blocks: u64| {
            let mut undo = undo(UndoEffort::Deep);
            undo.budget.blocks = blocks;
            undo.search(&stranger, &first_place()).tried.remove(0)
        };
        let all = tried(u64::MAX);
        assert!(all.iter().all(|trial| trial.outcome == FamilyOutcome::NoneFits), "{all:?}");
        for blocks in (0..14).map(|power| 3_u64.pow(power)) {
            let families = tried(blocks);
            let reached = families.iter().take_while(|trial| trial.outcome == FamilyOutcome::NoneFits).count();
            assert_eq!(families[..reached], all[..reached.min(all.len())], "{blocks}");
            let is_cut_short = |trial: &FamilyTrial, whole: &FamilyTrial| match trial.outcome {
                FamilyOutcome::Unfinished => (1..whole.candidates).contains(&trial.candidates),
                outcome => outcome == FamilyOutcome::NotReached && trial.candidates == 0,
            };
            assert!(families[reached..].iter().zip(&all[reached..]).all(|(it, all)| is_cut_short(it, all)), "{blocks}");
            let unfinished = families.iter().filter(|trial| trial.outcome == FamilyOutcome::Unfinished).count();
            assert!(unfinished <= 1, "{blocks}: {families:?}");
            let candidates: u64 = families.iter().map(|trial| trial.candidates).sum();
            assert!(candidates <= blocks, "each is one block at least");
        }
    }

    #[test]
    fn a_seal_that_a_cut_explains_is_no_proof_and_ends_nothing() {
        let line = sealed(&body(60));
        let cut = &line[..line.len() - b" chain=new".len() - 1];
        let tried = undo(UndoEffort::Fast).search(cut, &first_place()).tried.remove(0);
        let told: Vec<_> = tried.iter().map(|trial| (trial.family, trial.outcome)).collect();
        assert_eq!(told[0], (CandidateFamily::Seal, FamilyOutcome::Cut));
        assert_eq!(told[1..], [(CandidateFamily::Punctuation, FamilyOutcome::NoneFits)]);
    }

    #[test]
    fn the_same_lines_are_remembered_however_they_are_handed_over() {
        let lines: Vec<Vec<u8>> = (0..2_000_u32).map(|number| number.to_string().into_bytes()).collect();
        let remembered = |at_once: usize| {
            let mut undo = undo(UndoEffort::Fast);
            lines.chunks(at_once).for_each(|lines| undo.remember_all(lines.iter().map(Vec::as_slice)));
            undo.lines
        };
        let one_by_one = remembered(1);
        assert_eq!(one_by_one.len(), LINES_MAX);
        assert_eq!(one_by_one.back().map(Vec::as_slice), Some(&b"1984"[..]));
        for at_once in [2, 15, 16, 17, 100, 512, 513, 2_000] {
            assert_eq!(remembered(at_once), one_by_one, "{at_once}");
        }
    }
}
