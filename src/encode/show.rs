//! How the worker prints a view under a plain `{}`: straight to bytes where the type allows it.

use super::{Options, Rendered};
use crate::layout::{Fixed, Output, Pen};
use std::fmt;
use std::num::{NonZero, Saturating, Wrapping};

/// A view as the macros hand it over: `(&Show(&view)).show(out)`.
#[derive(Debug)]
pub struct Show<'v, V: ?Sized>(pub &'v V);

/// A view that has a faster way to print what `{}` prints, byte for byte.
pub trait ShowFast {
    /// Whether `{:?}` prints the same.
    const DEBUGS: bool = false;

    /// Prints the view.
    ///
    /// # Errors
    ///
    /// When a `Display` of the program fails.
    #[inline]
    fn show(&self, out: &mut Output<'_>) -> fmt::Result {
        out.pen(|pen| self.write(pen))
    }

    /// Prints the view, one of several.
    ///
    /// # Errors
    ///
    /// As for [`show`](Self::show).
    fn write(&self, pen: &mut Pen<'_, '_>) -> fmt::Result;

    /// Prints what `{:?}` prints, if it knows how to.
    #[inline]
    fn show_debug(&self, out: &mut Output<'_>) -> bool {
        Self::DEBUGS && self.show(out).is_ok()
    }

    /// Prints the view with these options, if it knows how to.
    fn write_by(&self, _options: &Options, _out: &mut Output<'_>) -> bool {
        false
    }
}

/// Every other view: by way of its `Display`.
pub trait ShowAny {
    /// Prints the view.
    ///
    /// # Errors
    ///
    /// When the view's `Display` fails.
    fn show(&self, out: &mut Output<'_>) -> fmt::Result;
}

impl<V: fmt::Display + ?Sized> ShowAny for &Show<'_, V> {
    fn show(&self, out: &mut Output<'_>) -> fmt::Result {
        out.write_fmt(format_args!("{}", self.0))
    }
}

// What has the second way prints under `{:?}` what it prints under `{}`.
macro_rules! show {
    ($($type:ty, |$view:ident, $pen:ident| $shown:expr $(, |$options:ident, $out:ident| $shown_by:expr)?;)*) => {$(
        impl ShowFast for Show<'_, $type> {
            #[inline(always)]
            fn write(&self, $pen: &mut Pen<'_, '_>) -> fmt::Result {
                let $view = *self.0;
                $shown;
                Ok(())
            }

            $(const DEBUGS: bool = true;

            fn write_by(&self, $options: &Options, $out: &mut Output<'_>) -> bool {
                let $view = *self.0;
                $shown_by;
                true
            })?
        }
    )*};
}

macro_rules! show_integers {
    ($($int:ident)*, |$view:ident, $pen:ident| $shown:expr, |$options:ident, $out:ident| $shown_by:expr) => {
        show! {$(
            $int, |$view, $pen| $shown, |$options, $out| $shown_by;
            NonZero<$int>,
                |view, $pen| { let $view = view.get(); $shown },
                |$options, $out| { let $view = view.get(); $shown_by };
            Wrapping<$int>,
                |view, $pen| { let $view = view.0; $shown },
                |$options, $out| { let $view = view.0; $shown_by };
            Saturating<$int>,
                |view, $pen| { let $view = view.0; $shown },
                |$options, $out| { let $view = view.0; $shown_by };
        )*}
    };
}

show_integers!(
    u8 u16 u32 u64 usize,
    |view, pen| pen.unsigned(view as u64),
    |options, out| unsigned_by(view as u64, options, out)
);
show_integers!(
    i8 i16 i32 i64 isize,
    |view, pen| pen.signed(view as i64),
    |options, out| signed_by(view as i64, options, out)
);
show_integers!(
    u128 i128,
    |view, pen| pen.trusted(itoa::Buffer::new().format(view)),
    |options, out| digits_by(itoa::Buffer::new().format(view), options, out)
);

fn unsigned_by(number: u64, options: &Options, out: &mut Output<'_>) {
    options.number(false, out, |out| out.unsigned(number));
}

fn signed_by(number: i64, options: &Options, out: &mut Output<'_>) {
    options.number(number < 0, out, |out| out.signed(number));
}

fn digits_by(digits: &str, options: &Options, out: &mut Output<'_>) {
    options.number(digits.starts_with('-'), out, |out| out.trusted(digits));
}

