//! What Redis refuses with, and what people are told about it. A server may repeat in its sentence what it was sent, so of
//! the sentence only the kind is kept.

/// Why Redis does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody has said who asks.
    NoAuth,
    /// The user or the password is another one.
    WrongPassword,
    /// A password was given, and there is none.
    NoPasswordSet,
    /// A user was given to a Redis that is older than users.
    NoUsers,
    /// The database has a number that there is not.
    NoSuchDatabase,
    /// A node of a cluster has one database only.
    OneDatabase,
    /// Another node of the cluster has the entry.
    Moved,
    /// The cluster has lost nodes, or none of them has the entry.
    ClusterDown,
    /// A replica has lost its master.
    MasterDown,
    /// Redis is reading its data.
    Loading,
    /// A script keeps it from everything else.
    Busy,
    /// Others have taken all connections.
    MaxClients,
    /// It answers only on its own machine, as it was not told otherwise.
    Protected,
    /// The user may not do this.
    NotAllowed,
    /// The entry is of another type than a keystore has.
    WrongType,
    /// There is no such command.
    UnknownCommand,
    /// Another reason, by the type of the error.
    Other(String),
}

/// Beginnings of errors, in the spelling of all versions since 2.6.
const KNOWN: &[(&str, Refusal)] = &[
    ("NOAUTH ", Refusal::NoAuth),
    ("ERR operation not permitted", Refusal::NoAuth),
    ("WRONGPASS ", Refusal::WrongPassword),
    ("ERR invalid password", Refusal::WrongPassword),
    ("ERR AUTH <password> called without any password configured", Refusal::NoPasswordSet),
    ("ERR Client sent AUTH, but no password is set", Refusal::NoPasswordSet),
    ("ERR wrong number of arguments for 'auth'", Refusal::NoUsers),
    ("ERR DB index is out of range", Refusal::NoSuchDatabase),
    ("ERR invalid DB index", Refusal::NoSuchDatabase),
    ("ERR SELECT is not allowed in cluster mode", Refusal::OneDatabase),
    ("MOVED ", Refusal::Moved),
    ("ASK ", Refusal::Moved),
    ("CLUSTERDOWN ", Refusal::ClusterDown),
    ("MASTERDOWN ", Refusal::MasterDown),
    ("LOADING ", Refusal::Loading),
    ("BUSY ", Refusal::Busy),
    ("ERR max number of clients", Refusal::MaxClients),
    ("DENIED ", Refusal::Protected),
    ("NOPERM ", Refusal::NotAllowed),
    ("WRONGTYPE ", Refusal::WrongType),
    ("ERR unknown command", Refusal::UnknownCommand),
];

impl Refusal {
    /// Reads the line of an error, without the dash before it.
    pub(super) fn read(line: &[u8]) -> Self {
        let begins = |begin: &str| {
            line.get(..begin.len()).is_some_and(|found| found.eq_ignore_ascii_case(begin.as_bytes()))
                // A type may stand alone.
                || begin.strip_suffix(' ').is_some_and(|alone| line == alone.as_bytes())
        };
        let known = KNOWN.iter().find(|(begin, _)| begins(begin));
        known.map_or_else(|| Self::Other(error_type(line)), |(_, refusal)| refusal.clone())
    }

    /// Whether it says something of what was asked for, and nothing of what may be asked next.
    pub(super) fn is_about_the_entry(&self) -> bool {
        matches!(self, Self::WrongType | Self::NotAllowed | Self::Moved)
    }

    /// Whether it says that something may not be done or is not known, rather than that nothing can be done now.
    pub(super) fn is_about_the_command(&self) -> bool {
        matches!(self, Self::NotAllowed | Self::UnknownCommand)
    }

