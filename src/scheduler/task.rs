//! A consumer task: one ring, as the worker that drains it sees it.

mod plain;

use super::kept::{Kept, KeptRecords};
use super::watch::{NO_LIMIT, Watch};
use crate::account::Account;
use crate::callsite::Statement;
use crate::context::Chain;
use crate::encode::Reader;
use crate::level::Level;
use crate::protocol::drops::Seen;
use crate::record::{FRAME_WORDS, HEADER_WORD, Header, Kind, ThreadInfo};
use crate::ring::RingConsumer;
use crate::sync::Arc;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Read words are given back to the producer in portions: this many words, or an eighth of a small ring.
/// Sooner would take the producer's cache line more often, later would let it wait longer.
const PORTION: usize = 512;

/// A ring on its way through a worker.
#[derive(Debug)]
pub(crate) struct Task {
    ring: RingConsumer,
    pub(crate) origin: Origin,
    /// How many drops were told of.
    told: u64,
    portion: usize,
    /// The header of the record that was taken last.
    taken: Header,
    kept: KeptRecords,
    watch: Watch,
    /// The position that a flush waits for.
    due: u64,
}

/// What a worker keeps of a ring, as of the last record that was taken.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) account: Arc<Account>,
    pub(crate) thread: Arc<ThreadInfo>,
    /// The context that the thread's records are in.
    pub(crate) context: Option<Arc<Chain>>,
    /// The position of the last record that was taken: drained, or dropped and told.
    pub(crate) position: u64,
    /// The position at which the thread has taken the ring over.
    taken_over: u64,
    /// The time printed last, so that a change of the clock's rate never prints backwards.
    pub(crate) last_nanos: u64,
    /// Which content covers the ring's records, and at which place.
    pub(crate) cover: (u64, usize),
}

impl Origin {
    /// The how-manieth of the thread the record is.
    #[inline(always)]
    pub(crate) fn sequence(&self) -> u64 {
        self.position - self.taken_over
    }
}

/// What stands at the head of a ring.
#[derive(Debug)]
pub(crate) enum Head<'t> {
    /// A log record.
    Record { statement: &'static Statement, logger: u16, arguments: Reader<'t>, stamp: u64 },
    /// So many records were dropped, between two stamps.
    Gap { dropped: u64, first: u64, last: u64 },
    /// Nothing to print.
    Nothing,
}

impl Task {
    pub(crate) fn new(ring: RingConsumer, account: Arc<Account>) -> Self {
        let portion = PORTION.min(ring.capacity() / 8).max(1);
        let origin = Origin {
            thread: account.thread(),
            context: None,
            position: account.base,
            taken_over: account.base,
            account,
            last_nanos: 0,
            cover: (0, 0),
        };
        Self {
            ring,
            origin,
            told: 0,
            portion,
            taken: Header::new(0, 0, Kind::Inline),
            kept: KeptRecords::default(),
            watch: Watch::default(),
            due: 0,
        }
    }

    /// Looks how much there is to read, in words.
    pub(crate) fn refresh(&mut self) -> usize {
        let words = self.ring.refresh();
        if words > 0 {
            self.origin.account.note_found(words + self.ring.read());
        }
        words
    }

