//! Formatted bytes of many records, and what they cover.
//!
//! A worker fills one [`Content`] at a time: a buffer for each layout, and in each the *segments* that say which
//! bytes are for whom. When it is full, or nothing more is to come, the content is swapped into a [`Batch`] of
//! the pool, which all sinks then read in parallel. A batch is free again when no sink holds it any more.

use crate::account::Account;
use crate::protocol::countdown::Countdown;
pub(crate) use crate::protocol::lanes::SinkId;
use crate::protocol::want::Route;
use crate::sync::{Arc, Mutex, lock};
use smallvec::SmallVec;

/// Buffers that have grown beyond this many bytes, by a long record, are given back to the allocator.
const KEEP_BYTES: usize = 1 << 20;

/// What a worker has formatted.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// By layout.
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) covers: SmallVec<[Cover; 4]>,
    /// The sinks that any of the records is for.
    pub(crate) sinks: SmallVec<[SinkId; 4]>,
    /// Records in all.
    pub(crate) records: u64,
    /// The last records of all, as far as they are of one ring and go one way. Not yet in the above.
    run: Option<Run>,
}

/// Records that came one after the other, of one ring and for the same sinks.
#[derive(Debug)]
struct Run {
    cover: usize,
    up_to: u64,
    records: u64,
    route: &'static Route,
}

/// The bytes of one layout.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    pub(crate) bytes: Vec<u8>,
    segments: Vec<Segment>,
    /// The segment that the last record is in: not yet among the above.
    last: Option<Segment>,
}

/// Bytes, up to `end`, that are for the sinks of one route.
#[derive(Clone, Copy, Debug)]
struct Segment {
    end: usize,
    records: u32,
    route: &'static Route,
}

/// The records of one ring.
#[derive(Debug)]
pub(crate) struct Cover {
    pub(crate) account: Arc<Account>,
    /// The position before the first of them.
    pub(crate) after: u64,
    /// The position of the last.
    pub(crate) up_to: u64,
    /// How many went which way.
    counts: SmallVec<[(&'static Route, u64); 2]>,
}

impl Content {
    /// Whether there is nothing to write and nothing to settle.
    pub(crate) fn is_empty(&self) -> bool {
        self.covers.is_empty() && self.len() == 0
    }

    /// The length of the longest buffer, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.buffers.iter().map(|buffer| buffer.bytes.len()).max().unwrap_or(0)
    }

    /// The buffer of a layout.
    #[inline]
    pub(crate) fn buffer(&mut self, layout: usize) -> &mut Buffer {
        if layout >= self.buffers.len() {
            self.buffers.resize_with(layout + 1, Buffer::default);
        }
        &mut self.buffers[layout]
    }

    /// Begins to cover a ring's records after position `after`; the result is the cover's place.
    pub(crate) fn cover(&mut self, account: &Arc<Account>, after: u64) -> usize {
        self.covers.push(Cover {
            account: Arc::clone(account),
            after,
            up_to: after,
            counts: SmallVec::new(),
        });
        self.covers.len() - 1
    }

    /// Covers one more record.
    #[inline]
    pub(crate) fn count(&mut self, cover_place: usize, position: u64, route: &'static Route) {
        match &mut self.run {
            Some(run) if run.cover == cover_place && std::ptr::eq(run.route, route) => {
                run.up_to = position;
                run.records += 1;
            }
            _ => {
                self.end_run();
                self.run = Some(Run { cover: cover_place, up_to: position, records: 1, route });
            }
        }
    }

    /// Counts the records of a run where they belong.
    #[inline(never)]
    fn end_run(&mut self) {
        let Some(Run { cover, up_to, records, route }) = self.run.take() else { return };
        self.records += records;
        let cover = &mut self.covers[cover];
        cover.up_to = up_to;
        match cover.counts.iter_mut().find(|(counted, _)| std::ptr::eq(*counted, route)) {
            Some((_, count)) => *count += records,
            None => {
                cover.counts.push((route, records));
                self.join(route);
            }
        }
    }

    /// Counts what is still to be counted: nothing more is to come.
    pub(crate) fn seal(&mut self) {
        self.end_run();
        for buffer in &mut self.buffers {
            buffer.segments.extend(buffer.last.take());
        }
    }

    /// Has the route's sinks get the batch.
    pub(crate) fn join(&mut self, route: &'static Route) {
        for &sink in route.sinks() {
            if !self.sinks.contains(&sink) {
                self.sinks.push(sink);
            }
        }
    }

    fn clear(&mut self) {
        for buffer in &mut self.buffers {
            buffer.segments.clear();
            buffer.last = None;
            buffer.bytes.clear();
            buffer.bytes.shrink_to(KEEP_BYTES);
        }
        self.covers.clear();
        self.sinks.clear();
        self.records = 0;
        self.run = None;
    }
}

impl Buffer {
    /// Says for whom the bytes since the last call are: one record.
    #[inline]
    pub(crate) fn end_record(&mut self, route: &'static Route) {
        let end = self.bytes.len();
        match &mut self.last {
            Some(last) if std::ptr::eq(last.route, route) => {
                last.end = end;
                last.records += 1;
            }
            _ => self.begin_segment(end, route),
        }
    }

