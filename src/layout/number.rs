//! Numbers to decimal digits, straight to where they go.
//!
//! Digits that are first made elsewhere, in pieces of two, cost a stall when they are read back whole to be copied.
//! Here eight at a time are worked out in a register, and take one store.

/// The digits of a number below 10^8, zeros in front included, the first in the lowest byte. All are worked out at
/// once, in lanes of a word that are halved three times.
#[inline(always)]
pub(super) fn eight_digits(number: u32) -> u64 {
    let fours = u64::from(number / 10_000) | u64::from(number % 10_000) << 32;
    // Below 10,000 a hundredth is `n * 10486 >> 20`; below 100 a tenth is `n * 103 >> 10`.
    let hundredths = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundredths | (fours - 100 * hundredths) << 16;
    let tenths = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tenths | (twos - 10 * tenths) << 8 | ZEROS
}

/// `00000000`.
const ZEROS: u64 = 0x3030_3030_3030_3030;
const TEN_TO_8: u64 = 100_000_000;

/// The most bytes that are written at once, sign, point and what is written too much included.
pub(super) const MOST_DIGITS: usize = 40;

/// Writes a number as `{}` prints it, and gives the place behind it.
///
/// # Safety
///
/// There is room for [`MOST_DIGITS`].
#[inline(always)]
pub(super) unsafe fn put_unsigned(to: *mut u8, number: u64) -> *mut u8 {
    // SAFETY: passed on.
    unsafe { if number < TEN_TO_8 { put_leading(to, number as u32) } else { put_long(to, number) } }
}

/// # Safety
///
/// As for [`put_unsigned`].
#[inline(never)]
unsafe fn put_long(to: *mut u8, number: u64) -> *mut u8 {
    let (high, low) = (number / TEN_TO_8, number % TEN_TO_8);
    // SAFETY: 24 bytes at the most are written, one behind the other.
    unsafe {
        let to = if high < TEN_TO_8 {
            put_leading(to, high as u32)
        } else {
            let to = put_leading(to, (high / TEN_TO_8) as u32);
            put_word(to, eight_digits((high % TEN_TO_8) as u32), 8)
        };
        put_word(to, eight_digits(low as u32), 8)
    }
}

/// Writes a word, of which the first `len` bytes count, and gives the place behind those.
///
/// # Safety
///
/// There is room for eight bytes, and `len` is no more.
#[inline(always)]
unsafe fn put_word(to: *mut u8, word: u64, len: usize) -> *mut u8 {
    // SAFETY: as the caller says.
    unsafe {
        to.cast::<u64>().write_unaligned(word.to_le());
        to.add(len)
    }
}

/// How many digits a number has.
///
/// Source: Daniel Lemire, "Computing the number of digits of an integer even faster". Between two powers of two a power
/// of ten adds a digit: an entry is such that the sum's upper half goes up by one there.
#[inline(always)]
fn digits(number: u32) -> usize {
    ((u64::from(number) + DIGITS[(number | 1).ilog2() as usize]) >> 32) as usize
}

const DIGITS: [u64; 32] = {
    let mut table = [0; 32];
    let mut bit = 0;
    while bit < 32 {
        // The digits of the least number with this highest bit, and the first number that has one more.
        let least = (1_u64 << bit).ilog10() as u64 + 1;
        let next = 10_u64.pow(least as u32);
        table[bit] = if next < 1 << (bit + 1) { ((least + 1) << 32) - next } else { least << 32 };
        bit += 1;
    }
    table
};

/// Decimals of up to so many places are printed here.
const PLACES: f64 = 1e4;
/// Decimals of up to 15 digits: no two of them are the same `f64`.
const MOST: f64 = 1e15;

/// A number that has few decimal places, as most have that people wrote.
///
/// A decimal of up to 15 digits that reads as the number is the only one of them that does, so there is none shorter, and
/// it is what the shortest-digits algorithms find with ten times the work. Whether it reads so is one division, which
/// rounds as reading does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    /// All digits, [`PLACES`] included.
    digits: u64,
    is_negative: bool,
}

impl Decimal {
    #[inline(always)]
    pub(super) fn of(number: f64) -> Option<Self> {
        let size = number.abs();
        let scaled = size * PLACES;
        // Not so for a NaN.
        if scaled < MOST {
            // SAFETY: it is at least 0 and below 10^15.
            let digits = unsafe { (scaled + 0.5).to_int_unchecked::<i64>() };
            let is_negative = number.is_sign_negative();
            return (digits as f64 / PLACES == size).then_some(Self { digits: digits as u64, is_negative });
        }
        None
    }

    #[inline(always)]
    pub(super) fn is_whole(self) -> bool {
        self.digits.is_multiple_of(PLACES as u64)
    }

