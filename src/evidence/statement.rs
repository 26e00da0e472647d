//! What a verification found, as an in-toto Statement v1 with a verification summary of SLSA as its predicate, and the way
//! back from its text. What is not in it: keys, and where they were read from.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::subject::Subject;
use crate::entry::LogTime;
use crate::outcome::Outcome;
use crate::verdict::code::{Code, Demands, Policy};
use crate::verdict::report::{Account, ChainCounts, Limit, StreamReport, Summary};

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The verification summary of SLSA, and not the simple verification result of in-toto: that one lists properties that hold and
/// has no way to say that something failed, but a log that was tampered with is what an attestation is needed for most.
const PREDICATE_TYPE: &str = "https://slsa.dev/verification_summary/v1";

/// Who verified: a package URL, the only URI this program has.
const VERIFIER: &str = "pkg:cargo/acralog";

/// Where it is written which finding weighs what under which policy.
const POLICIES: &str = concat!("pkg:cargo/acralog@", env!("CARGO_PKG_VERSION"), "#src/verdict/code.rs");

/// Of what stands in the extension; raised when a member changes its meaning or goes away.
const EXTENSION_VERSION: u32 = 1;

/// A statement that is written.
#[derive(Debug, Serialize)]
pub struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: &'a [Subject],
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    predicate: VerificationSummary<'a>,
}

/// The predicate, as its specification names its members.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VerificationSummary<'a> {
    verifier: VerifierIdentity,
    time_verified: LogTime,
    resource_uri: String,
    policy: PolicyDescriptor<'a>,
    verification_result: VerificationResult,
    verified_levels: [&'static str; 1],
    /// What the summary has no member for. Extensions are named by URIs (in-toto, parsing rules): here the page that
    /// describes it.
    #[serde(rename = "pkg:cargo/acralog#docs/attestation.md")]
    extension: RunExtension<'a>,
}

#[derive(Debug, Serialize)]
struct VerifierIdentity {
    id: &'static str,
    version: BTreeMap<&'static str, &'static str>,
}

/// What was demanded: a ResourceDescriptor.
#[derive(Debug, Serialize)]
struct PolicyDescriptor<'a> {
    name: Policy,
    uri: &'static str,
    annotations: DemandAnnotations<'a>,
}

/// The demands beside the named policy.
#[derive(Debug, Serialize)]
struct DemandAnnotations<'a> {
    require_end: bool,
    missing_ok: bool,
    allow: Vec<&'a Code>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum VerificationResult {
    Passed,
    Failed,
}

impl VerificationResult {
    /// Nothing but an intact log passes: what is incomplete or undecided does not meet the policy either.
    fn of(outcome: Outcome) -> Self {
        if outcome == Outcome::Intact { Self::Passed } else { Self::Failed }
    }
}

/// The answer of `acralog verify`; the members that its JSON report has as well have the same names there.
#[derive(Debug, Serialize)]
struct RunExtension<'a> {
    version: u32,
    outcome: Outcome,
    exit_code: u8,
    default_policy_outcome: Option<Outcome>,
    /// The keys by their fingerprints. Not where they came from: that is nobody's business who reads this.
    keys: Vec<KeyUse<'a>>,
    findings_by_code: &'a BTreeMap<Code, u64>,
    chain_counts: &'a ChainCounts,
    account: &'a Account,
    streams: &'a [StreamReport],
    /// What was asked for and is no subject, because it could not be read to its end.
    inputs_not_read: &'a [NamedInput],
    not_shown: &'a [Limit],
}

#[derive(Debug, Serialize)]
struct KeyUse<'a> {
    fingerprint: &'a str,
    chains: u64,
}

/// An input that has no digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedInput {
    pub name: String,
}

/// What a statement is made of.
#[derive(Debug)]
pub struct AttestedRun<'a> {
    /// The inputs that were read to their end; never empty, as no other tool takes a statement about nothing.
    pub subjects: &'a [Subject],
    /// Those that were not.
    pub not_read: &'a [NamedInput],
    pub summary: &'a Summary,
    pub demands: &'a Demands,
    /// When it was verified.
    pub time: LogTime,
}

