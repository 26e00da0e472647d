//! The configuration file: flags by their long names, for every verb or for one. What it says is put into the command line
//! before that is read, so that it means exactly what the flag means; what was typed wins.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _, ValueHint};
use toml::de::DeValue;

use super::Environment;
use super::report::{RULES, is_rule, line_of, parse_toml, rule_names};
use super::watch::EVENT;
use crate::cli::Cli;
use crate::failure::Failure;
use crate::key::is_secret_text;
use crate::query::{either, nearest};
use crate::reaction;

/// The variable that names the file; when it is empty, none is read.
const VARIABLE: &str = "ACRALOG_CONFIG";

/// Where the file is below the folder of configurations, when nobody names one.
const PLACE: &str = "acralog/config.toml";

/// A longer file is none.
const BYTES_MAX: u64 = 1 << 20;

/// Verbs that answer without any configuration, so that they help when it is broken.
const WITHOUT: [&str; 5] = ["acra-log-verifier", "completions", "help", "man", "schema"];

/// Lists of tables that are no flags: what `watch` raises alarms for, and what it does about them.
const LISTS: [&str; 2] = [EVENT, reaction::LIST];

/// What no file can set.
const NEVER: [&str; 3] = ["config", "help", "version"];

/// The headings of flags about keys, and about what is demanded of a log.
const KEYS: [&str; 2] = ["Key", "Keystore elsewhere"];
const POLICY: &str = "Policy";

/// Flags that say where keys are; beside each, whether it is a keystore.
const PLACES: [(&str, bool); 4] =
    [("key-file", false), ("key-env", false), ("keys-dir", true), ("redis-host-port", true)];

/// Flags of `grep` that say what to find, so that no word has to.
const FINDERS: [&str; 11] =
    ["regexp", "code", "group", "exclude-code", "level", "client", "session", "product", "where", "since", "until"];

/// A configuration file that was read.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub path: PathBuf,
    /// Whether it was named on the command line.
    pub is_typed: bool,
    /// What people should know about it; each one a line without the prefix.
    pub warnings: Vec<String>,
    pub(super) text: String,
    /// The flags that it set, with their lines.
    set: BTreeMap<String, usize>,
}

/// Completes a command line by what the configuration file says; `instead` is one that counts in place of that which was named.
///
/// # Errors
/// When a file that was named cannot be read; when one sets what does not exist, or something that its flag does not take.
pub fn configure(
    command_line: Vec<OsString>,
    instead: Option<&Path>,
    env: &Environment<'_>,
) -> Result<(Vec<OsString>, Option<Configuration>), Failure> {
    let mut command = Cli::command();
    command.build();
    let bare = command.clone().try_get_matches_from(&command_line);
    let partly = || command.clone().ignore_errors(true).try_get_matches_from(&command_line);
    let matches = match bare {
        // What is missing may stand in the file; nothing else is made good by it, help included.
        Err(message) if message.kind() == ErrorKind::MissingRequiredArgument => partly(),
        bare => bare,
    };
    let Ok(matches) = matches else { return Ok((command_line, None)) };
    let Some(typed) = Typed::find(&command, &matches, &command_line) else { return Ok((command_line, None)) };
    let instead = instead.map(|path| (path.to_owned(), Some(Named::Typed)));
    let Some((path, is_typed)) = instead.or_else(|| typed.file(env)) else { return Ok((command_line, None)) };
    let Some((text, warnings)) = read(&path, is_typed.is_some())? else { return Ok((command_line, None)) };
    let mut read =
        Configuration { path, is_typed: is_typed == Some(Named::Typed), warnings, text, set: BTreeMap::new() };
    let settings = FileSettings::of_file(&read, &command, &typed)?;
    let home = (env.variable)("HOME").map(PathBuf::from);
    let words = settings.words(&read.path, home.as_deref(), &typed)?;
    read.set = settings.0.iter().map(|setting| (setting.flag.clone(), setting.line)).collect();
    let at = typed.at;
    let mut completed = command_line;
    completed.splice(at..at, words);
    Ok((completed, Some(read)))
}