    /// Writes it as `{}` prints it, and gives the place behind it.
    ///
    /// # Safety
    ///
    /// There is room for [`MOST_DIGITS`].
    #[inline(always)]
    pub(super) unsafe fn put(self, to: *mut u8) -> *mut u8 {
        let (units, places) = (self.digits / PLACES as u64, self.digits % PLACES as u64);
        // SAFETY: 33 bytes at the most are written, one behind the other.
        unsafe {
            to.write(b'-');
            let to = put_unsigned(to.add(usize::from(self.is_negative)), units);
            if places == 0 {
                return to;
            }
            // The four digits, the last in the highest byte: zeros at the end are zero bits at the top.
            let four = (eight_digits(places as u32) >> 32) as u32;
            let zeros = (four ^ ZEROS as u32).leading_zeros() as usize / 8;
            put_word(to, u64::from(b'.') | u64::from(four) << 8, 5 - zeros)
        }
    }
}

/// A number with so many decimal places, as `{:.N}` prints it: rounded from all of its digits, and to even where it is
/// halfway between two.
///
/// Such a number is an integer over a power of two, and so few places are an integer of two words at the most. That is
/// exact, in a tenth of the work that an algorithm for any number takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed {
    whole: u64,
    /// The decimal places, below a power of ten.
    fraction: u32,
    places: usize,
    is_negative: bool,
}

impl Fixed {
    /// The number, if it is below 2^52, and not all but 0, and the places are up to eight.
    pub(crate) fn of(number: f64, places: usize) -> Option<Self> {
        const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
        let bits = number.abs().to_bits();
        // The number is `mantissa / 2^shift`. What is subnormal is not told from it, and has a greater shift than is taken.
        let mantissa = (bits & ((1 << MANTISSA) - 1)) | 1 << MANTISSA;
        let shift = (f64::MAX_EXP as u64 - 1 + u64::from(MANTISSA)).wrapping_sub(bits >> MANTISSA);
        let power = *POWERS.get(places)?;
        if number == 0.0 {
            return Some(Self { whole: 0, fraction: 0, places, is_negative: number.is_sign_negative() });
        }
        if !(1..=100).contains(&shift) {
            return None;
        }
        let whole = mantissa.checked_shr(shift as u32).unwrap_or(0);
        let rest = u128::from(mantissa) - (u128::from(whole) << shift);
        // Below 2^53 * 10^8.
        let scaled = rest * u128::from(power);
        let fraction = (scaled >> shift) as u64;
        let (rest, half) = (scaled - (u128::from(fraction) << shift), 1 << (shift - 1));
        let is_odd = if places == 0 { whole % 2 == 1 } else { fraction % 2 == 1 };
        let fraction = fraction + u64::from(rest > half || (rest == half && is_odd));
        let carry = u64::from(fraction == u64::from(power));
        Some(Self {
            whole: whole + carry,
            fraction: (fraction - carry * u64::from(power)) as u32,
            places,
            is_negative: number.is_sign_negative(),
        })
    }

    /// Writes it, and gives the place behind it.
    ///
    /// # Safety
    ///
    /// There is room for [`MOST_DIGITS`].
    #[inline(always)]
    pub(super) unsafe fn put(self, to: *mut u8) -> *mut u8 {
        // SAFETY: 34 bytes at the most are written, one behind the other.
        unsafe {
            to.write(b'-');
            let to = put_unsigned(to.add(usize::from(self.is_negative)), self.whole);
            to.write(b'.');
            let to = to.add(usize::from(self.places > 0));
            // Zeros in front are digits of it, and those of places that there are not are in front of them.
            let digits = eight_digits(self.fraction).checked_shr(64 - 8 * self.places as u32).unwrap_or(0);
            put_word(to, digits, self.places)
        }
    }
}

/// Those that may be the number of a fraction's values.
const POWERS: [u32; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, TEN_TO_8 as u32];

/// Writes a number below 10^8 without zeros in front.
///
/// # Safety
///
/// There is room for eight bytes.
#[inline(always)]
unsafe fn put_leading(to: *mut u8, number: u32) -> *mut u8 {
    // How many digits there are is found without them, so that what comes next need not wait for them.
    let len = digits(number);
    // SAFETY: passed on; a number below 10^8 has no more than eight digits.
    unsafe { put_word(to, eight_digits(number) >> (64 - 8 * len), len) }
}

#[cfg(test)]
mod tests {
    use super::super::{Escape, Output};
    use super::*;
    use proptest::prelude::*;

