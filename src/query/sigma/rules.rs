//! Rules of Sigma, loaded and put together: which entries they match, and what a match means to correlations. Counting over
//! time is left to `correlator`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use super::correlation::{Correlation, CorrelationKind, CountBounds};
use super::detection::Detection;
use super::fields::{SigmaField, SigmaValue};
use super::rule::{RuleBody, RuleDocument, SigmaRule};
use super::yaml::{RuleFault, YamlNode, YamlValue};
use crate::event::{Event, Text};
use crate::failure::Failure;
use crate::query::codes::CodeSet;

/// The longest file of rules, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Rules, and correlations of them, are not more than this.
const RULES_MAX: usize = 20_000;
/// A value by which entries are told apart counts to this byte.
const VALUE_BYTES_MAX: usize = 1_024;
/// Matches of a rule that no correlation counts belong together when they are this close, in milliseconds.
const EPISODE_MS: i64 = 300_000;

/// A rule, by its place among those of [`SigmaRules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(usize);

/// Rules that are in force, and what their matches count for.
#[derive(Debug, Default)]
pub struct SigmaRules {
    rules: Vec<SigmaRule>,
    detections: Vec<LoadedDetection>,
    /// Detections that only entries with a code can match.
    by_code: HashMap<u16, Vec<usize>>,
    /// Detections that may match any entry.
    of_any_code: Vec<usize>,
    /// What is counted, each one behind those it counts.
    counters: Vec<SigmaCounter>,
    passed_over: Vec<PassedOver>,
    /// The SHA-256 of the texts they were read from.
    digest: [u8; 32],
}

#[derive(Debug)]
struct LoadedDetection {
    rule: RuleIndex,
    service: Option<String>,
    detection: Box<Detection>,
    feeds: Vec<Feed>,
}

/// Where a match goes: to a counter, as a match of one of its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Feed {
    counter: usize,
    member: usize,
}

/// What is counted over time: the matches of a rule, or of those of a correlation.
#[derive(Debug)]
pub(super) struct SigmaCounter {
    pub(super) rule: RuleIndex,
    pub(super) what: CounterKind,
    pub(super) bounds: CountBounds,
    pub(super) timespan_ms: i64,
    /// How many rules it is made of.
    pub(super) members: usize,
    /// Whether its matches are told; those that only serve another correlation are not.
    pub(super) is_told: bool,
    /// What it demands, for people.
    pub(super) text: String,
    /// The names of the fields that matches are told apart by.
    pub(super) group_names: Vec<String>,
    /// For each of its rules, where these fields stand, and the field whose values are counted.
    fields: Vec<MemberFields>,
    /// Whether an entry without these fields counts.
    counts_without_group: bool,
    feeds: Vec<Feed>,
}

#[derive(Debug)]
struct MemberFields {
    group_by: Vec<SigmaField>,
    counted: Option<SigmaField>,
}

/// What a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CounterKind {
    Events,
    Values,
    Rules,
    RulesInOrder,
}

/// A rule that is not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Where it stands: `file:line`.
    pub place: String,
    /// Why: `it is for logs of windows`.
    pub why: String,
}

/// What rules say of one entry. It does not borrow from the entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SigmaHits {
    /// The detection rules that match.
    pub rules: Vec<RuleIndex>,
    pub(super) inputs: Vec<CounterInput>,
}

/// What counts for a counter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CounterInput {
    pub(super) counter: usize,
    /// Which of its rules matches.
    pub(super) member: usize,
    /// The counter whose condition must hold for it to count.
    pub(super) if_held: Option<usize>,
    /// What the entry is told apart by; None where it does not have the field.
    pub(super) group: Vec<Option<Box<str>>>,
    /// The value that is counted, hashed.
    pub(super) value: Option<u64>,
}

