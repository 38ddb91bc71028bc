//! Files that cannot be written, synced or left as they are.

use super::*;
use crate::sink::disk::Operation;
use crate::sink::power_loss::{Recorder, line};
use crate::sync::{AtomicUsize, Ordering::SeqCst};
use std::fs::read_to_string;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringlog-file-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A descriptor that takes what is written and cannot be synced, with the end that has to stay open.
fn unsyncable() -> (std::fs::File, std::io::PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    (std::fs::File::from(std::os::fd::OwnedFd::from(writer)), reader)
}

#[test]
fn a_file_that_cannot_be_synced_is_left_for_new_ones_beside_it() {
    let folder = Folder::new("poisoned");
    let path = folder.0.join("app.log");
    std::fs::write(folder.0.join("app.log.1"), "a stranger's").unwrap();
    for open in [File::create, File::append] {
        let mut sink = open(path.clone()).unwrap();
        sink.write(b"one\n").unwrap();
        sink.sync().unwrap();
        let (broken, _reader) = unsyncable();
        let good = std::mem::replace(&mut sink.file, broken);
        sink.write(b"lost\n").unwrap();
        let error = sink.sync().unwrap_err();
        assert!(error.to_string().contains("app.log"), "{error}");
        drop(good);
        sink.write(b"two\n").unwrap();
        sink.sync().unwrap();
        assert!(sink.name().ends_with("app.log"), "{}", sink.name());
        assert_eq!(read_to_string(folder.0.join("app.log.2")).unwrap(), "two\n");
        std::fs::remove_file(folder.0.join("app.log.2")).unwrap();
    }
    assert_eq!(read_to_string(&path).unwrap(), "one\none\n");
    assert_eq!(read_to_string(folder.0.join("app.log.1")).unwrap(), "a stranger's");
}

#[test]
fn what_was_written_of_a_failed_batch_is_taken_back() {
    let folder = Folder::new("taken-back");
    let path = folder.0.join("app.log");
    for open in [File::create, File::append] {
        let mut sink = open(path.clone()).unwrap();
        let before = sink.file.metadata().unwrap().len();
        sink.write(b"whole\n").unwrap();
        sink.write(b"to").unwrap();
        assert!(sink.take_back(2));
        sink.write(b"next\n").unwrap();
        let text = read_to_string(&path).unwrap();
        assert_eq!(&text[before as usize..], "whole\nnext\n");
    }
    // Another process has appended meanwhile: nothing of its own is cut off.
    let mut sink = File::append(&path).unwrap();
    let mut other = File::append(&path).unwrap();
    sink.write(b"torn").unwrap();
    other.write(b" other\n").unwrap();
    assert!(!sink.take_back(4));
    assert!(read_to_string(&path).unwrap().ends_with("torn other\n"));
}

#[test]
fn a_torn_line_is_ended_before_the_next_batch() {
    let folder = Folder::new("torn");
    let path = folder.0.join("app.log");
    let mut sink = File::create(&path).unwrap();
    sink.write(b"half a li").unwrap();
    sink.is_torn = true;
    sink.write(b"whole\n").unwrap();
    sink.write(b"another\n").unwrap();
    assert_eq!(read_to_string(&path).unwrap(), "half a li\nwhole\nanother\n");
}

