//! What kinds of incidents there are: which event codes speak of which, how severe they are, what they mean and what to do
//! first. When entries make an incident is left to `rules`.

use schemars::JsonSchema;
use strum::{IntoStaticStr, VariantArray};

use crate::event::catalogue;

/// The severity from which on a code is an incident, whatever it is about.
const SEVERE: u8 = 7;

/// What happened, in one word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, JsonSchema, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The log does not verify: something only an alteration explains.
    IntegrityFailure,
    /// Data was read that nobody should ever read.
    PoisonRecord,
    /// A poison record made the service end itself, and the entry that says who read it is not there.
    PoisonAlarmMissing,
    /// Poison records cannot be recognised: the tripwire is not in order.
    PoisonCheckFailed,
    /// The SQL firewall blocked many queries of a client.
    SqlFirewallBurst,
    /// The SQL firewall blocked a few queries of a client.
    SqlFirewallBlock,
    /// A client meets more decryption errors than usual.
    DecryptionErrors,
    /// Data of a client cannot be encrypted, or what encrypts and decrypts it cannot be set up.
    EncryptionErrors,
    /// Somebody tries what no well-behaved client does: malformed queries, packets, requests and names.
    Probing,
    /// Keys, the keystore or the master key cannot be used.
    KeyErrors,
    /// The database cannot be reached.
    DatabaseUnavailable,
    /// Connections or their TLS cannot be set up.
    ConnectionFailures,
    /// Connections break off, or do not end as they should, many of them.
    ConnectionDrops,
    /// The service, its host or its configuration is at fault.
    ServiceErrors,
    /// Many errors for which Acra has no code of their own.
    GeneralErrors,
    /// The service began again without having been stopped.
    ServiceCrash,
    /// The service was stopped and began again.
    ServiceRestart,
    /// A running service logged nothing for longer than usual.
    Silence,
    /// A rule of Sigma matched.
    Sigma,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 19] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// The kind of incident that an event code speaks of; None when it raises nothing. 101 says at start-up that poison
    /// records are looked for, it is no alarm (events, trap 2); at warning level it is told apart by who sees the level. No
    /// severe code goes unnoticed, and none that Acra's documentation calls important.
    pub fn of_code(code: u16) -> Option<Self> {
        Some(match code {
            560 => Self::SqlFirewallBlock,
            583 | 587 => Self::PoisonRecord,
            589 => Self::PoisonCheckFailed,
            581 | 586 | 707 | 716 => Self::DecryptionErrors,
            580 | 901 | 902 | 904 => Self::EncryptionErrors,
            502 | 563 | 600 | 700..=706 | 714 | 1202 | 1203 | 1210 => Self::Probing,
            510..=513 | 591 => Self::KeyErrors,
            540 => Self::DatabaseUnavailable,
            530 | 532 | 533 | 535 | 537 | 538 | 584 | 710..=713 | 715 | 1302 => Self::ConnectionFailures,
            509 | 536 | 539 | 541 | 708 | 1100 => Self::ConnectionDrops,
            501 | 520 | 562 => Self::ServiceErrors,
            500 => Self::GeneralErrors,
            _ if catalogue::find(code)?.severity >= Some(SEVERE) => Self::ServiceErrors,
            _ => return None,
        })
    }

    /// The word for machines.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The rule that raises it, as the configuration names it. That of an altered log cannot be changed.
    pub fn rule(self) -> &'static str {
        match self {
            Self::SqlFirewallBurst | Self::SqlFirewallBlock => "sql-firewall",
            Self::PoisonAlarmMissing | Self::PoisonCheckFailed => "poison-tripwire",
            Self::ServiceCrash | Self::ServiceRestart => "service-restart",
            other => other.name(),
        }
    }

    /// The event codes that speak of it, ascending.
    pub fn codes(self) -> Vec<u16> {
        catalogue::all().iter().map(|entry| entry.code).filter(|code| self.is_told_by(*code)).collect()
    }

    /// A few words for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::IntegrityFailure => "The log was altered",
            Self::PoisonRecord => "Poison record read",
            Self::PoisonAlarmMissing => "Poison record without its alarm",
            Self::PoisonCheckFailed => "Poison records are not looked for",
            Self::SqlFirewallBurst => "Burst of blocked SQL queries",
            Self::SqlFirewallBlock => "Blocked SQL queries",
            Self::DecryptionErrors => "Unusually many decryption errors",
            Self::EncryptionErrors => "Data cannot be encrypted",
            Self::Probing => "Signs of probing",
            Self::KeyErrors => "Keys cannot be used",
            Self::DatabaseUnavailable => "Database cannot be reached",
            Self::ConnectionFailures => "Connections fail",
            Self::ConnectionDrops => "Connections break off",
            Self::ServiceErrors => "Errors of the service",
            Self::GeneralErrors => "Many errors of no particular kind",
            Self::ServiceCrash => "Service began again without a stop",
            Self::ServiceRestart => "Service was restarted",
            Self::Silence => "Nothing was logged",
            Self::Sigma => "A rule of Sigma matched",
        }
    }

    /// What its count counts, in the plural.
    pub fn counted(self) -> &'static str {
        match self {
            Self::IntegrityFailure => "findings",
            Self::PoisonRecord => "poison records",
            Self::PoisonAlarmMissing => "reactions without an alarm",
            Self::PoisonCheckFailed => "skipped or failed checks",
            Self::SqlFirewallBurst | Self::SqlFirewallBlock => "blocked queries",
            Self::DecryptionErrors
            | Self::EncryptionErrors
            | Self::KeyErrors
            | Self::ServiceErrors
            | Self::GeneralErrors => "errors",
            Self::Probing => "odd requests",
            Self::DatabaseUnavailable | Self::ConnectionFailures => "failed connections",
            Self::ConnectionDrops => "broken connections",
            Self::ServiceCrash | Self::ServiceRestart => "start-ups",
            Self::Silence => "gaps",
            Self::Sigma => "matches",
        }
    }

    /// What to do first, where no event code says so.
    pub fn advice(self) -> &'static str {
        match self {
            Self::IntegrityFailure => {
                "Keep the log and its key as they are, compare the lines named here with a copy that was shipped elsewhere, \
                 and find out who could write to the file."
            }
            Self::PoisonAlarmMissing => {
                "Treat it as a poison record that was read: find the client and its queries from the sessions at this time, and \
                 find out why the alarm (587) is not in the log: it was filtered, lost or removed."
            }
            Self::PoisonCheckFailed => {
                "Restore the poison record keys (acra-keys generate --poison_record_keys): without them nobody notices when \
                 a poison record is read."
            }
            Self::ServiceCrash => {
                "Look at the last entries before the start-up and at the system's own log for the reason: a crash, a kill, \
                 or a second instance that writes to the same log."
            }
            Self::ServiceRestart => "Check that somebody meant to restart the service at this time.",
            Self::Silence => {
                "Find out whether the service, its host, its clients or the way of the log stood still, or whether entries \
                 were kept back."
            }
            Self::Sigma => "Look at the entries named here, and at what the rule says of itself where it stands.",
            Self::PoisonRecord
            | Self::SqlFirewallBurst
            | Self::SqlFirewallBlock
            | Self::DecryptionErrors
            | Self::EncryptionErrors
            | Self::Probing
            | Self::KeyErrors
            | Self::DatabaseUnavailable
            | Self::ConnectionFailures
            | Self::ConnectionDrops
            | Self::ServiceErrors
            | Self::GeneralErrors => "Look at the entries named here.",
        }
    }

    /// Whether a code speaks of it. Entries may have another one, which must not make it milder: nothing keeps a forged
    /// start-up line from having a harmless code.
    pub fn is_told_by(self, code: u16) -> bool {
        // Whether blocked queries are a burst is a matter of how many there are.
        let spoken_of = if self == Self::SqlFirewallBurst { Self::SqlFirewallBlock } else { self };
        Self::of_code(code) == Some(spoken_of)
    }

    /// How severe it is, 0 to 10: as the worst code that speaks of it, or as the kind itself when there is none.
    pub fn severity_score(self, codes: impl IntoIterator<Item = u16>) -> u8 {
        let told = codes.into_iter().filter(|code| self.is_told_by(*code));
        let of_codes = told.filter_map(|code| catalogue::find(code)?.severity).max();
        of_codes.unwrap_or(match self {
            Self::IntegrityFailure | Self::PoisonRecord | Self::PoisonAlarmMissing => 10,
            Self::ServiceErrors | Self::ServiceCrash | Self::PoisonCheckFailed => SEVERE,
            Self::SqlFirewallBurst | Self::SqlFirewallBlock | Self::KeyErrors | Self::DatabaseUnavailable => 7,
            Self::DecryptionErrors
            | Self::EncryptionErrors
            | Self::Probing
            | Self::ConnectionFailures
            | Self::GeneralErrors
            | Self::Silence
            | Self::Sigma => 5,
            Self::ConnectionDrops => 3,
            Self::ServiceRestart => 2,
        })
    }
}

