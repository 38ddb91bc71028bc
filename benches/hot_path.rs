//! What a log call costs the thread that makes it, beside a bare clock read.
//!
//! Calls are timed in bursts of 20, with a pause of 50 µs in between, so that the ring is never full and the
//! worker's polls are as they would be: a service does not log without end. What is reported is the time of one
//! call. Before anything is timed, each statement's line is read back and compared.

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use ringlog::sink::Callback;
use ringlog::{Builder, Clock, Completion, info, info_async, trace};
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::bursts;

fn m1(number: u64) {
    info!("order {} qty {} px {}", number, black_box(100_u64), black_box(12.5_f64));
}

fn m2(number: u64) {
    info!("symbol {} id {}", black_box("a symbol of 24 bytes ...").trim_end(), number);
}

fn m3(_: u64) {
    info!("nothing to add");
}

fn m1_async(number: u64) -> Completion {
    info_async!("order {} qty {} px {}", number, black_box(100_u64), black_box(12.5_f64))
}

/// The disabled statement's argument, which must not be evaluated.
fn unwanted() -> u64 {
    panic!("a disabled statement evaluates nothing")
}

fn disabled(_: u64) {
    trace!("order {}", unwanted());
}

fn check(kept: &Mutex<Vec<u8>>) {
    m1(7);
    m2(7);
    m3(7);
    disabled(7);
    m1_async(8).wait().expect("written");
    let text = String::from_utf8(std::mem::take(&mut *kept.lock().expect("no panic"))).expect("text");
    let expected = [
        "order 7 qty 100 px 12.5",
        "symbol a symbol of 24 bytes ... id 7",
        "nothing to add",
        "order 8 qty 100 px 12.5",
    ];
    let messages: Vec<_> =
        text.lines().map(|line| line.split_once("hot_path: ").expect("a target").1).collect();
    assert_eq!(messages, expected);
}

fn suite(criterion: &mut Criterion, name: &str, clock: Clock) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    Builder::new()
        .pin([0])
        .filter("info")
        .clock(clock)
        .sink(Callback::new(move |bytes: &[u8]| {
            let mut kept = keep.lock().expect("no panic");
            kept.truncate(0);
            kept.extend_from_slice(bytes);
        }))
        .init()
        .expect("starts");
    core_affinity::set_for_current(core_affinity::CoreId { id: 1 });
    check(&kept);
    let mut group = criterion.benchmark_group(name);
    group.measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    group.bench_function("empty loop", |bencher| {
        bencher.iter_custom(|iterations| {
            bursts(iterations, |number| {
                black_box(number);
            })
        });
    });
    #[cfg(target_arch = "x86_64")]
    group.bench_function("rdtsc", |bencher| {
        bencher.iter_custom(|iterations| {
            bursts(iterations, |_| {
                // SAFETY: every x86-64 processor has the instruction.
                black_box(unsafe { std::arch::x86_64::_rdtsc() });
            })
        });
    });
    group.bench_function("M1: three numbers", |bencher| bencher.iter_custom(|n| bursts(n, m1)));
    group.bench_function("M2: text and a number", |bencher| bencher.iter_custom(|n| bursts(n, m2)));
    group.bench_function("M3: no argument", |bencher| bencher.iter_custom(|n| bursts(n, m3)));
    group.bench_function("M1 as info_async!", |bencher| {
        bencher.iter_custom(|n| {
            bursts(n, |number| {
                let _ = black_box(&m1_async(number));
            })
        });
    });
    group.bench_function("disabled", |bencher| bencher.iter_custom(|n| bursts(n, disabled)));
    group.finish();
    let report = ringlog::shutdown().expect("shuts down");
    assert_eq!(report.total.attempted, report.total.written);
}

fn hot_path(criterion: &mut Criterion) {
    suite(criterion, "tsc", Clock::Tsc);
    suite(criterion, "coarse", Clock::Coarse);
}

criterion_group!(benches, hot_path);
criterion_main!(benches);
