//! Records a second through the whole pipeline: log call, ring, worker, text, sink.
//!
//! One or two producers log M1 (`"order {} qty {} px {}"`) as fast as a full ring lets them, under
//! `Overflow::Block`, with one worker and the default pattern. A round is over when all its records have been
//! written. The sinks:
//!
//! - `null`: none of the system's calls are made; what remains is the worker's part.
//! - `dev-null`: a `write(2)` for each batch, which the kernel throws away.
//! - `file`: a file in memory (`/dev/shm`, where it is there), emptied after each round.
//!
//! Where there is a core for each producer beside the worker's, all are pinned, else none is. Before anything
//! is timed, a short round is read back, or counted where nothing can be read back.

use core_affinity::CoreId;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use ringlog::{Builder, info, sink};
use std::fs::OpenOptions;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Records of a round.
const ROUND: u64 = 200_000;
const CHECKED: u64 = 1_000;

#[derive(Clone, Copy, Debug)]
enum Target {
    Null,
    DevNull,
    File,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::DevNull => "dev-null",
            Self::File => "file",
        }
    }

    /// Starts the global runtime.
    fn start(self, path: &Path, cores: &[CoreId]) {
        let builder = Builder::new().filter("info").pin(cores.first().map(|core| core.id));
        let builder = match self {
            Self::Null => builder.sink(sink::Null::new()),
            Self::DevNull => builder.sink(sink::File::append("/dev/null").expect("there is one")),
            // Appending, so that it starts again at the beginning when it has been emptied.
            Self::File => builder.sink(sink::File::append(path).expect("a file")),
        };
        builder.init().expect("starts");
    }

    /// Looks at what has come of a short round.
    fn check(self, path: &Path, producers: u64) {
        let share = CHECKED / producers;
        let stats = ringlog::stats();
        assert_eq!((stats.total().written, stats.total().in_flight), (CHECKED, 0));
        assert_eq!(stats.sinks[0].records, CHECKED);
        if matches!(self, Self::File) {
            let text = std::fs::read_to_string(path).expect("the file");
            assert_eq!(text.lines().count() as u64, CHECKED);
            for number in 0..share {
                let message = format!("throughput: order {number} qty 100 px 12.5\n");
                assert_eq!(text.matches(&message).count() as u64, producers, "{message}");
            }
        }
    }
}

fn file() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory } else { Path::new(env!("CARGO_TARGET_TMPDIR")) };
    folder.join(format!("ringlog-throughput-{}.log", std::process::id()))
}

fn empty(path: &Path) {
    // There is none, unless the target is a file.
    if let Ok(file) = OpenOptions::new().write(true).open(path) {
        file.set_len(0).expect("a file can be emptied");
    }
}

fn log(records: u64) {
    let (quantity, price) = black_box((100_u64, 12.5_f64));
    for number in 0..records {
        info!("order {} qty {} px {}", number, quantity, price);
    }
}

/// The time of so many rounds, from the first call until all records of the round are written.
fn rounds(rounds: u64, records: u64, producers: u64, cores: &[CoreId], between: impl Fn()) -> Duration {
    let gate = Barrier::new(producers as usize + 1);
    std::thread::scope(|scope| {
        for producer in 0..producers as usize {
            let gate = &gate;
            scope.spawn(move || {
                if let Some(core) = cores.get(producer + 1) {
                    core_affinity::set_for_current(*core);
                }
                ringlog::register_thread();
                for _ in 0..rounds {
                    // Ready, go, done.
                    gate.wait();
                    gate.wait();
                    log(records / producers);
                    gate.wait();
                }
            });
        }
        let mut total = Duration::ZERO;
        for _ in 0..rounds {
            gate.wait();
            let start = Instant::now();
            gate.wait();
            gate.wait();
            ringlog::flush().expect("flushed");
            total += start.elapsed();
            between();
        }
        total
    })
}

fn suite(criterion: &mut Criterion) {
    let path = file();
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let mut group = criterion.benchmark_group("throughput");
    group.throughput(Throughput::Elements(ROUND)).sampling_mode(SamplingMode::Flat).sample_size(20);
    for target in [Target::Null, Target::DevNull, Target::File] {
        for producers in [1, 2] {
            let cores = if cores.len() > producers as usize { &cores[..=producers as usize] } else { &[] };
            target.start(&path, cores);
            rounds(1, CHECKED, producers, cores, || {});
            target.check(&path, producers);
            empty(&path);
            group.bench_function(BenchmarkId::new(target.name(), producers), |bencher| {
                bencher.iter_custom(|n| rounds(n, ROUND, producers, cores, || empty(&path)));
            });
            let report = ringlog::shutdown().expect("shuts down");
            assert_eq!(report.total.attempted, report.total.written);
        }
    }
    group.finish();
    let _ = std::fs::remove_file(&path);
}

criterion_group!(benches, suite);
criterion_main!(benches);
