//! Slices, arrays, vectors, queues; and what maps and sets share with them.

use super::{Encode, Reader, Rebuild, Writer, words_for};
use crate::layout::Output;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

/// A sequence in a record: decoded as it is walked, so that it costs no memory. It prints as a list.
pub struct Seq<'r, T> {
    words: Reader<'r>,
    len: usize,
    elements: PhantomData<fn() -> T>,
}

impl<T> Clone for Seq<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seq<'_, T> {}

impl<'r, T: Encode> Seq<'r, T> {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The views of the elements, in order.
    pub fn iter(&self) -> SeqIter<'r, T> {
        SeqIter { rest: *self, taken: 0 }
    }

    /// Reads `len` elements that [`encode_slice`] or [`encode_elements`] wrote.
    ///
    /// # Safety
    ///
    /// They are the next words of `reader`.
    #[inline(always)]
    unsafe fn decode(len: usize, reader: &mut Reader<'r>) -> Self {
        // SAFETY: `encode` wrote as many words.
        let words = unsafe {
            if T::PACKED != 0 { reader.take(words_for(len * T::PACKED)) } else { take_each::<T>(len, reader) }
        };
        Self { words, len, elements: PhantomData }
    }

    /// Reads the count and the elements.
    ///
    /// # Safety
    ///
    /// They are the next words of `reader`.
    #[inline(always)]
    pub(super) unsafe fn decode_counted(reader: &mut Reader<'r>) -> Self {
        // SAFETY: passed on.
        unsafe {
            let len = reader.word() as usize;
            Self::decode(len, reader)
        }
    }
}

impl<T: Encode> Seq<'_, T> {
    /// Prints the list, if its elements know how to print themselves.
    fn show_debug(&self, out: &mut Output<'_>) -> bool {
        let before = out.len();
        out.trusted("[");
        for (index, element) in self.iter().enumerate() {
            if index > 0 {
                out.trusted(", ");
            }
            if !T::show_debug(&element, out) {
                out.take_back(before);
                return false;
            }
        }
        out.trusted("]");
        true
    }
}

impl<'r, T: Encode> fmt::Debug for Seq<'r, T>
where
    T::View<'r>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The elements of a [`Seq`].
pub struct SeqIter<'r, T> {
    /// What is left; where elements are packed, all of the words and what is left of the count.
    rest: Seq<'r, T>,
    taken: usize,
}

impl<T> fmt::Debug for SeqIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeqIter").field("left", &self.rest.len).finish()
    }
}

impl<'r, T: Encode> Iterator for SeqIter<'r, T> {
    type Item = T::View<'r>;

    #[inline]
    fn next(&mut self) -> Option<T::View<'r>> {
        self.rest.len = self.rest.len.checked_sub(1)?;
        if T::PACKED == 0 {
            // SAFETY: of the values that `encode` wrote one is left.
            return Some(unsafe { T::decode(&mut self.rest.words) });
        }
        let bytes = self.rest.words.rest().as_ptr().cast::<u8>();
        // SAFETY: `encode` wrote `taken + 1` elements or more, end to end, from the first word on.
        let view = unsafe { T::unpack(bytes.add(self.taken * T::PACKED)) };
        self.taken += 1;
        Some(view)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len, Some(self.rest.len))
    }
}

impl<T: Encode> ExactSizeIterator for SeqIter<'_, T> {}

/// More words than any machine of the day can address. Only a sequence of values without a size in memory can
/// have more; to refuse it keeps sums of words from wrapping.
const MOST_WORDS: usize = if usize::BITS == 64 { 1 << 44 } else { 1 << 26 };

#[cold]
#[inline(never)]
fn too_many_words() -> ! {
    panic!("a sequence of more than {MOST_WORDS} words can't be logged")
}

/// How many words `values` take, one behind the other, without a count.
#[inline(always)]
pub(super) fn words_of_each<V: Encode>(len: usize, values: impl Iterator<Item = V>) -> usize {
    let words = match V::FIXED {
        Some(words) => len.saturating_mul(words),
        None => values.fold(1, |sum: usize, value| sum.saturating_add(value.words())),
    };
    if words > MOST_WORDS {
        too_many_words();
    }
    words
}

