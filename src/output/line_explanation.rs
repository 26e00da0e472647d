//! One line in full, for people and as a document described by `acralog schema verify-explain`. Of a seal that a chain demands
//! only the first two bytes are here to be written.

mod search;

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use unicode_width::UnicodeWidthChar as _;

use search::{SearchRecord, write_search};

use super::escape::{self, excerpt, visible, visible_bytes};
use super::human::{LABEL_COLUMNS, write_result, write_text};
use super::json::Tool;
use super::layout::{LINE_COLUMNS, Palette, TextStyle};
use super::wording::{counted, grouped};
use super::{ReportFormat, Verbosity};
use crate::chain::{Hypothesis, Spelling, Trial};
use crate::entry::{Format, LogTime, Marker, SealField};
use crate::explanation::{
    Decision, EntryExplanation, ExplainedPlace, LineExplanation, NamedSearch, NamedTrial, NamedTrials,
};
use crate::line::Place;
use crate::outcome::Outcome;
use crate::verdict::code::{Class, Policy};
use crate::verdict::report::{Finding, Summary};

/// Raised when a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// More bytes than these are shown by their beginning and their end only, without `-v`.
const BYTES_MAX: usize = HEAD_BYTES + TAIL_BYTES;
const HEAD_BYTES: usize = 512;
const TAIL_BYTES: usize = 128;

/// Bytes in a row of a dump.
const ROW_BYTES: usize = 16;

/// Hypotheses of one kind that did not fit and are shown without `-v`.
const TRIALS_MAX: usize = 4;

/// Findings that people are shown without `-v`.
const FINDINGS_MAX: usize = 8;

const INDENT: &str = "  ";

/// With room for what makes a line harmless that would be a command.
const TEXT_COLUMNS: usize = LINE_COLUMNS - INDENT.len() - "\\x3a".len() + ":".len();

/// How it is to look.
#[derive(Clone, Copy, Debug)]
pub struct ExplanationStyle {
    /// For people, unless it is json.
    pub format: ReportFormat,
    pub verbosity: Verbosity,
    pub palette: Palette,
}

/// Writes a line in full, with the answer about the whole run, the findings at the line, and how many more there are.
///
/// # Errors
/// Those of `out`.
pub fn write_line_explanation(
    out: &mut impl Write,
    explanation: &LineExplanation,
    found: &(Summary, Vec<Finding>, u64),
    style: ExplanationStyle,
) -> io::Result<()> {
    let is_whole = style.verbosity == Verbosity::Verbose;
    if style.format == ReportFormat::Json {
        escape::write_json(out, &ExplanationDocument::new(explanation, found, is_whole))?;
        return out.flush();
    }
    let (summary, findings, omitted) = found;
    let Place { file, line } = &explanation.place;
    writeln!(out, "{}:{line}", visible(file))?;
    write_findings(out, findings, *omitted, is_whole)?;
    let count = explanation.entries.len();
    for (index, entry) in explanation.entries.iter().enumerate() {
        writeln!(out)?;
        if count > 1 {
            writeln!(out, "entry {} of {count} in this line", index + 1)?;
        }
        EntryText { line: explanation, entry, palette: style.palette, is_whole }.write(out)?;
    }
    writeln!(out)?;
    write_result(out, style.palette, summary)?;
    out.flush()
}

