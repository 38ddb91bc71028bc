//! A record on the worker: from its words to the bytes of each layout, and what the worker says in a record's place.

use super::{BATCH_BYTES, Worker};
use crate::account::Account;
use crate::batch::{Buffer, Content};
use crate::callsite::{Place, Statement};
use crate::encode::Reader;
use crate::error::Event;
use crate::layout::Writer as LayoutWriter;
use crate::level::Level;
use crate::logger::Plan;
use crate::record::{Record, ThreadInfo};
use crate::scheduler::notice;
use crate::scheduler::task::{Head, Origin};
use crate::sync::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What of a worker is written to when a record is printed.
pub(super) struct Press<'w> {
    pub(super) layouts: &'w mut [Box<dyn LayoutWriter>],
    pub(super) content: &'w mut Content,
    pub(super) serial: u64,
    pub(super) formatting: &'w mut Option<(usize, usize)>,
}

impl Press<'_> {
    /// Prints a record of the ring at a place for each layout that wants it: how long the longest of their buffers is now.
    #[inline(always)]
    pub(super) fn print(
        &mut self,
        place: usize,
        record: &Record<'_>,
        plan: &Plan,
        (cover, account, position): (&mut (u64, usize), &Arc<Account>, u64),
    ) -> usize {
        if cover.0 != self.serial {
            *cover = (self.serial, self.content.cover(account, position - 1));
        }
        let mut longest = 0;
        for (done, &layout) in plan.layouts.iter().enumerate() {
            *self.formatting = Some((place, done));
            let len = write(&mut *self.layouts[layout], record, self.content.buffer(layout), plan);
            longest = longest.max(len);
        }
        self.content.count(cover.1, position, plan.route);
        longest
    }
}

impl Worker {
    /// Formats the record that was seen at the head of a ring for each layout that wants it; whether the content is large
    /// enough to be sent off.
    pub(super) fn format(&mut self, place: usize) -> bool {
        // SAFETY: the caller has seen a record by `next_until`.
        let (head, origin) = unsafe { self.tasks[place].take() };
        match head {
            Head::Record { statement, logger, arguments, stamp } => {
                let Some(destination) = self.loggers.get(usize::from(logger)) else { return false };
                let plan = &destination.plans[statement.callsite.place().level as usize];
                origin.last_nanos = self.clock.unix_nanos(stamp).max(origin.last_nanos);
                let words;
                let (printed, arguments) =
                    if self.killer.is_some_and(|killer| std::ptr::eq(killer, statement)) {
                        words = notice::text(&killed_text(statement.callsite.place()));
                        (&notice::PANICKED, Reader::new(&words))
                    } else {
                        (statement, arguments)
                    };
                let record = Record {
                    statement: printed,
                    arguments,
                    unix_nanos: origin.last_nanos,
                    thread: &origin.thread,
                    logger: &destination.name,
                    context: origin.context.as_deref(),
                    sequence: origin.sequence(),
                };
                let mut press = Press {
                    layouts: &mut self.layouts,
                    content: &mut self.content,
                    serial: self.serial,
                    formatting: &mut self.formatting,
                };
                let cover = (&mut origin.cover, &origin.account, origin.position);
                let longest = press.print(place, &record, plan, cover);
                self.formatting = None;
                longest >= BATCH_BYTES
            }
            Head::Gap { dropped, first, last } => {
                let (first, last) = (self.clock.unix_nanos(first), self.clock.unix_nanos(last));
                let (text, nanos, thread) = told_gap(dropped, first, last, origin);
                self.print_notice(&notice::DROPPED, &text, nanos, &thread);
                self.content.len() >= BATCH_BYTES
            }
            Head::Nothing => false,
        }
    }

