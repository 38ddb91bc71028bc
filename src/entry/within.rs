//! A log call within a log call, and the producer that a call finds at hand.
//!
//! A signal handler, a hand-written `Encode`, a custom clock or an allocator may log while a log call of the same thread
//! is under way, anywhere between two of its instructions. What the inner call wrote, the outer one would write over. So a
//! call says that it is [`Within`] before it looks at the ring, and until its record is committed: the inner call sees
//! that, and is counted as lost, as is one of a thread that holds one of ringlog's locks. It waits for nothing and
//! allocates nothing.
//!
//! The thread's producer for the global runtime has a *seat* here, in place: were it behind a pointer, each call would
//! read the clock one access to memory later, and on cold caches that is a miss. In a thread that has none, the seat is
//! that of the first other runtime that it has logged to.

use crate::clock::QuickClock;
use crate::producer::{Producer, Registry};
use crate::sync::{Arc, Ordering, compiler_fence};
use std::cell::{Cell, UnsafeCell};
use std::hint::cold_path;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

std::thread_local! {
    static ENTRY: Entry = const {
        Entry {
            state: Cell::new(IDLE | LOOK),
            holder: Cell::new(Holder::None),
            seat: UnsafeCell::new(MaybeUninit::uninit()),
        }
    };
}

/// What a log call needs of its thread. Without a destructor: it lasts as long as the thread. All that a call reads before
/// the clock is in its first cache line.
#[repr(C, align(64))]
struct Entry {
    /// [`IDLE`], and a [`CALL`] more while one is under way; and whether a call has to [`LOOK`], or is by [`ANOTHER`] quick clock.
    state: Cell<u8>,
    holder: Cell<Holder>,
    /// A producer, unless the holder is none.
    seat: UnsafeCell<MaybeUninit<Producer>>,
}

/// Whose producer has the seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    None,
    /// The global runtime's.
    Global,
    /// Another one's.
    Other,
}

/// No call is under way. A call that counts up from here finds zero, which is all that it has to ask.
const IDLE: u8 = 0_u8.wrapping_sub(CALL);
const CALL: u8 = 4;
/// The seat is not the global runtime's, or its clock is one that takes a while.
const LOOK: u8 = 1;
/// The seat is the global runtime's, whose clock is a quick one, but not the default.
const ANOTHER: u8 = 2;

/// The thread is within a log call for as long as this lives, also where what is the user's panics.
// Without an address: what stands at a fixed place in each thread need not be kept in a register.
pub(super) struct Within(PhantomData<*const ()>);

impl Within {
    /// `None` if the thread is within a call already.
    #[inline(always)]
    pub(super) fn enter() -> Option<Self> {
        let (within, state) = Self::count_up();
        if state >= CALL {
            cold_path();
            // Where it is dropped, the count is as it was: the call that is under way does not notice.
            return None;
        }
        Some(within)
    }

    /// Counts a call; the state that it finds then.
    #[inline(always)]
    fn count_up() -> (Self, u8) {
        let state = ENTRY.with(|entry| {
            let state = entry.state.get().wrapping_add(CALL);
            entry.state.set(state);
            state
        });
        // ORDERING: for the compiler alone: a handler of a signal finds the thread within, or its ring untouched.
        compiler_fence(Ordering::SeqCst);
        (Self(PhantomData), state)
    }

    /// Whether a call finds nothing in its way but that the clock is another. It has counted itself.
    #[inline(always)]
    fn finds_another_clock() -> bool {
        // SAFETY: the thread's own cell. It is read anew, so that the count before, which finds zero most often, is one
        // instruction.
        ENTRY.with(|entry| unsafe { entry.state.as_ptr().read_volatile() == ANOTHER })
    }

    /// The producer that has the seat.
    #[inline(always)]
    pub(super) fn producer(&mut self) -> Option<&mut Producer> {
        ENTRY.with(|entry| {
            let is_taken = entry.holder.get() != Holder::None;
            // SAFETY: who takes the seat says so when he has. The entry lasts as long as the thread, and no other reference
            // to it is alive: nobody asks twice in a call, and whoever else logs within it is refused.
            is_taken.then(|| unsafe { &mut *entry.seat.get().cast::<Producer>() })
        })
    }

    /// The thread's producer for the global runtime, if it has one.
    #[inline]
    pub(super) fn global_producer(&mut self) -> Option<&mut Producer> {
        if self.holder() == Holder::Global { self.producer() } else { None }
    }

