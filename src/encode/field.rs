//! The fields of a log statement: values with a name, whose type a layout may want to know.

use super::{
    Argument, AsValue, ByValue, Debug, Deferred, Display, Encode, OnTheSpot, OnTheSpotUnit, Probe, Shows,
    Value,
};
use std::fmt;

/// The marker of a field without `%` or `?`: it prints by `Display`, or by `Debug` where there is none.
#[derive(Clone, Copy, Debug)]
pub struct Bare;

/// The first choice of a bare field: the worker prints it by its view's `Display`.
pub trait FieldDisplay<'a, T: ?Sized> {
    /// The field's unit.
    fn field(&self, arguments: fmt::Arguments<'_>) -> ByValue<'a, T>;
}

// Not `T::View<'r>: Display`: of a number whose type is still open, as `let price = 12.5` has it, that is taken to be
// wrong, and the log call would format the number.
impl<'a, T: Encode + ?Sized> FieldDisplay<'a, T> for &Argument<'a, T, Bare>
where
    Display: for<'r> Shows<T::View<'r>>,
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
    Debug: for<'r> Shows<T::View<'r>>,
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

/// A bare field's view on the worker: `(&&&Shown(&view)).value()`.
#[derive(Debug)]
pub struct Shown<'v, V>(pub &'v V);

impl<V> Clone for Shown<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Shown<'_, V> {}

/// The first choice of [`Shown`]: what knows its own [`Value`].
pub trait ShownTyped<'v> {
    /// The value.
    fn value(&self) -> Value<'v>;
}

impl<'v, V: AsValue> ShownTyped<'v> for &&Shown<'v, V> {
    #[inline]
    fn value(&self) -> Value<'v> {
        self.0.as_value()
    }
}

/// The second choice of [`Shown`].
pub trait ShownDisplay<'v> {
    /// The value.
    fn value(&self) -> Value<'v>;
}

impl<'v, V: fmt::Display> ShownDisplay<'v> for &Shown<'v, V> {
    fn value(&self) -> Value<'v> {
        Value::Display(self.0)
    }
}

/// The third choice of [`Shown`].
pub trait ShownDebug<'v> {
    /// The value.
    fn value(&self) -> Value<'v>;
}

impl<'v, V: fmt::Debug> ShownDebug<'v> for Shown<'v, V> {
    fn value(&self) -> Value<'v> {
        Value::Debug(self.0)
    }
}

/// The last choice of [`Shown`]: a part of a derived type that nothing prints.
pub trait ShownOpaque<'v> {
    /// The value.
    fn value(self) -> Value<'v>;
}

impl<'v, V> ShownOpaque<'v> for Shown<'v, V> {
    fn value(self) -> Value<'v> {
        Value::Display(&"..")
    }
}
