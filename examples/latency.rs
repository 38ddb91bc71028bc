//! What a log call costs on your machine: percentiles beside an empty loop and a bare clock read.
//!
//! ```text
//! cargo run --release --example latency -- --core 1 --worker-core 0 --clock tsc --bursts 10000
//! ```
//!
//! Calls are timed in bursts of 20, 50 to 100 µs apart; a burst's time divided by 20 is one sample. A counter that
//! steps by 10 ns tells nothing about a single call.

use core_affinity::CoreId;
use hdrhistogram::Histogram;
use ringlog::{Builder, Clock, IdleStrategy, info, info_async, sink, trace};
use std::error::Error;
use std::hint::{black_box, spin_loop};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const BURST: u64 = 20;

struct Options {
    core: usize,
    worker_core: usize,
    clock: Clock,
    idle: IdleStrategy,
    bursts: u64,
}

impl Options {
    fn parse() -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            core: 1,
            worker_core: 0,
            clock: Clock::Tsc,
            idle: IdleStrategy::backoff(),
            bursts: 10_000,
        };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match (name.as_str(), value.as_str()) {
                ("--core", core) => options.core = core.parse()?,
                ("--worker-core", core) => options.worker_core = core.parse()?,
                ("--bursts", bursts) => options.bursts = bursts.parse()?,
                ("--clock", "tsc") => options.clock = Clock::Tsc,
                ("--clock", "coarse") => options.clock = Clock::Coarse,
                ("--clock", "system") => options.clock = Clock::System,
                ("--idle", "spin") => options.idle = IdleStrategy::busy_spin(),
                ("--idle", "yield") => options.idle = IdleStrategy::yielding(),
                ("--idle", "backoff") => options.idle = IdleStrategy::backoff(),
                ("--idle", "park") => options.idle = IdleStrategy::park(),
                _ => {
                    return Err(format!(
                        "{name} {value}: use --core N, --worker-core N, --bursts N, --clock tsc|coarse|system, \
                         --idle spin|yield|backoff|park"
                    )
                    .into());
                }
            }
        }
        Ok(options)
    }
}

/// Samples in tenths of a nanosecond.
fn measure(bursts: u64, mut call: impl FnMut(u64)) -> Histogram<u64> {
    let mut samples = Histogram::new(3).expect("three digits");
    // The first tenth warms caches and pages up.
    for burst in 0..bursts + bursts / 10 {
        let start = Instant::now();
        for number in 0..BURST {
            call(burst * BURST + number);
        }
        let tenths = start.elapsed().as_nanos() as u64 * 10 / BURST;
        if burst >= bursts / 10 {
            samples.record(tenths).expect("a histogram grows");
        }
        let pause = Duration::from_micros(50 + burst % 50);
        let start = Instant::now();
        while start.elapsed() < pause {
            spin_loop();
        }
    }
    samples
}

fn print(name: &str, samples: &Histogram<u64>) {
    let at = |quantile| samples.value_at_quantile(quantile) as f64 / 10.0;
    println!(
        "{name:<28} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>10.1}",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999),
        samples.max() as f64 / 10.0
    );
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse()?;
    let clock = options.clock.clone();
    Builder::new()
        .pin([options.worker_core])
        .idle(options.idle)
        .clock(options.clock)
        .filter("info")
        .sink(sink::Null::new())
        .init()?;
    if !core_affinity::set_for_current(CoreId { id: options.core }) {
        eprintln!("latency: not pinned to core {}", options.core);
    }
    ringlog::register_thread();

    println!("{:?}, {:?}; nanoseconds a call", clock, options.idle);
    println!("{:<28} {:>8} {:>8} {:>8} {:>8} {:>10}", "", "p50", "p90", "p99", "p99.9", "worst");
    let n = options.bursts;
    print("empty loop", &measure(n, |number| _ = black_box(number)));
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction.
    print("rdtsc", &measure(n, |_| _ = black_box(unsafe { std::arch::x86_64::_rdtsc() })));
    print("disabled", &measure(n, |number| trace!("order {}", number)));
    let (quantity, price) = (black_box(100_u64), black_box(12.5_f64));
    print("M1: three numbers", &measure(n, |number| info!("order {} qty {} px {}", number, quantity, price)));
    let text = black_box(String::from("a symbol of 24 bytes ..."));
    print("M2: text and a number", &measure(n, |number| info!("symbol {} id {}", text, number)));
    print("M3: no argument", &measure(n, |_| info!("nothing to add")));
    print(
        "M1 as info_async!",
        &measure(n, |number| {
            drop(black_box(info_async!("order {} qty {} px {}", number, quantity, price)));
        }),
    );

    let report = ringlog::shutdown()?;
    println!(
        "{} records, {} lost, {:?} blocked",
        report.total.attempted,
        report.total.attempted - report.total.written,
        report.total.blocked
    );
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latency: {error}");
            ExitCode::FAILURE
        }
    }
}
