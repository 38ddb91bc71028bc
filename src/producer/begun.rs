//! Log calls that have begun, and whose records are not committed yet.

use crate::protocol::handover::Handover;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// A log call that has room, where all of the frame but the stamp is written, and that has read its clock.
pub(crate) struct Quick {
    pub(super) place: *mut u64,
    pub(super) after: *mut u64,
    pub(super) stamp: u64,
    pub(super) begun: Begun,
}

/// A log call that is under way, and announced. Where a panic ends it, it has not begun.
#[must_use = "the call has not begun when this is dropped"]
pub(super) struct Begun {
    /// That of the calling thread's ring.
    pub(super) handover: NonNull<Handover>,
    number: u64,
}

impl Begun {
    /// The `number`th call of the ring's life.
    #[inline(always)]
    pub(super) fn new(handover: NonNull<Handover>, number: u64) -> Self {
        // SAFETY: the producer has a share of it, and a call does not outlive that.
        unsafe { handover.as_ref() }.begin(number);
        Self { handover, number }
    }

    /// The call has written its record, which is to be committed. Returns its number.
    #[inline(always)]
    pub(super) fn finish(self) -> u64 {
        ManuallyDrop::new(self).number
    }
}

impl Drop for Begun {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: as in `new`.
        unsafe { self.handover.as_ref() }.begin(self.number - 1);
    }
}
