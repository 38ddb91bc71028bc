//! Group commit: what a sink has written and not synced, and who waits for that.

use crate::batch::SinkId;
use crate::completion::{CompletionCell, SinkFailure};
use crate::protocol::flush_cell::FlushCell;
use crate::protocol::lanes::Stage;

/// What one sink has written since its last sync.
#[derive(Debug)]
pub(super) struct Commits {
    sink: SinkId,
    can_sync: bool,
    unsynced: Vec<Unsynced>,
}

/// What was written and not synced, of one cell.
#[derive(Clone, Copy, Debug)]
struct Unsynced {
    cell: &'static CompletionCell,
    /// Up to this position.
    written: u64,
    /// The position that someone waited for when a wait was first seen: the sync comes when it is written, not
    /// before, which would serve nobody, and not for one who came later.
    goal: Option<u64>,
}

impl Commits {
    /// Of a sink that cannot sync, records are durable when they are written.
    pub(super) fn new(sink: SinkId, can_sync: bool) -> Self {
        Self { sink, can_sync, unsynced: Vec::new() }
    }

    /// Counts a cell as written up to a position. Whoever waits is to be notified afterwards.
    pub(super) fn note_written(&mut self, cell: &'static CompletionCell, position: u64) {
        cell.flush().publish(self.sink, Stage::Written, position);
        if !self.can_sync {
            cell.flush().publish(self.sink, Stage::Durable, position);
            return;
        }
        match self.unsynced.iter_mut().find(|known| std::ptr::eq(known.cell, cell)) {
            Some(known) => known.written = position,
            None => self.unsynced.push(Unsynced { cell, written: position, goal: None }),
        }
    }

    /// Whether anyone waits for stable storage of what is written by now.
    pub(super) fn is_sync_wanted(&mut self) -> bool {
        let mut wanted = false;
        for unsynced in &mut self.unsynced {
            let cell = unsynced.cell.flush();
            if unsynced.goal.is_none() {
                let position = cell.durable_wanted(self.sink);
                unsynced.goal = (position > cell.watermark(self.sink, Stage::Durable)).then_some(position);
            }
            wanted |= unsynced.goal.is_some_and(|goal| goal <= unsynced.written);
        }
        wanted
    }

    /// Whether anyone waits for stable storage of a record that is still on its way.
    pub(super) fn is_one_awaited(&self) -> bool {
        self.unsynced.iter().any(|unsynced| unsynced.goal.is_some())
    }

    /// Tells all who wait what a sync came to.
    pub(super) fn settle(&mut self, failure: Option<&SinkFailure>) {
        let sink = self.sink;
        for &Unsynced { cell, written, .. } in &self.unsynced {
            let cell = cell.flush();
            if let Some(failure) = failure {
                let durable = cell.watermark(sink, Stage::Durable);
                cell.fail(sink, Stage::Durable, durable, written, failure.clone());
            }
            cell.publish(sink, Stage::Durable, written);
        }
        let settled = std::mem::take(&mut self.unsynced);
        FlushCell::notify_all(settled.iter().map(|unsynced| unsynced.cell.flush()));
        self.unsynced = settled;
        self.unsynced.clear();
    }
}
