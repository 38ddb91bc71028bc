//! A file that makes room for the next: by size, by time, at start, or when asked.
//!
//! The sink's thread writes, rotates and syncs ([`RollingFile`], `active`, `names`); a keeper compresses and
//! deletes (`keeper`, `tidy`). What happens in which order, and what a crash leaves, stands in
//! `docs/rolling.md`.

mod active;
mod builder;
mod compress;
mod handle;
mod keeper;
mod names;
mod records;
mod retention;
mod schedule;
#[cfg(feature = "signals")]
mod signals;
mod tidy;

#[cfg(test)]
mod tests;

pub use builder::{RollingBuilder, RollingError};
#[cfg(any(feature = "gzip", feature = "zstd"))]
pub use compress::Compression;
pub use handle::RollingHandle;

use super::{Sink, configurable};
use crate::error::Handler;
use crate::sync::{Arc, lock};
use active::{Active, Look, second};
use keeper::{Keeper, Keeping};
use schedule::Schedule;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long a rotation that failed is not tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// How many rotated files may wait for a sync; with more, the oldest is synced when the next is rotated.
const MAX_REPLACED: usize = 4;

/// Writes to a file that is rotated: renamed and followed by a new one of its name, when it has grown enough,
/// when an hour or a day has passed, at start, when asked for; at the first of those that were chosen.
///
/// ```
/// use ringlog::sink::RollingFile;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("ringlog-rolling-{}", std::process::id()));
/// let file = RollingFile::builder(folder.join("app.log"))
///     .max_size(64 << 20)
///     .daily_at("00:00")
///     .by_date()
///     .keep_files(30)
///     .keep_bytes(1 << 30)
///     .keep_for(Duration::from_secs(90 * 24 * 3600))
///     .open()?;
/// ringlog::Builder::new().sink(file).start()?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
///
/// # What is written where
///
/// A record is never divided between two files. Time is looked at when a batch is written: what was logged
/// just before midnight may stand in the new day's file, and a file that nothing is written to is rotated
/// before the next record, not at its time. Rotation is by renaming, so `tail -F` follows.
///
/// When a write fails, nothing of the batch stays in the file, as far as it can be taken back, and the
/// records count as failed; the next write tries again, makes the folder again if it was removed, and goes
/// on. Only a batch that is longer than [`max_size`](RollingBuilder::max_size), and so was divided, may stay
/// in part, in whole records (which stand twice if it is tried again). When a rotation fails, the file grows
/// beyond its size instead, the error handler is told ([`Event::Rolling`](crate::Event::Rolling)), and a
/// second later it is tried again.
///
/// When a sync fails, the file is rotated before the next write: nobody knows what of it is on stable
/// storage.
///
/// # Others at the same files
///
/// Only files that are named as this sink names archives are ever renamed, compressed or deleted, and no
/// links or folders of such names. `logrotate` may do the rotation instead, by moving the file (which is
/// noticed, or told by [`RollingHandle::reopen`]) or by copying and truncating it: choose neither size nor
/// time here then. Two rolling files, in one process or several, must not have the same path.
#[derive(Debug)]
pub struct RollingFile {
    /// None after it could not be opened.
    active: Option<Active>,
    /// Files that were rotated, or moved away by others, and are not synced.
    replaced: Vec<Active>,
    /// Why some of those will never be known to be on stable storage: told at the next sync.
    lost: Option<io::Error>,
    /// Whether files were opened or renamed since the folder was synced: one that was there already may be so since a
    /// moment ago, made by an earlier process or by `logrotate`.
    entries_unsynced: bool,
    max_size: Option<u64>,
    schedule: Schedule,
    /// When the file is due by the schedule.
    next_due: Option<i64>,
    mode: u32,
    lines: bool,
    watch: Option<Watch>,
    /// Whether a new file was asked for that has not been begun.
    is_asked: bool,
    /// When it failed to open the path, which names another file than the one that is written to.
    astray_since: Option<SystemTime>,
    /// When a rotation failed, until one succeeds.
    stuck_since: Option<SystemTime>,
    handle: RollingHandle,
    keeper: Option<Keeper>,
    #[cfg(feature = "signals")]
    _signals: signals::Signals,
}

/// How often, and when last, it was looked whether the path still names the file.
#[derive(Debug)]
struct Watch {
    interval: Duration,
    last: SystemTime,
}

