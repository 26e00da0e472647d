//! What was tried to find the original of one line, for people and for machines: each family of candidates with their number and
//! what came of them. Where the search was made, and why, is left to `chain`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::{HypothesisWord, outcome_word};
use crate::chain::{CandidateFamily, FamilyOutcome, FamilyTrial, PlaceSkip, SearchSkip};
use crate::explanation::{ExplainedPlace, NamedPlaceSearch, NamedSearch, ProvenDifference};
use crate::output::escape::excerpt;
use crate::output::human::write_text;
use crate::output::wording::counted;

/// Stands where others say whether something fits: it was not tried.
const UNTRIED: &str = "-    ";

/// Every reason why nothing is searched in a place, in the order in which they are told.
const PLACE_SKIPS: [PlaceSkip; 5] = [
    PlaceSkip::NotReached,
    PlaceSkip::SearchedAbove,
    PlaceSkip::AdvancedEarlier,
    PlaceSkip::MarkedAsStart,
    PlaceSkip::KeyBeyond,
];

/// Writes it for people; `words` say what an original would be.
pub(super) fn write_search(
    out: &mut impl Write,
    search: &NamedSearch,
    words: impl Fn(&NamedPlaceSearch) -> String,
) -> io::Result<()> {
    if !search.mended.is_empty() {
        write_text(out, "", "what needs no search, as the next entry of an open chain or as a first one")?;
        write_families(out, &search.mended)?;
    }
    for place in search.places.iter().filter(|place| place.skip.is_none()) {
        write_text(out, "", &format!("before it was altered, as {}", words(place)))?;
        write_families(out, &place.families)?;
    }
    for skip in PLACE_SKIPS {
        let count = search.places.iter().filter(|place| place.skip == Some(skip)).count() as u64;
        if count > 0 {
            let places = counted(count, "other place", "other places");
            write_text(out, "", &format!("{UNTRIED}before it was altered, in {places}: {}", place_skip_words(skip)))?;
        }
    }
    if let Some(skip) = search.skip {
        let why = search_skip_words(skip);
        write_text(out, "", &format!("{UNTRIED}before it was altered: {why}"))?;
    }
    if let Some(ProvenDifference { stood, stands }) = &search.proven {
        write_text(out, "proven", &excerpt(&format!("`{stood}` stood here")))?;
        write_text(out, "", &excerpt(&format!("`{stands}` stands here now")))?;
    }
    Ok(())
}

/// One line for each family that was tried; those that were not for one reason share one.
fn write_families(out: &mut impl Write, families: &[FamilyTrial]) -> io::Result<()> {
    for families in families.chunk_by(|a, b| a.outcome == b.outcome && why_untried(a.outcome).is_some()) {
        let Some(FamilyTrial { candidates, outcome, .. }) = families.first() else { continue };
        let names: Vec<&str> = match outcome {
            FamilyOutcome::Unmarked => vec!["whatever else may have been altered"],
            _ => families.iter().map(|trial| family_words(trial.family)).collect(),
        };
        let names = names.join("; ");
        let tried = counted(*candidates, "candidate", "candidates");
        let text = match outcome {
            FamilyOutcome::NoneFits => format!("{}{names}: {tried}", outcome_word(false)),
            FamilyOutcome::Fits => format!("{}{names}: the last of {tried}", outcome_word(true)),
            FamilyOutcome::Cut => {
                format!("{}{names}: {tried}, and one fits that a crash or a cut explains as well", outcome_word(false))
            }
            FamilyOutcome::BeganAbove => {
                format!("{}{names}: {tried}, and one fits with which a chain began above", outcome_word(false))
            }
            FamilyOutcome::Unfinished => {
                format!("{}{names}: {tried}, then the budget was used up", outcome_word(false))
            }
            FamilyOutcome::NotReached | FamilyOutcome::DeepOnly | FamilyOutcome::Unmarked => {
                format!("{UNTRIED}{names}: {}", why_untried(*outcome).unwrap_or_default())
            }
        };
        write_text(out, "", &text)?;
    }
    Ok(())
}

