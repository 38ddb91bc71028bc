//! Files and pipes that others take away while a sink writes to them.

mod common;

use common::{Captured, close};
use ringlog::layout::Text;
use ringlog::{Builder, FlushError, Runtime, info, info_async, sink};
use std::env;
use std::ffi::CString;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

const LINES: u64 = 2_000;

fn make_pipe(path: &Path) {
    let name = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: the name ends with a zero.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
}

/// Every statement is accounted for, and the other sink got everything.
fn check_accounts(runtime: &Runtime, other: &Captured) {
    let report = close(runtime);
    let total = report.total;
    assert_eq!(total.attempted, total.written + total.dropped + total.failed, "{total:?}");
    assert!(total.failed > 0, "{total:?}");
    assert_eq!(other.lines().len() as u64, total.attempted);
}

#[test]
fn a_pipe_whose_reader_goes_away_makes_records_fail_and_holds_up_no_other_sink() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    make_pipe(&path);
    let mut reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
    let other = Captured::new();
    let pipe = sink::File::append(&path).unwrap().layout(Text::pattern("{message}").unwrap());
    let runtime =
        Builder::new().filter("info").sink(pipe).sink(other.sink()).on_error(|_| {}).start().unwrap();
    info_async!(logger: runtime, "read").wait().unwrap();
    let mut read = [0; 16];
    assert_eq!(reader.read(&mut read).unwrap(), 5);
    drop(reader);
    // A process that another test is about to start may have a copy of the reader for a moment.
    let lost = loop {
        if let Err(error) = info_async!(logger: runtime, "lost").wait() {
            break error;
        }
    };
    assert!(matches!(lost, FlushError::Sinks(_)), "{lost}");
    for line in 0..LINES {
        info!(logger: runtime, "{line}");
    }
    // There is someone to read again.
    let mut reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
    let _ = runtime.flush();
    info_async!(logger: runtime, "back").wait().unwrap();
    let mut rest = vec![0; 1 << 16];
    let len = reader.read(&mut rest).unwrap();
    assert!(rest[..len].ends_with(b"back\n"));
    check_accounts(&runtime, &other);
}

/// The child's side of the test below; nothing where it is not asked for.
#[test]
fn child() {
    let Some(path) = env::var_os("RINGLOG_PIPE") else { return };
    // SAFETY: the default action is a disposition.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(&path).unwrap();
    let pipe = sink::File::append(&path).unwrap();
    let mut own = OpenOptions::new().append(true).open(&path).unwrap();
    let callback = sink::Callback::new(move |bytes: &[u8]| {
        own.write_all(bytes).unwrap_err();
    });
    Builder::new().filter("info").sink(pipe).sink(callback).on_error(|_| {}).init().unwrap();
    drop(reader);
    for _ in 0..10 {
        info_async!("to nobody").wait().unwrap_err();
    }
    std::process::exit(7);
}

#[test]
fn a_pipe_without_a_reader_ends_no_process_that_has_sigpipe_at_its_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    make_pipe(&path);
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env("RINGLOG_PIPE", &path)
        .env_remove("RINGLOG")
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(7),
        "{:?}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_file_that_is_truncated_renamed_or_removed_while_it_is_written_to_loses_nothing_but_what_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("app.log"), folder.path().join("moved.log"));
    let file = sink::File::append(&path).unwrap().layout(Text::pattern("{message}").unwrap());
    let runtime = Builder::new().filter("info").sink(file).start().unwrap();
    let write = |text: &str| info_async!(logger: runtime, "{}", text).durable().wait();
    write("one").unwrap();
    OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    write("two").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two\n", "no hole, as it is appended to");
    fs::rename(&path, &moved).unwrap();
    write("three").unwrap();
    assert_eq!(fs::read_to_string(&moved).unwrap(), "two\nthree\n", "it follows the file, not its name");
    fs::remove_dir_all(folder.path()).unwrap();
    write("four").unwrap();
    let report = close(&runtime);
    assert_eq!((report.total.written, report.total.failed), (4, 0));
}

#[test]
fn a_folder_that_is_removed_before_the_first_sync_makes_durability_fail_and_not_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("logs");
    fs::create_dir(&inner).unwrap();
    let runtime = Builder::new()
        .filter("info")
        .sink(sink::File::create(inner.join("app.log")).unwrap())
        .on_error(|_| {})
        .start()
        .unwrap();
    fs::remove_dir_all(&inner).unwrap();
    info_async!(logger: runtime, "written").wait().unwrap();
    assert!(info_async!(logger: runtime, "not durable").durable().wait().is_err());
    // The file was given up; a new one has no place until the folder is back.
    assert!(info_async!(logger: runtime, "lost").wait().is_err());
    fs::create_dir(&inner).unwrap();
    info_async!(logger: runtime, "back").durable().wait().unwrap();
    let text = fs::read_to_string(inner.join("app.log.1")).unwrap();
    assert!(text.ends_with("back\n") && text.lines().count() == 1, "{text}");
    let _ = runtime.shutdown();
}
