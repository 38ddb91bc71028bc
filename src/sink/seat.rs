//! A sink between the calls of it: in its place, or lost in one that has not returned.

use super::Sink;
use crate::sync::{Arc, Mutex, lock};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a call that was given up came to, when it has returned after all.
pub(super) struct Returned {
    sink: Box<dyn Sink>,
    result: io::Result<()>,
}

/// A sink's place.
pub(super) struct Seat {
    pub(super) name: Arc<str>,
    sink: Option<Box<dyn Sink>>,
    /// Where a lost sink is left when it comes back.
    returned: Arc<Mutex<Option<Returned>>>,
    can_sync: bool,
    /// Whether anything was written since the last sync.
    is_dirty: bool,
}

/// A sink that is about to be called.
pub(super) struct Call {
    sink: Box<dyn Sink>,
    returned: Arc<Mutex<Option<Returned>>>,
}

impl Seat {
    pub(super) fn new(sink: Box<dyn Sink>) -> Self {
        let (name, can_sync) = (sink.name().into(), sink.can_sync());
        Self { name, sink: Some(sink), returned: Arc::default(), can_sync, is_dirty: false }
    }

    /// Takes the sink out for a call. `None` while it is lost in an earlier one.
    pub(super) fn take(&mut self) -> Option<Call> {
        self.welcome_back();
        Some(Call { sink: self.sink.take()?, returned: Arc::clone(&self.returned) })
    }

    /// Puts the sink back after a call.
    pub(super) fn put_back(&mut self, call: Call) {
        self.sink = Some(call.sink);
    }

    /// Takes in a lost sink that has come back: what its last call came to.
    pub(super) fn welcome_back(&mut self) -> Option<io::Result<()>> {
        let returned = lock(&self.returned).take()?;
        self.sink = Some(returned.sink);
        Some(returned.result)
    }

    pub(super) fn can_sync(&self) -> bool {
        self.can_sync
    }

    /// Says that something was written, if that is of any consequence.
    pub(super) fn note_written(&mut self) {
        self.is_dirty = self.can_sync;
    }

    /// Whether there is anything to sync. What a sync has failed on is not tried again: it counts as gone.
    pub(super) fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.is_dirty)
    }
}

impl Call {
    /// Calls the sink; a panic is an error.
    pub(super) fn make(&mut self, call: &mut dyn FnMut(&mut dyn Sink) -> io::Result<()>) -> io::Result<()> {
        catch_unwind(AssertUnwindSafe(|| call(&mut *self.sink)))
            .unwrap_or_else(|_| Err(io::Error::other("the sink panicked")))
    }

    /// Leaves the sink for the server that has taken over.
    pub(super) fn leave(self, result: io::Result<()>) {
        *lock(&self.returned) = Some(Returned { sink: self.sink, result });
    }
}
