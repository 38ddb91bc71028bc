//! A thread's scratch space, for arguments that are formatted on the spot.

use crate::encode::{Scratch, Unit};
use std::cell::Cell;

/// The scratch space that a thread starts with, in bytes.
const SCRATCH: usize = 4096;

std::thread_local! {
    static TEXT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Sets the thread's scratch space aside, so that formatting on the spot need not allocate.
pub(crate) fn prepare_scratch() {
    let _ = TEXT.try_with(|text| {
        let mut taken = text.take();
        taken.reserve(SCRATCH);
        text.set(taken);
    });
}

/// Formats what is formatted on the spot, and goes on with the text. A nested log call, out of a `Display` that
/// logs, finds no scratch space and allocates its own; so does one in a thread that is about to end.
#[inline(always)]
pub(crate) fn with_text<U: Unit, R>(units: &mut U, then: impl FnOnce(&U, &[u8]) -> R) -> R {
    let mut text = TEXT.try_with(Cell::take).unwrap_or_default();
    text.clear();
    units.prepare(&mut Scratch::new(&mut text));
    let result = then(units, &text);
    let _ = TEXT.try_with(|slot| slot.set(text));
    result
}
