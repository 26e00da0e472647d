//! AWS KMS (keystore, sections 2.5 and 2.6): one call, Decrypt, for the master key or for each key of keystore v1.

mod credentials;
mod sign;

use std::cell::OnceCell;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::http::{Answer, Client};
use super::{TlsSettings, json};
use crate::failure::Failure;
use crate::key::go_base64;
use crate::key::store::{KeyService, MasterKey};
use credentials::Credentials;
use sign::{CONTENT_TYPE, Unsigned, authorization};

/// The key of the service that wraps the master key.
const MASTER_KEY: &str = "alias/acra_master_key";

/// The one that wraps audit log keys.
const AUDIT_LOG: &str = "alias/acra_audit_log";

const DECRYPT: &str = "TrentService.Decrypt";

/// The master key that the service makes of a wrapped one; and what people should know about the credentials.
pub(super) fn master_key(
    credentials: &Path,
    wrapped: &[u8],
    source: &str,
) -> Result<(MasterKey, Vec<String>), Failure> {
    let (kms, warnings) = Kms::open(credentials)?;
    let plain = kms.decrypt(MASTER_KEY, wrapped)?;
    Ok((MasterKey::from_bytes(plain, format!("{source}, decrypted by AWS KMS")), warnings))
}

/// The service for each key; and what people should know about the credentials.
pub(super) fn per_client(credentials: &Path) -> Result<(Box<dyn KeyService>, Vec<String>), Failure> {
    let (kms, warnings) = Kms::open(credentials)?;
    Ok((Box::new(PerClient { kms, unreachable: OnceCell::new() }), warnings))
}

struct PerClient {
    kms: Kms,
    /// Said for every further key, so that nobody waits for each of them.
    unreachable: OnceCell<Failure>,
}

impl KeyService for PerClient {
    fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(failure) = self.unreachable.get() {
            return Err(failure.clone());
        }
        let answer = self.kms.ask(AUDIT_LOG, sealed).inspect_err(|failure| {
            self.unreachable.get_or_init(|| failure.clone());
        })?;
        self.kms.plaintext(AUDIT_LOG, &answer)
    }
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
    fn open(path: &Path) -> Result<(Self, Vec<String>), Failure> {
        let (credentials, warning) = Credentials::read(path)?;
        let client = Client::new(&credentials.endpoint, &TlsSettings::default(), "KMS")?;
        let warnings = warning.into_iter().chain(client.warning("keys")).collect();
        Ok((Self { client, credentials }, warnings))
    }

    fn decrypt(&self, key: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        self.plaintext(key, &self.ask(key, sealed)?)
    }

    fn ask(&self, key: &str, sealed: &[u8]) -> Result<Answer, Failure> {
        let body = format!(r#"{{"CiphertextBlob":"{}","KeyId":"{key}"}}"#, STANDARD.encode(sealed));
        let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let Credentials { access_key_id, secret, region, .. } = &self.credentials;
        let request =
            Unsigned { host: self.client.host(), region, target: DECRYPT, time: &time, body: body.as_bytes() };
        let signature = authorization(&request, access_key_id, secret);
        let headers = [
            ("content-type", CONTENT_TYPE.as_bytes()),
            ("x-amz-date", time.as_bytes()),
            ("x-amz-target", DECRYPT.as_bytes()),
            ("authorization", signature.as_bytes()),
        ];
        self.client.post("/", &headers, body.as_bytes())
    }

    fn plaintext(&self, key: &str, answer: &Answer) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let about = format!("KMS {}: {key}", self.client.shown());
        if answer.status != 200 {
            let kind = error_type(&answer.body);
            let hint = advice(&kind);
            return Err(
                Failure::new(format!("{about}: KMS refuses: {kind} (status {})", answer.status)).with_hint(hint)
            );
        }
        // The error would name what it stumbled over.
        let decrypted = serde_json::from_slice::<Decrypted<'_>>(&answer.body).ok();
        let text = decrypted.and_then(|decrypted| json::text(decrypted.plaintext));
        text.and_then(|text| go_base64::decode(&text)).ok_or_else(|| {
            Failure::new(format!("{about}: the answer is not one of KMS"))
                .with_hint("is the endpoint in the file with the credentials the one of KMS?")
        })
    }
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
        "InvalidCiphertextException" | "IncorrectKeyException" => {
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
}
