//! Floats as Go prints them, in JSON and with `%v`. The digits are the fewest that are read back as the same float and, of
//! several, those nearest to it; of two that are equally near Go takes the even ones, where Rust takes the larger.

use std::io::Write as _;

/// Appends a float64 as Go's `encoding/json` does: with an exponent below 1e-6 and from 1e21 on.
pub(crate) fn push_json(number: f64, out: &mut Vec<u8>) {
    let Some(shortest) = Shortest::of(number) else { return };
    match shortest.is_zero() || (1e-6..1e21).contains(&number.abs()) {
        true => shortest.push_plain(out),
        false => shortest.push_with_exponent(1, out),
    }
}

/// Appends a float64 as Go's `fmt.Sprint` does: with an exponent of at least two digits where the first digit stands more
/// than four places behind the point or more than six before it.
pub(crate) fn push_general(number: f64, out: &mut Vec<u8>) {
    let Some(shortest) = Shortest::of(number) else { return };
    match (-4..6).contains(&shortest.place()) {
        true => shortest.push_plain(out),
        false => shortest.push_with_exponent(2, out),
    }
}

/// So many bytes hold any float64 with its fewest digits and an exponent.
const PRINTED_BYTES_MAX: usize = 32;

/// The shortest digits of a finite float64. They are on the stack: a line may consist of numbers.
struct Shortest {
    negative: bool,
    bytes: [u8; PRINTED_BYTES_MAX],
    /// How many of the bytes are digits. The last one is no zero unless it is the only one.
    count: usize,
    /// The power of ten of the last digit.
    exponent: i32,
}

impl Shortest {
    fn of(number: f64) -> Option<Self> {
        let size = number.abs();
        let mut bytes = [0; PRINTED_BYTES_MAX];
        let mut rest = &mut bytes[..];
        write!(rest, "{size:e}").ok()?;
        let printed = PRINTED_BYTES_MAX - rest.len();
        let at = memchr::memchr(b'e', &bytes[..printed])?;
        let power: i32 = std::str::from_utf8(&bytes[at + 1..printed]).ok()?.parse().ok()?;
        // The first digit stands before the point, if there is one.
        let count = if at > 1 { at - 1 } else { 1 };
        bytes.copy_within(2.min(at)..at, 1);
        let exponent = power + 1 - i32::try_from(count).ok()?;
        let mut shortest = Self { negative: number.is_sign_negative(), bytes, count, exponent };
        let upper = shortest.digits().bytes().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        if even_neighbour(size, upper, exponent).is_some() {
            // Odd, so that it is no zero.
            shortest.bytes[count - 1] -= 1;
        }
        Some(shortest)
    }

    fn digits(&self) -> &str {
        // Nothing but ASCII was printed.
        std::str::from_utf8(&self.bytes[..self.count]).unwrap_or_default()
    }

    fn is_zero(&self) -> bool {
        self.digits() == "0"
    }

    /// The power of ten of the first digit.
    fn place(&self) -> i32 {
        // There are at most 17 digits.
        self.exponent + self.count as i32 - 1
    }

    fn push_plain(&self, out: &mut Vec<u8>) {
        let push_zeros = |count: i32, out: &mut Vec<u8>| {
            out.resize(out.len() + usize::try_from(count).unwrap_or(0), b'0');
        };
        let (digits, place) = (self.digits(), self.place());
        self.push_sign(out);
        match usize::try_from(place + 1) {
            _ if self.exponent >= 0 => {
                out.extend_from_slice(digits.as_bytes());
                push_zeros(self.exponent, out);
            }
            Ok(before @ 1..) => {
                out.extend_from_slice(&digits.as_bytes()[..before]);
                out.push(b'.');
                out.extend_from_slice(&digits.as_bytes()[before..]);
            }
            _ => {
                out.extend_from_slice(b"0.");
                push_zeros(-1 - place, out);
                out.extend_from_slice(digits.as_bytes());
            }
        }
    }

    fn push_with_exponent(&self, digits_min: usize, out: &mut Vec<u8>) {
        let (first, rest) = self.digits().split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let place = self.place();
        let sign = if place < 0 { '-' } else { '+' };
        self.push_sign(out);
        // Writing to memory cannot fail.
        let _ = write!(out, "{first}{point}{rest}e{sign}{:0digits_min$}", place.unsigned_abs());
    }

    fn push_sign(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
    }
}

/// The digits one below odd ones, when the float is exactly in the middle between both and is read back from either.
fn even_neighbour(size: f64, upper: u64, exponent: i32) -> Option<u64> {
    let lower = upper.checked_sub(1).filter(|lower| lower % 2 == 0)?;
    let middle = u128::from(upper) + u128::from(lower);
    let is_read_back = || format!("{lower}e{exponent}").parse() == Ok(size);
    (is_product(2.0 * size, middle, exponent) && is_read_back()).then_some(lower)
}

