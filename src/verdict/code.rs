//! The stable names of everything `verify` can find, each with its class under every policy. One table; how a finding is
//! detected is left to `stream` and its parts, how it is printed to `output`.

use schemars::JsonSchema;
use strum::IntoStaticStr;

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
    // Rows 3, 4: the chain goes on after the line, so the line does not belong there.
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
    // Row 9.
    FormatContradiction "format-contradiction" Undecided Undecided Undecided false
        "signed lines are in another format than --input-format says";
}
