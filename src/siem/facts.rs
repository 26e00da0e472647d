//! What the JSON formats have to know of a record before they write it: its row of the catalogue, and which fields have a
//! place of their own. Where that place is, is left to the formats.

use crate::event::catalogue::{self, Entry};
use crate::event::{CODE_GENERAL, Field, Level, Text, Value, canonical_key};

use super::json_text::Json;
use super::{Loss, Record, Settings, SeverityScale};

/// The name that stands where one is required and the log has none.
pub(super) const UNKNOWN: &str = "unknown";
/// The vendor, as Acra writes it.
pub(super) const VENDOR: &str = "cossacklabs";
/// Names up to this number are compared in pairs; beyond, sorting is quicker.
const PAIRS_MAX: usize = 16;

/// A field that may have a place of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Code,
    Client,
    Session,
    Error,
    Sql,
    Operation,
}

/// Roles there are.
const ROLES: usize = 6;

impl Role {
    /// The first field of a name can take its role if its value is what the role demands; otherwise it keeps its name and
    /// its type among the other fields.
    fn of(field: &Field<'_>) -> Option<Self> {
        let is_text = matches!(field.value, Value::Text(_));
        let is_identifier = !matches!(field.value, Value::Json(_));
        let role = match canonical_key(field.key.as_bytes()) {
            b"code" => Self::Code,
            b"client_id" if is_identifier => Self::Client,
            b"session_id" if is_identifier => Self::Session,
            b"error" if is_text => Self::Error,
            b"sql" if is_text => Self::Sql,
            b"operation" if is_text => Self::Operation,
            _ => return None,
        };
        (!field.value.as_bytes().is_empty()).then_some(role)
    }
}

/// What is known of a record.
pub(super) struct Facts<'r> {
    /// The row of its code; that of 100 when it has none, or one Acra does not have.
    pub(super) row: &'static Entry,
    /// The code itself.
    pub(super) code: Option<u16>,
    /// On the scale of CEF, 0 to 10.
    pub(super) severity: u8,
    /// Whether it tells of something that failed.
    pub(super) failed: bool,
    /// The name of the service.
    pub(super) product: Option<&'r [u8]>,
    /// Its version.
    pub(super) version: Option<&'r [u8]>,
    fields: &'r [Field<'r>],
    /// Where the field of each role stands.
    places: [Option<usize>; ROLES],
}

impl<'r> Facts<'r> {
    pub(super) fn of(record: &Record<'r>, settings: &'r Settings) -> Self {
        let event = record.event;
        let code = event.code();
        let mut places = [None; ROLES];
        for (at, field) in event.fields.iter().enumerate() {
            if let Some(role) = Role::of(field) {
                places[role as usize].get_or_insert(at);
            }
        }
        if code.is_none() {
            places[Role::Code as usize] = None;
        }
        let row = code.and_then(catalogue::find).unwrap_or_else(general);
        let severity = match settings.severity {
            SeverityScale::Catalogue => row.severity.unwrap_or(event.level.cef_severity()),
            SeverityScale::Acra => event.level.cef_severity(),
        };
        let product = event.product.as_ref().map(Text::as_bytes).or(settings.product.as_deref().map(str::as_bytes));
        Self {
            row,
            code,
            severity,
            // The row of 100 says nothing of the outcome: there the level decides.
            failed: row.ecs.outcome == "failure" || (row.code == CODE_GENERAL && event.level >= Level::Error),
            product: product.filter(|name| !name.is_empty()),
            version: event.version.as_ref().map(Text::as_bytes).filter(|version| !version.is_empty()),
            fields: &event.fields,
            places,
        }
    }

    /// The value that has a role.
    pub(super) fn value(&self, role: Role) -> Option<&'r Value<'r>> {
        self.places[role as usize].map(|at| &self.fields[at].value)
    }

    /// The value that has a role, as text.
    pub(super) fn text(&self, role: Role) -> Option<&'r [u8]> {
        self.value(role).map(Value::as_bytes)
    }

    /// The client where only texts are allowed.
    pub(super) fn client(&self, json: &mut Json<'_>) -> Option<&'r [u8]> {
        let client = self.value(Role::Client)?;
        if matches!(client, Value::Number(_)) {
            json.lose(b"client_id", Loss::Type);
        }
        Some(client.as_bytes())
    }

    /// The name of the service where one is required.
    pub(super) fn product_or_made_up(&self, json: &mut Json<'_>) -> &'r [u8] {
        self.product.unwrap_or_else(|| {
            json.lose(b"product", Loss::MadeUp);
            UNKNOWN.as_bytes()
        })
    }

    /// The fields that take none of these roles.
    pub(super) fn rest(&self, carried: &[Role]) -> impl Iterator<Item = &'r Field<'r>> + Clone + use<'r> {
        let mut taken = [None; ROLES];
        carried.iter().for_each(|role| taken[*role as usize] = self.places[*role as usize]);
        let fields = self.fields.iter().enumerate();
        fields.filter(move |(at, _)| !taken.contains(&Some(*at))).map(|(_, field)| field)
    }
}

/// The row of entries without a code.
fn general() -> &'static Entry {
    // A test of the catalogue's holds every row to being there, 100 first.
    &catalogue::all()[0]
}

/// Writes fields under their own names with their own types, as the object `key`; nothing when there are none. A name that
/// is there more than once, which text formats allow, has the list of its values.
pub(super) fn write_fields<'r>(json: &mut Json<'_>, key: &str, fields: impl Iterator<Item = &'r Field<'r>> + Clone) {
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
pub(super) fn names_differ<'r>(fields: impl Iterator<Item = &'r Field<'r>> + Clone) -> bool {
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
