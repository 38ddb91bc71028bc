//! Consoles, as other processes see them: each test runs itself in a child whose streams it holds.

mod common;

use ringlog::layout::Text;
use ringlog::sink::{Colour, Console};
use ringlog::{Builder, info, info_async, warn};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::{Command, Stdio};
use std::ptr;

/// Names and values of environment variables.
type Variables = &'static [(&'static str, &'static str)];

/// What a child is told to do.
const PART: &str = "RINGLOG_CONSOLE_PART";

/// Whether this process is a child, and what it is to do.
fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// This test in a process of its own, without any of the variables that colours depend on.
fn child(test: &str, part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(PART, part);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "RINGLOG"] {
        command.env_remove(variable);
    }
    command
}

fn log_in_colours(console: Console) {
    let runtime = Builder::new().filter("info").sink(console).start().unwrap();
    info!(logger: runtime, "a record");
    warn!(logger: runtime, "a record");
    common::close(&runtime);
}

/// Whether both records of [`log_in_colours`] are coloured; none when only one is.
fn is_coloured(output: &str) -> Option<bool> {
    let records: Vec<&str> = output.lines().filter(|line| line.contains("a record")).collect();
    let coloured = ["\x1b[32mINFO \x1b[0m", "\x1b[33mWARN \x1b[0m"];
    let count = records.iter().zip(coloured).filter(|(record, level)| record.contains(level)).count();
    let escapes = output.contains('\x1b');
    match (records.len(), count, escapes) {
        (2, 2, true) => Some(true),
        (2, 0, false) => Some(false),
        _ => None,
    }
}

#[test]
fn files_and_pipes_get_colours_only_where_they_are_forced() {
    const NAME: &str = "files_and_pipes_get_colours_only_where_they_are_forced";
    match part().as_deref() {
        Some("auto") => return log_in_colours(Console::stderr()),
        Some("always") => return log_in_colours(Console::stderr().colour(Colour::Always)),
        Some("never") => return log_in_colours(Console::stderr().colour(Colour::Never)),
        _ => {}
    }
    let cases: [(&str, Variables, bool); 7] = [
        ("auto", &[], false),
        ("auto", &[("CLICOLOR_FORCE", "1")], true),
        ("auto", &[("CLICOLOR_FORCE", "0")], false),
        ("auto", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ("always", &[], true),
        ("always", &[("NO_COLOR", "1")], true),
        ("never", &[("CLICOLOR_FORCE", "1")], false),
    ];
    for (part, variables, coloured) in cases {
        let output = child(NAME, part).envs(variables.iter().copied()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(is_coloured(&stderr), Some(coloured), "{part} {variables:?}: {stderr}");
    }
}

/// Both ends of a pseudo-terminal: whoever looks at it, and the terminal.
fn terminal() -> (File, OwnedFd) {
    let (mut ours, mut terminal) = (0, 0);
    // SAFETY: the call fills both descriptors, which nobody else has then; it is given no name, mode or size.
    unsafe {
        let null = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        assert_eq!(libc::openpty(&raw mut ours, &raw mut terminal, null.0, null.1, null.2), 0);
        (File::from_raw_fd(ours), OwnedFd::from_raw_fd(terminal))
    }
}

#[test]
fn terminals_get_colours_unless_the_environment_has_none() {
    const NAME: &str = "terminals_get_colours_unless_the_environment_has_none";
    match part().as_deref() {
        Some("stdout") => return log_in_colours(Console::stdout()),
        Some("stderr") => return log_in_colours(Console::stderr()),
        _ => {}
    }
    let cases: [(Variables, bool); 6] = [
        (&[], true),
        (&[("TERM", "xterm-256color")], true),
        (&[("TERM", "dumb")], false),
        (&[("NO_COLOR", "1")], false),
        (&[("NO_COLOR", "")], true),
        (&[("CLICOLOR", "0")], false),
    ];
    for part in ["stdout", "stderr"] {
        for (variables, coloured) in cases {
            let (mut ours, terminal) = terminal();
            let mut command = child(NAME, part);
            // The harness has colours of its own, which it leaves off here.
            command.arg("--color=never").envs(variables.iter().copied());
            match part {
                "stdout" => command.stdout(terminal).stderr(Stdio::null()),
                _ => command.stderr(terminal).stdout(Stdio::null()),
            };
            let mut running = command.spawn().unwrap();
            // The command keeps the terminal open.
            drop(command);
            let mut output = Vec::new();
            // When the last who has the terminal open has gone, reading fails.
            let _ = ours.read_to_end(&mut output);
            assert!(running.wait().unwrap().success());
            let output = String::from_utf8(output).unwrap();
            assert_eq!(is_coloured(&output), Some(coloured), "{part} {variables:?}: {output}");
        }
    }
}

#[test]
fn line_buffered_records_and_prints_keep_their_lines_apart() {
    const NAME: &str = "line_buffered_records_and_prints_keep_their_lines_apart";
    const LINES: usize = 300;
    if let Some(part) = part() {
        let console = if part == "stdout" { Console::stdout() } else { Console::stderr() };
        let layout = Text::pattern("{message}").unwrap();
        let runtime =
            Builder::new().filter("info").sink(console.line_buffered(true).layout(layout)).start().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..LINES {
                    info!(logger: runtime, "record {number} {}", "r".repeat(700));
                    if number % 10 == 0 {
                        runtime.flush().unwrap();
                    }
                }
            });
            scope.spawn(|| {
                for number in 0..LINES {
                    // Longer than std's buffer, in several pieces.
                    let long = "p".repeat(700);
                    match &part[..] {
                        "stdout" => println!("print {number} {long}{long} {number}"),
                        _ => eprintln!("print {number} {long}{long} {number}"),
                    }
                }
            });
        });
        common::close(&runtime);
        return;
    }
    for part in ["stdout", "stderr"] {
        let output = child(NAME, part).output().unwrap();
        let output = if part == "stdout" { output.stdout } else { output.stderr };
        let output = String::from_utf8(output).unwrap();
        for number in 0..LINES {
            let record = format!("record {number} {}", "r".repeat(700));
            let long = "p".repeat(700);
            let print = format!("print {number} {long}{long} {number}");
            for wanted in [record, print] {
                let found = output.lines().filter(|line| line.ends_with(&wanted)).count();
                assert_eq!(found, 1, "{part}: {}", &wanted[..12]);
            }
        }
    }
}

