//! What a log call costs on your machine: percentiles beside an empty loop and a bare clock read, and what
//! held calls up; what calls cost that fill the ring; how long it takes until a record is written, and what the worker takes
//! while there is nothing to do.
//!
//! ```text
//! cargo run --release --example latency -- --core 1 --worker-core 0 --clock tsc
//! ```
//!
//! Calls are timed in bursts of 20, 50 to 100 µs apart; a burst's time divided by 20 is one sample. A counter
//! that steps by 10 ns tells nothing about a single call.
//!
//! A *stall* is a burst that took a microsecond longer than the median one. Its cause is told where it can
//! be: the ring was full (the account says for how long the thread was blocked), a page was touched for the
//! first time, or the kernel ran another thread (both by `getrusage(2)` of this thread, before and after).
//! What none of these explains and is too long for cache lines that the worker's core held is a *gap*: an
//! interrupt, or the hypervisor. The empty loop's own gaps show how many of them are the machine's.

use core_affinity::CoreId;
use hdrhistogram::Histogram;
use ringlog::{Builder, Clock, IdleStrategy, info, info_async, sink, trace};
use std::error::Error;
use std::hint::{black_box, spin_loop};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: latency [OPTIONS]

  --core N           the core of the thread that logs (the second)
  --worker-core N    the core of ringlog's worker (the first)
  --clock CLOCK      tsc, tsc-fenced, coarse or system (tsc)
  --idle STRATEGY    spin, yield, backoff or park: what the worker does with nothing to do (backoff)
  --ring BYTES       the ring's capacity (1048576)
  --bursts N         bursts of 20 calls for each line (10000)
  --help";

const BURST: u64 = 20;
/// A burst that takes so much longer than the median is a stall.
const STALL: Duration = Duration::from_micros(1);
/// Fetching all the lines that 20 calls touch from a far core takes less.
const GAP: Duration = Duration::from_micros(10);
/// Between the look at the causes and the burst: what a system call has left in the core's caches settles.
const SETTLE: Duration = Duration::from_micros(2);

/// So often a cache line goes to the other core and back.
const ROUND_TRIPS: u32 = 10_000;

/// So many calls are made without a pause.
const SATURATED: u64 = 4_000_000;
/// One of them that takes longer is counted.
const LONG: Duration = Duration::from_micros(10);

/// For so long nothing is logged.
const IDLE: Duration = Duration::from_secs(2);

struct Options {
    core: usize,
    worker_core: usize,
    clock: Clock,
    idle: IdleStrategy,
    ring: usize,
    bursts: u64,
}

impl Options {
    /// What the command line asks for; nothing, if it asks for help.
    fn parse(words: impl IntoIterator<Item = String>) -> Result<Option<Self>, String> {
        let cores: Vec<_> =
            core_affinity::get_core_ids().unwrap_or_default().into_iter().map(|core| core.id).collect();
        let first = cores.first().copied().unwrap_or(0);
        let mut options = Self {
            core: cores.get(1).copied().unwrap_or(first),
            worker_core: first,
            clock: Clock::Tsc,
            idle: IdleStrategy::backoff(),
            ring: 1 << 20,
            bursts: 10_000,
        };
        let mut words = words.into_iter();
        while let Some(name) = words.next() {
            if name == "--help" || name == "-h" {
                return Ok(None);
            }
            if !["--core", "--worker-core", "--clock", "--idle", "--ring", "--bursts"]
                .contains(&name.as_str())
            {
                return Err(format!("{name:?} is no option"));
            }
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            let wrong = |right: &str| format!("{name} {value}: {right}");
            let core = || {
                let known = value.parse().ok().filter(|core| cores.contains(core));
                known.ok_or_else(|| wrong(&format!("one of the cores {cores:?}")))
            };
            match name.as_str() {
                "--core" => options.core = core()?,
                "--worker-core" => options.worker_core = core()?,
                "--ring" => options.ring = value.parse().map_err(|_| wrong("a number of bytes"))?,
                "--bursts" => {
                    let bursts = value.parse().ok().filter(|bursts| (10..=100_000_000).contains(bursts));
                    options.bursts = bursts.ok_or_else(|| wrong("a number from 10 to 100000000"))?;
                }
                "--clock" => {
                    options.clock = match value.as_str() {
                        "tsc" => Clock::Tsc,
                        "tsc-fenced" => Clock::TscFenced,
                        "coarse" => Clock::Coarse,
                        "system" => Clock::System,
                        _ => return Err(wrong("tsc, tsc-fenced, coarse or system")),
                    }
                }
                _ => {
                    options.idle = match value.as_str() {
                        "spin" => IdleStrategy::busy_spin(),
                        "yield" => IdleStrategy::yielding(),
                        "backoff" => IdleStrategy::backoff(),
                        "park" => IdleStrategy::park(),
                        _ => return Err(wrong("spin, yield, backoff or park")),
                    }
                }
            }
        }
        Ok(Some(options))
    }
}

