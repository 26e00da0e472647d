//! What a ledger remembers, for people and for machines. Links and keys have no way in here.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::escape::{self, visible};
use super::json::Tool;
use super::layout::{Align, Palette, Table, TextStyle};
use crate::entry::LogTime;
use crate::ledger::Ledger;
use crate::ledger::memory::RememberedChain;
use crate::line::Place;

/// Of the document; raised when a field changes its meaning or goes away.
const VERSION: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum LedgerFormat {
    Table,
    Json,
}

impl LedgerFormat {
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What a ledger remembers of earlier runs.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "acralog ledger show --output-format json")]
pub(super) struct LedgerDocument<'a> {
    /// What this document is.
    #[schemars(extend("const" = "acralog-ledger"))]
    schema: &'static str,
    /// Raised when a field changes its meaning or goes away.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// Who wrote this.
    tool: Tool,
    /// The ledger, as it was given.
    ledger: String,
    /// An anchor of it: its name, how many records it has, and the root of their hash tree in base64.
    anchor: String,
    /// Runs that were recorded.
    runs: u64,
    /// When the last run was that proved something; null when there was none.
    last_run: Option<LogTime>,
    /// Records that could not be read, as their keys were not given.
    unreadable_records: u64,
    /// Every chain that was ever told of, in its last state.
    chains: Vec<ChainDocument<'a>>,
}

/// A chain that was proven.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RememberedChain")]
struct ChainDocument<'a> {
    /// The name of its log.
    stream: &'a str,
    /// What it is held to: closed, open (it may go on), retired (it may be gone).
    state: &'static str,
    /// The seal of its first entry, in hex: the name of the chain.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    first_seal: String,
    /// The seal of its last entry, in hex.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    last_seal: String,
    /// How many entries it had.
    entries: u64,
    /// Where its first entry stood.
    first: &'a Place,
    /// Where its last entry stood.
    last: &'a Place,
    /// Time of the first entry.
    from: Option<LogTime>,
    /// Time of the last entry.
    to: Option<LogTime>,
    /// Fingerprint of its key.
    key: &'a str,
    /// When the run was that proved it so far.
    verified: Option<LogTime>,
}

impl<'a> ChainDocument<'a> {
    fn of(known: &'a RememberedChain) -> Self {
        let chain = &known.chain;
        Self {
            stream: &chain.stream,
            state: match (known.is_retired, chain.closed) {
                (true, _) => "retired",
                (false, true) => "closed",
                (false, false) => "open",
            },
            first_seal: hex::encode(chain.first.0),
            last_seal: hex::encode(chain.last.0),
            entries: chain.entries,
            first: &chain.from,
            last: &chain.through,
            from: chain.began,
            to: chain.ended,
            key: &chain.key,
            verified: known.verified,
        }
    }
}

/// Lists what a ledger remembers.
pub fn write_ledger(
    out: &mut dyn Write,
    ledger: &Ledger,
    (format, palette): (LedgerFormat, Palette),
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let memory = ledger.memory();
    let chains: Vec<_> = memory.chains().iter().map(ChainDocument::of).collect();
    let last_run = memory.last_run().map(|run| LogTime { unix_ms: run.when });
    match format {
        LedgerFormat::Table => write_table(&mut out, ledger, &chains, palette)?,
        LedgerFormat::Json => {
            let document = LedgerDocument {
                schema: "acralog-ledger",
                version: VERSION,
                tool: Tool::THIS,
                ledger: ledger.path().to_string_lossy().into_owned(),
                anchor: ledger.anchor().to_string(),
                runs: memory.runs(),
                last_run,
                unreadable_records: memory.unreadable(),
                chains,
            };
            escape::write_json(&mut out, &document)?;
        }
    }
    out.flush()
}

fn write_table(
    out: &mut impl Write,
    ledger: &Ledger,
    chains: &[ChainDocument<'_>],
    palette: Palette,
) -> io::Result<()> {
    let titles = ["STATE", "ENTRIES", "FROM", "TO", "VERIFIED", "KEY", "BEGAN AT"];
    let align = |title| (title, if title == "ENTRIES" { Align::Right } else { Align::Left });
    let mut table = Table::new(titles.map(align));
    for chain in chains {
        let time = |time: Option<LogTime>| time.map_or_else(|| "-".to_owned(), |time| time.whole_seconds().to_string());
        let place = format!("{}:{}", chain.first.file, chain.first.line);
        let (entries, from, to) = (chain.entries.to_string(), time(chain.from), time(chain.to));
        let verified = time(chain.verified);
        let tone = if chain.state == "retired" { TextStyle::Quiet } else { TextStyle::Neutral };
        let cells = [chain.state, &entries, &from, &to, &verified, chain.key, &place];
        table.push(cells.map(|cell| (tone, cell)));
    }
    table.write(out, palette)?;
    let memory = ledger.memory();
    let (runs, records) = (memory.runs(), ledger.lines());
    writeln!(
        out,
        "{}: {} chains, {runs} runs, {records} records",
        visible(&ledger.path().to_string_lossy()),
        chains.len()
    )?;
    match memory.unreadable() {
        0 => Ok(()),
        unreadable => writeln!(out, "{unreadable} records are of keys that were not given, and are not shown"),
    }
}
