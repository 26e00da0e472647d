//! The stable names of everything `verify` can find, each with its class under every policy, what it means, what usually lies
//! behind it and what to do first; and what is demanded of a log. How a finding is detected is left to `stream` and its
//! parts, how it is printed to `output`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use strum::IntoStaticStr;

use crate::entry::Span;
use crate::outcome::Outcome;

/// How much a finding weighs: incomplete makes exit 3, undecided exit 2, tampered exit 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Worth knowing; changes nothing.
    Note,
    /// Worth a look; exit 0.
    Warning,
    /// The log does not show what the policy demands; exit 3.
    Incomplete,
    /// No answer was possible; exit 2.
    Undecided,
    /// Only an alteration explains it; exit 1.
    Tampered,
}

impl Class {
    /// What a finding of this class makes of the whole run.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Note | Self::Warning => Outcome::Intact,
            Self::Incomplete => Outcome::Incomplete,
            Self::Undecided => Outcome::Undecided,
            Self::Tampered => Outcome::Tampered,
        }
    }

    /// The word the reports print.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A named set of demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, JsonSchema, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Refuses what only an alteration explains, and what leaves nothing proven.
    #[default]
    Default,
    /// Refuses everything that is not proven; every warning counts.
    Strict,
    /// The tolerance of the reference verifier (audit log, section 4).
    Acra,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Default, Self::Strict, Self::Acra];

    /// The word on the command line and in the reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Declares [`Code`] with its names, its classes (default, strict, acra), whether `--allow` may waive it, and the