/// Whether a float is exactly an odd number times a power of ten.
fn is_product(size: f64, odd: u128, exponent: i32) -> bool {
    /// Bits of a float64 behind its exponent.
    const FRACTION_BITS: u32 = 52;
    let bits = size.to_bits();
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    // A float64 without its sign has eleven bits there.
    let (significand, power) = match (bits >> FRACTION_BITS) as i32 {
        0 => (fraction, -1074),
        biased => (fraction | 1 << FRACTION_BITS, biased - 1075),
    };
    let twos = significand.trailing_zeros();
    // The twos of both sides must be as many, and then the rest must be the same.
    if significand == 0 || power + twos as i32 != exponent {
        return false;
    }
    let (rest, fives) = (u128::from(significand >> twos), 5_u128.checked_pow(exponent.unsigned_abs()));
    match exponent {
        0.. => fives.and_then(|fives| odd.checked_mul(fives)) == Some(rest),
        _ => fives.and_then(|fives| rest.checked_mul(fives)) == Some(odd),
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// What Go 1.19 printed; see the program beside it.
    const TABLE: &str = include_str!("../../fixtures/go_floats/table.txt");

    fn printed(number: f64) -> [String; 2] {
        [push_json, push_general].map(|push| {
            let mut out = Vec::new();
            push(number, &mut out);
            String::from_utf8(out).expect("ascii")
        })
    }

    #[test]
    fn floats_are_printed_as_go_printed_them() {
        let cases = [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (85_577_189.5, "85577189.5", "8.55771895e+07"),
            (1e6, "1000000", "1e+06"),
            (999_999.0, "999999", "999999"),
            (-123_456.5, "-123456.5", "-123456.5"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "0.00001", "1e-05"),
            (1e-7, "1e-7", "1e-07"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e21, "1e+21", "1e+21"),
            (9_007_199_254_740_992.0, "9007199254740992", "9.007199254740992e+15"),
            (f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308"),
            (f64::from_bits(1), "5e-324", "5e-324"),
            (f64::from_bits(3), "1.5e-323", "1.5e-323"),
        ];
        for (number, json, general) in cases {
            assert_eq!(printed(number), [json, general], "{number:e}");
        }
    }

    #[test]
    fn of_two_digits_that_are_equally_near_the_even_one_is_printed() {
        let cases = [
            (1_696_161_600.0 + 1.0 / 256.0, "1696161600.0039062"),
            (-1_696_161_600.0 - 1.0 / 256.0, "-1696161600.0039062"),
            // The lower ones would be odd here.
            (1_696_161_600.0 + 3.0 / 256.0, "1696161600.0117188"),
            (2.0_f64.powi(-44), "5.684341886080802e-14"),
            // Half as far away on the lower side of a power of two: the even ones are another float.
            (9.5367431640625e-7, "9.5367431640625e-7"),
        ];
        for (number, json) in cases {
            assert_eq!(printed(number)[0], json);
        }
    }

    /// Splitmix64, as in the program that made the table.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ mixed >> 31
        }

        fn float(&mut self, kind: usize) -> f64 {
            let power_of_two = |power: i64| f64::from_bits(((1023 + power) as u64) << 52);
            let (r, s) = (self.next(), self.next());
            let mantissa = (r >> 11 | 1) as f64;
            let up_to = |limit: u64| (s % limit) as i64;
            match kind {
                0 if r >> 52 & 0x7ff == 0x7ff => f64::from_bits(r ^ 1 << 62),
                0 => f64::from_bits(r),
                1 => (1_600_000_000_000_000 + r % 200_000_000_000_000) as f64 / 1e6,
                2 => (1_600_000_000_000_000_000 + r % 200_000_000_000_000_000) as f64 / 1e9,
                3 => (r % 10_000_000_000) as f64 / 1e6,
                4 => mantissa * power_of_two(-up_to(60)),
                5 => mantissa * power_of_two(up_to(70)),
                6 => f64::from_bits(r >> 12 >> (s % 52)),
                7 => f64::from_bits(((r % 2046 + 1) << 52).wrapping_add(s % 3).wrapping_sub(1)),
                8 => (r % 1_000_000) as f64 / 10_f64.powi(up_to(12) as i32),
                _ => (r % (1 << 50)) as f64 * power_of_two(-up_to(24)),
            }
        }
    }

    #[test]
    fn a_hundred_thousand_floats_are_printed_as_go_printed_them() {
        let mut random = Random(0);
        for (block, wanted) in TABLE.lines().enumerate() {
            let mut hash = Sha256::new();
            for place in 0..1000 {
                let [json, general] = printed(random.float(place % 10));
                hash.update(format!("{json} {general}\n"));
            }
            assert_eq!(hex::encode(&hash.finalize()[..8]), wanted, "thousand {block}");
        }
        assert_eq!(TABLE.lines().count(), 100);
    }
}
