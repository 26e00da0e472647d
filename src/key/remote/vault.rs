//! A master key in HashiCorp Vault (keystore, section 2.4): a secret of a kv engine, of either version, and the mount
//! that its path begins with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::http::{Header, HttpClient, HttpResponse, HttpService, json_text};
use super::{ProxySettings, VaultCaller, VaultSettings};
use crate::failure::Failure;
use crate::key::secret::decode_go_base64;
use crate::key::store::MasterKey;

const SERVICE: HttpService = HttpService { name: "Vault", example: "https://vault.example:8200", is_typed: true };

/// Where Vault says which engines there are.
const MOUNTS: &str = "/v1/sys/internal/ui/mounts";

/// The field of the secret that is the master key.
const FIELD: &str = "acra_master_key";

/// What to do when there is no list of mounts.
const MOUNTS_HINT: &str = "one of three things: VAULT_NAMESPACE names a namespace that there is not, or is missing where one is \
                           needed; the address ends in /v1, which is added to it; the address is not the one of Vault";

/// What to do about the path of the secret.
const PATH_HINT: &str = "the path is MOUNT/NAME, as `vault kv get` takes it: without a leading slash, without data/";

/// The master key, and what people should know about the way to it.
pub(super) fn master_key(
    settings: &VaultSettings,
    caller: &VaultCaller,
    proxy: &ProxySettings,
) -> Result<(MasterKey, Vec<String>), Failure> {
    let token = decode_token(&caller.token)?;
    let mut headers: Vec<Header<'_>> = vec![("x-vault-token", &token), ("x-vault-request", b"true")];
    if !caller.namespace.is_empty() {
        headers.push(("x-vault-namespace", &caller.namespace));
    }
    let client = HttpClient::new(&settings.address, &settings.tls, proxy, &SERVICE)?;
    let mounts = ask(&client, MOUNTS, &headers)?;
    let mounts: Mounts = serde_json::from_slice(&mounts).map_err(|_| not_vault(&client, MOUNTS))?;
    let (path, layout) = mounts.locate(&settings.path).map_err(|error| misplaced(error, &client, &settings.path))?;
    let path = format!("/v1/{}", escape(&path));
    let secret = ask(&client, &path, &headers)?;
    let source = format!("Vault {}{path}", client.shown());
    let text = field(&secret, layout).map_err(|why| Failure::new(format!("{source}: {why}")).with_hint(PATH_HINT))?;
    let master = MasterKey::from_base64(&text, source)?;
    Ok((master, client.warnings("the token and the master key")))
}

fn decode_token(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let hint = "it holds the token in base64: export VAULT_API_TOKEN=$(printf %s \"$VAULT_TOKEN\" | base64 -w0)";
    if text.is_empty() {
        return Err(Failure::new("the variable VAULT_API_TOKEN is not set, or empty").with_hint(hint));
    }
    let token = decode_go_base64(text)
        .ok_or_else(|| Failure::new("the variable VAULT_API_TOKEN: the token is not base64").with_hint(hint))?;
    let begin = token.iter().position(|byte| *byte != b'\n').unwrap_or(token.len());
    let end = token.iter().rposition(|byte| *byte != b'\n').map_or(begin, |last| last + 1);
    if begin == end {
        return Err(Failure::new("the variable VAULT_API_TOKEN: the token is empty").with_hint(hint));
    }
    Ok(Zeroizing::new(token[begin..end].to_vec()))
}

