//! What a stamp costs with each clock, beside an empty loop, and what the worker pays.
//!
//! The clock is compiled in here as it stands, because it is no part of the library's interface.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[allow(dead_code, unreachable_pub, unused_imports, clippy::enum_variant_names)]
#[path = "../src/clock/mod.rs"]
mod clock;
#[allow(dead_code, unreachable_pub)]
#[path = "../src/protocol/seqlock.rs"]
mod seqlock;
mod protocol {
    pub(crate) use super::seqlock;
}
#[allow(dead_code, unused_imports)]
#[path = "../src/sync.rs"]
mod sync;

use clock::Clock;

fn wall_nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as u64
}

fn clocks() -> [(&'static str, Clock); 5] {
    [
        ("tsc", Clock::Tsc),
        ("tsc_fenced", Clock::TscFenced),
        ("coarse", Clock::Coarse),
        ("system", Clock::System),
        ("custom", Clock::custom(wall_nanos)),
    ]
}

/// A clock that is fast and wrong is not worth its figure.
fn check(name: &str, clock: Clock) {
    let (mut keeper, source, warning) = clock.open();
    assert_eq!(warning, None, "{name}: the figures would be another clock's");
    let (last, mut previous, mut worst) = (Cell::new(0), 0, 0);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(200) {
        keeper.tick();
        let before = wall_nanos();
        keeper.publish();
        let stamp = source.stamp(&last);
        let after = wall_nanos();
        let nanos = keeper.as_reader().unix_nanos(stamp);
        assert!(nanos >= previous, "{name} went back");
        previous = nanos;
        worst = worst.max(before.saturating_sub(nanos)).max(nanos.saturating_sub(after));
    }
    println!("{name}: at most {worst} ns off the wall clock in 200 ms");
    assert!(worst < 100_000, "{name} is {worst} ns off");
}

fn stamp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clock/stamp");
    group.bench_function("empty", |bencher| bencher.iter(|| black_box(0u64)));
    for (name, clock) in clocks() {
        check(name, clock.clone());
        let (_keeper, source, _) = clock.open();
        let last = Cell::new(0);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| black_box(&source).stamp(&last));
        });
    }
    group.finish();
}

fn worker(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clock/worker");
    for (name, clock) in clocks() {
        let (mut keeper, source, _) = clock.open();
        group.bench_function(BenchmarkId::new("poll", name), |bencher| {
            bencher.iter(|| {
                let event = keeper.tick();
                keeper.publish();
                (event, keeper.as_reader().cutoff())
            });
        });
        let stamp = source.stamp(&Cell::new(0));
        group.bench_function(BenchmarkId::new("unix_nanos", name), |bencher| {
            bencher.iter(|| keeper.as_reader().unix_nanos(black_box(stamp)));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
    targets = stamp, worker
}
criterion_main!(benches);
