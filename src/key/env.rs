//! An audit log key in an environment variable: hex, or base64 as `base64 -w0` prints it. The value is handed in; reading
//! the environment is left to `plan`. Messages name the variable, never its value.

use std::ffi::OsString;

use zeroize::Zeroizing;

use super::file::{mistake_of_length, named_mistake};
use super::secret::is_variable_name;
use super::{AuditKey, from_base64, from_hex};
use crate::failure::Failure;

/// Takes the key out of the value of the variable `name`; None is a variable that is not set.
///
/// # Errors
/// When the variable is not set or empty, when its value is not a key, or when `name` is no name.
pub fn parse(name: &str, value: Option<OsString>) -> Result<AuditKey, Failure> {
    let value = Zeroizing::new(value.unwrap_or_default().into_encoded_bytes());
    // `--key-env KEY=secret` and `--key-env secret` are easy slips; neither may be repeated in a message.
    if name.is_empty() || name.contains('=') || (value.is_empty() && !is_variable_name(name)) {
        return Err(Failure::usage("--key-env was given something that is not the name of a variable")
            .with_hint("export the key as a variable and give its name: --key-env AUDIT_KEY"));
    }
    let text = value.trim_ascii();
    if text.is_empty() {
        return Err(Failure::new(format!("the variable {name} is not set, or empty")).with_hint(FORMS));
    }
    let Some(bytes) = from_hex(text).or_else(|| from_base64(text)) else {
        let message = format!("the variable {name} does not hold an audit log key");
        return Err(match named_mistake(text).or_else(|| mistake_of_length(text)) {
            Some((what, hint)) => Failure::new(format!("{message}: {what}")).with_hint(hint),
            None => Failure::new(message).with_hint(FORMS),
        });
    };
    Ok(AuditKey::new(&bytes, format!("--key-env {name}")))
}

/// What a variable may hold, for people.
const FORMS: &str = "it holds 32 bytes as 64 hex digits, or as base64 with padding (44 letters)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KEY_BYTES;
    use crate::key::tests::assert_no_key_in;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    const KEY: [u8; KEY_BYTES] = *b"0123456789abcdefghijklmnopqrstuv";

    fn given(value: &str) -> Result<AuditKey, Failure> {
        parse("AUDIT_KEY", Some(value.into()))
    }

    #[test]
    fn a_key_is_read_as_hex_or_as_padded_base64() {
        let values =
            [hex::encode(KEY), hex::encode_upper(KEY), STANDARD.encode(KEY), format!(" {}\n", STANDARD.encode(KEY))];
        for value in values {
            let key = given(&value).unwrap();
            assert_eq!(key.bytes(), &KEY);
            assert_eq!(key.source(), "--key-env AUDIT_KEY");
        }
    }

    #[test]
    fn a_value_that_is_no_key_is_refused_by_the_name_of_its_variable_alone() {
        let hex = hex::encode(KEY);
        let base64 = STANDARD.encode(KEY);
        let values = [
            String::from_utf8(KEY.to_vec()).unwrap(),
            hex[..63].to_owned(),
            format!("{hex}0"),
            base64.trim_end_matches('=').to_owned(),
            STANDARD.encode([7; KEY_BYTES + 1]),
            STANDARD.encode([7; KEY_BYTES - 1]),
            base64.replace('M', "*"),
        ];
        for value in values {
            let failure = given(&value).unwrap_err();
            assert!(
                failure.message.starts_with("the variable AUDIT_KEY does not hold an audit log key"),
                "{failure:?}"
            );
            let shown = format!("{failure} {failure:?}");
            assert_no_key_in(&shown, &KEY);
            assert!(!shown.contains(&value));
        }
    }

    #[test]
    fn a_variable_that_is_not_set_and_one_that_is_empty_are_the_same_mistake() {
        for value in [None, Some(""), Some(" \n")] {
            let failure = parse("AUDIT_KEY", value.map(OsString::from)).unwrap_err();
            assert_eq!(failure.message, "the variable AUDIT_KEY is not set, or empty");
        }
    }

    #[test]
    fn a_key_given_in_place_of_a_name_is_not_repeated() {
        let slips = [hex::encode(KEY), STANDARD.encode(KEY), format!("AUDIT_KEY={}", hex::encode(KEY)), String::new()];
        for slip in slips {
            let failure = parse(&slip, None).unwrap_err();
            assert!(failure.message.contains("not the name of a variable"), "{failure:?}");
            assert_no_key_in(&format!("{failure:?}"), &KEY);
        }
    }

    proptest! {
        #[test]
        fn every_key_survives_both_spellings(key: [u8; KEY_BYTES]) {
            for value in [hex::encode(key), STANDARD.encode(key)] {
                let read = given(&value).unwrap();
                prop_assert_eq!(read.bytes(), &key);
            }
        }

        #[test]
        fn no_value_makes_it_panic_or_speak(value in ".{1,80}") {
            if let Err(failure) = given(&value) {
                let shown = format!("{failure:?}");
                // A value of a few letters may happen to stand in the sentence itself.
                prop_assert!(value.trim().len() < 8 || !shown.contains(value.trim()));
            }
        }
    }
}
