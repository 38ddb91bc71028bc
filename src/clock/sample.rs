//! Where the counter and the wall clock are read together.

use super::counter;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the clocks said at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// The counter.
    pub(super) ticks: u64,
    /// The wall clock, in unix nanoseconds.
    pub(super) wall: u64,
    /// A clock that nobody sets, in nanoseconds since some moment.
    pub(super) monotonic: u64,
    /// By how many ticks `ticks` may be off.
    pub(super) uncertainty: u64,
}

/// The clocks to keep in step. Tests put a simulated world here.
pub(super) trait Sampler {
    /// The counter alone: cheap.
    fn ticks(&self) -> u64;
    /// All clocks together.
    fn sample(&mut self) -> Sample;
    /// Lets this much time go by.
    fn pause(&mut self, duration: Duration);
}

/// The wall clock, in unix nanoseconds: one `clock_gettime`, no system call where the kernel has a vDSO.
/// Zero before 1970, and the highest value from the year 2554 on.
#[inline]
pub(super) fn wall_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn nanos_since(start: Instant) -> u64 {
    start.elapsed().as_nanos() as u64
}

fn spin(duration: Duration) {
    let start = Instant::now();
    while start.elapsed() < duration {
        std::hint::spin_loop();
    }
}

/// Ticks are the CPU's counter.
#[derive(Debug)]
pub(super) struct CounterSampler {
    start: Instant,
}

impl CounterSampler {
    pub(super) fn new() -> Self {
        Self { start: Instant::now() }
    }
}

/// Tries for a sample, and how many more when the best is bad: when the thread was interrupted each time.
const TRIES: u32 = 8;
const MORE_TRIES: u32 = 24;
/// Ticks between which a reading of the wall clock counts as good: 2 µs of a counter of 4 GHz.
const GOOD_BRACKET: u64 = 8_000;

impl Sampler for CounterSampler {
    fn ticks(&self) -> u64 {
        counter::ticks()
    }

    /// Reads the wall clock between two reads of the counter, several times, and keeps the tightest pair.
    fn sample(&mut self) -> Sample {
        let mut best = Sample { ticks: 0, wall: 0, monotonic: 0, uncertainty: u64::MAX };
        for tries in 0..TRIES + MORE_TRIES {
            if tries >= TRIES && best.uncertainty <= GOOD_BRACKET / 2 {
                break;
            }
            let before = counter::ticks_in_order();
            let wall = wall_nanos();
            let after = counter::ticks_in_order();
            // Negative where the counter was reset just there: then the pair is as bad as can be.
            let uncertainty = after.wrapping_sub(before) / 2 + 1;
            if uncertainty < best.uncertainty || tries == 0 {
                best = Sample { ticks: before.wrapping_add(uncertainty - 1), wall, uncertainty, ..best };
            }
        }
        Sample { monotonic: nanos_since(self.start), ..best }
    }

    fn pause(&mut self, duration: Duration) {
        spin(duration);
    }
}

/// Ticks are the nanoseconds of the monotonic clock: for the clocks that need no counter, but have to know
/// when the wall clock is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct MonotonicSampler {
    pub(super) start: Instant,
}

impl Sampler for MonotonicSampler {
    fn ticks(&self) -> u64 {
        nanos_since(self.start)
    }

    fn sample(&mut self) -> Sample {
        let (mut best, mut best_width) = (None, u64::MAX);
        for _ in 0..TRIES {
            let before = self.ticks();
            let wall = wall_nanos();
            let width = self.ticks() - before;
            if width < best_width || best.is_none() {
                let ticks = before + width / 2;
                best_width = width;
                best = Some(Sample { ticks, wall, monotonic: ticks, uncertainty: width / 2 + 1 });
            }
        }
        best.expect("at least one try")
    }

    fn pause(&mut self, duration: Duration) {
        spin(duration);
    }
}
