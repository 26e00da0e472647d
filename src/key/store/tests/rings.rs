//! Key rings that are sound and none of the fixtures is like: which of their keys are tried, in which order, and what is
//! said of the others.

use super::super::{Keystore, open};
use crate::key::AuditKey;
use crate::testing::key::{
    Memory, far_time, key, key_valid, master_pair, number, part, payload, ring_file, ring_of, sealed_part, sequence,
    signature, signed, with_signatures,
};

const PRE_ACTIVE: i8 = 1;
const ACTIVE: i8 = 2;
const COMPROMISED: i8 = 5;
const DESTROYED: i8 = 6;

/// What is the matter with a ring, the ring, its keys in the order in which they are tried, and a warning.
type Case<'a> = (&'a str, Vec<u8>, &'a [u8], Option<&'a str>);

#[track_caller]
fn opened(ring: Vec<u8>) -> Keystore {
    open(&Memory::with_ring(ring), &master_pair()).unwrap_or_else(|failure| panic!("{failure:?}"))
}

#[test]
fn keys_are_tried_in_their_order_whatever_the_ring_says_of_them() {
    let three = |current| ring_file(&[1, 2, 3].map(|seqnum| (seqnum as i8, PRE_ACTIVE, seqnum)), current);
    let two = |first, second| ring_file(&[(1, first, 1), (2, second, 2)], 2);
    let twice = [(1, PRE_ACTIVE, 1), (2, PRE_ACTIVE, 2), (2, PRE_ACTIVE, 22), (3, PRE_ACTIVE, 3)];
    let pair = [key(1, PRE_ACTIVE, &[&part(1, b"a key pair")]), key(2, PRE_ACTIVE, &[&sealed_part(2, 2)])];
    let pair = signed(&payload(&ring_of(&[&pair[0], &pair[1]], 2)));
    let cases: [Case<'_>; 9] = [
        ("the second of three is current", three(2), &[2, 3, 1], None),
        ("the oldest is current", three(1), &[1, 3, 2], None),
        ("two have the current number: the later one is current", ring_file(&twice, 2), &[22, 3, 2, 1], None),
        ("a historical one is compromised", two(COMPROMISED, ACTIVE), &[2, 1], None),
        ("the current one is compromised", two(PRE_ACTIVE, COMPROMISED), &[2, 1], None),
        ("a historical one is destroyed, and still kept", two(DESTROYED, ACTIVE), &[2], None),
        ("suspended and deactivated", two(4, 3), &[2, 1], None),
        ("states that Acra has not", two(0, 7), &[2, 1], None),
        ("a historical one is no symmetric key", pair, &[2], Some("seqnum 1: no symmetric key is kept here")),
    ];
    for (what, ring, tried, warning) in cases {
        let store = opened(ring);
        let warnings = store.warnings();
        assert_eq!(warnings.len(), usize::from(warning.is_some()), "{what}: {warnings:?}");
        assert!(warning.is_none_or(|warning| warnings[0].contains(warning)), "{what}: {warnings:?}");
        let keys = store.into_keys().unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
        assert_eq!(keys.keys().iter().map(|key| key.bytes()[0]).collect::<Vec<_>>(), tried, "{what}");
        let known_to_others = keys.keys().iter().any(AuditKey::is_compromised);
        assert_eq!(known_to_others, what.ends_with("compromised"), "{what}");
        // Whatever stands in the ring and is not tried is lost, and has its name.
        let lost = usize::from(what.starts_with("a historical") && tried.len() == 1);
        assert_eq!(keys.lost().len(), lost, "{what}: {:?}", keys.lost());
    }
}

#[test]
fn a_ring_without_a_usable_current_key_or_a_known_signature_says_so() {
    let ring = |second, current| ring_file(&[(1, PRE_ACTIVE, 1), (2, second, 2)], current);
    let unknown = with_signatures(&payload(&ring_of(&[], -1)), &[&signature(&[0x2a, 3], b"anything")]);
    let cases = [
        ("the current one is destroyed, and still kept", ring(DESTROYED, 2), "seqnum 2: the key has been destroyed"),
        ("the current one is not there", ring(PRE_ACTIVE, 3), "the key ring has no current key"),
        ("only a signature of an unknown kind", unknown, "the key ring has no signature that can be checked"),
    ];
    for (what, ring, message) in cases {
        let store = open(&Memory::with_ring(ring), &master_pair());
        let failure = match store {
            Ok(store) => store.current().unwrap_err().clone(),
            Err(failure) => failure,
        };
        assert_eq!(failure.message.rsplit_once(".keyring: ").unwrap().1, message, "{what}");
    }
}

#[test]
fn a_year_after_2049_is_written_as_generalized_time() {
    let [since, until] = [far_time("20511122154334-1200"), far_time("20521122034334Z")];
    let key = key_valid([&since, &until], 1, PRE_ACTIVE, &[&sealed_part(1, 1)]);
    let ring = signed(&sequence(&[&number(1), &number(2), &since, &ring_of(&[&key], 1)]));
    let store = opened(ring);
    let entry = store.keys[0].ring.as_ref().unwrap();
    assert_eq!((&entry.valid_since[..], &entry.valid_until[..]), ("2051-11-23T03:43:34Z", "2052-11-22T03:43:34Z"));
    assert_eq!(store.into_keys().unwrap().keys()[0].bytes(), &[1; 32]);
}
