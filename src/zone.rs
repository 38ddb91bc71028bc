//! A time zone's clocks: how far they are ahead of UTC, and when they show what.
//!
//! Times are whole seconds since 1970-01-01T00:00:00Z; what clocks show is counted the same way, as if they were UTC's.

#[cfg(feature = "local-time")]
use std::sync::Arc;
#[cfg(feature = "local-time")]
use tz::{TimeZone, timezone::TimeZoneSettings};

/// Whose hours and days they are.
#[derive(Clone, Debug, Default)]
pub(crate) enum Zone {
    #[default]
    Utc,
    #[cfg(feature = "local-time")]
    Local(Arc<TimeZone>),
}

impl Zone {
    /// The system's: what `TZ` says, or `/etc/localtime` where that is not set. It is UTC where that can't be understood.
    #[cfg(feature = "local-time")]
    pub(crate) fn system() -> Self {
        let zone = match std::env::var_os("TZ") {
            None => find("localtime").ok(),
            Some(name) => name.to_str().and_then(|name| find(name).ok()),
        };
        Self::Local(Arc::new(zone.unwrap_or_else(TimeZone::utc)))
    }

    /// One by its name in the system's database, or by a rule as in POSIX's `TZ`.
    ///
    /// # Errors
    ///
    /// Why it is neither.
    #[cfg(feature = "local-time")]
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        find(name).map(|zone| Self::Local(Arc::new(zone)))
    }

    /// How far the zone's clocks are ahead of UTC, in seconds.
    pub(crate) fn offset(&self, second: i64) -> i64 {
        match self {
            Self::Utc => {
                let _ = second;
                0
            }
            #[cfg(feature = "local-time")]
            Self::Local(zone) => zone.find_local_time_type(second).map_or_else(
                // Some files say nothing of what comes after their last transition.
                |_| last_known(zone),
                |kind| kind.ut_offset().into(),
            ),
        }
    }

    /// When clocks show `shown`. Of a time that comes twice it is the first; one that is skipped comes as much later as clocks
    /// are put forward.
    pub(crate) fn instant(&self, shown: i64) -> i64 {
        const DAY: i64 = 24 * 3600;
        // Clocks are within a day of UTC, so what they are ahead by then is one of these.
        let offsets = [shown - DAY, shown, shown + DAY].map(|second| self.offset(second));
        let instants = offsets.map(|offset| (shown - offset, offset));
        let first = instants.into_iter().filter(|&(second, offset)| self.offset(second) == offset).min();
        first.unwrap_or(instants[0]).0
    }
}

/// # Errors
///
/// When the database has no such name, and it is no rule either.
#[cfg(feature = "local-time")]
fn find(name: &str) -> Result<TimeZone, String> {
    // Known where there is no database, too.
    if name.eq_ignore_ascii_case("UTC") {
        return Ok(TimeZone::utc());
    }
    let place = std::env::var("TZDIR").ok();
    let mut places = Vec::from(TimeZoneSettings::DEFAULT_DIRECTORIES);
    if let Some(place) = &place {
        places.insert(0, place);
    }
    let settings = TimeZoneSettings::new(&places, TimeZoneSettings::DEFAULT_READ_FILE_FN);
    settings.parse_posix_tz(name).or_else(|error| by_rule(name).ok_or(error)).map_err(|error| {
        format!("no time zone that can be read is called so in {}, and as a rule: {error}", places.join(", "))
    })
}

/// A zone by a rule that may have what the files of the database may, and what glibc takes: hours before 0 and after 24.
///
/// Source: RFC 8536, TZif version 3, whose footer such a rule is. The library reads it there alone.
#[cfg(feature = "local-time")]
fn by_rule(rule: &str) -> Option<TimeZone> {
    // One type, of UTC, whose name takes four bytes.
    const HEADER: &[u8; 44] =
        b"TZif3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x04";
    const TYPE: &[u8; 10] = b"\0\0\0\0\0\0UTC\0";
    // In words of four bytes, and once more in words of eight.
    let file = [HEADER, &TYPE[..], HEADER, TYPE, b"\n", rule.as_bytes(), b"\n"].concat();
    // A footer that is blank says nothing.
    TimeZone::from_tz_data(&file).ok().filter(|_| !rule.trim().is_empty())
}

