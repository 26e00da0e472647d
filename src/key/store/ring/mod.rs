//! The key ring of keystore v2: DER that is signed as a whole, with keys that are sealed one by one (keystore, section 5).
//! Opening the keys is left to `v2`.

mod der;
mod signature;
mod time;

use std::fmt;

use der::{Element, Malformed, Reader, tag};
use signature::Signatures;

/// The content type of a key ring.
const KEY_RING: i64 = 1;
/// The version of keystore v2.
const VERSION: i64 = 2;
/// The format of a symmetric key.
const SYMMETRIC: i64 = 3;
/// What `current` is when there is no current key.
const NO_CURRENT: i64 = -1;

/// Tags of the three keys that a key may consist of: public, private, symmetric.
const PUBLIC_KEY: u8 = 0x81;
const PRIVATE_KEY: u8 = 0x82;
const SYMMETRIC_KEY: u8 = 0x83;

/// A ring whose signature fits.
#[derive(Debug)]
pub(super) struct Ring<'a> {
    /// From the oldest to the newest.
    pub(super) keys: Vec<RingKey<'a>>,
    /// The number of the current key, if there is one.
    pub(super) current: Option<i64>,
}

/// A key in a ring.
#[derive(Debug)]
pub(super) struct RingKey<'a> {
    pub(super) entry: RingEntry,
    /// The sealed key; None when none is kept that the audit log could use.
    pub(super) sealed: Option<&'a [u8]>,
}

/// What a ring says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingEntry {
    /// Keys are numbered from 1.
    pub seqnum: i64,
    /// What has become of the key.
    pub state: KeyState,
    /// RFC 3339, in UTC. Acra does not act on it.
    pub valid_since: String,
    /// RFC 3339, in UTC. Acra does not act on it.
    pub valid_until: String,
}

/// What has become of a key. Acra makes audit keys pre-active and leaves them so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// As it was made.
    PreActive,
    /// In use.
    Active,
    /// Not in use for a while.
    Suspended,
    /// Not in use any more.
    Deactivated,
    /// Others may know it: what it sealed proves less.
    Compromised,
    /// Only its entry is left.
    Destroyed,
    /// A number that Acra does not use.
    Other(i64),
}

impl KeyState {
    fn of(number: i64) -> Self {
        match number {
            1 => Self::PreActive,
            2 => Self::Active,
            3 => Self::Suspended,
            4 => Self::Deactivated,
            5 => Self::Compromised,
            6 => Self::Destroyed,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::PreActive => "pre-active",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Compromised => "compromised",
            Self::Destroyed => "destroyed",
            Self::Other(number) => return write!(out, "{number}"),
        })
    }
}

/// Why a ring cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RingError {
    /// The file is no signed container.
    Malformed,
    /// It has no signature of a kind that is known.
    Unsigned,
    /// A signature does not fit the file and the master key.
    WrongSignature,
    /// It is signed, and holds something else.
    ContentType(i64),
    /// It is signed, and of another version.
    Version(i64),
    /// It is signed, and no key ring.
    NotARing,
}

/// Reads the content of a key ring file, and believes nothing in it before its signature was checked.
///
/// # Errors
/// See [`RingError`].
pub(super) fn read<'a>(file: &'a [u8], signature_key: &[u8]) -> Result<Ring<'a>, RingError> {
    let (payload, signatures) = container(file).map_err(|Malformed| RingError::Malformed)?;
    signatures.verify(signature_key, payload.whole)?;

    let not_a_ring = |Malformed| RingError::NotARing;
    let mut content = Reader::new(payload.content);
    let content_type = content.integer().map_err(not_a_ring)?;
    let version = content.integer().map_err(not_a_ring)?;
    if content_type != KEY_RING {
        return Err(RingError::ContentType(content_type));
    }
    if version != VERSION {
        return Err(RingError::Version(version));
    }
    ring(content).map_err(not_a_ring)
}

/// What is signed, and the signatures.
fn container(file: &[u8]) -> Result<(Element<'_>, Signatures<'_>), Malformed> {
    let mut file = Reader::new(file);
    let mut container = file.enter(tag::SEQUENCE)?;
    file.end()?;
    let payload = container.expect(tag::SEQUENCE)?;
    let signatures = Signatures::read(container.enter(tag::SET)?)?;
    container.pass_over()?;
    Ok((payload, signatures))
}

/// The rest of a payload, behind its version.
fn ring(mut payload: Reader<'_>) -> Result<Ring<'_>, Malformed> {
    let last_modified = payload.next()?.ok_or(Malformed)?;
    time::read(last_modified)?;
    let mut ring = payload.enter(tag::SEQUENCE)?;
    payload.pass_over()?;
    let _purpose = ring.expect(tag::OCTET_STRING)?;
    let mut entries = ring.enter(tag::SEQUENCE)?;
    let current = ring.integer()?;
    ring.pass_over()?;
    let mut keys = Vec::new();
    while let Some(entry) = entries.optional(tag::SEQUENCE)? {
        keys.push(key(Reader::new(entry.content))?);
    }
    entries.end()?;
    Ok(Ring { keys, current: (current != NO_CURRENT).then_some(current) })
}

fn key(mut key: Reader<'_>) -> Result<RingKey<'_>, Malformed> {
    let seqnum = key.integer()?;
    let state = KeyState::of(key.integer()?);
    let valid_since = time::read(key.next()?.ok_or(Malformed)?)?;
    let valid_until = time::read(key.next()?.ok_or(Malformed)?)?;
    let mut parts = key.enter(tag::SET)?;
    key.pass_over()?;
    let mut sealed = None;
    while let Some(part) = parts.optional(tag::SEQUENCE)? {
        let symmetric = symmetric_key(Reader::new(part.content))?;
        // The first symmetric one counts, even when it is empty.
        sealed = sealed.or(symmetric);
    }
    parts.end()?;
    let sealed = sealed.filter(|sealed| !sealed.is_empty());
    Ok(RingKey { entry: RingEntry { seqnum, state, valid_since, valid_until }, sealed })
}

/// The sealed key in a part of a key; None in a part of another format.
fn symmetric_key(mut part: Reader<'_>) -> Result<Option<&[u8]>, Malformed> {
    let format = part.integer()?;
    part.optional(PUBLIC_KEY)?;
    part.optional(PRIVATE_KEY)?;
    let sealed = part.optional(SYMMETRIC_KEY)?.map_or(&[][..], |element| element.content);
    part.pass_over()?;
    Ok((format == SYMMETRIC).then_some(sealed))
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