/// How severe: 0 to 3, 4 to 6, 7 and 8, 9 and 10.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    JsonSchema,
    IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 0 to 3.
    Low,
    /// 4 to 6.
    Medium,
    /// 7 and 8.
    High,
    /// 9 and 10.
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for a score.
    pub fn of_score(score: u8) -> Self {
        match score {
            0..=3 => Self::Low,
            4..=6 => Self::Medium,
            7..=8 => Self::High,
            _ => Self::Critical,
        }
    }

    /// The word itself.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What is said of a kind of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Background {
    pub meaning: &'static str,
    pub cause: &'static str,
}

impl Kind {
    /// What it means, and what usually lies behind it.
    pub fn background(self) -> Option<Background> {
        let found = BACKGROUND.iter().find(|(name, ..)| *name == self.name());
        found.map(|&(_, meaning, cause)| Background { meaning, cause })
    }
}

/// By name: meaning, cause.
const BACKGROUND: &[(&str, &str, &str)] = &[
    (
        "integrity-failure",
        "The log does not verify: something only an alteration explains.",
        "Somebody changed, removed or inserted entries; or a tool rewrote lines on their way.",
    ),
    (
        "poison-record",
        "Data was read that nobody should ever read.",
        "A table was dumped or scanned, by an attacker, by a backup, or by somebody who tests.",
    ),
    (
        "poison-alarm-missing",
        "The service ended itself because of a poison record, and the alarm for it is not in the log.",
        "The alarm was filtered by level, lost on its way, or removed.",
    ),
    (
        "poison-check-failed",
        "Poison records could not be looked for, so one may have been read unnoticed.",
        "Keys of poison records are missing or cannot be opened, or the reaction to one cannot be run.",
    ),
    (
        "sql-firewall-burst",
        "The SQL firewall blocked many queries of a client within a short time.",
        "Somebody tries out what gets through, or an application was changed and its queries are not allowed yet.",
    ),
    (
        "sql-firewall-block",
        "The SQL firewall blocked a few queries of a client.",
        "A query that the rules do not allow: a mistake, a new version of an application, or a first attempt.",
    ),
    (
        "decryption-errors",
        "A client meets more decryption errors than usual.",
        "The key of the client was changed or lost, data of another client is read, or encrypted data was damaged.",
    ),
    (
        "encryption-errors",
        "Data could not be encrypted on its way into the database.",
        "A key of the client is missing, or the configuration of encrypted columns does not fit the data.",
    ),
    (
        "probing",
        "A client sent what no well-behaved one sends: malformed queries, packets, requests or names.",
        "Somebody looks for a way in, a scanner, or an application or driver that does not fit the service.",
    ),
    (
        "key-errors",
        "Keys, the keystore or the master key cannot be used.",
        "A wrong master key, missing rights or files, or a key service that does not answer.",
    ),
    (
        "database-unavailable",
        "The database cannot be reached.",
        "It is down, refuses connections, or the network between is interrupted.",
    ),
    (
        "connection-failures",
        "Connections or their TLS cannot be set up.",
        "An expired or wrong certificate, another version of TLS, a scan of the port, or an interrupted network.",
    ),
    (
        "connection-drops",
        "Connections break off or time out more often than usual.",
        "An interrupted network, an overloaded host, or clients that go away without a word.",
    ),
    (
        "service-errors",
        "The service, its host or its configuration is at fault.",
        "A configuration that does not fit, missing rights, or a host without memory or disk.",
    ),
    (
        "general-errors",
        "Many errors for which Acra has no code of its own.",
        "The messages tell: they have nothing else in common.",
    ),
    (
        "service-crash",
        "The service began again without having been stopped.",
        "It was killed, ran out of memory, or its host went down; or the entries of its end were removed.",
    ),
    (
        "service-restart",
        "The service was stopped and began again.",
        "Maintenance, a new version, or somebody who wants a change of the configuration to count.",
    ),
    (
        "silence",
        "A running service logged nothing for longer than usual.",
        "Nobody used it, it hung, its log did not get through, or entries were kept back.",
    ),
    (
        "sigma",
        "A rule of Sigma that was given with --sigma matched, or a correlation of such rules.",
        "What the rule says of itself: its title, its description, and its false positives.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_raises_something_is_in_the_catalogue_and_the_notice_at_start_up_is_none() {
        let raising: Vec<u16> = (0..=u16::MAX).filter(|code| Kind::of_code(*code).is_some()).collect();
        assert!(raising.iter().all(|code| catalogue::find(*code).is_some()), "{raising:?}");
        assert!(raising.contains(&587) && !raising.contains(&101));
        let severe = catalogue::all().iter().filter(|entry| entry.severity >= Some(SEVERE));
        severe.for_each(|entry| assert!(raising.contains(&entry.code), "{} goes unnoticed", entry.code));
        let important: Vec<u16> = catalogue::all().iter().filter(|it| it.important).map(|it| it.code).collect();
        let unnoticed: Vec<&u16> = important.iter().filter(|code| !raising.contains(code)).collect();
        assert!(unnoticed.is_empty(), "{unnoticed:?}: Acra's documentation calls them important");
    }

    #[test]
    fn severity_comes_from_the_catalogue_and_its_words_rise_with_the_score() {
        assert_eq!(Kind::PoisonRecord.severity_score([587]), 10);
        assert_eq!(Kind::DecryptionErrors.severity_score([586, 581]), 5);
        assert_eq!(Kind::Silence.severity_score([]), 5);
        assert_eq!(Kind::ServiceCrash.severity_score([101]), SEVERE, "the code speaks of something else");
        assert!((0..=10).map(Severity::of_score).is_sorted());
        assert!(Severity::ALL.is_sorted());
    }

    #[test]
    fn names_are_those_of_the_json() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.name());
        }
    }

    #[test]
    fn every_kind_has_a_background_and_every_background_a_kind() {
        for kind in Kind::ALL {
            assert!(kind.background().is_some(), "no background of {}", kind.name());
        }
        assert_eq!(BACKGROUND.len(), Kind::ALL.len());
    }
}