impl<'a> Statement<'a> {
    /// States what a run found.
    pub fn of(run: &AttestedRun<'a>) -> Self {
        let AttestedRun { subjects, not_read, summary, demands, time } = *run;
        let version = BTreeMap::from([(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))]);
        let keys = summary.keys.iter().map(|key| KeyUse { fingerprint: &key.fingerprint, chains: key.chains });
        let extension = RunExtension {
            version: EXTENSION_VERSION,
            outcome: summary.outcome,
            exit_code: summary.exit_code,
            default_policy_outcome: summary.default_policy_outcome,
            keys: keys.collect(),
            findings_by_code: &summary.findings_by_code,
            chain_counts: &summary.chains,
            account: &summary.account,
            streams: &summary.streams,
            inputs_not_read: not_read,
            not_shown: &summary.not_shown,
        };
        let annotations = DemandAnnotations {
            require_end: demands.require_end,
            missing_ok: demands.missing_ok,
            allow: demands.allowed.iter().collect(),
        };
        let predicate = VerificationSummary {
            verifier: VerifierIdentity { id: VERIFIER, version },
            time_verified: time,
            resource_uri: resource_uri(subjects),
            policy: PolicyDescriptor { name: demands.policy, uri: POLICIES, annotations },
            verification_result: VerificationResult::of(summary.outcome),
            verified_levels: [level(summary.outcome, demands.policy)],
            extension,
        };
        Self { kind: STATEMENT_TYPE, subject: subjects, predicate_type: PREDICATE_TYPE, predicate }
    }
}

/// Names what was verified by its content (RFC 6920), as it is bytes that were verified, wherever they lie: by the digest of
/// the only subject, or by that of the digests of all, a line of hex each.
fn resource_uri(subjects: &[Subject]) -> String {
    let digest = match subjects {
        [only] => hex::decode(&only.digest.sha256).unwrap_or_default(),
        all => {
            let mut list = Sha256::new();
            all.iter().for_each(|subject| list.update(format!("{}\n", subject.digest.sha256)));
            list.finalize().to_vec()
        }
    };
    format!("ni:///sha-256;{}", URL_SAFE_NO_PAD.encode(digest))
}

/// What was reached, in words that no level of SLSA can be mistaken for.
fn level(outcome: Outcome, policy: Policy) -> &'static str {
    match (outcome, policy) {
        (Outcome::Intact, Policy::Default) => "ACRALOG_POLICY_DEFAULT",
        (Outcome::Intact, Policy::Strict) => "ACRALOG_POLICY_STRICT",
        (Outcome::Intact, Policy::Acra) => "ACRALOG_POLICY_ACRA",
        _ => "FAILED",
    }
}

/// A statement that was read: what concerns whoever relies on it.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadStatement {
    pub subjects: Vec<Subject>,
    pub outcome: Outcome,
    pub policy: String,
    pub time_verified: String,
    /// The version of the program that verified; empty when it does not say.
    pub verifier_version: String,
    pub findings_by_code: BTreeMap<String, u64>,
    pub inputs_not_read: Vec<String>,
    pub not_shown: Vec<String>,
}

/// Why a statement says nothing that is understood here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementError(pub String);

