//! Every backend that works here against the digests of FIPS 180-4's examples and against `sha2`, and two messages at once
//! against one after the other.

use proptest::prelude::*;
use sha2::block_api::compress256;

use super::*;
use crate::chain::sha256::INITIAL;

/// A message with its padding (FIPS 180-4, section 5.1.1).
fn padded(message: &[u8]) -> Vec<MessageBlock> {
    let mut bytes = message.to_vec();
    bytes.push(0x80);
    bytes.resize((bytes.len() + 8).next_multiple_of(BLOCK_BYTES) - 8, 0);
    bytes.extend((message.len() as u64 * 8).to_be_bytes());
    bytes.as_chunks().0.to_vec()
}

fn digest(state: State) -> String {
    state.iter().map(|word| format!("{word:08x}")).collect()
}

#[test]
fn the_examples_of_the_standard_come_out() {
    let million = vec![b'a'; 1_000_000];
    let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let examples: [(&[u8], &str); 4] = [
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (two_blocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        (&million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ];
    for hasher in Hasher::all() {
        for (message, expected) in examples {
            let mut state = INITIAL;
            hasher.compress(&mut state, MessageBlocks::Text(&padded(message)));
            assert_eq!(digest(state), expected, "{hasher:?}");
            for (other, other_expected) in examples {
                let (mut a, mut b) = (INITIAL, INITIAL);
                let texts = [padded(message), padded(other)];
                hasher.compress_two([&mut a, &mut b], [MessageBlocks::Text(&texts[0]), MessageBlocks::Text(&texts[1])]);
                assert_eq!([digest(a), digest(b)], [expected, other_expected], "{hasher:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_states_and_blocks_give_what_sha2_gives(
        states: [State; 2],
        a in proptest::collection::vec(any::<[[u8; 32]; 2]>(), 0..5),
        b in proptest::collection::vec(any::<[[u8; 32]; 2]>(), 0..5),
    ) {
        let blocks = |halves: &[[[u8; 32]; 2]]| -> Vec<MessageBlock> { halves.as_flattened().as_flattened().as_chunks().0.to_vec() };
        let (a, b) = (blocks(&a), blocks(&b));
        let mut expected = states;
        compress256(&mut expected[0], &a);
        compress256(&mut expected[1], &b);
        for hasher in Hasher::all() {
            let mut one = states;
            hasher.compress(&mut one[0], MessageBlocks::Text(&a));
            hasher.compress(&mut one[1], MessageBlocks::Text(&b));
            prop_assert_eq!(one, expected, "{:?}", hasher);
            let [mut first, mut second] = states;
            hasher.compress_two([&mut first, &mut second], [MessageBlocks::Text(&a), MessageBlocks::Text(&b)]);
            prop_assert_eq!([first, second], expected, "{:?}", hasher);
        }
    }
}

proptest! {
    #[test]
    fn many_messages_by_twos_are_what_they_are_one_by_one(
        messages in proptest::collection::vec((any::<State>(), 0..6_usize, any::<u8>()), 0..12),
    ) {
        let blocks: Vec<Vec<MessageBlock>> = messages.iter().map(|(_, blocks, fill)| vec![[*fill; BLOCK_BYTES]; *blocks]).collect();
        let states: Vec<State> = messages.iter().map(|(state, ..)| *state).collect();
        for hasher in Hasher::all() {
            let (mut each, mut expected) = (states.clone(), states.clone());
            expected.iter_mut().zip(&blocks).for_each(|(state, blocks)| compress256(state, blocks));
            hasher.compress_each(each.iter_mut().zip(blocks.iter().map(Vec::as_slice)));
            prop_assert_eq!(each, expected, "{:?}", hasher);
        }
    }
}

proptest! {
    #[test]
    fn a_block_of_words_is_the_block_of_its_bytes_alone_and_beside_any_other_message(
        states in any::<[State; 2]>(),
        words in any::<[MessageWords; 2]>(),
        text in proptest::collection::vec(any::<[[u8; 32]; 2]>(), 0..4),
    ) {
        let bytes = words.map(|words| {
            let mut block = [0; BLOCK_BYTES];
            block.as_chunks_mut().0.iter_mut().zip(words).for_each(|(bytes, word): (&mut [u8; 4], _)| *bytes = word.to_be_bytes());
            [block]
        });
        let text: Vec<MessageBlock> = text.as_flattened().as_flattened().as_chunks().0.to_vec();
        let both = |a: &[MessageBlock], b: &[MessageBlock]| {
            let mut states = states;
            compress256(&mut states[0], a);
            compress256(&mut states[1], b);
            states
        };
        let (first, second, text_message) = (MessageBlocks::Words(&words[0]), MessageBlocks::Words(&words[1]), MessageBlocks::Text(&text));
        let cases = [
            ([first, second], both(&bytes[0], &bytes[1])),
            ([first, text_message], both(&bytes[0], &text)),
            ([text_message, second], both(&text, &bytes[1])),
        ];
        for hasher in Hasher::all() {
            for (messages, expected) in cases {
                let [mut a, mut b] = states;
                hasher.compress_two([&mut a, &mut b], messages);
                prop_assert_eq!([a, b], expected, "{:?}", hasher);
                let [mut a, mut b] = states;
                hasher.compress(&mut a, messages[0]);
                hasher.compress(&mut b, messages[1]);
                prop_assert_eq!([a, b], expected, "{:?}", hasher);
            }
        }
    }
}

#[test]
fn the_processors_own_instructions_are_taken_where_there_are_any() {
    #[cfg(target_arch = "x86_64")]
    {
        // There are processors with the one and without the other.
        let has_both = is_x86_feature_detected!("sha") && is_x86_feature_detected!("avx");
        assert_eq!(matches!(Hasher::all().next(), Some(Hasher::X86(_))), has_both);
    }
    #[cfg(target_arch = "aarch64")]
    assert_eq!(matches!(Hasher::all().next(), Some(Hasher::Arm(_))), std::arch::is_aarch64_feature_detected!("sha2"));
    assert!(matches!(Hasher::all().last(), Some(Hasher::Portable)));
}
