//! What a record points to, put together at compile time: one [`Statement`] for each pair of a callsite and the
//! types of its arguments.
//!
//! A callsite comes as a type, so that a constant may hold its address. The functions that print are made out of
//! the *types* of the closures that the macros give, as a record carries none.
//!
//! A crate has thousands of log statements, and each instance of what is generic over a site or its closures is
//! compiled once for each of them. So this file has little of it: the selecting function, and the function
//! that a pointer is taken of. All else about a call is generic over the types of its units alone, which many
//! statements share.

use crate::callsite::{Callsite, FieldsFn, FormatFn, Place, Statement};
use crate::encode::{Pieces, Reader, Unit, Visit, plain};
use crate::layout::Output;
use crate::level::Level;
use std::fmt;
use std::marker::PhantomData;

/// A statement whose level is known at compile time.
pub trait Site {
    /// Its callsite.
    const CALLSITE: &'static Callsite;
    /// The pieces of its format string, if its placeholders are all plain.
    const PIECES: Option<Pieces> = None;
}

/// A statement whose level each call gives.
pub trait Sites {
    /// A callsite for each level, the least urgent first.
    const CALLSITES: &'static [Callsite; Level::COUNT];
}

/// The callsites of a statement whose level each call gives.
pub const fn callsites(place: Place) -> [Callsite; Level::COUNT] {
    [
        Callsite::new(Place { level: Level::Trace, ..place }),
        Callsite::new(Place { level: Level::Debug, ..place }),
        Callsite::new(Place { level: Level::Info, ..place }),
        Callsite::new(Place { level: Level::Warn, ..place }),
        Callsite::new(Place { level: Level::Error, ..place }),
    ]
}

/// What the records of a statement point to.
#[inline(always)]
pub fn statement<S: Site, U: Unit, F>(_site: S, _units: &U, _format: F) -> &'static Statement
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> fmt::Result + Copy,
{
    const { &Statement { callsite: S::CALLSITE, format: format_of::<S, U, F>(), fields: None, spans: None } }
}

/// How a statement's message is printed: by its closure, unless its pieces and the types of its units say enough.
const fn format_of<S: Site, U: Unit, F>() -> FormatFn
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> fmt::Result + Copy,
{
    if S::PIECES.is_some() && U::SHOWS { print_plain::<S, U> } else { print::<U, F> }
}

/// As [`statement`], with fields.
#[inline(always)]
pub fn statement_fields<S: Site, U: Unit, V: Unit, F, G>(
    _site: S,
    _units: &(U, V),
    _format: F,
    _fields: G,
) -> &'static Statement
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> fmt::Result + Copy,
    G: for<'r> Fn(&mut dyn Visit, V::View<'r>) + Copy,
{
    const {
        &Statement {
            callsite: S::CALLSITE,
            format: format_of::<S, U, F>(),
            fields: Some(visit::<U, V, G>),
            spans: None,
        }
    }
}

/// As [`statement`], for a level that the call gives.
#[inline]
pub fn statement_at<S: Sites, U: Unit, F>(
    _site: S,
    level: Level,
    _units: &U,
    _format: F,
) -> &'static Statement
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> fmt::Result + Copy,
{
    let all: &'static [Statement; Level::COUNT] = const { &statements(S::CALLSITES, print::<U, F>, None) };
    &all[level as usize]
}

/// As [`statement_fields`], for a level that the call gives.
#[inline]
pub fn statement_at_fields<S: Sites, U: Unit, V: Unit, F, G>(
    _site: S,
    level: Level,
    _units: &(U, V),
    _format: F,
    _fields: G,
) -> &'static Statement
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> fmt::Result + Copy,
    G: for<'r> Fn(&mut dyn Visit, V::View<'r>) + Copy,
{
    let all: &'static [Statement; Level::COUNT] =
        const { &statements(S::CALLSITES, print::<U, F>, Some(visit::<U, V, G>)) };
    &all[level as usize]
}

const fn statements(
    callsites: &'static [Callsite; Level::COUNT],
    format: FormatFn,
    fields: Option<FieldsFn>,
) -> [Statement; Level::COUNT] {
    [
        Statement { callsite: &callsites[0], format, fields, spans: None },
        Statement { callsite: &callsites[1], format, fields, spans: None },
        Statement { callsite: &callsites[2], format, fields, spans: None },
        Statement { callsite: &callsites[3], format, fields, spans: None },
        Statement { callsite: &callsites[4], format, fields, spans: None },
    ]
}

/// A closure that captures nothing, made out of its type.
struct Conjured<F>(PhantomData<F>);

impl<F: Copy> Conjured<F> {
    /// Where a value of `F` stands: anywhere, as it has no size. It is dereferenced only where the type of the
    /// closure came from a value that a log call was given; being `Copy`, it may be had again.
    const AT: *const F = {
        assert!(size_of::<F>() == 0, "a format closure captures nothing");
        std::ptr::NonNull::<F>::dangling().as_ptr()
    };
}

/// Prints a message whose units are `U`, by the closure `F`.
///
/// # Safety
///
/// The reader stands at units of type `U`.
unsafe fn print<U: Unit, F>(reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> fmt::Result + Copy,
{
    // SAFETY: the caller vouches for the reader; a closure is there, as `Conjured` says.
    unsafe { (*Conjured::<F>::AT)(out, U::decode(reader)) }
}

/// Prints a plain message whose units are `U`: all that a statement of that kind has compiled for itself.
///
/// # Safety
///
/// As for [`print`].
unsafe fn print_plain<S: Site, U: Unit>(reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    const { assert!(S::PIECES.is_some() && U::SHOWS) };
    // SAFETY: passed on from the caller.
    unsafe { plain::print::<U>(const { &S::PIECES.unwrap() }, reader, out) }
}

/// Visits fields whose units are `V`, by the closure `G`; those of the message, `U`, stand before them.
///
/// # Safety
///
/// The reader stands at units of the types `U` and `V`.
pub(crate) unsafe fn visit<U: Unit, V: Unit, G>(reader: &mut Reader<'_>, visitor: &mut dyn Visit)
where
    G: for<'r> Fn(&mut dyn Visit, V::View<'r>) + Copy,
{
    // SAFETY: as in `print`.
    unsafe {
        U::decode(reader);
        (*Conjured::<G>::AT)(visitor, V::decode(reader));
    }
}
