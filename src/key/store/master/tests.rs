//! Master keys good and bad, in variables and files.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

const ENCRYPTION: [u8; 32] = *b"encryption key of thirty-2 bytes";
const SIGNATURE: [u8; 32] = *b"signature key also of 32 bytes..";

fn json(encryption: &[u8], signature: &[u8]) -> String {
    let (encryption, signature) = (STANDARD.encode(encryption), STANDARD.encode(signature));
    format!(r#"{{"encryption":"{encryption}","signature":"{signature}"}}"#)
}

fn given(value: &str) -> Result<MasterKey, Failure> {
    from_variable("ACRA_MASTER_KEY", Some(value.into()))
}

#[track_caller]
fn assert_silent(shown: &str, secrets: &[&[u8]]) {
    for secret in secrets {
        crate::key::tests::assert_no_key_in(shown, secret);
    }
}

#[test]
fn a_variable_holds_base64_of_a_key_or_of_json() {
    let master = given(&STANDARD.encode(ENCRYPTION)).unwrap();
    assert_eq!(master.for_v1().unwrap(), ENCRYPTION);
    assert_eq!(master.source(), "the variable ACRA_MASTER_KEY");
    assert_silent(&format!("{master:?} {:#?}", master.for_v2().err().unwrap()), &[&ENCRYPTION]);

    let master = given(&STANDARD.encode(json(&ENCRYPTION, &SIGNATURE))).unwrap();
    let pair = master.for_v2().unwrap();
    assert_eq!((pair.encryption.as_slice(), pair.signature.as_slice()), (&ENCRYPTION[..], &SIGNATURE[..]));
}

#[test]
fn longer_keys_are_used_in_full_and_shorter_ones_refused() {
    for length in [32, 48, 100] {
        let key = vec![7; length];
        assert_eq!(given(&STANDARD.encode(&key)).unwrap().for_v1().unwrap(), key);
        let pair = given(&STANDARD.encode(json(&key, &SIGNATURE))).unwrap().for_v2().unwrap();
        assert_eq!(pair.encryption.to_vec(), key);
    }
    let failure = given(&STANDARD.encode(&ENCRYPTION[..31])).unwrap().for_v1().unwrap_err();
    assert_eq!(failure.message, "the variable ACRA_MASTER_KEY: the master key has 31 bytes, and 32 are the least");
}

#[test]
fn what_is_wrong_with_a_value_is_said_without_the_value() {
    let key = STANDARD.encode(ENCRYPTION);
    let text = json(&ENCRYPTION, &SIGNATURE);
    let cases = [
        (key.trim_end_matches('=').to_owned(), "the master key is not base64", "padding"),
        (format!("{key} "), "the master key is not base64", "without blanks"),
        (text, "the master key is not base64", "the JSON text itself"),
        ("\n".to_owned(), "the master key is empty", "base64"),
        (String::new(), "is not set, or empty", "--master-key-file"),
    ];
    for (value, message, hint) in cases {
        let failure = given(&value).unwrap_err();
        assert!(failure.message.contains(message), "{failure:?}");
        assert!(failure.hint.as_ref().unwrap().contains(hint), "{failure:?}");
        assert_silent(&format!("{failure} {failure:?}"), &[&ENCRYPTION, &SIGNATURE]);
    }
    assert!(from_variable("NO", None).unwrap_err().message.starts_with("the variable NO is not set"));
}

#[test]
fn a_master_key_in_place_of_a_name_is_not_repeated() {
    for slip in [STANDARD.encode(ENCRYPTION), hex::encode(ENCRYPTION), json(&ENCRYPTION, &SIGNATURE), "A=b".into()] {
        let failure = from_variable(&slip, None).unwrap_err();
        assert!(failure.message.contains("not the name of a variable"), "{failure:?}");
        let failure = from_file(Path::new(&slip)).unwrap_err();
        assert!(slip == "A=b" || !format!("{failure:?}").contains(&slip[..16]), "{failure:?}");
    }
}

#[test]
fn json_is_read_as_go_reads_it() {
    let (first, second) = (STANDARD.encode(ENCRYPTION), STANDARD.encode(SIGNATURE));
    let numbers = format!("{ENCRYPTION:?}");
    let accepted = [
        json(&ENCRYPTION, &SIGNATURE),
        format!(r#" {{ "Encryption" : "{first}", "SIGNATURE":"{second}", "other":[{{"a":"\n"}}] }} "#),
        format!(r#"{{"encryption":"{second}","signature":"{second}","encryption":"{first}"}}"#),
        format!(r#"{{"encryption":{numbers},"signature":"{second}"}}"#),
        format!(r#"{{"encryption":"{first}","signature":"{second}","\u0065ncryptio":""}}"#),
    ];
    for text in accepted {
        let pair = MasterPair::parse(text.as_bytes()).map_err(|error| format!("{error} in {text}")).unwrap();
        assert_eq!((pair.encryption.as_slice(), pair.signature.as_slice()), (&ENCRYPTION[..], &SIGNATURE[..]));
    }
    let refused = [
        ("{}".to_owned(), PairError::Equal),
        (r#"{"encryption":null,"signature":null}"#.to_owned(), PairError::Equal),
        (json(&ENCRYPTION, &ENCRYPTION), PairError::Equal),
        (json(&ENCRYPTION[..31], &SIGNATURE), PairError::TooShort("encryption", 31)),
        (json(&ENCRYPTION, &SIGNATURE[..5]), PairError::TooShort("signature", 5)),
        (format!(r#"{{"encryption":"{first}"}}"#), PairError::TooShort("signature", 0)),
        (json(&ENCRYPTION, &SIGNATURE) + "x", PairError::NotJson),
        (json(&ENCRYPTION, &SIGNATURE).replace('=', ""), PairError::NotJson),
        (r#"{"encryption":[256],"signature":""}"#.to_owned(), PairError::NotJson),
        (format!("{{\"encryption\":[{}1]}}", "1,".repeat(5000)), PairError::NotJson),
        (r#"["a","b"]"#.to_owned(), PairError::NotJson),
        (String::new(), PairError::NotJson),
    ];
    for (text, expected) in refused {
        assert_eq!(MasterPair::parse(text.as_bytes()).err(), Some(expected), "{text}");
    }
}

#[test]
fn a_file_holds_base64_or_the_raw_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let raw: Vec<u8> = (200..=255).collect();
    let text = json(&ENCRYPTION, &SIGNATURE);
    let accepted = [
        (raw.clone(), raw.clone()),
        ([&raw[..], b"\n"].concat(), [&raw[..], b"\n"].concat()),
        ((STANDARD.encode(&raw) + "\n").into_bytes(), raw.clone()),
        (text.clone().into_bytes(), text.clone().into_bytes()),
        (format!("{text}\n").into_bytes(), format!("{text}\n").into_bytes()),
        (STANDARD.encode(&text).into_bytes(), text.into_bytes()),
    ];
    for (content, expected) in accepted {
        fs::write(&path, content).unwrap();
        assert_eq!(from_file(&path).unwrap().0.bytes.to_vec(), expected);
    }
    let refused = [
        (vec![], "the master key file is empty"),
        (vec![0; 5000], "the master key file has more than 4096 bytes"),
        (b"\n".to_vec(), "text that is no master key"),
        ((STANDARD.encode(ENCRYPTION) + " x").into_bytes(), "text that is no master key"),
        (b"a passphrase that is longer than 32 bytes".to_vec(), "text that is no master key"),
    ];
    for (content, expected) in refused {
        fs::write(&path, &content).unwrap();
        let failure = from_file(&path).unwrap_err();
        assert!(failure.message.ends_with(expected) && failure.hint.is_some(), "{failure:?}");
        assert_silent(&format!("{failure:?}"), &[&ENCRYPTION]);
    }
    assert!(from_file(Path::new("no/master.key")).unwrap_err().message.contains("no/master.key: cannot read"));
}

#[cfg(unix)]
#[test]
fn a_file_open_to_others_is_used_with_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    fs::write(&path, [200; 32]).unwrap();
    for (mode, warned) in [(0o600, false), (0o644, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let warning = from_file(&path).unwrap().1;
        assert_eq!(warning.is_some_and(|text| text.contains("the master key file is open")), warned);
    }
}

proptest! {
    #[test]
    fn no_value_makes_it_panic_or_speak(value in ".{1,120}") {
        let failure = match given(&value) {
            Err(failure) => failure,
            Ok(master) => match (master.for_v1().err(), master.for_v2().err()) {
                (Some(failure), _) | (None, Some(failure)) => failure,
                _ => return Ok(()),
            },
        };
        // A value of a few letters may happen to stand in the sentence itself.
        let shown = format!("{failure:?}");
        prop_assert!(value.len() < 12 || !shown.contains(&value));
    }

    #[test]
    fn no_json_makes_it_panic(text in r#"[{}\[\]",:a-zA-Z0-9+/=\\ ]{0,60}"#) {
        prop_assert!(MasterPair::parse(text.as_bytes()).is_err());
    }

    #[test]
    fn every_variable_survives(master in proptest::collection::vec(any::<u8>(), 32..150)) {
        let value = OsString::from(STANDARD.encode(&master));
        let read = from_variable("M", Some(value)).unwrap();
        prop_assert_eq!(read.for_v1().unwrap(), &master[..]);
    }
}
