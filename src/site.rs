//! What a record points to, put together at compile time: one [`Statement`] for each pair of a callsite and the
//! types of its arguments.
//!
//! A callsite comes as a type, so that a constant may hold its address.
//!
//! A crate has thousands of log statements, and each instance of what is generic over a site is compiled once for each of
//! them. So that is nothing but the function that gives the statement. All else about a call is generic over the types of
//! its units alone, which many statements share, and what the source says of it is data, in the callsite or in the type.

use crate::callsite::{Callsite, FormatFn, Place, State, Statement};
use crate::encode::{Fields, Pieces, Prints, Spec, field, message};
use crate::level::Level;

/// A statement whose level is known at compile time.
pub trait Site {
    /// Its callsite.
    const CALLSITE: &'static Callsite;
    /// What its placeholders say beside their traits, if any of them does.
    // Here, not in the callsite, so that nothing is compiled for the many statements that have none. The names are here for
    // the same reason.
    const SPECS: &'static [Spec] = &[];
    /// What its fields are called, if it has any.
    const FIELD_NAMES: &'static [&'static str] = &[];
}

/// A statement whose level each call gives.
pub trait Sites {
    /// A callsite for each level, the least urgent first.
    const CALLSITES: &'static [Callsite; Level::COUNT];
    /// As [`Site::SPECS`].
    const SPECS: &'static [Spec] = &[];
    /// As [`Site::FIELD_NAMES`].
    const FIELD_NAMES: &'static [&'static str] = &[];
}

/// The callsites of a statement whose level each call gives.
pub const fn callsites(place: Place, pieces: Pieces) -> [Callsite; Level::COUNT] {
    const fn at(level: Level, place: Place, pieces: Pieces) -> Callsite {
        Callsite { place: Place { level, ..place }, pieces, state: State::NEW }
    }
    [
        at(Level::Trace, place, pieces),
        at(Level::Debug, place, pieces),
        at(Level::Info, place, pieces),
        at(Level::Warn, place, pieces),
        at(Level::Error, place, pieces),
    ]
}

/// What the records of a statement point to.
#[inline]
pub fn statement<S: Site, U: Prints>(_site: S, _units: &U) -> &'static Statement {
    const { &of::<U>(S::CALLSITE, S::SPECS) }
}

/// As [`statement`], with fields.
#[inline]
pub fn statement_fields<S: Site, U: Prints, V: Fields>(_site: S, _units: &(U, V)) -> &'static Statement {
    const { &with_fields::<U, V>(of::<U>(S::CALLSITE, S::SPECS), S::FIELD_NAMES) }
}

/// As [`statement`], for a level that the call gives.
#[inline]
pub fn statement_at<S: Sites, U: Prints>(_site: S, level: Level, _units: &U) -> &'static Statement {
    let all: &'static [Statement; Level::COUNT] = const { &of_levels::<U>(S::CALLSITES, S::SPECS) };
    &all[level as usize]
}

/// As [`statement_fields`], for a level that the call gives.
#[inline]
pub fn statement_at_fields<S: Sites, U: Prints, V: Fields>(
    _site: S,
    level: Level,
    _units: &(U, V),
) -> &'static Statement {
    let all: &'static [Statement; Level::COUNT] = const {
        let [trace, debug, info, warn, error] = of_levels::<U>(S::CALLSITES, S::SPECS);
        &[
            with_fields::<U, V>(trace, S::FIELD_NAMES),
            with_fields::<U, V>(debug, S::FIELD_NAMES),
            with_fields::<U, V>(info, S::FIELD_NAMES),
            with_fields::<U, V>(warn, S::FIELD_NAMES),
            with_fields::<U, V>(error, S::FIELD_NAMES),
        ]
    };
    &all[level as usize]
}

/// One whose message's units are `U`.
const fn of<U: Prints>(callsite: &'static Callsite, specs: &'static [Spec]) -> Statement {
    let format: FormatFn = if specs.is_empty() { message::print::<U> } else { message::print_by_specs::<U> };
    Statement { specs, ..Statement::new(callsite, format) }
}

const fn of_levels<U: Prints>(
    callsites: &'static [Callsite; Level::COUNT],
    specs: &'static [Spec],
) -> [Statement; Level::COUNT] {
    let [trace, debug, info, warn, error] = callsites;
    [
        of::<U>(trace, specs),
        of::<U>(debug, specs),
        of::<U>(info, specs),
        of::<U>(warn, specs),
        of::<U>(error, specs),
    ]
}

const fn with_fields<U: Prints, V: Fields>(
    statement: Statement,
    field_names: &'static [&'static str],
) -> Statement {
    Statement { fields: Some(field::visit::<U, V>), field_names, ..statement }
}
