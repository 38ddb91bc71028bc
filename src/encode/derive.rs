//! What `#[derive(Encode)]` builds on: values that the worker puts together again, so that the user's own
//! `Display` and `Debug` run on them.

use super::unit::sum_of_fixed;
use super::{Encode, Reader, Writer};

/// A type whose value can be put together again out of its view.
///
/// ```
/// use ringlog::Encode;
///
/// /// `Encode` and `Rebuild` both.
/// #[derive(Clone, Copy, Debug, Encode)]
/// enum Side { Buy, Sell }
///
/// #[derive(Debug, Encode)]
/// struct Order<'o> { id: u64, side: Side, symbol: &'o str }
///
/// fn is_rebuild<T: ringlog::Rebuild>(_: &T) {}
/// is_rebuild(&Order { id: 7, side: Side::Sell, symbol: "ACME" });
/// # let _ = Side::Buy;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a type that derives `Encode`",
    label = "cannot be put together again from a record",
    note = "derive it for a type of your own: `#[derive(ringlog::Encode)]`"
)]
pub trait Rebuild: Encode {
    /// The value, with every lifetime in it replaced by that of the record it is read from.
    ///
    /// ```
    /// use ringlog::Rebuild;
    ///
    /// fn of_the_ring<'r>(symbol: <&'static str as Rebuild>::Owned<'r>) -> &'r str {
    ///     symbol
    /// }
    /// ```
    type Owned<'r>;

    /// Puts the value together.
    ///
    /// ```
    /// assert_eq!(<u64 as ringlog::Rebuild>::rebuild(7), 7);
    /// ```
    fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r>;
}

/// What a derived impl calls on a field. All of it is of one trait, so that a field which lacks it is not an error
/// for each call; nobody else implements it, so the sizes are those that [`Encode`] vouches for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a type that derives `Encode`",
    label = "cannot be put together again from a record",
    note = "derive it for a type of your own: `#[derive(ringlog::Encode)]`"
)]
pub trait Field {
    /// [`Rebuild::Owned`].
    type Put<'r>;

    /// [`Encode::FIXED`].
    const FIELD_FIXED: Option<usize>;

    /// [`Encode::words`].
    fn field_words(&self) -> usize;

    /// [`Encode::encode`].
    ///
    /// # Safety
    ///
    /// `writer` has room for the field's words.
    unsafe fn encode_field(&self, writer: &mut Writer);

    /// Reads a field back, and puts it together.
    ///
    /// # Safety
    ///
    /// The next words of `reader` were written by [`encode_field`](Self::encode_field) of the same type in this
    /// process.
    unsafe fn decode_field<'r>(reader: &mut Reader<'r>) -> Self::Put<'r>;
}

impl<T: Rebuild> Field for T {
    type Put<'r> = T::Owned<'r>;
    const FIELD_FIXED: Option<usize> = T::FIXED;

    #[inline(always)]
    fn field_words(&self) -> usize {
        self.words()
    }

    #[inline(always)]
    unsafe fn encode_field(&self, writer: &mut Writer) {
        // SAFETY: passed on from the caller.
        unsafe { self.encode(writer) }
    }

    #[inline(always)]
    unsafe fn decode_field<'r>(reader: &mut Reader<'r>) -> Self::Put<'r> {
        // SAFETY: passed on from the caller.
        T::rebuild(unsafe { T::decode(reader) })
    }
}

/// A field of which the address is copied, as what it points to lives for ever.
///
/// # Safety
///
/// [`write`](Self::write) writes [`WORDS`](Self::WORDS) words, and [`read`](Self::read) reads as many.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a type that derives `Encode`",
    label = "names `'static`",
    note = "of the types that name `'static`, a reference to a sized type, a `str` or a slice can be a field, and an \
            `Option` of it"
)]
pub unsafe trait Verbatim: Copy + Sync + 'static {
    /// How many words a value takes.
    const WORDS: usize;

    /// Writes the value.
    ///
    /// # Safety
    ///
    /// `writer` has room for [`WORDS`](Self::WORDS) words.
    unsafe fn write(self, writer: &mut Writer);

    /// Reads a value back.
    ///
    /// # Safety
    ///
    /// The next words of `reader` were written by [`write`](Self::write) of the same type in this process.
    unsafe fn read(reader: &mut Reader<'_>) -> Self;
}

