//! The file that is being written to.

use crate::sink::disk::{Disk, Identity, told};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// An open file, and what is known of it.
#[derive(Debug)]
pub(super) struct Active {
    file: File,
    identity: Identity,
    /// Its length in bytes, as of the last look and what was written since.
    pub(super) len: u64,
    /// When its first record was written, as far as is known, in seconds since 1970.
    pub(super) begun: i64,
    /// Whether something was written that is not synced.
    pub(super) unsynced: bool,
    /// Its last sync failed: nothing is to be written to it any more.
    pub(super) poisoned: bool,
    /// It ends within a line.
    pub(super) torn: bool,
}

/// What a look at an open file has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It can be written to.
    There,
    /// It has no name any more.
    Removed,
}

impl Active {
    /// Opens the file at `path`, and makes it and its folder where they are missing.
    pub(super) fn open(disk: &Disk, path: &Path, folder: &Path, mode: u32) -> io::Result<Self> {
        let file = match disk.open_append(path, mode) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                disk.make_folder(folder)?;
                disk.open_append(path, mode)?
            }
            opened => opened?,
        };
        let metadata = told(file.metadata(), path, "cannot be looked at")?;
        if !metadata.is_file() {
            return told(Err(ErrorKind::InvalidInput.into()), path, "is no regular file");
        }
        Ok(Self {
            file,
            identity: Identity::of(&metadata),
            len: metadata.len(),
            begun: second(metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)),
            unsynced: false,
            poisoned: false,
            torn: false,
        })
    }

    pub(super) fn identity(&self) -> Identity {
        self.identity
    }

    /// Looks again how long it is: someone may have truncated it.
    pub(super) fn look(&mut self, path: &Path) -> io::Result<Look> {
        let metadata = told(self.file.metadata(), path, "cannot be looked at")?;
        self.len = metadata.len();
        Ok(if metadata.nlink() == 0 { Look::Removed } else { Look::There })
    }

    /// Whether it is still the file that `path` names, as far as that can be told: a process may have given
    /// up the right to look.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        match fs::metadata(path) {
            Ok(metadata) => Identity::of(&metadata) == self.identity,
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    /// Whether its last byte ends a line.
    pub(super) fn ends_within_a_line(&self, path: &Path) -> bool {
        use std::os::unix::fs::FileExt;
        let mut last = [b'\n'];
        // It is open for writing alone.
        let read =
            File::open(path).and_then(|file| file.read_exact_at(&mut last, self.len.saturating_sub(1)));
        self.len > 0 && read.is_ok() && last != [b'\n']
    }

    /// Writes all of `bytes`, or takes back what was written of them. Where that can't be done either, a line
    /// that was begun is ended before the next is written.
    pub(super) fn append(&mut self, disk: &Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match disk.write(&self.file, path, &bytes[done..]) {
                Ok(written) => {
                    done += written;
                    self.unsynced = true;
                }
                Err(error) => {
                    if done > 0 && self.take_back(disk, path, done).is_err() {
                        self.torn = bytes[done - 1] != b'\n';
                    }
                    return Err(error);
                }
            }
        }
        self.len += bytes.len() as u64;
        self.torn = false;
        Ok(())
    }

    /// Removes the last `done` bytes, if nobody has written behind them.
    fn take_back(&mut self, disk: &Disk, path: &Path, done: usize) -> io::Result<()> {
        let now = self.file.metadata()?.len();
        if now != self.len + done as u64 {
            return Err(ErrorKind::InvalidData.into());
        }
        disk.truncate(&self.file, path, self.len)
    }

    /// Brings what was written to stable storage. It is not tried again.
    pub(super) fn sync(&mut self, disk: &Disk, path: &Path) -> io::Result<()> {
        if !std::mem::take(&mut self.unsynced) {
            return Ok(());
        }
        disk.sync(&self.file, path).inspect_err(|_| self.poisoned = true)
    }
}

/// A point in time in seconds since 1970.
pub(super) fn second(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX) - 1,
    }
}