impl Watch {
    fn is_time(&mut self, now: SystemTime) -> bool {
        let is_time = apart(now, self.last) >= self.interval;
        if is_time {
            self.last = now;
        }
        is_time
    }
}

configurable!(RollingFile);

impl RollingFile {
    /// Begins a rolling file at a path. A relative one is taken from the folder that is current when it is
    /// opened.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("/var/log/gateway/app.log").max_size(64 << 20).keep_files(9);
    /// # let _ = file;
    /// ```
    pub fn builder(path: impl AsRef<Path>) -> RollingBuilder {
        RollingBuilder::new(path.as_ref())
    }

    /// What steers it from elsewhere, once a runtime has taken it.
    ///
    /// ```
    /// use ringlog::{Builder, sink::RollingFile};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("ringlog-steer-{}", std::process::id()));
    /// let file = RollingFile::builder(folder.join("app.log")).open()?;
    /// let handle = file.handle();
    /// let runtime = Builder::new().sink(file).start()?;
    /// // In the function that serves `POST /admin/rotate`:
    /// handle.rotate();
    /// # drop(runtime);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn handle(&self) -> RollingHandle {
        self.handle.clone()
    }

    fn keeping(&self) -> Arc<Keeping> {
        Arc::clone(&self.handle.keeping)
    }

    /// Sees to it that the right file is open, as others have moved, removed or truncated it.
    fn open_right_file(&mut self, now: SystemTime) -> io::Result<()> {
        let keeping = self.keeping();
        let path = &keeping.names.path;
        let Some(active) = &mut self.active else { return self.open() };
        if active.look(path)? == Look::Removed {
            self.replace(None);
            return self.open();
        }
        let is_time = self.watch.as_mut().is_some_and(|watch| watch.is_time(now));
        let is_again = self.astray_since.is_some_and(|since| apart(now, since) >= PAUSE);
        if !(self.handle.requests.take_reopen() || is_time || is_again) {
            return Ok(());
        }
        self.astray_since = None;
        if active.is_at(path) {
            return Ok(());
        }
        match self.open() {
            Err(error) if self.active.as_ref().is_some_and(|active| !active.poisoned) => {
                // Records are better off in a file that was moved than nowhere.
                self.astray_since = Some(now);
                keeping.report(error);
                Ok(())
            }
            opened => opened,
        }
    }

    /// Opens the path, and only then leaves the file that was open.
    fn open(&mut self) -> io::Result<()> {
        let keeping = self.keeping();
        let (path, folder) = (&keeping.names.path, &keeping.names.folder);
        let active = Active::open(&keeping.disk, path, folder, self.mode)?;
        self.entries_unsynced = true;
        self.next_due = self.schedule.next_after(active.begun);
        lock(&keeping.folder).active = Some(active.identity());
        self.replace(Some(active));
        keeping.wake();
        Ok(())
    }

    /// Puts another file in the place of the one that is written to.
    fn replace(&mut self, next: Option<Active>) {
        if let Some(old) = std::mem::replace(&mut self.active, next).filter(|old| old.unsynced) {
            self.replaced.push(old);
        }
        if self.replaced.len() > MAX_REPLACED {
            let oldest = self.replaced.remove(0);
            if let Err(error) = self.sync_replaced(oldest) {
                self.lost.get_or_insert(error);
            }
        }
    }

    fn sync_replaced(&self, mut file: Active) -> io::Result<()> {
        let keeping = self.keeping();
        file.sync(&keeping.disk, &keeping.names.path)
            .inspect_err(|_| lock(&keeping.folder).spared.push(file.identity()))
    }

    /// Whether the next `len` bytes belong into a new file.
    fn is_due(&self, now: SystemTime, len: usize) -> bool {
        let Some(active) = self.active.as_ref() else { return false };
        let is_too_long = self.max_size.is_some_and(|most| active.len.saturating_add(len as u64) > most);
        let is_late = self.next_due.is_some_and(|due| second(now) >= due);
        active.poisoned || active.len > 0 && (self.is_asked || is_too_long || is_late)
    }

    /// Moves the file to an archive's name and begins a new one. If that fails, the old one goes on.
    fn rotate(&mut self) -> io::Result<()> {
        let keeping = self.keeping();
        let (names, disk) = (&keeping.names, &keeping.disk);
        let Some(active) = &self.active else { return Ok(()) };
        if !active.is_at(&names.path) {
            // Someone else was quicker: what is there now is not ours to rename.
            return self.open();
        }
        let date = self.schedule.date(active.begun);
        let latest = self.schedule.date(active.begun.saturating_add(24 * 3600));
        let mut folder = lock(&keeping.folder);
        if active.poisoned {
            folder.spared.push(active.identity());
        }
        let archive = names.make_way(disk, date, &latest)?;
        disk.rename(&names.path, &archive)?;
        self.entries_unsynced = true;
        let next = Active::open(disk, &names.path, &names.folder, self.mode);
        let is_undone = next.is_err() && disk.rename(&archive, &names.path).is_ok();
        if let Ok(next) = &next {
            folder.active = Some(next.identity());
        }
        drop(folder);
        match next {
            Ok(next) => self.replace(Some(next)),
            // Under its own name again, the file goes on; as an archive it must not grow.
            Err(error) if is_undone => return Err(error),
            Err(error) => {
                self.replace(None);
                return Err(error);
            }
        }
        keeping.wake();
        Ok(())
    }

    /// Rotates, or, if that can't be done, has the old file go on, save where nothing must be written to it.
    fn try_to_rotate(&mut self, now: SystemTime) -> io::Result<()> {
        let is_poisoned = self.active.as_ref().is_some_and(|active| active.poisoned);
        if !is_poisoned && self.stuck_since.is_some_and(|since| apart(now, since) < PAUSE) {
            return Ok(());
        }
        match self.rotate() {
            Ok(()) => (self.is_asked, self.stuck_since) = (false, None),
            Err(error) if is_poisoned || self.active.is_none() => return Err(error),
            Err(error) => {
                self.stuck_since = Some(now);
                self.keeping().report(error);
            }
        }
        Ok(())
    }

    fn rotate_at_start(&mut self) -> io::Result<()> {
        if self.active.as_ref().is_some_and(|active| active.len > 0) {
            self.rotate()?;
        }
        Ok(())
    }

    /// How much of a batch goes into the file that is open.
    fn part(&self, batch: &[u8]) -> usize {
        match self.max_size {
            Some(most) if self.lines && self.stuck_since.is_none() => records::whole(batch, most),
            _ => batch.len(),
        }
    }

    fn append(&mut self, now: SystemTime, bytes: &[u8]) -> io::Result<()> {
        let keeping = self.keeping();
        let (disk, path) = (&keeping.disk, &keeping.names.path);
        let Some(active) = &mut self.active else { return Err(io::ErrorKind::NotFound.into()) };
        // A file cannot have begun long after now: the clock was wrong then.
        if active.len == 0 || active.begun > second(now).saturating_add(3600) {
            active.begun = second(now);
            self.is_asked &= active.len > 0;
            self.next_due = self.schedule.next_after(active.begun);
        }
        if active.torn && active.len > 0 && self.lines {
            active.append(disk, path, b"\n")?;
        }
        active.append(disk, path, bytes)
    }
}

