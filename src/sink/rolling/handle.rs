//! What other threads ask of a rolling file.

use super::keeper::Keeping;
use crate::sync::{Arc, AtomicBool, Ordering};

/// Requests that wait for the next write. Set by any thread, taken by the sink's.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Set by signals as well.
    reopen: Arc<AtomicBool>,
    rotate: AtomicBool,
}

impl Requests {
    pub(super) fn take_reopen(&self) -> bool {
        take(&self.reopen)
    }

    #[cfg(feature = "signals")]
    pub(super) fn reopen_flag(&self) -> &Arc<AtomicBool> {
        &self.reopen
    }

    pub(super) fn take_rotate(&self) -> bool {
        take(&self.rotate)
    }
}

fn take(request: &AtomicBool) -> bool {
    // ORDERING: relaxed, the load only spares the sink's thread a swap. ORDERING: acquire, pairs with the
    // store of `RollingHandle::ask`: what was done before asking, a rename for one, has happened before what
    // is done for it.
    request.load(Ordering::Relaxed) && request.swap(false, Ordering::Acquire)
}

/// Steers a [`RollingFile`](super::RollingFile) that a runtime has taken. It can be cloned and sent anywhere.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("ringlog-handle-{}", std::process::id()));
/// let file = sink::RollingFile::builder(folder.join("app.log")).open()?;
/// let handle = file.handle();
/// let runtime = Builder::new().sink(file).start()?;
/// info!(logger: runtime, "the old day");
/// runtime.flush()?;
/// handle.rotate();
/// info!(logger: runtime, "the new day");
/// runtime.shutdown()?;
/// assert!(std::fs::read_to_string(folder.join("app.log.1"))?.ends_with("the old day\n"));
/// assert!(std::fs::read_to_string(folder.join("app.log"))?.ends_with("the new day\n"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RollingHandle {
    pub(super) requests: Arc<Requests>,
    pub(super) keeping: Arc<Keeping>,
}

impl RollingHandle {
    /// Has the sink close its file and open its path anew before the next write, as programs do on SIGHUP
    /// after
    /// `logrotate` has moved the file away; unless the path still names the file. It is one atomic
    /// store: a signal handler may call it.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    /// use std::fs;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("ringlog-reopen-{}", std::process::id()));
    /// # let path = folder.join("app.log");
    /// let file = sink::RollingFile::builder(&path).open()?;
    /// let handle = file.handle();
    /// let runtime = Builder::new().sink(file).start()?;
    /// info!(logger: runtime, "before");
    /// runtime.flush()?;
    /// fs::rename(&path, folder.join("app.log.old"))?;
    /// handle.reopen();
    /// info!(logger: runtime, "after");
    /// runtime.flush()?;
    /// assert!(fs::read_to_string(&path)?.ends_with("after\n"));
    /// # drop(runtime);
    /// # fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reopen(&self) {
        ask(&self.requests.reopen);
    }

    /// Has the sink begin a new file before the next write, unless the present one is empty. It is one atomic
    /// store: a signal handler may call it.
    ///
    /// ```
    /// use ringlog::sink::RollingHandle;
    ///
    /// fn at_the_end_of_the_session(log: &RollingHandle) {
    ///     log.rotate();
    /// }
    /// ```
    pub fn rotate(&self) {
        ask(&self.requests.rotate);
    }

    /// Waits until the files that have been rotated by now are compressed, and those that are too many
    /// deleted, or until that has failed. It returns at once where neither was asked for, and once the sink
    /// is gone.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("ringlog-tidy-{}", std::process::id()));
    /// let file = sink::RollingFile::builder(folder.join("app.log")).keep_files(1).open()?;
    /// let handle = file.handle();
    /// let runtime = Builder::new().sink(file).start()?;
    /// for session in 1..=4 {
    ///     info!(logger: runtime, "session {session}");
    ///     runtime.flush()?;
    ///     handle.rotate();
    /// }
    /// runtime.shutdown()?;
    /// handle.wait_until_tidy();
    /// assert_eq!(std::fs::read_dir(&folder)?.count(), 2); // the file and one archive
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_until_tidy(&self) {
        self.keeping.wait_until_tidy();
    }
}

fn ask(request: &AtomicBool) {
    // ORDERING: release, pairs with the swap of `take`.
    request.store(true, Ordering::Release);
}
