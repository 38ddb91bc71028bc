//! When a new file begins.

use super::{DAY, HOUR, MONDAY, Place, write};

#[test]
fn a_file_is_followed_by_another_before_it_exceeds_its_size() {
    let place = Place::new();
    let mut file = place.builder().max_size(10).open().unwrap();
    write(&mut file, "12345\n");
    write(&mut file, "789\n");
    assert_eq!(place.files(), ["app.log"], "10 bytes are not too much");
    write(&mut file, "new\n");
    write(&mut file, "other\n");
    write(&mut file, "third\n");
    assert_eq!(place.files(), ["app.log", "app.log.1", "app.log.2"]);
    assert_eq!(place.read("app.log.2"), "12345\n789\n");
    assert_eq!(place.read("app.log.1"), "new\nother\n");
    assert_eq!(place.read("app.log"), "third\n");
}

#[test]
fn a_batch_that_is_too_long_is_divided_between_records() {
    let place = Place::new();
    let mut file = place.builder().max_size(10).open().unwrap();
    write(&mut file, "first\n");
    write(&mut file, "one\ntwo\nthree is long enough\nfour\n    more of four\nfive\nsix\n");
    let parts = ["app.log.5", "app.log.4", "app.log.3", "app.log.2", "app.log.1", "app.log"];
    assert_eq!(place.files().len(), 5);
    let found: Vec<String> = parts[1..].iter().map(|name| place.read(name)).collect();
    let wanted =
        ["first\n", "one\ntwo\n", "three is long enough\n", "four\n    more of four\n", "five\nsix\n"];
    assert_eq!(found, wanted);
}

#[test]
fn records_that_are_no_lines_are_kept_together_with_their_batch() {
    let place = Place::new();
    let mut file = place.builder().max_size(4).records_are_lines(false).open().unwrap();
    write(&mut file, "a\nb\nc\nd");
    write(&mut file, "e\nf\n");
    assert_eq!((place.read("app.log.1"), place.read("app.log")), ("a\nb\nc\nd".into(), "e\nf\n".into()));
}

#[test]
fn a_day_ends_at_its_time_with_the_next_record() {
    let place = Place::new();
    let mut file = place.builder().daily_at("06:00").by_date().open().unwrap();
    write(&mut file, "noon\n");
    place.set_time(MONDAY + DAY + 6 * HOUR - 1);
    write(&mut file, "before six\n");
    assert_eq!(place.files(), ["app.log"]);
    place.pass(1);
    assert_eq!(place.files(), ["app.log"], "nothing was written yet");
    write(&mut file, "six\n");
    assert_eq!(place.files(), ["app.2026-11-23.log", "app.log"]);
    assert_eq!(place.read("app.2026-11-23.log"), "noon\nbefore six\n");
    place.pass(5 * DAY);
    write(&mut file, "much later\n");
    assert_eq!(place.files(), ["app.2026-11-23.log", "app.2026-11-24.log", "app.log"], "not one a day");
}

#[test]
fn an_hour_ends_with_the_next_record() {
    let place = Place::new();
    let mut file = place.builder().hourly().by_date().open().unwrap();
    for hour in 0..3 {
        place.set_time(MONDAY + 21 * HOUR + hour * HOUR + 1800);
        write(&mut file, &format!("{hour}\n"));
    }
    place.set_time(MONDAY + DAY);
    write(&mut file, "midnight\n");
    let files = ["app.2026-11-23.1.log", "app.2026-11-23.2.log", "app.2026-11-23.log", "app.log"];
    assert_eq!(place.files(), files);
    assert_eq!(place.read("app.2026-11-23.log"), "0\n");
    assert_eq!(place.read("app.2026-11-23.2.log"), "2\n");
}

