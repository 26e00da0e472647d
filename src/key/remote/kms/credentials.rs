//! The file with the credentials for AWS, as Acra takes it: JSON with an access key, a region, and an endpoint if it is not
//! the usual one of the region.

use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::super::json;
use crate::failure::Failure;
use crate::key::secret::is_secret_text;
use crate::key::secret::{SecretFileError, read_file};

const HINT: &str = "it is the file that Acra is given as --kms_credentials_path: JSON with access_key_id, \
                    secret_access_key, region, and an endpoint if it is another one than that of the region";

/// Who asks, and where.
pub(super) struct Credentials {
    pub(super) access_key_id: String,
    pub(super) secret: Zeroizing<Vec<u8>>,
    pub(super) region: String,
    /// A URL.
    pub(super) endpoint: String,
}

#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    access_key_id: Option<&'a RawValue>,
    #[serde(borrow)]
    secret_access_key: Option<&'a RawValue>,
    #[serde(borrow)]
    region: Option<&'a RawValue>,
    #[serde(borrow)]
    endpoint: Option<&'a RawValue>,
}

impl Credentials {
    /// Reads a file; and what people should know about it.
    pub(super) fn read(path: &Path) -> Result<(Self, Option<String>), Failure> {
        let shown = path.display();
        let file = read_file(path).map_err(|why| match why {
            SecretFileError::Refused(_) if is_secret_text(path.as_os_str().as_encoded_bytes()) => {
                Failure::usage("what was given as the file with the credentials is not the name of a file")
                    .with_hint(HINT)
            }
            SecretFileError::Refused(error) => {
                Failure::new(format!("{shown}: cannot read the credentials for KMS: {error}"))
            }
            SecretFileError::Unfit(kind) => {
                Failure::new(format!("{shown}: the credentials for KMS are {kind}")).with_hint(HINT)
            }
        })?;
        let warning = file.warning(path, "file with the credentials for KMS");
        if file.is_too_long() {
            return Err(Failure::new(format!("{shown}: too long for credentials")).with_hint(HINT));
        }
        let read = Self::parse(&file.content).map_err(|why| Failure::new(format!("{shown}: {why}")).with_hint(HINT))?;
        Ok((read, warning))
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        // The error would name what it stumbled over.
        let written: Written<'_> = serde_json::from_slice(text).map_err(|_| "not the credentials for KMS in JSON")?;
        let read = |name: &str, value: Option<&RawValue>| match value.map(json::text) {
            Some(Some(text)) if !text.is_empty() => Ok(text),
            Some(None) => Err(format!("{name} is not a text")),
            _ => Err(format!("{name} is missing")),
        };
        let word = |name: &str, value, more: &[u8]| {
            let text = read(name, value)?;
            let is_word = text.iter().all(|byte| byte.is_ascii_alphanumeric() || more.contains(byte));
            let word = std::str::from_utf8(&text).ok().filter(|_| is_word);
            word.map(str::to_owned).ok_or_else(|| format!("{name} has letters that cannot be there"))
        };
        let access_key_id = word("access_key_id", written.access_key_id, b"_-")?;
        let secret = read("secret_access_key", written.secret_access_key)?;
        let region = word("region", written.region, b"-")?;
        let own = written.endpoint.map(|value| json::text(value).ok_or("endpoint is not a text")).transpose()?;
        let endpoint = match own.filter(|text| !text.is_empty()) {
            Some(text) => String::from_utf8(text.to_vec()).map_err(|_| "endpoint is not a URL")?,
            None if region.starts_with("cn-") => format!("https://kms.{region}.amazonaws.com.cn"),
            None => format!("https://kms.{region}.amazonaws.com"),
        };
        // The path is signed as well, and KMS has none.
        if endpoint.split_once("://").is_some_and(|(_, host)| host.trim_end_matches('/').contains('/')) {
            return Err("endpoint has a path, and KMS has none".to_owned());
        }
        Ok(Self { access_key_id, secret, region, endpoint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_that_of_the_region_unless_another_one_is_named() {
        let read = |more: &str, region: &str| {
            let text = format!(
                r#"{{"access_key_id": "AKIA_1", "secret_access_key": "se\/cr+et", "region": "{region}"{more}}}"#
            );
            Credentials::parse(text.as_bytes()).unwrap()
        };
        let plain = read("", "eu-west-2");
        assert_eq!((&plain.access_key_id[..], &plain.region[..]), ("AKIA_1", "eu-west-2"));
        assert_eq!(plain.secret.as_slice(), b"se/cr+et");
        assert_eq!(plain.endpoint, "https://kms.eu-west-2.amazonaws.com");
        assert_eq!(read("", "cn-north-1").endpoint, "https://kms.cn-north-1.amazonaws.com.cn");
        assert_eq!(read(r#", "endpoint": "http://127.0.0.1:1/""#, "x").endpoint, "http://127.0.0.1:1/");
        assert_eq!(read(r#", "endpoint": """#, "x").endpoint, "https://kms.x.amazonaws.com");
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_is_repeated() {
        for (text, why) in [
            ("AKIA:hunter2", "not the credentials"),
            (r#"["hunter2"]"#, "not the credentials"),
            (r#"{"secret_access_key": "hunter2", "region": "x"}"#, "access_key_id is missing"),
            (r#"{"access_key_id": "A", "region": "x"}"#, "secret_access_key is missing"),
            (r#"{"access_key_id": "A", "secret_access_key": "hunter2"}"#, "region is missing"),
            (r#"{"access_key_id": "A", "secret_access_key": 7, "region": "x"}"#, "secret_access_key is not a text"),
            (r#"{"access_key_id": "A", "secret_access_key": "hunter2", "region": "x.evil.example/"}"#, "region has"),
            (r#"{"access_key_id": "A/x, b=", "secret_access_key": "hunter2", "region": "x"}"#, "access_key_id has"),
            (r#"{"access_key_id": "A\nhunter2", "secret_access_key": "hunter2", "region": "x"}"#, "access_key_id has"),
            (r#"{"access_key_id": "A", "secret_access_key": "s", "region": "x", "endpoint": 1}"#, "endpoint is not"),
            (
                r#"{"access_key_id": "A", "secret_access_key": "s", "region": "x", "endpoint": "https://a/hunter2"}"#,
                "endpoint has a path",
            ),
        ] {
            let told = Credentials::parse(text.as_bytes()).err().unwrap();
            assert!(told.contains(why) && !told.contains("hunter2"), "{text}: {told}");
        }
    }
}
