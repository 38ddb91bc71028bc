//! One value in JSON.

use crate::encode::{Shape, Structure, Value};
use crate::layout::output::FAILED;
use crate::layout::{Escape, Output, Pen};
use smallvec::SmallVec;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::ops::Range;

/// How deep arrays and objects stand in one another; what is deeper prints as text. Parsers have bounds, serde_json's
/// is 128.
const DEEPEST: usize = 64;

/// Up to how many keys each is compared with all before it.
const FEW: usize = 16;

/// The greatest integer that an `f64` tells from its neighbours.
const SAFE: u64 = (1 << 53) - 1;

/// Prints values.
pub(super) struct Values<'b> {
    pub(super) bytes: &'b mut Vec<u8>,
    pub(super) safe_integers: bool,
    depth: usize,
}

impl<'b> Values<'b> {
    pub(super) fn new(bytes: &'b mut Vec<u8>, safe_integers: bool) -> Self {
        Self { bytes, safe_integers, depth: 0 }
    }

    fn out(&mut self) -> Output<'_> {
        Output::new(self.bytes, Escape::Json)
    }

    pub(super) fn value(&mut self, value: Value<'_>) {
        let safe_integers = self.safe_integers;
        if !self.out().pen(|pen| put_simple(value, safe_integers, pen)) {
            self.other(value);
        }
    }

    /// As [`value`](Self::value), for one that is not [simple](put_simple).
    #[inline(never)]
    pub(super) fn other(&mut self, value: Value<'_>) {
        match value {
            // Greater than is safe.
            Value::U64(_) | Value::I64(_) => self.printed(value),
            Value::F64(number) => self.not_finite(number),
            Value::F32(number) if number.is_finite() => {
                self.out().trusted(zmij::Buffer::new().format_finite(number));
            }
            Value::F32(number) => self.not_finite(number.into()),
            Value::I128(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => self.value(Value::I64(number)),
                (_, Ok(number)) => self.value(Value::U64(number)),
                _ => self.printed(value),
            },
            Value::U128(number) => match u64::try_from(number) {
                Ok(number) => self.value(Value::U64(number)),
                Err(_) => self.printed(value),
            },
            Value::Structure(structure) if self.depth < DEEPEST => self.structure(structure),
            _ => self.printed(value),
        }
    }

    fn not_finite(&mut self, number: f64) {
        self.out().trusted(match number {
            f64::INFINITY => "\"Infinity\"",
            f64::NEG_INFINITY => "\"-Infinity\"",
            _ => "\"NaN\"",
        });
    }

    /// A string of what the value prints.
    fn printed(&mut self, value: Value<'_>) {
        self.bytes.push(b'"');
        self.text(value);
        self.bytes.push(b'"');
    }

    fn text(&mut self, value: Value<'_>) {
        if self.out().write_fmt(format_args!("{value}")).is_err() {
            self.out().trusted(FAILED);
        }
    }

    fn structure(&mut self, structure: &dyn Structure) {
        self.depth += 1;
        match structure.shape() {
            Shape::Nothing => self.out().trusted("null"),
            Shape::Itself => structure.parts(&mut |_, value| self.value(value)),
            Shape::List => self.within(b'[', b']', |values| {
                structure.parts(&mut |_, value| {
                    values.bytes.push(b',');
                    values.value(value);
                });
            }),
            Shape::Map => self.within(b'{', b'}', |values| {
                let mut before = KeysBefore::default();
                structure.parts(&mut |key, value| {
                    values.key(key, &mut before);
                    values.value(value);
                });
            }),
        }
        self.depth -= 1;
    }

    /// Puts what `parts` prints, each part with a comma in front, between brackets.
    pub(super) fn within(&mut self, open: u8, close: u8, parts: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        parts(self);
        match self.bytes.get_mut(start) {
            Some(comma) => *comma = open,
            None => self.bytes.push(open),
        }
        self.bytes.push(close);
    }

    /// A key of a map, unlike any of those before it.
    fn key(&mut self, key: Value<'_>, before: &mut KeysBefore) {
        self.out().trusted(",\"");
        let start = self.bytes.len();
        self.text(key);
        while !before.is_new(self.bytes, start) {
            self.bytes.push(b'_');
        }
        self.out().trusted("\":");
    }
}

/// Prints a value whose JSON is one piece. Whether it is one: nothing is printed otherwise.
#[inline(always)]
pub(super) fn put_simple(value: Value<'_>, safe_integers: bool, pen: &mut Pen<'_, '_>) -> bool {
    match value {
        Value::U64(number) if !safe_integers || number <= SAFE => pen.unsigned(number),
        Value::I64(number) if !safe_integers || number.unsigned_abs() <= SAFE => pen.signed(number),
        Value::F64(number) => {
            if !pen.decimal(number, ".0") {
                if !number.is_finite() {
                    return false;
                }
                pen.through(|out| out.trusted(zmij::Buffer::new().format_finite(number)));
            }
        }
        Value::Str(text) => {
            pen.trusted("\"");
            pen.value(text);
            pen.trusted("\"");
        }
        Value::Bool(yes) => pen.trusted(if yes { "true" } else { "false" }),
        _ => return false,
    }
    true
}

/// The keys of an object, as far as it is printed.
#[derive(Default)]
struct KeysBefore {
    places: SmallVec<[Range<usize>; FEW]>,
    /// Of all of them, where there are more than a few. Two keys with equal hashes are taken for equal: the second one
    /// is then changed without need, which does no harm.
    hashes: HashSet<u64>,
}

impl KeysBefore {
    /// Whether the key that stands from `start` on is none of those before. If so, it is now one of them.
    fn is_new(&mut self, bytes: &[u8], start: usize) -> bool {
        let hash =
            |place: &Range<usize>| BuildHasherDefault::<DefaultHasher>::new().hash_one(&bytes[place.clone()]);
        let key = start..bytes.len();
        if self.places.len() < FEW {
            let is_new = !self.places.iter().any(|other| bytes[other.clone()] == bytes[key.clone()]);
            if is_new {
                self.places.push(key);
            }
            return is_new;
        }
        if self.hashes.is_empty() {
            self.hashes.extend(self.places.iter().map(hash));
        }
        self.hashes.insert(hash(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_however_many_there_are() {
        let (mut before, mut bytes) = (KeysBefore::default(), Vec::new());
        for round in 0..2 {
            for number in 0..3 * FEW {
                let start = bytes.len();
                bytes.extend_from_slice(number.to_string().as_bytes());
                assert_eq!(before.is_new(&bytes, start), round == 0, "{round} {number}");
            }
        }
    }
}