    pub(super) fn holder(&self) -> Holder {
        ENTRY.with(|entry| entry.holder.get())
    }

    /// Gives a producer the seat. Returns the former one.
    pub(super) fn seat(&mut self, producer: Producer, holder: Holder) -> Option<Producer> {
        let former = self.vacate();
        ENTRY.with(|entry| {
            // SAFETY: the seat is free, and nobody refers to it, as in `producer`.
            unsafe { (*entry.seat.get()).write(producer) };
            entry.holder.set(holder);
        });
        if holder == Holder::Global {
            self.hold_for_global();
        }
        former
    }

    /// The producer that has the seat is the global runtime's.
    pub(super) fn hold_for_global(&mut self) {
        let clock = self.producer().and_then(|producer| producer.quick_clock());
        let way = match clock {
            Some(QuickClock::Tsc) => 0,
            Some(QuickClock::Other) => ANOTHER,
            None => LOOK,
        };
        ENTRY.with(|entry| {
            entry.holder.set(Holder::Global);
            entry.state.set(entry.state.get() & !(LOOK | ANOTHER) | way);
        });
    }

    /// Takes the producer that has the seat from it.
    pub(super) fn vacate(&mut self) -> Option<Producer> {
        (forget() != Holder::None).then(|| {
            // SAFETY: there was one; it is moved out, and not used again, as the seat is free from now on.
            ENTRY.with(|entry| unsafe { (*entry.seat.get()).assume_init_read() })
        })
    }
}

impl Drop for Within {
    #[inline(always)]
    fn drop(&mut self) {
        // ORDERING: for the compiler alone, as in `count_up`.
        compiler_fence(Ordering::SeqCst);
        ENTRY.with(|entry| entry.state.set(entry.state.get().wrapping_sub(CALL)));
    }
}

/// The thread is within a log call that has its producer at hand.
pub(super) struct AtSeat {
    _within: Within,
}

impl AtSeat {
    /// The thread's producer for the global runtime, with which the call has begun by `begin`. `None` if the thread is within a
    /// call already, or has no such producer whose [clock is quick](Producer::quick_clock), or if `begin` gives none.
    // `begin` is there twice: a call need not remember which clock it found.
    #[inline(always)]
    pub(super) fn begin<T>(begin: impl Fn(&mut Producer, QuickClock) -> Option<T>) -> Option<(Self, T)> {
        let (within, state) = Within::count_up();
        let mut seat = Self { _within: within };
        if state == 0 {
            let begun = begin(seat.producer(), QuickClock::Tsc)?;
            return Some((seat, begun));
        }
        cold_path();
        if Within::finds_another_clock() {
            let begun = begin(seat.producer(), QuickClock::Other)?;
            return Some((seat, begun));
        }
        None
    }

    /// As [`begin`](Self::begin), with the producer for any runtime, if that has the seat.
    #[inline(always)]
    pub(super) fn begin_for<T>(
        registry: &Arc<Registry>,
        begin: impl FnOnce(&mut Producer) -> Option<T>,
    ) -> Option<(Self, T)> {
        let mut within = Within::enter()?;
        let producer = within.producer().filter(|producer| Arc::ptr_eq(producer.registry(), registry))?;
        let begun = begin(producer)?;
        Some((Self { _within: within }, begun))
    }

    /// The producer that has the seat.
    #[inline(always)]
    pub(super) fn producer(&mut self) -> &mut Producer {
        // SAFETY: whoever began a call has found it there; and as in `Within::producer`.
        ENTRY.with(|entry| unsafe { &mut *entry.seat.get().cast::<Producer>() })
    }
}

/// Calls a clock of the user's: it is read within log calls, and a log call out of it is counted as lost.
pub(crate) fn read_within(clock: &dyn Fn() -> u64) -> u64 {
    // Where the thread is within a call already, it stays so.
    let _within = Within::enter();
    clock()
}

/// Has the seat be free; who had it. The producer is left where it is: a call that is under way, and that somebody has
/// forked in, ends in the new process as it would have.
pub(super) fn forget() -> Holder {
    ENTRY.with(|entry| {
        entry.state.set(entry.state.get() & !ANOTHER | LOOK);
        entry.holder.replace(Holder::None)
    })
}
