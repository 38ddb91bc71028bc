//! The fields of a log statement: values with a name, whose type a layout may want to know.

use super::{Argument, ByValue, Deferred, Encode, OnTheSpot, OnTheSpotUnit, Probe};
use std::fmt;

/// A field's value on the worker.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'v> {
    /// A signed integer of up to 64 bits.
    I64(i64),
    /// An unsigned integer of up to 64 bits.
    U64(u64),
    /// A signed integer of 128 bits.
    I128(i128),
    /// An unsigned integer of 128 bits.
    U128(u128),
    /// A float of 32 bits, which prints fewer digits than the same value in 64.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A character.
    Char(char),
    /// Text.
    Str(&'v str),
    /// Anything that prints under `{}`.
    Display(&'v dyn fmt::Display),
    /// Anything that prints under `{:?}` only, or is logged with `?`.
    Debug(&'v dyn fmt::Debug),
}

/// Prints what the value prints under the placeholder that it was logged for: `{:?}` for
/// [`Debug`](Value::Debug), `{}` for all else.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I64(value) => value.fmt(f),
            Self::U64(value) => value.fmt(f),
            Self::I128(value) => value.fmt(f),
            Self::U128(value) => value.fmt(f),
            Self::F32(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Char(value) => value.fmt(f),
            Self::Str(value) => value.fmt(f),
            Self::Display(value) => value.fmt(f),
            Self::Debug(value) => value.fmt(f),
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Display(value) => write!(f, "Display({value})"),
            Self::Debug(value) => write!(f, "Debug({value:?})"),
            Self::I64(value) => write!(f, "I64({value})"),
            Self::U64(value) => write!(f, "U64({value})"),
            Self::I128(value) => write!(f, "I128({value})"),
            Self::U128(value) => write!(f, "U128({value})"),
            Self::F32(value) => write!(f, "F32({value:?})"),
            Self::F64(value) => write!(f, "F64({value:?})"),
            Self::Bool(value) => write!(f, "Bool({value})"),
            Self::Char(value) => write!(f, "Char({value:?})"),
            Self::Str(value) => write!(f, "Str({value:?})"),
        }
    }
}

/// Takes the fields of a record, in the order in which the statement names them.
pub trait Visit {
    /// One field.
    fn field(&mut self, name: &'static str, value: Value<'_>);
}

/// The marker of a field without `%` or `?`: it prints by `Display`, or by `Debug` where there is none.
#[derive(Clone, Copy, Debug)]
pub struct Bare;

/// The first choice of a bare field: the worker prints it by its view's `Display`.
pub trait FieldDisplay<'a, T: ?Sized> {
    /// The field's unit.
    fn field(&self, arguments: fmt::Arguments<'_>) -> ByValue<'a, T>;
}

impl<'a, T: Encode + ?Sized> FieldDisplay<'a, T> for &Argument<'a, T, Bare>
where
    for<'r> T::View<'r>: fmt::Display,
{
    #[inline(always)]
    fn field(&self, arguments: fmt::Arguments<'_>) -> ByValue<'a, T> {
        Deferred::unit(&Probe(self.0), arguments)
    }
}

/// The second choice of a bare field: the worker prints it by its view's `Debug`.
pub trait FieldDebug<'a, T: ?Sized> {
    /// The field's unit.
    fn field(&self, arguments: fmt::Arguments<'_>) -> ByValue<'a, T>;
}

impl<'a, T: Encode + ?Sized> FieldDebug<'a, T> for Argument<'a, T, Bare>
where
    for<'r> T::View<'r>: fmt::Debug,
{
    #[inline(always)]
    fn field(&self, arguments: fmt::Arguments<'_>) -> ByValue<'a, T> {
        Deferred::unit(&Probe(self.0), arguments)
    }
}

/// The last choice of a bare field: the log call formats it.
pub trait FieldNow {
    /// The field's unit.
    fn field(self, arguments: fmt::Arguments<'_>) -> OnTheSpotUnit<'_>;
}

impl<T: ?Sized> FieldNow for Argument<'_, T, Bare> {
    #[inline(always)]
    fn field(self, arguments: fmt::Arguments<'_>) -> OnTheSpotUnit<'_> {
        OnTheSpot::unit(&&Probe(self.0), arguments)
    }
}

impl<T: ?Sized> Clone for Argument<'_, T, Bare> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Argument<'_, T, Bare> {}

/// A bare field's own value, to be printed by the trait that it has.
#[derive(Debug)]
pub struct Pick<'a, T: ?Sized>(pub &'a T);

/// A value that prints under `{}` by its `Display`.
pub struct ByDisplay<'a, T: ?Sized>(&'a T);

impl<T: fmt::Display + ?Sized> fmt::Display for ByDisplay<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value that prints under `{}` by its `Debug`.
pub struct ByDebug<'a, T: ?Sized>(&'a T);