/// sentence that explains it. `docs/attacks.md` gives the row numbers.
macro_rules! codes {
    ($($variant:ident $name:literal $default:ident $strict:ident $acra:ident $waive:literal $text:literal;)*) => {
        /// A kind of finding. Names are stable: scripts and dashboards may rely on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, JsonSchema)]
        pub enum Code {
            $(#[doc = $text] #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, as printed and as `--allow` takes it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence for people: what it means, whatever the place.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Whether `--allow` may turn it into a note.
            pub fn waivable(self) -> bool {
                match self { $(Self::$variant => $waive,)* }
            }

            /// Its class under a policy, before `--allow` and the `--require` and `--missing-ok` flags.
            pub fn class(self, policy: Policy) -> Class {
                let (default, strict, acra) = match self {
                    $(Self::$variant => (Class::$default, Class::$strict, Class::$acra),)*
                };
                match policy {
                    Policy::Default => default,
                    Policy::Strict => strict,
                    Policy::Acra => acra,
                }
            }
        }
    };
}

codes! {
    // Rows 1, 2: the seal does not fit the state of the chain.
    ChainAltered "chain-altered" Tampered Tampered Tampered false
        "an entry does not carry the seal the chain demands: it was altered, or entries before it were removed";
    // Rows 1, 6, 35: what stood there is proven by the seal that stands on the line.
    EntryRestored "entry-restored" Tampered Tampered Tampered false
        "an entry was altered, and its own seal proves what stood there; the chain was verified onwards from that";
    // Rows 3, 4: the chain goes on after the line, so the line does not belong there.
    LineInserted "line-inserted" Tampered Tampered Tampered false
        "sealed lines fit no chain, and stand inside one that goes on after them: they were put there";
    LineDisplaced "line-displaced" Tampered Tampered Tampered false
        "entries verify in their chain, but stand in another place than the chain demands: they were moved";
    LineSplit "line-split" Tampered Tampered Tampered false
        "a line feed stands inside an entry: the two lines verify as one";
    LineOutOfChain "line-out-of-chain" Tampered Tampered Tampered false
        "a sealed line does not continue the chain, and the chain goes on after it: it was inserted, repeated or displaced";
    // Row 5.
    LineUnsignedInsideChain "line-unsigned-inside-chain" Tampered Tampered Warning true
        "lines without a seal stand between two signed entries of one chain";
    // Row 56: Go's net/http writes to the standard error of the service that uses it.
    LineForeignInsideChain "line-foreign-inside-chain" Incomplete Incomplete Warning true
        "lines that are no entries of any format stand between two signed entries of one chain";
    // Row 6.
    SealMalformed "seal-malformed" Tampered Tampered Tampered false
        "the integrity field is not the one Acra writes: wrong length or letters, doubled, or followed by other text";
    // Rows 16, 17.
    EntryAmbiguous "entry-ambiguous" Tampered Tampered Warning false
        "an entry can be read in two ways: a json key is repeated or contains the word delimiter, or it is spelled as no format is";
    // The start marker is not signed, but its place follows from the seals.
    ChainStartUnmarked "chain-start-unmarked" Tampered Tampered Tampered false
        "an entry is the first of a chain, but its mark chain=new was removed";
    ChainStartMisplaced "chain-start-misplaced" Tampered Tampered Tampered false
        "an entry continues a chain, but a mark chain=new was added to it";
    MarkerUnsigned "marker-unsigned" Tampered Tampered Warning false
        "a line without a seal carries a chain marker, which Acra writes on signed entries only";
    // Consequence of chain-altered (audit log, section 3, point 3).
    EntriesUnreachable "entries-unreachable" Incomplete Incomplete Note false
        "the rest of a broken chain cannot be checked: the state of the chain is lost";
    LineUnclaimed "line-unclaimed" Incomplete Incomplete Tampered false
        "a sealed line belongs to no chain whose start is here: it needs the file before, or it was inserted";
    // Rows 4b, 12.
    LineRepeated "line-repeated" Incomplete Incomplete Tampered true
        "entries that verified stand there a second time, byte for byte: delivered twice, or put there";
    ChainRepeated "chain-repeated" Incomplete Incomplete Note true
        "a chain stands in the stream a second time: delivered twice, or replayed";
    // Row 51.
    EntryOutOfTime "entry-out-of-time" Incomplete Incomplete Note true
        "entries stand far from their time, behind much younger ones of another chain: they were moved, or clocks differ";
    // Row 32.
    ChainUnfinished "chain-unfinished" Incomplete Incomplete Tampered true
        "a chain has no end and another one begins: the service crashed, or the end was cut off";
    // Row 8.
    LinesUnsignedAtEnd "lines-unsigned-at-end" Incomplete Incomplete Warning true
        "lines without a seal stand at the end, after the last signed entry";
    // Rows 19, 47.
    LineTorn "line-torn" Incomplete Incomplete Warning true
        "a line is cut off and its chain does not go on: the service crashed there, or the end of its chain was cut off";
    // Rows 7, 10.
    NothingSigned "nothing-signed" Incomplete Incomplete Warning false
        "no line carries a seal: there is nothing to verify";
    NothingVerified "nothing-verified" Incomplete Incomplete Tampered false
        "no chain begins here, so no entry could be verified";
    // Row 14; `--require-end` makes it incomplete.
    ChainOpenAtEnd "chain-open-at-end" Warning Incomplete Warning true
        "the last chain has no end yet: a running service looks the same as a log whose tail was cut off";
    // Row 33.
    StreamHeadless "stream-headless" Incomplete Incomplete Tampered true
        "entries stand here whose chain began in a file that is not here or was not read";
    // Row 18.
    EntryReencoded "entry-reencoded" Warning Incomplete Note true
        "json of the same meaning in another spelling: these are not the bytes that were signed";
    // Row 13.
    TimeBackwards "time-backwards" Warning Incomplete Note true
        "a chain begins earlier than the chain before it ended: chains may have been put into another order";
    // Row 66; only where --gap and --chain-max-age ask for it.
    TimeGap "time-gap" Incomplete Incomplete Incomplete true
        "between two verified entries lies more time than --gap allows, and no verified entry of the log is of that time";
    ChainTooOld "chain-too-old" Incomplete Incomplete Incomplete true
        "the verified entries of one chain span more time than --chain-max-age allows";
    ChainElsewhere "chain-elsewhere" Warning Incomplete Note true
        "the same chain stands elsewhere in this run: a copy of the log, or two short chains of the same second";
    FileSkipped "file-skipped" Note Incomplete Note true
        "a file was left out because its name is not that of a log, or it cannot be read as one";
    FileDouble "file-double" Warning Incomplete Warning true
        "a file was left out because it is the same file as another one, or holds the same rotation";
    // Row 7, for one chain: many more lines than a start writes.
    LinesUnsignedMany "lines-unsigned-many" Incomplete Incomplete Warning true
        "more lines without a seal stand before a chain than the start of a service writes: seals may have been stripped";
    // Rows 5 and 36, where both explain it.
    StartUpBesideChain "start-up-beside-chain" Warning Incomplete Warning true
        "the messages of a start, which no seal covers, stand among the entries of another instance";
    LinesUnsignedBesideChain "lines-unsigned-beside-chain" Incomplete Incomplete Warning true
        "lines without a seal, as a start writes them, stand among the entries of another instance";
    // Row 48.
    LinesUnsignedNotStartUp "lines-unsigned-not-start-up" Incomplete Incomplete Warning true
        "lines without a seal stand before a chain that no start of a service writes: seals may have been stripped";
    LinesUnsignedBetweenChains "lines-unsigned-between-chains" Note Incomplete Warning true
        "lines without a seal stand before a chain, as the start of a service writes them";
    // Row 36.
    ChainsInterleaved "chains-interleaved" Note Note Tampered true
        "several instances write into this stream; each chain was followed on its own";
    // Rows 42, 56.
    LinesOfOthers "lines-of-others" Note Note Note true
        "lines that another output or another process wrote, as their wrapper says, belong to no chain";
    // Row 21; `--missing-ok` makes it a warning.
    FileMissing "file-missing" Undecided Undecided Undecided false
        "a file of the set is missing";
    // Row 55.
    FileTwinDiffers "file-twin-differs" Undecided Undecided Undecided false
        "two files stand for the same rotation and hold different things, and nothing shows which is the log";
    FileUnreadable "file-unreadable" Undecided Undecided Undecided false
        "a file could not be read to its end";
    LineUnreadable "line-unreadable" Undecided Undecided Undecided false
        "a line is longer than the limit and was not checked";
    // Row 45.
    LineDamaged "line-damaged" Undecided Undecided Undecided false
        "a line does not verify, and what stored it may have changed its text: docker and exports write U+FFFD for bytes that are no text";
    RecordWithoutText "record-without-text" Undecided Undecided Undecided false
        "a record of the journal has no text, or several: an entry may have stood there";
    // Row 44.
    PrefixUnknown "prefix-unknown" Undecided Undecided Tampered false
        "every sealed line has a text in front that is not understood, and no chain's first entry verifies";
    // Row 35.
    KeyWrong "key-wrong" Undecided Undecided Tampered false
        "no chain's first entry verifies with any key given: the key is wrong";
    // Keystore, section 5.5.
    KeyLost "key-lost" Undecided Undecided Tampered false
        "the first entry of a chain verifies with no key that could be had: its key is missing, or the entry was altered";
    KeyCompromised "key-compromised" Warning Incomplete Warning true
        "a chain is sealed with a key that its keystore marks as compromised";
    KeyOutdated "key-outdated" Warning Incomplete Warning true
        "a chain is sealed with an older key of the keystore than a chain above it";
    KeyUnused "key-unused" Warning Warning Note true
        "a key that was given fits no chain of any log";
    // Row 20: what a ledger remembers is gone.
    ChainMissing "chain-missing" Tampered Tampered Tampered false
        "a chain that an earlier run proved is not in the log any more";
    ChainShortened "chain-shortened" Tampered Tampered Tampered false
        "entries that an earlier run proved are not in their chain any more";
    ChainChanged "chain-changed" Tampered Tampered Tampered false
        "a chain that an earlier run proved has other entries now, or stands in another order";
    ChainNotFound "chain-not-found" Undecided Undecided Undecided false
        "a chain that an earlier run proved was not found, and not everything could be read or was asked for";
    // Row 33.
    ChainResumed "chain-resumed" Warning Incomplete Warning true
        "the beginning of a chain is not here any more; an earlier run proved it, and the chain goes on from there";
    ChainExpired "chain-expired" Note Note Note true
        "chains or beginnings of chains that an earlier run proved are gone, and older than --retention";
    LedgerNew "ledger-new" Note Note Note true
        "the ledger remembers nothing yet, so there was nothing to compare with";
    LedgerMissing "ledger-missing" Undecided Undecided Undecided false
        "the ledger that must be there is not";
    LedgerOlder "ledger-older" Undecided Undecided Undecided false
        "the ledger is an older one than the last that was written: it was put back, or cut off";
    LedgerDamaged "ledger-damaged" Undecided Undecided Undecided false
        "the ledger is not as it was written, or none of the keys given wrote it";
    // Row 9.
    FormatContradiction "format-contradiction" Undecided Undecided Undecided false
        "signed lines are in another format than --input-format says";
}

/// What is said of a finding beside what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    pub cause: &'static str,
    /// What to do first.
    pub response: &'static str,
}

