//! Signature Version 4 of AWS, for the one kind of request that is sent: POST to `/` with JSON.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

/// The headers that are signed.
const SIGNED: &str = "content-type;host;x-amz-date;x-amz-target";

/// The content type of AWS JSON 1.1.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A request, as far as it is signed.
pub(super) struct Unsigned<'a> {
    pub(super) host: &'a str,
    pub(super) region: &'a str,
    /// What the service is to do.
    pub(super) target: &'a str,
    /// `20261122T101941Z`
    pub(super) time: &'a str,
    pub(super) body: &'a [u8],
}

/// The value of the header `Authorization`.
pub(super) fn authorization(request: &Unsigned<'_>, access_key_id: &str, secret: &[u8]) -> String {
    let Unsigned { host, region, target, time, body } = request;
    let canonical = format!(
        "POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{time}\nx-amz-target:{target}\n\n{SIGNED}\n{}",
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
    format!("AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_the_client_of_aws_signed_get_the_same_signature() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keystores/kms-wire/exchanges.json");
        let exchanges: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let exchanges = exchanges.as_array().unwrap();
        assert!(exchanges.len() >= 4);
        for exchange in exchanges {
            let header = |name: &str| exchange["headers"][name].as_str().unwrap();
            assert_eq!(header("Content-Type"), CONTENT_TYPE);
            let request = Unsigned {
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
}
