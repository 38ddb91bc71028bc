//! Room in a ring, where it has to be looked for: the ring wraps, is full, or its worker has to be told something first.
//!
//! What the worker has to know stands in the ring before the records that it is about: whose they are, how many were dropped
//! before them, and which context they are in.

use super::{Gap, LONG_WORDS, Overflow, Producer, Refused};
use crate::protocol::wake::Doorbell;
use crate::record::{HEADER_WORD, Header, Kind};
use crate::sync::{Arc, Ordering};
use crate::sys::nap;
use crossbeam_utils::Backoff;
use std::time::{Duration, Instant};

impl Producer {
    /// Finds room for a record of `words` words, where the ring has to be looked at or the record is too long for it;
    /// says where it goes. Waits under `Overflow::Block`; a record without room is counted.
    ///
    /// # Errors
    ///
    /// When there is no room to be had.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(&mut self, words: usize) -> Result<*mut u64, Refused> {
        let is_long = words > self.ring.max_record();
        if !self.find_room(if is_long { LONG_WORDS } else { words }) {
            return Err(self.give_up());
        }
        if !is_long {
            return Ok(self.ring.place());
        }
        let long = self.long.insert(vec![0; words].into_boxed_slice());
        self.ring.hide_room();
        Ok(long.as_mut_ptr())
    }

    /// Hands a long record over: the ring gets its address.
    #[cold]
    #[inline(never)]
    pub(super) fn finish_long(&mut self) {
        self.ring.show_room();
        let Some(long) = self.long.take() else { return };
        self.account.box_one();
        let (statement, stamp, logger) = (long[0], long[1], Header::from_word(long[HEADER_WORD]).logger());
        let (address, len) = (long.as_ptr().expose_provenance() as u64, long.len() as u64);
        std::mem::forget(long);
        let header = Header::new(LONG_WORDS, logger, Kind::Boxed).word();
        self.put([statement, stamp, header, address, len]);
    }

    /// Whether there is room for `words` words in the ring, behind what must stand before them. Waits under
    /// `Overflow::Block`.
    fn find_room(&mut self, words: usize) -> bool {
        self.introduce_waiting()
            && self.tell_gap()
            && self.tell_context()
            && (self.try_room(words) || (self.overflow == Overflow::Block && self.wait_for_room(words)))
    }

    /// Looks for room, and wakes the worker when it sleeps and the ring is more than half full.
    fn try_room(&mut self, words: usize) -> bool {
        let room = self.ring.make_room(words);
        let used = self.ring.used();
        if !room {
            // What the worker finds it notes itself; what is used may be read already.
            self.account.note_used(used);
        }
        if used > self.ring.capacity() / 2 {
            self.doorbell().ring();
        }
        room
    }

    fn doorbell(&self) -> &Doorbell {
        // ORDERING: relaxed, whoever drains the ring sees its records by the ring's own indices.
        &self.registry.bells.workers[self.account.worker.load(Ordering::Relaxed)]
    }

    #[cold]
    pub(super) fn wait_for_room(&mut self, words: usize) -> bool {
        self.account.wait();
        let mut since = Instant::now();
        let backoff = Backoff::new();
        let room = loop {
            if self.try_room(words) {
                break true;
            }
            if self.registry.is_closed() {
                break false;
            }
            if backoff.is_completed() {
                // The worker may need this very core.
                nap(self.pause());
            } else {
                backoff.snooze();
            }
            let now = Instant::now();
            self.account.block((now - since).as_nanos() as u64);
            since = now;
        };
        self.account.block(since.elapsed().as_nanos() as u64);
        room
    }

    /// How long a thread sleeps between two looks at its full ring: less than the worker takes for a part of it that is worth
    /// coming back for. Each sleep costs some microseconds of a core.
    fn pause(&self) -> Duration {
        const A_WORD: Duration = Duration::from_nanos(1);
        let part = A_WORD * u32::try_from(self.ring.capacity()).unwrap_or(u32::MAX);
        part.clamp(Duration::from_micros(20), Duration::from_micros(100))
    }

    /// Counts the record that finds no room.
    fn give_up(&mut self) -> Refused {
        // First: a clock of the user's may panic.
        let stamp = self.clock.stamp(&self.last_stamp);
        self.position += 1;
        let total = self.account.drop_one(self.position, stamp, self.gap.is_none());
        let first_stamp = self.gap.map_or(stamp, |gap| gap.first_stamp);
        self.gap = Some(Gap { first_stamp, last_stamp: stamp, total });
        // The next call has to come by here, to tell of the gap first.
        self.ring.forget_room();
        if self.registry.is_closed() { Refused::Closed } else { Refused::Full }
    }

    /// Writes how many records were dropped, where the next one will stand.
    fn tell_gap(&mut self) -> bool {
        let told = self.gap.is_none_or(|gap| self.write_gap(gap));
        if told {
            self.gap = None;
        }
        told
    }

    fn write_gap(&mut self, gap: Gap) -> bool {
        self.control_record(Kind::Dropped, gap.first_stamp, [gap.total, gap.last_stamp])
    }

    /// Tells the worker whose records follow, if the ring has room for that. What the former thread dropped comes before
    /// them: else the worker, who would learn of it when the ring is empty, would give them the positions of the dropped.
    pub(super) fn introduce(&mut self) -> bool {
        if self.new_owner.is_none() {
            return true;
        }
        if !self.left_gap.is_none_or(|gap| self.write_gap(gap)) {
            self.ring.forget_room();
            return false;
        }
        self.left_gap = None;
        let stamp = self.clock.stamp(&self.last_stamp);
        let Some(thread) = self.new_owner.take() else { return true };
        let pointer = Arc::into_raw(thread);
        let told = self.control_record(Kind::Thread, stamp, [pointer.expose_provenance() as u64, 0]);
        if !told {
            // SAFETY: the pointer is that of `into_raw` above, and nobody else has got it.
            self.new_owner = Some(unsafe { Arc::from_raw(pointer) });
            self.ring.forget_room();
        }
        told
    }

    fn introduce_waiting(&mut self) -> bool {
        if self.new_owner.is_some() && self.overflow == Overflow::Block {
            self.wait_for_room(LONG_WORDS);
        }
        self.introduce()
    }

    /// Writes a record that is no log record, if there is room.
    pub(super) fn control_record(&mut self, kind: Kind, stamp: u64, arguments: [u64; 2]) -> bool {
        if !self.try_room(LONG_WORDS) {
            return false;
        }
        let [first, second] = arguments;
        self.put([0, stamp, Header::new(LONG_WORDS, 0, kind).word(), first, second]);
        true
    }

    /// Writes words that there is room for.
    fn put(&mut self, words: [u64; LONG_WORDS]) {
        assert!(self.ring.has_room(LONG_WORDS), "room was made");
        // SAFETY: `LONG_WORDS` words are free from `place` on.
        unsafe {
            self.ring.place().cast::<[u64; LONG_WORDS]>().write(words);
            self.ring.commit(LONG_WORDS);
        }
    }
}
