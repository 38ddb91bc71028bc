//! Timestamps to bytes.
//!
//! All but the fraction of a second is rendered once a second and copied from then on.

use super::number::eight_digits;
use super::{Escape, Output, Pen};
use crate::zone::Zone;

const NANOS: u64 = 1_000_000_000;
const SECONDS_OF_DAY: i64 = 86_400;

/// How much stands before the fraction of a second.
const FRACTION: usize = 20;

/// Prints points in time as RFC 3339 has them, with nanoseconds: `2026-11-22T21:18:55.123456789Z`.
///
/// It remembers the second that it printed last, so each thread that prints keeps its own.
///
/// ```
/// let mut bytes = Vec::new();
/// ringlog::layout::Timestamps::utc().write(1_795_382_335_123_456_789, &mut bytes);
/// assert_eq!(bytes, b"2026-11-22T21:18:55.123456789Z");
/// ```
#[derive(Clone, Debug)]
pub struct Timestamps {
    /// The beginning of the second that is rendered, in nanoseconds since 1970.
    start: u64,
    /// `2026-11-22T21:18:55.`
    second: [u8; 32],
    /// `Z`, or `+02:00`, the first character in the lowest byte.
    offset: u64,
    offset_len: usize,
    zone: Zone,
}

impl Timestamps {
    /// In universal time.
    ///
    /// ```
    /// use ringlog::layout::Timestamps;
    ///
    /// let mut line = Vec::new();
    /// Timestamps::utc().write(0, &mut line);
    /// assert_eq!(line, b"1970-01-01T00:00:00.000000000Z");
    /// ```
    pub fn utc() -> Self {
        Self::new(Zone::Utc)
    }

    /// In the local time of the system's zone, with its offset: `2026-11-22T22:18:55.123456789+01:00`. The zone is
    /// looked up now, by `TZ` or in `/etc/localtime` (it may read files); its rules, daylight saving for one, are applied to
    /// each time. Where no zone can be found it is UTC, as `+00:00`; files of TZif version 4 can't be read.
    ///
    /// ```
    /// use ringlog::layout::Timestamps;
    ///
    /// let mut line = Vec::new();
    /// Timestamps::local().write(1_795_382_335_000_000_000, &mut line);
    /// assert_eq!(line.len(), "2026-11-22T22:18:55.000000000+01:00".len());
    /// ```
    #[cfg(feature = "local-time")]
    pub fn local() -> Self {
        Self::new(Zone::system())
    }

    fn new(zone: Zone) -> Self {
        let mut new = Self { start: 0, second: [0; 32], offset: 0, offset_len: 0, zone };
        new.render(0);
        new
    }

    /// How far local time is ahead of UTC at a second since 1970, in minutes. What an offset has of seconds (some
    /// had, before 1972) is left out of the time too: RFC 3339 can't print it.
    fn offset_minutes(&self, second: i64) -> Option<i64> {
        (!matches!(self.zone, Zone::Utc)).then(|| self.zone.offset(second) / 60)
    }

    /// Appends a point in time, given in nanoseconds since 1970-01-01T00:00:00Z. Allocates only where `bytes` has
    /// to grow.
    ///
    /// ```
    /// use ringlog::layout::Timestamps;
    ///
    /// let (mut time, mut line) = (Timestamps::utc(), b"at ".to_vec());
    /// time.write(1_700_000_000_000_000_001, &mut line);
    /// assert_eq!(line, b"at 2023-11-14T22:13:20.000000001Z");
    /// ```
    #[inline]
    pub fn write(&mut self, unix_nanos: u64, bytes: &mut Vec<u8>) {
        Output::new(bytes, Escape::None).pen(|pen| self.put(unix_nanos, pen));
    }

    /// As [`write`](Self::write).
    #[inline(always)]
    pub(super) fn put(&mut self, unix_nanos: u64, pen: &mut Pen<'_, '_>) {
        let mut fraction = unix_nanos.wrapping_sub(self.start);
        if fraction >= NANOS {
            fraction = self.render(unix_nanos);
        }
        let fraction = fraction as u32;
        pen.block(&self.second, FRACTION);
        let first = u128::from(b'0') + u128::from(fraction / 100_000_000);
        let others = u128::from(eight_digits(fraction % 100_000_000));
        let end = first | others << 8 | u128::from(self.offset) << 72;
        pen.block(&end.to_le_bytes(), 9 + self.offset_len);
    }

