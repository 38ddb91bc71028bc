//! What a record of a bridge holds, where that is more than a message: items, as their number and their types
//! are known to the record alone.
//!
//! ```text
//!   length in bytes   ( name's address · name's length · tag · payload )*
//! ```
//!
//! The message is an item, and so is each field and each span, the innermost first; a span's payload is items
//! again, its fields. They are packed without alignment.

use super::interned::{Interned, hash};
use super::place::leak;
use crate::callsite::Statement;
use crate::encode::{Reader, Rendered, Scratch, Span, Unit, Value, Visit, Writer, words_for};
use crate::layout::Output;
use smallvec::SmallVec;
use std::fmt;

/// What has more keys than this makes them up.
const LIMIT: usize = 4096;

static KEYS: Interned<&'static str> = Interned::new(LIMIT);

/// The name of fields whose key is one too many; the value begins with the key.
const OTHER: &str = "other";

/// What stands in front of an item's payload: its name's address and length, and its tag.
const HEAD: usize = 2 * size_of::<usize>() + 1;
const LONGEST_PAYLOAD: usize = 16;

const U64: u8 = 0;
const I64: u8 = 1;
const U128: u8 = 2;
const I128: u8 = 3;
const F64: u8 = 4;
const BOOL: u8 = 5;
const CHAR: u8 = 6;
const TEXT: u8 = 7;
/// Text that a `Display` or `Debug` made.
const SHOWN: u8 = 8;
const MESSAGE: u8 = 9;
const SPAN: u8 = 10;

/// A record of items, which `pack` packs.
#[derive(Debug)]
pub(super) struct Items<P> {
    pack: P,
    /// Where the items start in the scratch space, and where they end.
    start: usize,
    end: usize,
}

impl<P: FnMut(&mut Pack<'_>)> Items<P> {
    pub(super) fn new(pack: P) -> Self {
        Self { pack, start: 0, end: 0 }
    }
}

// SAFETY: `words` and `encode` both go by the span that `prepare` noted; `decode` goes by the length that was
// written.
unsafe impl<P: FnMut(&mut Pack<'_>)> Unit for Items<P> {
    type View<'r> = ();
    const FIXED: Option<usize> = None;
    const IS_PLAIN: bool = false;
    const ON_THE_SPOT: bool = true;

    fn prepare(&mut self, scratch: &mut Scratch<'_>) {
        self.start = scratch.bytes().len();
        (self.pack)(&mut Pack { bytes: scratch.bytes() });
        self.end = scratch.bytes().len();
    }

    fn words(&self) -> usize {
        1 + words_for(self.end - self.start)
    }

    unsafe fn encode(&self, text: &[u8], writer: &mut Writer) {
        let items = &text[self.start..self.end];
        // SAFETY: the caller vouches for `words` words: one for the length, the rest for the items.
        unsafe {
            writer.word(items.len() as u64);
            writer.bytes(items);
        }
    }

    unsafe fn decode<'r>(reader: &mut Reader<'r>) {
        // SAFETY: passed on from the caller.
        unsafe { read(reader) };
    }
}

/// Packs items.
#[derive(Debug)]
pub(super) struct Pack<'p> {
    bytes: &'p mut Vec<u8>,
}

impl<'p> Pack<'p> {
    /// Appends to `bytes`, which hold whole items.
    #[cfg(feature = "tracing")]
    pub(super) fn new(bytes: &'p mut Vec<u8>) -> Self {
        Self { bytes }
    }

    /// An item of a size that the compiler knows, or the head of a longer one: one append, of a few moves.
    #[inline]
    fn item<const N: usize>(&mut self, name: &'static str, tag: u8, payload: [u8; N]) {
        const { assert!(N <= LONGEST_PAYLOAD) };
        let mut item = [0; HEAD + LONGEST_PAYLOAD];
        let (address, len) = item.split_at_mut(size_of::<usize>());
        address.copy_from_slice(&name.as_ptr().expose_provenance().to_ne_bytes());
        len[..size_of::<usize>()].copy_from_slice(&name.len().to_ne_bytes());
        item[HEAD - 1] = tag;
        item[HEAD..HEAD + N].copy_from_slice(&payload);
        self.bytes.extend_from_slice(&item[..HEAD + N]);
    }