/// What may hold a thread up, as counts that only grow.
#[derive(Clone, Copy)]
struct Events {
    page_faults: i64,
    switches: i64,
}

impl Events {
    /// Those of the calling thread so far; none where the system does not count them for a thread alone.
    fn now() -> Option<Self> {
        #[cfg(target_os = "linux")]
        {
            // SAFETY: `rusage` is a plain struct of integers, for which all zeros is a value.
            let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
            // SAFETY: the pointer is to a `rusage` of our own.
            if unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) } == 0 {
                return Some(Self {
                    page_faults: usage.ru_minflt + usage.ru_majflt,
                    switches: usage.ru_nvcsw + usage.ru_nivcsw,
                });
            }
        }
        None
    }
}

/// What this process has taken of its cores, if the system says.
fn cpu_time() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: `timespec` is a plain struct of integers, for which all zeros is a value.
        let mut time: libc::timespec = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is to a `timespec` of our own.
        if unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) } == 0 {
            return Some(Duration::new(time.tv_sec as u64, time.tv_nsec as u32));
        }
    }
    None
}

/// How long this process's log calls have waited for room in a ring.
fn blocked() -> Duration {
    ringlog::stats().total().blocked
}

/// How many stalls had which cause.
#[derive(Default)]
struct Stalls {
    ring_full: u64,
    page_fault: u64,
    switched: u64,
    gap: u64,
    other: u64,
}

impl Stalls {
    fn count(&mut self, length: Duration, was_blocked: bool, before: Option<Events>, after: Option<Events>) {
        let grew = |count: fn(&Events) -> i64| before.as_ref().map(count) < after.as_ref().map(count);
        // A thread that waits for room may be switched away, and one that faults, too: the first cause
        // counts.
        let cause = if was_blocked {
            &mut self.ring_full
        } else if grew(|events| events.page_faults) {
            &mut self.page_fault
        } else if grew(|events| events.switches) {
            &mut self.switched
        } else if length > GAP {
            &mut self.gap
        } else {
            &mut self.other
        };
        *cause += 1;
    }
}

/// What one kind of call cost.
struct Samples {
    /// Tenths of a nanosecond a call.
    calls: Histogram<u64>,
    stalls: Stalls,
}

fn measure(bursts: u64, mut call: impl FnMut(u64)) -> Samples {
    let mut samples = Samples { calls: Histogram::new(3).expect("three digits"), stalls: Stalls::default() };
    let mut numbers = (0..).step_by(BURST as usize);
    let mut burst = |pause: u64| {
        spin(Duration::from_micros(50 + pause % 50));
        let before = Events::now();
        spin(SETTLE);
        let first = numbers.next().expect("endless");
        let start = Instant::now();
        for number in first..first + BURST {
            call(number);
        }
        (start.elapsed(), before)
    };
    // The first tenth warms caches and pages up and tells what is usual.
    let mut usual: Vec<_> = (0..bursts.div_ceil(10)).map(|pause| burst(pause).0).collect();
    usual.sort_unstable();
    let stall = usual[usual.len() / 2] + STALL;
    let mut blocked_before = blocked();
    for pause in 0..bursts {
        let (length, before) = burst(pause);
        samples.calls.record(length.as_nanos() as u64 * 10 / BURST).expect("a histogram grows");
        if length > stall {
            let after = Events::now();
            let blocked = blocked();
            samples.stalls.count(length, blocked > blocked_before, before, after);
            blocked_before = blocked;
        }
    }
    samples
}

/// What calls cost that come faster than the worker deals with them.
struct Saturated {
    took: Duration,
    longest: Duration,
    /// How many took longer than [`LONG`].
    long: u64,
}

fn saturate(mut call: impl FnMut(u64)) -> Saturated {
    let start = Instant::now();
    let (mut longest, mut long, mut before) = (Duration::ZERO, 0, start);
    for number in 0..SATURATED {
        call(number);
        let after = Instant::now();
        let length = after - before;
        longest = longest.max(length);
        long += u64::from(length > LONG);
        before = after;
    }
    Saturated { took: start.elapsed(), longest, long }
}

