//! Key rings that Acra wrote, and what becomes of them when they are damaged. Sealed keys are not opened here.

use proptest::prelude::*;

use super::*;
use crate::testing::key::{
    HMAC, SIGNATURE_KEY, element, key, number, part, payload, ring_of, sequence, signature, signed, time,
    with_signatures,
};

#[test]
fn a_ring_is_read_with_all_its_keys() {
    let keys = [key(1, 6, &[]), key(2, 5, &[&part(1, b"x"), &part(3, b"old")]), key(3, 1, &[&part(3, b"new")])];
    let file = signed(&payload(&ring_of(&[&keys[0], &keys[1], &keys[2]], 3)));
    let ring = read(&file, SIGNATURE_KEY).unwrap();
    assert_eq!(ring.current, Some(3));
    let seen: Vec<_> = ring.keys.iter().map(|key| (key.entry.seqnum, key.entry.state, key.sealed)).collect();
    assert_eq!(
        seen,
        [
            (1, KeyState::Destroyed, None),
            (2, KeyState::Compromised, Some(&b"old"[..])),
            (3, KeyState::PreActive, Some(&b"new"[..]))
        ]
    );
    assert_eq!(ring.keys[0].entry.valid_since, "2026-11-22T10:13:34Z");
}

#[test]
fn minus_one_is_no_current_key_and_an_empty_part_no_key() {
    let file = signed(&payload(&ring_of(&[&key(1, 1, &[&part(3, b""), &part(3, b"second")])], -1)));
    let ring = read(&file, SIGNATURE_KEY).unwrap();
    assert_eq!((ring.current, ring.keys[0].sealed), (None, None));
}

#[test]
fn every_known_signature_must_fit_and_one_must_be_there() {
    let payload = payload(&ring_of(&[], -1));
    let good = signature(HMAC, &sign(SIGNATURE_KEY, &payload));
    let other = signature(&[0x2a, 3], b"anything");
    let wrong = signature(HMAC, &sign(b"another", &payload));
    let cases: [(&[&[u8]], Option<RingError>); 7] = [
        (&[&good], None),
        (&[&other, &good], None),
        (&[&good, &good], None),
        (&[], Some(RingError::Unsigned)),
        (&[&other], Some(RingError::Unsigned)),
        (&[&good, &wrong], Some(RingError::WrongSignature)),
        (&[&signature(HMAC, b"short")], Some(RingError::WrongSignature)),
    ];
    for (signatures, expected) in cases {
        let file = with_signatures(&payload, signatures);
        assert_eq!(read(&file, SIGNATURE_KEY).err(), expected, "{signatures:x?}");
    }
    assert_eq!(read(&signed(&payload), b"another key").err(), Some(RingError::WrongSignature));
}

#[test]
fn what_is_signed_and_no_ring_is_an_ordinary_error() {
    let ring = ring_of(&[&key(1, 1, &[&part(3, b"x")])], 1);
    let of =
        |content_type: i8, version: i8| signed(&sequence(&[&number(content_type), &number(version), &time(), &ring]));
    let enumerated = sequence(&[&element(0x0a, &[1]), &number(2), &time(), &ring]);
    let no_time = sequence(&[&number(1), &number(2), &element(tag::UTC_TIME, b"yesterday"), &ring]);
    let cases = [
        (of(1, 2), None),
        (of(2, 2), Some(RingError::ContentType(2))),
        (of(1, 3), Some(RingError::Version(3))),
        (signed(&enumerated), Some(RingError::NotARing)),
        (signed(&no_time), Some(RingError::NotARing)),
        (signed(&payload(b"garbage")), Some(RingError::NotARing)),
        (signed(&payload(&sequence(&[]))), Some(RingError::NotARing)),
        (signed(&payload(&ring_of(&[&number(1)], 1))), Some(RingError::NotARing)),
        (signed(&payload(&ring_of(&[&key(1, 1, &[&number(1)])], 1))), Some(RingError::NotARing)),
        (signed(&sequence(&[])), Some(RingError::NotARing)),
    ];
    for (file, expected) in cases {
        assert_eq!(read(&file, SIGNATURE_KEY).err(), expected, "{}", hex::encode(&file));
    }
}

#[test]
fn elements_at_the_end_are_passed_over_and_bytes_that_are_none_are_not() {
    let extra = element(tag::OCTET_STRING, b"later versions of Acra may write more");
    let ring = ring_of(&[&key(1, 1, &[&part(3, b"x")])], 1);
    let payload = sequence(&[&number(1), &number(2), &time(), &ring, &extra]);
    let signature = element(tag::SET, &signature(HMAC, &sign(SIGNATURE_KEY, &payload)));
    assert!(read(&sequence(&[&payload, &signature, &extra]), SIGNATURE_KEY).is_ok());

    let torn = &extra[..extra.len() - 1];
    let cases = [
        sequence(&[&payload, &signature, torn]),
        [&sequence(&[&payload, &signature])[..], &[0]].concat(),
        sequence(&[&payload]),
        sequence(&[&payload, &payload]),
        vec![],
    ];
    for file in cases {
        assert_eq!(read(&file, SIGNATURE_KEY).err(), Some(RingError::Malformed), "{}", hex::encode(&file));
    }
}

fn shown_time(tag: u8, text: &str) -> Option<String> {
    read_time(DerElement { tag, content: text.as_bytes(), whole: &[] }).ok()
}

#[test]
fn times_of_every_zone_are_shown_in_utc() {
    let cases = [
        (tag::UTC_TIME, "261122154334+0530", "2026-11-22T10:13:34Z"),
        (tag::UTC_TIME, "261122101334Z", "2026-11-22T10:13:34Z"),
        (tag::UTC_TIME, "2611221013Z", "2026-11-22T10:13:00Z"),
        (tag::UTC_TIME, "2611221013-0030", "2026-11-22T10:43:00Z"),
        (tag::UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"),
        (tag::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"),
        (tag::UTC_TIME, "240229000000Z", "2024-02-29T00:00:00Z"),
        (tag::GENERALIZED_TIME, "20511122154334-1200", "2051-11-23T03:43:34Z"),
        (tag::GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z"),
        (tag::GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59Z"),
    ];
    for (tag, text, expected) in cases {
        assert_eq!(shown_time(tag, text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_the_calendar_or_der_does_not_know_is_refused() {
    for text in [
        "",
        "Z",
        "261122101334",
        "261122101334+0000",
        "261122101334-0000",
        "261122101334+05",
        "261122101334+05300",
        "261122101334+2400",
        "261122101334+0560",
        "261122101334Zx",
        "261322101334Z",
        "260022101334Z",
        "260230101334Z",
        "250229101334Z",
        "261122241334Z",
        "261122106034Z",
        "261122101360Z",
        "26112210133Z",
        "+61122101334Z",
        "261122101334.5Z",
        "261122101334z",
        "26112210Z",
        "２６１１２２１０１３３４Z",
    ] {
        assert_eq!(shown_time(tag::UTC_TIME, text), None, "{text}");
    }
    assert_eq!(shown_time(tag::GENERALIZED_TIME, "205111221543Z"), None, "seconds may be missing in UTCTime only");
    assert_eq!(shown_time(tag::GENERALIZED_TIME, "20511322154334Z"), None);
    assert_eq!(shown_time(tag::INTEGER, "261122101334Z"), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[0-9Z+\\-. ]{0,20}") {
        for tag in [tag::UTC_TIME, tag::GENERALIZED_TIME] {
            let _ = shown_time(tag, &text);
        }
    }
}