impl<T: fmt::Debug + ?Sized> fmt::Display for ByDebug<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The first choice of [`Pick`].
pub trait PickDisplay<'a, T: ?Sized> {
    /// The value.
    fn pick(&self) -> ByDisplay<'a, T>;
}

impl<'a, T: fmt::Display + ?Sized> PickDisplay<'a, T> for Pick<'a, T> {
    fn pick(&self) -> ByDisplay<'a, T> {
        ByDisplay(self.0)
    }
}

/// The second choice of [`Pick`].
pub trait PickDebug<'a, T: ?Sized> {
    /// The value.
    fn pick(&self) -> ByDebug<'a, T>
    where
        T: fmt::Debug;
}

impl<'a, T: ?Sized> PickDebug<'a, T> for &Pick<'a, T> {
    fn pick(&self) -> ByDebug<'a, T>
    where
        T: fmt::Debug,
    {
        ByDebug(self.0)
    }
}

/// A bare field's view on the worker: `(&&Shown(&view)).value()`.
#[derive(Debug)]
pub struct Shown<'v, V>(pub &'v V);

impl<V> Clone for Shown<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Shown<'_, V> {}

/// The first choice of [`Shown`]: numbers, truth values, characters and text keep their types.
pub trait ShownTyped<'v> {
    /// The value.
    fn value(&self) -> Value<'v>;
}

macro_rules! typed {
    ($($type:ty, $variant:ident;)*) => {$(
        impl<'v> ShownTyped<'v> for &Shown<'v, $type> {
            fn value(&self) -> Value<'v> {
                Value::$variant((*self.0).into())
            }
        }
    )*};
}

typed! {
    i8, I64; i16, I64; i32, I64; i64, I64; i128, I128;
    u8, U64; u16, U64; u32, U64; u64, U64; u128, U128;
    f32, F32; f64, F64; bool, Bool; char, Char;
}

impl<'v> ShownTyped<'v> for &Shown<'v, usize> {
    fn value(&self) -> Value<'v> {
        Value::U64(*self.0 as u64)
    }
}

impl<'v> ShownTyped<'v> for &Shown<'v, isize> {
    fn value(&self) -> Value<'v> {
        Value::I64(*self.0 as i64)
    }
}

impl<'v> ShownTyped<'v> for &Shown<'v, &str> {
    fn value(&self) -> Value<'v> {
        Value::Str(self.0)
    }
}

/// The second choice of [`Shown`].
pub trait ShownDisplay<'v> {
    /// The value.
    fn value(&self) -> Value<'v>;
}

impl<'v, V: fmt::Display> ShownDisplay<'v> for Shown<'v, V> {
    fn value(&self) -> Value<'v> {
        Value::Display(self.0)
    }
}

/// The last choice of [`Shown`].
pub trait ShownDebug<'v> {
    /// The value.
    fn value(self) -> Value<'v>;
}

impl<'v, V: fmt::Debug> ShownDebug<'v> for Shown<'v, V> {
    fn value(self) -> Value<'v> {
        Value::Debug(self.0)
    }
}