#[test]
fn a_line_that_an_earlier_process_has_left_torn_is_ended() {
    let folder = Folder::new("left-torn");
    let path = folder.0.join("app.log");
    for (left, first, text) in [
        ("", "one\n", "one\n"),
        ("whole\n", "one\n", "whole\none\n"),
        ("whole\nto", "one\n", "whole\nto\none\n"),
        ("no lines;", "none;", "no lines;none;"),
    ] {
        std::fs::write(&path, left).unwrap();
        File::append(&path).unwrap().write(first.as_bytes()).unwrap();
        assert_eq!(read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_full_device_is_an_error_that_names_it() {
    let mut sink = File::append("/dev/full").unwrap();
    assert!(!sink.can_sync());
    let error = sink.write(b"one\n").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(error.to_string().contains("/dev/full"), "{error}");
}

#[test]
fn a_file_whose_folder_cannot_be_read_is_synced_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("unreadable");
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o300)).unwrap();
    let mut sink = File::create(folder.0.join("app.log")).unwrap();
    sink.write(b"one\n").unwrap();
    sink.sync().unwrap();
    assert!(!sink.is_new);
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// A sink on a disk of the test's.
fn file_on(disk: Disk, path: &Path) -> File {
    File::open(disk, path, OpenOptions::new().append(true).create(true)).unwrap()
}

#[test]
fn what_was_durable_is_there_whenever_the_power_is_lost() {
    let folder = Folder::new("power");
    let recorder = Recorder::default();
    let path = folder.0.join("app.log");
    let mut written = 0;
    // The process ends and is started again before anything was synced, and later once more.
    for (lines, synced) in [(2, false), (4, true), (3, true)] {
        let mut promised = written;
        let mut sink = file_on(recorder.disk(), &path);
        for _ in 0..lines {
            sink.write(line(written).as_bytes()).unwrap();
            written += 1;
            if synced && written % 2 == 0 {
                sink.sync().unwrap();
                recorder.promise(promised..written);
                promised = written;
            }
        }
    }
    let states = recorder.states();
    assert!(states.len() > 30, "{}", states.len());
    for state in states {
        let folder = Folder::new("power-lost");
        state.restore(&folder.0);
        let mut sink = File::append(folder.0.join("app.log")).unwrap();
        sink.write(b"after\n").unwrap();
        let text = String::from_utf8(std::fs::read(folder.0.join("app.log")).unwrap()).unwrap();
        state.check(std::slice::from_ref(&text));
        assert!(text.ends_with("\nafter\n") || text == "after\n", "{}: {text}", state.story);
    }
}

#[test]
fn what_was_durable_is_there_though_a_sync_failed_before_the_power_was_lost() {
    let folder = Folder::new("power-fault");
    let recorder = Recorder::default();
    let mut sink = file_on(recorder.disk(), &folder.0.join("app.log"));
    sink.write(line(0).as_bytes()).unwrap();
    sink.sync().unwrap();
    recorder.promise(0..1);
    sink.write(line(1).as_bytes()).unwrap();
    recorder.fail_next_sync();
    assert_eq!(sink.sync().unwrap_err().kind(), io::Error::from_raw_os_error(libc::EIO).kind());
    sink.write(line(2).as_bytes()).unwrap();
    sink.sync().unwrap();
    recorder.promise(2..3);
    for state in recorder.states() {
        let file = |name| state.files.get(name).cloned().unwrap_or_default();
        state.check(&["app.log", "app.log.1"].map(|name| String::from_utf8(file(name)).unwrap()));
    }
}

/// A disk whose operations fail as the test says.
fn faulty(gate: impl Fn(&Operation<'_>) -> io::Result<usize> + Send + Sync + 'static) -> Disk {
    Disk { gate: Some(std::sync::Arc::new(gate)) }
}

#[test]
fn short_and_interrupted_writes_are_gone_on_with() {
    let folder = Folder::new("short");
    let calls = AtomicUsize::new(0);
    let disk = faulty(move |operation| match operation {
        Operation::Write(..) if calls.fetch_add(1, SeqCst).is_multiple_of(2) => {
            Err(io::ErrorKind::Interrupted.into())
        }
        Operation::Write(..) => Ok(3),
        _ => Ok(usize::MAX),
    });
    let path = folder.0.join("app.log");
    let mut sink = file_on(disk, &path);
    sink.write(b"one and two\n").unwrap();
    assert_eq!(read_to_string(&path).unwrap(), "one and two\n");
}

#[test]
fn a_batch_that_fails_half_way_is_taken_back_and_can_be_tried_again() {
    for code in [libc::EIO, libc::ENOSPC, libc::EDQUOT] {
        let folder = Folder::new(&format!("half-way-{code}"));
        let calls = AtomicUsize::new(0);
        let disk = faulty(move |operation| match operation {
            Operation::Write(..) => match calls.fetch_add(1, SeqCst) {
                1 => Ok(6),
                2 => Err(io::Error::from_raw_os_error(code)),
                _ => Ok(usize::MAX),
            },
            _ => Ok(usize::MAX),
        });
        let path = folder.0.join("app.log");
        let mut sink = file_on(disk, &path);
        sink.write(b"before\n").unwrap();
        let error = sink.write(b"one\ntwo\n").unwrap_err();
        assert_eq!(error.kind(), io::Error::from_raw_os_error(code).kind());
        assert!(error.to_string().contains("app.log: cannot be written to"), "{error}");
        assert_eq!(read_to_string(&path).unwrap(), "before\n");
        sink.write(b"one\ntwo\n").unwrap();
        assert_eq!(read_to_string(&path).unwrap(), "before\none\ntwo\n");
    }
}

#[test]
fn what_can_not_be_taken_back_is_ended_as_a_line_as_soon_as_that_can_be_written() {
    let folder = Folder::new("not-back");
    let calls = AtomicUsize::new(0);
    let disk = faulty(move |operation| match operation {
        Operation::Write(..) => match calls.fetch_add(1, SeqCst) {
            0 => Ok(6),
            1 | 2 => Err(io::Error::from_raw_os_error(libc::EIO)),
            _ => Ok(usize::MAX),
        },
        Operation::Truncate(..) => Err(io::Error::from_raw_os_error(libc::EIO)),
        _ => Ok(usize::MAX),
    });
    let path = folder.0.join("app.log");
    let mut sink = file_on(disk, &path);
    sink.write(b"one\ntwo\n").unwrap_err();
    sink.write(b"three\n").unwrap_err();
    sink.write(b"four\n").unwrap();
    assert_eq!(read_to_string(&path).unwrap(), "one\ntw\nfour\n");
}

#[test]
fn a_folder_that_can_not_be_synced_makes_the_sync_fail_and_the_file_be_left() {
    let folder = Folder::new("folder-unsynced");
    let calls = AtomicUsize::new(0);
    let disk = faulty(move |operation| match operation {
        Operation::SyncFolder(_) if calls.fetch_add(1, SeqCst) == 0 => {
            Err(io::Error::from_raw_os_error(libc::EIO))
        }
        _ => Ok(usize::MAX),
    });
    let mut sink = file_on(disk, &folder.0.join("app.log"));
    sink.write(b"one\n").unwrap();
    let error = sink.sync().unwrap_err();
    assert!(error.to_string().contains("the folder cannot be synced"), "{error}");
    sink.write(b"two\n").unwrap();
    sink.sync().unwrap();
    assert_eq!(read_to_string(folder.0.join("app.log.1")).unwrap(), "two\n");
}