    fn print(number: u64) -> String {
        let mut bytes = vec![];
        Output::new(&mut bytes, Escape::None).unsigned(number);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn numbers_around_each_power_of_ten_print_as_std_prints_them() {
        let powers = (0..20).map(|exponent| 10u64.pow(exponent));
        for number in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u64::MAX]) {
            assert_eq!(print(number), number.to_string());
        }
    }

    #[test]
    fn digits_are_counted_around_each_power_of_two_and_of_ten() {
        let powers = (0..32).map(|bit| 1 << bit).chain((0..10).map(|exponent| 10_u32.pow(exponent)));
        for number in powers.flat_map(|power: u32| [power - 1, power, power + 1]).chain([u32::MAX]) {
            assert_eq!(digits(number), number.to_string().len(), "{number}");
        }
    }

    #[test]
    fn every_lane_has_all_its_digits() {
        for number in (0..10_000).map(|four| four * 10_001) {
            assert_eq!(eight_digits(number).to_le_bytes(), format!("{number:08}").as_bytes());
        }
    }

    fn decimal(number: f64) -> Option<String> {
        let mut bytes = vec![];
        let is_one = Output::new(&mut bytes, Escape::None).pen(|pen| pen.decimal(number, ""));
        assert!(is_one || bytes.is_empty());
        is_one.then(|| String::from_utf8(bytes).unwrap())
    }

    fn fixed(number: f64, places: usize) -> Option<String> {
        let mut bytes = vec![];
        Output::new(&mut bytes, Escape::None)
            .pen(|pen| Fixed::of(number, places).map(|fixed| pen.fixed(fixed)))?;
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_fixed_number_is_rounded_to_even_and_carries() {
        for (number, places, printed) in [
            (0.0, 0, "0"),
            (-0.0, 2, "-0.00"),
            (0.5, 0, "0"),
            (1.5, 0, "2"),
            (0.25, 1, "0.2"),
            (0.35, 1, "0.3"),
            (9.9999, 3, "10.000"),
            (-0.001, 2, "-0.00"),
            (101.25, 8, "101.25000000"),
            (4_503_599_627_370_495.5, 1, "4503599627370495.5"),
        ] {
            assert_eq!(fixed(number, places).as_deref(), Some(printed));
            assert_eq!(format!("{number:.places$}"), printed);
        }
        for number in [1e16, 1e-40, f64::MIN_POSITIVE / 2.0, f64::INFINITY, f64::NAN] {
            assert_eq!(fixed(number, 3), None, "{number}");
        }
        assert_eq!(fixed(1.0, 9), None);
    }

    #[test]
    fn few_decimal_places_are_told_from_more() {
        for (number, printed) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.29, "0.29"),
            (-12.5, "-12.5"),
            (100.0, "100"),
            (0.0001, "0.0001"),
            (1.1000, "1.1"),
            (99999999999.9999, "99999999999.9999"),
            (1e10, "10000000000"),
        ] {
            assert_eq!(decimal(number).as_deref(), Some(printed));
        }
        let others =
            [1e11, 0.00001, 0.12345, 0.1 + 0.2, f64::MIN_POSITIVE, f64::INFINITY, f64::NAN, 1.0 / 3.0];
        for number in others {
            assert_eq!(decimal(number), None, "{number}");
        }
    }

    proptest! {
        #[test]
        fn a_decimal_prints_as_std_prints_it(digits in 0..1_000_000_000_000_000u64, places in 0..8, bits: u64) {
            for number in [digits as f64 / 10f64.powi(places), -(digits as f64) / 10f64.powi(places), f64::from_bits(bits)] {
                if let Some(printed) = decimal(number) {
                    prop_assert_eq!(printed, number.to_string());
                } else {
                    prop_assert!(places > 4 || digits >= 100_000_000_000 || number.to_bits() == bits, "{}", number);
                }
            }
        }

        #[test]
        fn a_fixed_number_prints_as_std_prints_it(number: u64, exponent in -110..60i32, halves in 0..1u64 << 30, bits: u64, places in 0..10usize) {
            let numbers = [
                number as f64 * 2f64.powi(exponent - 64),
                number as f64 / 10f64.powi(exponent.abs()),
                halves as f64 / f64::from(1 << (exponent & 15)),
                f64::from_bits(bits),
            ];
            for number in numbers.into_iter().flat_map(|number| [number, -number]) {
                match fixed(number, places) {
                    Some(printed) => prop_assert_eq!(printed, format!("{number:.places$}")),
                    None => prop_assert!(places > 8 || !(1e-14..4e15).contains(&number.abs()), "{}", number),
                }
            }
        }

        #[test]
        fn any_number_prints_as_std_prints_it(number: u64, shift in 0..64u32) {
            prop_assert_eq!(print(number >> shift), (number >> shift).to_string());
        }
    }
}
