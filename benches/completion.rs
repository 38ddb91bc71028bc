//! What it costs to wait for records.
//!
//! - `call`: `info_async!` beside `info!`, in bursts of 20. The completion is dropped.
//! - `10,000`: as many records logged, and then all waited for, with a worker that spins.
//! - `round trip`: one record from the call until it is written.
//! - `durable`: records a second that are on stable storage, with so many waiters at a time, beside the bare
//!   `fdatasync(2)` of a record of the same length, one after the other. The waiters are tasks of one thread, each of which
//!   logs its next record when its last one is durable; pipelined, one thread logs 1,000 and then waits for the
//!   last of them.
//!
//! The file lies in cargo's target directory: the figures of `durable` are those of its disk. Before anything is timed, the
//! records of a short run are read back and counted.

mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::executor::block_on;
use futures::stream::{FuturesUnordered, StreamExt};
use ringlog::sink::{File, Null};
use ringlog::{Builder, IdleStrategy, Runtime, info, info_async};
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::bursts;

/// What a line of the default pattern takes here, about.
const LINE: &[u8] =
    b"2026-11-22T21:18:55.123456789Z INFO  [main] completion: order 1048576 qty 100 px 12.5\n";

const PIPELINED: u64 = 1_000;

macro_rules! record {
    ($log:ident, $runtime:expr, $number:expr) => {
        $log!(
            logger: $runtime,
            "order {} qty {} px {}",
            $number,
            black_box(100_u64),
            black_box(12.5_f64)
        )
    };
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("completion-{}.log", std::process::id()))
}

fn spinning() -> Builder {
    Builder::new().pin([0]).idle(IdleStrategy::busy_spin()).filter("info")
}

/// Shuts down, and makes sure that nothing was lost.
fn close(runtime: &Runtime) {
    let report = runtime.shutdown().expect("shuts down");
    assert_eq!(report.total.attempted, report.total.written);
}

fn check() {
    let path = file();
    let runtime = spinning().sink(File::create(&path).expect("a file")).start().expect("starts");
    durable_by_tasks(&runtime, 8, 100);
    durable_pipelined(&runtime, 100);
    let lines = std::fs::read_to_string(&path).expect("the file").lines().count();
    assert_eq!(lines, 200, "what is durable is written");
    close(&runtime);
    std::fs::remove_file(&path).expect("the file");
}

fn calls(criterion: &mut Criterion) {
    let runtime = spinning().sink(Null::new()).start().expect("starts");
    let mut group = criterion.benchmark_group("call");
    group.bench_function("info!", |bencher| {
        bencher.iter_custom(|n| bursts(n, |number| record!(info, runtime, number)));
    });
    group.bench_function("info_async!", |bencher| {
        bencher.iter_custom(|n| {
            bursts(n, |number| {
                let _ = black_box(&record!(info_async, runtime, number));
            })
        });
    });
    group.finish();
    close(&runtime);
}

fn many(criterion: &mut Criterion) {
    let runtime = spinning().sink(Null::new()).start().expect("starts");
    let mut all = Vec::with_capacity(10_000);
    let mut group = criterion.benchmark_group("10,000");
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("made and then waited for", |bencher| {
        bencher.iter(|| {
            all.extend((0..10_000_u64).map(|number| record!(info_async, runtime, number)));
            for completion in all.drain(..) {
                completion.wait().expect("written");
            }
        });
    });
    group.finish();
    close(&runtime);
}

fn round_trips(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("round trip");
    for (name, idle) in [
        ("spinning worker", IdleStrategy::busy_spin()),
        ("backing off", IdleStrategy::backoff()),
        ("parked worker", IdleStrategy::park()),
    ] {
        let runtime = spinning().idle(idle).sink(Null::new()).start().expect("starts");
        group.bench_function(name, |bencher| {
            bencher.iter(|| record!(info_async, runtime, 1_u64).wait().expect("written"));
        });
        close(&runtime);
    }
    group.finish();
}

/// Logs `records` records, of which `tasks` at a time wait until they are durable.
fn durable_by_tasks(runtime: &Runtime, tasks: u64, records: u64) {
    let task = |first: u64| async move {
        for number in (first..records).step_by(tasks as usize) {
            record!(info_async, runtime, number).durable().await.expect("durable");
        }
    };
    block_on((0..tasks).map(task).collect::<FuturesUnordered<_>>().collect::<()>());
}

/// Logs `records` records, and waits for the last of each 1,000.
fn durable_pipelined(runtime: &Runtime, records: u64) {
    let mut number = 0;
    while number < records {
        let until = (number + PIPELINED).min(records);
        for number in number..until - 1 {
            record!(info, runtime, number);
        }
        record!(info_async, runtime, until - 1).durable().wait().expect("durable");
        number = until;
    }
}

fn durable(criterion: &mut Criterion) {
    let path = file();
    let mut group = criterion.benchmark_group("durable");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(4));
    group.bench_function("bare fdatasync", |bencher| {
        let mut file = std::fs::File::create(&path).expect("a file");
        bencher.iter(|| {
            file.write_all(LINE).expect("written");
            file.sync_data().expect("synced");
        });
    });
    let runtime = Builder::new().filter("info").sink(File::create(&path).expect("a file")).start();
    let runtime = runtime.expect("starts");
    let timed = |records: u64, log: &dyn Fn(u64)| {
        let start = Instant::now();
        log(records);
        start.elapsed()
    };
    for tasks in [1, 8, 64] {
        group.bench_function(BenchmarkId::new("waiters", tasks), |bencher| {
            bencher.iter_custom(|n| timed(n, &|records| durable_by_tasks(&runtime, tasks, records)));
        });
    }
    group.bench_function("pipelined", |bencher| {
        bencher.iter_custom(|n| timed(n, &|records| durable_pipelined(&runtime, records)));
    });
    group.finish();
    close(&runtime);
    std::fs::remove_file(&path).expect("the file");
}

fn suite(criterion: &mut Criterion) {
    check();
    // Before the thread is pinned: the sink's thread would inherit that, and share the one core with those who wait.
    durable(criterion);
    core_affinity::set_for_current(core_affinity::CoreId { id: 1 });
    calls(criterion);
    many(criterion);
    round_trips(criterion);
}

criterion_group!(benches, suite);
criterion_main!(benches);
