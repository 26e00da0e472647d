//! The published description of the json formats, built into the program so that it can be printed and never differs
//! from it.

/// JSON Schema (draft 2020-12) of `--output-format json`.
pub const VERIFY: &str = include_str!("verify.schema.json");

/// JSON Schema (draft 2020-12) of one line of `--output-format jsonl`.
pub const VERIFY_LINE: &str = include_str!("verify-line.schema.json");

/// JSON Schema (draft 2020-12) of `report --output-format json`.
pub const REPORT: &str = include_str!("report.schema.json");

/// JSON Schema (draft 2020-12) of a row of `grep --output-format json` and `jsonl`.
pub const GREP_ROW: &str = include_str!("grep-row.schema.json");

/// JSON Schema (draft 2020-12) of `stats --output-format json`.
pub const STATS: &str = include_str!("stats.schema.json");

/// JSON Schema (draft 2020-12) of `keys list --output-format json`.
pub const KEYS: &str = include_str!("keys.schema.json");