impl Configuration {
    pub fn shown(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Says so when it is this file, and nothing typed, that clap does not take; `bare` is what was typed.
    pub fn blame(&self, message: &clap::Error, bare: &[OsString]) -> Option<Failure> {
        let flag = match message.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(arg)) => arg.trim_start_matches('-').split([' ', '=']).next(),
            _ => None,
        };
        let place = match flag.and_then(|flag| self.set.get(flag)) {
            Some(line) => format!("{}:{line}", self.shown()),
            None if Cli::command().try_get_matches_from(bare).is_ok() => self.shown(),
            None => return None,
        };
        let text = message.render().to_string();
        let mut lines = text.lines().map(str::trim);
        let what = lines.next().unwrap_or_default();
        let failure = Failure::usage(format!("{place}: {}", what.trim_start_matches("error: ").trim_end_matches(':')));
        Some(match lines.find(|line| !line.is_empty()) {
            Some(more) => failure.with_hint(more.trim_matches(['[', ']'])),
            None => failure,
        })
    }
}

/// Who named a file that must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Typed,
    ByVariable,
}

/// What was typed, as far as it can be understood.
struct Typed<'a> {
    /// The names of the verb, and of what it consists of.
    path: Vec<String>,
    verb: Command,
    matches: &'a ArgMatches,
    /// Where flags can be put in.
    at: usize,
}

impl<'a> Typed<'a> {
    /// None where no configuration is wanted.
    fn find(root: &Command, matches: &'a ArgMatches, words: &[OsString]) -> Option<Self> {
        let (mut verb, mut matches, mut path) = (root.clone(), matches, Vec::new());
        while let Some((name, inner)) = matches.subcommand() {
            verb = verb.find_subcommand(name)?.clone();
            path.push(name.to_owned());
            matches = inner;
        }
        let mut at = 1;
        for name in &path {
            // What stands behind --config is no verb, whatever it is called.
            let is_verb = |(at, word): (usize, &OsString)| word == name.as_str() && words[at - 1] != "--config";
            at += 1 + words.iter().enumerate().skip(at).position(is_verb)?;
        }
        let is_without = path.first().is_none_or(|verb| WITHOUT.contains(&verb.as_str()));
        let typed = Self { path, verb, matches, at };
        let is_alone = typed.verb.get_arguments().any(|arg| arg.is_exclusive_set() && typed.has(arg));
        (!is_without && !is_alone).then_some(typed)
    }

    /// The file, and by whom it was named; it must be there then.
    fn file(&self, env: &Environment<'_>) -> Option<(PathBuf, Option<Named>)> {
        if let Ok(Some(path)) = self.matches.try_get_one::<PathBuf>("config") {
            return Some((path.clone(), Some(Named::Typed)));
        }
        if let Some(path) = (env.variable)(VARIABLE) {
            return (!path.is_empty()).then(|| (path.into(), Some(Named::ByVariable)));
        }
        // <https://specifications.freedesktop.org/basedir/latest/>: a relative path there does not count.
        let of_variable = |name| (env.variable)(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
        let folder = of_variable("XDG_CONFIG_HOME").or_else(|| Some(of_variable("HOME")?.join(".config")))?;
        Some((folder.join(PLACE), None))
    }

    /// Whether an argument was typed.
    fn has(&self, arg: &Arg) -> bool {
        let is_known = self.matches.ids().any(|id| id == arg.get_id());
        is_known && self.matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
    }

    /// Whether it was typed where logs are. The first word of `grep` is its PATTERN, unless something else says what to find.
    fn has_paths(&self) -> bool {
        let words = self.matches.try_get_many::<PathBuf>("paths").ok().flatten().map_or(0, Iterator::count);
        let is_grep = self.path.first().is_some_and(|verb| verb == "grep");
        words > usize::from(is_grep && !FINDERS.iter().any(|flag| self.has_flag(flag)))
    }

    fn has_flag(&self, long: &str) -> bool {
        self.argument(long).is_some_and(|arg| self.has(arg))
    }

    fn argument(&self, long: &str) -> Option<&Arg> {
        argument(&self.verb, long)
    }

    /// Whether something was typed that does not go together with a flag.
    fn contradicts(&self, arg: &Arg) -> bool {
        let conflicts = |one: &Arg, other: &Arg| {
            self.verb.get_arg_conflicts_with(one).iter().any(|conflict| conflict.get_id() == other.get_id())
        };
        self.verb
            .get_arguments()
            .filter(|other| self.has(other))
            .any(|other| conflicts(arg, other) || (!other.is_global_set() && conflicts(other, arg)))
    }
}

fn argument<'c>(command: &'c Command, long: &str) -> Option<&'c Arg> {
    let is_called = |arg: &&Arg| arg.get_long_and_visible_aliases().is_some_and(|names| names.contains(&long));
    command.get_arguments().find(is_called)
}

