//! How far each sink has come with a ring's records.
//!
//! A *lane* is one sink's pair of watermarks, written by that sink's worker alone, and the highest position that anyone
//! wants it to have on stable storage, written by those who wait. Lanes are found by the sink's number; the first four lie inside the cell, further ones in chunks of doubling size, allocated when a sink
//! first reports and never moved:
//!
//! ```text
//!   inline  [0 1 2 3]   chunk 0  [4 5 6 7]   chunk 1  [8 … 15]   chunk 2  [16 … 31]   …
//! ```
//!
//! The lanes lie dense: the four inline ones fill a line and a half. A sink worker stores its lane once a batch,
//! that is some thousand times a second at most, so two of them rarely want the line at once, whereas a
//! waiter reads all lanes of its route and finds them with one miss in place of four; a padded cell would take
//! half a kilobyte a ring.

use crate::sync::{AtomicU64, OnceLock, Ordering, own};

/// A sink's number: small, since lanes are found by it, and never given to another sink.
pub(crate) type SinkId = u32;

/// How safe a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Handed to the operating system, or to whatever the sink writes to.
    Written,
    /// On stable storage.
    Durable,
}

const INLINE: usize = 4;
const CHUNKS: usize = 8;

/// How many sinks a process may make in its life.
pub(crate) const MAX_SINKS: u32 = (INLINE << CHUNKS) as u32;

/// One sink's watermarks: it has dealt with all of the ring's records that were routed to it, up to and with
/// this position.
#[derive(Debug)]
struct Lane {
    written: AtomicU64,
    durable: AtomicU64,
    wanted: AtomicU64,
}

impl Lane {
    fn new() -> Self {
        Self { written: AtomicU64::new(0), durable: AtomicU64::new(0), wanted: AtomicU64::new(0) }
    }

    fn at(&self, stage: Stage) -> &AtomicU64 {
        match stage {
            Stage::Written => &self.written,
            Stage::Durable => &self.durable,
        }
    }
}

/// All sinks' watermarks for one ring.
#[derive(Debug)]
pub(crate) struct Lanes {
    inline: [Lane; INLINE],
    chunks: [OnceLock<Box<[Lane]>>; CHUNKS],
}

/// In which chunk a sink's lane lies, and where there.
fn place(sink: SinkId) -> (usize, usize) {
    let chunk = (sink as usize / INLINE).ilog2() as usize;
    (chunk, sink as usize - (INLINE << chunk))
}

impl Lanes {
    pub(crate) fn new() -> Self {
        Self {
            inline: std::array::from_fn(|_| Lane::new()),
            chunks: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    /// How far `sink` has come.
    #[inline]
    pub(crate) fn load(&self, sink: SinkId, stage: Stage) -> u64 {
        // ORDERING: acquire pairs with `store`: who sees the watermark sees the failures recorded before it.
        self.find(sink).map_or(0, |lane| lane.at(stage).load(Ordering::Acquire))
    }

    /// Asks for `position` on the stable storage of `sink`.
    pub(crate) fn want(&self, sink: SinkId, position: u64) {
        // ORDERING: relaxed, see `FlushCell::want_durable`.
        self.lane(sink).wanted.fetch_max(position, Ordering::Relaxed);
    }

    /// The highest position that was asked for.
    pub(crate) fn wanted(&self, sink: SinkId) -> u64 {
        // ORDERING: relaxed, see `FlushCell::want_durable`.
        self.find(sink).map_or(0, |lane| lane.wanted.load(Ordering::Relaxed))
    }

    /// A lane, if anything was ever said of it: a chunk that is not there yet belongs to sinks that are new.
    #[inline]
    fn find(&self, sink: SinkId) -> Option<&Lane> {
        match self.inline.get(sink as usize) {
            Some(lane) => Some(lane),
            None => {
                let (chunk, index) = place(sink);
                self.chunks[chunk].get().map(|chunk| &chunk[index])
            }
        }
    }

    #[inline]
    fn lane(&self, sink: SinkId) -> &Lane {
        match self.inline.get(sink as usize) {
            Some(lane) => lane,
            None => self.chunked(sink),
        }
    }

    /// Moves the sink's watermark on. Called by that sink's worker alone.
    #[inline]
    pub(crate) fn store(&self, sink: SinkId, stage: Stage, position: u64) {
        let watermark = self.lane(sink).at(stage);
        debug_assert!(own(watermark) <= position, "sink {sink} went back");
        // ORDERING: release pairs with `load`.
        watermark.store(position, Ordering::Release);
    }

    #[cold]
    fn chunked(&self, sink: SinkId) -> &Lane {
        let (chunk, index) = place(sink);
        &self.chunks[chunk].get_or_init(|| (0..INLINE << chunk).map(|_| Lane::new()).collect())[index]
    }
}
