//! How new rings and commands reach a worker: a lock-free stack that any thread pushes on and one takes from.
//!
//! # Variables
//!
//! - `head`: null (empty), the newest node, or `CLOSED`. Pushed by compare-and-swap, taken as a whole, so no
//!   node is freed while another thread stands on it. Once `CLOSED`, it stays so.
//! - A node belongs to its pusher until it is on the stack, then to who takes it.
//!
//! # The race that decided the design
//!
//! A thread hands over a ring while the worker shuts down. With a flag beside the stack, the push could come
//! after the last take and before the flag, and the ring would lie there for ever. So closing *is* the last take:
//! one swap that leaves `CLOSED` behind. A push comes before it and is taken, or after it and is refused, with
//! the value given back.

use crate::sync::{AtomicPtr, Ordering};
use std::ptr;

struct Node<T> {
    value: T,
    next: *mut Node<T>,
}

/// What any thread hands to one worker.
#[derive(Debug)]
pub(crate) struct Intake<T> {
    head: AtomicPtr<Node<T>>,
}

// SAFETY: values pass from the pusher to the taker, and nobody refers to one that is on the stack.
unsafe impl<T: Send> Send for Intake<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Intake<T> {}

/// The worker has shut down: the value is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused<T>(pub(crate) T);

impl<T> Intake<T> {
    /// The mark of a closed intake: an address that no node has.
    fn closed() -> *mut Node<T> {
        ptr::dangling_mut()
    }

    pub(crate) fn new() -> Self {
        const { assert!(align_of::<Node<T>>() < size_of::<Node<T>>()) };
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Hands `value` over. Lock-free; allocates.
    ///
    /// # Errors
    ///
    /// [`Refused`] after [`close`](Self::close).
    pub(crate) fn push(&self, value: T) -> Result<(), Refused<T>> {
        let node = Box::into_raw(Box::new(Node { value, next: ptr::null_mut() }));
        // Mostly there is nothing else: the first guess costs no load.
        let mut head = ptr::null_mut();
        loop {
            if head == Self::closed() {
                // SAFETY: the node came from `Box::into_raw` and nobody else has seen it.
                return Err(Refused(unsafe { Box::from_raw(node) }.value));
            }
            // SAFETY: the node is ours until the compare-and-swap succeeds.
            unsafe { (*node).next = head };
            // ORDERING: release hands the node to `take_all` or `close`, also through later pushes, which continue the
            // release sequence.
            match self.head.compare_exchange_weak(head, node, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => head = now,
            }
        }
    }

    /// Takes everything, the oldest first. One load where there is nothing.
    #[inline]
    pub(crate) fn take_all(&self) -> Taken<T> {
        if self.is_empty() { Taken { head: ptr::null_mut() } } else { self.take_all_slow() }
    }

    #[cold]
    fn take_all_slow(&self) -> Taken<T> {
        // ORDERING: relaxed, a guess that the compare-and-swap checks.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == Self::closed() {
                return Taken { head: ptr::null_mut() };
            }
            // ORDERING: acquire pairs with every `push` since the last take. Not a swap, which would open a closed
            // intake for a moment.
            match self.head.compare_exchange_weak(head, ptr::null_mut(), Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return Taken::reversed(head),
                Err(now) => head = now,
            }
        }
    }

    /// Whether there is nothing to take. Another thread may push at any time.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // ORDERING: relaxed, a hint: who is about to sleep looks between the fence of `Doorbell::announce` and its
        // park, and `Doorbell::ring` follows the push.
        let head = self.head.load(Ordering::Relaxed);
        head.is_null() || head == Self::closed()
    }

    /// Refuses every push from now on, and takes what was pushed before, the oldest first.
    pub(crate) fn close(&self) -> Taken<T> {
        // ORDERING: acquire pairs with every `push` since the last take. Release is not needed: a refused push reads
        // nothing of ours.
        let head = self.head.swap(Self::closed(), Ordering::Acquire);
        if head == Self::closed() { Taken { head: ptr::null_mut() } } else { Taken::reversed(head) }
    }
}

impl<T> Drop for Intake<T> {
    fn drop(&mut self) {
        drop(self.close());
    }
}

/// What was taken, the oldest first. Dropping it drops the rest.
#[derive(Debug)]
pub(crate) struct Taken<T> {
    head: *mut Node<T>,
}

// SAFETY: the values are owned.
unsafe impl<T: Send> Send for Taken<T> {}

impl<T> Taken<T> {
    fn reversed(mut newest: *mut Node<T>) -> Self {
        let mut head = ptr::null_mut();
        while !newest.is_null() {
            // SAFETY: the nodes were taken off the stack, so they are alive and ours alone.
            let next = unsafe { std::mem::replace(&mut (*newest).next, head) };
            head = newest;
            newest = next;
        }
        Self { head }
    }
}

impl<T> Iterator for Taken<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.head.is_null() {
            return None;
        }
        // SAFETY: the node came from `Box::into_raw` in `push`, and is ours alone.
        let node = unsafe { Box::from_raw(self.head) };
        self.head = node.next;
        Some(node.value)
    }
}

impl<T> Drop for Taken<T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}