fn ask(client: &HttpClient, path: &str, headers: &[Header<'_>]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let HttpResponse { status, body } = client.get(path, headers)?;
    let (what, hint) = match status {
        200 => return Ok(body),
        400 => ("Vault does not understand the request", "is this the address of Vault?"),
        403 => ("Vault refuses the token", "the token may have ended, or its policy must allow to read this path"),
        404 if path == MOUNTS => ("Vault has no such list of mounts", MOUNTS_HINT),
        404 => ("not found in Vault", PATH_HINT),
        429 | 472 | 473 => ("this Vault is a standby", "give the address of the active one"),
        503 => ("Vault is sealed, or being maintained", "unseal it, or try again later"),
        _ => ("Vault does not answer the request", "the log of Vault says why"),
    };
    Err(Failure::new(format!("{}{path}: {what} (status {status})", client.shown())).with_hint(hint))
}

fn not_vault(client: &HttpClient, path: &str) -> Failure {
    Failure::new(format!("{}{path}: the answer is not one of Vault", client.shown()))
        .with_hint("is this the address of Vault, without a path of its own?")
}

fn misplaced(error: PathError, client: &HttpClient, path: &str) -> Failure {
    let (what, hint) = match error {
        PathError::NoMount => ("its first part is not a mount that this token may see", PATH_HINT),
        PathError::NotKv => {
            ("the mount is not a kv engine", "Acra takes its master key from a kv engine, version 1 or 2")
        }
        PathError::NoVersion => ("the mount does not say its version", "is it a kv engine, version 1 or 2?"),
        PathError::NoSecret => ("no secret behind the mount", PATH_HINT),
    };
    Failure::new(format!("Vault {}: the path {path}: {what}", client.shown())).with_hint(hint)
}

#[derive(Deserialize)]
struct Plain<'a> {
    #[serde(borrow)]
    data: SecretFields<'a>,
}

#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(borrow)]
    data: Plain<'a>,
}

#[derive(Deserialize)]
struct SecretFields<'a> {
    #[serde(borrow)]
    acra_master_key: Option<&'a RawValue>,
}

/// The text of the master key in an answer.
fn field(answer: &[u8], layout: Layout) -> Result<Zeroizing<Vec<u8>>, String> {
    // The error would name what it stumbled over.
    let fields = match layout {
        Layout::Plain => serde_json::from_slice::<Plain<'_>>(answer).ok().map(|plain| plain.data),
        Layout::Versioned => serde_json::from_slice::<Versioned<'_>>(answer).ok().map(|versioned| versioned.data.data),
    };
    let fields = fields.ok_or("the answer is not a secret of a kv engine")?;
    let value = fields.acra_master_key.ok_or_else(|| format!("the secret has no field {FIELD}"))?;
    json_text(value).ok_or_else(|| format!("the field {FIELD} is not a text"))
}

/// What `sys/internal/ui/mounts` answers.
#[derive(Deserialize)]
struct Mounts {
    data: MountData,
}

#[derive(Deserialize)]
struct MountData {
    /// The engines that keep secrets, by their paths. As they are: options that are null are others than none.
    secret: BTreeMap<String, Map<String, Value>>,
}

/// How the secrets of a mount are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// As they are.
    Plain,
    /// With versions: `data` stands behind the mount, and around the fields.
    Versioned,
}

/// Why no path can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PathError {
    /// The first part is not the name of a mount, or the token may not see it.
    NoMount,
    /// The mount is of another type than kv.
    NotKv,
    /// The mount does not say its version.
    NoVersion,
    /// Only the mount is named.
    NoSecret,
}

impl Mounts {
    /// What to ask for, behind `/v1/`, and the layout of the answer.
    fn locate(&self, path: &str) -> Result<(String, Layout), PathError> {
        let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let found = self.data.secret.iter().find(|(name, _)| name.trim_matches('/') == first);
        let (_, mount) = found.ok_or(PathError::NoMount)?;
        if mount.get("type").is_none_or(|kind| kind != "kv") {
            return Err(PathError::NotKv);
        }
        let version = match mount.get("options").ok_or(PathError::NoVersion)? {
            Value::Object(options) => options.get("version").and_then(Value::as_str).ok_or(PathError::NoVersion)?,
            _ => "1",
        };
        if version != "2" {
            return Ok((path.to_owned(), Layout::Plain));
        }
        let rest = rest.ok_or(PathError::NoSecret)?;
        let parts = [first, "data"].into_iter().chain(rest.split('/').filter(|part| !part.is_empty()));
        Ok((parts.collect::<Vec<_>>().join("/"), Layout::Versioned))
    }
}

