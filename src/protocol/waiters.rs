//! Those who wait on a flush cell: a lock-free stack of shared nodes.
//!
//! # Variables
//!
//! - `head`: the newest node. Pushed by compare-and-swap, emptied as a whole by swap, so no node is unlinked
//!   while another thread stands on it, and no address is compared after its node could have been freed.
//! - A node's `next`: written by whoever holds the node outside the stack: the waiter before its push, a
//!   settler between its take and its push back.
//! - A node's `state`: `WAITING` → `RESOLVED` by the settler, or → `CANCELLED` by the waiter; each at most
//!   once, never back.
//!
//! Each node is held by its waiter and by the stack (or the settler that took it): two counted references.

use super::waker_slot::WakerSlot;
use super::want::{Route, Want};
use crate::sync::{Arc, AtomicPtr, AtomicU8, Ordering, UnsafeCell};
use std::ptr;

const WAITING: u8 = 0;
const RESOLVED: u8 = 1;
const CANCELLED: u8 = 2;

/// One who waits for a record.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) position: u64,
    pub(crate) route: &'static Route,
    pub(crate) want: Want,
    pub(crate) slot: WakerSlot,
    state: AtomicU8,
    next: UnsafeCell<*const Waiter>,
}

// SAFETY: `next` is reached only by the one thread that holds the node outside the stack, and passes from hand to
// hand through `head`.
unsafe impl Send for Waiter {}
// SAFETY: as above.
unsafe impl Sync for Waiter {}

/// How an attempt to resolve a waiter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Resolve {
    /// It is resolved now, by this call.
    Resolved,
    /// It had gone.
    WasCancelled,
}

/// How an attempt to cancel a waiter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Cancel {
    /// It is cancelled now, by this call.
    Cancelled,
    /// It had been resolved, or cancelled before.
    WasSettled,
}

impl Waiter {
    pub(crate) fn new(position: u64, route: &'static Route, want: Want) -> Self {
        Self {
            position,
            route,
            want,
            slot: WakerSlot::new(),
            state: AtomicU8::new(WAITING),
            next: UnsafeCell::new(ptr::null()),
        }
    }

    /// Called by the settler that holds the node.
    pub(crate) fn resolve(&self) -> Resolve {
        // ORDERING: relaxed, `state` only says which of the two came first. What the settler saw reaches the waiter
        // through the slot, whose `take` follows.
        match self.state.compare_exchange(WAITING, RESOLVED, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => Resolve::Resolved,
            Err(_) => Resolve::WasCancelled,
        }
    }

    /// Called by the waiter.
    pub(crate) fn cancel(&self) -> Cancel {
        // ORDERING: release pairs with `is_cancelled`: the settler that takes the node off the count sees it counted.
        match self.state.compare_exchange(WAITING, CANCELLED, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => Cancel::Cancelled,
            Err(_) => Cancel::WasSettled,
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        // ORDERING: acquire pairs with `cancel`.
        self.state.load(Ordering::Acquire) == CANCELLED
    }
}

/// The stack that waiters push themselves on.
#[derive(Debug)]
pub(crate) struct Waiters {
    head: AtomicPtr<Waiter>,
}

impl Waiters {
    pub(crate) fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Whether nobody waits. Exact only under the fences that `FlushCell` places around it.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // ORDERING: relaxed, the sequentially consistent fences of `FlushCell::poll` and `notify` decide who sees whom;
        // the nodes themselves are acquired by `take_all`.
        self.head.load(Ordering::Relaxed).is_null()
    }

    /// Puts all nodes of `chain` on the stack.
    pub(crate) fn push(&self, chain: Chain) {
        let (first, last) = chain.into_raw();
        if first.is_null() {
            return;
        }
        // Mostly there is nobody else: the first guess costs no load.
        let mut head = ptr::null_mut();
        loop {
            // SAFETY: `last` is alive and ours until the compare-and-swap succeeds.
            unsafe { (*last).next.with_mut(|next| *next = head) };
            // ORDERING: release hands the nodes to `take_all`, also through later pushes, which continue the release
            // sequence.
            match self.head.compare_exchange_weak(
                head,
                first.cast_mut(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes all nodes off the stack.
    pub(crate) fn take_all(&self) -> Chain {
        // ORDERING: acquire pairs with every `push` since the last `take_all`.
        let first = self.head.swap(ptr::null_mut(), Ordering::Acquire);
        Chain { first, last: ptr::null(), len: 0 }
    }
}

impl Drop for Waiters {
    fn drop(&mut self) {
        drop(self.take_all());
    }
}

/// Nodes that one thread holds, linked by `next`. `last` and `len` count only what `append` added, which is all
/// that `Waiters::push` needs: a chain that was taken is iterated, not pushed.
#[derive(Debug)]
pub(crate) struct Chain {
    first: *const Waiter,
    last: *const Waiter,
    len: usize,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self { first: ptr::null(), last: ptr::null(), len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Adds a node behind the last.
    pub(crate) fn append(&mut self, waiter: Arc<Waiter>) {
        let waiter = Arc::into_raw(waiter);
        // SAFETY: the chain holds a reference to each of its nodes and is the only one at their `next`.
        unsafe {
            (*waiter).next.with_mut(|next| *next = ptr::null());
            if self.first.is_null() {
                self.first = waiter;
            } else {
                (*self.last).next.with_mut(|next| *next = waiter);
            }
        }
        self.last = waiter;
        self.len += 1;
    }

    fn into_raw(self) -> (*const Waiter, *const Waiter) {
        let ends = (self.first, self.last);
        std::mem::forget(self);
        ends
    }
}

impl Iterator for Chain {
    type Item = Arc<Waiter>;

    fn next(&mut self) -> Option<Arc<Waiter>> {
        if self.first.is_null() {
            return None;
        }
        // SAFETY: the chain holds a reference to each of its nodes, and gives it away here.
        let waiter = unsafe { Arc::from_raw(self.first) };
        // SAFETY: no one else is at the `next` of a node that is off the stack.
        self.first = waiter.next.with(|next| unsafe { *next });
        Some(waiter)
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}
