//! The doorbells of a runtime: whom a waiter wakes.

use crate::completion::Backend;
use crate::protocol::lanes::SinkId;
use crate::protocol::wake::Doorbell;
use crate::sync::{Arc, PoisonError, RwLock};

/// The doorbells of all workers and sinks.
#[derive(Debug)]
pub(crate) struct Bells {
    pub(crate) workers: Box<[Arc<Doorbell>]>,
    /// By sink id. Locked by those who wait, and where a sink is added.
    sinks: RwLock<Vec<Arc<Doorbell>>>,
}

impl Bells {
    pub(crate) fn new(workers: Box<[Arc<Doorbell>]>) -> Self {
        Self { workers, sinks: RwLock::default() }
    }

    /// Adds the doorbell of the next sink.
    pub(crate) fn add_sink(&self, doorbell: Arc<Doorbell>) {
        self.sinks.write().unwrap_or_else(PoisonError::into_inner).push(doorbell);
    }

    /// Wakes every worker that sleeps.
    pub(crate) fn ring_workers(&self) {
        for worker in &self.workers {
            worker.ring();
        }
    }
}

impl Backend for Bells {
    fn waiter_came(&self) {
        self.ring_workers();
    }

    fn sync_wanted(&self, sink: SinkId) {
        let sinks = self.sinks.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(doorbell) = sinks.get(sink as usize) {
            doorbell.ring();
        }
    }
}
