//! Rolling files: when they are rotated, what archives are called, what is kept, and who else may move them.

mod common;

use common::close;
use proptest::prelude::*;
use ringlog::layout::Text;
use ringlog::sink::{RollingBuilder, RollingError, RollingFile, Sink};
use ringlog::{Builder, info, info_async};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// 2026-11-23T00:00:00Z.
const MONDAY: u64 = 1_795_392_000;

/// A folder with a log, and a clock that stands until it is set.
struct Place {
    folder: TempDir,
    time: Arc<AtomicU64>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), time: Arc::new(AtomicU64::new(MONDAY + 12 * HOUR)) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn builder(&self) -> RollingBuilder {
        let time = Arc::clone(&self.time);
        let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(time.load(Ordering::SeqCst));
        RollingFile::builder(self.path("app.log")).clock(now)
    }

    fn set_time(&self, time: u64) {
        self.time.store(time, Ordering::SeqCst);
    }

    fn pass(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Makes a file that was last written to so many seconds ago.
    fn put_old(&self, name: &str, text: &str, age: u64) {
        self.put(name, text);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.time.load(Ordering::SeqCst) - age);
        fs::File::options().append(true).open(self.path(name)).unwrap().set_modified(time).unwrap();
    }

    fn read(&self, name: &str) -> String {
        unpack(&self.path(name))
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}

/// What a file holds, compressed or not.
fn unpack(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        #[cfg(feature = "gzip")]
        Some("gz") => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text),
        #[cfg(feature = "zstd")]
        Some("zst") => zstd::stream::read::Decoder::new(&bytes[..]).unwrap().read_to_string(&mut text),
        _ => (&bytes[..]).read_to_string(&mut text),
    }
    .unwrap();
    text
}

fn write(file: &mut RollingFile, text: &str) {
    file.write(text.as_bytes()).unwrap();
}

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

/// Archives of all kinds, and strangers beside them.
const STRANGERS: [&str; 6] =
    ["app.log.bak", "app.log.0", "app.log.01", "other.log.1", "app.log.1.txt", "app.2026-1-1.log"];

fn put_strangers(place: &Place) {
    for name in STRANGERS {
        place.put_old(name, &"stranger".repeat(1000), 1000 * DAY);
    }
    fs::create_dir(place.path("app.log.77")).unwrap();
    std::os::unix::fs::symlink(place.path("app.log.bak"), place.path("app.log.78")).unwrap();
}

/// The archives that are left.
fn left(place: &Place) -> Vec<String> {
    let strange =
        |name: &String| STRANGERS.contains(&&name[..]) || ["app.log.77", "app.log.78"].contains(&&name[..]);
    let (strangers, ours): (Vec<_>, Vec<_>) = place.files().into_iter().partition(strange);
    assert_eq!(strangers.len(), STRANGERS.len() + 2, "strangers stay");
    ours
}

#[test]
fn so_many_archives_are_kept() {
    let place = Place::new();
    put_strangers(&place);
    for index in [1, 2, 3, 10] {
        place.put(&format!("app.log.{index}"), "old\n");
    }
    place.put("app.log.4.gz", "compressed");
    let mut file = place.builder().max_size(5).keep_files(3).open().unwrap();
    file.handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.log", "app.log.1", "app.log.2", "app.log.3"]);
    for number in 0..5 {
        write(&mut file, &format!("{number:04}\n"));
        file.handle().wait_until_tidy();
    }
    assert_eq!(left(&place), ["app.log", "app.log.1", "app.log.2", "app.log.3"]);
    assert_eq!(place.read("app.log.3"), "0001\n");
    drop(place.builder().keep_files(0).open().map(|file| file.handle().wait_until_tidy()).unwrap());
    assert_eq!(left(&place), ["app.log"]);
}

