//! The little of DER that key rings need: elements with a tag of one byte and a definite minimal length. What is not in
//! that form is no element.

/// Tags of the elements of a key ring.
pub(super) mod tag {
    pub(in super::super) const INTEGER: u8 = 0x02;
    pub(in super::super) const OCTET_STRING: u8 = 0x04;
    pub(in super::super) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(in super::super) const UTC_TIME: u8 = 0x17;
    pub(in super::super) const GENERALIZED_TIME: u8 = 0x18;
    pub(in super::super) const SEQUENCE: u8 = 0x30;
    pub(in super::super) const SET: u8 = 0x31;
}

/// The bytes are not the DER they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// An element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DerElement<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Tag, length and content.
    pub(super) whole: &'a [u8],
}

/// Takes elements off the front of some bytes.
#[derive(Clone, Debug)]
pub(super) struct DerReader<'a> {
    rest: &'a [u8],
}

impl<'a> DerReader<'a> {
    /// Reads what stands in an element, or in a file.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next element; None at the end.
    pub(super) fn next(&mut self) -> Result<Option<DerElement<'a>>, Malformed> {
        let Some((&tag, rest)) = self.rest.split_first() else { return Ok(None) };
        // A tag whose low bits are all set goes on in further bytes.
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        let whole = &self.rest[..self.rest.len() - rest.len()];
        self.rest = rest;
        Ok(Some(DerElement { tag, content, whole }))
    }

    /// The next element, which must be there and have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<DerElement<'a>, Malformed> {
        self.next()?.filter(|element| element.tag == tag).ok_or(Malformed)
    }

    /// The next element when it has this tag; any other one stays where it is.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<DerElement<'a>>, Malformed> {
        if self.rest.first() == Some(&tag) { self.next() } else { Ok(None) }
    }

    /// The next element, which must be a number.
    pub(super) fn integer(&mut self) -> Result<i64, Malformed> {
        integer(self.expect(tag::INTEGER)?.content)
    }

    /// The elements inside the next one, which must be there and have this tag.
    pub(super) fn enter(&mut self, tag: u8) -> Result<Self, Malformed> {
        Ok(Self::new(self.expect(tag)?.content))
    }

    /// All that is left must be elements; they are passed over, as Acra does.
    pub(super) fn pass_over(mut self) -> Result<(), Malformed> {
        while self.next()?.is_some() {}
        Ok(())
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// A definite length in as few bytes as it takes, and what stands behind it.
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    let (&first, rest) = bytes.split_first().ok_or(Malformed)?;
    if first < 0x80 {
        return Ok((first.into(), rest));
    }
    let count = usize::from(first & 0x7f);
    // 0 is the indefinite form; a file of 16 MiB needs 4 bytes at most.
    if !(1..=4).contains(&count) {
        return Err(Malformed);
    }
    let (digits, rest) = rest.split_at_checked(count).ok_or(Malformed)?;
    let length = digits.iter().fold(0_u64, |length, &digit| length << 8 | u64::from(digit));
    if digits[0] == 0 || length < 0x80 {
        return Err(Malformed);
    }
    Ok((usize::try_from(length).map_err(|_| Malformed)?, rest))
}

/// A number in as few bytes as it takes.
fn integer(content: &[u8]) -> Result<i64, Malformed> {
    let minimal = match content {
        [] => false,
        [_] => true,
        [first, second, ..] => !matches!((first, second & 0x80), (0, 0) | (0xff, 0x80)),
    };
    if !minimal || content.len() > 8 {
        return Err(Malformed);
    }
    let sign = if content[0] & 0x80 == 0 { 0 } else { -1 };
    Ok(content.iter().fold(sign, |number, &byte| number << 8 | i64::from(byte)))
}