/// The text of a file, and what people should know about it; None when it need not be there and is not.
fn read(path: &Path, is_named: bool) -> Result<Option<(String, Vec<String>)>, Failure> {
    let shown = path.display();
    let mut text = String::new();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if !is_named && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(Failure::new(format!("{shown}: cannot read the configuration: {error}"))),
    };
    let warnings = changeable_by_others(path, &file);
    let read = file.take(BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::new(format!("{shown}: cannot read the configuration: {error}")))?;
    if text.len() as u64 > BYTES_MAX {
        return Err(Failure::usage(format!("{shown}: longer than 1 MiB, which no configuration is")));
    }
    Ok(Some((text, warnings)))
}

/// Whoever may write to it decides with which keys a log is verified, and what is demanded of it.
#[cfg(unix)]
fn changeable_by_others(path: &Path, file: &File) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = match file.metadata() {
        Ok(metadata) if metadata.is_file() => metadata.permissions().mode() & 0o7777,
        _ => return Vec::new(),
    };
    let warning =
        format!("{}: other users may change the configuration (mode {mode:04o}); chmod go-w closes it", path.display());
    if mode & 0o022 == 0 { Vec::new() } else { vec![warning] }
}

#[cfg(not(unix))]
fn changeable_by_others(_: &Path, _: &File) -> Vec<String> {
    Vec::new()
}

/// A flag as a file sets it.
struct Setting {
    flag: String,
    values: Vec<String>,
    is_switch: bool,
    line: usize,
}

/// What a file sets for the verb that was typed.
struct FileSettings(Vec<Setting>);

impl FileSettings {
    /// Looks at everything in the file, and takes what concerns the verb: its own table comes before what holds for all.
    fn of_file(file: &Configuration, root: &Command, typed: &Typed<'_>) -> Result<Self, Failure> {
        let shown = file.shown();
        let place = |offset: usize| format!("{shown}:{}", line_of(&file.text, offset));
        let tables = parse_toml(&shown, &file.text)?;
        let (mut own, mut common) = (Vec::new(), Vec::new());
        for (key, value) in tables.get_ref() {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            match value.get_ref() {
                DeValue::Table(_) if name == RULES || is_rule(name) => {}
                DeValue::Array(_) if LISTS.contains(&name) => {}
                DeValue::Table(table) => {
                    let verb = root.find_subcommand(name).filter(|_| !WITHOUT.contains(&name));
                    let verb =
                        verb.ok_or_else(|| unknown("verb or rule", name, &names_of_tables(root)).at(&place(at)))?;
                    let is_typed = typed.path.first().is_some_and(|typed| typed == name);
                    for (key, value) in table {
                        let setting = Setting::read(&[verb], key.get_ref(), value.get_ref(), &file.text, value.span());
                        let mut setting = setting.map_err(|failure| failure.at(&place(key.span().start)))?;
                        setting.line = line_of(&file.text, key.span().start);
                        own.extend(is_typed.then_some(setting));
                    }
                }
                flag => {
                    let verbs: Vec<_> = configurable(root).collect();
                    let setting = Setting::read(&verbs, name, flag, &file.text, value.span());
                    let mut setting = setting.map_err(|failure| failure.at(&place(at)))?;
                    setting.line = line_of(&file.text, at);
                    common.push(setting);
                }
            }
        }
        common.retain(|common| own.iter().all(|own| own.flag != common.flag));
        own.extend(common);
        own.retain(|setting| typed.argument(&setting.flag).is_some());
        Ok(Self(own).without_what_was_typed(typed))
    }

    fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|setting| setting.flag == flag && !(setting.is_switch && setting.values.is_empty()))
    }

    /// Leaves what was typed otherwise, and what would be refused for want of a verification.
    fn without_what_was_typed(mut self, typed: &Typed<'_>) -> Self {
        let heading = |setting: &Setting| {
            typed.argument(&setting.flag).and_then(Arg::get_help_heading).unwrap_or_default().to_owned()
        };
        let place = |keystore| PLACES.iter().any(|&(name, is)| is == keystore && typed.has_flag(name));
        let (keystore, other_key) = (place(true), place(false));
        // Who says where keys are means these alone; what opens a keystore goes on to do so.
        let is_replaced = |flag: &str| {
            let is_place = PLACES.iter().any(|(name, _)| *name == flag);
            let is_of_redis = flag.starts_with("redis-") && !typed.has_flag("redis-host-port");
            if keystore { is_place || is_of_redis } else { other_key }
        };
        self.0.retain(|setting| {
            let Some(arg) = typed.argument(&setting.flag) else { return false };
            let is_key = KEYS.contains(&heading(setting).as_str());
            let is_path = ["paths", "files-from"].contains(&setting.flag.as_str());
            let is_replaced = is_key && is_replaced(&setting.flag) || is_path && typed.has_paths();
            !(is_replaced || typed.has(arg) || typed.contradicts(arg))
        });
        let asks = typed.argument("verify").is_none() || typed.has_flag("verify") || self.has("verify");
        let is_report = typed.path.first().is_some_and(|verb| verb == "report");
        let has_key = PLACES.iter().any(|(name, _)| typed.has_flag(name) || self.has(name));
        self.0.retain(|setting| {
            let heading = heading(setting);
            let (is_key, is_policy) = (KEYS.contains(&heading.as_str()), heading == POLICY);
            asks || !(is_key || is_policy) || (is_report && (is_key || has_key))
        });
        self
    }

    /// As words of a command line.
    fn words(&self, file: &Path, home: Option<&Path>, typed: &Typed<'_>) -> Result<Vec<OsString>, Failure> {
        let folder =
            std::path::absolute(file).ok().and_then(|file| file.parent().map(Path::to_owned)).unwrap_or_default();
        let in_redis = self.has("redis-host-port") || typed.has_flag("redis-host-port");
        let mut words = Vec::new();
        for setting in &self.0 {
            let Some(arg) = typed.argument(&setting.flag) else { continue };
            let hint = arg.get_value_hint();
            let is_path = matches!(hint, ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath)
                // The names of entries in Redis begin with it.
                && !(in_redis && setting.flag == "keys-dir");
            let flag = arg.get_long().unwrap_or(&setting.flag);
            for value in &setting.values {
                if setting.is_switch {
                    words.push(format!("--{flag}").into());
                    continue;
                }
                let mut word = OsString::from(format!("--{flag}="));
                if is_path && value != "-" {
                    let located = located(value, &folder, home);
                    // With a folder in front, nobody else would know it for a slip, and it would be repeated.
                    if is_secret_text(value.as_bytes()) && !located.exists() {
                        let place = format!("{}:{}", file.display(), setting.line);
                        return Err(Failure::usage(format!("{place}: {flag} is not the name of a file or directory"))
                            .with_hint(
                                "a key itself never stands in a configuration file: put it into a file of its own",
                            ));
                    }
                    word.push(located);
                } else {
                    word.push(value);
                }
                words.push(word);
            }
        }
        Ok(words)
    }
}

/// A path of the file: below its folder unless it says otherwise.
fn located(value: &str, folder: &Path, home: Option<&Path>) -> PathBuf {
    match (value.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => folder.join(value),
    }
}

impl Setting {
    /// Reads what is set for one of these verbs.
    fn read(
        verbs: &[&Command],
        name: &str,
        value: &DeValue<'_>,
        text: &str,
        span: std::ops::Range<usize>,
    ) -> Result<Self, Failure> {
        let leaves: Vec<_> = verbs.iter().flat_map(|verb| leaves(verb)).collect();
        let known: Vec<_> = leaves.iter().flat_map(|verb| flags(verb)).collect();
        let found = leaves.iter().find_map(|verb| argument(verb, name)).filter(|_| !NEVER.contains(&name));
        let Some(arg) = found else { return Err(unknown("flag", name, &known)) };
        let (is_switch, is_list) = (is_switch(arg), is_list(arg));
        let one = |value: &DeValue<'_>, written: &str| match value {
            DeValue::String(text) => Some(text.as_ref().to_owned()),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => Some(written.to_owned()),
            _ => None,
        };
        let values = match value {
            DeValue::Boolean(is_on) if is_switch => Some(if *is_on { vec![String::new()] } else { Vec::new() }),
            _ if is_switch => None,
            DeValue::Array(items) if is_list => items
                .iter()
                .map(|item| one(item.get_ref(), text.get(item.span()).unwrap_or_default()))
                .collect::<Option<Vec<_>>>(),
            value => one(value, text.get(span).unwrap_or_default()).map(|value| vec![value]),
        };
        let refused = || Failure::usage(format!("{name} takes {}", form(arg)));
        let flag = arg.get_long().unwrap_or(name).to_owned();
        Ok(Self { flag, values: values.ok_or_else(refused)?, is_switch, line: 0 })
    }
}

fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append) || arg.get_value_delimiter().is_some()
}

/// What a flag takes in a file, in words.
pub fn takes(arg: &Arg) -> String {
    let values = arg.get_possible_values();
    if is_switch(arg) || values.is_empty() {
        return form(arg).to_owned();
    }
    let values = values.iter().map(PossibleValue::get_name).collect::<Vec<_>>().join(", ");
    if is_list(arg) { format!("one or a list of {values}") } else { values }
}

fn form(arg: &Arg) -> &'static str {
    match (is_switch(arg), is_list(arg)) {
        (true, _) => "true or false",
        (false, true) => "a text, or a list of texts: [\"a\", \"b\"]",
        (false, false) => "a text or a number",
    }
}

/// A flag as a file can set it.
#[derive(Debug, PartialEq, Eq)]
pub struct FlagReference {
    pub name: String,
    /// Another name of it.
    pub alias: Option<String>,
    /// What it takes, in words.
    pub takes: String,
    /// What holds without it; empty where nothing does.
    pub default: String,
    /// The verbs that have it and mean the same by it.
    pub verbs: Vec<String>,
    /// What it does.
    pub help: String,
}

/// Every flag that a file can set, by name; one that verbs mean differently once for each meaning.
pub fn flag_references() -> Vec<FlagReference> {
    let mut root = Cli::command();
    root.build();
    let mut flags: Vec<FlagReference> = Vec::new();
    for verb in configurable(&root) {
        for arg in leaves(verb).into_iter().flat_map(Command::get_arguments) {
            let Some(name) = arg.get_long().filter(|name| !NEVER.contains(name)) else { continue };
            let defaults = arg.get_default_values().iter().map(|value| value.to_string_lossy());
            let flag = FlagReference {
                name: name.to_owned(),
                alias: arg.get_visible_aliases().and_then(|names| names.first().map(|name| (*name).to_owned())),
                takes: takes(arg),
                default: if is_switch(arg) { String::new() } else { defaults.collect::<Vec<_>>().join(", ") },
                verbs: Vec::new(),
                help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            };
            let is_same = |known: &&mut FlagReference| {
                let what =
                    |it: &FlagReference| (it.name.clone(), it.takes.clone(), it.default.clone(), it.help.clone());
                what(known) == what(&flag)
            };
            let verb = verb.get_name().to_owned();
            match flags.iter_mut().find(is_same) {
                Some(known) if known.verbs.contains(&verb) => {}
                Some(known) => known.verbs.push(verb),
                None => flags.push(FlagReference { verbs: vec![verb], ..flag }),
            }
        }
    }
    flags.sort_by(|one, other| one.name.cmp(&other.name));
    flags
}

/// Verbs that a file can say something about.
fn configurable(root: &Command) -> impl Iterator<Item = &Command> {
    root.get_subcommands().filter(|verb| !WITHOUT.contains(&verb.get_name()))
}

/// A verb, or what it consists of.
fn leaves(verb: &Command) -> Vec<&Command> {
    let inner: Vec<_> = verb.get_subcommands().collect();
    if inner.is_empty() { vec![verb] } else { inner }
}

fn flags(verb: &Command) -> Vec<&str> {
    verb.get_arguments().filter_map(Arg::get_long).filter(|name| !NEVER.contains(name)).collect()
}

fn names_of_tables(root: &Command) -> Vec<&str> {
    configurable(root).map(Command::get_name).chain([RULES]).chain(rule_names()).collect()
}

/// Says which names are most like one that is not known. A value is never repeated: somebody may have put a secret there.
fn unknown(what: &str, name: &str, known: &[&str]) -> Failure {
    let near = nearest(name, known.iter().copied().collect::<BTreeSet<_>>().into_iter());
    let hint = match near.as_slice() {
        [] => {
            "keys are the long names of flags, as `acralog help VERB` lists them; tables are verbs and rules".to_owned()
        }
        near => format!("did you mean {}?", either(near)),
    };
    Failure::usage(format!("no {what} is called `{name}`")).with_hint(hint)
}

#[cfg(test)]
mod tests;
