//! Key rings that tests make, part by part, and where the parts of a ring stand. Those that Acra wrote are fixtures.

use std::ops::Range;

use super::der::tag;
use super::{SYMMETRIC_KEY, container};

pub(in crate::key::store) use super::signature::sign;

/// What rings are signed with.
pub(crate) const SIGNATURE_KEY: &[u8; 32] = b"a signature key of some 32 bytes";

/// The kind of signature that is known.
pub(crate) const HMAC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => [&[tag, short], content].concat(),
        Ok(long) => [&[tag, 0x81, long], content].concat(),
        Err(_) => [&[tag, 0x82, (length >> 8) as u8, length as u8], content].concat(),
    }
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, &parts.concat())
}

pub(crate) fn number(number: i8) -> Vec<u8> {
    element(tag::INTEGER, &number.to_be_bytes())
}

pub(crate) fn time() -> Vec<u8> {
    element(tag::UTC_TIME, b"261122101334Z")
}

/// A time as it is written for a year that UTCTime has not.
pub(crate) fn far_time(text: &str) -> Vec<u8> {
    element(tag::GENERALIZED_TIME, text.as_bytes())
}

/// A key with these parts.
pub(crate) fn key(seqnum: i8, state: i8, parts: &[&[u8]]) -> Vec<u8> {
    key_valid([&time(), &time()], seqnum, state, parts)
}

/// A key with the times since when, and until when, it is valid.
pub(crate) fn key_valid([since, until]: [&[u8]; 2], seqnum: i8, state: i8, parts: &[&[u8]]) -> Vec<u8> {
    sequence(&[&number(seqnum), &number(state), since, until, &element(tag::SET, &parts.concat())])
}

pub(crate) fn part(format: i8, sealed: &[u8]) -> Vec<u8> {
    sequence(&[&number(format), &element(SYMMETRIC_KEY, sealed)])
}

pub(crate) fn ring_of(keys: &[&[u8]], current: i8) -> Vec<u8> {
    sequence(&[&element(tag::OCTET_STRING, b"audit-log"), &sequence(keys), &number(current)])
}

pub(crate) fn payload(ring: &[u8]) -> Vec<u8> {
    sequence(&[&number(1), &number(2), &time(), ring])
}

pub(crate) fn signature(algorithm: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[&element(tag::OBJECT_IDENTIFIER, algorithm), &element(tag::OCTET_STRING, signature)])
}

pub(crate) fn with_signatures(payload: &[u8], signatures: &[&[u8]]) -> Vec<u8> {
    sequence(&[payload, &element(tag::SET, &signatures.concat())])
}

pub(crate) fn signed(payload: &[u8]) -> Vec<u8> {
    with_signatures(payload, &[&signature(HMAC, &sign(SIGNATURE_KEY, payload))])
}

/// Where the parts of a file stand.
pub(crate) struct Parts {
    pub(crate) payload: Range<usize>,
    pub(crate) signature: Range<usize>,
}

/// The payload of a file and the signature that fits; None when the file is no container, or no signature fits.
pub(crate) fn parts(file: &[u8], signature_key: &[u8]) -> Option<Parts> {
    let (payload, _) = container(file).ok()?;
    let start = payload.whole.as_ptr() as usize - file.as_ptr() as usize;
    let signature = sign(signature_key, payload.whole);
    let at = file.windows(signature.len()).position(|bytes| bytes == signature)?;
    Some(Parts { payload: start..start + payload.whole.len(), signature: at..at + signature.len() })
}
