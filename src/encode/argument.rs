//! Which of the two ways an argument of a log statement takes: formatted later, by the worker, or now, by the
//! log call.
//!
//! Later, if the type is [`Encode`] and its view implements the trait of the placeholder: one that does not (the
//! view of a `T: Encode + Display` in a generic function, of which nothing more is known; a reference under
//! `{:p}`) is formatted now. Method resolution decides, one reference further on for the second choice.

use super::{ByValue, Encode, OnTheSpotUnit, Spec, spec};
use std::fmt;

/// An argument and the trait that prints it, as the macros hand it over:
/// `(&Argument(&argument, Display)).unit()`.
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized, How>(pub &'a T, pub How);

/// A formatting trait.
#[derive(Clone, Copy, Debug)]
pub enum Trait {
    /// `Display`.
    Display,
    /// `Debug`.
    Debug,
    /// Any other.
    Other,
}

impl Trait {
    pub(super) const fn is_display(self) -> bool {
        matches!(self, Self::Display)
    }

    pub(super) const fn is_debug(self) -> bool {
        matches!(self, Self::Debug)
    }
}

/// A marker of a formatting trait, which `V` has.
pub trait Shows<V: ?Sized> {
    /// Which one.
    const TRAIT: Trait;

    /// Prints by the trait.
    ///
    /// # Errors
    ///
    /// When the view's trait fails.
    fn show(view: &V, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

macro_rules! markers {
    ($($trait:ident $which:ident)*) => {$(
        #[doc = concat!("The argument prints by `", stringify!($trait), "`.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $trait;

        impl<V: fmt::$trait + ?Sized> Shows<V> for $trait {
            const TRAIT: Trait = Trait::$which;

            fn show(view: &V, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::$trait::fmt(view, f)
            }
        }
    )*};
}

markers! {
    Display Display
    Debug Debug
    LowerHex Other UpperHex Other Octal Other Binary Other LowerExp Other UpperExp Other Pointer Other
}

/// The value, printed by the trait.
impl<T: ?Sized, How: Shows<T>> fmt::Display for Argument<'_, T, How> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        How::show(self.0, f)
    }
}

/// The first choice of [`Argument`].
pub trait Later<'a, T: ?Sized, How> {
    /// The argument's unit.
    fn unit(&self) -> ByValue<'a, T, How>
    where
        How: Shows<T>;

    /// As [`unit`](Self::unit), under a placeholder that says more than its trait. The worker finds in the statement what that is.
    fn unit_as(&self, specs: &[Spec], index: usize, counts: &[usize]) -> ByValue<'a, T, How>
    where
        How: Shows<T>;
}

impl<'a, T: Encode + ?Sized, How: Copy> Later<'a, T, How> for Argument<'a, T, How>
where
    How: for<'r> Shows<T::View<'r>>,
{
    #[inline]
    fn unit(&self) -> ByValue<'a, T, How>
    where
        How: Shows<T>,
    {
        ByValue::new(self.0, self.1)
    }

    #[inline]
    fn unit_as(&self, _specs: &[Spec], _index: usize, _counts: &[usize]) -> ByValue<'a, T, How>
    where
        How: Shows<T>,
    {
        ByValue::new(self.0, self.1)
    }
}

/// The second choice of [`Argument`].
pub trait Now<T: ?Sized, How> {
    /// The argument's unit: the text that its placeholder prints.
    fn unit(&self) -> OnTheSpotUnit<'_>
    where
        How: Shows<T>;

    /// As [`unit`](Self::unit), under a placeholder that says more than its trait: the `index`th of these; with its width and
    /// precision, where they are arguments.
    fn unit_as(&self, specs: &[Spec], index: usize, counts: &[usize]) -> OnTheSpotUnit<'_>
    where
        How: Shows<T>;
}

impl<T: ?Sized, How> Now<T, How> for &Argument<'_, T, How> {
    #[inline]
    fn unit(&self) -> OnTheSpotUnit<'_>
    where
        How: Shows<T>,
    {
        OnTheSpotUnit::new(*self)
    }

    #[inline]
    fn unit_as(&self, specs: &[Spec], index: usize, counts: &[usize]) -> OnTheSpotUnit<'_>
    where
        How: Shows<T>,
    {
        OnTheSpotUnit::by(*self, How::TRAIT, spec::at(specs, index), counts)
    }
}
