//! Records that a logger's backtrace keeps: the last ones of a ring's thread, as they were in the ring.

use crate::callsite::Statement;
use crate::context::Chain;
use crate::encode::Reader;
use crate::record::FRAME_WORDS;
use crate::sync::Arc;
use std::collections::VecDeque;

/// A record out of its ring: a copy of its words, which hold nothing that has to be freed.
#[derive(Debug)]
pub(crate) struct Kept {
    words: Vec<u64>,
    pub(crate) context: Option<Arc<Chain>>,
    pub(crate) unix_nanos: u64,
    pub(crate) sequence: u64,
}

impl Kept {
    pub(crate) fn statement(&self) -> &'static Statement {
        // SAFETY: whoever kept the record vouches for its first word: the address of its statement.
        unsafe { &*std::ptr::with_exposed_provenance::<Statement>(self.words[0] as usize) }
    }

    pub(crate) fn arguments(&self) -> Reader<'_> {
        Reader::new(&self.words[FRAME_WORDS..])
    }
}

/// What one ring's thread has had kept, by logger. Few loggers keep anything.
#[derive(Debug, Default)]
pub(crate) struct KeptRecords(Vec<(u16, VecDeque<Kept>)>);

impl KeptRecords {
    /// Keeps a record, as one of at most `limit` of a logger; whether the oldest has gone for it. Its memory is used again.
    ///
    /// # Safety
    ///
    /// `record` is a log record, frame and arguments.
    pub(crate) unsafe fn keep(
        &mut self,
        (logger, limit): (u16, usize),
        record: &[u64],
        context: Option<Arc<Chain>>,
        (unix_nanos, sequence): (u64, u64),
    ) -> bool {
        let known = self.0.iter().position(|(known, _)| *known == logger).unwrap_or_else(|| {
            self.0.push((logger, VecDeque::new()));
            self.0.len() - 1
        });
        let records = &mut self.0[known].1;
        let oldest = if records.len() >= limit { records.pop_front() } else { None };
        let is_one_gone = oldest.is_some();
        let mut words = oldest.map_or_else(Vec::new, |oldest| oldest.words);
        words.clear();
        words.extend_from_slice(record);
        records.push_back(Kept { words, context, unix_nanos, sequence });
        is_one_gone
    }

    /// Gives out what is kept for a logger, the oldest first.
    pub(crate) fn take(&mut self, logger: u16) -> VecDeque<Kept> {
        let found = self.0.iter_mut().find(|(known, _)| *known == logger);
        found.map(|(_, records)| std::mem::take(records)).unwrap_or_default()
    }

    /// Lets all go; how many there were.
    pub(crate) fn clear(&mut self) -> u64 {
        self.0.drain(..).map(|(_, records)| records.len() as u64).sum()
    }
}
