//! Hours, days and dates, over changes of the clock.

use super::super::schedule::{Schedule, time_of_day};

#[test]
fn a_time_of_day_has_two_or_three_parts_of_two_digits() {
    assert_eq!(time_of_day("00:00"), Some(0));
    assert_eq!(time_of_day("23:59:59"), Some(86_399));
    for wrong in
        ["", "6", "6:00", "06:0", "24:00", "06:60", "06:00:60", "06:00:00:00", "+6:00", "06-00", " 6:00"]
    {
        assert_eq!(time_of_day(wrong), None, "{wrong}");
    }
}

#[test]
fn without_times_there_is_none_and_dates_are_the_days_own() {
    let schedule = Schedule::default();
    assert_eq!(schedule.next_after(1_000_000_000), None);
    assert_eq!(schedule.date(1_000_000_000), "2001-09-09");
    assert_eq!(schedule.date(-1), "1970-01-01", "before it there are no dates");
}

#[test]
fn in_utc_every_day_has_24_hours() {
    let schedule = Schedule { hourly: true, daily: vec![0], ..Schedule::default() };
    assert_eq!(schedule.next_after(0), Some(3600));
    assert_eq!(schedule.next_after(3599), Some(3600));
    let daily = Schedule { daily: vec![6 * 3600, 18 * 3600], ..Schedule::default() };
    assert_eq!(daily.next_after(0), Some(6 * 3600));
    assert_eq!(daily.next_after(6 * 3600), Some(18 * 3600));
    assert_eq!(daily.next_after(18 * 3600), Some(30 * 3600));
    assert_eq!(daily.date(30 * 3600 - 1), "1970-01-01", "the day begins at six");
    assert_eq!(daily.date(30 * 3600), "1970-01-02");
}

#[cfg(feature = "local-time")]
mod local {
    use super::Schedule;
    use crate::zone::Zone;
    use jiff::Timestamp;

    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    fn schedule(zone: &str, daily: &[i64]) -> Schedule {
        let zone = Zone::named(zone).unwrap();
        Schedule { zone, daily: daily.to_vec(), ..Schedule::default() }
    }

    fn at(time: &str) -> i64 {
        time.parse::<Timestamp>().unwrap().as_second()
    }

    /// All times from one to another.
    fn times(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
        let mut times = Vec::new();
        let mut now = at(from);
        while let Some(next) = schedule.next_after(now).filter(|&next| next <= at(to)) {
            assert!(next > now);
            times.push(Timestamp::from_second(next).unwrap().to_string());
            now = next;
        }
        times
    }

    #[test]
    fn days_of_23_and_of_25_hours_begin_at_midnight() {
        let midnight = schedule(BERLIN, &[0]);
        assert_eq!(
            times(&midnight, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
            ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
            "23 hours apart"
        );
        assert_eq!(
            times(&midnight, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
            ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
            "25 hours apart"
        );
        assert_eq!(midnight.date(at("2026-10-24T22:00:00Z")), "2026-10-25");
        assert_eq!(midnight.date(at("2026-10-25T22:59:59Z")), "2026-10-25");
        assert_eq!(midnight.date(at("2026-10-25T23:00:00Z")), "2026-10-26");
    }

    #[test]
    fn a_time_that_is_skipped_comes_an_hour_later() {
        let half_past_two = schedule(BERLIN, &[9000]);
        assert_eq!(
            times(&half_past_two, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
            ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"],
            "03:30, then 02:30, summer time"
        );
    }

    #[test]
    fn a_time_that_comes_twice_counts_the_first_time() {
        let half_past_two = schedule(BERLIN, &[9000]);
        assert_eq!(
            times(&half_past_two, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
        // In the hour that comes again it is still the new day.
        assert_eq!(half_past_two.date(at("2026-10-25T00:29:59Z")), "2026-10-24");
        assert_eq!(half_past_two.date(at("2026-10-25T01:10:00Z")), "2026-10-25");
    }

    #[test]
    fn midnight_itself_may_be_skipped_or_come_twice() {
        // As in Brazil until 2019: clocks go forward at 00:00 and back from 24:00 to 23:00.
        let brazil = schedule("BRT3BRST,M10.3.0/0,M2.3.0/0", &[0]);
        let around = times(&brazil, "2026-10-17T12:00:00Z", "2026-10-19T12:00:00Z");
        assert_eq!(around, ["2026-10-18T03:00:00Z", "2026-10-19T02:00:00Z"], "01:00, then 00:00");
        assert_eq!(brazil.date(at("2026-10-18T02:59:59Z")), "2026-10-17");
        assert_eq!(brazil.date(at("2026-10-18T03:00:00Z")), "2026-10-18");
        // As in Newfoundland until 2011: back from 00:01 to 23:01 of the day before.
        let newfoundland = schedule("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01", &[0]);
        let around = times(&newfoundland, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z");
        assert_eq!(around, ["2026-11-01T02:30:00Z", "2026-11-02T03:30:00Z"], "once a day");
        assert_eq!(newfoundland.date(at("2026-11-01T03:00:00Z")), "2026-11-01", "not back to October");
    }

    #[test]
    fn every_hour_that_passes_has_its_file() {
        let hourly = |zone| Schedule { hourly: true, ..schedule(zone, &[]) };
        let berlin = hourly(BERLIN);
        assert_eq!(times(&berlin, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z").len(), 25);
        assert_eq!(times(&berlin, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z").len(), 23);
        let india = hourly("IST-5:30");
        assert_eq!(
            times(&india, "2026-11-23T00:00:00Z", "2026-11-23T02:00:00Z"),
            ["2026-11-23T00:30:00Z", "2026-11-23T01:30:00Z"]
        );
        // Half an hour forward and back, as on Lord Howe Island.
        let howe = hourly("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
        let all = times(&howe, "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z");
        assert_eq!(all.len(), 364 * 24 + 1, "the hour that comes half again has a file for each time");
    }

    #[test]
    fn a_date_that_a_zone_left_out_has_no_file() {
        // Samoa went over the date line: there was no 30 December 2011.
        let Ok(zone) = Zone::named("Pacific/Apia") else {
            return assert!(!std::path::Path::new("/usr/share/zoneinfo").exists(), "the zone is known");
        };
        let samoa = Schedule { zone, daily: vec![0], ..Schedule::default() };
        assert_eq!(
            times(&samoa, "2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z"),
            ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]
        );
        assert_eq!(samoa.date(at("2011-12-30T09:59:59Z")), "2011-12-29");
        assert_eq!(samoa.date(at("2011-12-30T10:00:00Z")), "2011-12-31");
    }

    #[test]
    fn any_time_has_a_day_that_has_begun_and_a_next_one_that_has_not() {
        use proptest::prelude::*;
        let zones = [
            BERLIN,
            "IST-5:30",
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01",
        ];
        let zones = prop::sample::select(zones.to_vec());
        proptest!(|(zone in zones, now in 0..4_000_000_000i64, daily in 0..86_400i64)| {
            let schedule = schedule(zone, &[daily]);
            let next = schedule.next_after(now).unwrap();
            prop_assert!(next > now && next <= now + 26 * 3600, "{} {}", now, next);
            prop_assert!(schedule.date(next) > schedule.date(now), "a new day, a new date");
            prop_assert_eq!(schedule.date(next - 1), schedule.date(now));
        });
    }
}
