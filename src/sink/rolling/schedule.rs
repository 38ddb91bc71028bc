//! When a file is due by the clock, and which date it belongs to.
//!
//! Times are whole seconds since 1970-01-01T00:00:00Z; days are counted from that date, in the zone's own
//! calendar.

use crate::layout::rfc3339;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Whose hours and days they are.
#[derive(Clone, Debug, Default)]
pub(super) enum Zone {
    #[default]
    Utc,
    #[cfg(feature = "local-time")]
    Local(jiff::tz::TimeZone),
}

impl Zone {
    /// How far local time is ahead of UTC, in seconds.
    fn offset(&self, second: i64) -> i64 {
        match self {
            Self::Utc => {
                let _ = second;
                0
            }
            #[cfg(feature = "local-time")]
            Self::Local(zone) => {
                let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX);
                zone.to_offset(time).seconds().into()
            }
        }
    }

    fn day(&self, second: i64) -> i64 {
        (second + self.offset(second)).div_euclid(DAY)
    }

    /// When a day's clocks show so many seconds since midnight. Of a time that comes twice it is the first;
    /// one that is skipped comes as much later as clocks are put forward.
    fn instant(&self, day: i64, of_day: i64) -> i64 {
        let by_utc = day * DAY + of_day;
        match self {
            Self::Utc => by_utc,
            #[cfg(feature = "local-time")]
            Self::Local(zone) => jiff::Timestamp::from_second(by_utc)
                .and_then(|wall| {
                    let wall = jiff::tz::Offset::UTC.to_datetime(wall);
                    zone.to_ambiguous_timestamp(wall).compatible()
                })
                .map_or(by_utc, jiff::Timestamp::as_second),
        }
    }
}

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
        let day = begun.map_or_else(|| self.zone.day(second), |(_, day)| day);
        let mut text = rfc3339(u64::try_from(day * DAY).unwrap_or(0).saturating_mul(1_000_000_000));
        text.truncate("1970-01-01".len());
        text
    }

    /// When days around `second` begin, and which days they are. Where a zone changed sides of the date line,
    /// a day was missing or came twice.
    fn starts_around(&self, second: i64) -> impl Iterator<Item = (i64, i64)> {
        let today = self.zone.day(second);
        (today - 3..=today + 3)
            .flat_map(move |day| self.daily.iter().map(move |&of_day| (self.zone.instant(day, of_day), day)))
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
