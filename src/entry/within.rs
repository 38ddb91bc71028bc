//! A log call within a log call.
//!
//! A signal handler, a hand-written `Encode`, a custom clock or an allocator may log while a log call of the same thread
//! is under way, anywhere between two of its instructions. What the inner call wrote, the outer one would write over. So a
//! call says that it is [`Within`] before it looks at the ring, and until its record is committed: the inner call sees
//! that, and is counted as lost, as is one of a thread that holds one of ringlog's locks. It waits for nothing and
//! allocates nothing.

use crate::producer::Producer;
use crate::sync::{Ordering, compiler_fence};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;

std::thread_local! {
    static ENTRY: Entry = const { Entry { producer: Cell::new(ptr::null_mut()), is_within: Cell::new(false) } };
}

/// What a log call needs of its thread. Without a destructor: it lasts as long as the thread.
struct Entry {
    /// The thread's producer for the global runtime. Null where it has none.
    producer: Cell<*mut Producer>,
    /// Whether log calls are refused: one is under way.
    is_within: Cell<bool>,
}

/// The thread is within a log call for as long as this lives, also where what is the user's panics.
// Without an address: what stands at a fixed place in each thread need not be kept in a register.
pub(super) struct Within(PhantomData<*const ()>);

impl Within {
    /// `None` if the thread is within a call already.
    #[inline(always)]
    pub(super) fn enter() -> Option<Self> {
        let was_within = ENTRY.with(|entry| entry.is_within.replace(true));
        // ORDERING: for the compiler alone: a handler of a signal finds the thread within, or its ring untouched.
        compiler_fence(Ordering::SeqCst);
        // Lazily: one that is dropped would end the call that is under way.
        (!was_within).then(|| Self(PhantomData))
    }

    /// The thread's producer for the global runtime, if it has one.
    #[inline(always)]
    pub(super) fn producer(&mut self) -> Option<&mut Producer> {
        // SAFETY: the pointer is of a box that `owned` keeps until the thread ends, and then is null. No other reference
        // is alive: nobody asks twice in a call, and whoever else logs within it is refused.
        unsafe { ENTRY.with(|entry| entry.producer.get()).as_mut() }
    }

    /// Has the thread know its producer for the global runtime.
    pub(super) fn bind(&mut self, producer: *mut Producer) {
        ENTRY.with(|entry| entry.producer.set(producer));
    }
}

impl Drop for Within {
    #[inline(always)]
    fn drop(&mut self) {
        // ORDERING: for the compiler alone, as in `enter`.
        compiler_fence(Ordering::SeqCst);
        ENTRY.with(|entry| entry.is_within.set(false));
    }
}

/// Calls a clock of the user's: it is read within log calls, and a log call out of it is counted as lost.
pub(crate) fn read_within(clock: &dyn Fn() -> u64) -> u64 {
    // Where the thread is within a call already, it stays so.
    let _within = Within::enter();
    clock()
}

/// Has the calling thread look for the global runtime anew.
pub(crate) fn unbind_global() {
    ENTRY.with(|entry| entry.producer.set(ptr::null_mut()));
}

/// Has the calling thread, the only one of a new process, be within no call.
pub(super) fn leave() {
    ENTRY.with(|entry| entry.is_within.set(false));
}
