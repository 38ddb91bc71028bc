//! Files that someone else moves, removes or truncates.

use super::{DAY, Place, write};
use ringlog::sink::{RollingFile, Sink};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

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
fn a_file_that_was_moved_is_kept_to_until_another_can_be_opened() {
    for watch in [Some(Duration::from_secs(1)), None] {
        let place = Place::new();
        let mut file = place.builder().max_size(20).watch_path(watch).open().unwrap();
        write(&mut file, "one\n");
        fs::rename(place.path("app.log"), place.path("moved")).unwrap();
        fs::create_dir(place.path("app.log")).unwrap();
        place.pass(1);
        file.handle().reopen();
        write(&mut file, "two\n");
        write(&mut file, "three is long enough\n");
        assert_eq!(place.read("moved"), "one\ntwo\nthree is long enough\n", "not even when it is due");
        fs::remove_dir(place.path("app.log")).unwrap();
        place.pass(1);
        write(&mut file, "four\n");
        assert_eq!(place.read("app.log"), "four\n");
        assert_eq!(place.files(), ["app.log", "moved"]);
    }
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