impl Code {
    /// What usually lies behind it, and what to do first.
    pub fn advice(self) -> Option<Advice> {
        let found = ADVICE.iter().find(|(name, ..)| *name == self.name());
        found.map(|&(_, cause, response)| Advice { cause, response })
    }
}

/// By name: cause, response.
const ADVICE: &[(&str, &str, &str)] = &[
    (
        "chain-altered",
        "Somebody changed this entry or removed entries above it; or a tool rewrote the line on its way (a filter, a wrong \
         encoding, a bad disk).",
        "Keep the files as they are, then compare the place with a copy that left the host at once; `-v` shows the \
         seal that was expected and the one found.",
    ),
    (
        "entry-restored",
        "Somebody changed this entry; or a tool rewrote the line on its way (a filter, a wrong encoding, a bad disk).",
        "Keep the files as they are: the finding says what stood there and what stands there now. Entries that were \
         removed cannot be brought back like this.",
    ),
    (
        "line-inserted",
        "A line was made up by somebody without the key, or copied from another log.",
        "Keep the files as they are, and look for the line in other logs: `acralog grep --raw -F 'integrity=...'`.",
    ),
    (
        "line-displaced",
        "Somebody moved entries or changed their order; or a tool sorted the file, or merged parts of it in another order.",
        "Read the entries at the place where they belong, which the message names. Look for a tool on the way that sorts.",
    ),
    (
        "line-split",
        "Somebody put a line feed into an entry, to hide one half of it from tools that read line by line; or a tool wraps \
         long lines.",
        "Read both lines as one: together they say what was sealed. Look for a tool on the way that wraps lines.",
    ),
    (
        "line-out-of-chain",
        "A line was copied to another place, or made up by somebody without the key.",
        "Keep the files as they are, and find out where else the line stands: `acralog grep --raw -F 'integrity=...'`.",
    ),
    (
        "line-unsigned-inside-chain",
        "Something that is not Acra writes into the same file or stream; or the seals of real entries were removed.",
        "Read the lines: text of another program belongs into a file of its own, and what looks like an entry of Acra is \
         suspect.",
    ),
    (
        "seal-malformed",
        "The end of the line was edited, cut or glued to another line.",
        "Look at the line as it stands in the file; compare it with a copy that left the host at once.",
    ),
    (
        "line-repeated",
        "A shipper that delivers at least once sent a line or a block again; or somebody copied it.",
        "Compare with the log on the host that wrote it. Where the shipper is known for it, `--allow line-repeated`.",
    ),
    (
        "chain-repeated",
        "A file was read twice under two names, or written twice by a collector; or old entries were replayed to fill a gap.",
        "Look for the same file among the inputs; what is left afterwards was delivered twice, or replayed.",
    ),
    (
        "entry-out-of-time",
        "An entry or the start of a chain was moved to hide a gap; or the clocks of instances that share a log differ.",
        "Compare the clocks of the hosts. Where they are known to differ, `--allow entry-out-of-time`.",
    ),
    (
        "start-up-beside-chain",
        "Another instance of the service started while this one was writing.",
        "Nothing, when several instances share this log; better give each a log of its own.",
    ),
    (
        "line-foreign-inside-chain",
        "Another program or a library writes to the same output: Go's net/http does so; or a line was put there.",
        "Read the lines. What comes from the service itself may be accepted: `--allow line-foreign-inside-chain`.",
    ),
    (
        "lines-of-others",
        "The container writes to two outputs, or the journal of a unit holds what the system says about it.",
        "Nothing, when the writers named are known; the log is what the writers of sealed lines wrote.",
    ),
    (
        "record-without-text",
        "The journal was exported without `--all`, or a record holds several texts.",
        "Export it again: `journalctl -u acra-server -o json --all`.",
    ),
    (
        "prefix-unknown",
        "A tool that showed or shipped the log put a text in front of every line.",
        "Get the lines without it: `docker compose logs --no-log-prefix`, `kubectl logs` without `--prefix`, \
         `journalctl -o json --all`.",
    ),
    (
        "lines-unsigned-beside-chain",
        "Another instance started while this one was writing; or lines were put between its entries.",
        "Read the lines. Where they are those of a start, `--allow lines-unsigned-beside-chain`; better give each instance \
         a log of its own.",
    ),
    (
        "lines-unsigned-not-start-up",
        "Audit logging was switched on while the service was already in use; or the seals of real entries were removed.",
        "Read the lines: a client, a session or a query in them means that they are of running operation.",
    ),
    (
        "entry-ambiguous",
        "A value that somebody could choose, such as the name of a client, holds text that reads like a part of the entry.",
        "Look at the client or query behind the entry, and do not trust a field of it that stands there twice.",
    ),
    (
        "chain-start-unmarked",
        "The mark was cut off so that two chains look like one.",
        "Keep the files as they are, and look for entries that are missing above this line.",
    ),
    (
        "chain-start-misplaced",
        "A mark was added so that one chain looks like two.",
        "Keep the files as they are, and look for entries that are missing around this line.",
    ),
    (
        "marker-unsigned",
        "A line was made up, or its seal was removed.",
        "Treat the line as not written by Acra until a copy shows otherwise.",
    ),
    (
        "entries-unreachable",
        "It follows from the break above: each seal depends on the one before.",
        "Look at the break first. The next chain is verified again.",
    ),
    (
        "line-unclaimed",
        "The file before is not among the inputs: rotated away, not collected, or named in an unusual way; or the line was \
         inserted.",
        "Give the older files as well, oldest first with --as-one-stream when their names do not show the order.",
    ),
    (
        "chain-unfinished",
        "The service was killed, ran out of memory or lost its host, so it could not end the chain; or the end was cut off.",
        "Look for a crash or a restart at this time in the journal of the host. `--allow chain-unfinished` accepts it.",
    ),
    (
        "lines-unsigned-at-end",
        "The service just began and has not signed yet, another program writes there, or lines were appended.",
        "Read the lines; of a running service, verify again a little later.",
    ),
    (
        "line-torn",
        "The file was read while it was written, the disk was full, or the host went down.",
        "Of a running service, verify again; otherwise look for a full disk or a crash at this time.",
    ),
    (
        "nothing-signed",
        "The audit log is not switched on (--audit_log_enable), the wrong file was given, or all seals were stripped.",
        "Check the flags of the service and the path; a log that once was signed is suspect.",
    ),
    (
        "nothing-verified",
        "Only the later part of a log was given, or its beginning was removed.",
        "Give the files before it as well.",
    ),
    (
        "chain-open-at-end",
        "The service is still running, or it was killed, or the end was cut off.",
        "Of a running service this is normal. Of one that was stopped, demand the end with --require-end.",
    ),
    (
        "stream-headless",
        "The older file was rotated away or not collected, or its beginning was removed.",
        "Give the older files as well. Nothing in the log itself tells the two cases apart.",
    ),
    (
        "entry-reencoded",
        "A collector read the JSON and wrote it anew.",
        "Have the collector pass the line on as text; verify the file on the host where it can be reached.",
    ),
    (
        "time-backwards",
        "The clock of the host was set back, files were read in another order, or chains were moved.",
        "Check the order of the files and the clock at this time.",
    ),
    (
        "time-gap",
        "The service was stopped, idle or cut off from its log; or a whole chain, or a file, was removed.",
        "Look for a stop or a start at this time in the journal of the host, and for the file that held it. \
         `--allow time-gap` accepts it.",
    ),
    (
        "chain-too-old",
        "The service ran for so long without a restart and without a rotation of its log.",
        "Have the log rotated more often: until a chain has its end, whoever cuts off its tail leaves no trace.",
    ),
    (
        "chain-elsewhere",
        "The same log was given twice, such as a file and its backup.",
        "Leave one of both out and verify again.",
    ),
    (
        "file-skipped",
        "Directories hold other files as well: archives, lists, lock files.",
        "If the file is a log, name it itself instead of its directory.",
    ),
    (
        "file-double",
        "A link, or a rotation that exists packed and unpacked.",
        "Nothing, when both are the same; otherwise name the one that counts.",
    ),
    (
        "lines-unsigned-many",
        "Another program writes into the stream, the service ran without its audit log for a while, or seals were stripped.",
        "Read the lines: entries of Acra that tell of queries or clients should have had seals.",
    ),
    (
        "lines-unsigned-between-chains",
        "Acra writes a few lines at its start before it signs.",
        "Nothing; `--policy strict` does not accept them, `--allow unsigned-between` does.",
    ),
    (
        "chains-interleaved",
        "Several instances of a service share one file or stream.",
        "Nothing; a file of its own for each instance is easier to read.",
    ),
    (
        "file-missing",
        "A rotated file was removed by a limit on their number, not collected, or deleted.",
        "Fetch it from a backup. `--missing-ok` says that it may be missing.",
    ),
    (
        "file-unreadable",
        "Rights, a damaged archive, or a bad disk.",
        "Read the reason behind the name; run as a user who may read it, or fetch a copy.",
    ),
    (
        "line-unreadable",
        "No entry of Acra is that long: binary data, a lost line feed, or somebody who fills the disk.",
        "Look at the place with other tools; the rest of the file was checked.",
    ),
    (
        "key-wrong",
        "The key of another keystore, another stage or of before a rotation.",
        "`acralog keys fingerprint` tells keys apart; give all keys there are, each one is tried for each chain.",
    ),
    (
        "line-damaged",
        "A container runtime or an export wrote U+FFFD for bytes that are no text, so the line is not the one that was signed.",
        "Verify the log as the service wrote it, or as a runtime stored it that keeps bytes (CRI); docker's json-file does not.",
    ),
    (
        "key-lost",
        "The key was rotated and the one of this chain was not given, or cannot be opened; or the first entry was altered, \
         which looks the same.",
        "`acralog keys list` names the keys of a keystore; restore the missing one from a copy, or pass it with --key-file.",
    ),
    (
        "file-twin-differs",
        "A rotation was compressed and its original is still there, cut off or changed; or somebody put a file beside it.",
        "Compare the two, and pass the one that is the log by its name.",
    ),
    (
        "key-unused",
        "The key is of another service or another time, or a log of the one it belongs to is not among those given.",
        "Compare its fingerprint with those of `acralog keys list`, and look whether a log is missing.",
    ),
    (
        "key-compromised",
        "Somebody marked the key in the keystore; what it sealed after it got out may be forged.",
        "Compare these chains with a copy that left the host at once.",
    ),
    (
        "key-outdated",
        "An instance kept running with an old key after a rotation, or somebody seals with an old key.",
        "Check whether all instances were restarted after the rotation.",
    ),
    (
        "chain-missing",
        "The file that held the chain was deleted or replaced, or its lines were cut out; a rotation that removes old files \
         looks the same until --retention says how old they get.",
        "Look for the chain in a copy of the log; `acralog ledger show` says when it was seen last, and where.",
    ),
    (
        "chain-shortened",
        "The end of the log was cut off, or the file was put back to an earlier state; at its beginning: files were \
         removed before their time.",
        "Compare with a copy that left the host at once; a file put back from a backup has lost what came after it.",
    ),
    (
        "chain-changed",
        "Chains or files were moved; or somebody who has the key sealed other entries.",
        "Compare with a copy that left the host at once; where entries differ, replace the key.",
    ),
    (
        "chain-not-found",
        "The run was asked for other logs than the one before, or could not read all of them.",
        "Give the same inputs as before; a folder or a pattern in quotes, not names that a shell has expanded.",
    ),
    (
        "chain-resumed",
        "Rotation removed the file in which the chain began.",
        "Nothing, where rotation does that; `--retention` says how long logs are kept, and what is gone earlier is told.",
    ),
    ("chain-expired", "Rotation removed old files.", "Nothing; `acralog ledger prune` makes the ledger forget them."),
    (
        "ledger-new",
        "It is the first run with this ledger; or somebody removed the ledger together with its lock file.",
        "Nothing on the first run. Later, `--ledger-required` refuses a ledger that is not there.",
    ),
    (
        "ledger-missing",
        "The ledger was never written, lies elsewhere, or was removed.",
        "Restore it from a backup; when it is gone for good, begin a new one under another name.",
    ),
    (
        "ledger-older",
        "A backup of the ledger was put back, or somebody wants a later run forgotten.",
        "Look for the newest copy, and compare with an anchor: `acralog ledger check`. To go on with the old one all the \
         same, remove the lock file beside it.",
    ),
    (
        "ledger-damaged",
        "A bad disk, an edit, or the keys of another service.",
        "Restore it from a backup, and check that with an anchor; give the keys of the logs it was written for.",
    ),
    (
        "format-contradiction",
        "The service was given another --logging_format, or --input-format is wrong.",
        "Leave --input-format out: the format is detected.",
    ),
];

