//! A master key in HashiCorp Vault (keystore, section 2.4): a secret of a kv engine, of either version.

mod path;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::address::Service;
use super::http::{Answer, Client, Header};
use super::{ProxySettings, VaultCaller, VaultSettings, json};
use crate::failure::Failure;
use crate::key::secret::decode_go_base64;
use crate::key::store::MasterKey;
use path::{Layout, Mounts, PathError, escape};

const SERVICE: Service = Service { name: "Vault", example: "https://vault.example:8200", is_typed: true };

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
    let client = Client::new(&settings.address, &settings.tls, proxy, &SERVICE)?;
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

fn ask(client: &Client, path: &str, headers: &[Header<'_>]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let Answer { status, body } = client.get(path, headers)?;
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

fn not_vault(client: &Client, path: &str) -> Failure {
    Failure::new(format!("{}{path}: the answer is not one of Vault", client.shown()))
        .with_hint("is this the address of Vault, without a path of its own?")
}

fn misplaced(error: PathError, client: &Client, path: &str) -> Failure {
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
    data: Fields<'a>,
}

#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(borrow)]
    data: Plain<'a>,
}

#[derive(Deserialize)]
struct Fields<'a> {
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
    json::text(value).ok_or_else(|| format!("the field {FIELD} is not a text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

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
}
