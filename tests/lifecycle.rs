//! How a process begins and ends: each case is run in a process of its own, which is this test binary again.

mod common;

use ringlog::{Builder, Level, Overflow, StartError, info, info_async, sink, warn};
use std::cell::RefCell;
use std::env;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread;

/// Runs a case in a child; gives what it printed and wrote to its file.
fn child(case: &str) -> (Output, String) {
    let path = env::temp_dir().join(format!("ringlog-{}-{case}.log", std::process::id()));
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "cases", "--nocapture"])
        .env("RINGLOG_CASE", case)
        .env("RINGLOG_FILE", &path)
        .env_remove("RINGLOG")
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let _ = std::fs::remove_file(&path);
    (output, text)
}

fn init() {
    let path = PathBuf::from(env::var_os("RINGLOG_FILE").unwrap());
    let layout = ringlog::layout::Text::pattern("{level} {message}").unwrap();
    Builder::new().sink(sink::File::create(path).unwrap().layout(layout)).init().unwrap();
}

fn log_thousand() {
    for number in 0..1_000 {
        info!("line {number}");
    }
}

fn has_thousand(text: &str) -> bool {
    (0..1_000).map(|number| format!("INFO line {number}")).eq(text.lines().take(1_000))
}

/// The child's side; nothing where no case is asked for.
#[test]
fn cases() {
    let Ok(case) = env::var("RINGLOG_CASE") else { return };
    match case.as_str() {
        "no-setup" => {
            info!("hello {}", 1);
            ringlog::debug!("not at this level");
        }
        "exit" => {
            init();
            log_thousand();
            std::process::exit(7);
        }
        "exit-of-a-thread" => {
            init();
            log_thousand();
            thread::spawn(|| std::process::exit(8)).join().unwrap();
        }
        "panic" => {
            init();
            log_thousand();
            panic!("on purpose");
        }
        "init-late" => {
            info!("before init");
            init();
            info!("after init");
        }
        "init-twice" => {
            init();
            let second = Builder::new().sink(sink::Null::new()).init();
            assert!(matches!(second, Err(StartError::AlreadyInitialized)), "{second:?}");
            info!("once");
        }
        "init-again" => {
            init();
            info!("first");
            let report = common::close_global();
            assert_eq!((report.total.written, report.total.in_flight), (1, 0));
            info!("lost");
            assert!(info_async!("lost, too").wait().is_err());
            let stats = ringlog::stats();
            assert_eq!(stats.total().dropped + stats.lost_after_shutdown, 2, "{stats:?}");
            let path = PathBuf::from(env::var_os("RINGLOG_FILE").unwrap());
            Builder::new().sink(sink::File::append(path).unwrap()).init().unwrap();
            for number in 0..10 {
                info!("second {number}");
            }
            thread::spawn(|| info!("of a new thread")).join().unwrap();
        }
        "thread-local" => {
            struct Late;
            impl Drop for Late {
                fn drop(&mut self) {
                    for number in 0..3 {
                        warn!("from a destructor {number}");
                    }
                }
            }
            thread_local!(static LATE: RefCell<Option<Late>> = const { RefCell::new(None) });
            init();
            thread::spawn(|| {
                // Made before the logger's own thread-locals, and so dropped after them.
                LATE.set(Some(Late));
                info!("from a thread");
            })
            .join()
            .unwrap();
        }
        "display-that-logs" => {
            struct Chatty;
            impl fmt::Display for Chatty {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    info!("inner {}", 1);
                    f.write_str("chatty")
                }
            }
            init();
            info!("outer {}", Chatty);
        }
        "display-that-panics" => {
            #[derive(Clone, Copy, ringlog::Encode)]
            struct Panics;
            impl fmt::Display for Panics {
                fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                    panic!("on purpose")
                }
            }
            init();
            info!("before");
            info!("never printed {}", Panics);
            info!("after");
            assert_eq!(common::close_global().total.written, 3);
        }
        _ => panic!("no case {case}"),
    }
}

#[test]
fn without_setup_the_first_call_goes_to_stderr_at_level_info() {
    let (output, _) = child("no-setup");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("INFO ") && stderr.contains("hello 1"), "{stderr}");
    assert!(!stderr.contains("not at this level"), "{stderr}");
}

#[test]
fn exit_writes_what_was_logged() {
    for (case, code) in [("exit", 7), ("exit-of-a-thread", 8)] {
        let (output, text) = child(case);
        assert_eq!(output.status.code(), Some(code));
        assert!(has_thousand(&text), "{} lines", text.lines().count());
    }
}

#[test]
fn a_panic_that_ends_the_process_writes_what_was_logged() {
    let (output, text) = child("panic");
    assert!(!output.status.success());
    assert!(has_thousand(&text), "{} lines", text.lines().count());
}

#[test]
fn init_takes_the_place_of_what_a_call_before_has_started() {
    let (output, text) = child("init-late");
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("before init"));
    assert_eq!(text, "INFO after init\n");
}

#[test]
fn a_second_init_is_an_error_and_changes_nothing() {
    let (output, text) = child("init-twice");
    assert!(output.status.success());
    assert_eq!(text, "INFO once\n");
}

#[test]
fn after_shutdown_calls_are_counted_and_init_may_be_called_again() {
    let (output, text) = child("init-again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(text.starts_with("INFO first\n"), "{text}");
    assert!(!text.contains("lost"), "{text}");
    for number in 0..10 {
        assert!(text.contains(&format!("second {number}\n")), "{text}");
    }
    assert!(text.contains("of a new thread"), "{text}");
}

#[test]
fn a_destructor_of_a_thread_local_logs() {
    let (_, text) = child("thread-local");
    assert_eq!(
        text,
        "INFO from a thread\nWARN from a destructor 0\nWARN from a destructor 1\nWARN from a destructor 2\n"
    );
}

#[test]
fn a_display_that_logs_does_so_before_its_own_record() {
    let (_, text) = child("display-that-logs");
    assert_eq!(text, "INFO inner 1\nINFO outer chatty\n");
}

#[test]
fn a_display_that_panics_on_the_worker_costs_its_own_record_alone() {
    let (output, text) = child("display-that-panics");
    assert!(output.status.success());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[2], lines.len()), ("INFO before", "INFO after", 3), "{text}");
    assert!(lines[1].contains("panicked while it was formatted"), "{text}");
}

#[test]
fn bad_settings_are_errors_that_name_the_value() {
    let error = |builder: Builder| builder.start().unwrap_err().to_string();
    assert!(error(Builder::new().workers(0)).contains("0 workers"));
    assert!(error(Builder::new().workers(2).pin([0])).contains("1 cores for 2 workers"));
    assert!(error(Builder::new().ring_capacity(1)).contains("ring of 1 bytes"));
    assert!(error(Builder::new().ring_capacity(usize::MAX)).contains("ring of"));
    assert!(error(Builder::new().filter("info,orders=loud")).contains("loud"));
}

#[test]
fn a_core_that_does_not_exist_is_told_and_the_worker_runs_on() {
    let (told, heard) = std::sync::mpsc::channel();
    let runtime = Builder::new()
        .pin([4_000])
        .overflow(Overflow::Block)
        .sink(sink::Null::new().level(Level::Info))
        .on_error(move |event| told.send(event.to_string()).unwrap())
        .start()
        .unwrap();
    let event = heard.recv().unwrap();
    assert!(event.contains("4000"), "{event}");
    info_async!(logger: runtime, "hello").wait().unwrap();
}