    #[cold]
    fn begin_segment(&mut self, end: usize, route: &'static Route) {
        self.segments.extend(self.last.replace(Segment { end, records: 1, route }));
    }

    /// Takes back what a record has left behind that did not end.
    pub(crate) fn take_back(&mut self) {
        self.bytes.truncate(self.last.as_ref().or(self.segments.last()).map_or(0, |last| last.end));
    }

    /// The bytes that are for a sink, and how many records they are; gathered in `gathered` where they are not
    /// in one piece.
    pub(crate) fn for_sink<'b>(&'b self, sink: SinkId, gathered: &'b mut Vec<u8>) -> (&'b [u8], u64) {
        gathered.clear();
        let (mut start, mut records) = (0, 0);
        // The run of bytes for this sink that is not gathered yet.
        let mut run = 0..0;
        for segment in &self.segments {
            if segment.route.sinks().contains(&sink) {
                records += u64::from(segment.records);
                if run.end == start {
                    run.end = segment.end;
                } else {
                    gathered.extend_from_slice(&self.bytes[run]);
                    run = start..segment.end;
                }
            }
            start = segment.end;
        }
        if gathered.is_empty() {
            return (&self.bytes[run], records);
        }
        gathered.extend_from_slice(&self.bytes[run]);
        (gathered, records)
    }
}

/// A content on its way through the sinks.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) content: Content,
    remaining: Countdown,
    failed: Mutex<SmallVec<[SinkId; 4]>>,
}

impl Batch {
    /// Takes a worker's content in, and leaves it an empty one with buffers to reuse. As many sinks will
    /// [`finish`](Self::finish) as the content names.
    pub(crate) fn load(&mut self, content: &mut Content) {
        self.content.clear();
        lock(&self.failed).clear();
        content.seal();
        std::mem::swap(&mut self.content, content);
        self.remaining.start(self.content.sinks.len() as u32);
    }

    /// One sink has done with the batch, or has failed to. The last one settles the accounts.
    pub(crate) fn finish(&self, sink: SinkId, written: bool) {
        if !written {
            lock(&self.failed).push(sink);
        }
        if self.remaining.finish() {
            self.settle();
        }
    }

    /// Counts each record as written, or as failed if any of its sinks has failed.
    pub(crate) fn settle(&self) {
        let failed = lock(&self.failed);
        for cover in &self.content.covers {
            let (mut good, mut bad) = (0, 0);
            for (route, count) in &cover.counts {
                if failed.iter().any(|&sink| route.sinks().contains(&sink)) {
                    bad += count;
                } else {
                    good += count;
                }
            }
            cover.account.settle(good, bad);
        }
    }

    /// How many of the records are for a sink.
    pub(crate) fn records_for(&self, sink: SinkId) -> u64 {
        let counts = self.content.covers.iter().flat_map(|cover| &cover.counts);
        counts.filter(|(route, _)| route.sinks().contains(&sink)).map(|(_, count)| count).sum()
    }
}

/// Batches that are reused, so that a worker's memory is bounded.
#[derive(Debug)]
pub(crate) struct Pool {
    batches: Vec<Arc<Batch>>,
    limit: usize,
    /// Where to look first: the batch that has been away for the longest.
    next: usize,
}

impl Pool {
    /// A pool that makes up to `limit` batches as they are needed.
    pub(crate) fn new(limit: usize) -> Self {
        Self { batches: Vec::new(), limit, next: 0 }
    }

    /// Has room for `more` further batches.
    pub(crate) fn extend(&mut self, more: usize) {
        self.limit += more;
    }

    /// Loads the content into a free batch, or leaves it alone if there is none.
    pub(crate) fn load(&mut self, content: &mut Content) -> Option<Arc<Batch>> {
        for _ in 0..self.batches.len() {
            let candidate = self.next;
            self.next = (self.next + 1) % self.batches.len();
            // Nobody else holds the batch: all sinks have dropped theirs, and their reads come before this.
            if let Some(batch) = Arc::get_mut(&mut self.batches[candidate]) {
                batch.load(content);
                return Some(Arc::clone(&self.batches[candidate]));
            }
        }
        if self.batches.len() == self.limit {
            return None;
        }
        let mut batch =
            Batch { content: Content::default(), remaining: Countdown::new(), failed: Mutex::default() };
        batch.load(content);
        self.batches.push(Arc::new(batch));
        self.batches.last().cloned()
    }

    /// How many batches are on their way.
    pub(crate) fn away(&self) -> usize {
        self.batches.iter().filter(|batch| Arc::strong_count(batch) > 1).count()
    }
}
