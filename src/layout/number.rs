//! Integers to decimal digits, straight to the end of a buffer.
//!
//! Digits that are first made elsewhere, in pieces of two, cost a stall when they are read back whole to be copied.
//! Here eight at a time are worked out in a register, and take one store.

use super::append::append_word;

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

/// Appends a number as `{}` prints it.
#[inline]
pub(super) fn append_unsigned(bytes: &mut Vec<u8>, number: u64) {
    if number < TEN_TO_8 {
        append_leading(bytes, number as u32);
    } else {
        append_long(bytes, number);
    }
}

#[inline(never)]
fn append_long(bytes: &mut Vec<u8>, number: u64) {
    let (high, low) = (number / TEN_TO_8, number % TEN_TO_8);
    if high < TEN_TO_8 {
        append_leading(bytes, high as u32);
    } else {
        append_leading(bytes, (high / TEN_TO_8) as u32);
        append_word(bytes, eight_digits((high % TEN_TO_8) as u32), 8);
    }
    append_word(bytes, eight_digits(low as u32), 8);
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

/// Appends a number below 10^8 without zeros in front.
#[inline(always)]
fn append_leading(bytes: &mut Vec<u8>, number: u32) {
    // How many digits there are is found without them, so that what comes next need not wait for them.
    let len = digits(number);
    append_word(bytes, eight_digits(number) >> (64 - 8 * len), len);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn print(number: u64) -> String {
        let mut bytes = vec![];
        append_unsigned(&mut bytes, number);
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

    proptest! {
        #[test]
        fn any_number_prints_as_std_prints_it(number: u64, shift in 0..64u32) {
            prop_assert_eq!(print(number >> shift), (number >> shift).to_string());
        }
    }
}
