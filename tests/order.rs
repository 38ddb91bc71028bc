//! Records appear in the order in which they were logged, also across threads.

mod common;

use common::{Captured, Gate, captured_by, close};
use ringlog::__private::{Encode, Reader, Writer};
use ringlog::{Builder, Clock, Report, info, info_async};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A clock whose every reading is the next microsecond.
fn counting() -> Clock {
    let ticks = AtomicU64::new(1_700_000_000_000_000);
    Clock::custom(move || ticks.fetch_add(1, Ordering::SeqCst) * 1_000)
}

/// Threads that log in turn, each when it was told to by the one before.
fn hand_a_baton_on(clock: Clock) {
    const THREADS: u64 = 4;
    const LAPS: u64 = 5_000;
    let (runtime, captured) = captured_by(Builder::new().clock(clock));
    let baton = AtomicU64::new(0);
    thread::scope(|scope| {
        for me in 0..THREADS {
            let (runtime, baton) = (&runtime, &baton);
            scope.spawn(move || {
                for lap in 0..LAPS {
                    let turn = lap * THREADS + me;
                    while baton.load(Ordering::Acquire) != turn {
                        thread::yield_now();
                    }
                    info!(logger: runtime, "{turn}");
                    baton.store(turn + 1, Ordering::Release);
                }
            });
        }
    });
    close(&runtime);
    let turns: Vec<u64> = captured.lines().iter().map(|line| line.parse().unwrap()).collect();
    assert_eq!(turns, (0..THREADS * LAPS).collect::<Vec<_>>());
}

// Not by `Clock::Tsc`: where the counter does not wait for loads, it may be read before the baton is.
#[test]
fn threads_that_hand_a_baton_on_are_in_order() {
    hand_a_baton_on(Clock::TscFenced);
}

#[test]
fn threads_that_hand_a_baton_on_are_in_order_by_the_systems_clock() {
    hand_a_baton_on(Clock::System);
}

#[test]
fn threads_that_hand_a_baton_on_are_in_order_by_a_clock_of_ones_own() {
    hand_a_baton_on(counting());
}

#[test]
fn a_baton_is_in_order_among_the_records_of_threads_that_know_nothing_of_it() {
    const LAPS: u64 = 5_000;
    let builder = Builder::new().clock(counting()).hold(Duration::ZERO).ring_capacity(1 << 16);
    let (runtime, captured) = captured_by(builder);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let (there, here) = (mpsc::channel::<u64>(), mpsc::channel::<u64>());
        let (runtime, is_over) = (&runtime, &is_over);
        for _ in 0..2 {
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    info!(logger: runtime, "noise");
                    thread::yield_now();
                }
            });
        }
        scope.spawn(move || {
            for number in there.1 {
                info!(logger: runtime, "{number}");
                here.0.send(number + 1).unwrap();
            }
        });
        let mut number = 0;
        for _ in 0..LAPS {
            info!(logger: runtime, "{number}");
            there.0.send(number + 1).unwrap();
            number = here.1.recv().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        drop(there.0);
    });
    close(&runtime);
    let lines = captured.lines();
    let numbers: Vec<u64> = lines.iter().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(numbers, (0..2 * LAPS).collect::<Vec<_>>());
}

/// How many log calls a runtime did not wait for any longer.
fn holds_exceeded(report: &Report) -> u64 {
    report.stats.workers.iter().map(|worker| worker.holds_exceeded).sum()
}

/// Runs a scenario that ends without an exceeded hold, unless this machine has other things to do for a whole second.
fn without_exceeded_holds<R>(scenario: impl Fn() -> (Report, R)) -> R {
    let mut tries = (0..20).map(|_| scenario()).filter(|(report, _)| holds_exceeded(report) == 0);
    tries.next().expect("a second without an exceeded hold").1
}

#[test]
fn records_of_threads_that_run_freely_stand_in_the_order_of_their_stamps() {
    const EACH: u64 = 20_000;
    let lines = without_exceeded_holds(|| {
        let captured = Captured::new();
        let runtime = Builder::new()
            .clock(counting())
            .hold(Duration::from_secs(1))
            .ring_capacity(8 << 20)
            .sink(captured.sink_with("{time}"))
            .start()
            .unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..EACH).for_each(|number| info!(logger: runtime, "{number}")));
            }
        });
        (close(&runtime), captured.lines())
    });
    assert_eq!(lines.len() as u64, 4 * EACH);
    assert!(lines.is_sorted());
}

/// A value whose encoding, between the clock and the commit, waits at a gate; or panics.
#[derive(Clone, Default)]
struct Stalls {
    entered: Gate,
    leave: Gate,
    panics: bool,
}

impl fmt::Display for Stalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        7.fmt(f)
    }
}

// SAFETY: one word each way.
unsafe impl Encode for Stalls {
    type View<'r> = u64;

    fn words(&self) -> usize {
        1
    }

    unsafe fn encode(&self, writer: &mut Writer) {
        self.entered.open();
        self.leave.pass();
        assert!(!self.panics, "within encode");
        // SAFETY: passed on.
        unsafe { writer.word(7) }
    }

    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> u64 {
        // SAFETY: passed on.
        unsafe { reader.word() }
    }
}