fn write_findings(out: &mut impl Write, findings: &[Finding], omitted: u64, is_whole: bool) -> io::Result<()> {
    if findings.is_empty() {
        return write_text(out, "findings", "none at this line");
    }
    let shown = if is_whole { findings.len() } else { findings.len().min(FINDINGS_MAX) };
    let mut label = "findings";
    for finding in &findings[..shown] {
        let reach = match (&finding.place, &finding.through) {
            (Some(first), Some(last)) if first.file == last.file => format!(", lines {}-{}", first.line, last.line),
            (Some(first), Some(last)) => {
                format!(", from {}:{} to {}:{}", first.file, first.line, last.file, last.line)
            }
            _ => String::new(),
        };
        let text = format!("{} ({}{reach}): {}", finding.code.name(), finding.class.name(), finding.message);
        write_text(out, label, &excerpt(&text))?;
        label = "";
        if let Some(hint) = &finding.hint {
            write_text(out, label, &format!("hint: {hint}"))?;
        }
    }
    match (findings.len() - shown) as u64 + omitted {
        0 => Ok(()),
        more => write_text(out, "", &format!("... and {} more", grouped(more))),
    }
}

/// An entry for people.
struct EntryText<'a> {
    line: &'a LineExplanation,
    entry: &'a EntryExplanation,
    palette: Palette,
    is_whole: bool,
}

