//! How the worker is told of a thread's context.

use super::{Overflow, Producer};
use crate::context;
use crate::record::Kind;
use crate::sync::Arc;

impl Producer {
    /// Has the next log call come by where it sees which context it is in, and whether its runtime is still the global
    /// one.
    pub(crate) fn look_anew(&mut self) {
        self.ring.forget_room();
    }

    /// Tells the worker which context the records that follow are in, if that is another than those before were in.
    /// Waits for room under `Overflow::Block`. What could not be told, the next call tells: it comes by here too, as
    /// this one's record is dropped.
    pub(super) fn tell_context(&mut self) -> bool {
        let Ok(current) = context::current() else { return true };
        if context::same(current.as_ref(), self.told_context.as_ref()) {
            return true;
        }
        if self.overflow == Overflow::Block {
            self.wait_for_room(super::LONG_WORDS);
        }
        let stamp = self.clock.stamp(&self.last_stamp);
        let pointer = current.clone().map_or(std::ptr::null(), Arc::into_raw);
        let told = self.control_record(Kind::Context, stamp, [pointer.expose_provenance() as u64, 0]);
        if told {
            self.told_context = current;
        } else if !pointer.is_null() {
            // SAFETY: the pointer is that of `into_raw` above, and nobody else has got it.
            drop(unsafe { Arc::from_raw(pointer) });
        }
        told
    }
}
