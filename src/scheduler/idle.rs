//! What a worker does when it has found nothing to do.
//!
//! Polls are paced: each look at a ring's index takes the cache line away from the producer, who has to fetch it back
//! within its next log call. That costs 50 ns on cores that share a cache, and 450 on cores that do not.

use crate::protocol::wake::Doorbell;
use std::hint::spin_loop;
use std::thread::yield_now;
use std::time::{Duration, Instant};

/// How a worker waits for records.
///
/// | | latency until written | CPU when idle |
/// |---|---|---|
/// | [`busy_spin`](Self::busy_spin) | the least | a whole core |
/// | [`yielding`](Self::yielding) | little | a whole core, if nobody else wants it |
/// | [`backoff`](Self::backoff) (default) | up to 100 µs; 1 ms where others want the core; 20 ms when nothing came for 50 ms | next to none |
/// | [`park`](Self::park) | up to 10 ms | next to none |
///
/// Under [`Clock::Coarse`](crate::Clock::Coarse) no sleep is longer than 1 ms: it is the clock's resolution.
/// Whoever waits for a record, flushes, or finds its ring more than half full wakes the worker at once under
/// each of them.
///
/// ```
/// use ringlog::{Builder, IdleStrategy};
///
/// assert_eq!(IdleStrategy::default(), IdleStrategy::backoff());
/// let on_a_laptop = Builder::new().idle(IdleStrategy::park());
/// # let _ = on_a_laptop;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleStrategy(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    BusySpin,
    Yield,
    Backoff,
    Park,
}

impl IdleStrategy {
    /// Never gives the core up. For workers that have a core of their own.
    ///
    /// ```
    /// use ringlog::{Builder, IdleStrategy};
    /// let builder = Builder::new().pin([3]).idle(IdleStrategy::busy_spin());
    /// # let _ = builder;
    /// ```
    pub const fn busy_spin() -> Self {
        Self(Kind::BusySpin)
    }

    /// Gives the core to any other thread that wants it.
    ///
    /// ```
    /// use ringlog::{Builder, IdleStrategy};
    /// let builder = Builder::new().idle(IdleStrategy::yielding());
    /// # let _ = builder;
    /// ```
    pub const fn yielding() -> Self {
        Self(Kind::Yield)
    }

    /// Spins a little, then yields a little, then sleeps for longer and longer, up to 100 µs; up to 20 ms once
    /// nothing has been logged for 50 ms. Where another thread wants the core it does not spin, but sleeps for
    /// 1 ms: records that come meanwhile are written together.
    ///
    /// ```
    /// use ringlog::{Builder, IdleStrategy};
    /// let builder = Builder::new().idle(IdleStrategy::backoff());
    /// # let _ = builder;
    /// ```
    pub const fn backoff() -> Self {
        Self(Kind::Backoff)
    }

    /// Sleeps as soon as there is nothing to do, for 10 ms at the most.
    ///
    /// ```
    /// use ringlog::{Builder, IdleStrategy};
    /// let builder = Builder::new().idle(IdleStrategy::park());
    /// # let _ = builder;
    /// ```
    pub const fn park() -> Self {
        Self(Kind::Park)
    }
}

impl Default for IdleStrategy {
    fn default() -> Self {
        Self::backoff()
    }
}

/// The pause between two polls, in `spin_loop` hints: about a microsecond.
const PAUSE: u32 = 64;
/// A backing-off worker's pauses grow to 2 to the power of this times as long.
const LONGEST_PAUSE: u32 = 4;
/// How many polls come up empty before a backing-off worker yields, and then before it sleeps.
const SPINS: u32 = 10;
const YIELDS: u32 = 6;
const FIRST_SLEEP: Duration = Duration::from_micros(10);
const BUSY_SLEEP: Duration = Duration::from_micros(100);
/// A yield that takes longer than this has let another thread run: by itself it takes less than a microsecond.
const YIELDED: Duration = Duration::from_micros(10);
/// Where records come a few microseconds apart, a worker that spins between them never sleeps, and takes the core
/// from those that make them; one that writes each by itself wakes a sink each time, too.
const CROWDED_SLEEP: Duration = Duration::from_millis(1);
/// When nothing has come for this long, sleeps grow on: a wake-up costs some 30 µs of a virtual core, so ten
/// thousand a second would cost a third of it.
const QUIET: Duration = Duration::from_millis(50);
const QUIET_SLEEP: Duration = Duration::from_millis(20);
const PARK: Duration = Duration::from_millis(10);
/// No sleep is longer than this where the worker's polls are a clock.
pub(crate) const CLOCK_SLEEP: Duration = Duration::from_millis(1);