#[test]
fn so_many_bytes_are_kept() {
    let place = Place::new();
    put_strangers(&place);
    for index in 1..=5 {
        place.put(&format!("app.log.{index}"), &"x".repeat(100));
    }
    place.put("app.log", "0123456789");
    place.builder().keep_bytes(309).open().unwrap().handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.log", "app.log.1", "app.log.2"], "10 bytes are those of the present file");
    place.builder().max_size(150).keep_bytes(250).open().unwrap().handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.log", "app.log.1"], "150 bytes may be those of the present file");
}

#[test]
fn archives_are_kept_for_so_long() {
    let place = Place::new();
    put_strangers(&place);
    for (date, age) in [("2026-11-13", 10), ("2026-11-15", 8), ("2026-11-17", 6), ("2026-11-22", 1)] {
        place.put_old(&format!("app.{date}.log"), "old\n", age * DAY);
    }
    let builder = place.builder().by_date().keep_for(Duration::from_secs(7 * DAY));
    builder.open().unwrap().handle().wait_until_tidy();
    assert_eq!(left(&place), ["app.2026-11-17.log", "app.2026-11-22.log", "app.log"]);
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
mod compression {
    use super::*;
    use ringlog::sink::Compression;

    fn all() -> Vec<(Compression, &'static str)> {
        vec![
            #[cfg(feature = "gzip")]
            (Compression::Gzip, "gz"),
            #[cfg(feature = "zstd")]
            (Compression::Zstd, "zst"),
        ]
    }

    #[test]
    fn archives_are_compressed_and_keep_their_bytes_their_mode_and_their_time() {
        for (compression, suffix) in all() {
            let place = Place::new();
            let builder = place.builder().mode(0o600).compress(compression);
            let mut file = builder.open().unwrap();
            let text: String = (0..50_000).map(|number| format!("record {number}\n")).collect();
            write(&mut file, &text);
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(MONDAY);
            fs::File::options()
                .append(true)
                .open(place.path("app.log"))
                .unwrap()
                .set_modified(modified)
                .unwrap();
            file.handle().rotate();
            write(&mut file, "next\n");
            file.handle().wait_until_tidy();
            let archive = format!("app.log.1.{suffix}");
            assert_eq!(place.files(), ["app.log", &archive]);
            assert_eq!(place.read(&archive), text);
            let metadata = fs::metadata(place.path(&archive)).unwrap();
            assert!(metadata.len() < text.len() as u64 / 4, "{}", metadata.len());
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
            assert_eq!(metadata.modified().unwrap(), modified);
        }
    }

    #[test]
    fn what_an_earlier_run_left_uncompressed_is_compressed() {
        for (compression, suffix) in all() {
            let place = Place::new();
            for index in 1..=3 {
                place.put(&format!("app.log.{index}"), &format!("{index}\n"));
            }
            place.builder().compress(compression).keep_files(2).open().unwrap().handle().wait_until_tidy();
            let archives = [1, 2].map(|index| format!("app.log.{index}.{suffix}"));
            assert_eq!(place.files(), ["app.log", &archives[0], &archives[1]]);
            assert_eq!(archives.map(|name| place.read(&name)), ["1\n", "2\n"]);
        }
    }

    #[test]
    fn archives_that_move_on_while_they_are_compressed_keep_their_order() {
        for (compression, suffix) in all() {
            let place = Place::new();
            let mut file = place.builder().max_size(1000).compress(compression).open().unwrap();
            let mut text = String::new();
            for number in 0..2_000 {
                let line = format!("record {number}\n");
                write(&mut file, &line);
                text.push_str(&line);
            }
            file.handle().wait_until_tidy();
            let archives = place.files().len() - 1;
            let names = (1..=archives).rev().map(|index| format!("app.log.{index}.{suffix}"));
            let found: String = names.chain(["app.log".to_owned()]).map(|name| place.read(&name)).collect();
            assert!(archives > 20, "{archives}");
            assert_eq!(found, text);
        }
    }
}

#[test]
fn a_file_that_someone_moved_away_is_noticed_within_the_interval() {
    let place = Place::new();
    let mut file = place.builder().open().unwrap();
    write(&mut file, "old\n");
    fs::rename(place.path("app.log"), place.path("moved")).unwrap();
    write(&mut file, "still old\n");
    place.pass(1);
    write(&mut file, "new\n");
    assert_eq!((place.read("moved"), place.read("app.log")), ("old\nstill old\n".into(), "new\n".into()));
    fs::rename(place.path("app.log"), place.path("moved")).unwrap();
    place.put("app.log", "made by the mover\n");
    place.pass(1);
    write(&mut file, "newer\n");
    assert_eq!(place.read("app.log"), "made by the mover\nnewer\n");
}

#[test]
fn a_file_that_someone_moved_away_is_kept_to_where_nobody_is_to_look() {
    let place = Place::new();
    let mut file = place.builder().watch_path(None).open().unwrap();
    write(&mut file, "old\n");
    fs::rename(place.path("app.log"), place.path("moved")).unwrap();
    place.pass(DAY);
    write(&mut file, "still old\n");
    assert_eq!(place.files(), ["moved"]);
    file.handle().reopen();
    write(&mut file, "new\n");
    assert_eq!((place.read("moved"), place.read("app.log")), ("old\nstill old\n".into(), "new\n".into()));
}

#[cfg(feature = "signals")]
#[test]
fn a_signal_has_the_path_opened_anew() {
    let place = Place::new();
    let builder = || place.builder().watch_path(None);
    for signal in [libc::SIGKILL, libc::SIGSEGV, 0, -1, 1_000] {
        let error = builder().reopen_on_signal(signal).open().unwrap_err().to_string();
        assert!(error.contains(&format!("signal {signal} can't")), "{error}");
    }
    let mut file = builder().reopen_on_signal(libc::SIGHUP).reopen_on_signal(libc::SIGUSR2).open().unwrap();
    for (name, signal) in [("one", libc::SIGHUP), ("two", libc::SIGUSR2), ("three", libc::SIGHUP)] {
        write(&mut file, "old\n");
        fs::rename(place.path("app.log"), place.path(name)).unwrap();
        write(&mut file, "still old\n");
        // SAFETY: the signal is one that there is, and handled.
        assert_eq!(unsafe { libc::raise(signal) }, 0);
        write(&mut file, "new\n");
        assert!(place.read(name).ends_with("still old\n"));
        assert_eq!(place.read("app.log"), "new\n");
    }
    drop(file);
    // SAFETY: as above. Nobody listens any more, and nothing happens.
    assert_eq!(unsafe { libc::raise(libc::SIGHUP) }, 0);
}

#[test]
fn a_file_that_someone_moved_away_and_replaced_is_not_rotated_in_its_place() {
    let place = Place::new();
    let mut file = place.builder().max_size(10).watch_path(None).open().unwrap();
    write(&mut file, "old line\n");
    fs::rename(place.path("app.log"), place.path("moved")).unwrap();
    place.put("app.log", "x\n");
    write(&mut file, "new\n");
    assert_eq!(place.files(), ["app.log", "moved"]);
    assert_eq!(place.read("app.log"), "x\nnew\n");
}

#[test]
fn a_file_that_was_copied_and_truncated_goes_on_from_its_start() {
    let place = Place::new();
    let mut file = place.builder().max_size(10).open().unwrap();
    write(&mut file, "12345678\n");
    fs::copy(place.path("app.log"), place.path("copy")).unwrap();
    fs::File::options().write(true).open(place.path("app.log")).unwrap().set_len(0).unwrap();
    write(&mut file, "1234567\n");
    assert_eq!(place.files(), ["app.log", "copy"], "it is not too long");
    assert_eq!(place.read("app.log"), "1234567\n", "no hole in front");
    fs::write(place.path("app.log"), "someone appends").unwrap();
    write(&mut file, "rotated\n");
    assert_eq!(place.read("app.log"), "rotated\n", "nor is it too short");
}

#[test]
fn a_file_or_folder_that_was_removed_is_made_again_at_once() {
    let place = Place::new();
    let time = Arc::clone(&place.time);
    let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(time.load(Ordering::SeqCst));
    let mut file = RollingFile::builder(place.path("a/b/app.log")).clock(now).open().unwrap();
    write(&mut file, "one\n");
    fs::remove_file(place.path("a/b/app.log")).unwrap();
    write(&mut file, "two\n");
    assert_eq!(place.read("a/b/app.log"), "two\n");
    fs::remove_dir_all(place.path("a")).unwrap();
    write(&mut file, "three\n");
    assert_eq!(place.read("a/b/app.log"), "three\n");
    fs::remove_dir_all(place.path("a")).unwrap();
    place.put("a", "in its way");
    let error = file.write(b"four\n").unwrap_err();
    assert!(error.to_string().contains("a/b"), "{error}");
    fs::remove_file(place.path("a")).unwrap();
    write(&mut file, "five\n");
    file.sync().unwrap();
    assert_eq!(place.read("a/b/app.log"), "five\n");
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

#[test]
fn values_that_can_not_be_used_are_errors_that_name_them() {
    let place = Place::new();
    let error = |builder: RollingBuilder| builder.open().unwrap_err().to_string();
    assert!(error(place.builder().max_size(0)).contains("max_size(0)"));
    assert!(error(place.builder().daily_at("25:00")).contains("`25:00`"));
    assert!(error(place.builder().keep_bytes(0)).contains("keep_bytes(0)"));
    assert!(error(place.builder().max_size(100).keep_bytes(99)).contains("max_size, 100"));
    assert!(error(place.builder().keep_for(Duration::ZERO)).contains("keep_for(0ns)"));
    #[cfg(feature = "local-time")]
    assert!(error(place.builder().time_zone("Mars/Phobos")).contains("`Mars/Phobos`"));
    assert!(error(place.builder().max_size(0).daily_at("x")).contains("max_size"), "the first is told");
    for path in ["", "/", "..", "folder/", "folder/."] {
        let error = RollingFile::builder(path).open().unwrap_err();
        assert!(matches!(error, RollingError::NoName(_)), "{path}: {error}");
    }
    assert!(matches!(RollingFile::builder("/dev/null").open(), Err(RollingError::NotAFile(_))));
    assert!(matches!(RollingFile::builder(place.folder.path()).open(), Err(RollingError::NotAFile(_))));
    let long = place.path(&"x".repeat(201));
    assert!(matches!(RollingFile::builder(long).open(), Err(RollingError::LongName(_))));
    place.put("file", "");
    let error = RollingFile::builder(place.path("file/app.log")).open().unwrap_err();
    assert!(error.to_string().contains("file/app.log"), "{error}");
    assert_eq!(place.files(), ["file"], "nothing is left behind");
}

#[test]
fn a_link_is_followed_and_archives_come_to_stand_beside_the_file() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    place.put("disk/real.log", "one\n");
    std::os::unix::fs::symlink(place.path("disk/real.log"), place.path("app.log")).unwrap();
    let mut file = place.builder().max_size(4).open().unwrap();
    write(&mut file, "two\n");
    assert_eq!((place.read("disk/real.log.1"), place.read("app.log")), ("one\n".into(), "two\n".into()));
    std::os::unix::fs::symlink(place.path("nowhere"), place.path("dangling")).unwrap();
    let error = RollingFile::builder(place.path("dangling")).open().unwrap_err();
    assert!(error.to_string().contains("dangling: is a link that leads nowhere"), "{error}");
}

#[test]
fn new_files_have_the_mode_that_was_asked_for() {
    let place = Place::new();
    let mut file = place.builder().mode(0o600).max_size(4).open().unwrap();
    write(&mut file, "one\n");
    write(&mut file, "two\n");
    for name in place.files() {
        assert_eq!(fs::metadata(place.path(&name)).unwrap().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn records_of_many_threads_are_in_the_files_once_they_are_waited_for() {
    let place = Place::new();
    let file = RollingFile::builder(place.path("app.log")).max_size(5_000).open().unwrap();
    let handle = file.handle();
    let layout = Text::pattern("{message}").unwrap();
    let runtime = Builder::new().sink(file.layout(layout)).start().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (runtime, handle) = (&runtime, &handle);
            scope.spawn(move || {
                for number in 0..2_000 {
                    info!(logger: runtime, "{thread} {number}");
                    if number % 500 == 0 {
                        handle.rotate();
                    }
                }
                info_async!(logger: runtime, "{thread} done").durable().wait().unwrap();
            });
        }
    });
    let archives = place.files().len() - 1;
    let names = (1..=archives).rev().map(|index| format!("app.log.{index}")).chain(["app.log".to_owned()]);
    let all: String = names.map(|name| place.read(&name)).collect();
    for thread in 0..4 {
        let prefix = format!("{thread} ");
        let found: Vec<&str> = all.lines().filter_map(|line| line.strip_prefix(&prefix)).collect();
        let wanted: Vec<String> = (0..2_000).map(|number: u32| number.to_string()).collect();
        assert_eq!(found[..2_000], wanted);
        assert_eq!(found[2_000..], ["done"]);
    }
    assert!(archives >= 5, "{archives}");
    close(&runtime);
}

/// Runs one test of this file in a process of its own.
fn in_child(test: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("RINGLOG_CHILD", test)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn is_child(test: &str) -> bool {
    std::env::var_os("RINGLOG_CHILD").is_some_and(|name| name == test)
}

#[test]
fn where_the_system_takes_no_more_records_fail_whole_and_go_on_later() {
    const NAME: &str = "where_the_system_takes_no_more_records_fail_whole_and_go_on_later";
    if !is_child(NAME) {
        return in_child(NAME);
    }
    // SAFETY: these calls change the limits and the disposition of this process, which runs this test alone.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        let limit = libc::rlimit { rlim_cur: 10_000, rlim_max: libc::RLIM_INFINITY };
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
    let place = Place::new();
    let file = place.builder().open().unwrap();
    let handle = file.handle();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let runtime = Builder::new()
        .sink(file.layout(Text::pattern("{message}").unwrap()))
        .on_error(move |event| told.lock().unwrap().push(event.to_string()))
        .start()
        .unwrap();
    let mut written = String::new();
    for round in 0..2 {
        let mut failed = 0;
        for number in 0..300 {
            let line = format!("{round} {number} {}", "x".repeat(100));
            match info_async!(logger: runtime, "{line}").wait() {
                Ok(()) => written.extend([line.as_str(), "\n"]),
                Err(_) => failed += 1,
            }
        }
        assert!(failed > 100, "{failed}");
        handle.rotate();
    }
    info_async!(logger: runtime, "last").wait().unwrap();
    let found = place.read("app.log.2") + &place.read("app.log.1") + &place.read("app.log");
    assert!(found == written + "last\n", "whole records, and those that were acknowledged");
    let events = events.lock().unwrap();
    assert!(events[0].contains("app.log: cannot be written to: File too large"), "{events:?}");
    drop(events);
    close(&runtime);
}

/// What may happen to a rolling file.
#[derive(Clone, Debug)]
enum Step {
    /// A batch of records of these lengths.
    Write(Vec<usize>),
    Rotate,
    Reopen,
    Restart,
    Sync,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(0..60usize, 1..8).prop_map(Step::Write),
        1 => Just(Step::Rotate),
        1 => Just(Step::Reopen),
        1 => Just(Step::Restart),
        1 => Just(Step::Sync),
        1 => (0..2 * DAY).prop_map(Step::Pass),
    ]
}

#[derive(Clone, Copy, Debug)]
struct Way {
    max_size: Option<u64>,
    by_date: bool,
    hourly: bool,
    at_start: bool,
    compression: usize,
}

fn way() -> impl Strategy<Value = Way> {
    (prop::option::of(1..200u64), any::<bool>(), any::<bool>(), any::<bool>(), 0..3usize).prop_map(
        |(max_size, by_date, hourly, at_start, compression)| Way {
            max_size,
            by_date,
            hourly,
            at_start,
            compression,
        },
    )
}

fn open(place: &Place, way: Way) -> RollingFile {
    let mut builder = place.builder();
    if let Some(max_size) = way.max_size {
        builder = builder.max_size(max_size);
    }
    if way.by_date {
        builder = builder.by_date();
    }
    if way.hourly {
        builder = builder.hourly();
    }
    if way.at_start {
        builder = builder.at_start();
    }
    match way.compression {
        #[cfg(feature = "gzip")]
        1 => builder = builder.compress(ringlog::sink::Compression::Gzip),
        #[cfg(feature = "zstd")]
        2 => builder = builder.compress(ringlog::sink::Compression::Zstd),
        _ => {}
    }
    builder.open().unwrap()
}

/// The files in the order in which they were written, by their names alone.
fn in_order(place: &Place, by_date: bool) -> Vec<String> {
    let mut files: Vec<_> = place.files().into_iter().filter(|name| name != "app.log").collect();
    let plain = |name: &String| name.trim_end_matches(".gz").trim_end_matches(".zst").to_owned();
    if by_date {
        files.sort_by_key(|name| {
            let name = plain(name);
            let middle = name.strip_prefix("app.").unwrap().strip_suffix(".log").unwrap();
            let counter = middle[10..].strip_prefix('.').map_or(0, |counter| counter.parse::<u32>().unwrap());
            (middle[..10].to_owned(), counter)
        });
    } else {
        let index = |name: &String| plain(name).strip_prefix("app.log.").unwrap().parse::<u32>().unwrap();
        files.sort_by_key(|name| std::cmp::Reverse(index(name)));
    }
    files.push("app.log".to_owned());
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn all_files_in_order_are_what_was_written(way in way(), steps in prop::collection::vec(step(), 1..60)) {
        let place = Place::new();
        let mut file = open(&place, way);
        let mut wanted = String::new();
        let mut record = 0;
        for step in steps {
            match step {
                Step::Write(lengths) => {
                    let mut batch = String::new();
                    for length in lengths {
                        record += 1;
                        let continued = if length % 7 == 0 { "\n    more" } else { "" };
                        batch.push_str(&format!("{record} {}{continued}\n", "x".repeat(length)));
                    }
                    write(&mut file, &batch);
                    wanted.push_str(&batch);
                }
                Step::Rotate => file.handle().rotate(),
                Step::Reopen => file.handle().reopen(),
                Step::Restart => {
                    // The clock of this test decides on what is left, as it would have in the process that ended.
                    drop(file);
                    let now = place.time.load(Ordering::SeqCst);
                    let path = fs::File::options().append(true).open(place.path("app.log")).unwrap();
                    path.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(now)).unwrap();
                    file = open(&place, way);
                }
                Step::Sync => file.sync().unwrap(),
                Step::Pass(seconds) => place.pass(seconds),
            }
        }
        file.handle().wait_until_tidy();
        drop(file);
        let files = in_order(&place, way.by_date);
        let texts: Vec<String> = files.iter().map(|name| place.read(name)).collect();
        prop_assert_eq!(texts.concat(), wanted, "{:?}", files);
        for text in &texts {
            prop_assert!(text.is_empty() || text.ends_with('\n') && !text.starts_with(' '), "torn: {:?}", text);
            let records = text.split_inclusive('\n').filter(|line| !line.starts_with(' ')).count() as u64;
            prop_assert!(way.max_size.is_none_or(|most| text.len() as u64 <= most || records == 1), "too long");
        }
    }
}

#[test]
fn errors_are_errors_of_the_standard_library() {
    fn is_error<E: std::error::Error + Send + Sync + 'static>() {}
    is_error::<RollingError>();
    is_error::<io::Error>();
    fn is_shared<T: Clone + Send + Sync>() {}
    is_shared::<ringlog::sink::RollingHandle>();
}
