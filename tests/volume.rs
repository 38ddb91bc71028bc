//! Statements that log now and then, and say how much they held back.

mod common;

use common::{Captured, captured, close};
use ringlog::{AsLogger, Builder, Level, Logger, every, every_n, info, once};
use std::cell::Cell;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn with_fields() -> (ringlog::Runtime, Captured) {
    let captured = Captured::new();
    let sink = captured.sink_with("{level} {message}{fields}");
    (Builder::new().filter("info").sink(sink).start().unwrap(), captured)
}

/// The sum of what the records say was held back.
fn held_back(lines: &[String]) -> u64 {
    lines
        .iter()
        .filter_map(|line| line.split_once("held_back="))
        .map(|(_, held)| held.parse::<u64>().unwrap())
        .sum()
}

#[test]
fn one_of_so_many_calls_is_logged_and_tells_of_the_others() {
    let (runtime, captured) = with_fields();
    for number in 0..7 {
        every_n!(3, Info, logger: runtime, number, "tick");
    }
    close(&runtime);
    assert_eq!(
        captured.lines(),
        ["INFO tick number=0", "INFO tick number=3 held_back=2", "INFO tick number=6 held_back=2"]
    );
}

#[test]
fn each_form_takes_what_a_log_statement_takes() {
    let (runtime, captured) = with_fields();
    let (n, side, level) = (1_u64, "buy", Level::Warn);
    every_n!(n + 1, level, logger: runtime, "{} {side}", 1);
    every_n!(2, logger: runtime, Level::Error, side = ?side, "{:>3}", 2,);
    every!(HOUR, Warn, target: "fills", logger: runtime, %side);
    every!(Duration::ZERO, if n > 0 { Level::Info } else { Level::Trace }, logger: &runtime, side, "three");
    once!(Error, logger: runtime, "four {n}");
    once!(level, logger: runtime, n);
    let every_form = || every_n!(1, Info, logger: runtime, "as an expression");
    every_form();
    if n == 1 {
        once!(Info, logger: runtime, "in an arm")
    } else {
        every!(HOUR, Info, logger: runtime, "not")
    }
    close(&runtime);
    assert_eq!(
        captured.lines(),
        [
            "WARN 1 buy",
            "ERROR   2 side=\"buy\"",
            "WARN  side=buy",
            "INFO three side=\"buy\"",
            "ERROR four 1",
            "WARN  n=1",
            "INFO as an expression",
            "INFO in an arm",
        ]
    );
}

#[test]
fn an_interval_lets_one_through_and_counts_the_rest() {
    let (runtime, captured) = with_fields();
    // Logged once in an hour, and then at once: the interval is asked for by each call.
    for number in 0..10 {
        let interval = if number == 9 { Duration::ZERO } else { HOUR };
        every!(interval, Info, logger: runtime, number, "tick");
    }
    close(&runtime);
    assert_eq!(captured.lines(), ["INFO tick number=0", "INFO tick number=9 held_back=8"]);
}

#[test]
fn a_disabled_statement_counts_nothing_and_evaluates_nothing() {
    let (runtime, captured) = with_fields();
    let evaluated = Cell::new(0);
    let n = |n: u64| {
        evaluated.set(evaluated.get() + 1);
        n
    };
    let argument = || evaluated.set(evaluated.get() + 100);
    let step = || {
        every_n!(n(2), Debug, logger: runtime, field = ?argument(), "step");
        once!(Debug, logger: runtime, "first {:?}", argument());
    };
    for _ in 0..5 {
        step();
    }
    assert_eq!(evaluated.get(), 0);
    runtime.set_filter("debug").unwrap();
    step();
    step();
    // The numbers of both; the arguments of the first `step`, which passed, and of `first`.
    assert_eq!(evaluated.get(), 202);
    close(&runtime);
    assert_eq!(captured.lines(), ["DEBUG step field=()", "DEBUG first ()"]);
}

#[test]
fn a_statement_with_a_level_by_call_counts_all_levels_together() {
    let (runtime, captured) = with_fields();
    for level in [Level::Info, Level::Warn, Level::Error, Level::Debug, Level::Info] {
        every_n!(2, level, logger: runtime, "tick");
    }
    close(&runtime);
    // That of level debug is disabled, and does not count.
    assert_eq!(captured.lines(), ["INFO tick", "ERROR tick held_back=1"]);
}

fn on_threads(threads: u64, calls: u64, logger: &Logger, call: impl Fn(&Logger) + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..calls).for_each(|_| call(logger)));
        }
    });
}

#[test]
fn of_many_threads_calls_exactly_one_of_so_many_passes() {
    let (runtime, captured) = with_fields();
    let step = |logger: &Logger| every_n!(7, Info, logger: logger, "tick");
    on_threads(8, 7_000, runtime.as_logger(), step);
    assert!(runtime.flush().is_ok());
    let lines = captured.lines();
    assert_eq!(lines.len(), 8_000);
    assert!(held_back(&lines) <= 48_000);
    // One more tells of what was held back since the last one that passed.
    step(runtime.as_logger());
    close(&runtime);
    assert_eq!(held_back(&captured.lines()), 48_000);
}

#[test]
fn of_many_threads_one_passes_in_an_interval() {
    let (runtime, captured) = with_fields();
    let step = |interval: Duration, logger: &Logger| every!(interval, Info, logger: logger, "tick");
    on_threads(8, 5_000, runtime.as_logger(), |logger| step(HOUR, logger));
    step(Duration::ZERO, runtime.as_logger());
    close(&runtime);
    let lines = captured.lines();
    assert_eq!((lines.len(), held_back(&lines)), (2, 39_999));
}

#[test]
fn of_many_threads_one_passes_once() {
    let (runtime, captured) = captured();
    on_threads(8, 1_000, runtime.as_logger(), |logger| once!(Warn, logger: logger, "deprecated"));
    close(&runtime);
    assert_eq!(captured.lines(), ["deprecated"]);
}

#[test]
fn all_that_passes_and_all_that_is_held_back_is_all() {
    let (runtime, captured) = with_fields();
    // Short enough that calls pass while others are held back.
    let step = |interval: Duration, logger: &Logger| every!(interval, Info, logger: logger, "tick");
    on_threads(4, 20_000, runtime.as_logger(), |logger| step(Duration::from_micros(20), logger));
    step(Duration::ZERO, runtime.as_logger());
    close(&runtime);
    let lines = captured.lines();
    assert_eq!(lines.len() as u64 + held_back(&lines), 80_001);
}

#[test]
fn a_field_of_the_same_name_stays() {
    let (runtime, captured) = with_fields();
    for held in 0..2 {
        every_n!(1, Info, logger: runtime, held, held_back = held, "tick {held}");
        info!(logger: runtime, held, "plain");
    }
    close(&runtime);
    assert_eq!(captured.lines()[0], "INFO tick 0 held=0 held_back=0");
    assert_eq!(captured.lines()[2], "INFO tick 1 held=1 held_back=1");
}
