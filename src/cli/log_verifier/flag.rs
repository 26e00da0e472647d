//! What a flag of acra-log-verifier is; the table of them is left to `flags`.

use strum::VariantArray;

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// Its name without dashes; the same in configuration files.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its value when it is not given.
    pub default: &'static str,
    /// What stands for its value in the help.
    pub value: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Where it stands in the help.
    pub group: Group,
    /// Whether it changes anything.
    pub effect: Effect,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that is never shown, and wiped.
    Secret,
    /// A whole number.
    Number,
    /// On or off; alone it is on.
    Switch,
    /// One of these words, in capitals or not.
    Choice(&'static [&'static str]),
}

/// What a flag does here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What its help says.
    ActedOn,
    /// Nothing: it is taken so that command lines need not change, and named in a warning when it is given.
    Accepted,
}

/// The parts of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum Group {
    /// What to verify.
    Verification,
    /// What is said about it.
    Logging,
    /// Flags in files.
    Configuration,
    /// Where the keys are.
    Keystore,
    /// Keys in Redis.
    Redis,
    /// A key management service.
    Kms,
    /// The master key in HashiCorp Vault.
    Vault,
    /// TLS settings for all connections that have none of their own.
    Tls,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 8] = *Self::VARIANTS.as_array().expect("as many as there are variants");

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Verification => "Verification",
            Self::Logging => "Logging",
            Self::Configuration => "Configuration files",
            Self::Keystore => "Keystore",
            Self::Redis => "Redis",
            Self::Kms => "KMS",
            Self::Vault => "HashiCorp Vault",
            Self::Tls => "TLS",
        }
    }
}

/// A flag that is acted on.
pub(super) const fn acted(
    group: Group,
    name: &'static str,
    kind: Kind,
    default: &'static str,
    value: &'static str,
    help: &'static str,
) -> Flag {
    Flag { name, kind, default, value, help, group, effect: Effect::ActedOn }
}

/// The same flag, accepted and nothing more.
pub(super) const fn accepted(flag: Flag) -> Flag {
    Flag { effect: Effect::Accepted, ..flag }
}
