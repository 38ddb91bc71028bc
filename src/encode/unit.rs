//! One placeholder of a log statement on its way into the ring.
//!
//! An argument goes one of two ways, which `argument` and `field` decide between: a type that is [`Encode`] is copied and
//! formatted by the worker ([`ByValue`]); any other is formatted on the spot ([`OnTheSpotUnit`]) into the thread's scratch
//! space, with the very spec of its placeholder, and travels as text.
//!
//! A tuple of units is a unit, so that a statement is one.

use super::{Encode, Reader, Spec, Trait, Writer};
use crate::layout::{Escape, Output};
use std::fmt;
use std::marker::PhantomData;

/// What one placeholder, or a tuple of them, puts into a record.
///
/// # Safety
///
/// As for [`Encode`]: `encode` writes exactly `words` words, and `decode` reads as many; where `is_short`, it writes no text of more than
/// 64 bytes at once.
pub unsafe trait Unit {
    /// What the worker formats.
    type View<'r>;

    /// How many words the unit takes, where that is known at compile time.
    const FIXED: Option<usize>;

    /// Whether its encoding does nothing but write words: it cannot log, panic or be noticed.
    const IS_PLAIN: bool;

    /// Whether a part of it is formatted on the spot.
    const ON_THE_SPOT: bool;

    /// Formats what is formatted on the spot. It may run the user's code, so it comes before the clock is
    /// read and before room in the ring is reserved.
    fn prepare(&mut self, scratch: &mut Scratch<'_>);

    /// How many words the unit takes, once prepared.
    fn words(&self) -> usize;

    /// Whether [`encode`](Self::encode) takes a few instructions, and calls nothing but in line.
    #[inline(always)]
    fn is_short(&self) -> bool {
        Self::IS_PLAIN
    }

    /// Writes the unit.
    ///
    /// # Safety
    ///
    /// `writer` has room for [`words`](Self::words) words.
    ///
    /// # Panics
    ///
    /// When `text` is not that of the scratch space that it was prepared with.
    unsafe fn encode(&self, text: &[u8], writer: &mut Writer);

    /// Reads the unit back.
    ///
    /// # Safety
    ///
    /// The next words of `reader` were written by [`encode`](Self::encode) of the same type in this process.
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r>;
}

/// Text formatted on the spot, of one log call. Nested calls (a `Display` that logs) stack up in one buffer.
#[derive(Debug)]
pub struct Scratch<'s> {
    text: &'s mut Vec<u8>,
}

impl<'s> Scratch<'s> {
    /// Scratch space that appends to `text`.
    pub fn new(text: &'s mut Vec<u8>) -> Self {
        Self { text }
    }

    /// The bytes, to append to.
    #[cfg(feature = "log")]
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        self.text
    }

    fn format(&mut self, what: &dyn fmt::Display, by: Option<&By>) -> Span {
        let start = self.text.len();
        let formatted = match by {
            None => fmt::write(self, format_args!("{what}")),
            Some(by) => by.print(what, &mut Output::new(self.text, Escape::None)),
        };
        // A `Display` that fails leaves what it had written, and the record says so.
        if formatted.is_err() {
            self.text.extend_from_slice(b"<formatting failed>");
        }
        Span { start, len: self.text.len() - start }
    }
}

impl fmt::Write for Scratch<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Span {
    start: usize,
    len: usize,
}

/// A value that the worker formats, in the way that `How` stands for.
#[derive(Debug)]
pub struct ByValue<'a, T: ?Sized, How>(&'a T, PhantomData<How>);

impl<'a, T: ?Sized, How> ByValue<'a, T, How> {
    /// The value's unit.
    #[inline]
    pub fn new(value: &'a T, _how: How) -> Self {
        Self(value, PhantomData)
    }
}

// SAFETY: all is passed on to `T`, which keeps the same promises.
unsafe impl<T: Encode + ?Sized, How> Unit for ByValue<'_, T, How> {
    type View<'r> = T::View<'r>;
    const FIXED: Option<usize> = T::FIXED;
    const IS_PLAIN: bool = T::IS_PLAIN;
    const ON_THE_SPOT: bool = false;

    #[inline(always)]
    fn prepare(&mut self, _scratch: &mut Scratch<'_>) {}

    #[inline(always)]
    fn words(&self) -> usize {
        self.0.words()
    }

    #[inline(always)]
    fn is_short(&self) -> bool {
        T::is_short(self.0)
    }

    #[inline(always)]
    unsafe fn encode(&self, _text: &[u8], writer: &mut Writer) {
        // SAFETY: passed on from the caller.
        unsafe { self.0.encode(writer) }
    }

    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
        // SAFETY: passed on from the caller.
        unsafe { T::decode(reader) }
    }
}

/// A placeholder whose text is made within the log call.
pub struct OnTheSpotUnit<'f> {
    /// It displays what the placeholder prints.
    what: &'f dyn fmt::Display,
    by: Option<By>,
    span: Span,
}

/// What a placeholder says beside its trait, which is `how`.
struct By {
    how: Trait,
    spec: Spec,
    counts: [usize; 2],
}

impl By {
    fn print(&self, what: &dyn fmt::Display, out: &mut Output<'_>) -> fmt::Result {
        self.spec.print(&ByDisplay(what), self.how.is_debug(), self.counts, out)
    }
}