    /// The stamp of the next record, and its logger.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(u64, u16)> {
        self.ring.peek().map(|record| (record[1], Header::from_word(record[HEADER_WORD]).logger()))
    }

    /// Takes the meaning out of the record that [`Plain::next_until`](plain::Plain::next_until) saw. It stays in place until
    /// [`advance`](Self::advance).
    ///
    /// # Safety
    ///
    /// `next_until` saw one, and there was no `advance` since.
    #[inline(always)]
    pub(crate) unsafe fn take(&mut self) -> (Head<'_>, &mut Origin) {
        let header = self.taken;
        // SAFETY: the caller says that `next_until` has peeked at it, and its header says how long it is.
        let record = unsafe { self.ring.seen(header.words()) };
        let head = match header.kind() {
            kind @ (Kind::Inline | Kind::Boxed) => {
                self.origin.position += 1;
                let arguments = if kind == Kind::Inline {
                    Reader::new(&record[FRAME_WORDS..])
                } else {
                    // SAFETY: the producer boxed frame and arguments, and wrote their address and length; they are freed in
                    // `advance`, which cannot be called while the result is borrowed.
                    Reader::new(unsafe { &(&*boxed(record))[FRAME_WORDS..] })
                };
                // SAFETY: a record of these kinds begins with the address of its statement.
                let statement =
                    unsafe { &*std::ptr::with_exposed_provenance::<Statement>(record[0] as usize) };
                Head::Record { statement, logger: header.logger(), arguments, stamp: record[1] }
            }
            Kind::Dropped => {
                let (first, total, last) = (record[1], record[FRAME_WORDS], record[FRAME_WORDS + 1]);
                gap(&mut self.told, &mut self.origin.position, total, first, last)
            }
            Kind::Thread => {
                // SAFETY: the producer wrote what `Arc::into_raw` gave it; `advance` does not look at it again.
                self.origin.thread = unsafe { thread_info(record) };
                self.origin.context = None;
                self.origin.taken_over = self.origin.position;
                // Nothing of the former owner's can come to be written any more.
                self.origin.account.discard(self.kept.clear());
                Head::Nothing
            }
            Kind::Context => {
                // SAFETY: as above.
                self.origin.context = unsafe { chain(record) };
                Head::Nothing
            }
        };
        (head, &mut self.origin)
    }

    /// Takes the record at the head once more: its formatting came to no end.
    ///
    /// # Safety
    ///
    /// As for [`take`](Self::take), which has taken it.
    pub(crate) unsafe fn take_again(&mut self) -> (Head<'_>, &mut Origin) {
        self.origin.position -= 1;
        // SAFETY: passed on.
        unsafe { self.take() }
    }

    /// The level of the next record, if that is a log record.
    pub(crate) fn next_level(&mut self) -> Option<Level> {
        let record = self.ring.peek()?;
        let is_logged = matches!(Header::from_word(record[HEADER_WORD]).kind(), Kind::Inline | Kind::Boxed);
        // SAFETY: a record of these kinds begins with the address of its statement.
        let statement = || unsafe { &*std::ptr::with_exposed_provenance::<Statement>(record[0] as usize) };
        is_logged.then(|| statement().callsite.place().level)
    }

    /// Takes the log record at the head to keep it, as one of at most `limit` of its logger.
    pub(crate) fn keep(&mut self, logger: u16, limit: usize, unix_nanos: impl FnOnce(u64) -> u64) {
        let Some(record) = self.ring.peek() else { return };
        self.taken = Header::from_word(record[HEADER_WORD]);
        self.origin.position += 1;
        self.origin.last_nanos = unix_nanos(record[1]).max(self.origin.last_nanos);
        let stamps = (self.origin.last_nanos, self.origin.sequence());
        let words = match self.taken.kind() {
            // SAFETY: the box is freed in `advance`, and its words are copied before that.
            Kind::Boxed => unsafe { &*boxed(record) },
            _ => record,
        };
        // SAFETY: the caller has seen by `next_level` that it is a log record; a box holds frame and arguments too.
        let is_one_gone =
            unsafe { self.kept.keep((logger, limit), words, self.origin.context.clone(), stamps) };
        if is_one_gone {
            self.origin.account.discard(1);
        }
    }

    /// Gives out what was kept for a logger, the oldest first.
    pub(crate) fn take_kept(&mut self, logger: u16) -> VecDeque<Kept> {
        self.kept.take(logger)
    }

    /// Goes past the record that [`take`](Self::take) gave.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        if self.taken.kind() == Kind::Boxed {
            self.free_boxed();
        }
        self.ring.skip(self.taken.words());
        if self.ring.read() >= self.portion {
            self.release();
        }
    }

    #[cold]
    fn free_boxed(&mut self) {
        let Some(record) = self.ring.peek() else { return };
        // SAFETY: the box's words are read, and the record that owns it is gone past now, once.
        let long = unsafe { Box::from_raw(boxed(record)) };
        self.origin.account.drain(long.len());
    }

    /// Gives all that was read back to the producer.
    pub(crate) fn release(&mut self) {
        release(&mut self.ring, &self.origin.account);
    }

    /// Whether all is taken that the last look at the ring has found.
    pub(crate) fn is_at_end(&self) -> bool {
        self.ring.is_at_end()
    }

    /// Looks at the thread, whose ring is at its end: up to which stamp records of other rings may be taken. For the
    /// arguments see [`Watch::look`].
    pub(crate) fn look(&mut self, now: u64, last: u64) -> u64 {
        let limit = self.watch.look(self.origin.account.begun(), self.origin.position, now, last);
        // Whoever was waited for in vain is passed for as long as the record is not there, and no longer.
        if limit < NO_LIMIT && self.watch.is_passed() && self.ring.refresh() == 0 { NO_LIMIT } else { limit }
    }

    /// Goes past the thread, if it is within a call and has held up others for so long, or must not hold them up
    /// any longer: whether it is passed now.
    pub(crate) fn pass(&mut self, now: Instant, hold: Duration, at_once: bool) -> bool {
        // What has come meanwhile is taken in the next round.
        if !self.watch.is_waited_for() || self.ring.refresh() > 0 {
            return false;
        }
        let is_over = self.watch.is_overdue(now, hold) || at_once;
        if is_over {
            self.watch.pass();
        }
        is_over
    }

    /// Whether more than half of the ring waits.
    pub(crate) fn is_half_full(&mut self) -> bool {
        self.ring.refresh() > self.ring.capacity() / 2
    }

    /// A flush begins, which covers what was logged up to now.
    pub(crate) fn begin_flush(&mut self) {
        self.due = self.origin.account.position();
    }

    /// Whether all is taken that the last flush covers.
    pub(crate) fn is_flushed(&self) -> bool {
        self.ring.is_at_end() || self.origin.position >= self.due
    }

    /// Drops that no record tells of yet: the thread has not logged since. Only for an empty ring.
    ///
    /// The count is read first and the ring's index after it, as `protocol::drops` has it.
    pub(crate) fn take_untold_gap(&mut self) -> Option<(Head<'_>, &mut Origin)> {
        let Seen { total, first, last } = self.origin.account.drops();
        if total == self.told || self.ring.refresh() > 0 {
            return None;
        }
        let head = gap(&mut self.told, &mut self.origin.position, total, first, last);
        Some((head, &mut self.origin))
    }
}