impl SigmaHits {
    /// Whether nothing matches.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

impl SigmaRules {
    /// Loads the rules of files, and of directories with everything below them (`*.yml`, `*.yaml`). A file may hold several
    /// rules. Those for other products, and those that are deprecated, are passed over.
    ///
    /// # Errors
    /// When something cannot be read; when a rule is wrong or asks for what is not supported, with its file and line; when no
    /// rule is left.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Failure> {
        let (mut documents, mut digest) = (Vec::new(), Sha256::new());
        for path in paths {
            for file in rule_files(path)? {
                let shown = file.to_string_lossy().into_owned();
                let text = read(&file)?;
                digest.update(format!("{shown}\0{}\0{text}", text.len()));
                documents.extend(parse(&shown, &text)?);
            }
        }
        Ok(Self { digest: digest.finalize().into(), ..Self::of_documents(documents)? })
    }

    /// Whether both were read from the same texts.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    /// The rules of one text; `file` is what it is called where something is wrong with it.
    ///
    /// # Errors
    /// As [`Self::load`].
    #[cfg(test)]
    pub fn of_text(file: &str, text: &str) -> Result<Self, Failure> {
        Self::of_documents(parse(file, text)?)
    }

    fn of_documents(documents: Vec<RuleDocument>) -> Result<Self, Failure> {
        if documents.len() > RULES_MAX {
            return Err(Failure::usage(format!("more than {RULES_MAX} rules of Sigma")));
        }
        let mut assembly = Assembly::default();
        for document in documents {
            assembly.enter(document)?;
        }
        let rules = assembly.finish()?;
        if rules.rules.is_empty() {
            let failure = Failure::usage("no rule of Sigma for logs of Acra was found");
            return Err(match rules.passed_over.first() {
                Some(PassedOver { place, why }) => {
                    failure.with_hint(format!("{} were passed over, like {place}: {why}", rules.passed_over.len()))
                }
                None => failure.with_hint("rules stand in files that end in .yml or .yaml"),
            });
        }
        Ok(rules)
    }

    /// What is known of a rule.
    pub fn rule(&self, index: RuleIndex) -> &SigmaRule {
        &self.rules[index.0]
    }

    /// All rules that are in force.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIndex, &SigmaRule)> {
        self.rules.iter().enumerate().map(|(index, rule)| (RuleIndex(index), rule))
    }

    /// Those that are not.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// Whether there are detection rules, which tell by an entry alone.
    pub fn has_detections(&self) -> bool {
        !self.detections.is_empty()
    }

    /// Whether a detection rule matches an entry.
    pub fn matches(&self, event: &Event<'_>) -> bool {
        self.candidates(event).any(|detection| detection.matches(event))
    }

    /// The detection rules that match an entry, and what that means to correlations.
    pub fn hits(&self, event: &Event<'_>) -> SigmaHits {
        let mut hits = SigmaHits::default();
        for detection in self.candidates(event).filter(|detection| detection.matches(event)) {
            hits.rules.push(detection.rule);
            self.feed(&detection.feeds, None, event, &mut hits.inputs);
        }
        if hits.inputs.is_empty() {
            return hits;
        }
        // A counter stands behind those it counts.
        for (at, counter) in self.counters.iter().enumerate().filter(|(_, counter)| !counter.feeds.is_empty()) {
            if hits.inputs.iter().any(|input| input.counter == at) {
                self.feed(&counter.feeds, Some(at), event, &mut hits.inputs);
            }
        }
        // Of rules in an order the later ones come first: an entry does not follow itself.
        hits.inputs.sort_by_key(|input| (input.counter, Reverse(input.member)));
        hits
    }

    /// The event codes without one of which no detection rule matches; None when any entry may.
    pub fn codes(&self) -> Option<CodeSet> {
        self.of_any_code.is_empty().then(|| self.by_code.keys().copied().collect())
    }

    /// Whether a rule asks for what the start-up line of a service says for all its entries.
    pub fn needs_service(&self) -> bool {
        let of_service = |counter: &SigmaCounter| {
            let fields = counter.fields.iter().flat_map(|fields| fields.group_by.iter().chain(&fields.counted));
            fields.into_iter().any(SigmaField::is_of_service)
        };
        self.detections.iter().any(|it| it.service.is_some() || it.detection.needs_service())
            || self.counters.iter().any(of_service)
    }

    pub(super) fn counter(&self, at: usize) -> &SigmaCounter {
        &self.counters[at]
    }

    fn candidates(&self, event: &Event<'_>) -> impl Iterator<Item = &LoadedDetection> {
        let of_code = event.code().and_then(|code| self.by_code.get(&code)).map_or(&[][..], Vec::as_slice);
        of_code.iter().chain(&self.of_any_code).map(|at| &self.detections[*at])
    }

    fn feed(&self, feeds: &[Feed], if_held: Option<usize>, event: &Event<'_>, inputs: &mut Vec<CounterInput>) {
        for Feed { counter, member } in feeds.iter().copied() {
            let of = &self.counters[counter];
            let fields = &of.fields[member];
            let group: Vec<_> = fields.group_by.iter().map(|field| shown(field, event)).collect();
            if !of.counts_without_group && group.iter().any(Option::is_none) {
                continue;
            }
            let value = match &fields.counted {
                None => None,
                Some(field) => match first(field, event) {
                    Some(value) => Some(hashed(&value)),
                    // What does not have the field has no value to count.
                    None => continue,
                },
            };
            inputs.push(CounterInput { counter, member, if_held, group, value });
        }
    }
}

