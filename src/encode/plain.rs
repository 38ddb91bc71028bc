//! Messages whose placeholders are all plain: `"order {} qty {}"`.
//!
//! They are printed by what the types of their units say, with the pieces of the format string as data. A crate has
//! thousands of statements and few combinations of types: a closure for each statement would take most of its
//! compile time.

use super::{Reader, Unit};
use crate::layout::{Output, Pen};
use std::fmt;

/// What stands before, between and behind the placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    /// One more than there are units.
    pub texts: &'static [Piece],
    /// Whether no layout has to escape anything in them.
    pub is_trusted: bool,
}

/// A piece of a format string.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    text: &'static str,
    /// Its first bytes. Most pieces are no longer, and are printed by one load and one store, whatever their length.
    head: [u8; 16],
}

impl Piece {
    /// The piece, made ready to print.
    pub const fn new(text: &'static str) -> Self {
        let (mut head, mut at) = ([0; 16], 0);
        while at < text.len() && at < head.len() {
            head[at] = text.as_bytes()[at];
            at += 1;
        }
        Self { text, head }
    }
}

impl Pieces {
    /// Prints the piece in front of the unit with this index, or behind the last one.
    #[inline(always)]
    pub(super) fn put(&self, index: usize, pen: &mut Pen<'_, '_>) {
        match self.texts.get(index) {
            Some(piece) if self.is_trusted => pen.piece(piece.text, &piece.head),
            Some(piece) => pen.literal(piece.text),
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
    let view = unsafe { U::decode(reader) };
    out.pen(|pen| U::show(&view, pieces, pen))
}
