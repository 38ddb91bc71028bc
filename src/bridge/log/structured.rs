//! Records of `log` with key-values.
//!
//! ```text
//!   message                fields
//!   length bytes           length  ( key's address · key's length · tag · payload )*
//! ```
//!
//! The message is encoded as `str` is. The fields are packed without alignment into bytes, as their number and their types are
//! known to the record alone.

use super::interned::{Interned, hash};
use super::place::leak;
use crate::encode::{Reader, Rendered, Scratch, Unit, Value, Visit, Writer, words_for};
use ::log::Record;
use ::log::kv::{Error, Key, Value as KvValue, VisitSource, VisitValue};
use std::fmt;

/// What has more keys than this makes them up.
const LIMIT: usize = 4096;

static KEYS: Interned<&'static str> = Interned::new(LIMIT);

/// The name of fields whose key is one too many; the value begins with the key.
const OTHER: &str = "other";

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

/// Message and key-values of a record.
#[derive(Debug)]
pub(super) struct Structured<'a, 'r> {
    record: &'a Record<'r>,
    /// The target, where the record's callsite does not tell it.
    target: Option<&'r str>,
    /// Where the message starts in the scratch space, where the fields do, and where they end.
    start: usize,
    fields: usize,
    end: usize,
}

impl<'a, 'r> Structured<'a, 'r> {
    pub(super) fn new(record: &'a Record<'r>, target: Option<&'r str>) -> Self {
        Self { record, target, start: 0, fields: 0, end: 0 }
    }
}

// SAFETY: `words` and `encode` both go by the spans that `prepare` noted; `decode` goes by the lengths that were written.
unsafe impl Unit for Structured<'_, '_> {
    type View<'r> = ();
    const FIXED: Option<usize> = None;
    const ON_THE_SPOT: bool = true;

    fn prepare(&mut self, scratch: &mut Scratch<'_>) {
        self.start = scratch.bytes().len();
        if fmt::write(scratch, *self.record.args()).is_err() {
            scratch.bytes().extend_from_slice(b"<formatting failed>");
        }
        self.fields = scratch.bytes().len();
        let mut pack = Pack { scratch, key: "" };
        if let Some(target) = self.target {
            pack.key = "log.target";
            pack.text(TEXT, format_args!("{target}"));
        }
        if let Err(error) = self.record.key_values().visit(&mut pack) {
            pack.key = "log.error";
            pack.text(SHOWN, format_args!("{error}"));
        }
        self.end = scratch.bytes().len();
    }

    fn words(&self) -> usize {
        2 + words_for(self.fields - self.start) + words_for(self.end - self.fields)
    }

    unsafe fn encode(&self, text: &[u8], writer: &mut Writer) {
        for part in [&text[self.start..self.fields], &text[self.fields..self.end]] {
            // SAFETY: the caller vouches for `words` words: two for the lengths, the rest for the parts.
            unsafe {
                writer.word(part.len() as u64);
                writer.bytes(part);
            }
        }
    }

    unsafe fn decode<'r>(reader: &mut Reader<'r>) {
        for _ in 0..2 {
            // SAFETY: `encode` wrote two parts, each behind its length.
            unsafe {
                let len = reader.word() as usize;
                reader.bytes(len);
            }
        }
    }
}

/// Packs fields into the scratch space.
struct Pack<'p, 's> {
    scratch: &'p mut Scratch<'s>,
    key: &'static str,
}

impl Pack<'_, '_> {
    fn field(&mut self, tag: u8, payload: &[u8]) {
        let bytes = self.scratch.bytes();
        bytes.extend_from_slice(&self.key.as_ptr().expose_provenance().to_ne_bytes());
        bytes.extend_from_slice(&self.key.len().to_ne_bytes());
        bytes.push(tag);
        bytes.extend_from_slice(payload);
    }

    fn text(&mut self, tag: u8, text: fmt::Arguments<'_>) {
        self.field(tag, &0_usize.to_ne_bytes());
        let start = self.scratch.bytes().len();
        if fmt::write(self.scratch, text).is_err() {
            self.scratch.bytes().extend_from_slice(b"<formatting failed>");
        }
        let bytes = self.scratch.bytes();
        let len = bytes.len() - start;
        bytes[start - size_of::<usize>()..start].copy_from_slice(&len.to_ne_bytes());
    }
}

