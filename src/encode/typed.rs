//! What the standard library's types are to a layout.
//!
//! Views are mostly the types themselves; a derived type holds the owned ones, so both are here.

use super::{AsValue, Encode, Map, Seq, Set, Shape, Structure, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// `type => value`, of a reference.
macro_rules! values {
    ($($type:ty => |$value:ident| $to:expr;)*) => {$(
        impl AsValue for $type {
            #[inline]
            fn as_value(&self) -> Value<'_> {
                let $value = self;
                $to
            }
        }
    )*};
}

macro_rules! numbers {
    ($($type:ident $variant:ident $as:ident;)*) => {
        values! {$(
            $type => |number| Value::$variant(*number as $as);
            NonZero<$type> => |number| Value::$variant(number.get() as $as);
            Wrapping<$type> => |number| Value::$variant(number.0 as $as);
            Saturating<$type> => |number| Value::$variant(number.0 as $as);
        )*}
    };
}

numbers! {
    i8 I64 i64; i16 I64 i64; i32 I64 i64; i64 I64 i64; isize I64 i64; i128 I128 i128;
    u8 U64 u64; u16 U64 u64; u32 U64 u64; u64 U64 u64; usize U64 u64; u128 U128 u128;
}

values! {
    f32 => |number| Value::F32(*number);
    f64 => |number| Value::F64(*number);
    bool => |yes| Value::Bool(*yes);
    char => |character| Value::Char(*character);
    str => |text| Value::Str(text);
    String => |text| Value::Str(text);
    Cow<'_, str> => |text| Value::Str(text);
    Ipv4Addr => |address| Value::Display(address);
    Ipv6Addr => |address| Value::Display(address);
    IpAddr => |address| Value::Display(address);
    SocketAddrV4 => |address| Value::Display(address);
    SocketAddrV6 => |address| Value::Display(address);
    SocketAddr => |address| Value::Display(address);
    Duration => |duration| Value::Debug(duration);
    SystemTime => |time| Value::Debug(time);
    std::cmp::Ordering => |ordering| Value::Debug(ordering);
    // What is text is text; the rest prints its escapes.
    OsString => |text| text.to_str().map_or(Value::Debug(text), Value::Str);
    PathBuf => |path| path.to_str().map_or(Value::Debug(path), Value::Str);
    CString => |text| text.to_str().map_or(Value::Debug(text), Value::Str);
    &OsStr => |text| text.to_str().map_or(Value::Debug(text), Value::Str);
    &Path => |path| path.to_str().map_or(Value::Debug(path), Value::Str);
    &CStr => |text| text.to_str().map_or(Value::Debug(text), Value::Str);
    &str => |text| Value::Str(text);
}

macro_rules! pointers {
    ($($type:ty)*) => {$(
        impl<T: AsValue + ?Sized> AsValue for $type {
            #[inline]
            fn as_value(&self) -> Value<'_> {
                (**self).as_value()
            }
        }
    )*};
}

pointers!(Box<T> Rc<T> Arc<T>);

/// What is a structure by the shape that `shape` says, and has the parts that `parts` calls `each` with.
macro_rules! structures {
    ($(
        [$($parameters:tt)*] $type:ty where [$($bounds:tt)*],
        |$value:ident| $shape:expr, |$each:ident| $parts:expr;
    )*) => {$(
        impl<$($parameters)*> AsValue for $type
        where
            Self: Structure,
        {
            fn as_value(&self) -> Value<'_> {
                Value::Structure(self)
            }
        }

        impl<$($parameters)*> Structure for $type
        where
            Self: fmt::Debug,
            $($bounds)*
        {
            fn shape(&self) -> Shape {
                let $value = self;
                let _ = $value;
                $shape
            }

            fn parts(&self, $each: &mut dyn FnMut(Value<'_>, Value<'_>)) {
                let $value = self;
                $parts
            }

            fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    )*};
}

fn list<V: AsValue>(elements: impl Iterator<Item = V>, each: &mut dyn FnMut(Value<'_>, Value<'_>)) {
    (0..).zip(elements).for_each(|(index, element)| each(Value::U64(index), element.as_value()));
}

fn map<K: AsValue, V: AsValue>(
    entries: impl Iterator<Item = (K, V)>,
    each: &mut dyn FnMut(Value<'_>, Value<'_>),
) {
    entries.for_each(|(key, value)| each(key.as_value(), value.as_value()));
}

/// A reference to what has a value, of any lifetime.
struct Of<'v, V: ?Sized>(&'v V);

impl<V: AsValue + ?Sized> AsValue for Of<'_, V> {
    fn as_value(&self) -> Value<'_> {
        self.0.as_value()
    }
}

structures! {
    [T] Option<T> where [T: AsValue],
        |option| if option.is_some() { Shape::Itself } else { Shape::Nothing },
        |each| list(option.iter().map(Of), each);
    [T, E] Result<T, E> where [T: AsValue, E: AsValue],
        |result| Shape::Map,
        |each| match result {
            Ok(value) => each(Value::Str("Ok"), value.as_value()),
            Err(error) => each(Value::Str("Err"), error.as_value()),
        };
    ['r, T: Encode] Seq<'r, T> where [T::View<'r>: AsValue], |seq| Shape::List, |each| list(seq.iter(), each);
    ['r, T: Encode] Set<'r, T> where [T::View<'r>: AsValue], |set| Shape::List, |each| list(set.iter(), each);
    ['r, K: Encode, V: Encode] Map<'r, K, V> where [K::View<'r>: AsValue, V::View<'r>: AsValue],
        |entries| Shape::Map, |each| map(entries.iter(), each);
    [T] Vec<T> where [T: AsValue], |seq| Shape::List, |each| list(seq.iter().map(Of), each);
    [T] VecDeque<T> where [T: AsValue], |seq| Shape::List, |each| list(seq.iter().map(Of), each);
    [T, const N: usize] [T; N] where [T: AsValue], |seq| Shape::List, |each| list(seq.iter().map(Of), each);
    [T] BTreeSet<T> where [T: AsValue], |set| Shape::List, |each| list(set.iter().map(Of), each);
    [K, V] BTreeMap<K, V> where [K: AsValue, V: AsValue],
        |entries| Shape::Map, |each| map(entries.iter().map(|(key, value)| (Of(key), Of(value))), each);
    [] () where [], |nothing| Shape::Nothing, |_each| { let () = nothing; };
}

macro_rules! tuples {
    ($(($($part:ident)*))*) => {
        structures! {$(
            [$($part),*] ($($part,)*) where [$($part: AsValue),*], |tuple| Shape::List, |each| {
                #[allow(non_snake_case, reason = "a part goes by the name of its type")]
                let ($($part,)*) = tuple;
                let mut index = 0..;
                $(each(Value::U64(index.next().unwrap_or_default()), $part.as_value());)*
            };
        )*}
    };
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
