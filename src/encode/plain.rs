//! Messages whose placeholders are all plain: `"order {} qty {}"`.
//!
//! They are printed by what the types of their units say, with the pieces of the format string as data. A crate has
//! thousands of statements and few combinations of types: a closure for each statement would take most of its
//! compile time.

use super::{Reader, Unit};
use crate::layout::Output;
use std::fmt;

/// What stands before, between and behind the placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    /// One more than there are units.
    pub texts: &'static [&'static str],
    /// Whether no layout has to escape anything in them.
    pub is_trusted: bool,
}

impl Pieces {
    /// Prints the piece in front of the unit with this index, or behind the last one.
    #[inline(always)]
    pub(super) fn put(&self, index: usize, out: &mut Output<'_>) {
        match self.texts.get(index) {
            Some(text) if self.is_trusted => out.trusted(text),
            Some(text) => out.literal(text),
            None => {}
        }
    }
}

/// Prints a message whose units all [`SHOWS`](Unit::SHOWS).
///
/// # Safety
///
/// The reader stands at units of type `U`.
#[inline(never)]
pub(crate) unsafe fn print<U: Unit>(
    pieces: &Pieces,
    reader: &mut Reader<'_>,
    out: &mut Output<'_>,
) -> fmt::Result {
    // SAFETY: the caller vouches for the reader.
    U::show(&unsafe { U::decode(reader) }, pieces, out)
}