#[cfg(feature = "local-time")]
fn last_known(zone: &TimeZone) -> i64 {
    let zone = zone.as_ref();
    let kind = zone.transitions().last().map_or(0, |transition| transition.local_time_type_index());
    zone.local_time_types().get(kind).map_or(0, |kind| kind.ut_offset().into())
}

#[cfg(all(test, feature = "local-time"))]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::tz::Offset;
    use proptest::prelude::*;

    const RULES: [&str; 8] = [
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT,M3.2.0,M11.1.0",
        "IST-5:30",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01",
        "BRT3BRST,M10.3.0/0,M2.3.0/0",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "IST-2IDT,M3.4.4/26,M10.5.0",
    ];
    /// With transitions of all kinds: a skipped day, half hours, winter time, rules that end.
    const NAMES: [&str; 8] = [
        "Europe/Berlin",
        "Europe/Dublin",
        "America/St_Johns",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Africa/Casablanca",
        "America/Sao_Paulo",
    ];

    /// Zones in our eyes and in another library's.
    fn zones() -> Vec<(Zone, jiff::tz::TimeZone)> {
        let by_rule = RULES.map(|rule| (rule, jiff::tz::TimeZone::posix(rule).unwrap()));
        let by_name = NAMES.into_iter().filter_map(|name| {
            let bytes = std::fs::read(format!("/usr/share/zoneinfo/{name}")).ok()?;
            Some((name, jiff::tz::TimeZone::tzif(name, &bytes).unwrap()))
        });
        let all = by_rule.into_iter().chain(by_name);
        all.map(|(name, zone)| (Zone::named(name).unwrap(), zone)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn clocks_show_what_another_library_says(zone in prop::sample::select(zones()), second in 0..8_000_000_000_i64) {
            let (ours, theirs) = zone;
            let time = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(ours.offset(second), i64::from(theirs.to_offset(time).seconds()));
            // Around the nearest transition, where there is one.
            let transition = theirs.preceding(time).next().map_or(second, |next| next.timestamp().as_second());
            for shown in [second, transition, transition - 1].map(|at| at + ours.offset(at)) {
                for shown in [-5400, -3600, -1800, -60, -1, 0, 1, 60, 1800, 3600, 5400].map(|later| shown + later) {
                    let wall = Offset::UTC.to_datetime(Timestamp::from_second(shown).unwrap());
                    let instant = theirs.to_ambiguous_timestamp(wall).compatible().unwrap();
                    prop_assert_eq!(ours.instant(shown), instant.as_second(), "{}", wall);
                }
            }
        }
    }

    #[test]
    fn what_is_no_zone_is_an_error() {
        for name in ["", "Mars/Phobos", "CET-1CEST,M3", ":", "/dev/null", "..", "/", "\n", "UTC\n", " "] {
            assert!(Zone::named(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn utc_needs_no_database() {
        assert_eq!([find("UTC"), find("utc")].map(|zone| zone.unwrap()), [TimeZone::utc(), TimeZone::utc()]);
    }

    #[test]
    fn a_zone_whose_rules_end_goes_on_as_it_was() {
        use tz::timezone::{LocalTimeType, Transition};
        let kinds = [3600, 7200].map(|offset| LocalTimeType::with_ut_offset(offset).unwrap());
        let zone = TimeZone::new(vec![Transition::new(1000, 1)], kinds.to_vec(), Vec::new(), None).unwrap();
        let zone = Zone::Local(Arc::new(zone));
        assert_eq!(
            [0, 999, 1000, i64::from(u32::MAX)].map(|second| zone.offset(second)),
            [3600, 3600, 7200, 7200]
        );
    }
}