/// The statement as it stands in JSON. Unknown members are passed over, as in-toto demands.
#[derive(Deserialize)]
struct StatementText {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    /// Read when its type is known.
    predicate: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PredicateText {
    verifier: VerifierText,
    time_verified: String,
    policy: PolicyText,
    verification_result: VerificationResult,
    #[serde(rename = "pkg:cargo/acralog#docs/attestation.md")]
    extension: ExtensionText,
}

#[derive(Deserialize)]
struct VerifierText {
    id: String,
    #[serde(default)]
    version: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct PolicyText {
    name: String,
}

#[derive(Deserialize)]
struct ExtensionText {
    version: u32,
    outcome: String,
    exit_code: u8,
    findings_by_code: BTreeMap<String, u64>,
    inputs_not_read: Vec<InputText>,
    not_shown: Vec<LimitText>,
}

#[derive(Deserialize)]
struct InputText {
    name: String,
}

#[derive(Deserialize)]
struct LimitText {
    stream: Option<String>,
    what: String,
}

impl ReadStatement {
    /// Reads a statement of this program.
    ///
    /// # Errors
    /// When it is none, when it is of another kind or of a later version, or contradicts itself.
    pub fn parse(text: &[u8]) -> Result<Self, StatementError> {
        let malformed = |error: serde_json::Error| StatementError(format!("it is not a statement: {error}"));
        let statement: StatementText = serde_json::from_slice(text).map_err(malformed)?;
        let unknown = |what: &str, is: &str, wanted: &str| {
            Err(StatementError(format!("its {what} is {is:?}, and only {wanted:?} is understood")))
        };
        if statement.kind != STATEMENT_TYPE {
            return unknown("_type", &statement.kind, STATEMENT_TYPE);
        }
        if statement.predicate_type != PREDICATE_TYPE {
            return unknown("predicateType", &statement.predicate_type, PREDICATE_TYPE);
        }
        if statement.subject.is_empty() {
            return Err(StatementError("it has no subject, so it says nothing".to_owned()));
        }
        if let Some(subject) = statement.subject.iter().find(|subject| !subject.is_well_formed()) {
            return Err(StatementError(format!("the digest of its subject {:?} is no SHA-256 in hex", subject.name)));
        }
        let predicate = serde_json::from_str::<PredicateText>(statement.predicate.get())
            .map_err(|error| StatementError(format!("its predicate is not one of acralog verify: {error}")))?;
        if predicate.verifier.id != VERIFIER {
            return unknown("verifier", &predicate.verifier.id, VERIFIER);
        }
        Self::of(statement.subject, predicate)
    }

