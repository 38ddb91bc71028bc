//! Records appear in the order in which they were logged, also across threads.

mod common;

use common::{Captured, captured, close};
use ringlog::{Builder, Clock, info};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

#[test]
fn threads_that_hand_a_baton_on_are_in_order() {
    const THREADS: u64 = 4;
    const LAPS: u64 = 5_000;
    let (runtime, captured) = captured();
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
    for clock in [Clock::Tsc, Clock::System, Clock::Coarse] {
        let captured = Captured::new();
        let builder = Builder::new().clock(clock.clone()).sink(captured.sink_with("{time}"));
        let runtime = builder.start().unwrap();
        let before = now();
        info!(logger: runtime, "now");
        let after = now();
        close(&runtime);
        let printed = captured.lines()[0].parse::<jiff::Timestamp>().unwrap().as_nanosecond();
        // A coarse time may be as old as the worker's longest pause.
        let slack = 20_000_000;
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
