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

/// Appends a number below 10^8 without zeros in front.
#[inline(always)]
fn append_leading(bytes: &mut Vec<u8>, number: u32) {
    // How many digits there are is found without them, so that what comes next need not wait for them.
    let len = (number | 1).ilog10() as usize + 1;
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
