//! Which archives are too many.

use super::names::Archive;
use std::time::{Duration, SystemTime};

/// What is kept; without limits, all is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Retention {
    /// Archives at most.
    pub(super) files: Option<usize>,
    /// Bytes at most, of archives and the file that is written to.
    pub(super) bytes: Option<u64>,
    /// How long after its last record an archive is kept.
    pub(super) age: Option<Duration>,
}

impl Retention {
    pub(super) fn is_limited(&self) -> bool {
        self.files.is_some() || self.bytes.is_some() || self.age.is_some()
    }

    /// Those of `archives`, oldest first, that are to go. `active` bytes are kept for the file that is
    /// written to.
    pub(super) fn surplus<'a>(
        &self,
        archives: &'a [Archive],
        active: u64,
        now: SystemTime,
    ) -> impl Iterator<Item = &'a Archive> {
        let (files, bytes, age) = (self.files, self.bytes, self.age);
        let (mut kept, mut total, mut last) = (0, active, None);
        let newest_first = archives.iter().rev().filter(|archive| archive.is_file);
        newest_first.filter(move |archive| {
            // A file and what became of it when it was compressed are one archive.
            kept += usize::from(last.replace(&archive.key) != Some(&archive.key));
            total = total.saturating_add(archive.len);
            let old = now.duration_since(archive.modified).unwrap_or_default();
            files.is_some_and(|most| kept > most)
                || bytes.is_some_and(|most| total > most)
                || age.is_some_and(|most| old > most)
        })
    }
}