/// A policy with its refinements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// The named policy.
    pub policy: Policy,
    /// `--require-end`: a chain without an end is incomplete.
    pub require_end: bool,
    /// `--missing-ok`: a missing file is a warning.
    pub missing_ok: bool,
    /// `--gap`: the longest time without a verified entry.
    pub gap: Option<Span>,
    /// `--chain-max-age`: the longest time that the verified entries of a chain span.
    pub chain_max_age: Option<Span>,
    /// `--allow`: codes that count as a note. Only waivable codes belong here.
    pub allowed: BTreeSet<Code>,
}

impl Demands {
    /// The class of a finding under these demands.
    pub fn class(&self, code: Code) -> Class {
        if self.allowed.contains(&code) && code.waivable() {
            return Class::Note;
        }
        match code {
            Code::ChainOpenAtEnd if self.require_end => Class::Incomplete,
            Code::FileMissing if self.missing_ok => Class::Warning,
            _ => code.class(self.policy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_advice_and_all_advice_is_of_a_finding() {
        for code in Code::ALL {
            let advice = code.advice().unwrap_or_else(|| panic!("no advice for {}", code.name()));
            assert!(advice.cause.ends_with('.') && advice.response.ends_with('.'), "{}", code.name());
        }
        assert_eq!(ADVICE.len(), Code::ALL.len());
    }
}