    fn of(subjects: Vec<Subject>, predicate: PredicateText) -> Result<Self, StatementError> {
        let extension = predicate.extension;
        if extension.version != EXTENSION_VERSION {
            return Err(StatementError(format!("it is of version {}, and only 1 is understood", extension.version)));
        }
        let outcomes = [Outcome::Intact, Outcome::Incomplete, Outcome::Undecided, Outcome::Tampered];
        let outcome = outcomes.into_iter().find(|outcome| outcome.name() == extension.outcome);
        // Whoever looks at the result alone, as other tools do, must see what stands in the extension.
        let outcome = outcome.filter(|outcome| {
            outcome.code() == extension.exit_code && VerificationResult::of(*outcome) == predicate.verification_result
        });
        let Some(outcome) = outcome else {
            return Err(StatementError("its result contradicts its outcome or its exit code".to_owned()));
        };
        let limit = |limit: LimitText| match limit.stream {
            Some(stream) => format!("{stream}: {}", limit.what),
            None => limit.what,
        };
        Ok(Self {
            subjects,
            outcome,
            policy: predicate.policy.name,
            time_verified: predicate.time_verified,
            verifier_version: predicate.verifier.version.get(env!("CARGO_PKG_NAME")).cloned().unwrap_or_default(),
            findings_by_code: extension.findings_by_code,
            inputs_not_read: extension.inputs_not_read.into_iter().map(|input| input.name).collect(),
            not_shown: extension.not_shown.into_iter().map(limit).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::output as sample;

    const TIME: LogTime = LogTime { unix_ms: 1_741_910_400_000 };

    fn written(summary: &Summary, policy: Policy) -> Value {
        let subjects = [Subject::new("acra.log", 3, &[7; 32])];
        let not_read = [NamedInput { name: "gone.log".to_owned() }];
        let demands = Demands { policy, require_end: true, ..Demands::default() };
        let run = AttestedRun { subjects: &subjects, not_read: &not_read, summary, demands: &demands, time: TIME };
        serde_json::to_value(Statement::of(&run)).unwrap()
    }

    fn parse(value: &Value) -> Result<ReadStatement, StatementError> {
        ReadStatement::parse(value.to_string().as_bytes())
    }

    #[test]
    fn the_members_are_those_of_the_specifications() {
        let summary = sample::intact().summary;
        let statement = written(&summary, summary.policy);
        assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(
            statement["subject"],
            json!([{"name": "acra.log", "digest": {"sha256": "07".repeat(32)}, "annotations": {"bytes": 3}}])
        );
        let predicate = &statement["predicate"];
        for (member, expected) in [
            ("/verifier/id", json!(VERIFIER)),
            ("/verifier/version/acralog", json!(env!("CARGO_PKG_VERSION"))),
            ("/timeVerified", json!("2025-03-14T00:00:00Z")),
            ("/resourceUri", json!("ni:///sha-256;BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc")),
            ("/policy/annotations/require_end", json!(true)),
            ("/verificationResult", json!("PASSED")),
        ] {
            assert_eq!(predicate.pointer(member), Some(&expected), "{member}");
        }
    }

    #[test]
    fn nothing_but_an_intact_log_passes() {
        for (outcome, result) in [
            (Outcome::Intact, ("PASSED", "ACRALOG_POLICY_STRICT")),
            (Outcome::Incomplete, ("FAILED", "FAILED")),
            (Outcome::Undecided, ("FAILED", "FAILED")),
            (Outcome::Tampered, ("FAILED", "FAILED")),
        ] {
            let summary = Summary { outcome, exit_code: outcome.code(), ..sample::intact().summary };
            let statement = written(&summary, Policy::Strict);
            let predicate = &statement["predicate"];
            assert_eq!(predicate["verificationResult"], result.0);
            assert_eq!(predicate["verifiedLevels"], json!([result.1]));
            assert_eq!(parse(&statement).unwrap().outcome, outcome);
        }
    }

    #[test]
    fn several_subjects_are_named_by_the_list_of_their_digests() {
        let subjects = [1, 2].map(|fill| Subject::new("a", 0, &[fill; 32]));
        // printf '01..01\n02..02\n' | sha256sum | xxd -r -p | basenc --base64url
        let list = format!("{}\n{}\n", "01".repeat(32), "02".repeat(32));
        let expected = format!("ni:///sha-256;{}", URL_SAFE_NO_PAD.encode(Sha256::digest(list)));
        assert_eq!(resource_uri(&subjects), expected);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let summary = sample::tampered().summary;
        let read = parse(&written(&summary, summary.policy)).unwrap();
        assert_eq!(read.outcome, Outcome::Tampered);
        assert_eq!(read.findings_by_code.values().sum::<u64>(), summary.findings_by_code.values().sum::<u64>());
        assert_eq!(read.not_shown, summary.not_shown.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!((read.inputs_not_read, read.subjects.len()), (vec!["gone.log".to_owned()], 1));
        assert_eq!(read.verifier_version, env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn what_is_not_understood_is_no_answer() {
        let whole = written(&sample::tampered().summary, Policy::Default);
        let extension = "/predicate/pkg:cargo~1acralog#docs~1attestation.md";
        for (member, value, why) in [
            ("/_type", json!("https://in-toto.io/Statement/v0.1"), "_type"),
            ("/predicateType", json!("https://in-toto.io/attestation/svr/v0.1"), "predicateType"),
            ("/subject", json!([]), "no subject"),
            ("/subject/0/digest/sha256", json!("abc"), "no SHA-256"),
            ("/predicate", json!({}), "not one of acralog verify"),
            ("/predicate/verifier/id", json!("https://example.com"), "verifier"),
            ("/predicate/verificationResult", json!("PASSED"), "contradicts"),
            (&format!("{extension}/outcome"), json!("intact"), "contradicts"),
            (&format!("{extension}/exit_code"), json!(0), "contradicts"),
            (&format!("{extension}/outcome"), json!("fine"), "contradicts"),
            (&format!("{extension}/version"), json!(2), "version 2"),
        ] {
            let mut changed = whole.clone();
            *changed.pointer_mut(member).unwrap() = value;
            let StatementError(message) = parse(&changed).unwrap_err();
            assert!(message.contains(why), "{member}: {message}");
        }
        assert!(ReadStatement::parse(b"").is_err() && ReadStatement::parse(b"[]").is_err());
    }
}
