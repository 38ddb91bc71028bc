//! Timestamps: what a user chooses, and who reads which clock.
//!
//! A log call puts a *stamp* into its record: ticks of the CPU's counter for [`Clock::Tsc`], fenced or not, unix
//! nanoseconds for the others. Stamps are compared with stamps of the same runtime only. A worker turns them into wall time.
//!
//! ```text
//!  producers                         the keeper's worker                        other workers
//!  ─────────                         ───────────────────                        ─────────────
//!  ClockSource::stamp                ClockKeeper::tick
//!    Tsc: rdtsc                        sample ─▶ discipline ─▶ timeline ──publish──▶ ClockReader
//!    Coarse: load ◀─────store────────  publish                    (seqlock)            │
//!    System, Custom: read, clamp       cutoff, unix_nanos                         cutoff, unix_nanos
//! ```
//!
//! Two things are shared: the coarse clock's word and the published timeline. The keeper alone writes both.

mod counter;
mod discipline;
mod keeper;
mod sample;
mod source;
mod timekeeper;
mod timeline;

pub(crate) use keeper::{ClockKeeper, ClockReader};
pub(crate) use source::{ClockSource, QuickClock};
pub(crate) use timekeeper::Timekeeper;

use crate::sync::Arc;
use source::CustomFn;
use std::fmt;
use std::time::Duration;

/// Where the times of records come from.
///
/// What each costs and promises, when the system's clock is set and when the machine sleeps, stands in
/// `docs/clocks.md`.
///
/// ```
/// use ringlog::{Builder, Clock, info, sink};
///
/// let runtime = Builder::new().clock(Clock::Coarse).sink(sink::Null::new()).start()?;
/// info!(logger: runtime, "stamped without reading a clock");
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The CPU's time-stamp counter, which the worker keeps in step with the wall clock. The default.
    ///
    /// A log call reads one register. Times are as fine as the counter, within a microsecond or so of the wall
    /// clock, and never go back within a thread, whatever is done to the wall clock. Needs a counter that
    /// runs at one rate on all cores: where there is none, [`System`](Self::System) takes its place and the error
    /// handler hears a [`ClockWarning`].
    ///
    /// The processor may read it some tens of nanoseconds before what stands ahead of the call. Where one thread logs and hands
    /// on by a flag that another spins on, and that logs at once, the second stamp is the lower one now and then, on
    /// processors (Intel's) whose counter does not wait for loads: see [`TscFenced`](Self::TscFenced).
    #[default]
    Tsc,
    /// As [`Tsc`](Self::Tsc), but read in program order: what a thread has learnt from another before it logs, that one has
    /// logged with a lower stamp. A fence on each call costs some 8 ns more.
    TscFenced,
    /// A time that the worker publishes at each of its polls, at most every 500 µs.
    ///
    /// A log call reads no clock, only one word of memory. Times are up to 1.5 ms late while the worker polls: not for
    /// workers that sleep until they are woken.
    Coarse,
    /// The system's wall clock, read by each log call.
    ///
    /// When it is set back, a thread's records keep the last time until it has caught up.
    System,
    /// A clock of one's own, for simulations and tests: see [`Clock::custom`].
    Custom(Arc<dyn Fn() -> u64 + Send + Sync>),
}

impl Clock {
    /// A clock that gives unix nanoseconds.
    ///
    /// Each log call calls it, on the thread that logs, and so do workers: it should be quick, must not log and
    /// must not panic. Where it goes back, a thread's records keep the last time until it has caught up.
    /// Allocates once.
    ///
    /// ```
    /// use ringlog::Clock;
    /// use std::time::Instant;
    ///
    /// // A simulation that starts at the epoch.
    /// let start = Instant::now();
    /// let clock = Clock::custom(move || start.elapsed().as_nanos() as u64);
    /// # let _ = clock;
    /// ```
    pub fn custom(clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self::Custom(Arc::new(clock) as Arc<CustomFn>)
    }

    /// Starts the clock: the worker's side, the producers' side, and what could not be had. Takes 1 ms, in
    /// which a rate is measured; none for a custom clock.
    pub(crate) fn open(self) -> (ClockKeeper, ClockSource, Option<ClockWarning>) {
        ClockKeeper::open(self)
    }
}

impl Clock {
    /// Has a custom clock called by way of `caller`, which is given a call to make.
    pub(crate) fn called_by(self, caller: fn(&dyn Fn() -> u64) -> u64) -> Self {
        match self {
            Self::Custom(clock) => Self::Custom(Arc::new(move || caller(&*clock))),
            clock => clock,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tsc => "Tsc",
            Self::TscFenced => "TscFenced",
            Self::Coarse => "Coarse",
            Self::System => "System",
            Self::Custom(_) => "Custom(..)",
        })
    }
}

/// Why [`Clock::Tsc`], fenced or not, was asked for and [`Clock::System`] is used.
///
/// ```
/// use ringlog::{Builder, Event, sink};
///
/// let builder = Builder::new().sink(sink::Null::new()).on_error(|event| {
///     if let Event::Clock(warning) = event {
///         eprintln!("log calls cost more on this machine: {warning}");
///     }
/// });
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockWarning {
    /// No counter is known on this architecture.
    #[error("Clock::Tsc: this architecture has no tick counter that ringlog knows; using Clock::System")]
    TscMissing,
    /// The CPU does not promise that its counter runs at one rate.
    #[error("Clock::Tsc: the CPU's time-stamp counter is not invariant; using Clock::System")]
    TscNotInvariant,
    /// The kernel found that the counters of the cores differ, or it cannot rely on the hypervisor for them.
    #[error("Clock::Tsc: the kernel holds the time-stamp counter for unstable; using Clock::System")]
    TscUnstable,
}

/// What befell a clock while it ran. Records stay in order; their times may be off as told.
///
/// ```
/// use ringlog::ClockEvent;
/// use std::time::Duration;
///
/// let event = ClockEvent::Stepped { by: Duration::from_secs(2), forward: false };
/// assert_eq!(event.to_string(), "the system clock was set back by 2s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockEvent {
    /// The wall clock was set, or the machine slept. Set forward, times follow at once. Set back, they run at
    /// half speed until the wall clock has caught up (`Tsc`, `Coarse`), or stand still (`System`).
    #[error("the system clock was set {} by {by:?}", if *.forward { "forward" } else { "back" })]
    Stepped {
        /// By how much.
        by: Duration,
        /// Whether ahead in time.
        forward: bool,
    },
    /// The CPU's counter began anew or jumped, as when a virtual machine is moved. Times go on from the wall
    /// clock.
    #[error("the CPU's time-stamp counter was reset")]
    CounterReset,
}

#[cfg(test)]
mod tests;
