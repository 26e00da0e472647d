//! What a kind of incident means and what usually lies behind it: for `explain`. What to do first is said in `kind`.

use super::kind::Kind;

/// What is said of a kind of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Background {
    /// What it means.
    pub meaning: &'static str,
    /// What usually lies behind it.
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
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_background_and_every_background_a_kind() {
        for kind in Kind::ALL {
            assert!(kind.background().is_some(), "no background of {}", kind.name());
        }
        assert_eq!(BACKGROUND.len(), Kind::ALL.len());
    }
}