impl<'kvs> VisitSource<'kvs> for Pack<'_, '_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: KvValue<'kvs>) -> Result<(), Error> {
        let name = key.as_str();
        match KEYS.get(hash(0, name), |known| *known == name, || leak(name)) {
            Some(known) => {
                self.key = known;
                value.visit(self)
            }
            None => {
                self.key = OTHER;
                self.text(TEXT, format_args!("{name}={value}"));
                Ok(())
            }
        }
    }
}

impl<'v> VisitValue<'v> for Pack<'_, '_> {
    fn visit_any(&mut self, value: KvValue<'_>) -> Result<(), Error> {
        self.text(SHOWN, format_args!("{value}"));
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
        self.field(U64, &value.to_ne_bytes());
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
        self.field(I64, &value.to_ne_bytes());
        Ok(())
    }

    fn visit_u128(&mut self, value: u128) -> Result<(), Error> {
        self.field(U128, &value.to_ne_bytes());
        Ok(())
    }

    fn visit_i128(&mut self, value: i128) -> Result<(), Error> {
        self.field(I128, &value.to_ne_bytes());
        Ok(())
    }

    fn visit_f64(&mut self, value: f64) -> Result<(), Error> {
        self.field(F64, &value.to_ne_bytes());
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), Error> {
        self.field(BOOL, &[value.into()]);
        Ok(())
    }

    fn visit_char(&mut self, value: char) -> Result<(), Error> {
        self.field(CHAR, &u32::from(value).to_ne_bytes());
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), Error> {
        self.text(TEXT, format_args!("{value}"));
        Ok(())
    }
}

/// Packed fields that are left to read.
struct Packed<'r>(&'r [u8]);

impl Packed<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().expect("fields are whole");
        self.0 = rest;
        *taken
    }

    fn size(&mut self) -> usize {
        usize::from_ne_bytes(self.take())
    }

    /// # Safety
    ///
    /// A field that `Pack` wrote comes next.
    unsafe fn visit_next(&mut self, visitor: &mut dyn Visit) {
        let (key, len) = (self.size(), self.size());
        // SAFETY: `Pack` wrote address and length of a key that lives as long as the process.
        let key = unsafe {
            str::from_utf8_unchecked(std::slice::from_raw_parts(std::ptr::with_exposed_provenance(key), len))
        };
        let [tag] = self.take();
        let value = match tag {
            U64 => Value::U64(u64::from_ne_bytes(self.take())),
            I64 => Value::I64(i64::from_ne_bytes(self.take())),
            U128 => Value::U128(u128::from_ne_bytes(self.take())),
            I128 => Value::I128(i128::from_ne_bytes(self.take())),
            F64 => Value::F64(f64::from_ne_bytes(self.take())),
            BOOL => Value::Bool(self.take() == [1]),
            CHAR => Value::Char(char::from_u32(u32::from_ne_bytes(self.take())).expect("a char was packed")),
            _ => {
                let len = self.size();
                let (text, rest) = self.0.split_at(len);
                self.0 = rest;
                // SAFETY: the text came out of `write_str`.
                let text = unsafe { str::from_utf8_unchecked(text) };
                if tag == SHOWN {
                    return visitor.field(key, Value::Display(&Rendered(text)));
                }
                Value::Str(text)
            }
        };
        visitor.field(key, value);
    }
}

/// Visits the fields of a record that `Structured` encoded.
///
/// # Safety
///
/// The reader stands at the words that `Structured` wrote.
pub(super) unsafe fn visit(reader: &mut Reader<'_>, visitor: &mut dyn Visit) {
    // SAFETY: two parts follow, each behind its length, and the second holds whole fields.
    unsafe {
        let message = reader.word() as usize;
        reader.bytes(message);
        let len = reader.word() as usize;
        let mut packed = Packed(reader.bytes(len));
        while !packed.0.is_empty() {
            packed.visit_next(visitor);
        }
    }
}