impl EntryText<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let entry = self.entry;
        let tone = match entry.decision {
            Decision::Verified => TextStyle::Good,
            Decision::Failed | Decision::SealMalformed | Decision::NotAsWritten => TextStyle::Bad,
            Decision::Textless | Decision::Reencoded | Decision::Repeated | Decision::Unsigned => TextStyle::Warning,
            Decision::Blank | Decision::NoEntry => TextStyle::Neutral,
        };
        write!(out, "{:<LABEL_COLUMNS$}", "decided")?;
        writeln!(out, "{}", self.palette.paint(tone, entry.decision.meaning()))?;
        if let Some(at) = &entry.at {
            let of = format!("entry {} of {}", grouped(at.position), self.chain_words(at));
            write_text(out, "chain", &of)?;
        }
        write_text(out, "format", &self.format_words())?;
        write_text(out, "time", &entry.time.map_or_else(|| "none that can be read".to_owned(), |it| it.to_string()))?;
        let seal = match &entry.seal {
            SealField::Present(seal) => hex::encode(seal.0),
            SealField::Malformed => "not 64 lower-case hex digits, doubled, or followed by more text".to_owned(),
            SealField::Absent => "none".to_owned(),
        };
        write_text(out, "seal", &seal)?;
        match entry.marker {
            Marker::Start => write_text(out, "mark", "chain=new: the first entry of a chain")?,
            Marker::End => write_text(out, "mark", "the end of a chain")?,
            Marker::Middle => {}
        }
        if entry.is_ambiguous {
            write_text(out, "reading", "can be read in two ways: a key is repeated or hides other fields")?;
        }
        self.write_trials(out)?;
        match mac_input(entry) {
            Some((words, bytes)) => self.write_bytes(out, "mac input", &format!(", of {words}"), bytes),
            None => match &entry.text {
                Some(text) => self.write_bytes(out, "line", ", none of them signed", text),
                None => write_text(out, "line", "not shown: it may be a key"),
            },
        }
    }

    fn format_words(&self) -> String {
        let format = self.entry.format.map_or("none", Format::name);
        let around: Vec<&str> = self.line.wrapper.into_iter().chain(self.line.compression).collect();
        if around.is_empty() { format.to_owned() } else { format!("{format}, in {}", around.join(", in ")) }
    }

    fn write_trials(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(search) = self.entry.search.as_ref().filter(|_| self.entry.spellings.is_empty()) {
            write_text(out, "tried", "the line as it stands: nothing, as it carries no whole seal")?;
            return self.write_search(out, search);
        }
        if self.entry.spellings.is_empty() {
            let what = match self.entry.seal {
                SealField::Absent => "nothing: there is no seal",
                SealField::Malformed | SealField::Present(_) => "nothing: what stands there cannot be a seal",
            };
            return write_text(out, "tried", what);
        }
        let mut label = "tried";
        for (index, tried) in self.entry.spellings.iter().enumerate() {
            let same = if tried.is_same { ": the same bytes" } else { "" };
            write_text(out, label, &format!("{}{same}", spelling_words(index, tried.spelling)))?;
            label = "";
            for kind in 0..KINDS {
                self.write_trials_of(out, tried.trials.iter().filter(|named| kind_of(&named.trial) == kind))?;
            }
        }
        let above = |is: bool, what: &str| format!("{}{what}", outcome_word(is));
        write_text(out, "", &above(self.entry.is_above, "a repetition: the same line, byte for byte, verified above"))?;
        if self.entry.is_start_above {
            write_text(out, "", &above(true, "a repeated start: a chain began with the same line above"))?;
        }
        self.entry.search.iter().try_for_each(|search| self.write_search(out, search))
    }

    fn write_search(&self, out: &mut impl Write, search: &NamedSearch) -> io::Result<()> {
        write_search(out, search, |place| self.hypothesis_words(place.place, &place.at))
    }

    /// Those of one kind: what fits, and of what does not the first ones.
    fn write_trials_of<'n>(
        &self,
        out: &mut impl Write,
        trials: impl Iterator<Item = &'n NamedTrial>,
    ) -> io::Result<()> {
        let mut others = 0;
        for named in trials {
            let Trial { fits, expected, .. } = named.trial;
            others += usize::from(!fits);
            if fits {
                let words = self.hypothesis_words(named.trial.hypothesis, &named.at);
                write_text(out, "", &format!("{}{words}", outcome_word(true)))?;
            } else if self.is_whole || others <= TRIALS_MAX {
                let expected = hex::encode(expected);
                let words = self.hypothesis_words(named.trial.hypothesis, &named.at);
                write_text(out, "", &format!("{}{words}: demands {expected}..", outcome_word(false)))?;
            }
        }
        match others.saturating_sub(TRIALS_MAX) as u64 {
            1.. if !self.is_whole => {
                let more = grouped((others - TRIALS_MAX) as u64);
                write_text(out, "", &format!("{}{more} more of this kind (-v shows them)", outcome_word(false)))
            }
            _ => Ok(()),
        }
    }

    fn hypothesis_words(&self, hypothesis: Hypothesis, at: &ExplainedPlace) -> String {
        let of_chain = || format!("entry {} of {}", grouped(at.position), self.chain_words(at));
        match hypothesis {
            Hypothesis::First { .. } => format!("the first entry of a chain under the key {}", key_words(at)),
            Hypothesis::Next(_) => of_chain(),
            Hypothesis::NextRepeated(_) => format!("{}, which so far repeats another one", of_chain()),
            Hypothesis::AfterEnd(_) => format!("{}, behind its end", of_chain()),
        }
    }

    fn chain_words(&self, at: &ExplainedPlace) -> String {
        let begins = match &at.first {
            Some(place) if place.file == self.line.place.file => format!("line {}", place.line),
            Some(place) => format!("{}:{}", place.file, place.line),
            None => "a line that is not remembered".to_owned(),
        };
        format!("the chain that begins at {begins}, key {}", key_words(at))
    }

    /// Bytes as text and as a dump, with what there is to be said of their number.
    fn write_bytes(&self, out: &mut impl Write, label: &str, remark: &str, bytes: &[u8]) -> io::Result<()> {
        write_text(out, label, &format!("{}{remark}", counted(bytes.len() as u64, "byte", "bytes")))?;
        let pieces = Pieces::of(bytes, self.is_whole);
        let omitted = |out: &mut dyn Write| {
            let left_out = counted(pieces.omitted as u64, "byte is", "bytes are");
            writeln!(out, "{INDENT}... {left_out} left out here (-v shows them) ...")
        };
        for (index, (_, piece)) in pieces.shown.iter().enumerate() {
            if index > 0 {
                omitted(out)?;
            }
            for line in wrapped(&visible_bytes(piece), TEXT_COLUMNS) {
                writeln!(out, "{INDENT}{}", visible(&line))?;
            }
        }
        for (index, (offset, piece)) in pieces.shown.iter().enumerate() {
            if index > 0 {
                omitted(out)?;
            }
            write_dump(out, *offset, piece)?;
        }
        Ok(())
    }
}