#[cfg(feature = "local-time")]
#[test]
fn days_and_dates_are_those_of_the_time_zone() {
    let place = Place::new();
    // 2026-03-29 has 23 hours in central Europe: it ends at 22:00 UTC.
    let end = 1_774_821_600;
    place.set_time(end - 23 * HOUR);
    let builder = place.builder().daily().by_date().time_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    let mut file = builder.open().unwrap();
    write(&mut file, "begins\n");
    place.set_time(end - 1);
    write(&mut file, "ends\n");
    place.set_time(end);
    write(&mut file, "next\n");
    assert_eq!(place.read("app.2026-03-29.log"), "begins\nends\n");
}

#[test]
fn whatever_comes_first_ends_a_file() {
    let place = Place::new();
    let mut file = place.builder().max_size(10).hourly().daily_at("12:30").open().unwrap();
    write(&mut file, "12:00\n");
    write(&mut file, "too long\n");
    assert_eq!(place.files().len(), 2, "size");
    place.pass(1800);
    write(&mut file, "x\n");
    assert_eq!(place.files().len(), 3, "time of day");
    place.pass(1800);
    write(&mut file, "y\n");
    assert_eq!(place.files().len(), 4, "hour");
    write(&mut file, "z\n");
    assert_eq!(place.files().len(), 4);
}

#[test]
fn a_start_begins_a_new_file_where_it_is_asked_to() {
    let place = Place::new();
    write(&mut place.builder().at_start().open().unwrap(), "first run\n");
    write(&mut place.builder().at_start().open().unwrap(), "second run\n");
    drop(place.builder().at_start().open().unwrap());
    write(&mut place.builder().open().unwrap(), "goes on\n");
    drop(place.builder().at_start().open().unwrap());
    assert_eq!(place.files(), ["app.log", "app.log.1", "app.log.2", "app.log.3"]);
    assert_eq!(place.read("app.log.3"), "first run\n");
    assert_eq!(place.read("app.log.1"), "goes on\n", "an empty file is not rotated");
}

#[test]
fn a_day_that_ended_while_nothing_ran_ends_with_the_first_record() {
    let place = Place::new();
    place.put_old("app.log", "yesterday\n", DAY);
    let mut file = place.builder().daily().by_date().open().unwrap();
    write(&mut file, "today\n");
    assert_eq!(place.read("app.2026-11-22.log"), "yesterday\n");
    assert_eq!(place.read("app.log"), "today\n");
    drop(file);
    place.put_old("app.log", "today\n", HOUR);
    write(&mut place.builder().daily().by_date().open().unwrap(), "still today\n");
    assert_eq!(place.read("app.log"), "today\nstill today\n");
}

#[test]
fn a_clock_that_was_years_ahead_does_not_keep_a_file_for_years() {
    let place = Place::new();
    let mut file = place.builder().daily().open().unwrap();
    place.set_time(MONDAY + 3650 * DAY);
    write(&mut file, "in ten years\n");
    place.set_time(MONDAY + 12 * HOUR);
    write(&mut file, "today\n");
    place.pass(DAY);
    write(&mut file, "tomorrow\n");
    assert_eq!(place.read("app.log.1"), "in ten years\ntoday\n");
}

#[test]
fn a_line_that_a_crash_has_torn_is_ended_before_the_next() {
    let place = Place::new();
    place.put("app.log", "whole\ntor");
    write(&mut place.builder().open().unwrap(), "next\n");
    assert_eq!(place.read("app.log"), "whole\ntor\nnext\n");
}

#[test]
fn an_asked_for_rotation_comes_before_the_next_record() {
    let place = Place::new();
    let mut file = place.builder().open().unwrap();
    let handle = file.handle();
    handle.rotate();
    write(&mut file, "one\n");
    assert_eq!(place.files(), ["app.log"], "there was nothing to rotate");
    write(&mut file, "two\n");
    assert_eq!(place.files(), ["app.log"], "nor is it remembered");
    let thread = std::thread::spawn(move || {
        handle.clone().rotate();
        handle.rotate();
    });
    thread.join().unwrap();
    write(&mut file, "three\n");
    assert_eq!((place.read("app.log.1"), place.read("app.log")), ("one\ntwo\n".into(), "three\n".into()));
}
