//! The Secure Cell of Themis, sealed with a symmetric key: the container in which Acra keeps every secret (keystore,
//! section 1). Only what a stock Themis writes is read.

use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

/// AES-256-GCM behind the derivation of `derive`.
const ALGORITHM: u32 = 0x4001_0100;
const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// Four little-endian numbers: algorithm, length of IV, of tag, of message.
const HEADER_BYTES: usize = 16;
/// Where the ciphertext begins.
const OVERHEAD_BYTES: usize = HEADER_BYTES + IV_BYTES + TAG_BYTES;

/// Why a cell stays closed. Says nothing about the key it was tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellError {
    /// There is nothing.
    Empty,
    /// These are not the parts of a cell, or not all of them.
    NotACell,
    /// It names an algorithm that Themis does not use here.
    Algorithm,
    /// The key is wrong, or the context, or the cell is damaged: the cipher cannot tell.
    Refused,
}

/// Opens a cell.
///
/// # Errors
/// See [`CellError`].
pub(super) fn open(cell: &[u8], master_key: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, CellError> {
    if cell.is_empty() {
        return Err(CellError::Empty);
    }
    // As short as this is no message; the key itself, unencrypted, is.
    if cell.len() <= OVERHEAD_BYTES {
        return Err(CellError::NotACell);
    }
    let (header, _) = cell.split_first_chunk::<HEADER_BYTES>().ok_or(CellError::NotACell)?;
    let number = |index: usize| header.as_chunks::<4>().0.get(index).map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let length = number(3);
    if number(0) != ALGORITHM {
        return Err(CellError::Algorithm);
    }
    let fits = usize::try_from(length).ok().and_then(|length| length.checked_add(OVERHEAD_BYTES)) == Some(cell.len());
    if [number(1), number(2)] != [IV_BYTES as u32, TAG_BYTES as u32] || !fits {
        return Err(CellError::NotACell);
    }
    let (iv, rest) = cell[HEADER_BYTES..].split_first_chunk::<IV_BYTES>().ok_or(CellError::NotACell)?;
    let (tag, ciphertext) = rest.split_first_chunk::<TAG_BYTES>().ok_or(CellError::NotACell)?;

    let key = derive(master_key, length, context);
    let cipher = Aes256Gcm::new_from_slice(key.as_slice()).map_err(|_| CellError::Refused)?;
    let mut message = Zeroizing::new(ciphertext.to_vec());
    cipher
        .decrypt_inout_detached(&Nonce::from(*iv), context, message.as_mut_slice().into(), &Tag::from(*tag))
        .map_err(|_| CellError::Refused)?;
    Ok(message)
}

/// Whether the bytes begin as a cell does.
pub(super) fn is_cell(bytes: &[u8]) -> bool {
    let numbers = [ALGORITHM, IV_BYTES as u32, TAG_BYTES as u32].map(u32::to_le_bytes);
    bytes.len() > OVERHEAD_BYTES && bytes.starts_with(numbers.as_flattened())
}

/// The AES key of one cell.
fn derive(master_key: &[u8], length: u32, context: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(master_key).expect("HMAC takes keys of any length");
    mac.update(&1_u32.to_be_bytes());
    mac.update(b"Themis secure cell message key\0");
    mac.update(&length.to_le_bytes());
    mac.update(context);
    let mut derived = mac.finalize().into_bytes();
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&derived);
    derived.as_mut_slice().zeroize();
    key
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Seals a message as Themis does.
    pub(crate) fn seal(message: &[u8], master_key: &[u8], context: &[u8], iv: [u8; IV_BYTES]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap();
        let cipher = Aes256Gcm::new_from_slice(derive(master_key, length, context).as_slice()).unwrap();
        let mut text = message.to_vec();
        let tag = cipher.encrypt_inout_detached(&Nonce::from(iv), context, text.as_mut_slice().into()).unwrap();
        let numbers = [ALGORITHM, IV_BYTES as u32, TAG_BYTES as u32, length].map(u32::to_le_bytes);
        [&numbers.concat()[..], &iv, &tag, &text].concat()
    }

    #[test]
    fn a_cell_that_themis_wrote_is_opened() {
        // `v1-single` of fixtures/keystores: libthemis sealed it, Acra read this key out of it.
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keystores/v1-single");
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let master = crate::key::secret::decode_go_base64(&read("master_key.txt")).unwrap();
        let key = open(&read("keys/secure_log_key"), &master, b"secure_log_key").unwrap();
        let expected = String::from_utf8(read("expected_key.hex")).unwrap();
        assert_eq!(hex::encode(key.as_slice()), expected.trim());
    }

    #[test]
    fn what_is_not_a_cell_is_told_from_what_the_key_does_not_open() {
        let cell = seal(&[7; 32], &[1; 32], b"context", [9; IV_BYTES]);
        let with = |at: usize, byte: u8| {
            let mut changed = cell.clone();
            changed[at] = byte;
            changed
        };
        let cases = [
            (vec![], CellError::Empty),
            (cell[..15].to_vec(), CellError::NotACell),
            (cell[..75].to_vec(), CellError::NotACell),
            ([&cell[..], &[0]].concat(), CellError::NotACell),
            (cell[..44].to_vec(), CellError::NotACell),
            ([&with(12, 0)[..44]].concat(), CellError::NotACell),
            (with(15, 0xff), CellError::NotACell),
            (with(4, 13), CellError::NotACell),
            (with(8, 12), CellError::NotACell),
            (with(3, 0x41), CellError::Algorithm),
            (with(0, 0x80), CellError::Algorithm),
            (with(16, 0), CellError::Refused),
            (with(28, cell[28] ^ 1), CellError::Refused),
            (with(75, cell[75] ^ 1), CellError::Refused),
        ];
        for (cell, expected) in cases {
            assert_eq!(open(&cell, &[1; 32], b"context").unwrap_err(), expected, "{}", hex::encode(&cell));
        }
        assert_eq!(open(&cell, &[2; 32], b"context").unwrap_err(), CellError::Refused);
        assert_eq!(open(&cell, &[1; 32], b"another").unwrap_err(), CellError::Refused);
        assert_eq!(open(&cell, &[1; 32], b"").unwrap_err(), CellError::Refused);
    }

    proptest! {
        #[test]
        fn what_was_sealed_is_opened_and_one_bit_closes_it(
            message in proptest::collection::vec(any::<u8>(), 1..100),
            master in proptest::collection::vec(any::<u8>(), 1..150),
            context in proptest::collection::vec(any::<u8>(), 0..40),
            iv: [u8; IV_BYTES],
            at: proptest::sample::Index,
            bit in 0_u8..8,
        ) {
            let mut cell = seal(&message, &master, &context, iv);
            prop_assert_eq!(open(&cell, &master, &context).unwrap().to_vec(), message);
            let at = at.index(cell.len());
            cell[at] ^= 1_u8 << bit;
            prop_assert!(open(&cell, &master, &context).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            prop_assert!(open(&bytes, &[1; 32], b"").is_err());
        }
    }
}