#[test]
fn a_record_waits_for_an_older_one_that_is_not_there_yet() {
    for clock in [Clock::Tsc, Clock::TscFenced, Clock::System, counting()] {
        let lines = without_exceeded_holds(|| {
            let (runtime, captured) =
                captured_by(Builder::new().clock(clock.clone()).hold(Duration::from_secs(1)));
            let stalls = Stalls::default();
            // Its stamps are known to the worker before the older record is begun.
            info!(logger: runtime, "first");
            runtime.flush().unwrap();
            thread::scope(|scope| {
                let of_thread = stalls.clone();
                let runtime = &runtime;
                scope.spawn(move || info!(logger: runtime, "older {}", of_thread));
                stalls.entered.pass();
                let younger = info_async!(logger: runtime, "younger");
                // Time for a worker that waits for nobody.
                let _ = younger.wait_timeout(Duration::from_millis(20));
                stalls.leave.open();
            });
            (close(&runtime), captured.lines())
        });
        assert_eq!(lines, ["first", "older 7", "younger"], "{clock:?}");
    }
}

#[test]
fn a_record_waits_for_no_longer_than_the_hold_and_that_is_counted() {
    for hold in [Duration::ZERO, Duration::from_millis(1)] {
        let (runtime, captured) = captured_by(Builder::new().hold(hold));
        let stalls = Stalls::default();
        thread::scope(|scope| {
            let of_thread = stalls.clone();
            let runtime = &runtime;
            scope.spawn(move || info!(logger: runtime, "older {}", of_thread));
            stalls.entered.pass();
            info_async!(logger: runtime, "younger").wait().unwrap();
            info!(logger: runtime, "youngest");
            // A flush waits no longer either.
            runtime.flush().unwrap();
            stalls.leave.open();
        });
        let report = close(&runtime);
        assert_eq!(captured.lines(), ["younger", "youngest", "older 7"]);
        assert_eq!(holds_exceeded(&report), 1, "one call, however many records pass it");
    }
}

#[test]
fn nobody_waits_for_a_call_that_has_panicked() {
    let hold = Duration::from_secs(1);
    let (runtime, captured) = captured_by(Builder::new().hold(hold));
    let stalls = Stalls { panics: true, ..Stalls::default() };
    stalls.leave.open();
    thread::scope(|scope| {
        let logs = || {
            catch_unwind(AssertUnwindSafe(|| info!(logger: runtime, "lost {}", stalls))).unwrap_err();
            // Still alive, and within no call.
            let runtime = &runtime;
            thread::scope(|scope| {
                scope.spawn(move || {
                    info_async!(logger: runtime, "1").wait().unwrap();
                    info_async!(logger: runtime, "2").wait().unwrap();
                });
            });
            info!(logger: runtime, "3");
        };
        scope.spawn(logs);
    });
    let report = close(&runtime);
    assert_eq!(captured.lines(), ["1", "2", "3"]);
    assert_eq!(holds_exceeded(&report), 0);
}

#[test]
fn a_hold_that_is_too_long_is_refused() {
    let error =
        Builder::new().hold(Duration::from_secs(60)).sink(Captured::new().sink()).start().unwrap_err();
    assert_eq!(error.to_string(), "records held up for 60s: use 0 to 1s");
}

#[test]
fn a_clock_that_goes_backwards_puts_no_record_of_a_thread_out_of_order() {
    let ticks = AtomicU64::new(1_000_000_000_000);
    let captured = Captured::new();
    let runtime = Builder::new()
        .clock(Clock::custom(move || ticks.fetch_sub(1_000_003, Ordering::Relaxed)))
        .sink(captured.sink_with("{time} {message}"))
        .start()
        .unwrap();
    for number in 0..1_000 {
        info!(logger: runtime, "{number}");
    }
    close(&runtime);
    let lines = captured.lines();
    let numbers: Vec<u64> =
        lines.iter().map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
    assert!(lines.is_sorted_by_key(|line| line.split(' ').next().unwrap().to_owned()), "printed times fall");
}

#[test]
fn every_clock_prints_the_time_of_the_call() {
    for clock in [Clock::Tsc, Clock::TscFenced, Clock::System, Clock::Coarse] {
        let captured = Captured::new();
        let builder = Builder::new().clock(clock.clone()).sink(captured.sink_with("{time}"));
        let runtime = builder.start().unwrap();
        let before = now();
        info!(logger: runtime, "now");
        let after = now();
        close(&runtime);
        let printed = captured.lines()[0].parse::<jiff::Timestamp>().unwrap().as_nanosecond();
        // A coarse time is as old as the last time that the worker ran, on a machine that has other things to do.
        let slack = if matches!(clock, Clock::Coarse) { 5_000_000_000 } else { 20_000_000 };
        assert!(
            (before - slack..=after + slack).contains(&printed),
            "{clock:?} printed {printed}, between {before} and {after}"
        );
    }
}

fn now() -> i128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_nanos() as i128
}

#[test]
fn a_clock_that_logs_loses_its_own_lines_and_no_others() {
    thread_local! {
        static LOGGER: std::cell::RefCell<Option<ringlog::Logger>> = const { std::cell::RefCell::new(None) };
    }
    let captured = common::Captured::new();
    let time = AtomicU64::new(1);
    let runtime = Builder::new()
        .clock(Clock::custom(move || {
            LOGGER.with_borrow(|logger| {
                if let Some(logger) = logger {
                    info!(logger: logger, "from the clock");
                }
            });
            time.fetch_add(1, Ordering::Relaxed)
        }))
        .sink(captured.sink())
        .start()
        .unwrap();
    LOGGER.set(Some(runtime.default_logger().clone()));
    for number in 0..1_000 {
        info!(logger: runtime, "{number} {}", "x".repeat(number % 100));
    }
    LOGGER.set(None);
    let report = close(&runtime);
    let expected: Vec<String> =
        (0..1_000).map(|number| format!("{number} {}", "x".repeat(number % 100))).collect();
    assert_eq!(captured.lines(), expected);
    assert_eq!(report.total.written, 1_000);
    assert!(report.stats.lost_after_shutdown >= 1_000, "they are counted: {:?}", report.stats);
}
