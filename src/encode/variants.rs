//! `Option` and `Result`: a tag and the payload.

use super::{Encode, Reader, Rebuild, Writer};
use crate::layout::Output;

/// Up to how many words a payload is filled up to, so that each variant takes the same.
pub const FIXED_PAYLOAD: usize = 8;

const NONE: u64 = 0;
const SOME: u64 = 1;
const OK: u64 = 0;
const ERR: u64 = 1;

/// How many words the larger of two payloads takes, if both are of a fixed size and small.
const fn larger(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let larger = if a > b { a } else { b };
            if larger <= FIXED_PAYLOAD { Some(larger) } else { None }
        }
        _ => None,
    }
}

const fn tagged(payload: Option<usize>) -> Option<usize> {
    match payload {
        Some(words) => Some(1 + words),
        None => None,
    }
}

/// Fills a payload of `written` words up to `payload`.
///
/// # Safety
///
/// There is room for the rest of them.
#[inline(always)]
unsafe fn fill_up(payload: Option<usize>, written: usize, writer: &mut Writer) {
    for _ in written..payload.unwrap_or(written) {
        // SAFETY: the caller vouches for the words from `written` up to `payload`.
        unsafe { writer.word(0) };
    }
}

/// Reads over what [`fill_up`] wrote.
///
/// # Safety
///
/// It is what `reader` stands at.
#[inline(always)]
unsafe fn skip_filling(payload: Option<usize>, read: usize, reader: &mut Reader<'_>) {
    // SAFETY: `fill_up` wrote as many.
    unsafe { reader.take(payload.unwrap_or(read) - read) };
}

impl<T: Encode> Payload for Option<T> {
    const WORDS: Option<usize> = larger(T::FIXED, Some(0));
}

impl<T: Encode, E: Encode> Payload for Result<T, E> {
    const WORDS: Option<usize> = larger(T::FIXED, E::FIXED);
}

/// How many words follow the tag, where each variant is filled up to the same.
trait Payload {
    const WORDS: Option<usize>;
}

/// The size of a variant's payload where there is filling, for which it is fixed.
#[inline(always)]
fn fixed<T: Encode>() -> usize {
    T::FIXED.unwrap_or(0)
}

// SAFETY: the tag and the payload, filled up by functions that agree on how far.
unsafe impl<T: Encode> Encode for Option<T> {
    type View<'r> = Option<T::View<'r>>;
    const FIXED: Option<usize> = tagged(Self::WORDS);

    #[inline(always)]
    fn words(&self) -> usize {
        match (Self::FIXED, self) {
            (Some(words), _) => words,
            (None, None) => 1,
            (None, Some(value)) => 1 + value.words(),
        }
    }

    #[inline(always)]
    unsafe fn encode(&self, writer: &mut Writer) {
        // SAFETY: the caller vouches for the tag, the payload and its filling.
        unsafe {
            match self {
                None => {
                    writer.word(NONE);
                    fill_up(Self::WORDS, 0, writer);
                }
                Some(value) => {
                    writer.word(SOME);
                    value.encode(writer);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
        // SAFETY: the words are those of `encode`.
        unsafe {
            if reader.word() == SOME {
                return Some(T::decode(reader));
            }
            if Self::WORDS.is_some() {
                skip_filling(Self::WORDS, 0, reader);
            }
            None
        }
    }

    fn show_debug(view: &Self::View<'_>, out: &mut Output<'_>) -> bool {
        let Some(value) = view else {
            out.trusted("None");
            return true;
        };
        let before = out.len();
        out.trusted("Some(");
        if !T::show_debug(value, out) {
            out.take_back(before);
            return false;
        }
        out.trusted(")");
        true
    }
}

impl<T: Rebuild> Rebuild for Option<T> {
    type Owned<'r> = Option<T::Owned<'r>>;

    #[inline]
    fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
        view.map(T::rebuild)
    }
}

// SAFETY: the tag and the payload, filled up by functions that agree on how far.
unsafe impl<T: Encode, E: Encode> Encode for Result<T, E> {
    type View<'r> = Result<T::View<'r>, E::View<'r>>;
    const FIXED: Option<usize> = tagged(Self::WORDS);

    #[inline(always)]
    fn words(&self) -> usize {
        match (Self::FIXED, self) {
            (Some(words), _) => words,
            (None, Ok(value)) => 1 + value.words(),
            (None, Err(error)) => 1 + error.words(),
        }
    }

    #[inline(always)]
    unsafe fn encode(&self, writer: &mut Writer) {
        // SAFETY: the caller vouches for the tag, the payload and its filling.
        unsafe {
            match self {
                Ok(value) => {
                    writer.word(OK);
                    value.encode(writer);
                    fill_up(Self::WORDS, Self::WORDS.map_or(0, |_| fixed::<T>()), writer);
                }
                Err(error) => {
                    writer.word(ERR);
                    error.encode(writer);
                    fill_up(Self::WORDS, Self::WORDS.map_or(0, |_| fixed::<E>()), writer);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
        // SAFETY: the words are those of `encode`.
        unsafe {
            if reader.word() == OK {
                let value = T::decode(reader);
                skip_filling(Self::WORDS, Self::WORDS.map_or(0, |_| fixed::<T>()), reader);
                Ok(value)
            } else {
                let error = E::decode(reader);
                skip_filling(Self::WORDS, Self::WORDS.map_or(0, |_| fixed::<E>()), reader);
                Err(error)
            }
        }
    }
}

impl<T: Rebuild, E: Rebuild> Rebuild for Result<T, E> {
    type Owned<'r> = Result<T::Owned<'r>, E::Owned<'r>>;

    #[inline]
    fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
        view.map(T::rebuild).map_err(E::rebuild)
    }
}