#[test]
fn line_buffered_records_stand_behind_what_was_printed_before() {
    const NAME: &str = "line_buffered_records_stand_behind_what_was_printed_before";
    if part().is_some() {
        let layout = Text::pattern("{message}").unwrap();
        let console = Console::stdout().line_buffered(true).layout(layout);
        let runtime = Builder::new().filter("info").sink(console).start().unwrap();
        println!();
        print!("begun, ");
        info_async!(logger: runtime, "recorded").wait().unwrap();
        println!("ended");
        common::close(&runtime);
        return;
    }
    let output = child(NAME, "log").output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(output.contains("\nbegun, recorded\nended\n"), "{output}");
}

/// Waits, as a child, until the parent has closed the other end of what it reads.
fn wait_for_parent() {
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_pipe_without_a_reader_fails_records_and_ends_no_process() {
    const NAME: &str = "a_pipe_without_a_reader_fails_records_and_ends_no_process";
    const SURVIVED: i32 = 23;
    if let Some(part) = part() {
        // SAFETY: it sets the disposition of this process, which runs this test alone. It is that of a
        // program without Rust's `main`.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        let console = if part.starts_with("stdout") { Console::stdout() } else { Console::stderr() };
        let console = console.line_buffered(part.ends_with("buffered"));
        let runtime = Builder::new().filter("info").on_error(|_| {}).sink(console).start().unwrap();
        info_async!(logger: runtime, "ready").wait().unwrap();
        wait_for_parent();
        for _ in 0..2 {
            let error = info_async!(logger: runtime, "nobody reads").wait().unwrap_err().to_string();
            assert!(error.contains("Broken pipe") && error.contains(&part[..6]), "{error}");
        }
        let report = common::close(&runtime);
        assert_eq!((report.total.written, report.total.failed), (1, 2));
        // The harness itself would be ended by what it prints.
        std::process::exit(SURVIVED);
    }
    for part in ["stdout", "stderr", "stdout buffered", "stderr buffered"] {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = child(NAME, part);
        command.stdin(Stdio::piped());
        match &part[..6] {
            "stdout" => command.stdout(writer).stderr(Stdio::piped()),
            _ => command.stderr(writer).stdout(Stdio::null()),
        };
        let mut running = command.spawn().unwrap();
        drop(command);
        let mut reader = BufReader::new(reader);
        let mut line = String::new();
        while !line.contains("ready") {
            line.clear();
            assert_ne!(reader.read_line(&mut line).unwrap(), 0, "{part}: it logs");
        }
        drop(reader);
        drop(running.stdin.take());
        let output = running.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(SURVIVED), "{part}: {:?} {stderr}", output.status);
    }
}

#[test]
fn a_pipe_that_does_not_block_is_waited_for() {
    const NAME: &str = "a_pipe_that_does_not_block_is_waited_for";
    const RECORDS: usize = 4_000;
    if let Some(part) = part() {
        // SAFETY: the descriptor is open, and the flags are ones that there are.
        assert_eq!(unsafe { libc::fcntl(1, libc::F_SETFL, libc::O_NONBLOCK) }, 0);
        let layout = Text::pattern("{message}").unwrap();
        let console = Console::stdout().line_buffered(part == "buffered").layout(layout);
        let runtime = Builder::new().filter("info").sink(console).start().unwrap();
        for number in 0..RECORDS {
            info!(logger: runtime, "record {number} {}", "x".repeat(100));
        }
        io::stderr().write_all(b"logged\n").unwrap();
        let report = common::close(&runtime);
        assert_eq!(report.total.written, RECORDS as u64);
        // SAFETY: as above. The harness does not wait.
        assert_eq!(unsafe { libc::fcntl(1, libc::F_SETFL, 0) }, 0);
        return;
    }
    for part in ["direct", "buffered"] {
        let mut running = child(NAME, part).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(running.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert_eq!(line, "logged\n", "more than fits into a pipe");
        let mut output = String::new();
        running.stdout.take().unwrap().read_to_string(&mut output).unwrap();
        assert!(running.wait().unwrap().success());
        let numbers: Vec<usize> = output
            .lines()
            .filter_map(|line| line.split_once("record ")?.1.split_once(' ')?.0.parse().ok())
            .collect();
        assert_eq!(numbers, (0..RECORDS).collect::<Vec<_>>(), "{part}");
    }
}
