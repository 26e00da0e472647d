//! The manual page of the configuration file, made from what the program knows of flags, rules and reactions. Where it is
//! written is left to `about`.

use std::io;

use clap::CommandFactory as _;
use clap_mangen::roff::{Roff, bold, roman};
use serde_json::Value;

use crate::cli::EventRuleArgs;
use crate::incident::rules::Rules;
use crate::plan::{FlagReference, flag_references, takes};
use crate::reaction::reference::{REQUIRED, SettingReference, TABLES};

/// What the page is called.
pub(super) const NAME: &str = "acralog-config";

const DESCRIPTION: &[&str] = &[
    "A file in TOML with flags of acralog by their long names, the rules of incidents, and what watch raises alarms for and does about \
     them. It is the file that --config names, or else the variable ACRALOG_CONFIG, or else acralog/config.toml in $XDG_CONFIG_HOME or \
     ~/.config. When ACRALOG_CONFIG is empty, no file is read.",
    "What is typed comes before what stands in the file. Paths are relative to the folder of the file; ~/ is the home directory. A file \
     that says anything that is not known is refused, with the line. A length of time is written like this: 90s, 5m, \"1h 30m\", 2d.",
];

const FLAGS: &str = "A key is the long name of a flag. At the top of the file it holds for every verb that has the flag; in the table \
                     of a verb, [verify] or [report], for that one, and comes before what holds for all. Beside each flag stands for \
                     which verbs it is.";

const RULES: &str = "When entries make an incident, in report and watch. A rule is a table of its name, [sql-firewall], which may stand \
                     in the table rules as well: [rules.sql-firewall].";

const EVENTS: &str = "Entries that raise an alarm of watch by themselves, a table for each kind. Without a name it is refused, and so is \
                      one that selects every entry.";

/// What the page shows as an example.
const EXAMPLE: &str = r#"# Where the logs and their key are, for every verb.
paths = ["logs"]
key-file = "audit.key"

[verify]
policy = "strict"

[report]
output-format = "markdown"

# Alarms are kept in mind for a month after they are over.
[watch]
forget-after = "30d"

# Twenty blocked queries of a client within ten minutes are a burst.
[rules.sql-firewall]
at-least = 20
within = "10m"

[rules.silence]
at-least = "1h"

# Each blocked query, and each poison record, of one group of clients.
[[event]]
name = "reporting-denied"
code = ["560", "587"]
client = "reporting*"
severity-score = 8

# Somebody is told of what is severe.
[[reaction]]
name = "page"
when = { severity = "high" }
wait = "30s"
interval = "5m"
repeat = "4h"
rate-limit = { at-most = 20, within = "1h" }
retry = { first = "1s", longest = "5m", give-up-after = "12h" }
syslog = { address = "udp://127.0.0.1:514", facility = "authpriv" }

# A client that read a poison record is locked out, for an hour at most.
[[reaction]]
name = "lock-out"
when = { kind = "poison-record", client = "reporting*" }
exec = { command = ["./lock-out"], env = { ZONE = "eu" } }
undo = { exec = { command = ["./let-in"] }, timeout = "10s", after = "1h" }

# Everything goes into a file, what nothing proves as well.
[[reaction]]
name = "record"
when = { state = ["raised", "updated", "closed"] }
unverified = true
file = { path = "alarms.jsonl" }
"#;

/// The page in the language of man.
pub(super) fn page() -> io::Result<Vec<u8>> {
    let mut page = Roff::new();
    page.control("TH", [NAME, "5", "", concat!("acralog ", env!("CARGO_PKG_VERSION"))]);
    page.control("SH", ["NAME"]);
    page.text([roman(format!("{NAME} - the configuration file of acralog"))]);
    page.control("SH", ["DESCRIPTION"]);
    for paragraph in DESCRIPTION {
        page.control("PP", []);
        page.text([roman(*paragraph)]);
    }
    section(&mut page, "FLAGS", FLAGS);
    flag_references().iter().for_each(|flag| tell_flag(&mut page, flag));
    section(&mut page, "RULES", RULES);
    rules(&mut page);
    section(&mut page, "EVENTS", EVENTS);
    page.control("SS", ["event"]);
    events(&mut page);
    section(
        &mut page,
        "REACTIONS",
        "Each table [[reaction]] says whom watch tells of alarms, or what it does about them.",
    );
    reactions(&mut page);
    page.control("SH", ["EXAMPLE"]);
    page.control("nf", []);
    for line in EXAMPLE.lines() {
        page.text([roman(line)]);
    }
    page.control("fi", []);
    section(&mut page, "SEE ALSO", "acralog(1), acralog-watch(1), acralog-report(1), acralog-verify(1)");
    let mut bytes = Vec::new();
    page.to_writer(&mut bytes)?;
    Ok(bytes)
}

fn section(page: &mut Roff, title: &str, text: &str) {
    page.control("SH", [title]);
    page.text([roman(text)]);
}

/// A key, what is to be known of it at once, and what it means.
fn tell(page: &mut Roff, key: &str, facts: &str, meaning: &str) {
    page.control("TP", []);
    page.text([bold(key), roman(format!(" ({facts})"))]);
    page.text([roman(meaning)]);
}

fn tell_flag(page: &mut Roff, FlagReference { name, alias, takes, default, verbs, help }: &FlagReference) {
    let alias = alias.as_ref().map_or_else(String::new, |alias| format!("or {alias}; "));
    let default = if default.is_empty() { String::new() } else { format!("; default {default}") };
    tell(page, name, &format!("{alias}{takes}{default}; {}", verbs.join(", ")), help);
}

/// Each rule with its settings: what they mean is said where they are declared.
fn rules(page: &mut Roff) {
    let schema = schemars::schema_for!(Rules).to_value();
    let defaults = serde_json::to_value(Rules::default()).unwrap_or_default();
    let text = |value: &Value| value["description"].as_str().unwrap_or_default().replace('\n', " ");
    for (rule, settings) in defaults.as_object().into_iter().flatten() {
        let declared = &schema["properties"][rule];
        page.control("SS", [rule.as_str()]);
        page.text([roman(text(declared))]);
        let reference = declared["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
        for (setting, default) in settings.as_object().into_iter().flatten() {
            let meaning = schema.pointer(reference).map_or_else(String::new, |it| text(&it["properties"][setting]));
            let (takes, default) = match default {
                Value::String(length) => ("a length of time", length.clone()),
                number => ("1 to 65535", number.to_string()),
            };
            tell(page, setting, &format!("{takes}; default {default}"), &meaning);
        }
    }
}

fn events(page: &mut Roff) {
    let command = EventRuleArgs::command();
    for arg in command.get_arguments() {
        if let Some(name) = arg.get_long() {
            tell(page, name, &takes(arg), &arg.get_help().map(ToString::to_string).unwrap_or_default());
        }
    }
}

fn reactions(page: &mut Roff) {
    for table in TABLES {
        page.control("SS", [table.name]);
        page.text([roman(table.about)]);
        for SettingReference { name, takes, default, meaning } in table.settings {
            let default = match *default {
                "" => String::new(),
                REQUIRED => format!("; {REQUIRED}"),
                default => format!("; default {default}"),
            };
            tell(page, name, &format!("{takes}{default}"), meaning);
        }
    }
}
