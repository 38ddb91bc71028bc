//! `ringlog audit` finds what is missing in a log, and nothing where nothing is.

mod common;

use common::{Captured, Gate, close};
use ringlog::layout::{Json, Member, Text};
use ringlog::{Builder, Overflow, info, sink};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// What `ringlog audit` reads where no pattern is given.
const PATTERN: &str = "{time} {level:<5} [{thread}/{thread_id} {seq}] {target}:{in_spans} {message}{fields}";

fn ringlog(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringlog"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// The exit code, and what was told.
fn audit(options: &[&str], log: &str) -> (i32, String) {
    let Output { status, stdout, stderr } = ringlog(&[&["audit"], options, &["-"]].concat(), log);
    let told = [stdout, stderr].concat();
    (status.code().unwrap(), String::from_utf8(told).unwrap())
}

/// What three threads log, one of them in the ring of another that has ended.
fn log_of_threads(sink: impl sink::Sink) {
    let runtime = Builder::new().filter("info").sink(sink).start().unwrap();
    let runtime = &runtime;
    let log =
        |count: u64| (0..count).for_each(|number| info!(logger: runtime, number, "dropped by {number}"));
    log(1);
    thread::scope(|scope| {
        let named = |name: &str| thread::Builder::new().name(name.into());
        named("first").spawn_scoped(scope, || log(500)).unwrap().join().unwrap();
        named("second").spawn_scoped(scope, || log(300)).unwrap();
    });
    close(runtime);
}

#[test]
fn a_log_in_which_everything_is_passes_and_one_with_a_line_less_does_not() {
    let captured = Captured::new();
    log_of_threads(captured.sink_with(PATTERN));
    let log = captured.text();
    let (code, told) = audit(&[], &log);
    assert_eq!(code, 0, "{told}");
    assert!(told.ends_with("801 records of 3 threads: nothing is missing\n"), "{told}");

    let lines = captured.lines();
    let at = |name: &str, number: u64| {
        let thread = format!("[{name}/");
        let number = format!(" {number}] ");
        lines.iter().position(|line| line.contains(&thread) && line.contains(&number)).unwrap()
    };
    let without = |place: usize| [&lines[..place], &lines[place + 1..]].concat().join("\n");
    let (code, told) = audit(&[], &without(at("second", 17)));
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(": 299 records; 1 missing, among 17\n"), "{told}");

    let twice = lines[at("first", 3)].clone();
    let (code, told) = audit(&[], &format!("{log}{twice}\n"));
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(": 501 records; there twice: 3\n"), "{told}");

    let mut turned = lines.clone();
    turned.swap(at("first", 100), at("first", 101));
    let (code, told) = audit(&[], &turned.join("\n"));
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(": 500 records; 1 behind younger ones\n"), "{told}");
}

#[test]
fn the_same_in_json() {
    let json = Json::new().member(Member::Sequence, "seq").unwrap();
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bytes);
    log_of_threads(
        sink::Callback::new(move |bytes| kept.lock().unwrap().extend_from_slice(bytes)).layout(json),
    );
    let log = String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
    let (code, told) = audit(&[], &log);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("thread first: 500 records\n"), "{told}");
    let (_, behind) = log.split_once('\n').unwrap();
    let torn = &behind[..behind.len() - 3];
    let (code, told) = audit(&[], torn);
    assert_eq!(code, 0, "a thread whose last records are gone cannot be told: {told}");
    assert!(told.contains("1 lines that are none"), "{told}");
}

#[test]
fn records_that_the_log_says_were_dropped_are_not_missing() {
    let (entered, gate) = (Gate::new(), Gate::new());
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let (entered, gate, kept) = (entered.clone(), gate.clone(), Arc::clone(&bytes));
        sink::Callback::new(move |bytes| {
            entered.open();
            gate.pass();
            kept.lock().unwrap().extend_from_slice(bytes);
        })
        .layout(Text::pattern(PATTERN).unwrap())
    };
    let builder = Builder::new().filter("info").ring_capacity(512).overflow(Overflow::DropNewest).sink(sink);
    let runtime = builder.start().unwrap();
    info!(logger: runtime, "in the sink's hands");
    entered.pass();
    // More than queues and ring hold.
    let text = "x".repeat(50_000);
    for number in 0..2_000 {
        info!(logger: runtime, "{number} {text}");
    }
    gate.open();
    runtime.flush().unwrap();
    info!(logger: runtime, "behind");
    let report = close(&runtime);
    assert!(report.total.dropped > 0, "{report:?}");
    let log = String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
    let (code, told) = audit(&[], &log);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("; {} dropped, as the log says\n", report.total.dropped)), "{told}");
    let untold: Vec<&str> = log.lines().filter(|line| !line.contains("ring full")).collect();
    let (code, told) = audit(&[], &untold.join("\n"));
    assert_eq!(code, 1, "{told}");
    assert!(told.contains(&format!("; {} missing, among", report.total.dropped)), "{told}");
}

#[test]
fn a_process_that_begins_again_is_another_life_and_a_batch_that_was_written_twice_is_not() {
    let pattern = &["--pattern", "{time} {thread} {seq} {message}"];
    let first = "1 main 1 a\n2 main 2 b\n";
    let again = "7 main 1 a\n8 main 2 b\n";
    let (code, told) = audit(pattern, &[first, again].concat());
    assert_eq!((code, told.contains("thread main, begun again: 2 records\n")), (0, true), "{told}");
    let (code, told) = audit(pattern, &[first, first].concat());
    assert_eq!((code, told.contains("4 records; there twice: 1, 2\n")), (1, true), "{told}");
}

#[test]
fn what_cannot_be_audited_ends_with_two_and_says_why() {
    for (options, log, why) in [
        (&["--pattern", "{message}"][..], "a\n", "no {seq}"),
        (&["--pattern", "{levl} {seq}"], "a\n", "`levl` at byte 1"),
        (&["--pattern"], "a\n", "no file"),
        (&["--patern"], "a\n", "no option `--patern`"),
        (&["/nowhere/to/be/found"], "a\n", "/nowhere/to/be/found: "),
        (&[], "no record\n", "no line has a sequence number"),
        (&[], "", "no line has a sequence number"),
    ] {
        let (code, told) = audit(options, log);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains(why), "{told}");
    }
    assert_eq!(ringlog(&[], "").status.code(), Some(2));
    assert_eq!(ringlog(&["audit"], "").status.code(), Some(2));
    let help = ringlog(&["audit", "--help"], "");
    assert_eq!((help.status.code(), help.stderr.is_empty()), (Some(0), true));
    assert!(String::from_utf8(help.stdout).unwrap().contains(PATTERN));
}
