//! What a search for the original of an entry tried, in order, and what came of it, for people who ask about a line. The search
//! itself is left to `undo`, the places that it is made for to `follow`.

use schemars::JsonSchema;
use serde::Serialize;

/// A family of candidates: what one kind of alteration would have left of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateFamily {
    /// Something was put behind its seal.
    TextBehindSeal,
    /// A line feed was put into it: the line above is its first half.
    LineFeed,
    /// Its seal was altered, or what stands around the seal: its name, a second one, the mark of a start.
    Seal,
    /// A field was put there.
    AddedField,
    /// A character was changed, lost or put there, or two neighbours changed places.
    SingleEdit,
    /// A value was replaced: by what the same field has in the lines above.
    ValueAbove,
    /// A field was taken out: with what it has in the lines above.
    RemovedField,
    /// A level, a number or a time was replaced: by those near it.
    ValueNear,
    /// Two characters close to one another were changed.
    DoubleEdit,
    /// The punctuation of json was altered.
    Punctuation,
}

/// What came of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FamilyOutcome {
    /// None of its candidates carries the seal.
    NoneFits,
    /// The last one that was tried carries the seal: that is proof.
    Fits,
    /// The last one that was tried carries the seal, but a crash or a cut made of it what stands there now: nothing was altered.
    Cut,
    /// The last one that was tried carries the seal, but a chain began with it above: it begins none here.
    BeganAbove,
    /// The budget was used up among its candidates.
    Unfinished,
    /// The budget was used up before.
    NotReached,
    /// Only the deep search tries it.
    DeepOnly,
    /// It is not tried for first entries without the mark of one.
    Unmarked,
}

/// Why nothing was searched for a line that fits nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SearchSkip {
    /// Nothing is to be searched.
    Off,
    /// The budget of the run is used up; that of the deep search is larger.
    BudgetUsedUp,
    /// That of the deep search is used up.
    DeepBudgetUsedUp,
    /// Several searches in a row have found nothing: none is made until the next chain begins.
    Fruitless,
    /// What stored the line may have changed its text, so its seal proves nothing.
    Lossy,
}

/// Why nothing was searched in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceSkip {
    /// A line above was searched for the same entry of the chain.
    SearchedAbove,
    /// Only the chains that were advanced last are searched.
    AdvancedEarlier,
    /// The line carries the mark of a start, so it is next in no chain.
    MarkedAsStart,
    /// Only so many keys are tried.
    KeyBeyond,
    /// The budget was used up before.
    NotReached,
}

/// A family and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FamilyTrial {
    /// What may have been done.
    pub family: CandidateFamily,
    /// Candidates that were held against the seal.
    pub candidates: u64,
    /// What came of them.
    pub outcome: FamilyOutcome,
}

/// The families of one place: first those that there are to be tried, then what came of them.
#[derive(Debug, Default)]
pub(super) struct FamilyLog {
    families: Vec<FamilyTrial>,
    /// Candidates of the families that are done with.
    counted: u64,
}

impl FamilyLog {
    /// There is one more family, of which this is to be said unless it is tried.
    pub(super) fn plan(&mut self, family: CandidateFamily, untried: FamilyOutcome) {
        self.families.push(FamilyTrial { family, candidates: 0, outcome: untried });
    }

    /// A family is done with; the place has had so many candidates by now.
    pub(super) fn close(&mut self, family: CandidateFamily, all: u64, outcome: FamilyOutcome) {
        let candidates = all - self.counted;
        self.counted = all;
        if let Some(trial) = self.families.iter_mut().find(|trial| trial.family == family) {
            let is_begun = candidates > 0 || outcome != FamilyOutcome::Unfinished;
            *trial = FamilyTrial { family, candidates, outcome: if is_begun { outcome } else { trial.outcome } };
        }
    }

    /// What carried the seal turned out to be explained by a crash or a cut.
    pub(super) fn excuse(&mut self) {
        self.truncate();
        if let Some(last) = self.families.last_mut() {
            last.outcome = FamilyOutcome::Cut;
        }
    }

    /// Each family with what came of it, up to the one that carries the seal.
    pub(super) fn finish(mut self) -> Vec<FamilyTrial> {
        self.truncate();
        self.families
    }

    fn truncate(&mut self) {
        let last = self.families.iter().position(|trial| trial.outcome == FamilyOutcome::Fits);
        self.families.truncate(last.map_or(self.families.len(), |last| last + 1));
    }
}
