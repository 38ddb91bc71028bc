//! What the producers of a runtime share: how rings are made, where they go, and who has left one.

use super::{Gap, Overflow, Producer, Routes};
use crate::account::Account;
use crate::bells::Bells;
use crate::clock::ClockSource;
use crate::record::ThreadInfo;
use crate::ring::{RingConsumer, RingProducer};
use crate::sync::{Arc, AtomicBool, AtomicU64, Mutex, OnceLock, Ordering, lock};
use std::any::Any;
use std::fmt;

/// Takes a new ring over; whether there is a worker for it.
pub(crate) type Adopt = Box<dyn Fn(RingConsumer, &Arc<Account>) -> bool + Send + Sync>;

/// A ring that no thread has: it is new, or its thread has ended.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) ring: RingProducer,
    pub(super) account: Arc<Account>,
    /// What the thread has dropped since its last record.
    pub(super) gap: Option<Gap>,
}

/// What producers share: how rings are made and where they go.
pub(crate) struct Registry {
    pub(crate) ring_capacity: usize,
    pub(crate) overflow: Overflow,
    pub(crate) clock: ClockSource,
    pub(crate) bells: Arc<Bells>,
    /// Hands a new ring to a worker.
    pub(crate) adopt: Adopt,
    idle: Mutex<Vec<Idle>>,
    accounts: Mutex<Vec<Arc<Account>>>,
    /// Set before any thread registers.
    default_routes: OnceLock<&'static Routes>,
    closed: AtomicBool,
    superseded: AtomicBool,
    left_behind: AtomicBool,
    lost: AtomicU64,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("accounts", &lock(&self.accounts).len()).finish_non_exhaustive()
    }
}

impl Registry {
    pub(crate) fn new(
        ring_capacity: usize,
        overflow: Overflow,
        clock: ClockSource,
        bells: Arc<Bells>,
        adopt: Adopt,
    ) -> Self {
        Self {
            ring_capacity,
            overflow,
            clock,
            bells,
            adopt,
            idle: Mutex::default(),
            accounts: Mutex::default(),
            default_routes: OnceLock::new(),
            closed: AtomicBool::new(false),
            superseded: AtomicBool::new(false),
            left_behind: AtomicBool::new(false),
            lost: AtomicU64::new(0),
        }
    }

    /// Makes a producer for the calling thread, which is `thread`: a ring of its own, or one that an ended thread has
    /// left. `None` once the registry is closed.
    pub(crate) fn register(self: &Arc<Self>, waits: bool, thread: ThreadInfo) -> Option<Producer> {
        let thread = Arc::new(thread);
        if self.is_closed() {
            return None;
        }
        let idle = lock(&self.idle).pop();
        let idle = match idle {
            Some(idle) => {
                idle.account.set_thread(Arc::clone(&thread));
                idle
            }
            None if !crate::ring::is_there_memory(self.ring_capacity) => return None,
            None => {
                let (ring, consumer) = crate::ring::ring(self.ring_capacity);
                let bells = Arc::clone(&self.bells);
                let account = Arc::new(Account::new(Arc::clone(&thread), &ring, bells));
                if !(self.adopt)(consumer, &account) {
                    return None;
                }
                lock(&self.accounts).push(Arc::clone(&account));
                Idle { ring, account, gap: None }
            }
        };
        let overflow = if waits { self.overflow } else { Overflow::DropNewest };
        let routes = self.default_routes.get().copied()?;
        Some(Producer::new(idle, overflow, routes, thread, Arc::clone(self)))
    }

    /// Says where records go that name no logger. Once, before any thread registers.
    pub(crate) fn set_default_routes(&self, routes: Routes) {
        self.default_routes.get_or_init(|| known(routes));
    }

    /// Takes the ring of a thread that has ended.
    pub(super) fn take_back(&self, idle: Idle) {
        lock(&self.idle).push(idle);
    }

    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: acquire, pairs with `close`.
        self.closed.load(Ordering::Acquire)
    }

    /// Refuses new rings, and has producers that wait for room give up.
    pub(crate) fn close(&self) {
        // ORDERING: release, pairs with `is_closed`.
        self.closed.store(true, Ordering::Release);
    }

    /// Another runtime is the global one now: producers of this one look for it when they next come by.
    pub(crate) fn supersede(&self) {
        // ORDERING: release, pairs with `is_superseded`.
        self.superseded.store(true, Ordering::Release);
    }

    pub(crate) fn is_superseded(&self) -> bool {
        // ORDERING: acquire, pairs with `supersede`.
        self.superseded.load(Ordering::Acquire)
    }

    /// The process is a child, and the runtime the parent's.
    pub(crate) fn leave_behind(&self) {
        self.close();
        // ORDERING: relaxed, there is no other thread; those that come later are started by this one.
        self.lost.store(0, Ordering::Relaxed);
        // ORDERING: relaxed, as above.
        self.left_behind.store(true, Ordering::Relaxed);
    }

    /// Whether the runtime is that of the parent of this process. Its locks may be held for ever.
    pub(crate) fn is_left_behind(&self) -> bool {
        // ORDERING: relaxed, as in `leave_behind`.
        self.left_behind.load(Ordering::Relaxed)
    }

    /// Counts a log call that no ring took.
    pub(crate) fn lose_one(&self) {
        // ORDERING: relaxed, a count.
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self) -> u64 {
        // ORDERING: relaxed, a count.
        self.lost.load(Ordering::Relaxed)
    }

    pub(crate) fn accounts(&self) -> Vec<Arc<Account>> {
        lock(&self.accounts).clone()
    }
}

static KNOWN: Mutex<Vec<&'static Routes>> = Mutex::new(Vec::new());

/// Keeps the known routes as they are.
pub(crate) fn hold() -> Box<dyn Any> {
    Box::new(lock(&KNOWN))
}

/// The one copy of these routes, for the life of the process: completions of runtimes that are gone point to it.
fn known(routes: Routes) -> &'static Routes {
    let mut known = lock(&KNOWN);
    let same = |old: &&&'static Routes| old.iter().zip(&routes).all(|(old, new)| std::ptr::eq(*old, *new));
    if let Some(found) = known.iter().find(same) {
        return found;
    }
    let new: &'static Routes = Box::leak(Box::new(routes));
    known.push(new);
    new
}