/// How long a cache line takes from one core to another and back. Under a hypervisor that jumps within seconds, up to
/// tenfold, and what a call costs moves with it.
fn round_trip(here: usize, there: usize) -> Duration {
    let ball = AtomicU32::new(0);
    // Waits for the ball to be at one point, and sends it on to the next.
    let hit = |at: u32| {
        // ORDERING: acquire and release, as a ring's index is handed over.
        while ball.load(Ordering::Acquire) != at {
            spin_loop();
        }
        // ORDERING: as above.
        ball.store(at + 1, Ordering::Release);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            core_affinity::set_for_current(CoreId { id: there });
            (1..2 * ROUND_TRIPS + 2).step_by(2).for_each(hit);
        });
        let server = scope.spawn(|| {
            core_affinity::set_for_current(CoreId { id: here });
            // The first waits until the other thread is there.
            hit(0);
            hit(2);
            let start = Instant::now();
            (4..2 * ROUND_TRIPS + 2).step_by(2).for_each(hit);
            start.elapsed() / (ROUND_TRIPS - 1)
        });
        server.join().expect("it does not panic")
    })
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        spin_loop();
    }
}

fn print(name: &str, samples: &Samples) {
    let Samples { calls, stalls } = samples;
    print!("{name:<22}");
    let quantiles = [0.5, 0.9, 0.99, 0.999, 0.9999].map(|quantile| calls.value_at_quantile(quantile));
    for tenths in quantiles.into_iter().chain([calls.max()]) {
        let decimals = usize::from(tenths < 100_000);
        print!("{:>10.decimals$}", tenths as f64 / 10.0);
    }
    let Stalls { ring_full, page_fault, switched, gap, other } = stalls;
    println!("  {ring_full:>9}{page_fault:>7}{switched:>9}{gap:>6}{other:>6}");
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let clock = options.clock.clone();
    // With no worker there that spins.
    let round_trip =
        || (options.core != options.worker_core).then(|| round_trip(options.core, options.worker_core));
    let before = round_trip();
    Builder::new()
        .pin([options.worker_core])
        .idle(options.idle)
        .clock(options.clock)
        .ring_capacity(options.ring)
        .filter("info")
        .sink(sink::Null::new())
        .init()?;
    let pinned =
        if core_affinity::set_for_current(CoreId { id: options.core }) { "" } else { ", not pinned" };
    ringlog::register_thread();

    println!(
        "logging on core {}{pinned}, worker on core {}, Clock::{clock:?}, {:?}",
        options.core, options.worker_core, options.idle
    );
    println!("{:<22}{:>60}  {:>37}", "", "nanoseconds a call", "stalls by cause");
    println!(
        "{:<22}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}  {:>9}{:>7}{:>9}{:>6}{:>6}",
        "", "p50", "p90", "p99", "p99.9", "p99.99", "worst", "ring full", "fault", "switched", "gap", "other"
    );
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
            let _ = black_box(&info_async!("order {} qty {} px {}", number, quantity, price));
        }),
    );

    let Saturated { took, longest, long } = saturate(|number| {
        info!("order {} qty {} px {}", number, quantity, price);
    });
    println!(
        "{SATURATED} calls without a pause: {:.0} ns a call; the longest {longest:.1?}, {long} over {LONG:?}",
        took.as_nanos() as f64 / SATURATED as f64
    );
    ringlog::flush()?;

    let mut written = Histogram::<u64>::new(3)?;
    for number in 0..1_000 {
        // So rarely that a worker that sleeps does.
        std::thread::sleep(Duration::from_millis(1));
        let start = Instant::now();
        info_async!("order {} qty {} px {}", number, quantity, price).wait()?;
        written.record(start.elapsed().as_nanos() as u64)?;
    }
    let [median, high] =
        [0.5, 0.99].map(|quantile| Duration::from_nanos(written.value_at_quantile(quantile)));
    println!("until written, one record a millisecond: {median:.1?} (p50), {high:.1?} (p99)");
    // What came last is a while ago.
    std::thread::sleep(IDLE / 10);
    if let (Some(before), (), Some(after)) = (cpu_time(), std::thread::sleep(IDLE), cpu_time()) {
        let share = (after - before).as_secs_f64() / IDLE.as_secs_f64() * 100.0;
        println!("idle: {share:.2} % of a core");
    }

    let report = ringlog::shutdown()?;
    if let (Some(before), Some(after)) = (before, round_trip()) {
        println!("a cache line's round trip between the cores: {before:?} before, {after:?} after");
    }
    println!(
        "stalls: bursts {STALL:?} over the median. ring full: waited for room; fault: a page's first touch;\n\
         switched: another thread ran; gap: none of these, over {GAP:?}: an interrupt or the hypervisor;\n\
         other: the same, but shorter, or cache lines from another core"
    );
    println!(
        "{} records, {} lost, blocked for {:?}",
        report.total.attempted,
        report.total.attempted - report.total.written,
        report.total.blocked
    );
    Ok(())
}

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("latency: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("latency: {error}");
            // A ring's size that the builder refuses is a bad argument, too.
            if error.is::<ringlog::StartError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