/// What a seal is held against, and of which spelling: of the one that fits, or else of the line as it stands.
fn mac_input(entry: &EntryExplanation) -> Option<(&'static str, &[u8])> {
    let fitting = entry.spellings.iter().position(NamedTrials::fits).unwrap_or(0);
    let tried = entry.spellings.get(fitting)?;
    Some((spelling_words(fitting, tried.spelling), &tried.mac_input))
}

fn outcome_word(fits: bool) -> &'static str {
    if fits { "yes  " } else { "no   " }
}

fn key_words(at: &ExplainedPlace) -> &str {
    at.key.as_deref().unwrap_or("-")
}

/// Spellings stand in this order: as written, then as Go writes it, then as Go before 1.22 did.
fn spelling_words(index: usize, spelling: Spelling) -> &'static str {
    match (spelling, index) {
        (Spelling::AsWritten, _) => "the line as it stands",
        (Spelling::Remarshalled, 1) => "the line as Go writes it",
        (Spelling::Remarshalled, _) => "the line as Go before 1.22 wrote it",
    }
}

/// Kinds of hypotheses.
const KINDS: usize = 4;

fn kind_of(trial: &Trial) -> usize {
    match trial.hypothesis {
        Hypothesis::First { .. } => 0,
        Hypothesis::Next(_) => 1,
        Hypothesis::AfterEnd(_) => 2,
        Hypothesis::NextRepeated(_) => 3,
    }
}

/// What is shown of many bytes.
struct Pieces<'a> {
    /// Each with its offset.
    shown: Vec<(usize, &'a [u8])>,
    /// Between them.
    omitted: usize,
}

impl<'a> Pieces<'a> {
    fn of(bytes: &'a [u8], is_whole: bool) -> Self {
        if is_whole || bytes.len() <= BYTES_MAX {
            return Self { shown: vec![(0, bytes)], omitted: 0 };
        }
        let (tail_at, omitted) = (bytes.len() - TAIL_BYTES, bytes.len() - BYTES_MAX);
        Self { shown: vec![(0, &bytes[..HEAD_BYTES]), (tail_at, &bytes[tail_at..])], omitted }
    }
}

/// Breaks a text wherever its line is full.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let (mut lines, mut width) = (vec![String::new()], 0);
    for c in text.chars() {
        let of_char = c.width().unwrap_or_default();
        if width + of_char > columns {
            lines.push(String::new());
            width = 0;
        }
        width += of_char;
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
}

/// Rows of an offset, bytes, and the letters among them.
fn write_dump(out: &mut impl Write, offset: usize, bytes: &[u8]) -> io::Result<()> {
    for (index, row) in bytes.chunks(ROW_BYTES).enumerate() {
        let digits: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut letters = String::new();
        for &byte in row {
            // Two of these are a command to a CI runner (attacks, part C).
            let is_shown = (byte == b' ' || byte.is_ascii_graphic()) && !(byte == b'#' && letters.ends_with('#'));
            letters.push(if is_shown { byte.into() } else { '.' });
        }
        let at = offset + index * ROW_BYTES;
        writeln!(out, "{INDENT}{at:08x}  {:<47}  |{letters}|", digits.join(" "))?;
    }
    Ok(())
}

