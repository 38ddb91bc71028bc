//! When a file is due by the clock, and which date it belongs to.
//!
//! Times are whole seconds since 1970-01-01T00:00:00Z; days are counted from that date, in the zone's own
//! calendar.

use crate::layout::rfc3339;
use crate::zone::Zone;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The times at which a new file begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    pub(super) zone: Zone,
    /// At each full hour.
    pub(super) hourly: bool,
    /// At these times of day, in seconds since midnight.
    pub(super) daily: Vec<i64>,
}

impl Schedule {
    /// The first time after `second` at which a new file begins.
    pub(super) fn next_after(&self, second: i64) -> Option<i64> {
        let hour = self.hourly.then(|| {
            let offset = self.zone.offset(second);
            ((second + offset).div_euclid(HOUR) + 1) * HOUR - offset
        });
        let day = self.starts_around(second).map(|(start, _)| start).filter(|&start| start > second).min();
        hour.into_iter().chain(day).min()
    }

    /// The date of a file that began at `second`: the date of its day, and a day begins at its (first) time
    /// of day, at midnight where there is none.
    pub(super) fn date(&self, second: i64) -> String {
        let begun = self.starts_around(second).filter(|&(start, _)| start <= second).max();
        let day = begun.map_or_else(|| self.day(second), |(_, day)| day);
        let mut text = rfc3339(u64::try_from(day * DAY).unwrap_or(0).saturating_mul(1_000_000_000));
        text.truncate("1970-01-01".len());
        text
    }

    fn day(&self, second: i64) -> i64 {
        (second + self.zone.offset(second)).div_euclid(DAY)
    }

    /// When days around `second` begin, and which days they are. Where a zone changed sides of the date line,
    /// a day was missing or came twice.
    fn starts_around(&self, second: i64) -> impl Iterator<Item = (i64, i64)> {
        let today = self.day(second);
        (today - 3..=today + 3).flat_map(move |day| {
            self.daily.iter().map(move |&of_day| (self.zone.instant(day * DAY + of_day), day))
        })
    }
}

/// Seconds since midnight of `HH:MM` or `HH:MM:SS`.
pub(super) fn time_of_day(text: &str) -> Option<i64> {
    let mut seconds = 0;
    let mut parts = text.split(':');
    for (unit, below) in [(HOUR, 24), (60, 60), (1, 60)] {
        let part = match (parts.next(), unit) {
            (Some(part), _) => part,
            (None, 1) => "00",
            (None, _) => return None,
        };
        if part.len() != 2 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let number: i64 = part.parse().ok().filter(|&number| number < below)?;
        seconds += number * unit;
    }
    parts.next().is_none().then_some(seconds)
}
