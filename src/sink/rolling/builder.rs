//! How a rolling file is to be: the builder.

use super::active::Active;
#[cfg(any(feature = "gzip", feature = "zstd"))]
use super::compress::Compression;
use super::handle::{Requests, RollingHandle};
use super::keeper::{Keeper, Keeping, Now, Policy};
use super::names::{Format, MAX_NAME, Names, Naming};
use super::retention::Retention;
use super::schedule::{Schedule, time_of_day};
use super::{RollingFile, Watch};
use crate::sink::disk::Disk;
use crate::sync::{Arc, lock};
#[cfg(feature = "local-time")]
use crate::zone::Zone;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Why a rolling file was not opened.
///
/// ```
/// use ringlog::sink::{RollingError, RollingFile};
///
/// let error = RollingFile::builder("app.log").daily_at("25:00").open().unwrap_err();
/// assert!(matches!(&error, RollingError::TimeOfDay(time) if time == "25:00"));
/// assert!(error.to_string().contains("use HH:MM or HH:MM:SS"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RollingError {
    /// The path does not end in a name.
    #[error("`{}` names no file: end it with a name, such as app.log", .0.display())]
    NoName(PathBuf),
    /// The name leaves no room for a date and a suffix.
    #[error("`{}` has too long a name: use at most {MAX_NAME} bytes, for archives' to fit", .0.display())]
    LongName(PathBuf),
    /// There is something else at the path.
    #[error("`{}` is no regular file: rolling renames it, and so needs one", .0.display())]
    NotAFile(PathBuf),
    /// `max_size` was given 0.
    #[error("max_size(0): use at least 1 byte")]
    MaxSize,
    /// `daily_at` was given what is no time of day.
    #[error("`{0}` is no time of day: use HH:MM or HH:MM:SS, from 00:00 to 23:59:59")]
    TimeOfDay(String),
    /// `time_zone` was given what is no time zone.
    #[error("`{name}` is no time zone that this system knows: use a name such as Europe/Berlin ({reason})")]
    TimeZone {
        /// What was given.
        name: String,
        /// Why it is neither a name of the time zone database nor a rule.
        reason: String,
    },
    /// `keep_bytes` was given less than one file may have.
    #[error("keep_bytes({keep}) is less than one file may have: use more than max_size, {max_size}")]
    KeepBytes {
        /// What was given.
        keep: u64,
        /// The size at which a file is rotated, or 1.
        max_size: u64,
    },
    /// `keep_for` was given less than a second.
    #[error("keep_for({0:?}): use at least 1 s")]
    KeepFor(Duration),
    /// `reopen_on_signal` was given one that no program can listen to.
    #[cfg(feature = "signals")]
    #[error("signal {signal} can't be listened to: use one such as SIGHUP, {} ({reason})", libc::SIGHUP)]
    Signal {
        /// What was given.
        signal: i32,
        /// What the operating system said.
        reason: io::Error,
    },
    /// The file or its folder can't be made, opened or rotated.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The operating system gave no thread to compress and delete on.
    #[error("no thread to compress and delete on: {0}")]
    Thread(io::Error),
}

/// Configures a [`RollingFile`] and opens it.
///
/// ```
/// use ringlog::sink::RollingFile;
///
/// # let folder = std::env::temp_dir().join(format!("ringlog-builder-{}", std::process::id()));
/// let file = RollingFile::builder(folder.join("app.log")).max_size(64 << 20).keep_files(10).open()?;
/// # drop(file);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a rolling file is opened by `open`"]
pub struct RollingBuilder {
    path: PathBuf,
    max_size: Option<u64>,
    schedule: Schedule,
    at_start: bool,
    naming: Naming,
    retention: Retention,
    pub(super) format: Option<Format>,
    mode: u32,
    watch: Option<Duration>,
    lines: bool,
    #[cfg(feature = "signals")]
    signals: Vec<i32>,
    now: Now,
    pub(super) disk: Disk,
    /// The first of the values that can't be used.
    wrong: Option<RollingError>,
}

