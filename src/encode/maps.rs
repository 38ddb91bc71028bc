//! Maps and sets, in the order of their iteration.
//!
//! The hashed ones have no `Rebuild`: one that was put together again would iterate in another order.

use super::sequences::{encode_each, encode_elements, take_each, words_of_each, words_of_elements};
use super::{Encode, Reader, Rebuild, Seq, SeqIter, Writer};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

/// A set in a record, decoded as it is walked. It prints as a set.
pub struct Set<'r, T>(Seq<'r, T>);

impl<T> Clone for Set<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Set<'_, T> {}

impl<'r, T: Encode> Set<'r, T> {
    /// The views of the elements, in the order of the set's iteration.
    pub fn iter(&self) -> SeqIter<'r, T> {
        self.0.iter()
    }
}

impl<'r, T: Encode> fmt::Debug for Set<'r, T>
where
    T::View<'r>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A map in a record, decoded as it is walked. It prints as a map.
pub struct Map<'r, K, V> {
    words: Reader<'r>,
    len: usize,
    entries: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Clone for Map<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Map<'_, K, V> {}

impl<'r, K: Encode, V: Encode> Map<'r, K, V> {
    /// The views of keys and values, in the order of the map's iteration.
    pub fn iter(&self) -> MapIter<'r, K, V> {
        MapIter(*self)
    }
}

impl<'r, K: Encode, V: Encode> fmt::Debug for Map<'r, K, V>
where
    K::View<'r>: fmt::Debug,
    V::View<'r>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The entries of a [`Map`].
pub struct MapIter<'r, K, V>(Map<'r, K, V>);

impl<K, V> fmt::Debug for MapIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapIter").field("left", &self.0.len).finish()
    }
}

impl<'r, K: Encode, V: Encode> Iterator for MapIter<'r, K, V> {
    type Item = (K::View<'r>, V::View<'r>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.len = self.0.len.checked_sub(1)?;
        // SAFETY: of the entries that `encode` wrote one is left.
        Some(unsafe { <(K, V)>::decode(&mut self.0.words) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len, Some(self.0.len))
    }
}

macro_rules! sets {
    ($(($($parameter:ident)*) $type:ty;)*) => {$(
        // SAFETY: the count, and the elements by functions that agree on how many words they take. Walking a
        // set runs no code of its elements.
        unsafe impl<T: Encode $(, $parameter)*> Encode for $type {
            type View<'r> = Set<'r, T>;

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

            #[inline]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Set<'r, T> {
                // SAFETY: passed on.
                Set(unsafe { Seq::decode_counted(reader) })
            }
        }
    )*};
}

sets! {
    (S) HashSet<T, S>;
    () BTreeSet<T>;
}

macro_rules! maps {
    ($(($($parameter:ident)*) $type:ty;)*) => {$(
        // SAFETY: the count, and the entries by functions that agree on how many words they take: a pair of
        // references takes those of the pair. Walking a map runs no code of its keys.
        unsafe impl<K: Encode, V: Encode $(, $parameter)*> Encode for $type {
            type View<'r> = Map<'r, K, V>;

            #[inline]
            fn words(&self) -> usize {
                1 + words_of_each(self.len(), self.iter())
            }

            #[inline]
            unsafe fn encode(&self, writer: &mut Writer) {
                // SAFETY: passed on.
                unsafe {
                    writer.word(self.len() as u64);
                    encode_each(self.iter(), writer);
                }
            }

            #[inline]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Map<'r, K, V> {
                // SAFETY: passed on.
                unsafe {
                    let len = reader.word() as usize;
                    Map { words: take_each::<(K, V)>(len, reader), len, entries: PhantomData }
                }
            }
        }
    )*};
}

maps! {
    (S) HashMap<K, V, S>;
    () BTreeMap<K, V>;
}

impl<T: Rebuild> Rebuild for BTreeSet<T>
where
    for<'x> T::Owned<'x>: Ord,
{
    type Owned<'r> = BTreeSet<T::Owned<'r>>;

    fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
        view.iter().map(T::rebuild).collect()
    }
}

impl<K: Rebuild, V: Rebuild> Rebuild for BTreeMap<K, V>
where
    for<'x> K::Owned<'x>: Ord,
{
    type Owned<'r> = BTreeMap<K::Owned<'r>, V::Owned<'r>>;

    fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
        view.iter().map(|(key, value)| (K::rebuild(key), V::rebuild(value))).collect()
    }
}
