//! AWS KMS (keystore, sections 2.5 and 2.6): one call, Decrypt, for the master key or for each key of keystore v1.

mod credentials;
mod sign;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::address::Service;
use super::http::{Answer, Client};
use super::{ProxySettings, TlsSettings, json};
use crate::failure::Failure;
use crate::key::KEY_BYTES;
use crate::key::secret::decode_go_base64;
use crate::key::store::{KeyService, MasterKey, StorageError, looks_encrypted_by_kms};
use credentials::Credentials;
use sign::{CONTENT_TYPE, Unsigned, authorization};

const SERVICE: Service = Service { name: "KMS", example: "https://kms.eu-west-1.amazonaws.com", is_typed: false };

/// The key of the service that wraps the master key.
const MASTER_KEY: &str = "alias/acra_master_key";

/// The one that wraps audit log keys.
const AUDIT_LOG: &str = "alias/acra_audit_log";

/// The least length of the name of a key in what was encrypted with it.
const NAME_BYTES_MIN: usize = 20;

const DECRYPT: &str = "TrentService.Decrypt";

/// The errors that say something of what was to be decrypted, or of the key of KMS that encrypted it. All others would meet
/// the next key as well.
const NOT_ENCRYPTED_BY_KMS: &str = "InvalidCiphertextException";
const NOT_ENCRYPTED_WITH_THIS_KEY: &str = "IncorrectKeyException";
const OF_ONE_KEY: [&str; 7] = [
    NOT_ENCRYPTED_BY_KMS,
    NOT_ENCRYPTED_WITH_THIS_KEY,
    "AccessDeniedException",
    "NotFoundException",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
];

/// The master key that the service makes of a wrapped one; and what people should know about the credentials.
pub(super) fn master_key(
    credentials: &Path,
    wrapped: &[u8],
    source: &str,
    proxy: &ProxySettings,
) -> Result<(MasterKey, Vec<String>), Failure> {
    if let Some(why) = master_unsendable(wrapped) {
        let hint = "what AWS KMS made of the master key is wanted, in base64; a master key that is not encrypted belongs to \
                    the strategy env_master_key";
        return Err(Failure::new(format!("{source}: {why}")).with_hint(hint));
    }
    let (kms, warnings) = Kms::open(credentials, proxy)?;
    let plain = kms.decrypt(MASTER_KEY, wrapped)?;
    Ok((MasterKey::from_bytes(plain, format!("{source}, decrypted by AWS KMS")), warnings))
}

/// The service for each key; and what people should know about the credentials.
pub(super) fn per_client(
    credentials: &Path,
    proxy: &ProxySettings,
) -> Result<(Box<dyn KeyService>, Vec<String>), Failure> {
    let (kms, warnings) = Kms::open(credentials, proxy)?;
    Ok((Box::new(PerClient(kms)), warnings))
}

struct PerClient(Kms);

impl KeyService for PerClient {
    fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        if let Some(why) = key_unsendable(sealed) {
            let hint = "each key of this keystore is to be what AWS KMS made of it: is another strategy the right one?";
            return Err(StorageError::Entry(Failure::new(why).with_hint(hint)));
        }
        self.0.decrypt(AUDIT_LOG, sealed)
    }
}

/// Why this may be a master key itself, which nobody on the way is to see: it has none of the forms that KMS gives to what it
/// encrypts. A master key has any length.
fn master_unsendable(blob: &[u8]) -> Option<String> {
    let what = "master key";
    unsendable(blob, what, |length| length >= KEY_BYTES).or_else(|| {
        let is_encrypted = looks_encrypted_by_kms(blob) || names_its_key(blob);
        let why =
            "it is not what KMS encrypted, and may be a master key that is not encrypted; nothing was sent to KMS";
        (!is_encrypted).then(|| why.to_owned())
    })
}

/// Why this may be an audit log key itself, which has one length.
fn key_unsendable(blob: &[u8]) -> Option<String> {
    unsendable(blob, "key", |length| length == KEY_BYTES)
}

/// Why this cannot be something that KMS encrypted, and may be the secret itself: as it is, or written out in base64 or hex.
fn unsendable(blob: &[u8], what: &str, is_length: impl Fn(usize) -> bool) -> Option<String> {
    let (length, text) = (blob.len(), blob.trim_ascii());
    let is_written_out = decode_go_base64(text).is_some_and(|bytes| is_length(bytes.len()))
        || (text.iter().all(u8::is_ascii_hexdigit) && is_length(text.len() / 2));
    if length == KEY_BYTES || text.starts_with(b"{") || is_written_out {
        return Some(format!("it looks like a {what} that is not encrypted; nothing was sent to KMS"));
    }
    (length < KEY_BYTES).then(|| format!("{length} bytes are too few for what KMS encrypted; nothing was sent to KMS"))
}