impl LoadedDetection {
    fn matches(&self, event: &Event<'_>) -> bool {
        // Where nothing names the service, it may be the one that is meant.
        let other = |product: &Text<'_>| {
            self.service.as_ref().is_some_and(|it| !it.as_bytes().eq_ignore_ascii_case(product.as_bytes()))
        };
        !event.product.as_ref().is_some_and(other) && self.detection.holds(event)
    }
}

fn first(field: &SigmaField, event: &Event<'_>) -> Option<Vec<u8>> {
    field.values(event).into_iter().find_map(|value| match value {
        SigmaValue::Text(text) => Some(text.into_owned()),
        SigmaValue::Null => None,
    })
}

fn shown(field: &SigmaField, event: &Event<'_>) -> Option<Box<str>> {
    let value = first(field, event)?;
    Some(String::from_utf8_lossy(&value[..value.len().min(VALUE_BYTES_MAX)]).into())
}

/// With fixed keys: the same log gives the same answer.
fn hashed(value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The files of a path that hold rules, in the order of their names.
fn rule_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |why: String| Failure::new(format!("{}: cannot read the rules: {why}", path.to_string_lossy()));
    if !fs::metadata(path).map_err(|error| cannot(error.to_string()))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| cannot(error.to_string()))?;
        let is_rule = entry.path().extension().is_some_and(|it| it == "yml" || it == "yaml");
        if is_rule && !entry.file_type().is_dir() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn read(file: &Path) -> Result<String, Failure> {
    let cannot = |why: &str| Failure::new(format!("{}: cannot read the rules: {why}", file.to_string_lossy()));
    let mut text = Vec::new();
    // A device or a pipe may have no end.
    let read = File::open(file).and_then(|it| it.take(FILE_BYTES_MAX + 1).read_to_end(&mut text));
    read.map_err(|error| cannot(&error.to_string()))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(cannot("it is longer than 1 MiB"));
    }
    String::from_utf8(text).map_err(|_| cannot("it is not UTF-8"))
}

fn parse(file: &str, text: &str) -> Result<Vec<RuleDocument>, Failure> {
    let documents = YamlNode::documents(text).map_err(|fault| refused(file, fault))?;
    // Behind the last `---` there may be nothing but comments.
    let written = documents.iter().filter(|document| document.value != YamlValue::Null);
    written.map(|it| RuleDocument::parse(file, it).map_err(|fault| refused(file, fault))).collect()
}

