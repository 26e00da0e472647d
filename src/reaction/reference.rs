//! Every setting of a reaction with what it takes, for the manual page, and to know which ones there are. What becomes of them is left
//! to `config` and to the actions.

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingReference {
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What holds without it: [`REQUIRED`], or empty, when nothing does.
    pub default: &'static str,
    pub meaning: &'static str,
}

/// The settings of a table.
#[derive(Clone, Copy, Debug)]
pub struct TableReference {
    pub name: &'static str,
    pub about: &'static str,
    pub settings: &'static [SettingReference],
}

const fn setting(
    name: &'static str,
    takes: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> SettingReference {
    SettingReference { name, takes, default, meaning }
}

const LENGTH: &str = "a length of time";
const NAMES: &str = "a text or a list of them";
const FILE: &str = "a path";
const NONE: &str = "";
/// Said of a setting that must be there.
pub const REQUIRED: &str = "required";

/// Those of a reaction, beside its action.
pub(super) const REACTION: &[SettingReference] = &[
    setting("name", "a text", REQUIRED, "What the reaction is called. What was told is remembered by it."),
    setting("when", "a table or a list of them", "every alarm", "Which alarms the reaction is for: see when."),
    setting("unverified", "true or false", "false", "Whether alarms count that no seal proves."),
    setting("wait", LENGTH, "no wait", "So long more alarms are waited for after the first."),
    setting("interval", LENGTH, NONE, "So long at least between two notifications."),
    setting("repeat", LENGTH, "never", "After so long an alarm that goes on is told again."),
    setting("resolve", "true or false", "true; with undo false", "Whether it is told that an alarm is over."),
    setting("rate-limit", "a table", NONE, "The most notifications within a time: see rate-limit."),
    setting("max-alarms", "1 to 65535", "100; for exec and signal 1", "The most alarms of one notification."),
    setting("timeout", LENGTH, "10s", "So long an attempt may take."),
    setting("retry", "a table", NONE, "When an attempt that failed is made again: see retry."),
    setting("dry-run", "true or false", "false", "It is said what would be done, and counts as told."),
    setting("undo", "a table", NONE, "What is done when the alarm is over: see undo."),
];

/// Those of `undo`, beside its action.
pub(super) const UNDO: &[SettingReference] = &[
    setting("timeout", LENGTH, "10s", "So long an attempt may take."),
    setting(
        "after",
        LENGTH,
        NONE,
        "It is done so long after the action at the latest, whether the alarm is over or not.",
    ),
];

const WHEN: &[SettingReference] = &[
    setting(
        "kind",
        NAMES,
        "any",
        "The alarm is of one of these kinds: those of acralog report, event, integrity-warning, clock-jump.",
    ),
    setting("severity", "low, medium, high, critical", "any", "It is at least that severe."),
    setting(
        "code",
        "a number, a text, or a list of them",
        "any",
        "An entry of it has one of these codes, as grep --code takes them.",
    ),
    setting("client", NAMES, "any", "It is about one of these clients; * stands for anything."),
    setting("rule", NAMES, "any", "One of these rules raised it; * stands for anything."),
    setting("sigma", NAMES, "any", "One of these rules of Sigma raised it, by title or id."),
    setting("state", NAMES, "raised and closed", "Which of its changes are told: raised, updated, closed."),
];

const RATE_LIMIT: &[SettingReference] = &[
    setting("at-most", "1 to 1000", REQUIRED, "How many notifications."),
    setting("within", LENGTH, REQUIRED, "Within how long."),
];

const RETRY: &[SettingReference] = &[
    setting("first", LENGTH, "1s", "So long after the first attempt."),
    setting("longest", LENGTH, "5m", "The wait doubles each time, up to this."),
    setting("give-up-after", LENGTH, "24h", "So long after the first attempt there is no other one."),
];

const EXEC: &[SettingReference] = &[
    setting("command", "a list of texts", REQUIRED, "The program and its arguments. No shell reads them."),
    setting(
        "env",
        "a table",
        NONE,
        "Variables of the program, each a text, or a secret: { file = PATH } or { env = VARIABLE }.",
    ),
];

const CA_FILE: SettingReference =
    setting("ca-file", FILE, "those of the system", "The authority that vouches for the receiver.");
const CLIENT_CERT_FILE: SettingReference =
    setting("client-cert-file", FILE, NONE, "The certificate by which acralog shows who it is.");
const CLIENT_KEY_FILE: SettingReference = setting("client-key-file", FILE, NONE, "The key of that certificate.");

const WEBHOOK: &[SettingReference] = &[
    setting(
        "preset",
        "slack, teams, pagerduty, alertmanager, splunk-hec, ntfy, generic",
        "generic",
        "For which receiver the body is made.",
    ),
    setting("url", "a text", NONE, "Where it is sent, where that is no secret."),
    setting("url-file", FILE, NONE, "A file that holds the URL."),
    setting("url-env", "a text", NONE, "A variable of the environment that holds the URL."),
    setting("token-file", FILE, NONE, "A file that holds the token."),
    setting("token-env", "a text", NONE, "A variable of the environment that holds the token."),
    setting("headers", "a table of texts", NONE, "Headers of the request."),
    setting("header-files", "a table of paths", NONE, "Headers whose values are secret, each in a file."),
    setting("body-template", FILE, "that of the preset", "A body of your own, in Jinja."),
    setting("method", "POST, PUT, PATCH", "POST", "The method of the request."),
    setting("link", "a text", NONE, "A page that people are pointed to."),
    CA_FILE,
    CLIENT_CERT_FILE,
    CLIENT_KEY_FILE,
];

const SYSLOG: &[SettingReference] = &[
    setting("address", "a text", REQUIRED, "udp://HOST:514, tcp://HOST:514, tls://HOST:6514 or unix:///dev/log."),
    setting("facility", "user, daemon, auth, authpriv, audit, local0 to local7", "authpriv", "The facility."),
    setting("format", "rfc5424, local", "local to a socket of this machine, else rfc5424", "The form of a message."),
    setting("sd-id", "a text", "acralog@32473", "What the structured data is called."),
    setting("hostname", "a text", "that of the system", "The name of this machine."),
    CA_FILE,
    CLIENT_CERT_FILE,
    CLIENT_KEY_FILE,
];

const ALARM_FILE: &[SettingReference] = &[
    setting("path", FILE, REQUIRED, "The file that a line of JSON is appended to for each alarm."),
    setting("format", "jsonl", "jsonl", "The form of a line."),
];

const SIGNAL: &[SettingReference] = &[
    setting("pid-file", FILE, NONE, "The file that holds the number of the process."),
    setting("process", "a text", "acra-server", "What the process must be called."),
    setting("signal", "TERM, INT, QUIT, HUP, KILL, STOP, USR1, USR2", "TERM", "The signal."),
    setting("systemd-unit", "a text", NONE, "The unit to stop, in place of a process."),
    setting("allow-stop", "true or false", "false", "Nothing is stopped unless this is true."),
];

/// Every table of a reaction, the reaction itself first, its actions last.
pub const TABLES: &[TableReference] = &[
    TableReference {
        name: "reaction",
        about: "What watch does about alarms. Each reaction has a name and exactly one action: exec, webhook, syslog, file or signal.",
        settings: REACTION,
    },
    TableReference {
        name: "when",
        about: "Conditions on an alarm. A list is any of its items, a table is all of it.",
        settings: WHEN,
    },
    TableReference {
        name: "rate-limit",
        about: "What becomes due while the limit is reached is held back, and told in a digest.",
        settings: RATE_LIMIT,
    },
    TableReference { name: "retry", about: "When an attempt that failed is made again.", settings: RETRY },
    TableReference {
        name: "undo",
        about: "What is done when the alarm is over. It has an action of its own beside these settings.",
        settings: UNDO,
    },
    TableReference {
        name: "exec",
        about: "Starts a program, which reads the alarms on standard input.",
        settings: EXEC,
    },
    TableReference { name: "webhook", about: "Sends an HTTP request.", settings: WEBHOOK },
    TableReference { name: "syslog", about: "Sends messages to a collector of syslog.", settings: SYSLOG },
    TableReference { name: "file", about: "Appends to a file.", settings: ALARM_FILE },
    TableReference { name: "signal", about: "Stops acra-server. Linux only.", settings: SIGNAL },
];