/// Whether there is a name in it that can be read, as there is in what stands in for KMS: that of the key. A random key has
/// as many letters in a row in one of 10^8 cases.
fn names_its_key(blob: &[u8]) -> bool {
    blob.split(|byte| !byte.is_ascii_graphic()).any(|run| run.len() >= NAME_BYTES_MIN)
}

struct Kms {
    client: Client,
    credentials: Credentials,
}

#[derive(Deserialize)]
struct Decrypted<'a> {
    #[serde(rename = "Plaintext", borrow)]
    plaintext: &'a RawValue,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    kind: String,
}

impl Kms {
    fn open(path: &Path, proxy: &ProxySettings) -> Result<(Self, Vec<String>), Failure> {
        let (credentials, warning) = Credentials::read(path)?;
        let client = Client::new(&credentials.endpoint, &TlsSettings::default(), proxy, &SERVICE)?;
        let warnings = warning.into_iter().chain(client.warnings("keys")).collect();
        Ok((Self { client, credentials }, warnings))
    }

    fn decrypt(&self, key: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        let answer = self.ask(key, sealed).map_err(StorageError::Access)?;
        plaintext(&answer, &format!("KMS {}: {key}", self.client.shown()))
    }

    fn ask(&self, key: &str, sealed: &[u8]) -> Result<Answer, Failure> {
        let body = format!(r#"{{"CiphertextBlob":"{}","KeyId":"{key}"}}"#, STANDARD.encode(sealed));
        let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let Credentials { access_key_id, secret, region, .. } = &self.credentials;
        let host = self.client.host();
        let request = Unsigned { host: &host, region, target: DECRYPT, time: &time, body: body.as_bytes() };
        let signature = authorization(&request, access_key_id, secret);
        let headers = [
            ("content-type", CONTENT_TYPE.as_bytes()),
            ("x-amz-date", time.as_bytes()),
            ("x-amz-target", DECRYPT.as_bytes()),
            ("authorization", signature.as_bytes()),
        ];
        self.client.post("/", &headers, body.as_bytes())
    }
}

/// What an answer holds about the key that `about` names.
fn plaintext(answer: &Answer, about: &str) -> Result<Zeroizing<Vec<u8>>, StorageError> {
    if answer.status != 200 {
        let kind = error_type(&answer.body);
        let told = format!("{about}: KMS refuses: {kind} (status {})", answer.status);
        let failure = Failure::new(told).with_hint(advice(&kind));
        let is_of_this_key = OF_ONE_KEY.contains(&&kind[..]);
        return Err(if is_of_this_key { StorageError::Entry(failure) } else { StorageError::Access(failure) });
    }
    // The error would name what it stumbled over.
    let decrypted = serde_json::from_slice::<Decrypted<'_>>(&answer.body).ok();
    let text = decrypted.and_then(|decrypted| json::text(decrypted.plaintext));
    text.and_then(|text| decode_go_base64(&text)).ok_or_else(|| {
        let failure = Failure::new(format!("{about}: the answer is not one of KMS"));
        StorageError::Access(failure.with_hint("is the endpoint in the file with the credentials the one of KMS?"))
    })
}

/// The name of the error in an answer, which may have a namespace before it. The rest of the answer is not repeated.
fn error_type(body: &[u8]) -> String {
    let kind = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.kind).unwrap_or_default();
    let name = kind.rsplit('#').next().unwrap_or_default();
    let is_name = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { name.to_owned() } else { "an error without a name".to_owned() }
}