/// Writes values one behind the other, and how many words they take in front where that varies.
///
/// # Safety
///
/// `writer` has room for [`words_of_each`] of the same values.
#[inline(always)]
pub(super) unsafe fn encode_each<V: Encode>(values: impl Iterator<Item = V>, writer: &mut Writer) {
    // SAFETY: the caller vouches for the total, where there is one, and for each value.
    unsafe {
        if V::FIXED.is_some() {
            values.for_each(|value| value.encode(writer));
        } else {
            let total = writer.reserve(1);
            values.for_each(|value| value.encode(writer));
            total.write(writer.position().offset_from_unsigned(total) as u64 - 1);
        }
    }
}

/// Reads over `len` values that [`encode_each`] wrote.
///
/// # Safety
///
/// They are the next words of `reader`.
#[inline(always)]
pub(super) unsafe fn take_each<'r, V: Encode>(len: usize, reader: &mut Reader<'r>) -> Reader<'r> {
    // SAFETY: the words are those that `encode_each` wrote, or counted.
    unsafe {
        let words = match V::FIXED {
            Some(words) => len * words,
            None => reader.word() as usize,
        };
        reader.take(words)
    }
}

/// How many words elements take that do not lie in one slice, without their count.
#[inline(always)]
pub(super) fn words_of_elements<'v, T: Encode + 'v>(
    len: usize,
    elements: impl Iterator<Item = &'v T>,
) -> usize {
    if T::PACKED != 0 { words_for(len * T::PACKED) } else { words_of_each(len, elements) }
}

/// Writes `len` elements that do not lie in one slice.
///
/// # Safety
///
/// `writer` has room for [`words_of_elements`] of the same elements, and there are `len` of them.
#[inline(always)]
pub(super) unsafe fn encode_elements<'v, T: Encode + 'v>(
    len: usize,
    elements: impl Iterator<Item = &'v T>,
    writer: &mut Writer,
) {
    if T::PACKED == 0 {
        // SAFETY: passed on.
        return unsafe { encode_each(elements, writer) };
    }
    if len == 0 {
        return;
    }
    let words = words_for(len * T::PACKED);
    // SAFETY: the caller vouches for the words, and `len` elements fill them, but for the end of the last one,
    // which is therefore cleared before. A packed type is `PACKED` bytes wide, all of them initialised.
    unsafe {
        let start = writer.reserve(words);
        start.add(words - 1).write(0);
        let mut at = start.cast::<u8>();
        for element in elements {
            at.copy_from_nonoverlapping(std::ptr::from_ref(element).cast(), T::PACKED);
            at = at.add(T::PACKED);
        }
    }
}

/// Writes the elements of a slice, without their count.
///
/// # Safety
///
/// `writer` has room for [`words_of_elements`] of the same elements.
#[inline(always)]
unsafe fn encode_slice<T: Encode>(elements: &[T], writer: &mut Writer) {
    if T::PACKED == 0 {
        // SAFETY: passed on.
        return unsafe { encode_each(elements.iter(), writer) };
    }
    // SAFETY: a packed type has no padding and no interior mutability; the room is the caller's word.
    unsafe {
        let bytes = std::slice::from_raw_parts(elements.as_ptr().cast::<u8>(), size_of_val(elements));
        writer.bytes(bytes);
    }
}

// SAFETY: the count, and the elements by functions that agree on how many words they take.
unsafe impl<T: Encode> Encode for [T] {
    type View<'r> = Seq<'r, T>;

    #[inline(always)]
    fn words(&self) -> usize {
        1 + words_of_elements(self.len(), self.iter())
    }

    #[inline(always)]
    unsafe fn encode(&self, writer: &mut Writer) {
        // SAFETY: passed on.
        unsafe {
            writer.word(self.len() as u64);
            encode_slice(self, writer);
        }
    }

    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Seq<'r, T> {
        // SAFETY: passed on.
        unsafe { Seq::decode_counted(reader) }
    }

    fn show_debug(view: &Seq<'_, T>, out: &mut Output<'_>) -> bool {
        view.show_debug(out)
    }
}

const fn words_of_array<T: Encode>(len: usize) -> Option<usize> {
    if T::PACKED != 0 {
        return Some(words_for(len * T::PACKED));
    }
    match T::FIXED {
        Some(words) => Some(len * words),
        None => None,
    }
}