    /// Goes past a record whose formatting panicked, or `killed` the thread: takes back what it has printed, and says so
    /// instead.
    pub(super) fn recover(&mut self, killed: bool) {
        let Some((place, done)) = self.formatting.take() else { return };
        // SAFETY: it was taken by `format`, whose caller did not come to `advance`.
        let taken = unsafe { self.tasks[place].take_again() };
        let (Head::Record { statement, logger, arguments, .. }, origin) = taken else { return };
        let site = *statement.callsite.place();
        let destination = &self.loggers[usize::from(logger)];
        let plan = &destination.plans[site.level as usize];
        self.content.count(origin.cover.1, origin.position, plan.route);
        let record = Record {
            statement,
            arguments,
            unix_nanos: origin.last_nanos,
            thread: &origin.thread,
            logger: &destination.name,
            context: origin.context.as_deref(),
            sequence: origin.sequence(),
        };
        for &layout in plan.layouts.iter().skip(done) {
            self.content.buffer(layout).take_back();
        }
        if killed {
            self.killer = Some(statement);
        }
        let told = if killed { killed_text(&site) } else { panicked_text(&site) };
        let words = notice::text(&told);
        let instead = Record { statement: &notice::PANICKED, arguments: Reader::new(&words), ..record };
        for (place, &layout) in plan.layouts.iter().enumerate().skip(done) {
            // It may have been this layout alone that panicked.
            if killed
                || place == done
                || !try_write(&mut self.layouts, &record, &mut self.content, layout, plan)
            {
                try_write(&mut self.layouts, &instead, &mut self.content, layout, plan);
            }
        }
        self.handle.counts.fail();
        if !killed {
            (self.handler)(&Event::FormatPanicked { place: site });
        }
        self.tasks[place].advance();
    }

    /// Prints what the worker itself has to say to the sinks of the default logger.
    pub(super) fn print_notice(
        &mut self,
        statement: &'static Statement,
        text: &str,
        unix_nanos: u64,
        thread: &ThreadInfo,
    ) {
        let Some(destination) = self.loggers.first() else { return };
        let plan = &destination.plans[Level::Warn as usize];
        let words = notice::text(text);
        let arguments = Reader::new(&words);
        let logger = &destination.name;
        let record = Record { statement, arguments, unix_nanos, thread, logger, context: None, sequence: 0 };
        for &layout in &plan.layouts {
            try_write(&mut self.layouts, &record, &mut self.content, layout, plan);
        }
        self.content.join(plan.route);
    }

    /// Tells of drops after which their threads have not logged again.
    pub(super) fn tell_untold_gaps(&mut self) {
        for place in 0..self.tasks.len() {
            let Some((Head::Gap { dropped, first, last }, origin)) = self.tasks[place].take_untold_gap()
            else {
                continue;
            };
            let (first, last) = (self.clock.unix_nanos(first), self.clock.unix_nanos(last));
            let (text, nanos, thread) = told_gap(dropped, first, last, origin);
            self.print_notice(&notice::DROPPED, &text, nanos, &thread);
        }
    }
}

/// Appends a record in one layout: how long the layout's buffer is now.
#[inline]
fn write(layouter: &mut dyn LayoutWriter, record: &Record<'_>, buffer: &mut Buffer, plan: &Plan) -> usize {
    if layouter.write(record, &mut buffer.bytes).is_err() {
        buffer.bytes.extend_from_slice(b" <formatting failed>\n");
    }
    buffer.end_record(plan.route);
    buffer.bytes.len()
}

/// As [`write()`], where a panic of the value's or of the layout is to do no harm: whether there was none.
pub(super) fn try_write(
    layouts: &mut [Box<dyn LayoutWriter>],
    record: &Record<'_>,
    content: &mut Content,
    layout: usize,
    plan: &Plan,
) -> bool {
    let is_written =
        catch_unwind(AssertUnwindSafe(|| write(&mut *layouts[layout], record, content.buffer(layout), plan)))
            .is_ok();
    if !is_written {
        content.buffer(layout).take_back();
    }
    is_written
}

pub(super) fn panicked_text(site: &Place) -> String {
    format!("a value logged at {}:{} panicked while it was formatted", site.file, site.line)
}

pub(super) fn killed_text(site: &Place) -> String {
    format!("a value logged at {}:{} ended the process while it was formatted", site.file, site.line)
}

/// What is said of records that were dropped between two times, when, and of which thread.
fn told_gap(dropped: u64, first: u64, last: u64, origin: &mut Origin) -> (String, u64, Arc<ThreadInfo>) {
    origin.last_nanos = first.max(origin.last_nanos);
    let thread = Arc::clone(&origin.thread);
    let name = if thread.name.is_empty() { thread.id.to_string() } else { thread.name.clone() };
    let (first, last) = (crate::layout::rfc3339(first), crate::layout::rfc3339(last));
    let text = format!("dropped {dropped} records of thread {name} between {first} and {last}: ring full");
    (text, origin.last_nanos, thread)
}
