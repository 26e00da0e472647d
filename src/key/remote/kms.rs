//! AWS KMS (keystore, sections 2.5 and 2.6): one call, Decrypt, for the master key or for each key of keystore v1, signed
//! with Signature Version 4; and the file with the credentials, as Acra takes it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::http::{HttpClient, HttpResponse, HttpService, json_text};
use super::{ProxySettings, TlsSettings};
use crate::failure::Failure;
use crate::key::KEY_BYTES;
use crate::key::secret::{SecretFileError, decode_go_base64, is_secret_text, read_file};
use crate::key::store::{KeyService, MasterKey, StorageError, looks_encrypted_by_kms};

const SERVICE: HttpService =
    HttpService { name: "KMS", example: "https://kms.eu-west-1.amazonaws.com", is_typed: false };

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

/// The headers that are signed.
const SIGNED_HEADERS: &str = "content-type;host;x-amz-date;x-amz-target";

/// The content type of AWS JSON 1.1.
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

const CREDENTIALS_HINT: &str = "it is the file that Acra is given as --kms_credentials_path: JSON with access_key_id, \
                    secret_access_key, region, and an endpoint if it is another one than that of the region";

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
    client: HttpClient,
    credentials: Credentials,
}

#[derive(Deserialize)]
struct Decrypted<'a> {
    #[serde(rename = "Plaintext", borrow)]
    plaintext: &'a RawValue,
}

#[derive(Deserialize)]
struct KmsError {
    #[serde(rename = "__type")]
    kind: String,
}

impl Kms {
    fn open(path: &Path, proxy: &ProxySettings) -> Result<(Self, Vec<String>), Failure> {
        let (credentials, warning) = Credentials::read(path)?;
        let client = HttpClient::new(&credentials.endpoint, &TlsSettings::default(), proxy, &SERVICE)?;
        let warnings = warning.into_iter().chain(client.warnings("keys")).collect();
        Ok((Self { client, credentials }, warnings))
    }