/// A worker's idle strategy and how long it has been idle.
#[derive(Debug)]
pub(crate) struct Idler {
    strategy: IdleStrategy,
    empty_polls: u32,
    /// Another thread wanted the core when there was nothing to do first.
    is_crowded: bool,
    sleep: Duration,
    longest: Duration,
    idle_since: Option<Instant>,
}

impl Idler {
    /// Idles by a strategy, but never sleeps for longer than `longest`.
    pub(crate) fn new(strategy: IdleStrategy, longest: Option<Duration>) -> Self {
        let longest = longest.unwrap_or(Duration::MAX);
        Self { strategy, empty_polls: 0, is_crowded: false, sleep: FIRST_SLEEP, longest, idle_since: None }
    }

    /// There was something to do.
    pub(crate) fn reset(&mut self) {
        self.empty_polls = 0;
        self.sleep = FIRST_SLEEP;
        self.idle_since = None;
    }

    /// Whether the next [`wait`](Self::wait) is the first one that may sleep: time for work that can wait
    /// until nothing else is to be done.
    pub(crate) fn is_settling(&self) -> bool {
        self.empty_polls == 1
    }

    /// Waits a moment for a thread that is within a log call. It may need this very core to come out of it.
    pub(crate) fn linger(&mut self) {
        self.empty_polls = self.empty_polls.saturating_add(1);
        if self.strategy.0 == Kind::BusySpin || self.empty_polls <= SPINS {
            spin_loop();
        } else {
            yield_now();
        }
    }

    /// Waits a while. `anything` looks whether there is something to do after all: it is asked between the
    /// announcement of a sleep and the sleep itself.
    pub(crate) fn wait(&mut self, doorbell: &Doorbell, anything: impl FnOnce() -> bool) {
        self.empty_polls = self.empty_polls.saturating_add(1);
        match self.strategy.0 {
            Kind::BusySpin => pause(1),
            Kind::Yield => {
                pause(1);
                yield_now();
            }
            Kind::Backoff if self.empty_polls == 1 => {
                self.is_crowded = yields_to_another();
                if self.is_crowded {
                    sleep(doorbell, CROWDED_SLEEP.min(self.longest), anything);
                }
            }
            Kind::Backoff if self.empty_polls <= SPINS && !self.is_crowded => {
                pause(1 << self.empty_polls.min(LONGEST_PAUSE))
            }
            Kind::Backoff if self.empty_polls <= SPINS + YIELDS && !self.is_crowded => {
                pause(1 << LONGEST_PAUSE);
                yield_now();
            }
            Kind::Backoff => {
                sleep(doorbell, self.sleep, anything);
                let idle_since = *self.idle_since.get_or_insert_with(Instant::now);
                let longest = if idle_since.elapsed() < QUIET { BUSY_SLEEP } else { QUIET_SLEEP };
                self.sleep = (self.sleep * 2).min(longest).min(self.longest);
            }
            Kind::Park => sleep(doorbell, PARK.min(self.longest), anything),
        }
    }
}

fn pause(times: u32) {
    for _ in 0..PAUSE * times {
        spin_loop();
    }
}

/// Whether another thread has run on the core meanwhile.
fn yields_to_another() -> bool {
    let start = Instant::now();
    yield_now();
    start.elapsed() > YIELDED
}

fn sleep(doorbell: &Doorbell, at_most: Duration, anything: impl FnOnce() -> bool) {
    let rest = doorbell.announce();
    if anything() {
        rest.withdraw();
    } else {
        let _ = rest.park(Some(at_most));
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::scheduler::pinning::pin;
    use crate::sync::{AtomicBool, Ordering, thread};

    #[test]
    fn a_worker_whose_core_another_thread_wants_sees_so_and_sleeps_at_once() {
        let core = core_affinity::get_core_ids().expect("cores")[0].id;
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let _ = pin(core);
                // ORDERING: relaxed, nothing follows from it.
                while !is_over.load(Ordering::Relaxed) {
                    spin_loop();
                }
            });
            let worker = scope.spawn(|| {
                let _ = pin(core);
                let (mut idler, doorbell) = (Idler::new(IdleStrategy::backoff(), None), Doorbell::new());
                (0..10_000).any(|_| {
                    let mut has_slept = false;
                    idler.reset();
                    idler.wait(&doorbell, || {
                        has_slept = true;
                        true
                    });
                    has_slept
                })
            });
            let has_slept = worker.join();
            // ORDERING: relaxed, as above.
            is_over.store(true, Ordering::Relaxed);
            assert!(has_slept.expect("the worker"), "it spins where another thread could run");
        });
    }
}