    fn text(&mut self, name: &'static str, tag: u8, text: fmt::Arguments<'_>) {
        self.item(name, tag, 0_usize.to_ne_bytes());
        let start = self.bytes.len();
        if fmt::write(&mut Scratch::new(self.bytes), text).is_err() {
            self.bytes.extend_from_slice(b"<formatting failed>");
        }
        let len = self.bytes.len() - start;
        self.bytes[start - size_of::<usize>()..start].copy_from_slice(&len.to_ne_bytes());
    }

    /// The message; one that has none prints as empty, and of several the first counts.
    pub(super) fn message(&mut self, message: fmt::Arguments<'_>) {
        self.text("", MESSAGE, message);
    }

    pub(super) fn u64(&mut self, name: &'static str, value: u64) {
        self.item(name, U64, value.to_ne_bytes());
    }

    pub(super) fn i64(&mut self, name: &'static str, value: i64) {
        self.item(name, I64, value.to_ne_bytes());
    }

    pub(super) fn u128(&mut self, name: &'static str, value: u128) {
        self.item(name, U128, value.to_ne_bytes());
    }

    pub(super) fn i128(&mut self, name: &'static str, value: i128) {
        self.item(name, I128, value.to_ne_bytes());
    }

    pub(super) fn f64(&mut self, name: &'static str, value: f64) {
        self.item(name, F64, value.to_ne_bytes());
    }

    pub(super) fn bool(&mut self, name: &'static str, value: bool) {
        self.item(name, BOOL, [value.into()]);
    }

    pub(super) fn char(&mut self, name: &'static str, value: char) {
        self.item(name, CHAR, u32::from(value).to_ne_bytes());
    }

    pub(super) fn str(&mut self, name: &'static str, value: &str) {
        self.item(name, TEXT, value.len().to_ne_bytes());
        self.bytes.extend_from_slice(value.as_bytes());
    }

    /// A value that prints as `text`, and is not text itself.
    pub(super) fn shown(&mut self, name: &'static str, text: fmt::Arguments<'_>) {
        self.text(name, SHOWN, text);
    }

    /// A span and its fields, which are packed items.
    #[cfg(feature = "tracing")]
    pub(super) fn span(&mut self, name: &'static str, fields: &[u8]) {
        self.item(name, SPAN, fields.len().to_ne_bytes());
        self.bytes.extend_from_slice(fields);
    }

    /// A field whose name is not known at compile time: `pack` packs it by the name that it is given. Where
    /// the name is one too many, the field is called [`OTHER`] and begins with the name; `value` is what it
    /// prints.
    pub(super) fn named<R>(
        &mut self,
        name: &str,
        value: &dyn fmt::Display,
        pack: impl FnOnce(&mut Self, &'static str) -> R,
    ) -> Option<R> {
        match KEYS.get(hash(0, name), |known| *known == name, || leak(name)) {
            Some(known) => Some(pack(self, known)),
            None => {
                self.text(OTHER, TEXT, format_args!("{name}={value}"));
                None
            }
        }
    }
}

/// Packed items that are left to read.
#[derive(Clone, Copy)]
struct Packed<'r>(&'r [u8]);

/// An item, read back.
enum Item<'r> {
    Message(&'r str),
    Field(&'static str, Packed<'r>, u8),
    Span(&'static str, Packed<'r>),
}

