//! The pool of flush cells.
//!
//! Completions point to cells and may outlive ring and runtime, so a cell is never freed: it is handed on, and its
//! positions go on. There are as many as rings lived at once.

use crate::bells::Bells;
use crate::completion::{CompletionCell, MAX_POSITION, SinkFailure};
use crate::protocol::lanes::{SinkId, Stage};
use crate::sync::{Arc, Mutex, lock};
use std::any::Any;
use std::io;

static FREE: Mutex<Vec<&'static CompletionCell>> = Mutex::new(Vec::new());

/// Keeps the free ones as they are.
pub(crate) fn hold() -> Box<dyn Any> {
    Box::new(lock(&FREE))
}

/// A cell of which everything up to its floor is settled, and nothing beyond is in use. Who waits rings `bells`.
pub(crate) fn acquire(bells: Arc<Bells>) -> &'static CompletionCell {
    let free = lock(&FREE).pop();
    let cell = free.unwrap_or_else(CompletionCell::leak);
    cell.attach(Some(bells));
    cell
}

/// Gives a cell back, when no record of its ring, up to and with `position`, is to come any more.
pub(crate) fn release(cell: &'static CompletionCell, position: u64) {
    cell.flush().close(position);
    cell.flush().reopen(position);
    cell.attach(None);
    lock(&FREE).push(cell);
}

/// Settles what the runtime leaves behind: what its sinks have not written by now never will be, nor what a thread
/// still puts into a ring that nobody drains.
pub(crate) fn abandon(cell: &CompletionCell, sinks: impl Iterator<Item = (SinkId, String)>) {
    let error = io::Error::other("the logger shut down before the record was written");
    for (sink, name) in sinks {
        let written = cell.flush().watermark(sink, Stage::Written);
        cell.flush().fail(sink, Stage::Written, written, MAX_POSITION, SinkFailure::new(&name, &error));
    }
    cell.flush().close(MAX_POSITION);
}
