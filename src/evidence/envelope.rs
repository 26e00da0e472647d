//! The envelope of a signed statement: DSSE 1.0, with Ed25519 over its pre-authentication encoding. What is inside is left to
//! `statement`.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use crate::key::ed25519::{AttestationKey, AttestationPublicKey};

/// What a payload is that holds an in-toto Statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The most signatures that are tried: each one costs a verification over the whole payload.
const SIGNATURES_MAX: usize = 100;

/// Readers must take either alphabet (DSSE, protocol); whether there is padding is not said.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A payload with signatures. Unknown members are passed over, as DSSE demands.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DsseEnvelope {
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
struct EnvelopeSignature {
    /// A hint that nobody vouches for: nothing is decided by it.
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// A payload that a key signed.
#[derive(Debug)]
pub struct SignedPayload {
    pub payload_type: String,
    pub payload: Vec<u8>,
}

/// Why nothing is known to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeError {
    /// It is no envelope, for this reason.
    Malformed(String),
    /// No signature in it is one of this key over this payload.
    SignatureDoesNotFit,
}

impl DsseEnvelope {
    /// Signs a statement.
    pub fn sign(statement: &[u8], key: &AttestationKey) -> Self {
        let signature = key.sign(&pre_authentication_encoding(PAYLOAD_TYPE, statement));
        let signature = EnvelopeSignature { keyid: key.key_id().to_owned(), sig: STANDARD.encode(signature) };
        Self { payload_type: PAYLOAD_TYPE.to_owned(), payload: STANDARD.encode(statement), signatures: vec![signature] }
    }

    /// Takes an envelope apart, unless nobody with this key signed it. The payload is not looked at before that.
    ///
    /// # Errors
    /// When it is no envelope, or when no signature fits.
    pub fn open(text: &[u8], key: &AttestationPublicKey) -> Result<SignedPayload, EnvelopeError> {
        let malformed = |why: &str| EnvelopeError::Malformed(why.to_owned());
        let envelope: Self =
            serde_json::from_slice(text).map_err(|error| EnvelopeError::Malformed(error.to_string()))?;
        if envelope.signatures.is_empty() {
            return Err(malformed("it has no signature, and DSSE demands one"));
        }
        if envelope.signatures.len() > SIGNATURES_MAX {
            return Err(malformed("it has more than 100 signatures"));
        }
        let payload = decode(&envelope.payload).ok_or_else(|| malformed("its payload is not base64"))?;
        let signed = pre_authentication_encoding(&envelope.payload_type, &payload);
        let fits = |signature: &EnvelopeSignature| decode(&signature.sig).is_some_and(|sig| key.fits(&signed, &sig));
        if !envelope.signatures.iter().any(fits) {
            return Err(EnvelopeError::SignatureDoesNotFit);
        }
        Ok(SignedPayload { payload_type: envelope.payload_type, payload })
    }
}

/// Whether a text is a statement that stands for itself, outside of any envelope.
pub fn is_bare_statement(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Bare {
        #[serde(rename = "_type")]
        _kind: String,
        #[serde(rename = "predicateType")]
        _predicate: String,
    }
    serde_json::from_slice::<Bare>(text).is_ok()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).or_else(|_| BASE64_URL.decode(text)).ok()
}

/// What is signed (DSSE, protocol): PAE(type, body), with the lengths of both, so that neither can pass for a part of the
/// other.
fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut encoded = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    encoded.extend_from_slice(payload);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::evidence::{other_public_key, private_key, public_key};

    fn signed(statement: &[u8]) -> serde_json::Value {
        serde_json::to_value(DsseEnvelope::sign(statement, &private_key())).unwrap()
    }

    fn open(envelope: &serde_json::Value) -> Result<Vec<u8>, EnvelopeError> {
        DsseEnvelope::open(envelope.to_string().as_bytes(), &public_key()).map(|signed| signed.payload)
    }

    #[test]
    fn what_is_signed_is_the_example_of_the_protocol() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn what_was_signed_comes_out_again_in_either_alphabet_and_with_members_nobody_knows() {
        let statement = b"{\"?\":\"\xc3\xbf\xc3\xbe~~\"}";
        let mut envelope = signed(statement);
        assert_eq!(envelope["payloadType"], PAYLOAD_TYPE);
        assert_eq!(open(&envelope).unwrap(), statement);
        for member in ["/payload", "/signatures/0/sig"] {
            let text = envelope.pointer_mut(member).unwrap();
            let other = text.as_str().unwrap().replace('+', "-").replace('/', "_").replace('=', "");
            *text = other.into();
        }
        envelope["later"] = 1.into();
        envelope["signatures"][0]["keyid"] = "nobody".into();
        envelope["signatures"].as_array_mut().unwrap().insert(0, serde_json::json!({"sig": "AAAA", "cert": []}));
        assert_eq!(open(&envelope).unwrap(), statement);
    }

    #[test]
    fn whatever_is_changed_does_not_fit() {
        let whole = signed(b"{}");
        let mut cases = Vec::new();
        for (member, value) in [
            ("/payload", STANDARD.encode(b"{} ")),
            ("/payloadType", "application/json".to_owned()),
            ("/signatures/0/sig", STANDARD.encode([0; 64])),
            ("/signatures/0/sig", "?".to_owned()),
            ("/signatures/0/sig", String::new()),
        ] {
            let mut changed = whole.clone();
            *changed.pointer_mut(member).unwrap() = value.into();
            cases.push(changed);
        }
        for changed in cases {
            assert_eq!(open(&changed).unwrap_err(), EnvelopeError::SignatureDoesNotFit, "{changed}");
        }
        let foreign = DsseEnvelope::open(whole.to_string().as_bytes(), &other_public_key());
        assert_eq!(foreign.unwrap_err(), EnvelopeError::SignatureDoesNotFit);
    }

    #[test]
    fn what_is_no_envelope_is_not_opened() {
        let mut empty = signed(b"{}");
        empty["signatures"] = serde_json::json!([]);
        let mut many = signed(b"{}");
        many["signatures"] = vec![many["signatures"][0].clone(); SIGNATURES_MAX + 1].into();
        let mut broken = signed(b"{}");
        broken["payload"] = "???".into();
        let twice = signed(b"{}").to_string().replacen('{', "{\"payload\":\"\",", 1);
        let texts = ["", "{}", "[]", "{\"payload\":1}", &twice].map(str::to_owned);
        for text in texts.into_iter().chain([empty, many, broken].map(|value| value.to_string())) {
            let error = DsseEnvelope::open(text.as_bytes(), &public_key()).unwrap_err();
            assert!(matches!(error, EnvelopeError::Malformed(_)), "{text}: {error:?}");
        }
        assert!(
            is_bare_statement(b"{\"_type\":\"x\",\"predicateType\":\"y\",\"subject\":[]}") && !is_bare_statement(b"{}")
        );
    }
}
