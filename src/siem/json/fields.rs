//! Fields of the log as members of JSON, under their own names with their own types.

use super::Json;
use crate::event::Field;

/// Names up to this number are compared in pairs; beyond, sorting is quicker.
const PAIRS_MAX: usize = 16;

/// Writes fields under their own names with their own types, as the object `key`; nothing when there are none. A name that
/// is there more than once, which text formats allow, has the list of its values.
pub(in crate::siem) fn write_fields<'r>(
    json: &mut Json<'_>,
    key: &str,
    fields: impl Iterator<Item = &'r Field<'r>> + Clone,
) {
    if fields.clone().next().is_none() {
        return;
    }
    json.object(key);
    if names_differ(fields.clone()) {
        for field in fields {
            json.key_of_log(field.key.as_bytes());
            json.value(field.key.as_bytes(), &field.value);
        }
    } else {
        write_grouped(json, fields);
    }
    json.close();
}

/// Whether every name is UTF-8, and there once.
pub(in crate::siem) fn names_differ<'r>(fields: impl Iterator<Item = &'r Field<'r>> + Clone) -> bool {
    let names = || fields.clone().map(|field| field.key.as_bytes());
    if !names().all(|name| std::str::from_utf8(name).is_ok()) {
        return false;
    }
    if names().count() > PAIRS_MAX {
        let mut sorted: Vec<_> = names().collect();
        sorted.sort_unstable();
        return sorted.windows(2).all(|pair| pair[0] != pair[1]);
    }
    let mut rest = names();
    while let Some(name) = rest.next() {
        if rest.clone().any(|other| other == name) {
            return false;
        }
    }
    true
}

fn write_grouped<'r>(json: &mut Json<'_>, fields: impl Iterator<Item = &'r Field<'r>>) {
    // Sorted by the name as it will be read, so that names that become the same are one.
    let mut sorted: Vec<_> = fields.map(|field| (field.key.to_str(), field)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        match group {
            [(_, field)] => {
                json.key_of_log(field.key.as_bytes());
                json.value(field.key.as_bytes(), &field.value);
            }
            _ => {
                json.list_of_log(group[0].1.key.as_bytes());
                for (_, field) in group {
                    json.value_item(field.key.as_bytes(), &field.value);
                }
                json.close_list();
            }
        }
    }
}
