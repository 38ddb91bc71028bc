//! A ring's flush cell as the library uses it: with the errors of sinks, the routes of loggers, and a way to wake
//! those who complete it.

use super::{SinkFailure, Target};
use crate::protocol::flush_cell::FlushCell;
use crate::protocol::lanes::{SinkId, Stage};
use crate::protocol::want::Route;
use crate::sync::{Arc, AtomicU32, Mutex, Ordering, RwLock, lock};
use std::any::Any;
use std::fmt;
use std::sync::PoisonError;

static ROUTES: Mutex<Vec<&'static Route>> = Mutex::new(Vec::new());

/// Which process this is: counted up in a child of `fork`.
static PROCESS: AtomicU32 = AtomicU32::new(0);

fn process() -> u32 {
    // ORDERING: relaxed, written while there is one thread alone.
    PROCESS.load(Ordering::Relaxed)
}

/// Says that this is a child of `fork`: the cells that are in use belong to rings of the parent.
pub(crate) fn enter_new_process() {
    // ORDERING: relaxed, as above.
    PROCESS.store(process().wrapping_add(1), Ordering::Relaxed);
    // A copy of one of the logger's own threads is none.
    super::blocking::unmark_backend_thread();
}

/// Keeps the routes as they are.
pub(crate) fn hold() -> Box<dyn Any> {
    Box::new(lock(&ROUTES))
}

/// The one route with these sinks. Allocates and locks the first time that a set of sinks is asked for; meant for
/// where loggers are built.
pub(crate) fn route(sinks: &[SinkId]) -> &'static Route {
    let mut sinks = sinks.to_vec();
    sinks.sort_unstable();
    sinks.dedup();
    let mut routes = lock(&ROUTES);
    if let Some(known) = routes.iter().find(|known| known.sinks() == sinks) {
        return known;
    }
    let new: &'static Route = Box::leak(Box::new(Route::new(sinks.leak())));
    routes.push(new);
    new
}

/// What completions get as the route of records that a backtrace keeps: it has no sinks, so there is nothing to wait for.
pub(crate) fn kept_route() -> &'static Route {
    static KEPT: Route = Route::new(&[]);
    &KEPT
}

/// Who is behind a cell, and may be asleep.
pub(crate) trait Backend: Send + Sync {
    /// Someone is about to wait for a record that may still be in its ring: rings the workers.
    fn waiter_came(&self);
    /// Someone is about to wait until a sink has synced what it has written: rings it.
    fn sync_wanted(&self, sink: SinkId);
}

/// A flush cell and the way to those who complete it. Leaked once for each ring, and used again with it.
pub(crate) struct CompletionCell {
    flush: FlushCell<SinkFailure>,
    backend: RwLock<Option<Arc<dyn Backend>>>,
    /// The process that uses the cell.
    process: AtomicU32,
}

impl CompletionCell {
    /// A new cell, for the life of the process.
    pub(crate) fn leak() -> &'static Self {
        Box::leak(Box::new(Self {
            flush: FlushCell::new(),
            backend: RwLock::new(None),
            process: AtomicU32::new(process()),
        }))
    }

    /// The cell itself.
    #[inline]
    pub(crate) fn flush(&self) -> &FlushCell<SinkFailure> {
        &self.flush
    }

    /// Names those whom a waiter wakes, from now on.
    pub(crate) fn attach(&self, backend: Option<Arc<dyn Backend>>) {
        *self.backend.write().unwrap_or_else(PoisonError::into_inner) = backend;
        // ORDERING: relaxed, whoever gets a completion of the cell comes after this.
        self.process.store(process(), Ordering::Relaxed);
    }

    /// Whether the cell belongs to the parent of this process: nobody will ever complete anything here.
    #[inline]
    pub(super) fn is_left_behind(&self) -> bool {
        // ORDERING: relaxed, as in `attach`.
        self.process.load(Ordering::Relaxed) != process()
    }

    pub(super) fn waiter_came(&self, target: &Target) {
        let backend = self.backend.read().unwrap_or_else(PoisonError::into_inner).clone();
        if target.want().stage() == Stage::Durable {
            for &sink in target.route.sinks() {
                let is_written = self.flush.want_durable(sink, target.position());
                if let Some(backend) = backend.as_ref().filter(|_| is_written) {
                    backend.sync_wanted(sink);
                }
            }
        }
        if let Some(backend) = backend {
            backend.waiter_came();
        }
    }
}

impl fmt::Debug for CompletionCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompletionCell").field("flush", &self.flush).finish_non_exhaustive()
    }
}
