//! Short pieces to the end of a buffer.
//!
//! A line is put together out of a dozen pieces of a few bytes each. For such, what a `Vec` does for each costs more than
//! the copy: its length and capacity are read and its length is written, in memory, as what stores bytes could have
//! changed them for all that the compiler knows; and then `memcpy` is called. A [`Pen`] has the place of the next byte in
//! a register. It copies short pieces by loads and stores that may overlap, or as a *block*: more is copied than
//! counts, and what comes next overwrites the rest.

use super::Output;
use super::number::{self, Fixed, MOST_DIGITS};
use std::ptr::copy_nonoverlapping;

/// The longest piece that is copied here.
const SHORT: usize = 32;
/// Room for the longest block.
const SLACK: usize = 64;

/// The end of a buffer while it is written to.
#[derive(Debug)]
pub struct Pen<'o, 'b> {
    out: &'o mut Output<'b>,
    /// Where the next byte goes: within the buffer's allocation, or at its end.
    at: *mut u8,
    /// Up to this address there is room for the longest block.
    limit: usize,
}

impl<'o, 'b> Pen<'o, 'b> {
    /// Has `write` write to an output. What it has written before it panics is not in the output.
    #[inline(always)]
    pub(super) fn write<R>(out: &'o mut Output<'b>, write: impl FnOnce(&mut Self) -> R) -> R {
        let (at, limit) = ends(out);
        let mut pen = Self { out, at, limit };
        let result = write(&mut pen);
        // SAFETY: the pen has come so far.
        unsafe { settle(pen.out, pen.at) };
        result
    }