/// What prints by `Display`, options and all, under `{:?}`.
struct ByDisplay<'a>(&'a dyn fmt::Display);

impl fmt::Debug for ByDisplay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'f> OnTheSpotUnit<'f> {
    /// The unit: the text that its placeholder prints.
    #[inline]
    pub fn new(what: &'f dyn fmt::Display) -> Self {
        Self { what, by: None, span: Span::default() }
    }

    /// As [`new`](Self::new), under a placeholder that says more than its trait. `counts` are its width and precision, where
    /// they are arguments.
    pub(super) fn by(what: &'f dyn fmt::Display, how: Trait, spec: Spec, counts: &[usize]) -> Self {
        let counts = match *counts {
            [first, second] => [first, second],
            [count] => [0, count],
            _ => [0; 2],
        };
        Self { what, by: Some(By { how, spec, counts }), span: Span::default() }
    }
}

// SAFETY: `words` and `encode` both go by `span`; `decode` reads the length first, as `str` does.
unsafe impl Unit for OnTheSpotUnit<'_> {
    type View<'r> = Rendered<'r>;
    const FIXED: Option<usize> = None;
    const IS_PLAIN: bool = false;
    const ON_THE_SPOT: bool = true;

    fn prepare(&mut self, scratch: &mut Scratch<'_>) {
        self.span = scratch.format(self.what, self.by.as_ref());
    }

    #[inline]
    fn words(&self) -> usize {
        1 + super::words_for(self.span.len)
    }

    #[inline]
    unsafe fn encode(&self, text: &[u8], writer: &mut Writer) {
        let text = &text[self.span.start..][..self.span.len];
        // SAFETY: the caller vouches for `words` words, one for the length and the rest for the text.
        unsafe {
            writer.word(text.len() as u64);
            writer.bytes(text);
        }
    }

    #[inline]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Rendered<'r> {
        // SAFETY: `encode` wrote the length and that many bytes, all of them out of `write_str`.
        unsafe {
            let len = reader.word() as usize;
            Rendered(str::from_utf8_unchecked(reader.bytes(len)))
        }
    }
}

/// Text that was formatted on the spot, spec and all: it prints as it is under every trait and spec.
#[derive(Clone, Copy)]
pub struct Rendered<'r>(pub &'r str);

macro_rules! print_verbatim {
    ($($trait:ident)*) => {$(
        impl fmt::$trait for Rendered<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
    )*};
}

print_verbatim!(Display Debug LowerHex UpperHex Octal Binary LowerExp UpperExp Pointer);

macro_rules! tuple_units {
    ($(($($unit:ident)*))*) => {$(
        // SAFETY: each part keeps the promises for its words, and all are visited in the same order.
        unsafe impl<$($unit: Unit),*> Unit for ($($unit,)*) {
            type View<'r> = ($($unit::View<'r>,)*);
            const FIXED: Option<usize> = sum_of_fixed(&[$($unit::FIXED),*]);
            const IS_PLAIN: bool = true $(&& $unit::IS_PLAIN)*;
            const ON_THE_SPOT: bool = false $(|| $unit::ON_THE_SPOT)*;

            #[inline(always)]
            #[allow(non_snake_case)]
            fn prepare(&mut self, scratch: &mut Scratch<'_>) {
                let ($($unit,)*) = self;
                $($unit.prepare(scratch);)*
            }

            #[inline(always)]
            #[allow(non_snake_case)]
            fn words(&self) -> usize {
                if let Some(words) = <Self as Unit>::FIXED {
                    return words;
                }
                let ($($unit,)*) = self;
                0 $(+ $unit.words())*
            }

            #[inline(always)]
            #[allow(non_snake_case)]
            fn is_short(&self) -> bool {
                let ($($unit,)*) = self;
                true $(&& $unit.is_short())*
            }

            #[inline(always)]
            #[allow(non_snake_case)]
            unsafe fn encode(&self, text: &[u8], writer: &mut Writer) {
                let ($($unit,)*) = self;
                // SAFETY: the caller vouches for the sum of the parts' words.
                $(unsafe { $unit.encode(text, writer) };)*
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
                // SAFETY: the parts were written in this order.
                ($(unsafe { $unit::decode(reader) },)*)
            }
        }
    )*};
}

tuple_units!((A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H));

// SAFETY: no words either way.
unsafe impl Unit for () {
    type View<'r> = ();
    const FIXED: Option<usize> = Some(0);
    const IS_PLAIN: bool = true;
    const ON_THE_SPOT: bool = false;

    #[inline(always)]
    fn prepare(&mut self, _scratch: &mut Scratch<'_>) {}

    #[inline(always)]
    fn words(&self) -> usize {
        0
    }

    #[inline(always)]
    unsafe fn encode(&self, _text: &[u8], _writer: &mut Writer) {}

    #[inline(always)]
    unsafe fn decode<'r>(_reader: &mut Reader<'r>) {}
}

/// The sum, where every part is known at compile time.
pub(super) const fn sum_of_fixed(parts: &[Option<usize>]) -> Option<usize> {
    let mut sum = 0;
    let mut i = 0;
    while i < parts.len() {
        match parts[i] {
            Some(words) => sum += words,
            None => return None,
        }
        i += 1;
    }
    Some(sum)
}
