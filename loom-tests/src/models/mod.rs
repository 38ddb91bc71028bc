//! What the models have in common.

mod beacons;
mod countdown;
mod drops;
mod flush_cell;
mod flush_cell_ends;
mod group_commit;
mod handover;
mod intake;
mod seqlock;
mod tickets;
mod wake;
mod waker_slot;

use loom::sync::Arc as Watched;
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;
use std::task::Wake;

/// Runs every interleaving of `body` with at most `preemptions` forced switches, or every one at all.
fn model(preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.check(body);
}

/// Counts how often it was woken.
struct Count {
    woken: AtomicUsize,
    /// Loom reports a waker that leaks.
    _watched: Watched<()>,
}

impl Count {
    fn new() -> Arc<Self> {
        Arc::new(Self { woken: AtomicUsize::new(0), _watched: Watched::new(()) })
    }

    fn get(&self) -> usize {
        self.woken.load(Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Relaxed);
    }
}
