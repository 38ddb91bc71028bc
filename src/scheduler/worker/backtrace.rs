//! Backtrace mode on the worker: a record is kept, or written with what was kept before it.

use super::format::{panicked_text, try_write};
use super::{BATCH_BYTES, Worker};
use crate::backtrace::Backtrace;
use crate::encode::Reader;
use crate::error::Event;
use crate::record::Record;
use crate::scheduler::notice;

impl Worker {
    /// Deals with the record at the head of a ring whose logger has a backtrace; whether the content is large enough to be
    /// sent off.
    pub(super) fn format_or_keep(&mut self, place: usize, logger: u16, backtrace: Backtrace) -> bool {
        let Self { tasks, clock, .. } = self;
        match tasks[place].next_level() {
            Some(level) if level >= backtrace.trigger => self.write_kept(place, logger),
            Some(level) if backtrace.keeps(level) => {
                tasks[place].keep(logger, backtrace.records, |stamp| clock.unix_nanos(stamp));
                return false;
            }
            _ => {}
        }
        self.format(place)
    }

    /// Formats what was kept of a ring's thread and a logger.
    ///
    /// It is covered at the position of the last record that was taken: all up to there is dealt with, and the record that
    /// is to follow is not.
    fn write_kept(&mut self, place: usize, logger: u16) {
        for kept in self.tasks[place].take_kept(logger) {
            let Self { tasks, loggers, layouts, content, .. } = self;
            let origin = &mut tasks[place].origin;
            let Some(destination) = loggers.get(usize::from(logger)) else { return };
            let statement = kept.statement();
            let site = *statement.callsite.place();
            let plan = &destination.plans[site.level as usize];
            if origin.cover.0 != self.serial {
                origin.cover = (self.serial, content.cover(&origin.account, origin.position));
            }
            let record = Record {
                statement,
                arguments: kept.arguments(),
                unix_nanos: kept.unix_nanos,
                thread: &origin.thread,
                logger: &destination.name,
                context: kept.context.as_deref(),
                sequence: kept.sequence,
            };
            let mut is_whole = true;
            for &layout in &plan.layouts {
                if !try_write(layouts, &record, content, layout, plan) {
                    is_whole = false;
                    let words = notice::text(&panicked_text(&site));
                    let instead =
                        Record { statement: &notice::PANICKED, arguments: Reader::new(&words), ..record };
                    try_write(layouts, &instead, content, layout, plan);
                }
            }
            content.count(origin.cover.1, origin.position, plan.route);
            if !is_whole {
                self.handle.counts.fail();
                (self.handler)(&Event::FormatPanicked { place: site });
            }
            if self.content.len() >= BATCH_BYTES {
                self.dispatch();
            }
        }
    }
}
