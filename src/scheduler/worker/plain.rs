//! Plain records on the worker: the way that nearly all of them go.

use super::format::Press;
use super::{BATCH_BYTES, Worker};
use crate::record::{Kind, Record};
use crate::scheduler::merge::Turn;

/// Why no further plain record was formatted.
pub(super) enum Stop {
    /// The turn is over.
    TurnOver,
    /// The content is large enough to be sent off.
    Full,
    /// The next record is no plain one. It names this logger.
    NotPlain(u16),
}

impl Worker {
    /// Formats one ring's records until another ring's are older, as long as they are plain: log records that lie in the
    /// ring, of loggers that are known and keep no backtrace.
    pub(super) fn format_plain(&mut self, turn: Turn) -> Stop {
        let Self { tasks, loggers, clock, killer, .. } = self;
        let mut press = Press {
            layouts: &mut self.layouts,
            content: &mut self.content,
            serial: self.serial,
            formatting: &mut self.formatting,
        };
        let clock = clock.as_reader();
        let mut records = tasks[turn.task].plain();
        let mut known = None;
        let stop = loop {
            let Some(header) = records.next_until(turn.until) else { break Stop::TurnOver };
            let destination = match known {
                Some((way, destination)) if way == header.way() => destination,
                _ => match loggers.get(usize::from(header.logger())) {
                    Some(destination)
                        if header.kind() == Kind::Inline
                            && destination.backtrace.is_none()
                            && killer.is_none() =>
                    {
                        known = Some((header.way(), destination));
                        destination
                    }
                    _ => break Stop::NotPlain(header.logger()),
                },
            };
            // SAFETY: it was seen right now, and is of this kind.
            let (taken, origin) = unsafe { records.take() };
            let plan = &destination.plans[taken.statement.callsite.place().level as usize];
            origin.last_nanos = clock.unix_nanos(taken.stamp).max(origin.last_nanos);
            let record = Record {
                statement: taken.statement,
                arguments: taken.arguments,
                unix_nanos: origin.last_nanos,
                thread: &origin.thread,
                logger: &destination.name,
                context: origin.context.as_deref(),
                sequence: origin.sequence(),
            };
            let cover = (&mut origin.cover, &origin.account, origin.position);
            let longest = press.print(turn.task, &record, plan, cover);
            records.advance();
            if longest >= BATCH_BYTES {
                break Stop::Full;
            }
        };
        *press.formatting = None;
        stop
    }
}