impl std::fmt::Debug for RollingBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RollingBuilder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl RollingBuilder {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            max_size: None,
            schedule: Schedule::default(),
            at_start: false,
            naming: Naming::default(),
            retention: Retention::default(),
            format: None,
            mode: 0o666,
            watch: Some(Duration::from_secs(1)),
            lines: true,
            #[cfg(feature = "signals")]
            signals: Vec::new(),
            now: Arc::new(SystemTime::now),
            disk: Disk::default(),
            wrong: None,
        }
    }

    /// Begins a new file before one would grow beyond so many bytes. A single record that is longer stays
    /// whole.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink::RollingFile};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("ringlog-max-size-{}", std::process::id()));
    /// let file = RollingFile::builder(folder.join("app.log")).max_size(1000).open()?;
    /// let runtime = Builder::new().sink(file).start()?;
    /// for id in 0..100 {
    ///     info!(logger: runtime, "order {id} accepted");
    /// }
    /// runtime.shutdown()?;
    /// for entry in std::fs::read_dir(&folder)? {
    ///     assert!(entry?.metadata()?.len() <= 1000);
    /// }
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_size(mut self, bytes: u64) -> Self {
        if bytes == 0 {
            self.wrong.get_or_insert(RollingError::MaxSize);
        }
        self.max_size = Some(bytes);
        self
    }

    /// Begins a new file at each full hour of the time zone, twice at one that comes twice.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("app.log").hourly().by_date();
    /// # let _ = file;
    /// ```
    pub fn hourly(mut self) -> Self {
        self.schedule.hourly = true;
        self
    }

    /// Begins a new file at midnight: `daily_at("00:00")`.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("app.log").daily().by_date();
    /// # let _ = file;
    /// ```
    pub fn daily(self) -> Self {
        self.daily_at("00:00")
    }

    /// Begins a new file each day at a time of the time zone, `HH:MM` or `HH:MM:SS`; called again, at further
    /// times.
    ///
    /// When clocks are put back, and the time comes twice, a new file begins the first time. When they are
    /// put forward, and the time is skipped, a new file begins as much later: 02:30 is then 03:30.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    ///
    /// // When the day session ends, and when the night session does.
    /// let file = RollingFile::builder("app.log").daily_at("17:35").daily_at("06:00");
    /// # let _ = file;
    /// ```
    pub fn daily_at(mut self, time: &str) -> Self {
        match time_of_day(time) {
            Some(seconds) => self.schedule.daily.push(seconds),
            None => {
                self.wrong.get_or_insert_with(|| RollingError::TimeOfDay(time.to_owned()));
            }
        }
        self
    }

    /// Reckons hours, days and dates in the system's time zone. Without, it is UTC.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("app.log").daily().local_time();
    /// # let _ = file;
    /// ```
    #[cfg(feature = "local-time")]
    pub fn local_time(mut self) -> Self {
        self.schedule.zone = Zone::system();
        self
    }

    /// Reckons hours, days and dates in a time zone: a name out of the system's database, written as it is there, such as
    /// `Europe/Berlin`, or a rule as in POSIX's `TZ`, such as `CET-1CEST,M3.5.0,M10.5.0/3`. `TZDIR` says where the database is,
    /// if it is not in its usual place. Files of TZif version 4 can't be read.
    ///
    /// ```
    /// use ringlog::sink::{RollingError, RollingFile};
    ///
    /// let file = RollingFile::builder("app.log").daily_at("17:30").time_zone("EST5EDT,M3.2.0,M11.1.0");
    /// # let _ = file;
    /// let error = RollingFile::builder("app.log").time_zone("Middle-earth/Shire").open().unwrap_err();
    /// assert!(matches!(error, RollingError::TimeZone { .. }));
    /// ```
    #[cfg(feature = "local-time")]
    pub fn time_zone(mut self, name: &str) -> Self {
        match Zone::named(name) {
            Ok(zone) => self.schedule.zone = zone,
            Err(reason) => {
                let name = name.to_owned();
                self.wrong.get_or_insert(RollingError::TimeZone { name, reason });
            }
        }
        self
    }

    /// Begins a new file at [`open`](Self::open), unless the one that is there is empty.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink::RollingFile};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("ringlog-at-start-{}", std::process::id()));
    /// for run in 1..=2 {
    ///     let file = RollingFile::builder(folder.join("app.log")).at_start().open()?;
    ///     let runtime = Builder::new().sink(file).start()?;
    ///     info!(logger: runtime, "run {run}");
    ///     runtime.shutdown()?;
    /// }
    /// assert!(std::fs::read_to_string(folder.join("app.log.1"))?.ends_with("run 1\n"));
    /// assert!(std::fs::read_to_string(folder.join("app.log"))?.ends_with("run 2\n"));
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn at_start(mut self) -> Self {
        self.at_start = true;
        self
    }

    /// Names archives by age, `app.log.1` being the newest: the default. Each rotation renames all of them.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("app.log").max_size(64 << 20).by_index();
    /// # let _ = file;
    /// ```
    pub fn by_index(mut self) -> Self {
        self.naming = Naming::Index;
        self
    }

    /// Names archives by the date on which they began, `app.2026-11-23.log`, the next of the same date
    /// `app.2026-11-23.1.log`. With [`daily_at`](Self::daily_at), a day begins at its time.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("app.log").max_size(64 << 20).daily().by_date();
    /// # let _ = file;
    /// ```
    pub fn by_date(mut self) -> Self {
        self.naming = Naming::Date;
        self
    }

    /// Keeps so many archives beside the file that is written to; the oldest go first.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    ///
    /// // Eight files at most, 512 MiB of them.
    /// let file = RollingFile::builder("app.log").max_size(64 << 20).keep_files(7);
    /// # let _ = file;
    /// ```
    pub fn keep_files(mut self, files: usize) -> Self {
        self.retention.files = Some(files);
        self
    }

    /// Keeps so many bytes at most: those of the archives, as they are on disk, and
    /// [`max_size`](Self::max_size), or the present length without one, for the file that is written to. The
    /// oldest archives go first.
    ///
    /// ```
    /// use ringlog::sink::{RollingError, RollingFile};
    ///
    /// let file = RollingFile::builder("app.log").max_size(64 << 20).keep_bytes(1 << 30);
    /// # let _ = file;
    /// let error = RollingFile::builder("app.log").max_size(64 << 20).keep_bytes(1 << 20).open().unwrap_err();
    /// assert!(matches!(error, RollingError::KeepBytes { .. }));
    /// ```
    pub fn keep_bytes(mut self, bytes: u64) -> Self {
        self.retention.bytes = Some(bytes);
        self
    }

    /// Keeps archives so long after their last record (their time of modification). It is looked at when a
    /// file is rotated, and at least once an hour.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// use std::time::Duration;
    ///
    /// let week = Duration::from_secs(7 * 24 * 3600);
    /// let file = RollingFile::builder("app.log").daily().keep_for(week);
    /// # let _ = file;
    /// ```
    pub fn keep_for(mut self, age: Duration) -> Self {
        if age < Duration::from_secs(1) {
            self.wrong.get_or_insert(RollingError::KeepFor(age));
        }
        self.retention.age = Some(age);
        self
    }

    /// Compresses archives, on a thread of its own.
    ///
    /// ```
    /// # #[cfg(feature = "zstd")]
    /// # {
    /// use ringlog::sink::{Compression, RollingFile};
    /// let file = RollingFile::builder("app.log").daily().by_date().compress(Compression::Zstd);
    /// # let _ = file;
    /// # }
    /// ```
    #[cfg(any(feature = "gzip", feature = "zstd"))]
    pub fn compress(mut self, compression: Compression) -> Self {
        self.format = Some(compression.format());
        self
    }

    /// The permissions of new files, before the process's umask: 0o666 by default. Archives have those of the
    /// file that they were made of.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("app.log").mode(0o640); // the group may read, nobody else
    /// # let _ = file;
    /// ```
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// How often it is looked whether someone else has moved the file away and made another: before a write,
    /// but at most once in so long a time, which is a second by default; `None` is never. That the file was
    /// removed or truncated is noticed at each write.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// use std::time::Duration;
    ///
    /// let told_by_a_signal = RollingFile::builder("app.log").watch_path(None);
    /// let noticed_soon = RollingFile::builder("app.log").watch_path(Some(Duration::from_millis(100)));
    /// # let _ = (told_by_a_signal, noticed_soon);
    /// ```
    pub fn watch_path(mut self, at_most_every: Option<Duration>) -> Self {
        self.watch = at_most_every;
        self
    }

    /// Opens the path anew before the next write after such a signal, as [`RollingHandle::reopen`] does:
    /// `reopen_on_signal(libc::SIGHUP)`, which `logrotate` scripts send. May be called for several signals.
    /// Handlers that were there before are called as well, but the signal's default action (SIGHUP ends a
    /// process) is not taken any more, even when the file is closed.
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let file = RollingFile::builder("app.log").reopen_on_signal(libc::SIGHUP);
    /// # let _ = file;
    /// ```
    #[cfg(feature = "signals")]
    pub fn reopen_on_signal(mut self, signal: i32) -> Self {
        self.signals.push(signal);
        self
    }

    /// Whether records end with a line, as those of `layout::Text` and `layout::Json` do: the default. A line
    /// that begins with a space or a tab belongs to the record before. If not, a batch is never divided
    /// between two files, and may exceed [`max_size`](Self::max_size).
    ///
    /// ```
    /// use ringlog::sink::RollingFile;
    /// let frames = RollingFile::builder("app.bin").max_size(64 << 20).records_are_lines(false);
    /// # let _ = frames;
    /// ```
    pub fn records_are_lines(mut self, lines: bool) -> Self {
        self.lines = lines;
        self
    }

    /// Where the time comes from, in place of [`SystemTime::now`]. It is read once for each batch.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink::RollingFile};
    /// use std::time::{Duration, SystemTime};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("ringlog-clock-{}", std::process::id()));
    /// // A replay of another day.
    /// let day = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    /// let file = RollingFile::builder(folder.join("app.log")).by_date().clock(move || day).open()?;
    /// let handle = file.handle();
    /// let runtime = Builder::new().sink(file).start()?;
    /// info!(logger: runtime, "one");
    /// runtime.flush()?;
    /// handle.rotate();
    /// info!(logger: runtime, "two");
    /// runtime.shutdown()?;
    /// # let names: Vec<_> = std::fs::read_dir(&folder)?.map(|entry| entry.unwrap().file_name()).collect();
    /// # assert_eq!(names.len(), 2, "{names:?}");
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// Opens the file, and makes it and its folder where they are missing. What an earlier process did not
    /// finish is finished first, or, as for compression, as soon as may be.
    ///
    /// ```
    /// use ringlog::sink::{RollingError, RollingFile};
    ///
    /// let error = RollingFile::builder("app.log").max_size(0).open().unwrap_err();
    /// assert!(matches!(error, RollingError::MaxSize));
    /// ```
    ///
    /// # Errors
    ///
    /// See [`RollingError`].
    pub fn open(self) -> Result<RollingFile, RollingError> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let least = self.max_size.unwrap_or(1);
        if let Some(keep) = self.retention.bytes.filter(|&keep| keep < least) {
            return Err(RollingError::KeepBytes { keep, max_size: least });
        }
        let names = names_of(&self.path, self.naming)?;
        let mut active = Active::open(&self.disk, &names.path, &names.folder, self.mode)?;
        for leftover in names.leftovers(&self.disk)? {
            self.disk.remove(&leftover)?;
        }
        active.torn = self.lines && active.ends_within_a_line(&names.path);
        let policy = Policy { format: self.format, retention: self.retention, max_size: self.max_size };
        let keeping = Keeping::new(names, self.disk, self.now, policy);
        lock(&keeping.folder).active = Some(active.identity());
        let keeping = Arc::new(keeping);
        let handle = RollingHandle { requests: Arc::new(Requests::default()), keeping: Arc::clone(&keeping) };
        #[cfg(feature = "signals")]
        let signals = super::signals::Signals::listen(&self.signals, &handle.requests)?;
        let mut file = RollingFile {
            next_due: self.schedule.next_after(active.begun),
            active: Some(active),
            replaced: Vec::new(),
            lost: None,
            entries_unsynced: true,
            max_size: self.max_size,
            schedule: self.schedule,
            mode: self.mode,
            lines: self.lines,
            watch: self.watch.map(|interval| Watch { interval, last: (keeping.now)() }),
            is_asked: false,
            astray_since: None,
            stuck_since: None,
            handle,
            keeper: None,
            #[cfg(feature = "signals")]
            _signals: signals,
        };
        if self.at_start {
            file.rotate_at_start()?;
        }
        file.keeper = Some(Keeper::start(keeping).map_err(RollingError::Thread)?);
        Ok(file)
    }
}

/// Checks a path. A link is followed, so that archives come to stand beside the file itself.
fn names_of(path: &Path, naming: Naming) -> Result<Names, RollingError> {
    let no_name = || RollingError::NoName(path.to_owned());
    // A trailing slash or dot is no part of a name for `Path`, but means a folder.
    let ends_in_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/")
        || path.as_os_str().as_encoded_bytes().ends_with(b"/.");
    if path.file_name().is_none() || ends_in_folder {
        return Err(no_name());
    }
    let mut path = std::path::absolute(path)?;
    if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
        path = crate::sink::disk::told(fs::canonicalize(&path), &path, "is a link that leads nowhere")?;
    }
    if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(RollingError::NotAFile(path));
    }
    let names = Names::new(path, naming).ok_or_else(no_name)?;
    if names.name().len() > MAX_NAME {
        return Err(RollingError::LongName(names.path));
    }
    Ok(names)
}