    /// Has others write to the output.
    #[inline(always)]
    pub(crate) fn through<R>(&mut self, write: impl FnOnce(&mut Output<'b>) -> R) -> R {
        // SAFETY: the pen has come so far.
        unsafe { settle(self.out, self.at) };
        let result = write(self.out);
        (self.at, self.limit) = ends(self.out);
        result
    }

    /// Makes room for a short piece, or a block.
    #[inline(always)]
    fn make_room(&mut self) {
        if self.at.addr() > self.limit {
            // The pen itself is not handed over: it would have to be in memory then, always.
            //
            // SAFETY: the pen has come so far.
            let ends = unsafe { grow(self.out, self.at) };
            (self.at, self.limit) = ends;
        }
    }

    /// Text that no layout has to escape.
    #[inline(always)]
    pub(crate) fn trusted(&mut self, text: &str) {
        if text.len() > SHORT {
            return self.through(|out| out.extend(text));
        }
        self.make_room();
        // SAFETY: there is room for `SHORT` bytes, and the text has no more.
        self.at = unsafe { copy_short(text.as_bytes(), self.at) };
    }

    /// Text out of a user's value.
    #[inline(always)]
    pub(crate) fn value(&mut self, text: &str) {
        if self.out.takes(text) { self.trusted(text) } else { self.through(|out| out.value(text)) }
    }

    /// As [`trusted`](Self::trusted), with the text's first bytes as a block. What is in that beyond the text does not matter.
    #[inline(always)]
    pub(crate) fn piece<const N: usize>(&mut self, text: &str, head: &[u8; N]) {
        if text.len() <= N {
            self.block(head, text.len());
        } else {
            self.through(|out| out.extend(text));
        }
    }

    /// The first `len` bytes of a block.
    #[inline(always)]
    pub(crate) fn block<const N: usize>(&mut self, block: &[u8; N], len: usize) {
        const { assert!(N <= SLACK) };
        debug_assert!(len <= N);
        self.make_room();
        // SAFETY: there is room for the whole block, of which `len` bytes count.
        unsafe {
            self.at.cast::<[u8; N]>().write(*block);
            self.at = self.at.add(len.min(N));
        }
    }

    /// An integer as `{}` prints it.
    #[inline(always)]
    pub(crate) fn unsigned(&mut self, number: u64) {
        const { assert!(MOST_DIGITS <= SLACK) };
        self.make_room();
        // SAFETY: there is room.
        self.at = unsafe { number::put_unsigned(self.at, number) };
    }

    /// An integer as `{}` prints it.
    #[inline(always)]
    pub(crate) fn signed(&mut self, number: i64) {
        self.block(b"-", usize::from(number < 0));
        self.unsigned(number.unsigned_abs());
    }

    /// A number that has few decimal places, as `{}` prints it, but for `whole` behind one that has none. Whether it was
    /// such a number: nothing is printed otherwise.
    #[inline(always)]
    pub(crate) fn decimal(&mut self, number: f64, whole: &str) -> bool {
        let Some(decimal) = number::Decimal::of(number) else { return false };
        self.make_room();
        // SAFETY: there is room.
        self.at = unsafe { decimal.put(self.at) };
        if decimal.is_whole() {
            self.trusted(whole);
        }
        true
    }

    /// A number as `{:.N}` prints it.
    #[inline(always)]
    pub(crate) fn fixed(&mut self, number: Fixed) {
        self.make_room();
        // SAFETY: there is room.
        self.at = unsafe { number.put(self.at) };
    }
}

/// Where the next byte goes, and up to where there is room for the longest block.
#[inline(always)]
fn ends(out: &mut Output<'_>) -> (*mut u8, usize) {
    let range = out.bytes().spare_capacity_mut().as_mut_ptr_range();
    (range.start.cast(), range.end.addr().saturating_sub(SLACK))
}

/// Counts what was written as the buffer's.
///
/// # Safety
///
/// All bytes of the buffer's allocation in front of `at` are written.
#[inline(always)]
unsafe fn settle(out: &mut Output<'_>, at: *mut u8) {
    let bytes = out.bytes();
    // SAFETY: as the caller says.
    unsafe { bytes.set_len(at.addr() - bytes.as_ptr().addr()) };
}

/// # Safety
///
/// As for [`settle`].
#[cold]
#[inline(never)]
unsafe fn grow(out: &mut Output<'_>, at: *mut u8) -> (*mut u8, usize) {
    // SAFETY: passed on.
    unsafe { settle(out, at) };
    out.bytes().reserve(SLACK);
    ends(out)
}

/// Copies a short text, and gives the place behind it.
///
/// # Safety
///
/// It is no longer than [`SHORT`], and there is room for it at `to`.
#[inline(always)]
unsafe fn copy_short(text: &[u8], to: *mut u8) -> *mut u8 {
    let (len, from) = (text.len(), text.as_ptr());
    // SAFETY: in each branch the pieces are within the first `len` bytes of both, and cover them. What is borrowed does
    // not overlap what is written.
    unsafe {
        if len >= 16 {
            copy_nonoverlapping(from, to, 16);
            copy_nonoverlapping(from.add(len - 16), to.add(len - 16), 16);
        } else if len >= 8 {
            copy_nonoverlapping(from, to, 8);
            copy_nonoverlapping(from.add(len - 8), to.add(len - 8), 8);
        } else if len >= 4 {
            copy_nonoverlapping(from, to, 4);
            copy_nonoverlapping(from.add(len - 4), to.add(len - 4), 4);
        } else if len > 0 {
            // One byte: all three are the same; two: the last two are.
            to.write(*from);
            to.add(len / 2).write(*from.add(len / 2));
            to.add(len - 1).write(*from.add(len - 1));
        }
        to.add(len)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Escape;
    use super::*;

    #[test]
    fn pieces_of_every_length_stand_one_behind_the_other() {
        let text: String = (0..100).map(|at| char::from(b' ' + at % 95)).collect();
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        let head: &[u8; 64] = text.as_bytes().first_chunk().unwrap();
        Pen::write(&mut Output::new(&mut bytes, Escape::None), |pen| {
            for len in (0..=text.len()).chain((0..=40).rev()) {
                pen.trusted(&text[..len]);
                pen.piece(&text[..len], head);
                pen.through(|out| out.trusted(&text[..len]));
                pen.block(head, len.min(64));
                for len in [len, len, len, len.min(64)] {
                    expected.extend_from_slice(&text.as_bytes()[..len]);
                }
            }
        });
        assert_eq!(bytes, expected);
    }
}
