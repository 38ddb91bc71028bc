//! Which files are archives, and in which order.

use super::super::names::{Key, Names, Naming};
use super::Place;
use crate::sink::disk::Disk;
use std::cmp::Reverse;
use std::fs;
use std::path::Path;

fn keys(place: &Place, path: &Path, naming: Naming) -> Vec<Key> {
    let _ = place;
    let names = Names::new(path.to_owned(), naming).unwrap();
    names.list(&Disk::default()).unwrap().into_iter().map(|archive| archive.key).collect()
}

fn touch(place: &Place, names: &[&str]) {
    for name in names {
        fs::write(place.folder.path().join(name), name).unwrap();
    }
}

#[test]
fn names_by_index_are_those_with_a_number_as_we_write_it() {
    let place = Place::new();
    touch(&place, &["app.log", "app.log.1", "app.log.2.gz", "app.log.10.zst", "app.log.11"]);
    touch(&place, &["app.log.0", "app.log.01", "app.log.1x", "app.log.", "app.log.-1", "app.log.1.bak"]);
    touch(
        &place,
        &["app.log.99999999999", "xapp.log.1", "app.log2.1", "app.log.1.gz.gz", "app.2026-11-23.log"],
    );
    assert_eq!(
        keys(&place, &place.path(), Naming::Index),
        [11, 10, 2, 1].map(|index| Key::Index(Reverse(index))),
        "the oldest first"
    );
}

#[test]
fn names_by_date_are_those_with_a_date_and_a_number_as_we_write_them() {
    let place = Place::new();
    touch(
        &place,
        &["app.2026-11-23.log", "app.2026-11-23.2.log.gz", "app.2026-11-23.10.log", "app.2025-01-31.log"],
    );
    touch(&place, &["app.2026-13-01.log", "app.2026-00-01.log", "app.2026-01-32.log", "app.2026-1-1.log"]);
    touch(&place, &["app.2026-11-23.0.log", "app.2026-11-23.log.1", "app.2026-11-23", "app.2026-11-23x.log"]);
    touch(&place, &["app.2026-11-23T10.log", "app-2026-11-23.log", "app.log.2026-11-23", "app.log.1"]);
    let date = |date: &str, counter| Key::Date(date.to_owned(), counter);
    assert_eq!(
        keys(&place, &place.path(), Naming::Date),
        [date("2025-01-31", 0), date("2026-11-23", 0), date("2026-11-23", 2), date("2026-11-23", 10)]
    );
}

#[test]
fn logs_with_similar_names_share_no_archives() {
    let place = Place::new();
    touch(&place, &["app.1", "app.log.1", "app.log.log.1", "app.2026-11-23", "app.log.2026-11-23.log"]);
    for (name, by_index, by_date) in [("app", 1, 1), ("app.log", 1, 0), ("app.log.log", 1, 1)] {
        let path = place.folder.path().join(name);
        assert_eq!(keys(&place, &path, Naming::Index).len(), by_index, "{name}");
        assert_eq!(keys(&place, &path, Naming::Date).len(), by_date, "{name}");
    }
}

#[test]
fn making_way_stops_at_the_first_gap_and_goes_around_strangers() {
    let place = Place::new();
    touch(&place, &["app.log.1", "app.log.3", "app.log.5"]);
    fs::create_dir(place.folder.path().join("app.log.2")).unwrap();
    let names = Names::new(place.path(), Naming::Index).unwrap();
    let free = names.make_way(&Disk::default(), String::new(), "").unwrap();
    assert_eq!(free.file_name().unwrap(), "app.log.1");
    assert_eq!(place.files(), ["app.log.2", "app.log.3", "app.log.4", "app.log.5"]);
    let read = |name: &str| fs::read_to_string(place.folder.path().join(name)).unwrap();
    assert_eq!([read("app.log.3"), read("app.log.4")], ["app.log.1", "app.log.3"]);
}

#[test]
fn the_next_of_a_date_comes_behind_all_others_of_it() {
    let place = Place::new();
    touch(&place, &["app.2026-11-23.4.log.gz", "app.2026-11-22.log"]);
    let names = Names::new(place.path(), Naming::Date).unwrap();
    let next = |date: &str, latest: &str| {
        let path = names.make_way(&Disk::default(), date.to_owned(), latest).unwrap();
        path.file_name().unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(next("2026-11-23", "2026-11-24"), "app.2026-11-23.5.log");
    assert_eq!(next("2026-11-24", "2026-11-25"), "app.2026-11-24.log");
    assert_eq!(next("2026-11-22", "2026-11-23"), "app.2026-11-23.5.log", "the clock was put back a little");
    assert_eq!(next("2026-11-20", "2026-11-21"), "app.2026-11-20.log", "the clock was put right");
}