impl Sink for RollingFile {
    fn name(&self) -> String {
        self.handle.keeping.names.path.display().to_string()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        let now = (self.handle.keeping.now)();
        self.open_right_file(now)?;
        self.is_asked |= self.handle.requests.take_rotate();
        let mut rest = batch;
        while !rest.is_empty() {
            if self.is_due(now, rest.len()) {
                self.try_to_rotate(now)?;
            }
            let (part, behind) = rest.split_at(self.part(rest));
            self.append(now, part)?;
            rest = behind;
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut first = self.lost.take();
        for old in std::mem::take(&mut self.replaced) {
            if let Err(error) = self.sync_replaced(old) {
                first.get_or_insert(error);
            }
        }
        let keeping = self.keeping();
        let (disk, names) = (&keeping.disk, &keeping.names);
        if let Some(active) = &mut self.active
            && let Err(error) = active.sync(disk, &names.path)
        {
            first.get_or_insert(error);
        }
        if std::mem::take(&mut self.entries_unsynced)
            && let Err(error) = disk.sync_folder(&names.folder)
        {
            if let Some(active) = &mut self.active {
                active.poisoned = true;
            }
            first.get_or_insert(error);
        }
        first.map_or(Ok(()), Err)
    }

    fn report_to(&mut self, handler: Handler) {
        self.handle.keeping.report_to(handler);
    }
}

/// How far two points in time are apart: a clock may be put back.
fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|before| before.duration())
}
