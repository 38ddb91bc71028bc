//! The thread that compresses and deletes (`tidy`), so that the sink's own never does.

use super::names::{Format, Names};
use super::retention::Retention;
use crate::error::{Event, Handler, default_handler};
use crate::sink::disk::{Disk, Identity};
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, PoisonError, lock_to_wait as lock, spawn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// How long the end of the sink waits for work that is under way.
const GRACE: Duration = Duration::from_secs(2);

/// How often archives are looked at for their age alone.
const AGE_INTERVAL: Duration = Duration::from_secs(3600);

pub(super) type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// What becomes of a file that was rotated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) format: Option<Format>,
    pub(super) retention: Retention,
    /// The most that the file that is written to grows to.
    pub(super) max_size: Option<u64>,
}

/// Which files are to be left as they are, whatever they are called.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// The one that is written to: someone may have given it an archive's name.
    pub(super) active: Option<Identity>,
    /// Those that are not to be compressed: of one whose sync failed, nobody knows what is on stable storage.
    pub(super) spared: Vec<Identity>,
}

impl Folder {
    pub(super) fn may_compress(&self, file: Identity) -> bool {
        self.active != Some(file) && !self.spared.contains(&file)
    }
}

/// What the sink and its keeper share.
pub(super) struct Keeping {
    pub(super) names: Names,
    pub(super) disk: Disk,
    pub(super) now: Now,
    pub(super) policy: Policy,
    /// Held while files are renamed or removed.
    pub(super) folder: Mutex<Folder>,
    work: Mutex<Work>,
    changed: Condvar,
    abort: AtomicBool,
    handler: Mutex<Handler>,
    sink: Arc<str>,
}

impl std::fmt::Debug for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeping").field("names", &self.names).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Work {
    /// Something was rotated that nobody has looked at.
    wanted: bool,
    /// The thread is at it.
    busy: bool,
    /// No more will come.
    stop: bool,
    /// There is no thread, or no longer.
    ended: bool,
}

impl Keeping {
    pub(super) fn new(names: Names, disk: Disk, now: Now, policy: Policy) -> Self {
        let sink = names.path.display().to_string().into();
        Self {
            names,
            disk,
            now,
            policy,
            folder: Mutex::default(),
            work: Mutex::new(Work { ended: true, ..Work::default() }),
            changed: Condvar::new(),
            abort: AtomicBool::new(false),
            handler: Mutex::new(default_handler()),
            sink,
        }
    }

    /// Who is told of what goes wrong without a record being lost.
    pub(super) fn report_to(&self, handler: Handler) {
        *lock(&self.handler) = handler;
    }

    pub(super) fn report(&self, error: io::Error) {
        let handler = Arc::clone(&lock(&self.handler));
        handler(&Event::Rolling { sink: Arc::clone(&self.sink), error: Arc::new(error) });
    }

    /// Says that there is something to look at.
    pub(super) fn wake(&self) {
        lock(&self.work).wanted = true;
        self.changed.notify_all();
    }

    pub(super) fn wait_until_tidy(&self) {
        let mut work = lock(&self.work);
        while !work.ended && (work.wanted || work.busy) {
            work = self.wait(work, None);
        }
    }

    fn wait<'w>(&self, work: MutexGuard<'w, Work>, limit: Option<Duration>) -> MutexGuard<'w, Work> {
        match limit {
            Some(limit) => self.changed.wait_timeout(work, limit).unwrap_or_else(PoisonError::into_inner).0,
            None => self.changed.wait(work).unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn run(&self) {
        let limit = self.policy.retention.age.map(|age| age.clamp(Duration::from_secs(1), AGE_INTERVAL));
        let mut work = lock(&self.work);
        loop {
            if !work.wanted {
                if work.stop {
                    break;
                }
                work = self.wait(work, limit);
                if !work.wanted && (work.stop || limit.is_none()) {
                    continue;
                }
            }
            (work.wanted, work.busy) = (false, true);
            drop(work);
            // The clock is the user's code, and may panic.
            catch_unwind(AssertUnwindSafe(|| self.tidy())).unwrap_or_else(|_| {
                self.report(io::Error::other("what is to be kept could not be told: a panic"))
            });
            work = lock(&self.work);
            work.busy = false;
            self.changed.notify_all();
        }
        work.ended = true;
        self.changed.notify_all();
    }

    pub(super) fn is_aborted(&self) -> bool {
        // ORDERING: relaxed, a flag that guards nothing; it pairs with the store of `Keeper::drop`.
        self.abort.load(Ordering::Relaxed)
    }
}

/// The running thread.
#[derive(Debug)]
pub(super) struct Keeper {
    keeping: Arc<Keeping>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread, if there is anything that it is to do.
    pub(super) fn start(keeping: Arc<Keeping>) -> io::Result<Self> {
        if keeping.policy.format.is_none() && !keeping.policy.retention.is_limited() {
            return Ok(Self { keeping, thread: None });
        }
        *lock(&keeping.work) = Work { wanted: true, ..Work::default() };
        let shared = Arc::clone(&keeping);
        let thread = spawn(
            "ringlog-keeper",
            Box::new(move || {
                crate::completion::mark_backend_thread();
                shared.run();
            }),
        );
        let thread = thread.inspect_err(|_| lock(&keeping.work).ended = true)?;
        Ok(Self { keeping, thread: Some(thread) })
    }
}

impl Drop for Keeper {
    /// What can be finished soon is; the rest is left to the next start, and the originals stand.
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        let keeping = &self.keeping;
        let mut work = lock(&keeping.work);
        work.stop = true;
        keeping.changed.notify_all();
        let (work, _) = keeping
            .changed
            .wait_timeout_while(work, GRACE, |work| !work.ended)
            .unwrap_or_else(PoisonError::into_inner);
        // ORDERING: relaxed, a flag that guards nothing; it pairs with the load of `Keeping::is_aborted`.
        keeping.abort.store(true, Ordering::Relaxed);
        if work.ended {
            drop(work);
            // It has nothing left to do, and a panic of it is nobody's here.
            let _ = thread.join();
        }
    }
}