fn refused(file: &str, fault: RuleFault) -> Failure {
    let RuleFault { line, what, hint } = fault;
    let failure = Failure::usage(format!("{file}:{line}: {what}"));
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// Rules while they are put together.
#[derive(Default)]
struct Assembly {
    rules: SigmaRules,
    /// Every rule by its id and by its name, and the place it was found at.
    named: HashMap<String, (NamedRule, String)>,
    correlations: Vec<PendingCorrelation>,
}

#[derive(Clone, Copy)]
enum NamedRule {
    Detection(usize),
    Correlation(usize),
    PassedOver,
}

struct PendingCorrelation {
    document: SigmaRule,
    has_level: bool,
    correlation: Correlation,
    state: PendingState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PendingState {
    Waiting,
    /// It is being put together: a correlation of itself would come back to it.
    Begun,
    Counted(usize),
    PassedOver,
}

impl Assembly {
    fn enter(&mut self, document: RuleDocument) -> Result<(), Failure> {
        let RuleDocument { rule, has_level, body } = document;
        let named = match &body {
            RuleBody::Detection { .. } => NamedRule::Detection(self.rules.detections.len()),
            RuleBody::Correlation(_) => NamedRule::Correlation(self.correlations.len()),
            RuleBody::PassedOver(_) => NamedRule::PassedOver,
        };
        for name in rule.id.iter().chain(&rule.name) {
            if let Some((_, other)) = self.named.insert(name.clone(), (named, rule.place.clone())) {
                return Err(Failure::usage(format!("{}: the rule at {other} is called `{name}` as well", rule.place)));
            }
        }
        match body {
            RuleBody::Detection { detection, service } => {
                let index = self.push(rule);
                self.rules.detections.push(LoadedDetection { rule: index, service, detection, feeds: Vec::new() });
            }
            RuleBody::Correlation(correlation) => self.correlations.push(PendingCorrelation {
                document: rule,
                has_level,
                correlation: *correlation,
                state: PendingState::Waiting,
            }),
            RuleBody::PassedOver(why) => self.rules.passed_over.push(PassedOver { place: rule.place, why }),
        }
        Ok(())
    }

    fn push(&mut self, rule: SigmaRule) -> RuleIndex {
        self.rules.rules.push(rule);
        RuleIndex(self.rules.rules.len() - 1)
    }

    fn finish(mut self) -> Result<SigmaRules, Failure> {
        for at in 0..self.correlations.len() {
            self.count(at)?;
        }
        for at in 0..self.rules.counters.len() {
            self.rules.counters[at].is_told = self.is_told(self.rules.counters[at].rule);
        }
        for at in 0..self.rules.detections.len() {
            self.count_alone(at);
        }
        for (at, loaded) in self.rules.detections.iter().enumerate() {
            match loaded.detection.codes() {
                Some(codes) => codes.iter().for_each(|code| self.rules.by_code.entry(*code).or_default().push(at)),
                None => self.rules.of_any_code.push(at),
            }
        }
        Ok(self.rules)
    }

    /// Puts a correlation together, behind those it is made of; None when it is passed over.
    fn count(&mut self, at: usize) -> Result<Option<usize>, Failure> {
        let place = self.correlations[at].document.place.clone();
        match self.correlations[at].state {
            PendingState::Counted(counter) => return Ok(Some(counter)),
            PendingState::PassedOver => return Ok(None),
            PendingState::Begun => return Err(Failure::usage(format!("{place}: the correlation is made of itself"))),
            PendingState::Waiting => self.correlations[at].state = PendingState::Begun,
        }
        let file = place.rsplit_once(':').map_or(place.as_str(), |(file, _)| file).to_owned();
        let correlation = self.correlations[at].correlation.clone();
        let mut members = Vec::new();
        for (name, line) in &correlation.rules {
            let Some((named, _)) = self.named.get(name) else {
                let failure = Failure::usage(format!("{file}:{line}: there is no rule `{name}`"));
                return Err(failure.with_hint("a correlation names its rules by their id or name"));
            };
            members.push(match *named {
                NamedRule::Detection(detection) => CorrelationMember::Detection(detection),
                NamedRule::Correlation(inner) => match self.count(inner)? {
                    Some(counter) => CorrelationMember::Counter(counter),
                    None => return Ok(self.pass_over(at)),
                },
                NamedRule::PassedOver => return Ok(self.pass_over(at)),
            });
        }
        self.add_correlation(at, &correlation, &members).map_err(|fault| refused(&file, fault)).map(Some)
    }

    fn pass_over(&mut self, at: usize) -> Option<usize> {
        self.correlations[at].state = PendingState::PassedOver;
        let place = self.correlations[at].document.place.clone();
        self.rules.passed_over.push(PassedOver { place, why: "it is made of rules that are passed over".to_owned() });
        None
    }

    fn add_correlation(
        &mut self,
        at: usize,
        correlation: &Correlation,
        members: &[CorrelationMember],
    ) -> Result<usize, RuleFault> {
        let what = match &correlation.kind {
            CorrelationKind::EventCount => CounterKind::Events,
            CorrelationKind::ValueCount(_) => CounterKind::Values,
            CorrelationKind::Temporal => CounterKind::Rules,
            CorrelationKind::TemporalOrdered => CounterKind::RulesInOrder,
        };
        let mut fields = Vec::new();
        let mut worst = None;
        for member in members {
            let counted_rule = &self.rules.rules[self.rule_of(*member).0];
            worst = worst.max(Some(counted_rule.level));
            let names: Vec<&str> = counted_rule.name.iter().chain(&counted_rule.id).map(String::as_str).collect();
            let field = |name: &String| correlation.field(name, &names);
            let counted = match &correlation.kind {
                CorrelationKind::ValueCount(name) => Some(field(name)?),
                _ => None,
            };
            fields.push(MemberFields {
                group_by: correlation.group_by.iter().map(field).collect::<Result<_, _>>()?,
                counted,
            });
            if let CorrelationMember::Counter(inner) = member
                && self.rules.counters[*inner].bounds.most.is_some()
            {
                let what =
                    "a correlation with an upper limit is known at the end of its timespan, and none can be made of it";
                return Err(correlation.fault(what));
            }
        }
        let pending = &self.correlations[at];
        let mut rule = pending.document.clone();
        rule.level = if pending.has_level { rule.level } else { worst.unwrap_or(rule.level) };
        let rule = self.push(rule);
        let counter = self.rules.counters.len();
        self.rules.counters.push(SigmaCounter {
            rule,
            what,
            bounds: correlation.bounds,
            timespan_ms: correlation.timespan_ms,
            members: members.len(),
            is_told: true,
            text: correlation.in_words(),
            group_names: correlation.group_by.clone(),
            fields,
            counts_without_group: false,
            feeds: Vec::new(),
        });
        for (member, of) in members.iter().enumerate() {
            self.link(*of, Feed { counter, member });
        }
        self.correlations[at].state = PendingState::Counted(counter);
        Ok(counter)
    }

    fn rule_of(&self, member: CorrelationMember) -> RuleIndex {
        match member {
            CorrelationMember::Detection(at) => self.rules.detections[at].rule,
            CorrelationMember::Counter(at) => self.rules.counters[at].rule,
        }
    }

    fn link(&mut self, member: CorrelationMember, feed: Feed) {
        match member {
            CorrelationMember::Detection(at) => self.rules.detections[at].feeds.push(feed),
            CorrelationMember::Counter(at) => self.rules.counters[at].feeds.push(feed),
        }
    }

    /// Whether the matches of a rule are told for themselves. Those of a rule that serves correlations are not, unless one of
    /// these says so (`generate: true`).
    fn is_told(&self, rule: RuleIndex) -> bool {
        let rule = &self.rules.rules[rule.0];
        let is_called = |name: &String| rule.id.as_ref() == Some(name) || rule.name.as_ref() == Some(name);
        let in_force = self.correlations.iter().filter(|it| it.state != PendingState::PassedOver);
        let mut served = in_force.filter(|it| it.correlation.rules.iter().any(|(name, _)| is_called(name))).peekable();
        served.peek().is_none() || served.any(|it| it.correlation.generate)
    }

    /// Counts the matches of a detection rule for themselves.
    fn count_alone(&mut self, at: usize) {
        if !self.is_told(self.rules.detections[at].rule) {
            return;
        }
        let counter = self.rules.counters.len();
        let field = "client_id";
        self.rules.counters.push(SigmaCounter {
            rule: self.rules.detections[at].rule,
            what: CounterKind::Events,
            bounds: CountBounds { least: 1, most: None },
            timespan_ms: EPISODE_MS,
            members: 1,
            is_told: true,
            text: "any match; those of one client within 5m are one incident".to_owned(),
            group_names: vec![field.to_owned()],
            fields: vec![MemberFields { group_by: vec![SigmaField::named(field)], counted: None }],
            counts_without_group: true,
            feeds: Vec::new(),
        });
        self.rules.detections[at].feeds.push(Feed { counter, member: 0 });
    }
}

#[derive(Clone, Copy)]
enum CorrelationMember {
    Detection(usize),
    Counter(usize),
}