fn advice(kind: &str) -> &'static str {
    match kind {
        "AccessDeniedException" => "the policy of the credentials must allow kms:Decrypt with this key",
        "NotFoundException" => "there is no such alias; the region or the account may be another one",
        NOT_ENCRYPTED_BY_KMS | NOT_ENCRYPTED_WITH_THIS_KEY => {
            "what was given was not encrypted with this key, or is damaged; the region may be another one"
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException" => {
            "check access_key_id, secret_access_key and region, and the clock of this machine"
        }
        "DisabledException" | "KMSInvalidStateException" => "the key of KMS is disabled, or about to be deleted",
        "ThrottlingException" | "KMSInternalException" | "DependencyTimeoutException" => "try again later",
        _ => "the names of errors are explained in the reference of KMS, under Decrypt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_its_name_alone() {
        for (body, kind) in [
            (r#"{"__type":"InvalidCiphertextException"}"#, "InvalidCiphertextException"),
            (r#"{"__type":"com.amazonaws.kms#NotFoundException","message":"hunter2"}"#, "NotFoundException"),
            (r#"{"__type":"not a name: hunter2"}"#, "an error without a name"),
            (r#"{"message":"hunter2"}"#, "an error without a name"),
            ("hunter2", "an error without a name"),
        ] {
            assert_eq!(error_type(body.as_bytes()), kind);
        }
    }

    #[test]
    fn only_what_is_said_of_a_key_itself_is_a_problem_of_that_key_alone() {
        let asked = |status: u16, body: &str| {
            let body = Zeroizing::new(body.as_bytes().to_vec());
            plaintext(&Answer { status, body }, "KMS x: alias")
        };
        assert_eq!(asked(200, r#"{"KeyId": "a", "Plaintext": "QUJD"}"#).unwrap().as_slice(), b"ABC");
        let refused = |kind: &str| format!(r#"{{"__type":"com.amazonaws.kms#{kind}"}}"#);
        for kind in [
            "InvalidCiphertextException",
            "IncorrectKeyException",
            "AccessDeniedException",
            "NotFoundException",
            "DisabledException",
        ] {
            assert!(matches!(asked(400, &refused(kind)), Err(StorageError::Entry(_))), "{kind}");
        }
        for (status, body) in [
            (400, refused("ThrottlingException")),
            (400, refused("UnrecognizedClientException")),
            (500, refused("KMSInternalException")),
            (503, "hunter2".to_owned()),
            (200, "hunter2".to_owned()),
            (200, r#"{"Plaintext": "!hunter2"}"#.to_owned()),
        ] {
            let Err(StorageError::Access(failure)) = asked(status, &body) else { panic!("{status} {body}") };
            assert!(failure.hint.is_some() && !format!("{failure:?}").contains("hunter2"), "{failure:?}");
        }
    }

    #[test]
    fn what_may_be_a_key_itself_is_not_sent() {
        // There are no credentials, which would be read first of all.
        let folder = tempfile::tempdir().unwrap();
        let credentials = folder.path().join("none");
        let sealed = [&[0, 1, 1, 0x40, 12, 0, 0, 0, 16, 0, 0, 0, 32, 0, 0, 0][..], &[7; 60]].concat();
        let real = [&[1, 2, 2, 0, 0x78][..], &[7; 179]].concat();
        for (blob, why) in [
            (&[7; 32][..], "looks like a master key that is not encrypted; nothing was sent"),
            (br#"{"encryption":"QUJD","signature":"REVG"}"#, "looks like a master key that is not encrypted"),
            (b" \n{", "looks like a master key that is not encrypted"),
            (&[7; 31], "31 bytes are too few"),
            (&[7; 33], "may be a master key that is not encrypted; nothing was sent"),
            (&[0xa7; 48], "may be a master key that is not encrypted; nothing was sent"),
            (&[0xa7; 300], "may be a master key that is not encrypted; nothing was sent"),
            (STANDARD.encode([7; 48]).as_bytes(), "looks like a master key that is not encrypted"),
            (format!("{}\n", hex::encode([7; 32])).as_bytes(), "looks like a master key that is not encrypted"),
            (&sealed, "may be a master key that is not encrypted; nothing was sent"),
            (&real, "cannot read the credentials"),
            (b"\x07508fcd9c-49cc-4744-b8e7-54da85e53f09\xfd\xb2\x09", "cannot read the credentials"),
            (&[0x01, 0x02, 0x02, 0x00], "4 bytes are too few"),
        ] {
            let failure = master_key(&credentials, blob, "the variable V", &ProxySettings::default()).unwrap_err();
            assert!(failure.message.contains(why), "{failure:?}");
        }
        let written = [hex::encode([7; 32]), STANDARD.encode([7; 32])].map(String::into_bytes);
        for key in [&[7; 32][..], &written[0], &written[1]] {
            assert!(key_unsendable(key).is_some_and(|why| why.contains("a key that is not encrypted")));
        }
        for blob in [&real[..], &[7; 90], &sealed] {
            assert_eq!(key_unsendable(blob), None);
        }
    }

    #[test]
    fn a_random_key_of_any_length_is_not_sent() {
        for seed in 0..500_u32 {
            let blocks = (0..16_u32).map(|block| [seed.to_be_bytes(), block.to_be_bytes()].concat());
            let key: Vec<u8> = blocks.flat_map(<sha2::Sha256 as sha2::Digest>::digest).collect();
            for length in [32, 33, 40, 48, 64, 76, 96, 100, 184, 512] {
                assert!(master_unsendable(&key[..length]).is_some(), "{seed} {length}");
            }
        }
    }
}
