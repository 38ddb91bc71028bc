//! Short times: ticks of the CPU's counter where there is one that can be read in user space, and their
//! length.

use std::time::{Duration, Instant};

/// Turns ticks into time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    picoseconds_a_tick: f64,
    /// Ticks between two reads with nothing in between.
    own_cost: u64,
}

impl Stopwatch {
    /// Takes 50 ms, in which the counter's rate is measured.
    pub(crate) fn new() -> Self {
        let (start, ticks) = (Instant::now(), ticks());
        while start.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        let picoseconds = start.elapsed().as_nanos() as f64 * 1e3;
        let picoseconds_a_tick = picoseconds / self::ticks().wrapping_sub(ticks) as f64;
        let mut empty = [0; 1_001];
        for span in &mut empty {
            let start = self::ticks();
            *span = self::ticks().wrapping_sub(start);
        }
        empty.sort_unstable();
        Self { picoseconds_a_tick, own_cost: empty[empty.len() / 2] }
    }

    /// What passed between two reads, less what the reads take, in picoseconds: a burst is divided yet.
    pub(crate) fn picoseconds(self, ticks: u64) -> f64 {
        ticks.saturating_sub(self.own_cost) as f64 * self.picoseconds_a_tick
    }

    /// What passed between two reads, and what the reads take.
    pub(crate) fn raw_nanoseconds(self, ticks: u64) -> f64 {
        ticks as f64 * self.picoseconds_a_tick / 1e3
    }

    /// Spins for so long.
    pub(crate) fn pause(self, time: Duration) {
        let until = time.as_nanos() as f64 * 1e3 / self.picoseconds_a_tick;
        let start = ticks();
        while (ticks().wrapping_sub(start) as f64) < until {
            std::hint::spin_loop();
        }
    }
}

/// The counter, read when all instructions before have been carried out. Without the fence the last calls of
/// a burst would still be under way.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn ticks() -> u64 {
    use std::arch::x86_64::{_mm_lfence, _rdtsc};
    // SAFETY: every x86-64 processor has both instructions; they touch no memory.
    unsafe {
        _mm_lfence();
        _rdtsc()
    }
}

/// The system's monotonic clock, in nanoseconds.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn ticks() -> u64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// What every logger with a time of its own for each record pays at least: a read of the CPU's counter,
/// or of the monotonic clock where there is none.
#[inline(always)]
pub fn bare_clock_read() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction; it touches no memory.
    return unsafe { std::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    return ticks();
}
