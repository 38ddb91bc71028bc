//! Plain records of a ring, one after the other: log records that lie in the ring as they are. Nearly all do, so of these no
//! more is read than what differs.

use super::{Origin, Task, release};
use crate::callsite::Statement;
use crate::encode::Reader;
use crate::record::{FRAME_WORDS, Header};
use crate::ring::RingConsumer;

/// A ring, as long as the records at its head are plain.
#[derive(Debug)]
pub(crate) struct Plain<'t> {
    ring: &'t mut RingConsumer,
    header: &'t mut Header,
    portion: usize,
    origin: &'t mut Origin,
}

/// A log record as it lies in the ring.
#[derive(Debug)]
pub(crate) struct PlainRecord<'t> {
    pub(crate) statement: &'static Statement,
    pub(crate) stamp: u64,
    pub(crate) arguments: Reader<'t>,
}

impl Task {
    /// The ring, as long as the records at its head are plain.
    pub(crate) fn plain(&mut self) -> Plain<'_> {
        Plain {
            ring: &mut self.ring,
            header: &mut self.taken,
            portion: self.portion,
            origin: &mut self.origin,
        }
    }
}

impl Plain<'_> {
    /// The header of the next record, plain or not, if the record is no younger than `until`.
    #[inline(always)]
    pub(crate) fn next_until(&mut self, until: u64) -> Option<Header> {
        let &[_, stamp, header] = self.ring.peek_frame()?;
        *self.header = Header::from_word(header);
        (stamp <= until).then_some(*self.header)
    }

    /// As [`Task::take`].
    ///
    /// # Safety
    ///
    /// [`next_until`](Self::next_until) saw a record of [`Kind::Inline`](crate::record::Kind::Inline), and there was no
    /// [`advance`](Self::advance) since.
    #[inline(always)]
    pub(crate) unsafe fn take(&mut self) -> (PlainRecord<'_>, &mut Origin) {
        self.origin.position += 1;
        // SAFETY: the caller says that the record was seen, and its header says how long it is: no less than its frame, which
        // begins with the address of its statement.
        let record = unsafe {
            let (frame, arguments) = self.ring.seen(self.header.words()).split_at_unchecked(FRAME_WORDS);
            PlainRecord {
                statement: &*std::ptr::with_exposed_provenance::<Statement>(frame[0] as usize),
                stamp: frame[1],
                arguments: Reader::new(arguments),
            }
        };
        (record, self.origin)
    }

    /// Goes past the record that [`take`](Self::take) gave.
    #[inline(always)]
    pub(crate) fn advance(&mut self) {
        self.ring.skip(self.header.words());
        if self.ring.read() >= self.portion {
            release(self.ring, &self.origin.account);
        }
    }
}