show! {
    bool,
        |view, pen| pen.trusted(if view { "true" } else { "false" }),
        |options, out| options.text(if view { "true" } else { "false" }, out);
    char, |view, pen| pen.value(view.encode_utf8(&mut [0; 4]));
    &str, |view, pen| pen.value(view);
    Rendered<'_>, |view, pen| pen.value(view.0);
}

/// `Display` prints the shortest digits that read back as the same number, and of those the nearest to it, as
/// `zmij` does; but never an exponent, and no `.0`. Within the bounds `zmij` prints no exponent either.
///
/// One case is left: a number halfway between two such. `Display` then rounds up, `zmij` to even. Halfway
/// between numbers of `d` decimal places are those of `d + 1` places after the binary point, so they are easy
/// to tell.
macro_rules! show_floats {
    ($($float:ident in $least:literal .. $most:literal, $decimal:expr;)*) => {
        /// Those that are no short decimals.
        mod show_float {
            use super::{Output, binary_places};
            $(
                /// Prints a number, and `whole` behind one without a point. Whether that is what `Display` prints, and `Debug` with
                /// `.0` for `whole`: nothing is printed otherwise.
                #[inline(never)]
                pub(super) fn $float(number: $float, whole: &str, out: &mut Output<'_>) -> bool {
                    let size = number.abs();
                    if ($least..$most).contains(&size) || size == 0.0 {
                        let mut buffer = zmij::Buffer::new();
                        let digits = buffer.format_finite(number);
                        let halfway = digits.len().checked_sub(binary_places::$float(size));
                        if halfway.is_none_or(|at| digits.as_bytes().get(at) != Some(&b'.')) {
                            out.trusted(digits.strip_suffix(".0").unwrap_or(digits));
                            if digits.ends_with(".0") {
                                out.trusted(whole);
                            }
                            return true;
                        }
                    }
                    false
                }
            )*
        }

        $(impl ShowFast for Show<'_, $float> {
            #[inline(always)]
            fn write(&self, pen: &mut Pen<'_, '_>) -> fmt::Result {
                let number = *self.0;
                if $decimal(pen, number, "") {
                    return Ok(());
                }
                pen.through(|out| match show_float::$float(number, "", out) {
                    true => Ok(()),
                    false => out.write_fmt(format_args!("{number}")),
                })
            }

            #[inline]
            fn show_debug(&self, out: &mut Output<'_>) -> bool {
                let number = *self.0;
                out.pen(|pen| $decimal(pen, number, ".0"))
                    || show_float::$float(number, ".0", out)
                    || out.write_fmt(format_args!("{number:?}")).is_ok()
            }

            fn write_by(&self, options: &Options, out: &mut Output<'_>) -> bool {
                let number = *self.0;
                let is_negative = number.is_sign_negative();
                match options.precision() {
                    _ if !number.is_finite() => false,
                    None => {
                        let mut is_shown = false;
                        options.number(is_negative, out, |out| is_shown = self.show(out).is_ok());
                        is_shown
                    }
                    Some(places) => match Fixed::of(number.into(), places) {
                        Some(fixed) => {
                            options.number(is_negative, out, |out| out.pen(|pen| pen.fixed(fixed)));
                            true
                        }
                        None => false,
                    },
                }
            }
        })*
    };
}

show_floats! {
    f32 in 1e-4 .. 1e7, |_: &mut Pen<'_, '_>, _, _| false;
    f64 in 1e-4 .. 1e15, |pen: &mut Pen<'_, '_>, number, whole| pen.decimal(number, whole);
}

/// How many digits a number, positive and not subnormal, has after the binary point.
mod binary_places {
    macro_rules! binary_places {
        ($($float:ident $bits:ident)*) => {$(
            #[inline]
            pub(super) fn $float(size: $float) -> usize {
                const MANTISSA: u32 = $float::MANTISSA_DIGITS - 1;
                const BIAS: $bits = $float::MAX_EXP as $bits - 1;
                let (exponent, mantissa) = (size.to_bits() >> MANTISSA, size.to_bits() | 1 << MANTISSA);
                (BIAS as usize + MANTISSA as usize)
                    .saturating_sub(exponent as usize + mantissa.trailing_zeros() as usize)
            }
        )*};
    }

    binary_places!(f32 u32 f64 u64);
}
