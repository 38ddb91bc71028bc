//! Operations that fail.

use super::{Place, gated, write_lines};
use crate::error::Event;
use crate::sink::Sink;
use crate::sink::disk::Operation;
use crate::sync::{AtomicBool, AtomicUsize, Ordering};
use std::fs;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// Something that a test switches on and off.
#[derive(Clone, Debug, Default)]
struct Switch(Arc<AtomicBool>);

impl Switch {
    fn set(&self, on: bool) {
        self.0.store(on, Ordering::SeqCst);
    }

    fn fail_if_on(&self) -> io::Result<usize> {
        if self.0.load(Ordering::SeqCst) { Err(io::Error::from_raw_os_error(5)) } else { Ok(usize::MAX) }
    }
}

#[test]
fn a_full_disk_takes_nothing_of_a_batch_and_the_next_goes_on() {
    let place = Place::new();
    let room = Arc::new(AtomicUsize::new(usize::MAX));
    let left = Arc::clone(&room);
    let mut builder = place.builder();
    builder.disk = gated(move |operation| match operation {
        Operation::Write(_, _, bytes) => match left.load(Ordering::SeqCst) {
            usize::MAX => Ok(usize::MAX),
            0 => Err(io::ErrorKind::StorageFull.into()),
            room => {
                let written = room.min(bytes.len());
                left.store(room - written, Ordering::SeqCst);
                Ok(written)
            }
        },
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    file.write(b"before\n").unwrap();
    room.store(9, Ordering::SeqCst);
    let error = file.write(b"first\nsecond\nthird\n").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("app.log: cannot be written to"), "{error}");
    assert_eq!(place.text(), "before\n");
    room.store(usize::MAX, Ordering::SeqCst);
    file.write(b"after\n").unwrap();
    assert_eq!(place.text(), "before\nafter\n");
}

#[test]
fn what_can_not_be_taken_back_is_ended_as_a_line() {
    let place = Place::new();
    let full = Switch::default();
    let is_full = full.clone();
    let mut builder = place.builder();
    builder.disk = gated(move |operation| match operation {
        Operation::Write(_, _, bytes) if bytes.len() == 19 => Ok(9),
        Operation::Write(..) | Operation::Truncate(..) => is_full.fail_if_on(),
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    full.set(true);
    file.write(b"first\nsecond\nthird\n").unwrap_err();
    full.set(false);
    file.write(b"after\n").unwrap();
    file.write(b"last\n").unwrap();
    assert_eq!(place.text(), "first\nsec\nafter\nlast\n");
}

#[test]
fn a_file_whose_sync_failed_is_never_written_to_or_synced_again() {
    let place = Place::new();
    let (failing, synced) = (Switch::default(), Arc::new(AtomicUsize::new(0)));
    let (fails, count) = (failing.clone(), Arc::clone(&synced));
    let mut builder = place.builder();
    builder.format = super::formats().last().copied().flatten();
    builder.disk = gated(move |operation| match operation {
        Operation::Sync(path, _) if path.ends_with("app.log") => {
            count.fetch_add(1, Ordering::SeqCst);
            fails.fail_if_on()
        }
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    file.write(b"one\n").unwrap();
    failing.set(true);
    let error = file.sync().unwrap_err();
    assert!(error.to_string().contains("app.log: cannot be synced"), "{error}");
    failing.set(false);
    file.sync().unwrap();
    assert_eq!(synced.load(Ordering::SeqCst), 1, "the failed one is not tried again");
    file.write(b"two\n").unwrap();
    file.sync().unwrap();
    file.handle().wait_until_tidy();
    assert_eq!(synced.load(Ordering::SeqCst), 2, "the new file alone");
    assert_eq!(place.files(), ["app.log", "app.log.1"], "nor is the old one compressed");
    assert_eq!(fs::read_to_string(place.folder.path().join("app.log.1")).unwrap(), "one\n");
    assert_eq!(fs::read_to_string(place.path()).unwrap(), "two\n");
}

#[test]
fn a_sync_covers_the_files_that_were_rotated_since_the_last() {
    let place = Place::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&log);
    let mut builder = place.builder().max_size(10);
    builder.disk = gated(move |operation| {
        let name = match operation {
            Operation::Sync(..) => "file",
            Operation::SyncFolder(_) => "folder",
            _ => return Ok(usize::MAX),
        };
        seen.lock().unwrap().push(name);
        Ok(usize::MAX)
    });
    let mut file = builder.open().unwrap();
    let take = || std::mem::take(&mut *log.lock().unwrap());
    write_lines(&mut file, 0..3);
    assert_eq!(take().len(), 0);
    file.sync().unwrap();
    assert_eq!(take(), ["file", "file", "file", "folder"]);
    file.sync().unwrap();
    assert_eq!(take().len(), 0, "nothing has changed");
    write_lines(&mut file, 3..4);
    file.sync().unwrap();
    assert_eq!(take(), ["file", "folder"]);
    // Not more than a few wait: they would keep descriptors, and the disk's room, for ever.
    write_lines(&mut file, 4..14);
    assert_eq!(take().len(), 5);
    file.sync().unwrap();
    assert_eq!(take().len(), 4 + 1 + 1);
}

#[test]
fn a_failed_sync_of_a_rotated_file_is_told_by_the_next_sync() {
    let place = Place::new();
    let failing = Switch::default();
    let fails = failing.clone();
    let mut builder = place.builder().max_size(10);
    builder.disk = gated(move |operation| match operation {
        Operation::Sync(..) => fails.fail_if_on(),
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    failing.set(true);
    write_lines(&mut file, 0..6);
    failing.set(false);
    file.sync().unwrap_err();
    file.sync().unwrap();
}

#[test]
fn a_rotation_that_fails_loses_nothing_and_is_told_and_tried_again() {
    let place = Place::new();
    let (failing, time) = (Switch::default(), Arc::new(AtomicUsize::new(1_000)));
    let (fails, clock) = (failing.clone(), Arc::clone(&time));
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let mut builder = place.builder().max_size(10);
    builder = builder
        .clock(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst) as u64));
    builder.disk = gated(move |operation| match operation {
        Operation::Rename(..) => fails.fail_if_on(),
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    file.report_to(Arc::new(move |event: &Event| told.lock().unwrap().push(event.to_string())));
    failing.set(true);
    assert_eq!(write_lines(&mut file, 0..3).len(), 3);
    assert_eq!(place.files(), ["app.log"], "it grows");
    failing.set(false);
    write_lines(&mut file, 3..4);
    assert_eq!(place.files(), ["app.log"], "not at once");
    time.fetch_add(1, Ordering::SeqCst);
    write_lines(&mut file, 4..5);
    assert_eq!(place.files(), ["app.log", "app.log.1"]);
    assert_eq!(place.text(), "line 0\nline 1\nline 2\nline 3\nline 4\n");
    let events = events.lock().unwrap();
    assert_eq!(events.len(), 1);
    assert!(events[0].contains("app.log: cannot be renamed to"), "{events:?}");
}

#[test]
fn a_new_file_that_can_not_be_opened_leaves_the_old_one_in_its_place() {
    let place = Place::new();
    let failing = Switch::default();
    let fails = failing.clone();
    let mut builder = place.builder().max_size(10);
    builder.disk = gated(move |operation| match operation {
        Operation::Open(_) => fails.fail_if_on(),
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    file.report_to(Arc::new(|_: &Event| {}));
    failing.set(true);
    assert_eq!(write_lines(&mut file, 0..3).len(), 3);
    assert_eq!(place.files(), ["app.log"]);
    assert_eq!(place.text(), "line 0\nline 1\nline 2\n");
}

#[test]
fn a_new_file_that_can_not_be_opened_nor_the_old_one_put_back_fails_until_one_can_be() {
    let place = Place::new();
    let (failing, renames) = (Switch::default(), Arc::new(AtomicUsize::new(0)));
    let (fails, count) = (failing.clone(), Arc::clone(&renames));
    let mut builder = place.builder().max_size(10);
    builder.disk = gated(move |operation| match operation {
        Operation::Open(_) => fails.fail_if_on(),
        Operation::Rename(..) if count.fetch_add(1, Ordering::SeqCst) == 1 => fails.fail_if_on(),
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    write_lines(&mut file, 0..1);
    failing.set(true);
    assert!(write_lines(&mut file, 1..3).is_empty(), "it must not grow as an archive");
    failing.set(false);
    write_lines(&mut file, 3..4);
    assert_eq!(place.text(), "line 0\nline 3\n");
}

#[test]
fn a_batch_that_is_divided_keeps_whole_records_when_a_part_fails() {
    let place = Place::new();
    let writes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&writes);
    let mut builder = place.builder().max_size(10);
    builder.disk = gated(move |operation| match operation {
        Operation::Write(..) if count.fetch_add(1, Ordering::SeqCst) == 2 => {
            Err(io::ErrorKind::StorageFull.into())
        }
        _ => Ok(usize::MAX),
    });
    let mut file = builder.open().unwrap();
    file.write(b"line 0\nline 1\nline 2\n").unwrap_err();
    file.write(b"line 3\n").unwrap();
    assert_eq!(place.text(), "line 0\nline 1\nline 3\n");
}

#[test]
fn a_file_that_is_written_to_is_no_archive_whatever_it_is_called() {
    for format in super::formats() {
        let place = Place::new();
        let mut builder = place.builder().watch_path(None).keep_files(0);
        builder.format = format;
        let mut file = builder.open().unwrap();
        file.handle().wait_until_tidy();
        file.write(b"one\n").unwrap();
        let archive = place.folder.path().join("app.log.1");
        fs::rename(place.path(), &archive).unwrap();
        file.handle().keeping.tidy();
        file.write(b"two\n").unwrap();
        assert_eq!(fs::read_to_string(&archive).unwrap(), "one\ntwo\n");
        file.handle().reopen();
        file.write(b"three\n").unwrap();
        file.handle().wait_until_tidy();
        assert_eq!(place.files(), ["app.log"], "now it is one");
    }
}