    fn decrypt(&self, key: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StorageError> {
        let answer = self.ask(key, sealed).map_err(StorageError::Access)?;
        plaintext(&answer, &format!("KMS {}: {key}", self.client.shown()))
    }

    fn ask(&self, key: &str, sealed: &[u8]) -> Result<HttpResponse, Failure> {
        let body = format!(r#"{{"CiphertextBlob":"{}","KeyId":"{key}"}}"#, STANDARD.encode(sealed));
        let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let Credentials { access_key_id, secret, region, .. } = &self.credentials;
        let host = self.client.host();
        let request = RequestToSign { host: &host, region, target: DECRYPT, time: &time, body: body.as_bytes() };
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
fn plaintext(answer: &HttpResponse, about: &str) -> Result<Zeroizing<Vec<u8>>, StorageError> {
    if answer.status != 200 {
        let kind = error_type(&answer.body);
        let told = format!("{about}: KMS refuses: {kind} (status {})", answer.status);
        let failure = Failure::new(told).with_hint(advice(&kind));
        let is_of_this_key = OF_ONE_KEY.contains(&&kind[..]);
        return Err(if is_of_this_key { StorageError::Entry(failure) } else { StorageError::Access(failure) });
    }
    // The error would name what it stumbled over.
    let decrypted = serde_json::from_slice::<Decrypted<'_>>(&answer.body).ok();
    let text = decrypted.and_then(|decrypted| json_text(decrypted.plaintext));
    text.and_then(|text| decode_go_base64(&text)).ok_or_else(|| {
        let failure = Failure::new(format!("{about}: the answer is not one of KMS"));
        StorageError::Access(failure.with_hint("is the endpoint in the file with the credentials the one of KMS?"))
    })
}

/// The name of the error in an answer, which may have a namespace before it. The rest of the answer is not repeated.
fn error_type(body: &[u8]) -> String {
    let kind = serde_json::from_slice::<KmsError>(body).map(|refusal| refusal.kind).unwrap_or_default();
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

/// A request, as far as it is signed.
struct RequestToSign<'a> {
    host: &'a str,
    region: &'a str,
    /// What the service is to do.
    target: &'a str,
    /// `20261122T101941Z`
    time: &'a str,
    body: &'a [u8],
}

/// The value of the header `Authorization`: Signature Version 4, for the one kind of request that is sent, POST to `/` with
/// JSON.
fn authorization(request: &RequestToSign<'_>, access_key_id: &str, secret: &[u8]) -> String {
    let RequestToSign { host, region, target, time, body } = request;
    let canonical = format!(
        "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{time}\nx-amz-target:{target}\n\n{SIGNED_HEADERS}\n{}",
        hex::encode(Sha256::digest(body))
    );
    let day = time.get(..8).unwrap_or(time);
    let scope = format!("{day}/{region}/kms/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));

    let mut key = Zeroizing::new(Vec::with_capacity(secret.len() + 4));
    key.extend_from_slice(b"AWS4");
    key.extend_from_slice(secret);
    for part in [day, region, "kms", "aws4_request"] {
        key = Zeroizing::new(mac(&key, part.as_bytes()).to_vec());
    }
    let signature = hex::encode(mac(&key, to_sign.as_bytes()).as_slice());
    format!(
        "AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
    )
}

fn mac(key: &[u8], text: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    let mut computed = mac.finalize().into_bytes();
    let mut kept = Zeroizing::new([0; 32]);
    kept.copy_from_slice(&computed);
    computed.as_mut_slice().zeroize();
    kept
}

/// Who asks, and where.
struct Credentials {
    access_key_id: String,
    secret: Zeroizing<Vec<u8>>,
    region: String,
    /// A URL.
    endpoint: String,
}

#[derive(Deserialize)]
struct CredentialsFile<'a> {
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
    fn read(path: &Path) -> Result<(Self, Option<String>), Failure> {
        let shown = path.display();
        let file = read_file(path).map_err(|why| match why {
            SecretFileError::Refused(_) if is_secret_text(path.as_os_str().as_encoded_bytes()) => {
                Failure::usage("what was given as the file with the credentials is not the name of a file")
                    .with_hint(CREDENTIALS_HINT)
            }
            SecretFileError::Refused(error) => {
                Failure::new(format!("{shown}: cannot read the credentials for KMS: {error}"))
            }
            SecretFileError::Unfit(kind) => {
                Failure::new(format!("{shown}: the credentials for KMS are {kind}")).with_hint(CREDENTIALS_HINT)
            }
        })?;
        let warning = file.warning(path, "file with the credentials for KMS");
        if file.is_too_long() {
            return Err(Failure::new(format!("{shown}: too long for credentials")).with_hint(CREDENTIALS_HINT));
        }
        let read = Self::parse(&file.content)
            .map_err(|why| Failure::new(format!("{shown}: {why}")).with_hint(CREDENTIALS_HINT))?;
        Ok((read, warning))
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        // The error would name what it stumbled over.
        let written: CredentialsFile<'_> =
            serde_json::from_slice(text).map_err(|_| "not the credentials for KMS in JSON")?;
        let read = |name: &str, value: Option<&RawValue>| match value.map(json_text) {
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
        let own = written.endpoint.map(|value| json_text(value).ok_or("endpoint is not a text")).transpose()?;
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
            plaintext(&HttpResponse { status, body }, "KMS x: alias")
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

    #[test]
    fn requests_that_the_client_of_aws_signed_get_the_same_signature() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keystores/kms-wire/exchanges.json");
        let exchanges: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let exchanges = exchanges.as_array().unwrap();
        assert!(exchanges.len() >= 4);
        for exchange in exchanges {
            let header = |name: &str| exchange["headers"][name].as_str().unwrap();
            assert_eq!(header("Content-Type"), CONTENT_TYPE);
            let request = RequestToSign {
                host: "127.0.0.1:16400",
                region: "eu-west-2",
                target: header("X-Amz-Target"),
                time: header("X-Amz-Date"),
                body: exchange["body"].as_str().unwrap().as_bytes(),
            };
            let signed = authorization(&request, "AKIAEXAMPLE", b"secretexample");
            assert_eq!(signed, header("Authorization"));
            assert_ne!(authorization(&request, "AKIAEXAMPLE", b"secretexamplf"), signed);
        }
    }

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