/// One line of a log in full.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog verify --explain FILE:LINE --output-format json")]
pub(super) struct ExplanationDocument<'a> {
    /// What this document is.
    #[schemars(extend("const" = "acralog-verify-explain"))]
    schema: &'static str,
    /// Raised when a field changes its meaning or goes away.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// Who wrote this.
    tool: Tool,
    /// The answer about everything that was read.
    outcome: Outcome,
    /// 0 intact, 1 tampered, 2 undecided, 3 incomplete.
    #[schemars(range(max = 3))]
    exit_code: u8,
    /// The policy of the run.
    policy: Policy,
    /// The line.
    place: &'a Place,
    /// What it was wrapped in.
    #[schemars(with = "Option<crate::line::Wrapper>")]
    wrapper: Option<&'static str>,
    /// How its file is compressed.
    #[schemars(with = "Option<crate::source::Compression>")]
    compression: Option<&'static str>,
    /// The heaviest of it; note when there is none.
    worst: Class,
    /// What stands at the line or reaches over it, the heaviest first.
    findings: &'a [Finding],
    /// Findings left out.
    findings_omitted: u64,
    /// What the line holds: one entry, or two where a second one begins behind a torn one.
    #[schemars(length(min = 1))]
    entries: Vec<EntryRecord<'a>>,
}

/// One entry in full.
#[derive(Serialize, JsonSchema)]
struct EntryRecord<'a> {
    /// What it was when it was read; the findings say what the rest of the log made of it.
    decision: Decision,
    /// Where it stands in a chain, when it verifies there or repeats it.
    chain: Option<&'a ExplainedPlace>,
    /// The format; null when it is none.
    format: Option<Format>,
    /// The time that it states.
    time: Option<LogTime>,
    /// The seal that stands there, in hex; null when there is none, or a malformed one.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    seal: Option<String>,
    /// The mark that it carries.
    marker: MarkerWord,
    /// Whether it can be read in two ways.
    is_ambiguous: bool,
    /// The line, without its terminator and its wrapper; null where it may be a key.
    text: Option<BytesRecord>,
    /// What was tried: the line as it stands, then as Go would write it. Empty without a seal.
    tried: Vec<SpellingRecord<'a>>,
    /// What it may have been before it was altered; null where it fits as it stands, or never had a seal.
    search: Option<SearchRecord<'a>>,
    /// Whether the very same line has verified above.
    is_repeated: bool,
    /// Whether a chain began with the very same line above.
    is_repeated_start: bool,
}

/// The mark of a chain.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum MarkerWord {
    /// It is marked as the first entry of a chain.
    New,
    /// It is the end of a chain.
    End,
    /// Neither.
    None,
}

/// Bytes, whole or by their beginning and their end.
#[derive(Serialize, JsonSchema)]
struct BytesRecord {
    /// How many there are.
    bytes: u64,
    /// How many are left out between the pieces.
    omitted: u64,
    /// In their order; one, or two where bytes between them are left out.
    #[schemars(length(min = 1, max = 2))]
    pieces: Vec<PieceRecord>,
}

/// Bytes that stand behind one another.
#[derive(Serialize, JsonSchema)]
struct PieceRecord {
    /// Where they begin.
    offset: u64,
    /// As text, with U+FFFD for what is none.
    text: String,
    /// In hex.
    #[schemars(regex(pattern = "^([0-9a-f]{2})*$"))]
    hex: String,
}

/// What was tried with one spelling of what may have been signed.
#[derive(Serialize, JsonSchema)]
struct SpellingRecord<'a> {
    /// Which one.
    spelling: SpellingWord,
    /// What would have been signed; null when that is the same as of a spelling before, and nothing was tried again.
    mac_input: Option<BytesRecord>,
    /// Each with its outcome.
    trials: Vec<TrialRecord<'a>>,
}

/// A spelling of a line.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SpellingWord {
    /// As it stands in the log.
    AsWritten,
    /// As Go would write it.
    Remarshalled,
}

/// A hypothesis and its outcome.
#[derive(Serialize, JsonSchema)]
struct TrialRecord<'a> {
    /// What the entry would be.
    hypothesis: HypothesisWord,
    /// Where it would stand; `first` is null where the chain would begin with it.
    at: &'a ExplainedPlace,
    /// First two bytes of the seal that it would have to carry, in hex. Never more: a whole one would let a forger finish
    /// a line.
    #[schemars(regex(pattern = "^[0-9a-f]{4}$"))]
    expected: String,
    /// Whether it carries that seal.
    fits: bool,
}