    /// Renders what stays the same for a second, and gives the rest.
    #[cold]
    #[inline(never)]
    fn render(&mut self, unix_nanos: u64) -> u64 {
        let (second, fraction) = (unix_nanos / NANOS, unix_nanos % NANOS);
        self.start = second * NANOS;
        let second = second as i64;
        let minutes = self.offset_minutes(second);
        let local = second + minutes.unwrap_or(0) * 60;
        let (year, month, day) = date(local.div_euclid(SECONDS_OF_DAY));
        let of_day = local.rem_euclid(SECONDS_OF_DAY);
        self.second[..FRACTION].copy_from_slice(b"0000-00-00T00:00:00.");
        for (at, two) in [
            (0, year / 100),
            (2, year % 100),
            (5, month),
            (8, day),
            (11, of_day / 3600),
            (14, of_day / 60 % 60),
            (17, of_day % 60),
        ] {
            self.second[at..at + 2].copy_from_slice(&two_digits(two));
        }
        match minutes {
            None => {
                self.offset = b'Z'.into();
                self.offset_len = 1;
            }
            Some(minutes) => {
                let [h1, h2] = two_digits(minutes.abs() / 60);
                let [m1, m2] = two_digits(minutes.abs() % 60);
                let sign = if minutes < 0 { b'-' } else { b'+' };
                self.offset = u64::from_le_bytes([sign, h1, h2, b':', m1, m2, 0, 0]);
                self.offset_len = 6;
            }
        }
        fraction
    }
}

fn two_digits(number: i64) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// The date of a day since 1970-01-01, as year, month and day.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`. Years begin in March
/// there, so that the leap day is a year's last.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// Times as a layout's options have them.
pub(super) fn timestamps(local: bool) -> Timestamps {
    match local {
        #[cfg(feature = "local-time")]
        true => Timestamps::local(),
        _ => Timestamps::utc(),
    }
}

/// A point in time as text, for messages of our own.
pub(crate) fn rfc3339(unix_nanos: u64) -> String {
    let mut bytes = Vec::with_capacity(30);
    Timestamps::utc().write(unix_nanos, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    #[cfg(feature = "local-time")]
    use jiff::{Zoned, tz::TimeZone};
    use proptest::prelude::*;

    fn print(times: &mut Timestamps, unix_nanos: u64) -> String {
        let mut bytes = Vec::new();
        times.write(unix_nanos, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    fn by_jiff(unix_nanos: u64) -> String {
        let time = Timestamp::from_nanosecond(i128::from(unix_nanos)).unwrap();
        format!("{time:.9}")
    }

    #[test]
    fn the_bounds_of_the_time_that_a_record_can_have() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(u64::MAX), "2554-07-21T23:34:33.709551615Z");
        assert_eq!(rfc3339(i64::MAX as u64), "2262-04-11T23:47:16.854775807Z");
        assert_eq!(rfc3339(i64::MAX as u64 + 1), "2262-04-11T23:47:16.854775808Z");
    }

    #[test]
    fn every_day_has_its_date() {
        let mut times = Timestamps::utc();
        for day in 0..u64::MAX / NANOS / SECONDS_OF_DAY as u64 {
            let unix_nanos = day * SECONDS_OF_DAY as u64 * NANOS;
            assert_eq!(print(&mut times, unix_nanos), by_jiff(unix_nanos));
        }
    }

    #[cfg(feature = "local-time")]
    #[test]
    fn daylight_saving_begins_and_ends_on_its_second() {
        let mut times = Timestamps::new(Zone::named("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        for (utc, local) in [
            ("2026-03-29T00:59:59.999999999Z", "2026-03-29T01:59:59.999999999+01:00"),
            ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00.000000000+02:00"),
            ("2026-10-25T00:59:59.5Z", "2026-10-25T02:59:59.500000000+02:00"),
            ("2026-10-25T01:00:00Z", "2026-10-25T02:00:00.000000000+01:00"),
        ] {
            let time: Timestamp = utc.parse().unwrap();
            assert_eq!(print(&mut times, time.as_nanosecond() as u64), local);
        }
    }

    #[cfg(feature = "local-time")]
    #[test]
    fn west_of_greenwich_1970_begins_in_1969() {
        let mut times = Timestamps::new(Zone::named("EST5").unwrap());
        assert_eq!(print(&mut times, 1), "1969-12-31T19:00:00.000000001-05:00");
    }

    proptest! {
        #[test]
        fn any_time_prints_as_another_library_prints_it(times in prop::collection::vec(any::<u64>(), 1..8)) {
            let mut cached = Timestamps::utc();
            for time in times {
                prop_assert_eq!(print(&mut cached, time), by_jiff(time));
                let near = time.saturating_add(1_000_000);
                prop_assert_eq!(print(&mut cached, near), by_jiff(near));
            }
        }

        #[cfg(feature = "local-time")]
        #[test]
        fn any_local_time_is_the_same_point_in_time(time in any::<u64>(), minutes in -14 * 60..14 * 60i32) {
            let offset = jiff::tz::Offset::from_seconds(minutes * 60).unwrap();
            // A rule says how far UTC is ahead.
            let sign = if minutes < 0 { "" } else { "-" };
            let zone = format!("<X00>{sign}{}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
            let mut times = Timestamps::new(Zone::named(&zone).unwrap());
            let text = print(&mut times, time);
            let read: Timestamp = text.parse().unwrap();
            prop_assert_eq!(read.as_nanosecond(), i128::from(time));
            let wall = Zoned::new(read, TimeZone::fixed(offset)).datetime();
            prop_assert!(text.starts_with(&format!("{wall:.9}")), "{} {}", text, wall);
        }
    }
}
