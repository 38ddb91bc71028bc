//! The end of a runtime.
//!
//! Shutdown, in this order:
//!
//! 1. The registry closes: no new rings; producers that wait for room give up, and are counted.
//! 2. Each worker is told to stop. It drains what its rings hold, sends its last batches, and stops each sink.
//! 3. Each sink works off its queues, syncs, and ends.
//! 4. The threads are joined; those whose sinks were given up are waited for a moment. When the deadline comes first, workers wait for no sink any more, and threads
//!    that still hang (in a sink that never returns) are left behind and named.
//! 5. Every flush cell is closed: what still waits gets an error.

use super::{Core, Running};
use crate::scheduler::Command;
use crate::sink::shared::Shared;
use crate::stats::{ProducerStats, Stats};
use crate::sync::{Arc, Ordering, lock};
use crate::sys::nap;
use std::time::{Duration, Instant};

/// How long [`Runtime::shutdown`](crate::Runtime::shutdown) waits for the sinks.
pub(crate) const SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);

/// How long a shutdown waits for threads that nothing depends on any more, before it names them as left behind.
const GRACE: Duration = Duration::from_millis(100);

/// What a shutdown leaves: all counts, and the threads that did not end in time.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// info!(logger: runtime, "order {} accepted", 7);
/// let report = runtime.shutdown()?;
/// assert_eq!(report.total.attempted, report.total.written);
/// assert_eq!(&*report.stats.sinks[0].name, "null");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The counts of all producers: nothing is in flight any more.
    pub total: ProducerStats,
    /// All counts, one by one.
    pub stats: Stats,
}

/// Why a shutdown was not clean.
///
/// ```
/// use ringlog::{Builder, ShutdownError, info, sink};
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (peer, answer) = mpsc::channel::<()>();
/// let hangs = sink::Callback::new(move |_| {
///     let _ = answer.recv();
/// });
/// let runtime = Builder::new().sink(hangs).start()?;
/// info!(logger: runtime, "to a peer that does not answer");
/// match runtime.shutdown_timeout(Duration::from_millis(10)) {
///     Err(ShutdownError::TimedOut { threads, report }) => {
///         assert_eq!(threads.len(), 1);
///         assert_eq!(report.total.written, 0);
///     }
///     other => panic!("{other:?}"),
/// }
/// # drop(peer);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The deadline passed while some threads still ran: sinks that hang, or are too slow.
    #[error("shutdown timed out: still running are {}", threads.join(", "))]
    TimedOut {
        /// Their names.
        threads: Vec<String>,
        /// The counts when the deadline passed. What was in flight then counts as dropped.
        report: Box<Report>,
    },
    /// A thread of the runtime cannot wait for its own end.
    #[error("shutdown was called on a worker's or a sink's own thread")]
    WouldDeadlock,
    /// The runtime is that of the parent process: this one was forked from it.
    #[error("the runtime is the parent process's, which this one was forked from")]
    Forked,
    /// There is no global runtime.
    #[error("no runtime was initialised")]
    NotInitialized,
}

impl Core {
    pub(super) fn shutdown(&self, limit: Duration) -> Result<Report, ShutdownError> {
        if self.registry.is_left_behind() {
            return Err(ShutdownError::Forked);
        }
        if crate::completion::is_backend_thread() {
            return Err(ShutdownError::WouldDeadlock);
        }
        // One shutdown at a time; the others get what it came to.
        let mut threads = lock(&self.threads);
        if let Some(outcome) = &*lock(&self.outcome) {
            return outcome.clone();
        }
        // A limit beyond the clock's end is none.
        let deadline = Instant::now().checked_add(limit);
        {
            // Under the lock, so that no logger is half made.
            let _topology = lock(&self.topology);
            self.registry.close();
        }
        for worker in &self.workers {
            worker.send(Command::Stop);
        }
        let sinks = lock(&self.topology).sinks.clone();
        let mut workers = std::mem::take(&mut *threads);
        if !join(&mut workers, &sinks, deadline) {
            // ORDERING: release, pairs with the acquire of a worker that waits for a sink.
            self.signals.abandon.store(true, Ordering::Release);
            sinks.iter().for_each(|sink| sink.abandon());
            join(&mut workers, &sinks, Instant::now().checked_add(GRACE));
        }
        // A thread whose sink was given up may be on its way back.
        let grace = Instant::now().checked_add(GRACE.min(limit));
        wait_until(grace, || sinks.iter().all(|sink| sink.is_finished()));
        for worker in &self.workers {
            // Rings that came too late are dropped here, and their threads find the registry closed.
            drop(worker.intake.close());
        }
        let names = || sinks.iter().map(|sink| (sink.id, sink.name.to_string()));
        for account in self.registry.accounts() {
            crate::cells::abandon(account.cell, names());
        }
        crate::cells::abandon(self.flushes, names());
        *lock(&self.outcome) = Some(Ok(Report::default()));
        let stats = self.stats();
        let report = Report { total: stats.total(), stats };
        let hanging = sinks.iter().filter(|sink| !sink.is_finished()).map(|sink| sink.thread_name());
        let threads: Vec<String> = workers.into_iter().map(|worker| worker.name).chain(hanging).collect();
        let outcome = if threads.is_empty() {
            Ok(report)
        } else {
            Err(ShutdownError::TimedOut { threads, report: Box::new(report) })
        };
        *lock(&self.outcome) = Some(outcome.clone());
        outcome
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        // Nobody is left to be told; what went wrong with the sinks was told to the handler. A sink that hangs
        // may still come back to the cell, which then is handed on to nobody.
        if self.shutdown(SHUTDOWN_LIMIT).is_ok() {
            crate::cells::release(self.flushes, self.first_ticket + self.signals.tickets.latest());
        }
    }
}

/// Waits for workers and sinks to end, until a deadline; whether all that still had something to do have. Workers that
/// have ended are taken out.
fn join(workers: &mut Vec<Running>, sinks: &[Arc<Shared>], deadline: Option<Instant>) -> bool {
    wait_until(deadline, || {
        // They catch the panics of what they call: there is none to pass on.
        workers.retain(|worker| !worker.handle.is_finished());
        workers.is_empty() && sinks.iter().all(|sink| sink.is_served_to_the_end())
    })
}

/// Waits until something is so, or a deadline has passed: whether it is so.
fn wait_until(deadline: Option<Instant>, mut is_so: impl FnMut() -> bool) -> bool {
    loop {
        if is_so() {
            return true;
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return false;
        }
        nap(Duration::from_micros(50));
    }
}