// SAFETY: as for a slice, less the count, which the type tells. An array too long for `FIXED` does not compile.
unsafe impl<T: Encode, const N: usize> Encode for [T; N] {
    type View<'r> = Seq<'r, T>;
    const FIXED: Option<usize> = words_of_array::<T>(N);

    #[inline(always)]
    fn words(&self) -> usize {
        match Self::FIXED {
            Some(words) => words,
            None => words_of_each(N, self.iter()),
        }
    }

    #[inline(always)]
    unsafe fn encode(&self, writer: &mut Writer) {
        // SAFETY: passed on.
        unsafe { encode_slice(self, writer) }
    }

    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Seq<'r, T> {
        // SAFETY: passed on.
        unsafe { Seq::decode(N, reader) }
    }

    fn show_debug(view: &Seq<'_, T>, out: &mut Output<'_>) -> bool {
        view.show_debug(out)
    }
}

impl<T: Rebuild, const N: usize> Rebuild for [T; N] {
    type Owned<'r> = [T::Owned<'r>; N];

    fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
        let mut elements = view.iter();
        std::array::from_fn(|_| T::rebuild(elements.next().expect("an array's view has all its elements")))
    }
}

/// Types that are encoded as the slice that they hold.
macro_rules! as_slice {
    ($(($($parameter:tt)*) $type:ty;)*) => {$(
        // SAFETY: all is the slice's.
        unsafe impl<$($parameter)*> Encode for $type {
            type View<'r> = Seq<'r, T>;

            #[inline(always)]
            fn words(&self) -> usize {
                <[T]>::words(self)
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                // SAFETY: passed on.
                unsafe { <[T]>::encode(self, writer) }
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Seq<'r, T> {
                // SAFETY: passed on.
                unsafe { <[T]>::decode(reader) }
            }

            fn show_debug(view: &Seq<'_, T>, out: &mut Output<'_>) -> bool {
                view.show_debug(out)
            }
        }
    )*};
}

as_slice! {
    (T: Encode) Vec<T>;
    (T: Encode + Clone) Cow<'_, [T]>;
}

// SAFETY: the words are those of a slice of the same elements.
unsafe impl<T: Encode> Encode for VecDeque<T> {
    type View<'r> = Seq<'r, T>;

    #[inline]
    fn words(&self) -> usize {
        1 + words_of_elements(self.len(), self.iter())
    }

    #[inline]
    unsafe fn encode(&self, writer: &mut Writer) {
        // SAFETY: passed on.
        unsafe {
            writer.word(self.len() as u64);
            encode_elements(self.len(), self.iter(), writer);
        }
    }

    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Seq<'r, T> {
        // SAFETY: passed on.
        unsafe { Seq::decode_counted(reader) }
    }

    fn show_debug(view: &Seq<'_, T>, out: &mut Output<'_>) -> bool {
        view.show_debug(out)
    }
}

macro_rules! rebuild_collected {
    ($($type:ty => $owned:ty;)*) => {$(
        impl<T: Rebuild> Rebuild for $type {
            type Owned<'r> = $owned;

            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                view.iter().map(T::rebuild).collect()
            }
        }
    )*};
}

rebuild_collected! {
    Vec<T> => Vec<T::Owned<'r>>;
    VecDeque<T> => VecDeque<T::Owned<'r>>;
    Box<[T]> => Box<[T::Owned<'r>]>;
    Rc<[T]> => Rc<[T::Owned<'r>]>;
    Arc<[T]> => Arc<[T::Owned<'r>]>;
}

/// Slices that can be borrowed from the record: packed elements lie there as in memory.
macro_rules! rebuild_borrowed {
    ($($type:ty)*) => {$(
        impl Rebuild for &[$type] {
            type Owned<'r> = &'r [$type];

            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                const { assert!(<$type>::PACKED != 0 && align_of::<$type>() <= align_of::<u64>()) };
                // SAFETY: `encode` wrote `len` values as they lie in memory, aligned as words are.
                unsafe { std::slice::from_raw_parts(view.words.rest().as_ptr().cast(), view.len) }
            }
        }

        impl Rebuild for Cow<'_, [$type]> {
            type Owned<'r> = Cow<'r, [$type]>;

            fn rebuild<'r>(view: Self::View<'r>) -> <Self as Rebuild>::Owned<'r> {
                Cow::Borrowed(<&[$type]>::rebuild(view))
            }
        }
    )*};
}

rebuild_borrowed!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 bool char);