fn why_untried(outcome: FamilyOutcome) -> Option<&'static str> {
    match outcome {
        FamilyOutcome::NotReached => Some("not reached, the budget was used up"),
        FamilyOutcome::DeepOnly => Some("only with --undo deep"),
        FamilyOutcome::Unmarked => Some("not tried, as the line has no mark of a start"),
        FamilyOutcome::NoneFits
        | FamilyOutcome::Fits
        | FamilyOutcome::Cut
        | FamilyOutcome::BeganAbove
        | FamilyOutcome::Unfinished => None,
    }
}

fn family_words(family: CandidateFamily) -> &'static str {
    match family {
        CandidateFamily::TextBehindSeal => "without what stands behind its seal",
        CandidateFamily::LineFeed => "with the line above, broken by a line feed",
        CandidateFamily::Seal => "with another seal, or other text around it",
        CandidateFamily::AddedField => "without one of its fields",
        CandidateFamily::SingleEdit => "one character changed, lost, added or swapped",
        CandidateFamily::ValueAbove => "a value that the lines above have in a field",
        CandidateFamily::RemovedField => "with a field that the lines above have",
        CandidateFamily::ValueNear => "a level, a number or a time near one",
        CandidateFamily::DoubleEdit => "two characters close to one another changed",
        CandidateFamily::Punctuation => "the punctuation of json repaired",
    }
}

fn place_skip_words(skip: PlaceSkip) -> &'static str {
    match skip {
        PlaceSkip::SearchedAbove => "not searched, a line above was searched for that entry",
        PlaceSkip::AdvancedEarlier => "not searched, other chains were advanced later",
        PlaceSkip::MarkedAsStart => "not searched, the line has the mark of a start",
        PlaceSkip::KeyBeyond => "not searched, other keys come first",
        PlaceSkip::NotReached => "not reached, the budget was used up",
    }
}

fn search_skip_words(skip: SearchSkip) -> &'static str {
    match skip {
        SearchSkip::Off => "not searched, as --undo off says",
        SearchSkip::BudgetUsedUp => "not searched, the budget of the run is used up; --undo deep searches on",
        SearchSkip::DeepBudgetUsedUp => "not searched, the budget of the run is used up; verify this file alone",
        SearchSkip::Fruitless => {
            "not searched, as eight searches in a row found nothing; the next chain that begins ends that"
        }
        SearchSkip::Lossy => "not searched, as what stored the line may have changed its text",
    }
}

/// What the line may have been before it was altered.
#[derive(Serialize, JsonSchema)]
pub(super) struct SearchRecord<'a> {
    /// What needs no search, as there is one candidate at most for each: held against every open chain, and as a first
    /// entry.
    mended: &'a [FamilyTrial],
    /// Why nothing was searched beyond that; null where something was, or one of those fits.
    skipped: Option<SearchSkip>,
    /// Where its original was searched, in that order; those where it was not stand at the end.
    places: Vec<PlaceSearchRecord<'a>>,
    /// What its own seal proved; null where nothing fits.
    proven: Option<&'a ProvenDifference>,
}

/// The search for an original in one place.
#[derive(Serialize, JsonSchema)]
struct PlaceSearchRecord<'a> {
    /// What the original would be.
    hypothesis: HypothesisWord,
    /// Where it would stand; `first` is null where the chain would begin with it.
    at: &'a ExplainedPlace,
    /// Why nothing was searched there; null where something was.
    skipped: Option<PlaceSkip>,
    /// In the order in which they were tried, up to the one that fits.
    families: &'a [FamilyTrial],
}

impl<'a> SearchRecord<'a> {
    pub(super) fn new(search: &'a NamedSearch) -> Self {
        let place = |it: &'a NamedPlaceSearch| PlaceSearchRecord {
            hypothesis: HypothesisWord::of(it.place),
            at: &it.at,
            skipped: it.skip,
            families: &it.families,
        };
        Self {
            mended: &search.mended,
            skipped: search.skip,
            places: search.places.iter().map(place).collect(),
            proven: search.proven.as_ref(),
        }
    }
}