    /// What happened, and what to do about it.
    pub(super) fn told(&self) -> (String, &'static str) {
        let (kind, what, hint) = match self {
            Self::NoAuth => {
                ("NOAUTH", "it asks for a password", "give the password of Redis: --redis-password-env NAME")
            }
            Self::WrongPassword => (
                "WRONGPASS",
                "it does not know this password, or this user with it",
                "the password is not the one of Redis; a user beside the default one is named with --redis-user",
            ),
            Self::NoPasswordSet => (
                "ERR",
                "a password was given, and this Redis has none",
                "leave out the password, or is it another Redis that is meant?",
            ),
            Self::NoUsers => ("ERR", "it knows no users, as before version 6", "leave out --redis-user"),
            Self::NoSuchDatabase => (
                "ERR",
                "it has no database of this number",
                "the number of the database is the one that acra-server is given as --redis_db_keys",
            ),
            Self::OneDatabase => ("ERR", "it is a node of a cluster, which has the database 0 only", ONE_NODE_HINT),
            Self::Moved => ("MOVED", "another node of its cluster has this entry", ONE_NODE_HINT),
            Self::ClusterDown => {
                ("CLUSTERDOWN", "its cluster is down, or incomplete", "`redis-cli cluster info` says more")
            }
            Self::MasterDown => (
                "MASTERDOWN",
                "it is a replica that has lost its master",
                "give the address of the master, or try again when they are connected",
            ),
            Self::Loading => ("LOADING", "it is still reading its data", "try again in a moment"),
            Self::Busy => ("BUSY", "it is busy with a script", "try again in a moment"),
            Self::MaxClients => (
                "ERR",
                "it has as many clients as it takes",
                "try again in a moment, or raise maxclients in its configuration",
            ),
            Self::Protected => (
                "DENIED",
                "it is in protected mode, and answers on its own machine only",
                "set a password in its configuration, or run this on the machine of Redis",
            ),
            Self::NotAllowed => ("NOPERM", "its user may not do this", RIGHTS_HINT),
            Self::WrongType => ("WRONGTYPE", "the entry is no text", "that is no part of a keystore of Acra"),
            Self::UnknownCommand => (
                "ERR",
                "it does not know the command",
                "is this a Redis itself, with its usual commands, and no proxy in front of several?",
            ),
            Self::Other(kind) => {
                (&kind[..], "it does not say why in words that are known", "the log of Redis may say why")
            }
        };
        (format!("Redis refuses ({kind}): {what}"), hint)
    }
}

/// What to do about a user who may not.
const RIGHTS_HINT: &str = "the user of Redis needs the commands GET and SCAN for the names of the keystore, and SELECT for \
                           another database than 0; --redis-user names another user";

/// What to do about a cluster.
pub(super) const ONE_NODE_HINT: &str = "Acra, and so acralog, asks one Redis that has all keys: copy the keystore out of the cluster into a Redis of its own";

/// The first word of an error, such as `NOREPLICAS`.
fn error_type(line: &[u8]) -> String {
    let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let is_type = (1..=32).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase);
    if is_type { String::from_utf8_lossy(word).into_owned() } else { "ERR".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_of_every_version_are_known_by_their_beginning_alone() {
        for (line, refusal) in [
            ("NOAUTH Authentication required.", Refusal::NoAuth),
            ("WRONGPASS invalid: hunter2", Refusal::WrongPassword),
            ("WRONGPASS", Refusal::WrongPassword),
            ("ERR invalid password", Refusal::WrongPassword),
            ("ERR Client sent AUTH, but no password is set", Refusal::NoPasswordSet),
            (
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                 configuration is correct?",
                Refusal::NoPasswordSet,
            ),
            ("ERR wrong number of arguments for 'auth' command", Refusal::NoUsers),
            ("ERR DB index is out of range", Refusal::NoSuchDatabase),
            ("ERR SELECT is not allowed in cluster mode", Refusal::OneDatabase),
            ("MOVED 3999 127.0.0.1:6381", Refusal::Moved),
            ("ASK 3999 127.0.0.1:6381", Refusal::Moved),
            ("CLUSTERDOWN Hash slot not served", Refusal::ClusterDown),
            ("MASTERDOWN Link with MASTER is down", Refusal::MasterDown),
            ("LOADING Redis is loading the dataset in memory", Refusal::Loading),
            ("ERR max number of clients reached", Refusal::MaxClients),
            ("ERR max number of clients + cluster connections reached", Refusal::MaxClients),
            ("DENIED Redis is running in protected mode", Refusal::Protected),
            ("NOPERM User default has no permissions to run the 'scan' command", Refusal::NotAllowed),
            ("ERR unknown command `SCAN`, with args beginning with: `hunter2`", Refusal::UnknownCommand),
            ("NOREPLICAS hunter2", Refusal::Other("NOREPLICAS".to_owned())),
            ("hunter2", Refusal::Other("ERR".to_owned())),
            ("", Refusal::Other("ERR".to_owned())),
            ("DENIED\x1b[31m", Refusal::Other("ERR".to_owned())),
        ] {
            let found = Refusal::read(line.as_bytes());
            assert_eq!(found, refusal, "{line}");
            let (what, hint) = found.told();
            assert!(what.starts_with("Redis refuses (") && !hint.is_empty(), "{what}; {hint}");
            assert!(!format!("{found:?} {what} {hint}").contains("hunter2"), "{what}");
        }
    }
}
