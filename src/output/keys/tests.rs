//! The published contract of the json list. What keystores that Acra wrote give is held to it in the integration tests,
//! and read back there.

use serde_json::Value;

use super::{KeysFormat, write_key_list};
use crate::key::AuditKey;
use crate::key::store::{KeyState, Keystore, StoreVersion};
use crate::output::{Palette, schema};
use crate::testing::key::of_every_state;
use crate::testing::output::{assert_closed, assert_described, assert_names, assert_valid};

fn document(keys: &[AuditKey], keystore: Option<&Keystore>) -> Value {
    let mut out = Vec::new();
    let warnings = ["audit.key: can be read by everybody".to_owned()];
    write_key_list(&mut out, keys, keystore, &warnings, (KeysFormat::Json, Palette::Plain)).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn documents_keep_to_their_schema_whatever_a_key_ring_says() {
    let hostile = AuditKey::new(&[1; 32], "--key-file \u{1b}]0;x\u{7}\u{9b}\n\u{202e}");
    let document = document(&[hostile], Some(&of_every_state()));
    assert_valid(&schema::keys(), &document);
    let keys = document["keys"].as_array().unwrap();
    let states: Vec<_> = keys.iter().map(|key| key["state"].as_str()).collect();
    let words = ["destroyed", "compromised", "deactivated", "suspended", "active", "pre-active", "-1"].map(Some);
    assert_eq!((states[0], &states[1..]), (None, &words[..]));
    assert!(keys.iter().all(|key| key["fingerprint"].is_null() != key["problem"].is_null()), "{document:#}");
    assert_eq!(keys[7]["valid_since"], "-000001-12-31T23:00:00Z");
}

#[test]
fn a_list_without_a_keystore_keeps_to_the_schema() {
    assert_valid(&schema::keys(), &document(&[AuditKey::new(&[1; 32], "--key-env K")], None));
}

#[test]
fn the_schema_leaves_no_object_open_and_describes_every_field() {
    let schema = schema::keys().to_value();
    assert_closed(&schema);
    assert_described(&schema, "");
}

#[test]
fn the_schema_knows_every_word() {
    use KeyState::{Active, Compromised, Deactivated, Destroyed, PreActive, Suspended};
    let schema = schema::keys().to_value();
    let states = [PreActive, Active, Suspended, Deactivated, Compromised, Destroyed].map(|state| state.to_string());
    assert_names(&schema["$defs"]["Key"]["properties"]["state"], &states.each_ref().map(String::as_str));
    let versions = [StoreVersion::V1, StoreVersion::V2].map(StoreVersion::name);
    assert_names(&schema["$defs"]["StoreVersion"], &versions);
}

#[test]
fn a_document_with_an_unknown_field_or_word_is_refused_by_the_schema() {
    let schema = schema::keys().to_value();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let genuine = document(&[], Some(&of_every_state()));
    let changes: [fn(&mut Value); 9] = [
        |document| document["extra"] = 1.into(),
        |document| document["version"] = 2.into(),
        |document| document["keystore"]["version"] = "v3".into(),
        |document| document["keys"][0]["extra"] = 1.into(),
        |document| document["keys"][0]["state"] = "lost".into(),
        |document| document["keys"][1]["fingerprint"] = "B8CF81BE2EEB07D3".into(),
        |document| document["keys"][0]["valid_until"] = "2027-11-22T10:13:33".into(),
        |document| document["keys"][0]["current"] = "yes".into(),
        |document| _ = document["keys"][0].as_object_mut().unwrap().remove("problem"),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut document = genuine.clone();
        change(&mut document);
        assert!(!validator.is_valid(&document), "change {index}: {document:#}");
    }
}