/// Whether these bytes are an object identifier that Go accepts.
pub(super) fn is_object_identifier(content: &[u8]) -> bool {
    let ends = content.last().is_some_and(|byte| byte & 0x80 == 0);
    ends && content.split_inclusive(|byte| byte & 0x80 == 0).all(|arc| {
        let number = arc.iter().take(6).fold(0_u64, |number, &byte| number << 7 | u64::from(byte & 0x7f));
        arc.first() != Some(&0x80) && arc.len() <= 5 && number <= i32::MAX as u64
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes an element.
    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect();
        let length =
            if length < 0x80 { vec![length as u8] } else { [&[0x80 | digits.len() as u8], &digits[..]].concat() };
        [&[tag], &length[..], content].concat()
    }

    #[test]
    fn lengths_are_definite_and_minimal() {
        let good = [
            (vec![4, 0], 0),
            (element(4, &[7; 127]), 127),
            (element(4, &[7; 128]), 128),
            (element(4, &[7; 70_000]), 70_000),
        ];
        for (bytes, length) in good {
            let mut reader = DerReader::new(&bytes);
            let element = reader.next().unwrap().unwrap();
            assert_eq!((element.tag, element.content.len(), element.whole), (4, length, &bytes[..]));
            reader.end().unwrap();
        }
        let bad: [&[u8]; 10] = [
            &[4],
            &[4, 1],
            &[4, 0x80, 1, 0, 0],
            &[4, 0x81, 1, 9],
            &[4, 0x81, 0x7f],
            &[4, 0x82, 0, 0x80],
            &[4, 0x85, 1, 0, 0, 0, 0],
            &[4, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[4, 0xff],
            &[0x1f, 0],
        ];
        for bytes in bad {
            assert_eq!(DerReader::new(bytes).next(), Err(Malformed), "{bytes:x?}");
        }
    }

    #[test]
    fn numbers_are_minimal_and_fit_64_bits() {
        let good: [(&[u8], i64); 9] = [
            (&[0], 0),
            (&[1], 1),
            (&[0x7f], 127),
            (&[0, 0x80], 128),
            (&[0xff], -1),
            (&[0x80], -128),
            (&[0xff, 0x7f], -129),
            (&[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], i64::MAX),
            (&[0x80, 0, 0, 0, 0, 0, 0, 0], i64::MIN),
        ];
        for (content, number) in good {
            assert_eq!(DerReader::new(&element(2, content)).integer(), Ok(number));
        }
        let bad: [&[u8]; 5] = [&[], &[0, 1], &[0, 0], &[0xff, 0x80], &[1; 9]];
        for content in bad {
            assert_eq!(DerReader::new(&element(2, content)).integer(), Err(Malformed), "{content:x?}");
        }
        assert_eq!(DerReader::new(&element(10, &[1])).integer(), Err(Malformed), "ENUMERATED is another type");
    }

    #[test]
    fn elements_are_taken_in_order_and_optional_ones_may_be_missing() {
        let inner = [element(2, &[5]), element(0x81, b"public"), element(4, b"left over")].concat();
        let bytes = element(tag::SEQUENCE, &inner);
        let mut reader = DerReader::new(&bytes);
        let mut inside = reader.enter(tag::SEQUENCE).unwrap();
        reader.end().unwrap();
        assert_eq!(inside.integer(), Ok(5));
        assert_eq!(inside.optional(0x83), Ok(None));
        assert_eq!(inside.optional(0x81).unwrap().unwrap().content, b"public");
        assert_eq!(inside.end(), Err(Malformed));
        inside.clone().pass_over().unwrap();
        assert_eq!(inside.expect(2), Err(Malformed));
        assert_eq!(DerReader::new(&[4, 5, 1]).pass_over(), Err(Malformed));
    }

    #[test]
    fn object_identifiers_are_those_that_go_accepts() {
        let good: [&[u8]; 3] = [&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], &[0x2a], &[0x87, 0xff, 0xff, 0xff, 0x7f]];
        for content in good {
            assert!(is_object_identifier(content), "{content:x?}");
        }
        let bad: [&[u8]; 5] =
            [&[], &[0x86], &[0x2a, 0x80, 1], &[0x88, 0x80, 0x80, 0x80, 0], &[0x81, 0x80, 0x80, 0x80, 0x80, 1]];
        for content in bad {
            assert!(!is_object_identifier(content), "{content:x?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(tag in 0_u8..0x1f, content in proptest::collection::vec(any::<u8>(), 0..400)) {
            let bytes = element(tag, &content);
            prop_assert_eq!(DerReader::new(&bytes).expect(tag).unwrap().content, &content[..]);
            prop_assert!(DerReader::new(&bytes[..bytes.len() - 1]).next().is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut reader = DerReader::new(&bytes);
            let _ = reader.clone().integer();
            let _ = reader.enter(tag::SEQUENCE);
            let _ = is_object_identifier(&bytes);
            let _ = DerReader::new(&bytes).pass_over();
        }
    }
}
