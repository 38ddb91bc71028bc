//! `Cell`s of numbers, and small types of no or one word.

use super::scalars::{itself, word_by_word};
use super::{Encode, Reader, Rebuild, Writer};
use std::cell::Cell;
use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ops::RangeFull;

/// Only of types whose values all take the same words: one that grew between `words` and `encode` would be
/// written past its room.
macro_rules! cells {
    ($($type:ty)*) => {$(
        // SAFETY: the words are those of a copy, and as many whatever it holds.
        unsafe impl Encode for Cell<$type> {
            type View<'r> = Cell<$type>;
            const FIXED: Option<usize> = <$type as Encode>::FIXED;

            #[inline(always)]
            fn words(&self) -> usize {
                self.get().words()
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                // SAFETY: passed on.
                unsafe { self.get().encode(writer) }
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
                // SAFETY: passed on.
                Cell::new(unsafe { <$type as Encode>::decode(reader) })
            }
        }

        itself!(Cell<$type>);
    )*};
}

cells!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char);

word_by_word! {
    Ordering, 1, |value| [*value as i8 as u64], |word| (word as i64).cmp(&0);
}

/// Types that are known without a word.
macro_rules! no_words {
    ($(($($parameter:tt)*) $type:ty = $value:expr;)*) => {$(
        // SAFETY: no words either way.
        unsafe impl $($parameter)* Encode for $type {
            type View<'r> = $type;
            const FIXED: Option<usize> = Some(0);

            #[inline(always)]
            fn words(&self) -> usize {
                0
            }

            #[inline(always)]
            unsafe fn encode(&self, _writer: &mut Writer) {}

            #[inline(always)]
            unsafe fn decode<'r>(_reader: &mut Reader<'r>) -> Self::View<'r> {
                $value
            }
        }

        impl $($parameter)* Rebuild for $type {
            type Owned<'r> = $type;

            #[inline(always)]
            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                view
            }
        }
    )*};
}

no_words! {
    () () = ();
    () RangeFull = ..;
    (<T: ?Sized>) PhantomData<T> = PhantomData;
}
