//! The catalogue of event codes: the one table behind `codes`, `explain`, the names `grep` takes, severities and mappings.

use std::sync::LazyLock;

/// Tab separated, one row per code in ascending order; see [`CatalogueEntry`] for the columns.
const TABLE: &str = include_str!("catalogue.tsv");

/// How many columns the table has.
const COLUMNS: usize = 13;

/// What an event code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    pub code: u16,
    /// Acra's own name for it: `EventCodeErrorCensorQueryIsNotAllowed`.
    pub identifier: &'static str,
    /// The part of Acra it belongs to, one word: `censor`.
    pub group: &'static str,
    /// Whether Acra's documentation lists it among the most important ones for SIEM and SOC.
    pub important: bool,
    /// On the scale of CEF, 0 to 10; None when the level of the entry decides.
    pub severity: Option<u8>,
    /// A name for machines: `sql-query-blocked`.
    pub slug: &'static str,
    /// A name for people: few words, the same for every event of the code.
    pub title: &'static str,
    /// What was done, in one word: `blocked`, `failed`; None when nothing was.
    pub act: Option<&'static str>,
    /// Its place in the Elastic Common Schema.
    pub ecs: Ecs,
    /// Its class and activity in OCSF.
    pub ocsf: Ocsf,
    /// What it says, in a sentence.
    pub meaning: &'static str,
    /// The likely cause.
    pub cause: &'static str,
    /// What to do first.
    pub response: &'static str,
}

/// The categorization fields of ECS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ecs {
    pub kind: &'static str,
    /// `event.category`, separated by commas.
    pub categories: &'static str,
    pub kind_type: &'static str,
    pub outcome: &'static str,
}

/// Class and activity of OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ocsf {
    pub class: u32,
    pub activity: u32,
}

static ENTRIES: LazyLock<Vec<CatalogueEntry>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(entry).collect());

/// Every code, in ascending order.
pub fn all() -> &'static [CatalogueEntry] {
    &ENTRIES
}

/// What a code means; None for a code that Acra 0.96.0 does not have.
pub fn find(code: u16) -> Option<&'static CatalogueEntry> {
    let entries = all();
    entries.binary_search_by_key(&code, |entry| entry.code).ok().map(|at| &entries[at])
}

/// Every group, in the order of its first code.
pub fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&str> = Vec::new();
    for entry in all() {
        if !groups.contains(&entry.group) {
            groups.push(entry.group);
        }
    }
    groups
}

/// Reads a row; a test holds every row to being read.
fn entry(row: &'static str) -> Option<CatalogueEntry> {
    let columns: Vec<&str> = row.split('\t').collect();
    let columns: [&str; COLUMNS] = columns.try_into().ok()?;
    let [code, identifier, group, important, severity, slug, title, act, ecs, ocsf, meaning, cause, response] = columns;
    let (class, activity) = ocsf.split_once(':')?;
    let ecs: [&str; 4] = ecs.split('/').collect::<Vec<_>>().try_into().ok()?;
    let [kind, categories, kind_type, outcome] = ecs;
    Some(CatalogueEntry {
        code: code.parse().ok()?,
        identifier,
        group,
        important: important == "yes",
        severity: severity.parse().ok(),
        slug,
        title,
        act: Some(act).filter(|act| *act != "none"),
        ecs: Ecs { kind, categories, kind_type, outcome },
        ocsf: Ocsf { class: class.parse().ok()?, activity: activity.parse().ok()? },
        meaning,
        cause,
        response,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_there_are_105() {
        assert_eq!(all().len(), 105);
        assert_eq!(TABLE.lines().count(), 1 + all().len(), "a row was not read");
        for (row, entry) in TABLE.lines().skip(1).zip(all()) {
            assert!(row.starts_with(&format!("{}\t{}\t", entry.code, entry.identifier)), "{row}");
            assert_eq!(find(entry.code), Some(entry));
            assert_eq!(row.split('\t').nth(4) == Some("-"), entry.severity.is_none(), "{row}");
            assert!(entry.severity.is_none_or(|severity| severity <= 10), "{row}");
            assert!(!row.split('\t').any(str::is_empty), "{row}");
        }
        assert!(all().is_sorted_by(|a, b| a.code < b.code));
        assert_eq!(find(99), None);
    }

    #[test]
    fn identifiers_and_slugs_name_one_code_each() {
        for names in
            [all().iter().map(|it| it.identifier).collect::<Vec<_>>(), all().iter().map(|it| it.slug).collect()]
        {
            let mut once = names.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), names.len());
        }
    }

    #[test]
    fn groups_are_named_once_in_the_order_of_their_codes() {
        let groups = groups();
        assert_eq!(groups.first(), Some(&"general"));
        assert!(all().iter().all(|entry| groups.iter().filter(|group| **group == entry.group).count() == 1));
    }
}