/// What an entry may be.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum HypothesisWord {
    /// The first entry of a chain.
    First,
    /// The next entry of an open chain.
    Next,
    /// The next entry of a chain that has ended.
    AfterEnd,
    /// The next entry of a chain that so far repeats another one.
    NextRepeated,
}

impl HypothesisWord {
    fn of(hypothesis: Hypothesis) -> Self {
        match hypothesis {
            Hypothesis::First { .. } => Self::First,
            Hypothesis::Next(_) => Self::Next,
            Hypothesis::AfterEnd(_) => Self::AfterEnd,
            Hypothesis::NextRepeated(_) => Self::NextRepeated,
        }
    }
}

impl<'a> ExplanationDocument<'a> {
    fn new(line: &'a LineExplanation, found: &'a (Summary, Vec<Finding>, u64), is_whole: bool) -> Self {
        let (summary, findings, omitted) = found;
        Self {
            schema: "acralog-verify-explain",
            version: VERSION,
            tool: Tool::THIS,
            outcome: summary.outcome,
            exit_code: summary.exit_code,
            policy: summary.policy,
            place: &line.place,
            wrapper: line.wrapper,
            compression: line.compression,
            worst: findings.iter().map(|finding| finding.class).max().unwrap_or(Class::Note),
            findings,
            findings_omitted: *omitted,
            entries: line.entries.iter().map(|entry| EntryRecord::new(entry, is_whole)).collect(),
        }
    }
}

impl<'a> EntryRecord<'a> {
    fn new(entry: &'a EntryExplanation, is_whole: bool) -> Self {
        Self {
            decision: entry.decision,
            chain: entry.at.as_ref(),
            format: entry.format,
            time: entry.time,
            seal: match &entry.seal {
                SealField::Present(seal) => Some(hex::encode(seal.0)),
                SealField::Absent | SealField::Malformed => None,
            },
            marker: match entry.marker {
                Marker::Start => MarkerWord::New,
                Marker::End => MarkerWord::End,
                Marker::Middle => MarkerWord::None,
            },
            is_ambiguous: entry.is_ambiguous,
            text: entry.text.as_deref().map(|text| BytesRecord::new(text, is_whole)),
            tried: entry.spellings.iter().map(|tried| SpellingRecord::new(tried, is_whole)).collect(),
            search: entry.search.as_ref().map(SearchRecord::new),
            is_repeated: entry.is_above,
            is_repeated_start: entry.is_start_above,
        }
    }
}

impl BytesRecord {
    fn new(bytes: &[u8], is_whole: bool) -> Self {
        let Pieces { shown, omitted } = Pieces::of(bytes, is_whole);
        let piece = |(offset, bytes): (usize, &[u8])| PieceRecord {
            offset: offset as u64,
            text: String::from_utf8_lossy(bytes).into_owned(),
            hex: hex::encode(bytes),
        };
        Self { bytes: bytes.len() as u64, omitted: omitted as u64, pieces: shown.into_iter().map(piece).collect() }
    }
}

impl<'a> SpellingRecord<'a> {
    fn new(tried: &'a NamedTrials, is_whole: bool) -> Self {
        let record = |named: &'a NamedTrial| TrialRecord {
            hypothesis: HypothesisWord::of(named.trial.hypothesis),
            at: &named.at,
            expected: hex::encode(named.trial.expected),
            fits: named.trial.fits,
        };
        Self {
            spelling: match tried.spelling {
                Spelling::AsWritten => SpellingWord::AsWritten,
                Spelling::Remarshalled => SpellingWord::Remarshalled,
            },
            mac_input: (!tried.is_same).then(|| BytesRecord::new(&tried.mac_input, is_whole)),
            trials: tried.trials.iter().map(record).collect(),
        }
    }
}
