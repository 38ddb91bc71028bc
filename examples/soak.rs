//! A logger under load that is never the same, for as long as you like: does it stay balanced, and of one size?
//!
//! ```text
//! cargo run --release --example soak -- [--seconds N]
//! ```
//!
//! Threads come and go, log lines of all lengths to two runtimes (one blocks when a ring is full, one drops), wait for some
//! of them, and end. Files are rotated and deleted; now and then their folder is removed under the sink. Another sink
//! fails, panics and stalls. At the end every record has to be accounted for (attempted = written + dropped + failed, for
//! each ring, and as often as the threads say that they called), every completion resolved in time, memory must not have grown since the middle, and no thread
//! and no descriptor may be left. It ends with 1 where one of these does not hold. Five seconds by default.

use ringlog::sink::{Callback, OnError, RollingFile, RollingHandle, Sink};
use ringlog::{Builder, FlushError, Overflow, ProducerStats, Runtime, info, info_async, warn};
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Threads that log at a time.
const THREADS: u64 = 4;

/// How long a completion may take.
const LIMIT: Duration = Duration::from_secs(10);

/// How much memory may grow from the second quarter of the run to the last.
const TOLERANCE: u64 = 16 << 20;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let run = duration()?;
    // The panics of the faulty sink are part of the play.
    std::panic::set_hook(Box::new(|_| {}));
    let folder = std::env::temp_dir().join(format!("ringlog-soak-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let before = descriptors_and_threads()?;
    let subjects = [
        Subject::start(&folder.join("blocking"), Overflow::Block)?,
        Subject::start(&folder.join("dropping"), Overflow::DropNewest)?,
    ];
    let (early, late) = soak(&subjects, run)?;
    let mut wrong = Vec::new();
    for subject in subjects {
        wrong.extend(subject.end()?);
    }
    let after = settled(before)?;
    fs::remove_dir_all(&folder)?;
    println!("memory: {} KiB in the second quarter, {} KiB in the last", early >> 10, late >> 10);
    if late > early + TOLERANCE {
        wrong.push(format!("memory has grown by {} KiB", (late - early) >> 10));
    }
    if after != before {
        wrong.push(format!("descriptors and threads before: {before:?}, after: {after:?}"));
    }
    wrong.iter().for_each(|wrong| println!("WRONG: {wrong}"));
    Ok(ExitCode::from(u8::from(!wrong.is_empty())))
}

fn duration() -> Result<Duration, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => Ok(Duration::from_secs(5)),
        [name, seconds] if name == "--seconds" => Ok(Duration::from_secs(seconds.parse()?)),
        _ => Err("usage: soak [--seconds N]".into()),
    }
}

/// A runtime, and what was done to it.
struct Subject {
    name: String,
    runtime: Runtime,
    handle: RollingHandle,
    folder: PathBuf,
    /// Log calls, as the threads have counted them.
    called: AtomicU64,
    /// Completions that were not resolved in time.
    unresolved: AtomicU64,
    /// Lines that the sink has got that never fails.
    seen: Arc<AtomicU64>,
}

impl Subject {
    fn start(folder: &Path, overflow: Overflow) -> Result<Self, Box<dyn Error>> {
        let file = RollingFile::builder(folder.join("app.log")).max_size(256 << 10).keep_files(3).open()?;
        let handle = file.handle();
        let seen = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&seen);
        let lines = Callback::new(move |bytes: &[u8]| {
            count.fetch_add(bytes.iter().filter(|&&byte| byte == b'\n').count() as u64, Relaxed);
        });
        let retry = OnError::retry(Duration::from_millis(5), Duration::from_millis(1));
        let runtime = Builder::new()
            .filter("info")
            .workers(2)
            .ring_capacity(16 << 10)
            .overflow(overflow)
            .sink(file.on_error(retry))
            .sink(Faulty::default())
            .sink(lines)
            .on_error(|_| {})
            .start()?;
        let (name, folder) = (format!("{overflow:?}"), folder.to_owned());
        Ok(Self {
            name,
            runtime,
            handle,
            folder,
            called: AtomicU64::new(0),
            unresolved: AtomicU64::new(0),
            seen,
        })
    }

    /// Shuts the runtime down; gives what is wrong.
    fn end(self) -> Result<Vec<String>, Box<dyn Error>> {
        let report = self.runtime.shutdown_timeout(Duration::from_secs(60))?;
        let (called, seen, mut wrong) = (self.called.into_inner(), self.seen.load(Relaxed), Vec::new());
        let total = &report.total;
        println!(
            "{}: {called} calls; written {}, dropped {}, failed {}; {} rings",
            self.name,
            total.written,
            total.dropped,
            total.failed,
            report.stats.producers.len()
        );
        wrong.extend(
            report
                .stats
                .producers
                .iter()
                .filter(|ring| !is_balanced(ring))
                .map(|ring| format!("{}: a ring's account: {ring:?}", self.name)),
        );
        if total.attempted != called || total.in_flight != 0 {
            wrong.push(format!("{}: {called} calls, {total:?}", self.name));
        }
        // What is told of drops are lines, too.
        if seen < total.written + total.failed {
            wrong.push(format!("{}: {seen} lines, {total:?}", self.name));
        }
        let unresolved = self.unresolved.load(Relaxed);
        if unresolved > 0 {
            wrong.push(format!("{}: {unresolved} completions were not resolved within {LIMIT:?}", self.name));
        }
        if total.failed == 0 || total.written == 0 {
            wrong.push(format!("{}: nothing has failed, or nothing was written: {total:?}", self.name));
        }
        Ok(wrong)
    }
}

