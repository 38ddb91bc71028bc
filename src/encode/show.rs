//! How the worker prints a view under a plain `{}`: straight to bytes where the type allows it.

use crate::layout::Output;
use std::fmt;

/// A view as the macros hand it over: `(&Show(&view)).show(out)`.
#[derive(Debug)]
pub struct Show<'v, V: ?Sized>(pub &'v V);

/// A view that has a faster way to print what `{}` prints, byte for byte.
pub trait ShowFast {
    /// Prints the view.
    fn show(&self, out: &mut Output<'_>) -> fmt::Result;
}

/// Every other view: by way of its `Display`.
pub trait ShowAny {
    /// Prints the view.
    fn show(&self, out: &mut Output<'_>) -> fmt::Result;
}

impl<V: fmt::Display + ?Sized> ShowAny for &Show<'_, V> {
    fn show(&self, out: &mut Output<'_>) -> fmt::Result {
        out.write_fmt(format_args!("{}", self.0))
    }
}

macro_rules! show_integers {
    ($($int:ty)*) => {$(
        impl ShowFast for Show<'_, $int> {
            #[inline]
            fn show(&self, out: &mut Output<'_>) -> fmt::Result {
                out.trusted(itoa::Buffer::new().format(*self.0));
                Ok(())
            }
        }
    )*};
}

show_integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl ShowFast for Show<'_, &str> {
    #[inline]
    fn show(&self, out: &mut Output<'_>) -> fmt::Result {
        out.value(self.0);
        Ok(())
    }
}
