//! Where the thread that serves a sink leaves its work while it is within a call of the sink's, which may never return.
//!
//! ```text
//!   server                               a worker that waits for it
//!   ──────                               ──────────────────────────
//!   desk.leave(work);
//!   sink.write(…)      ← hangs           desk.take_over(limit) → work, for a new server
//!   desk.come_back() → None: another serves by now
//! ```
//!
//! The lock decides who has the work, and each piece of work has a number: a server that comes back late must not take
//! what its successor has left meanwhile. `since` is a hint that spares the watchers the lock.

use crate::sync::{AtomicU64, Mutex, Ordering, lock};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A server's work, while it is away.
#[derive(Debug)]
pub(super) struct Desk<W> {
    left: Mutex<Left<W>>,
    /// When the server went away, in milliseconds of [`now`]; 0 while it is not.
    since: AtomicU64,
}

#[derive(Debug)]
struct Left<W> {
    work: Option<W>,
    /// How often work was left here.
    number: u64,
}

/// Which work was left: whoever left it may take it up again.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(super) struct Ticket(u64);

/// Milliseconds since the first call, and one: never 0.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_millis() as u64 + 1
}

impl<W> Desk<W> {
    pub(super) fn new() -> Self {
        Self { left: Mutex::new(Left { work: None, number: 0 }), since: AtomicU64::new(0) }
    }

    /// Leaves the work before a call that may not return.
    pub(super) fn leave(&self, work: W) -> Ticket {
        let mut left = lock(&self.left);
        left.work = Some(work);
        left.number += 1;
        // ORDERING: relaxed, a hint; `take_over` looks under the lock.
        self.since.store(now(), Ordering::Relaxed);
        Ticket(left.number)
    }

    /// Takes the work up again, unless another has taken it over.
    pub(super) fn come_back(&self, ticket: Ticket) -> Option<W> {
        let mut left = lock(&self.left);
        if left.number != ticket.0 {
            return None;
        }
        let work = left.work.take();
        if work.is_some() {
            // ORDERING: relaxed, a hint.
            self.since.store(0, Ordering::Relaxed);
        }
        work
    }

    /// Takes over the work of a server that has been away for longer than `limit`. One load while it is there.
    pub(super) fn take_over(&self, limit: Duration) -> Option<W> {
        // ORDERING: relaxed, a hint: at worst the server is looked for in vain, or a little later.
        let since = self.since.load(Ordering::Relaxed);
        if since == 0 || u128::from(now().saturating_sub(since)) <= limit.as_millis() {
            return None;
        }
        let mut left = lock(&self.left);
        // It may have come back and gone again.
        // ORDERING: relaxed, as above.
        if self.since.load(Ordering::Relaxed) != since {
            return None;
        }
        // ORDERING: relaxed, as above.
        self.since.store(0, Ordering::Relaxed);
        left.work.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_belongs_to_one_server_at_a_time() {
        let desk = Desk::new();
        assert_eq!(desk.take_over(Duration::ZERO), None::<u8>);
        let first = desk.leave(1);
        assert_eq!(desk.take_over(Duration::from_secs(3600)), None, "not away for so long");
        assert_eq!(desk.come_back(first), Some(1));
        let second = desk.leave(2);
        std::thread::sleep(Duration::from_millis(3));
        assert_eq!(desk.take_over(Duration::from_millis(1)), Some(2));
        assert_eq!(desk.come_back(second), None, "another serves");
        let third = desk.leave(3);
        assert_eq!(desk.come_back(second), None, "what its successor has left is not its own");
        assert_eq!(desk.come_back(third), Some(3));
    }

    #[test]
    fn threads_that_race_for_the_work_get_it_once() {
        for _ in 0..200 {
            let desk = Desk::new();
            let ticket = desk.leave(());
            std::thread::sleep(Duration::from_micros(2_100));
            let got: usize = std::thread::scope(|scope| {
                let takers = [
                    scope.spawn(|| desk.come_back(ticket).is_some()),
                    scope.spawn(|| desk.take_over(Duration::ZERO).is_some()),
                    scope.spawn(|| desk.take_over(Duration::ZERO).is_some()),
                ];
                takers.into_iter().map(|taker| usize::from(taker.join().unwrap())).sum()
            });
            assert_eq!(got, 1);
        }
    }
}
