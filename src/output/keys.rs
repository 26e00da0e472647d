//! Audit log keys as `keys` shows them: fingerprints, sources, and what a keystore says of them. The keys themselves have no
//! way in here.

use std::io::{self, Write};

use serde::Serialize;

use super::color::{Palette, Tone};
use super::escape::visible;
use super::inert_json;
use super::json::Tool;
use super::table::{Align, Table};
use crate::key::AuditKey;
use crate::key::store::{Keystore, StoredKey};

/// The version of the document.
const VERSION: u32 = 1;

/// The forms of `keys list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysFormat {
    /// For people.
    Table,
    /// One versioned document.
    Json,
}

impl KeysFormat {
    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
        }
    }
}

/// The document, described by `keys.schema.json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    tool: Tool,
    keystore: Option<Place<'a>>,
    keys: Vec<Record<'a>>,
    warnings: &'a [String],
}

/// A keystore.
#[derive(Serialize)]
struct Place<'a> {
    origin: &'a str,
    version: &'static str,
}

/// A key. What only a keystore knows is null for others.
#[derive(Serialize)]
struct Record<'a> {
    source: String,
    /// The source, as far as the keystore around it does not say it.
    #[serde(skip)]
    name: &'a str,
    fingerprint: Option<&'a str>,
    current: Option<bool>,
    seqnum: Option<i64>,
    state: Option<String>,
    valid_since: Option<&'a str>,
    valid_until: Option<&'a str>,
    problem: Option<&'a str>,
}

impl<'a> Record<'a> {
    fn given(key: &'a AuditKey) -> Self {
        Self {
            source: key.source().to_owned(),
            name: key.source(),
            fingerprint: Some(key.fingerprint()),
            current: None,
            seqnum: None,
            state: None,
            valid_since: None,
            valid_until: None,
            problem: None,
        }
    }

    fn stored(keystore: &Keystore, stored: &'a StoredKey) -> Self {
        let ring = stored.ring.as_ref();
        Self {
            source: format!("{}: {}", keystore.origin, stored.name),
            name: &stored.name,
            fingerprint: stored.key.as_ref().ok().map(AuditKey::fingerprint),
            current: Some(stored.is_current),
            seqnum: ring.map(|entry| entry.seqnum),
            state: ring.map(|entry| entry.state.to_string()),
            valid_since: ring.map(|entry| &entry.valid_since[..]),
            valid_until: ring.map(|entry| &entry.valid_until[..]),
            problem: stored.key.as_ref().err().map(|failure| &failure.message[..]),
        }
    }
}

/// Lists keys: those given one by one, then those of a keystore, newest first.
///
/// # Errors
/// When the writer fails.
pub fn write_key_list(
    out: &mut dyn Write,
    keys: &[AuditKey],
    keystore: Option<&Keystore>,
    warnings: &[String],
    (format, palette): (KeysFormat, Palette),
) -> io::Result<()> {
    let stored = keystore.into_iter().flat_map(|store| store.keys.iter().map(|key| Record::stored(store, key)));
    let records: Vec<_> = keys.iter().map(Record::given).chain(stored).collect();
    let mut out = io::BufWriter::new(out);
    match format {
        KeysFormat::Table => write_table(&mut out, &records, keystore, palette)?,
        KeysFormat::Json => {
            let keystore = keystore.map(|store| Place { origin: &store.origin, version: store.version.name() });
            let tool = Tool::THIS;
            let document =
                Document { schema: "acralog-keys", version: VERSION, tool, keystore, keys: records, warnings };
            inert_json::write_pretty(&mut out, &document)?;
        }
    }
    out.flush()
}

fn write_table(
    out: &mut impl Write,
    records: &[Record<'_>],
    keystore: Option<&Keystore>,
    palette: Palette,
) -> io::Result<()> {
    if let Some(keystore) = keystore {
        writeln!(out, "{}: keystore {}", visible(&keystore.origin), keystore.version.name())?;
    }
    let titles = ["FINGERPRINT", "CURRENT", "STATE", "VALID SINCE", "VALID UNTIL", "KEY"];
    let problem = records.iter().any(|record| record.problem.is_some()).then_some("PROBLEM");
    let mut table = Table::new(titles.into_iter().chain(problem).map(|title| (title, Align::Left)));
    for record in records {
        let current = record.current.map(|current| if current { "yes" } else { "no" });
        let cells = [
            record.fingerprint.unwrap_or("-"),
            current.unwrap_or("-"),
            record.state.as_deref().unwrap_or("-"),
            record.valid_since.unwrap_or("-"),
            record.valid_until.unwrap_or("-"),
            record.name,
        ];
        let tone = match (record.problem, record.current) {
            (Some(_), _) => Tone::Bad,
            (None, Some(false)) => Tone::Quiet,
            (None, _) => Tone::Neutral,
        };
        table.push(cells.into_iter().chain(record.problem).map(|cell| (tone, cell)));
    }
    table.write(out, palette)
}

/// Says that keys can be used.
///
/// # Errors
/// When the writer fails.
pub fn write_key_check(out: &mut dyn Write, keys: &[AuditKey], keystore: Option<&Keystore>) -> io::Result<()> {
    for key in keys {
        writeln!(out, "{}: the key can be used: {}", visible(key.source()), key.fingerprint())?;
    }
    let Some(keystore) = keystore else { return out.flush() };
    let (origin, version) = (visible(&keystore.origin), keystore.version.name());
    for stored in keystore.keys.iter().filter(|stored| stored.is_current) {
        if let Ok(key) = &stored.key {
            let name = visible(&stored.name).into_owned();
            writeln!(out, "{origin}: keystore {version}, the current key can be used: {} ({name})", key.fingerprint())?;
        }
    }
    let older = keystore.keys.iter().filter(|stored| !stored.is_current);
    let (usable, lost): (Vec<_>, Vec<_>) = older.partition(|stored| stored.key.is_ok());
    if !usable.is_empty() || !lost.is_empty() {
        let (usable, all) = (usable.len(), usable.len() + lost.len());
        writeln!(out, "{origin}: {usable} of {all} historical keys can be used")?;
    }
    out.flush()
}

/// Prints fingerprints, each with the source of its key.
///
/// # Errors
/// When the writer fails.
pub fn write_fingerprints(out: &mut dyn Write, keys: &[AuditKey]) -> io::Result<()> {
    for key in keys {
        writeln!(out, "{}  {}", key.fingerprint(), visible(key.source()))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests;