// SAFETY: one word, the address.
unsafe impl<T: Sync> Verbatim for &'static T {
    const WORDS: usize = 1;

    #[inline(always)]
    unsafe fn write(self, writer: &mut Writer) {
        // SAFETY: passed on from the caller.
        unsafe { writer.word(std::ptr::from_ref(self).expose_provenance() as u64) };
    }

    #[inline(always)]
    unsafe fn read(reader: &mut Reader<'_>) -> Self {
        // SAFETY: the word is the address of a `T` that lives for ever and may be read by any thread.
        unsafe { &*std::ptr::with_exposed_provenance(reader.word() as usize) }
    }
}

// SAFETY: two words, the address and the length.
unsafe impl<T: Sync> Verbatim for &'static [T] {
    const WORDS: usize = 2;

    #[inline(always)]
    unsafe fn write(self, writer: &mut Writer) {
        // SAFETY: passed on from the caller.
        unsafe {
            writer.word(self.as_ptr().expose_provenance() as u64);
            writer.word(self.len() as u64);
        }
    }

    #[inline(always)]
    unsafe fn read(reader: &mut Reader<'_>) -> Self {
        // SAFETY: the words are address and length of a slice that lives for ever and may be read by any thread.
        unsafe {
            let start = std::ptr::with_exposed_provenance(reader.word() as usize);
            std::slice::from_raw_parts(start, reader.word() as usize)
        }
    }
}

// SAFETY: the words of its bytes.
unsafe impl Verbatim for &'static str {
    const WORDS: usize = <&'static [u8]>::WORDS;

    #[inline(always)]
    unsafe fn write(self, writer: &mut Writer) {
        // SAFETY: passed on from the caller.
        unsafe { self.as_bytes().write(writer) };
    }

    #[inline(always)]
    unsafe fn read(reader: &mut Reader<'_>) -> Self {
        // SAFETY: the bytes are those of a `str`.
        unsafe { str::from_utf8_unchecked(<&'static [u8]>::read(reader)) }
    }
}

// SAFETY: a word that tells whether there is a value, and the words of one or as many that mean nothing.
unsafe impl<V: Verbatim> Verbatim for Option<V> {
    const WORDS: usize = 1 + V::WORDS;

    #[inline(always)]
    unsafe fn write(self, writer: &mut Writer) {
        // SAFETY: passed on from the caller, who vouches for `WORDS` words.
        unsafe {
            writer.word(u64::from(self.is_some()));
            match self {
                Some(value) => value.write(writer),
                None => (0..V::WORDS).for_each(|_| writer.word(0)),
            }
        }
    }

    #[inline(always)]
    unsafe fn read(reader: &mut Reader<'_>) -> Self {
        // SAFETY: `write` wrote the word, and a value behind it where the word is 1.
        unsafe {
            if reader.word() == 1 {
                return Some(V::read(reader));
            }
            reader.take(V::WORDS);
            None
        }
    }
}

/// How many words a struct takes, or one variant of an enum.
pub const fn fixed_sum(fields: &[Option<usize>]) -> Option<usize> {
    sum_of_fixed(fields)
}

/// How many words an enum takes, given those of its variants: one more than they, where they agree.
pub const fn fixed_of_variants(variants: &[Option<usize>]) -> Option<usize> {
    let [Some(first), rest @ ..] = variants else { return None };
    let mut rest = rest;
    while let [next, others @ ..] = rest {
        match next {
            Some(words) if *words == *first => rest = others,
            _ => return None,
        }
    }
    Some(1 + *first)
}

/// A record names a variant that its type does not have: its words were not written by that type.
#[cold]
pub fn unknown_variant(index: u64) -> ! {
    panic!("a record names variant {index} of an enum that has fewer")
}
