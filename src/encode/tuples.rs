//! Tuples and ranges: their parts, in order.

use super::unit::sum_of_fixed;
use super::{Encode, Reader, Rebuild, Writer};
use std::ops::{Range, RangeFrom, RangeTo, RangeToInclusive};

macro_rules! tuples {
    ($(($($part:ident)*))*) => {$(
        // SAFETY: each part keeps the promises for its words, and all are visited in the same order.
        unsafe impl<$($part: Encode),*> Encode for ($($part,)*) {
            type View<'r> = ($($part::View<'r>,)*);
            const FIXED: Option<usize> = sum_of_fixed(&[$($part::FIXED),*]);

            #[inline(always)]
            #[allow(non_snake_case)]
            fn words(&self) -> usize {
                if let Some(words) = Self::FIXED {
                    return words;
                }
                let ($($part,)*) = self;
                0 $(+ $part.words())*
            }

            #[inline(always)]
            #[allow(non_snake_case)]
            unsafe fn encode(&self, writer: &mut Writer) {
                let ($($part,)*) = self;
                // SAFETY: the caller vouches for the sum of the parts' words.
                $(unsafe { $part.encode(writer) };)*
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
                // SAFETY: the parts were written in this order.
                ($(unsafe { $part::decode(reader) },)*)
            }
        }

        impl<$($part: Rebuild),*> Rebuild for ($($part,)*) {
            type Owned<'r> = ($($part::Owned<'r>,)*);

            #[inline]
            #[allow(non_snake_case)]
            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                let ($($part,)*) = view;
                ($($part::rebuild($part),)*)
            }
        }
    )*};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

/// `RangeInclusive` is left out: one that has been walked to its end says so when it prints, and can't be made.
macro_rules! ranges {
    ($($type:ident { $($bound:ident)* })*) => {$(
        // SAFETY: the bounds, in the same order each time.
        unsafe impl<T: Encode> Encode for $type<T> {
            type View<'r> = $type<T::View<'r>>;
            const FIXED: Option<usize> = sum_of_fixed(&[$({ stringify!($bound); T::FIXED }),*]);

            #[inline(always)]
            fn words(&self) -> usize {
                0 $(+ self.$bound.words())*
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                // SAFETY: the caller vouches for the bounds' words.
                $(unsafe { self.$bound.encode(writer) };)*
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
                // SAFETY: the bounds were written in this order, in which a struct's fields are evaluated.
                $type { $($bound: unsafe { T::decode(reader) }),* }
            }
        }

        impl<T: Rebuild> Rebuild for $type<T> {
            type Owned<'r> = $type<T::Owned<'r>>;

            #[inline]
            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                $type { $($bound: T::rebuild(view.$bound)),* }
            }
        }
    )*};
}

ranges!(Range { start end } RangeFrom { start } RangeTo { end } RangeToInclusive { end });
