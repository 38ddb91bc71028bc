//! The fields of a log statement: values with a name, whose type a layout may want to know.

use super::{
    Argument, AsValue, ByValue, Debug, Display, Encode, OnTheSpotUnit, Reader, Shows, Trait, Unit, Value,
    Visit,
};
use std::fmt;
use std::slice;

/// A unit of the fields, or all of them.
pub trait Fields: Unit {
    /// Has the fields visited, under the next of these names.
    fn visit(view: &Self::View<'_>, names: &mut Names<'_>, visitor: &mut dyn Visit);
}

/// The names of fields that were not visited yet.
pub(crate) type Names<'n> = slice::Iter<'n, &'static str>;

/// A marker of the way in which a layout is given a field whose view is a `V`.
pub trait Gives<V> {
    /// Gives it.
    fn give(view: &V, name: &'static str, visitor: &mut dyn Visit);
}

/// What knows its own [`Value`].
#[derive(Clone, Copy, Debug)]
pub struct Typed;

impl<V: AsValue> Gives<V> for Typed {
    fn give(view: &V, name: &'static str, visitor: &mut dyn Visit) {
        visitor.field(name, view.as_value());
    }
}

impl<V: fmt::Display> Gives<V> for Display {
    fn give(view: &V, name: &'static str, visitor: &mut dyn Visit) {
        visitor.field(name, Value::Display(view));
    }
}

impl<V: fmt::Debug> Gives<V> for Debug {
    fn give(view: &V, name: &'static str, visitor: &mut dyn Visit) {
        visitor.field(name, Value::Debug(view));
    }
}

/// A number that is no field where it is 0.
#[derive(Clone, Copy, Debug)]
pub struct NonZero;

impl Gives<u64> for NonZero {
    fn give(view: &u64, name: &'static str, visitor: &mut dyn Visit) {
        if *view != 0 {
            Typed::give(view, name, visitor);
        }
    }
}

impl<T: Encode + ?Sized, How> Fields for ByValue<'_, T, How>
where
    How: for<'r> Gives<T::View<'r>>,
{
    #[inline(always)]
    fn visit(view: &Self::View<'_>, names: &mut Names<'_>, visitor: &mut dyn Visit) {
        if let Some(name) = names.next() {
            How::give(view, name, visitor);
        }
    }
}

impl Fields for OnTheSpotUnit<'_> {
    #[inline(always)]
    fn visit(view: &Self::View<'_>, names: &mut Names<'_>, visitor: &mut dyn Visit) {
        if let Some(name) = names.next() {
            Display::give(view, name, visitor);
        }
    }
}

macro_rules! tuples {
    ($(($($unit:ident)*))*) => {$(
        impl<$($unit: Fields),*> Fields for ($($unit,)*) {
            #[inline(always)]
            #[allow(non_snake_case, reason = "a unit goes by the name of its type")]
            fn visit(views: &Self::View<'_>, names: &mut Names<'_>, visitor: &mut dyn Visit) {
                let ($($unit,)*) = views;
                $($unit::visit($unit, names, visitor);)*
            }
        }
    )*};
}

tuples!((A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H));

/// Visits fields whose units are `V`; those of the message, `U`, stand before them.
///
/// # Safety
///
/// The reader stands at units of the types `U` and `V`.
pub(crate) unsafe fn visit<U: Unit, V: Fields>(
    names: &[&'static str],
    reader: &mut Reader<'_>,
    visitor: &mut dyn Visit,
) {
    // SAFETY: the caller vouches for the reader.
    let view = unsafe {
        U::decode(reader);
        V::decode(reader)
    };
    V::visit(&view, &mut names.iter(), visitor);
}

/// The marker of a field without `%` or `?`: it is given as what it is, or prints by `Display`, or by `Debug` where there is
/// none.
#[derive(Clone, Copy, Debug)]
pub struct Bare;

/// The first choice of a bare field: a layout is told what it is.
pub trait FieldTyped<'a, T: ?Sized> {
    /// The field's unit.
    fn field(&self) -> ByValue<'a, T, Typed>;
}

// Not `T::View<'r>: AsValue`: of a number whose type is still open, as `let price = 12.5` has it, that is taken to be
// wrong, and the log call would format the number.
impl<'a, T: Encode + ?Sized> FieldTyped<'a, T> for &&&&Argument<'a, T, Bare>
where
    Typed: for<'r> Gives<T::View<'r>>,
{
    #[inline]
    fn field(&self) -> ByValue<'a, T, Typed> {
        ByValue::new(self.0, Typed)
    }
}

/// The second choice of a bare field: the worker prints it by its view's `Display`.
pub trait FieldDisplay<'a, T: ?Sized> {
    /// The field's unit.
    fn field(&self) -> ByValue<'a, T, Display>;
}

impl<'a, T: Encode + ?Sized> FieldDisplay<'a, T> for &&&Argument<'a, T, Bare>
where
    Display: for<'r> Shows<T::View<'r>>,
{
    #[inline]
    fn field(&self) -> ByValue<'a, T, Display> {
        ByValue::new(self.0, Display)
    }
}

/// The third choice of a bare field: the worker prints it by its view's `Debug`.
pub trait FieldDebug<'a, T: ?Sized> {
    /// The field's unit.
    fn field(&self) -> ByValue<'a, T, Debug>;
}

impl<'a, T: Encode + ?Sized> FieldDebug<'a, T> for &&Argument<'a, T, Bare>
where
    Debug: for<'r> Shows<T::View<'r>>,
{
    #[inline]
    fn field(&self) -> ByValue<'a, T, Debug> {
        ByValue::new(self.0, Debug)
    }
}

/// The fourth choice of a bare field: the log call formats it by its `Display`.
pub trait FieldDisplayNow {
    /// The field's unit.
    fn field(&self) -> OnTheSpotUnit<'_>;
}

impl<T: fmt::Display + ?Sized> FieldDisplayNow for &Argument<'_, T, Bare> {
    #[inline]
    fn field(&self) -> OnTheSpotUnit<'_> {
        OnTheSpotUnit::new(&self.0)
    }
}

/// The last choice of a bare field: the log call formats it by its `Debug`.
pub trait FieldDebugNow<T: ?Sized> {
    /// The field's unit.
    fn field(&self) -> OnTheSpotUnit<'_>
    where
        T: fmt::Debug;
}

impl<T: ?Sized> FieldDebugNow<T> for Argument<'_, T, Bare> {
    #[inline]
    fn field(&self) -> OnTheSpotUnit<'_>
    where
        T: fmt::Debug,
    {
        OnTheSpotUnit::new(self)
    }
}

/// What has no `Display`.
impl<V: fmt::Debug + ?Sized> Shows<V> for Bare {
    const TRAIT: Trait = Trait::Debug;

    fn show(view: &V, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        view.fmt(f)
    }
}

/// A part of a derived value: `(&&&Shown(&part)).value()`.
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

/// The last choice of [`Shown`]: what nothing prints.
pub trait ShownOpaque<'v> {
    /// The value.
    fn value(self) -> Value<'v>;
}

impl<'v, V> ShownOpaque<'v> for Shown<'v, V> {
    fn value(self) -> Value<'v> {
        Value::Display(&"..")
    }
}