fn is_balanced(ring: &ProducerStats) -> bool {
    ring.attempted == ring.written + ring.dropped + ring.failed + ring.in_flight
}

/// Fails, panics and stalls.
#[derive(Default)]
struct Faulty {
    calls: u64,
}

impl Sink for Faulty {
    fn name(&self) -> String {
        "faulty".into()
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        self.calls += 1;
        match self.calls {
            calls if calls.is_multiple_of(211) => panic!("a sink that panics"),
            calls if calls.is_multiple_of(53) => thread::sleep(Duration::from_millis(2)),
            calls if calls.is_multiple_of(7) => return Err(io::Error::other("a fault")),
            _ => {}
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.calls.is_multiple_of(3) { Err(io::Error::other("a fault")) } else { Ok(()) }
    }
}

/// Runs threads until the time is over; gives the most memory that was in use in the second quarter and in the last.
fn soak(subjects: &[Subject; 2], run: Duration) -> io::Result<(u64, u64)> {
    let start = Instant::now();
    thread::scope(|scope| {
        for place in 0..THREADS {
            scope.spawn(move || {
                for generation in 0.. {
                    if start.elapsed() >= run {
                        break;
                    }
                    // Each has a ring of its own, which is handed on when it ends.
                    thread::scope(|churn| {
                        churn.spawn(move || log(subjects, place << 32 | generation));
                    });
                }
            });
        }
        let (mut early, mut late) = (0, 0);
        for round in 1_u64.. {
            let quarter = start.elapsed().as_secs_f64() / run.as_secs_f64() * 4.0;
            match quarter as u64 {
                1 => early = memory()?.max(early),
                3 => late = memory()?.max(late),
                4.. => break,
                _ => {}
            }
            for subject in subjects {
                disturb(subject, round);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok((early, late))
    })
}

/// What others do to a log's files.
fn disturb(subject: &Subject, round: u64) {
    if round.is_multiple_of(10) {
        subject.handle.rotate();
    }
    if round.is_multiple_of(50) {
        let _ = fs::remove_dir_all(&subject.folder);
    }
}

/// The life of a thread.
fn log(subjects: &[Subject; 2], seed: u64) {
    let mut random = seed;
    let mut below = |end: u64| {
        // Knuth's MMIX generator; its high bits are the good ones.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % end
    };
    let long = "x".repeat(64 << 10);
    for number in 0..below(3_000) {
        let subject = &subjects[below(2) as usize];
        let runtime = &subject.runtime;
        subject.called.fetch_add(1, Relaxed);
        match below(400) {
            // These go to the heap.
            0 => info!(logger: runtime, "{number} {}", &long[..below(64 << 10) as usize]),
            1 => told(subject, info_async!(logger: runtime, "{number} may fail").wait_timeout(LIMIT)),
            2 => {
                told(subject, info_async!(logger: runtime, "{number} may fail").durable().wait_timeout(LIMIT))
            }
            3 => drop(info_async!(logger: runtime, "{number} is not waited for")),
            4..50 => {
                warn!(logger: runtime, "{number}: {:?} and {}", (seed, number), &long[..below(300) as usize])
            }
            _ => info!(logger: runtime, "{number} of {seed}"),
        }
    }
}

/// Counts completions that nobody resolves.
fn told(subject: &Subject, result: Option<Result<(), FlushError>>) {
    if result.is_none() {
        subject.unresolved.fetch_add(1, Relaxed);
    }
}

fn descriptors_and_threads() -> io::Result<(usize, usize)> {
    Ok((entries("/proc/self/fd")?, entries("/proc/self/task")?))
}

/// How many descriptors and threads there are, once they are as many as expected: a thread that was joined is listed a little
/// longer than it runs.
fn settled(expected: (usize, usize)) -> io::Result<(usize, usize)> {
    let start = Instant::now();
    loop {
        let counts = descriptors_and_threads()?;
        if counts == expected || start.elapsed() > LIMIT {
            return Ok(counts);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// How many files a folder has.
fn entries(folder: &str) -> io::Result<usize> {
    Ok(fs::read_dir(folder)?.count())
}

/// The memory that is in use, in bytes.
fn memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib << 10).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