/// Gives all that was read back to the producer.
#[inline(never)]
fn release(ring: &mut RingConsumer, account: &Account) {
    account.drain(ring.read());
    ring.release();
}

/// Counts the drops up to `total` that were not told of before.
fn gap<'t>(told: &mut u64, position: &mut u64, total: u64, first: u64, last: u64) -> Head<'t> {
    let dropped = total.saturating_sub(*told);
    *told += dropped;
    *position += dropped;
    if dropped == 0 { Head::Nothing } else { Head::Gap { dropped, first, last } }
}

impl Drop for Task {
    /// Frees what the records that nobody will read point to.
    fn drop(&mut self) {
        self.origin.account.discard(self.kept.clear());
        self.ring.refresh();
        while let Some(record) = self.ring.peek() {
            self.taken = Header::from_word(record[HEADER_WORD]);
            match self.taken.kind() {
                // SAFETY: the record is gone past right below, so its count is taken back once.
                Kind::Thread => drop(unsafe { thread_info(record) }),
                // SAFETY: as above.
                Kind::Context => drop(unsafe { chain(record) }),
                Kind::Inline | Kind::Boxed | Kind::Dropped => {}
            }
            self.advance();
        }
    }
}

/// # Safety
///
/// The record is of [`Kind::Boxed`], and its box was not freed yet.
unsafe fn boxed(record: &[u64]) -> *mut [u64] {
    let words = std::ptr::with_exposed_provenance_mut::<u64>(record[FRAME_WORDS] as usize);
    std::ptr::slice_from_raw_parts_mut(words, record[FRAME_WORDS + 1] as usize)
}

/// # Safety
///
/// The record is of [`Kind::Thread`], and this is called once for it.
unsafe fn thread_info(record: &[u64]) -> Arc<ThreadInfo> {
    // SAFETY: the caller vouches for the kind; the producer wrote what `Arc::into_raw` gave.
    unsafe { Arc::from_raw(std::ptr::with_exposed_provenance::<ThreadInfo>(record[FRAME_WORDS] as usize)) }
}

/// # Safety
///
/// The record is of [`Kind::Context`], and this is called once for it.
unsafe fn chain(record: &[u64]) -> Option<Arc<Chain>> {
    let pointer = std::ptr::with_exposed_provenance::<Chain>(record[FRAME_WORDS] as usize);
    // SAFETY: the caller vouches for the kind; the producer wrote what `Arc::into_raw` gave, or null.
    (!pointer.is_null()).then(|| unsafe { Arc::from_raw(pointer) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bells::Bells;

    #[test]
    fn contexts_are_freed_with_the_next_one_and_with_a_ring_that_nobody_reads() {
        let (mut producer, consumer) = crate::ring::ring(0);
        let bells = Arc::new(Bells::new(Box::new([])));
        let account = Account::new(Arc::new(ThreadInfo::new("", 0)), &producer, bells);
        let mut task = Task::new(consumer, Arc::new(account));
        let chain = Arc::new(Chain::new(None, context_fields!(id = 1)));
        for context in [Some(&chain), None, Some(&chain)] {
            let pointer = context.map_or(std::ptr::null(), |chain| Arc::into_raw(Arc::clone(chain)));
            let words = [
                0,
                0,
                Header::new(FRAME_WORDS + 1, 0, Kind::Context).word(),
                pointer.expose_provenance() as u64,
            ];
            assert!(producer.make_room(words.len()));
            // SAFETY: there is room for the words.
            unsafe {
                producer.place().cast::<[u64; 4]>().write(words);
                producer.commit(words.len());
            }
        }
        task.refresh();
        assert_eq!(Arc::strong_count(&chain), 3);
        let is_in_context = |task: &mut Task| {
            assert_eq!(task.plain().next_until(0).map(Header::logger), Some(0));
            // SAFETY: a record was seen right now.
            unsafe { task.take() }.1.context.is_some()
        };
        assert!(is_in_context(&mut task));
        task.advance();
        assert_eq!(Arc::strong_count(&chain), 3);
        assert!(!is_in_context(&mut task));
        task.advance();
        assert_eq!(Arc::strong_count(&chain), 2);
        drop(task);
        assert_eq!(Arc::strong_count(&chain), 1);
    }
}