/// A path as it stands in a URL.
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_token_is_base64_with_line_ends_around_it() {
        let given = |token: &str| decode_token(STANDARD.encode(token).as_bytes()).map(|token| token.to_vec());
        assert_eq!(given("hvs.abc").unwrap(), b"hvs.abc");
        assert_eq!(given("\n\nhvs.abc\n").unwrap(), b"hvs.abc");
        // As Acra has it, for which this is no token; it cannot be sent either.
        assert_eq!(given("hvs.abc\r\n").unwrap(), b"hvs.abc\r");
        for token in ["", "\n", "\n\n"] {
            let failure = given(token).unwrap_err();
            assert!(failure.message.contains("empty"), "{failure:?}");
        }
        let failure = decode_token(b"hvs.CAESIJ").unwrap_err();
        assert_eq!(failure.message, "the variable VAULT_API_TOKEN: the token is not base64");
    }

    #[test]
    fn the_master_key_is_one_text_of_the_secret() {
        let read = |answer: &str, layout| field(answer.as_bytes(), layout).map(|text| text.to_vec());
        let (plain, versioned) = (Layout::Plain, Layout::Versioned);
        assert_eq!(read(r#"{"data": {"acra_master_key": "QUJD\n", "b": [1]}}"#, plain).unwrap(), b"QUJD\n");
        let answer = r#"{"data": {"data": {"acra_master_key": "QUJD"}, "metadata": {"version": 3}}, "auth": null}"#;
        assert_eq!(read(answer, versioned).unwrap(), b"QUJD");
        for (answer, layout, why) in [
            (r#"{"data": {"data": {"acra_master_key": "QUJD"}}}"#, plain, "the secret has no field"),
            (r#"{"data": {"ACRA_MASTER_KEY": "QUJD"}}"#, plain, "the secret has no field"),
            (r#"{"data": {"acra_master_key": 7}}"#, plain, "is not a text"),
            (r#"{"data": {"acra_master_key": null}}"#, plain, "the secret has no field"),
            (r#"{"data": {"acra_master_key": "QUJD"}}"#, versioned, "is not a secret"),
            (r#"{"data": {"data": null}}"#, versioned, "is not a secret"),
            (r#"{"data": null}"#, plain, "is not a secret"),
            ("<html>", plain, "is not a secret"),
        ] {
            let told = read(answer, layout).unwrap_err();
            assert!(told.contains(why) && !told.contains("QUJD"), "{answer}: {told}");
        }
    }

    const MOUNTS_ANSWER: &str = r#"{"request_id": "x", "data": {"auth": {}, "secret": {
        "secret/": {"type": "kv", "options": {"version": "2"}, "path": "secret/"},
        "old/": {"type": "kv", "options": null},
        "older/": {"type": "kv"},
        "one/": {"type": "kv", "options": {"version": "1"}},
        "odd/": {"type": "kv", "options": "2"},
        "mute/": {"type": "kv", "options": {}},
        "number/": {"type": "kv", "options": {"version": 2}},
        "team/kv/": {"type": "kv", "options": {"version": "2"}},
        "cubbyhole/": {"type": "cubbyhole"},
        "untyped/": {}
    }}}"#;

    #[test]
    fn the_mount_decides_what_is_asked_for() {
        let mounts: Mounts = serde_json::from_str(MOUNTS_ANSWER).unwrap();
        let versioned = |path: &str| Ok((path.to_owned(), Layout::Versioned));
        let plain = |path: &str| Ok((path.to_owned(), Layout::Plain));
        let cases = [
            ("secret/", versioned("secret/data")),
            ("secret/acra", versioned("secret/data/acra")),
            ("secret//acra//key/", versioned("secret/data/acra/key")),
            ("secret/data/acra", versioned("secret/data/data/acra")),
            ("secret", Err(PathError::NoSecret)),
            ("/secret/acra", Err(PathError::NoMount)),
            ("", Err(PathError::NoMount)),
            ("team/kv/acra", Err(PathError::NoMount)),
            ("unknown/acra", Err(PathError::NoMount)),
            ("cubbyhole/acra", Err(PathError::NotKv)),
            ("untyped/acra", Err(PathError::NotKv)),
            ("mute/acra", Err(PathError::NoVersion)),
            ("number/acra", Err(PathError::NoVersion)),
            ("older/acra", Err(PathError::NoVersion)),
            ("old/acra//key/", plain("old/acra//key/")),
            ("one/acra", plain("one/acra")),
            ("odd/acra", plain("odd/acra")),
            ("old", plain("old")),
        ];
        for (path, expected) in cases {
            assert_eq!(mounts.locate(path), expected, "{path}");
        }
    }

    #[test]
    fn letters_that_mean_something_in_a_url_are_escaped() {
        assert_eq!(escape("secret/data/a b?c#d%2e\u{e9}-._~"), "secret/data/a%20b%3Fc%23d%252e%C3%A9-._~");
    }
}
