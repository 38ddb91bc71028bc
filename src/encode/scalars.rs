//! Numbers, `bool` and `char`, and what wraps a number.

use super::{Encode, Options, Reader, Rebuild, Show, ShowFast as _, Writer};
use crate::layout::{Output, Pen};
use std::fmt;
use std::num::{NonZero, Saturating, Wrapping};

/// What a type has that [`Show`] knows.
macro_rules! shows {
    () => {
        const SHOWS: bool = true;

        #[inline(always)]
        fn show(view: &Self::View<'_>, pen: &mut Pen<'_, '_>) -> fmt::Result {
            Show(view).write(pen)
        }

        #[inline(always)]
        fn show_by(view: &Self::View<'_>, options: &Options, out: &mut Output<'_>) -> bool {
            Show(view).write_by(options, out)
        }

        #[inline(always)]
        fn show_debug(view: &Self::View<'_>, out: &mut Output<'_>) -> bool {
            Show(view).show_debug(out)
        }
    };
}

/// Types of one word whose view is the value. A sequence of them is packed, as none has padding: each is a
/// number, or a niche of one.
macro_rules! one_word {
    ($($type:ty, |$value:ident| $to:expr, |$word:ident| $from:expr;)*) => {$(
        // SAFETY: one word each way. The type is as wide as its memory, without padding.
        unsafe impl Encode for $type {
            type View<'r> = $type;
            const FIXED: Option<usize> = Some(1);
            const IS_PLAIN: bool = true;
            const PACKED: usize = size_of::<$type>();

            #[inline(always)]
            fn words(&self) -> usize {
                1
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                let $value = *self;
                // SAFETY: passed on.
                unsafe { writer.word($to) }
            }

            #[inline(always)]
            #[allow(unused_unsafe)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> $type {
                // SAFETY: the word is what `encode` made of a value of this type.
                unsafe {
                    let $word = reader.word();
                    $from
                }
            }

            #[inline(always)]
            unsafe fn unpack<'r>(at: *const u8) -> Self::View<'r> {
                // SAFETY: the caller vouches for the bytes of a value.
                unsafe { at.cast::<$type>().read_unaligned() }
            }

            shows!();
        }

        itself!($type);
    )*};
}

/// Types that are put together again as they are.
macro_rules! itself {
    ($($type:ty),*) => {$(
        impl $crate::encode::Rebuild for $type {
            type Owned<'r> = $type;

            #[inline(always)]
            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                view
            }
        }
    )*};
}
pub(super) use itself;

macro_rules! integers {
    ($($type:ident)*) => {
        one_word! {$(
            $type, |value| value as u64, |word| word as $type;
            NonZero<$type>, |value| value.get() as u64, |word| NonZero::new_unchecked(word as $type);
        )*}
    };
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

one_word! {
    f32, |value| u64::from(value.to_bits()), |word| f32::from_bits(word as u32);
    f64, |value| value.to_bits(), |word| f64::from_bits(word);
    bool, |value| u64::from(value), |word| word != 0;
    char, |value| u64::from(u32::from(value)), |word| char::from_u32_unchecked(word as u32);
}

/// Integers of two words, the low one first.
macro_rules! two_words {
    ($($type:ty, |$value:ident| $to:expr, |$back:ident| $from:expr;)*) => {$(
        // SAFETY: two words each way. The type is as wide as its memory, without padding.
        unsafe impl Encode for $type {
            type View<'r> = $type;
            const FIXED: Option<usize> = Some(2);
            const IS_PLAIN: bool = true;
            const PACKED: usize = size_of::<$type>();

            #[inline(always)]
            fn words(&self) -> usize {
                2
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                let $value = *self;
                let whole: u128 = $to;
                // SAFETY: the caller vouches for two words.
                unsafe {
                    writer.word(whole as u64);
                    writer.word((whole >> 64) as u64);
                }
            }

            #[inline(always)]
            #[allow(unused_unsafe)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> $type {
                // SAFETY: the words are what `encode` made of a value of this type.
                unsafe {
                    let $back = u128::from(reader.word()) | u128::from(reader.word()) << 64;
                    $from
                }
            }

            #[inline(always)]
            unsafe fn unpack<'r>(at: *const u8) -> Self::View<'r> {
                // SAFETY: the caller vouches for the bytes of a value.
                unsafe { at.cast::<$type>().read_unaligned() }
            }

            shows!();
        }

        itself!($type);
    )*};
}

two_words! {
    u128, |value| value, |back| back;
    i128, |value| value as u128, |back| back as i128;
    NonZero<u128>, |value| value.get(), |back| NonZero::new_unchecked(back);
    NonZero<i128>, |value| value.get() as u128, |back| NonZero::new_unchecked(back as i128);
}

macro_rules! transparent {
    ($($type:ident)*) => {$(
        // SAFETY: all is `T`'s, and the type is `repr(transparent)`.
        unsafe impl<T: Encode> Encode for $type<T> {
            type View<'r> = $type<T::View<'r>>;
            const FIXED: Option<usize> = T::FIXED;
            const IS_PLAIN: bool = T::IS_PLAIN;
            const PACKED: usize = T::PACKED;

            #[inline(always)]
            fn words(&self) -> usize {
                self.0.words()
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                // SAFETY: passed on.
                unsafe { self.0.encode(writer) }
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
                // SAFETY: passed on.
                $type(unsafe { T::decode(reader) })
            }

            #[inline(always)]
            unsafe fn unpack<'r>(at: *const u8) -> Self::View<'r> {
                // SAFETY: passed on.
                $type(unsafe { T::unpack(at) })
            }
        }

        impl<T: Rebuild> Rebuild for $type<T> {
            type Owned<'r> = $type<T::Owned<'r>>;

            #[inline]
            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                $type(T::rebuild(view.0))
            }
        }
    )*};
}

transparent!(Wrapping Saturating);

/// Types of one word that do not pack, as nothing is said of their memory.
macro_rules! word_by_word {
    ($($type:ty, $words:literal, |$value:ident| [$($to:expr),*], |$($word:ident)*| $from:expr;)*) => {$(
        // SAFETY: as many words as said, each way.
        unsafe impl Encode for $type {
            type View<'r> = $type;
            const FIXED: Option<usize> = Some($words);
            const IS_PLAIN: bool = true;

            #[inline(always)]
            fn words(&self) -> usize {
                $words
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                let $value = self;
                // SAFETY: the caller vouches for as many words.
                $(unsafe { writer.word($to) };)*
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> $type {
                // SAFETY: `encode` wrote as many words.
                $(let $word = unsafe { reader.word() };)*
                $from
            }
        }

        $crate::encode::scalars::itself!($type);
    )*};
}
pub(super) use word_by_word;
