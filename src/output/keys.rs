//! Audit log keys as `keys` shows them: fingerprints, sources, and what a keystore says of them. The keys themselves have no
//! way in here.

use std::io::{self, Write};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use strum::IntoStaticStr;

use super::escape::{self, visible};
use super::json::Tool;
use super::layout::{Align, Palette, Table, TextStyle};
use crate::key::AuditKey;
use crate::key::store::{Keystore, StoreVersion, StoredKey};

/// Of the document; raised when a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// How the times of a key ring are written: a year before 0 has a sign and six digits.
const VALIDITY: &str = "^([0-9]{4}|-[0-9]{6})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";

/// What a state may be: a word, or the number of one that Acra does not use.
fn state_words(_: &mut SchemaGenerator) -> Schema {
    let words = ["pre-active", "active", "suspended", "deactivated", "compromised", "destroyed"];
    json_schema!({"anyOf": [{"enum": words}, {"type": "string", "pattern": "^-?[0-9]+$"}, {"type": "null"}]})
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum KeysFormat {
    Table,
    Json,
}

impl KeysFormat {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The audit log keys that were given. No key and no part of one is in it.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog keys list --output-format json")]
pub(super) struct KeysDocument<'a> {
    /// What this document is.
    #[schemars(extend("const" = "acralog-keys"))]
    schema: &'static str,
    /// Raised when a field changes its meaning or goes away.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// Who wrote this.
    tool: Tool,
    /// The keystore that was opened; null when there was none.
    keystore: Option<KeystoreRecord<'a>>,
    /// First the keys given one by one, in the order given, then those of the keystore, newest first; keys that cannot
    /// be used are among them.
    keys: Vec<KeyRecord<'a>>,
    /// What to know before relying on the keys, for people.
    warnings: &'a [String],
}

/// A keystore of Acra.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Keystore")]
struct KeystoreRecord<'a> {
    /// Where it is, as it was given.
    origin: &'a str,
    /// v1 has a file for each key, v2 has key rings.
    #[schemars(with = "StoreVersion")]
    version: &'static str,
}

/// An audit log key. What only a keystore or a key ring knows is null elsewhere.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Key")]
struct KeyRecord<'a> {
    /// Where it comes from, for people.
    source: String,
    /// The source, as far as the keystore around it does not say it.
    #[serde(skip)]
    name: &'a str,
    /// Names the key without revealing it; null when it cannot be used.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    fingerprint: Option<&'a str>,
    /// Whether it is the one that Acra seals with now; null for a key outside a keystore.
    current: Option<bool>,
    /// Its number in the key ring; null outside keystore v2.
    seqnum: Option<i64>,
    /// What the key ring says has become of it, or the number of a state that Acra does not use; null outside keystore
    /// v2.
    #[schemars(schema_with = "state_words")]
    state: Option<String>,
    /// From when on the key ring calls it valid, on which Acra does not act; null outside keystore v2.
    #[schemars(regex(pattern = VALIDITY))]
    valid_since: Option<&'a str>,
    /// Until when the key ring calls it valid, on which Acra does not act; null outside keystore v2.
    #[schemars(regex(pattern = VALIDITY))]
    valid_until: Option<&'a str>,
    /// Why it cannot be used, for people; null when it can be.
    problem: Option<&'a str>,
}

impl<'a> KeyRecord<'a> {
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
pub fn write_key_list(
    out: &mut dyn Write,
    keys: &[AuditKey],
    keystore: Option<&Keystore>,
    warnings: &[String],
    (format, palette): (KeysFormat, Palette),
) -> io::Result<()> {
    let stored = keystore.into_iter().flat_map(|store| store.keys.iter().map(|key| KeyRecord::stored(store, key)));
    let records: Vec<_> = keys.iter().map(KeyRecord::given).chain(stored).collect();
    let mut out = io::BufWriter::new(out);
    match format {
        KeysFormat::Table => write_table(&mut out, &records, keystore, palette)?,
        KeysFormat::Json => {
            let keystore =
                keystore.map(|store| KeystoreRecord { origin: &store.origin, version: store.version.name() });
            let tool = Tool::THIS;
            let document =
                KeysDocument { schema: "acralog-keys", version: VERSION, tool, keystore, keys: records, warnings };
            escape::write_json(&mut out, &document)?;
        }
    }
    out.flush()
}

fn write_table(
    out: &mut impl Write,
    records: &[KeyRecord<'_>],
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
            (Some(_), _) => TextStyle::Bad,
            (None, Some(false)) => TextStyle::Quiet,
            (None, _) => TextStyle::Neutral,
        };
        table.push(cells.into_iter().chain(record.problem).map(|cell| (tone, cell)));
    }
    table.write(out, palette)
}

/// Says that keys can be used.
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
pub fn write_fingerprints(out: &mut dyn Write, keys: &[AuditKey]) -> io::Result<()> {
    for key in keys {
        writeln!(out, "{}  {}", key.fingerprint(), visible(key.source()))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests;
