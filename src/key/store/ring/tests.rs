//! Key rings that Acra wrote, and what becomes of them when they are damaged. Sealed keys are not opened here.

use super::sample::{
    HMAC, SIGNATURE_KEY, element, key, number, part, payload, ring_of, sequence, sign, signature, signed, time,
    with_signatures,
};
use super::*;

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