impl<'r> Packed<'r> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().expect("items are whole");
        self.0 = rest;
        *taken
    }

    fn size(&mut self) -> usize {
        usize::from_ne_bytes(self.take())
    }

    fn bytes(&mut self, len: usize) -> &'r [u8] {
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        taken
    }

    /// The next item.
    ///
    /// # Safety
    ///
    /// What is left was packed by [`Pack`].
    unsafe fn next(&mut self) -> Option<Item<'r>> {
        if self.0.is_empty() {
            return None;
        }
        let (address, len) = (self.size(), self.size());
        // SAFETY: `Pack` wrote address and length of a name that lives as long as the process.
        let name = unsafe {
            let bytes = std::slice::from_raw_parts(std::ptr::with_exposed_provenance(address), len);
            str::from_utf8_unchecked(bytes)
        };
        let [tag] = self.take();
        let size = match tag {
            U64 | I64 | F64 => 8,
            U128 | I128 => 16,
            BOOL => 1,
            CHAR => 4,
            _ => self.size(),
        };
        let payload = self.bytes(size);
        Some(match tag {
            // SAFETY: messages came out of `write_str`.
            MESSAGE => Item::Message(unsafe { str::from_utf8_unchecked(payload) }),
            SPAN => Item::Span(name, Packed(payload)),
            _ => Item::Field(name, Packed(payload), tag),
        })
    }

    /// Shows the value of a field with this tag.
    ///
    /// # Safety
    ///
    /// It is the payload of such a field.
    unsafe fn show(mut self, name: &'static str, tag: u8, visitor: &mut dyn Visit) {
        let value = match tag {
            U64 => Value::U64(u64::from_ne_bytes(self.take())),
            I64 => Value::I64(i64::from_ne_bytes(self.take())),
            U128 => Value::U128(u128::from_ne_bytes(self.take())),
            I128 => Value::I128(i128::from_ne_bytes(self.take())),
            F64 => Value::F64(f64::from_ne_bytes(self.take())),
            BOOL => Value::Bool(self.take() == [1]),
            CHAR => Value::Char(char::from_u32(u32::from_ne_bytes(self.take())).expect("a char was packed")),
            _ => {
                // SAFETY: the text came out of `write_str`.
                let text = unsafe { str::from_utf8_unchecked(self.0) };
                if tag == SHOWN {
                    return visitor.field(name, Value::Display(&Rendered(text)));
                }
                Value::Str(text)
            }
        };
        visitor.field(name, value);
    }

    /// # Safety
    ///
    /// What is left was packed by [`Pack`].
    unsafe fn visit_fields(mut self, visitor: &mut dyn Visit) {
        // SAFETY: the caller vouches for all items, and each is shown by the tag that it has.
        unsafe {
            while let Some(item) = self.next() {
                if let Item::Field(name, payload, tag) = item {
                    payload.show(name, tag, visitor);
                }
            }
        }
    }
}

/// # Safety
///
/// The reader stands at words that `Items` wrote.
unsafe fn read<'r>(reader: &mut Reader<'r>) -> Packed<'r> {
    // SAFETY: `Items` wrote the length and that many bytes.
    unsafe {
        let len = reader.word() as usize;
        Packed(reader.bytes(len))
    }
}

/// Prints the message of a record of items.
///
/// # Safety
///
/// The reader stands at the words that `Items` wrote.
pub(super) unsafe fn print(_: &Statement, reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    // SAFETY: passed on from the caller.
    unsafe {
        let mut items = read(reader);
        while let Some(item) = items.next() {
            if let Item::Message(message) = item {
                out.value(message);
                break;
            }
        }
    }
    Ok(())
}

/// Visits the fields of a record of items.
///
/// # Safety
///
/// The reader stands at the words that `Items` wrote.
pub(super) unsafe fn visit(_: &[&'static str], reader: &mut Reader<'_>, visitor: &mut dyn Visit) {
    // SAFETY: passed on from the caller.
    unsafe { read(reader).visit_fields(visitor) }
}

/// Visits the spans of a record of items, the outermost first.
///
/// # Safety
///
/// The reader stands at the words that `Items` wrote.
pub(super) unsafe fn visit_spans(reader: &mut Reader<'_>, each: &mut dyn FnMut(Span<'_>)) {
    let mut spans: SmallVec<[(&'static str, Packed<'_>); 8]> = SmallVec::new();
    // SAFETY: passed on from the caller.
    unsafe {
        let mut items = read(reader);
        while let Some(item) = items.next() {
            if let Item::Span(name, fields) = item {
                spans.push((name, fields));
            }
        }
    }
    for (name, fields) in spans.into_iter().rev() {
        // SAFETY: a span's payload is items.
        each(Span::new(name, &|visitor| unsafe { fields.visit_fields(visitor) }));
    }
}

/// Takes the fields out of `old` that `new` has too: they were recorded again. Both are packed items.
///
/// # Safety
///
/// Both were packed by [`Pack`].
#[cfg(feature = "tracing")]
pub(super) unsafe fn retain_other_fields(old: &mut Vec<u8>, new: &[u8]) {
    let (mut at, mut left) = (0, Packed(old.as_slice()));
    let mut again: SmallVec<[std::ops::Range<usize>; 4]> = SmallVec::new();
    // SAFETY: the caller vouches for both.
    unsafe {
        while let Some(item) = left.next() {
            let end = old.len() - left.0.len();
            let mut others = Packed(new);
            while let (Item::Field(name, ..), Some(Item::Field(other, ..))) = (&item, others.next()) {
                if *name == other {
                    again.push(at..end);
                    break;
                }
            }
            at = end;
        }
    }
    for range in again.into_iter().rev() {
        old.drain(range);
    }
}
