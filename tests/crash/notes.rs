//! What a child was told, in memory that it shares with a file: there when the process is gone, however it went.

use super::plan::THREADS;
use std::fs;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

/// How many records of each thread, from its first on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes<N = u64> {
    /// Log calls that have returned.
    pub(crate) logged: [N; THREADS],
    /// `wait` has returned.
    pub(crate) written: [N; THREADS],
    /// `durable().wait()` has returned.
    pub(crate) durable: [N; THREADS],
    /// Logged when the process set about to end in a way that flushes.
    pub(crate) promised: [N; THREADS],
    /// Completions that came to an error before that.
    pub(crate) failed: [N; THREADS],
}

fn path(folder: &Path, life: u64) -> PathBuf {
    folder.join(format!("notes.{life}"))
}

impl Notes<AtomicU64> {
    pub(crate) fn share(folder: &Path, life: u64) -> &'static Self {
        let options = fs::File::options().read(true).write(true).create_new(true).clone();
        let file = options.open(path(folder, life)).unwrap();
        file.set_len(size_of::<Self>() as u64).unwrap();
        let (protection, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping, at least as long as the notes, page-aligned, and never unmapped; zeroes are atomics.
        unsafe {
            let memory =
                libc::mmap(std::ptr::null_mut(), size_of::<Self>(), protection, shared, file.as_raw_fd(), 0);
            assert_ne!(memory, libc::MAP_FAILED);
            &*memory.cast()
        }
    }
}

impl Notes {
    /// Zeroes, where the child came to its end before it had any.
    pub(crate) fn read(folder: &Path, life: u64) -> Self {
        let bytes = fs::read(path(folder, life)).unwrap_or_default();
        let mut numbers = bytes.as_chunks().0.iter().map(|&bytes| u64::from_ne_bytes(bytes));
        let mut row = || std::array::from_fn(|_| numbers.next().unwrap_or_default());
        Self { logged: row(), written: row(), durable: row(), promised: row(), failed: row() }
    }
}
