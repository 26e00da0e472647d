//! The key ring of keystore v2: DER that is signed as a whole, with keys that are sealed one by one (keystore, section
//! 5), its signatures and its times. Opening the keys is left to `v2`.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::der::{DerElement, DerReader, Malformed, is_object_identifier, tag};

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
    let mut content = DerReader::new(payload.content);
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
fn container(file: &[u8]) -> Result<(DerElement<'_>, Signatures<'_>), Malformed> {
    let mut file = DerReader::new(file);
    let mut container = file.enter(tag::SEQUENCE)?;
    file.end()?;
    let payload = container.expect(tag::SEQUENCE)?;
    let signatures = Signatures::read(container.enter(tag::SET)?)?;
    container.pass_over()?;
    Ok((payload, signatures))
}

/// The rest of a payload, behind its version.
fn ring(mut payload: DerReader<'_>) -> Result<Ring<'_>, Malformed> {
    let last_modified = payload.next()?.ok_or(Malformed)?;
    read_time(last_modified)?;
    let mut ring = payload.enter(tag::SEQUENCE)?;
    payload.pass_over()?;
    let _purpose = ring.expect(tag::OCTET_STRING)?;
    let mut entries = ring.enter(tag::SEQUENCE)?;
    let current = ring.integer()?;
    ring.pass_over()?;
    let mut keys = Vec::new();
    while let Some(entry) = entries.optional(tag::SEQUENCE)? {
        keys.push(key(DerReader::new(entry.content))?);
    }
    entries.end()?;
    Ok(Ring { keys, current: (current != NO_CURRENT).then_some(current) })
}

fn key(mut key: DerReader<'_>) -> Result<RingKey<'_>, Malformed> {
    let seqnum = key.integer()?;
    let state = KeyState::of(key.integer()?);
    let valid_since = read_time(key.next()?.ok_or(Malformed)?)?;
    let valid_until = read_time(key.next()?.ok_or(Malformed)?)?;
    let mut parts = key.enter(tag::SET)?;
    key.pass_over()?;
    let mut sealed = None;
    while let Some(part) = parts.optional(tag::SEQUENCE)? {
        let symmetric = symmetric_key(DerReader::new(part.content))?;
        // The first symmetric one counts, even when it is empty.
        sealed = sealed.or(symmetric);
    }
    parts.end()?;
    let sealed = sealed.filter(|sealed| !sealed.is_empty());
    Ok(RingKey { entry: RingEntry { seqnum, state, valid_since, valid_until }, sealed })
}

/// The sealed key in a part of a key; None in a part of another format.
fn symmetric_key(mut part: DerReader<'_>) -> Result<Option<&[u8]>, Malformed> {
    let format = part.integer()?;
    part.optional(PUBLIC_KEY)?;
    part.optional(PRIVATE_KEY)?;
    let sealed = part.optional(SYMMETRIC_KEY)?.map_or(&[][..], |element| element.content);
    part.pass_over()?;
    Ok((format == SYMMETRIC).then_some(sealed))
}

/// 2.16.840.1.101.3.4.2.1. It is the name of SHA-256, and stands for HMAC-SHA-256.
const HMAC_SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// What is authenticated ahead of the payload.
const LABEL: &[u8] = b"AKSv2 keystore: key ring signature: audit-log: ";

/// The signatures of one file that are of the known kind: HMAC over everything that is signed and over the name of the ring,
/// so that a copy of another ring under this name does not pass.
#[derive(Debug)]
struct Signatures<'a>(Vec<&'a [u8]>);

impl<'a> Signatures<'a> {
    /// Reads the members of the set. Those of an unknown kind are skipped, as Acra does.
    fn read(mut set: DerReader<'a>) -> Result<Self, Malformed> {
        let mut known = Vec::new();
        while let Some(member) = set.optional(tag::SEQUENCE)? {
            let mut member = DerReader::new(member.content);
            let algorithm = member.expect(tag::OBJECT_IDENTIFIER)?.content;
            let signature = member.expect(tag::OCTET_STRING)?.content;
            member.pass_over()?;
            if !is_object_identifier(algorithm) {
                return Err(Malformed);
            }
            if algorithm == HMAC_SHA_256 {
                known.push(signature);
            }
        }
        set.end()?;
        Ok(Self(known))
    }

    /// Holds every known signature against what is signed; one at least must be there.
    fn verify(&self, key: &[u8], payload: &[u8]) -> Result<(), RingError> {
        if self.0.is_empty() {
            return Err(RingError::Unsigned);
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(LABEL);
        mac.update(payload);
        let expected = mac.finalize().into_bytes();
        let fits = self.0.iter().all(|signature| bool::from(expected.as_slice().ct_eq(signature)));
        if fits { Ok(()) } else { Err(RingError::WrongSignature) }
    }
}

/// Signs a payload, for tests that make rings.
#[cfg(test)]
pub(crate) fn sign(key: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(LABEL);
    mac.update(payload);
    mac.finalize().into_bytes().into()
}

/// A time as RFC 3339 has it, in UTC: of UTCTime in the zone of whoever wrote it, or of GeneralizedTime. Times are shown, and
/// decide nothing; but Acra refuses a ring in which one is malformed, and so does this.
fn read_time(element: DerElement<'_>) -> Result<String, Malformed> {
    let text = std::str::from_utf8(element.content).map_err(|_| Malformed)?;
    let (year, rest) = match element.tag {
        tag::UTC_TIME => {
            let (year, rest) = digits(text, 2)?;
            // Two digits are a year from 1950 to 2049.
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        tag::GENERALIZED_TIME => digits(text, 4)?,
        _ => return Err(Malformed),
    };
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let without_seconds = element.tag == tag::UTC_TIME && !rest.starts_with(|letter: char| letter.is_ascii_digit());
    let (second, zone) = if without_seconds { (0, rest) } else { digits(rest, 2)? };

    let small = |number: i16| i8::try_from(number).map_err(|_| Malformed);
    let local = DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0)
        .map_err(|_| Malformed)?;
    let seconds = zone_seconds(zone)?;
    if seconds == 0 {
        // The last day that can be written means that there is none (RFC 5280, section 4.1.2.5), and is no timestamp.
        return Ok(format!("{local}Z"));
    }
    let zone = TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| Malformed)?);
    zone.to_timestamp(local).map(|time| time.to_string()).map_err(|_| Malformed)
}

/// A number of so many digits, and what stands behind it.
fn digits(text: &str, count: usize) -> Result<(i16, &str), Malformed> {
    let (digits, rest) = text.split_at_checked(count).ok_or(Malformed)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    Ok((digits.parse().map_err(|_| Malformed)?, rest))
}

/// `Z`, or a sign with hours and minutes. UTC is always written as `Z`.
fn zone_seconds(text: &str) -> Result<i32, Malformed> {
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("Z", "")) => return Ok(0),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(Malformed),
    };
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest, 2)?;
    if hours > 23 || minutes > 59 || !rest.is_empty() || (hours, minutes) == (0, 0) {
        return Err(Malformed);
    }
    Ok(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60))
}

#[cfg(test)]
mod tests;
