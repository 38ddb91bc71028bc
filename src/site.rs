//! What a record points to, put together at compile time: one [`Statement`] for each pair of a callsite and the
//! types of its arguments.
//!
//! A callsite comes as a type, so that a constant may hold its address.
//!
//! A crate has thousands of log statements, and each instance of what is generic over a site is compiled once for each of
//! them. So that is nothing but the function that gives the statement. All else about a call is generic over the types of
//! its units alone, which many statements share, and what the source says of it is data, in the callsite.

use crate::callsite::{Callsite, FieldsFn, FormatFn, Place, State, Statement};
use crate::encode::{Fields, Pieces, Prints, field, message};
use crate::level::Level;

/// A statement whose level is known at compile time.
pub trait Site {
    /// Its callsite.
    const CALLSITE: &'static Callsite;
    /// Whether a placeholder of it has a spec.
    const HAS_SPECS: bool = false;
}

/// A statement whose level each call gives.
pub trait Sites {
    /// A callsite for each level, the least urgent first.
    const CALLSITES: &'static [Callsite; Level::COUNT];
    /// As [`Site::HAS_SPECS`].
    const HAS_SPECS: bool = false;
}

/// The callsites of a statement whose level each call gives.
pub const fn callsites(
    place: Place,
    pieces: Pieces,
    field_names: &'static [&'static str],
) -> [Callsite; Level::COUNT] {
    const fn at(
        level: Level,
        place: Place,
        pieces: Pieces,
        field_names: &'static [&'static str],
    ) -> Callsite {
        Callsite { place: Place { level, ..place }, pieces, field_names, state: State::NEW }
    }
    [
        at(Level::Trace, place, pieces, field_names),
        at(Level::Debug, place, pieces, field_names),
        at(Level::Info, place, pieces, field_names),
        at(Level::Warn, place, pieces, field_names),
        at(Level::Error, place, pieces, field_names),
    ]
}

/// What the records of a statement point to.
#[inline]
pub fn statement<S: Site, U: Prints>(_site: S, _units: &U) -> &'static Statement {
    const { &of(S::CALLSITE, format::<U>(S::HAS_SPECS), None) }
}

/// As [`statement`], with fields.
#[inline]
pub fn statement_fields<S: Site, U: Prints, V: Fields>(_site: S, _units: &(U, V)) -> &'static Statement {
    const { &of(S::CALLSITE, format::<U>(S::HAS_SPECS), Some(field::visit::<U, V>)) }
}

/// As [`statement`], for a level that the call gives.
#[inline]
pub fn statement_at<S: Sites, U: Prints>(_site: S, level: Level, _units: &U) -> &'static Statement {
    let all: &'static [Statement; Level::COUNT] =
        const { &of_levels(S::CALLSITES, format::<U>(S::HAS_SPECS), None) };
    &all[level as usize]
}

/// As [`statement_fields`], for a level that the call gives.
#[inline]
pub fn statement_at_fields<S: Sites, U: Prints, V: Fields>(
    _site: S,
    level: Level,
    _units: &(U, V),
) -> &'static Statement {
    let all: &'static [Statement; Level::COUNT] =
        const { &of_levels(S::CALLSITES, format::<U>(S::HAS_SPECS), Some(field::visit::<U, V>)) };
    &all[level as usize]
}

/// What prints a message whose units are `U`.
const fn format<U: Prints>(has_specs: bool) -> FormatFn {
    if has_specs { message::print_by_specs::<U> } else { message::print::<U> }
}

const fn of(callsite: &'static Callsite, format: FormatFn, fields: Option<FieldsFn>) -> Statement {
    Statement { callsite, format, fields, spans: None }
}

const fn of_levels(
    callsites: &'static [Callsite; Level::COUNT],
    format: FormatFn,
    fields: Option<FieldsFn>,
) -> [Statement; Level::COUNT] {
    [
        of(&callsites[0], format, fields),
        of(&callsites[1], format, fields),
        of(&callsites[2], format, fields),
        of(&callsites[3], format, fields),
        of(&callsites[4], format, fields),
    ]
}
