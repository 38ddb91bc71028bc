//! What is known of a log statement at compile time, and whether it is enabled.

use crate::encode::{Pieces, Reader, Span, Spec, Visit};
use crate::layout::Output;
use crate::level::Level;
use crate::sync::{AtomicPtr, AtomicU8, Ordering};
use std::fmt;
use std::hint::cold_path;
use std::ptr;

/// A log statement: one static each.
///
/// Its rule is written by the filter and by the statement's first call, and read by each of its calls. It is a
/// hint and guards no data, so all its accesses are relaxed. A statement either names a logger in each of its calls or in
/// none, and the two kinds have states of their own.
// The macros write it down field by field: functions would be called by the compiler, once for each statement.
#[derive(Debug)]
pub struct Callsite {
    /// What the source says of the statement.
    pub place: Place,
    /// What stands in the message around the arguments.
    pub pieces: Pieces,
    /// What changes.
    pub state: State,
}

/// What changes of a callsite.
#[derive(Debug)]
pub struct State {
    rule: AtomicU8,
    /// The statement that was reached after this one.
    next: AtomicPtr<Callsite>,
}

impl State {
    /// That of a statement that has not been reached yet.
    #[allow(clippy::declare_interior_mutable_const, reason = "each callsite starts out with one of its own")]
    pub const NEW: Self = Self { rule: AtomicU8::new(UNREGISTERED), next: AtomicPtr::new(ptr::null_mut()) };
}

/// What the source says of a statement.
///
/// ```
/// use ringlog::{Level, callsites, warn};
///
/// warn!(target: "risk", "limit of {} reached", 5_000);
/// let place = callsites()[0].place;
/// assert_eq!((place.level, place.target), (Level::Warn, "risk"));
/// assert_eq!(place.format, "limit of {} reached");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// How urgent its records are.
    pub level: Level,
    /// What they are about: the module's path, where the statement names no other.
    pub target: &'static str,
    /// The path of the module that it stands in.
    pub module: &'static str,
    /// The file that it stands in.
    pub file: &'static str,
    /// The line that it starts in, from 1.
    pub line: u32,
    /// The format string.
    pub format: &'static str,
}

const OFF: u8 = 0;
const ON: u8 = 1;
const UNREGISTERED: u8 = 2;
// Of a statement that names a logger.
const BY_LOGGER: u8 = 3;
const OFF_FOR_ALL: u8 = 4;
const ON_FOR_ALL: u8 = 5;

/// Whether a statement that is not off has asked the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It has, and it is on.
    Yes,
    /// It was not reached before.
    NotYet,
}

/// Who says whether a statement is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    On,
    Off,
    /// The logger that the statement names.
    Logger,
}

impl Callsite {
    /// A statement that has not been reached yet, and whose functions know what they print.
    pub const fn new(place: Place) -> Self {
        Self { place, pieces: Pieces::NONE, state: State::NEW }
    }

    /// What the source says of the statement.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the global filter lets the statement through.
    #[inline]
    pub fn is_enabled(&'static self) -> bool {
        // ORDERING: relaxed, a hint; pairs with the stores of `set_rule` in time, not in order.
        let state = self.state.rule.load(Ordering::Relaxed);
        // One comparison where it is on, and it is laid out so that one comparison does for both.
        state == ON || (state > ON && self.register())
    }

    /// As [`is_enabled`](Self::is_enabled), but for the filter, which is not asked. `None` if the statement is off.
    #[inline]
    pub fn may_be_enabled(&'static self) -> Option<Asked> {
        // ORDERING: relaxed, as in `is_enabled`.
        let state = self.state.rule.load(Ordering::Relaxed);
        if state == ON {
            return Some(Asked::Yes);
        }
        cold_path();
        (state != OFF).then_some(Asked::NotYet)
    }

    /// Whether the statement is enabled, where it names a logger that `takes` tells of.
    #[inline(always)]
    pub(crate) fn is_enabled_for(&'static self, takes: impl FnOnce() -> bool) -> bool {
        // ORDERING: relaxed, as in `is_enabled`.
        let state = self.state.rule.load(Ordering::Relaxed);
        if state == BY_LOGGER { takes() } else { self.switched(state).unwrap_or_else(takes) }
    }

    /// What the statement is switched to, in spite of its logger.
    #[cold]
    #[inline(never)]
    fn switched(&'static self, state: u8) -> Option<bool> {
        match state {
            OFF_FOR_ALL => Some(false),
            ON_FOR_ALL => Some(true),
            _ => match crate::filter::register_for_logger(self) {
                Rule::On => Some(true),
                Rule::Off => Some(false),
                Rule::Logger => None,
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn register(&'static self) -> bool {
        crate::filter::register(self)
    }

    /// Sets who says whether the statement is enabled. `names_logger` is the same each time.
    pub(crate) fn set_rule(&self, rule: Rule, names_logger: bool) {
        let state = match (rule, names_logger) {
            (Rule::On, false) => ON,
            (Rule::Off, false) => OFF,
            (Rule::On, true) => ON_FOR_ALL,
            (Rule::Off, true) => OFF_FOR_ALL,
            (Rule::Logger, _) => BY_LOGGER,
        };
        // ORDERING: relaxed, a hint that `is_enabled` and `is_enabled_for` read.
        self.state.rule.store(state, Ordering::Relaxed);
    }

    /// Whether the statement lets records through, as far as it is not its logger's to say.
    pub(crate) fn is_on(&self) -> bool {
        // ORDERING: relaxed: all stores are made under the lock of the filter's registry, which asks this under it.
        !matches!(self.state.rule.load(Ordering::Relaxed), OFF | OFF_FOR_ALL)
    }

    /// Whether the statement names a logger; known once it is registered.
    pub(crate) fn names_logger(&self) -> bool {
        // ORDERING: relaxed, as in `is_on`.
        matches!(self.state.rule.load(Ordering::Relaxed), BY_LOGGER | OFF_FOR_ALL | ON_FOR_ALL)
    }

    pub(crate) fn next(&self) -> Option<&'static Callsite> {
        // ORDERING: relaxed: written and read under the lock of the filter's registry.
        let next = self.state.next.load(Ordering::Relaxed);
        // SAFETY: it is null, or comes from the reference that `set_next` was given.
        unsafe { next.as_ref() }
    }

    /// Puts a statement behind this one, once.
    pub(crate) fn set_next(&self, next: &'static Callsite) {
        debug_assert!(self.next().is_none(), "a statement is reached for the first time once");
        // ORDERING: relaxed, as in `next`.
        self.state.next.store(ptr::from_ref(next).cast_mut(), Ordering::Relaxed);
    }

    /// Whether the filter has been asked about the statement.
    pub(crate) fn is_registered(&self) -> bool {
        // ORDERING: relaxed: all stores are made under the lock of the filter's registry, which asks this under it.
        self.state.rule.load(Ordering::Relaxed) != UNREGISTERED
    }
}

/// Prints the message of one of a statement's records out of its encoded arguments.
///
/// # Safety
///
/// The reader stands at arguments written by the statement that this function belongs to.
pub type FormatFn = unsafe fn(&Statement, &mut Reader<'_>, &mut Output<'_>) -> fmt::Result;

/// Visits the fields of a record out of their names and its encoded arguments.
///
/// # Safety
///
/// As for [`FormatFn`].
pub type FieldsFn = unsafe fn(&[&'static str], &mut Reader<'_>, &mut dyn Visit);

/// Visits the spans of a record out of its encoded arguments, the outermost first.
///
/// # Safety
///
/// As for [`FormatFn`].
pub type SpansFn = unsafe fn(&mut Reader<'_>, &mut dyn FnMut(Span<'_>));

/// What a record points to: its callsite, and how to print arguments of its types. A statement in a generic
/// function has one callsite and as many of these as there are instances.
#[derive(Debug)]
#[repr(align(8))]
pub struct Statement {
    /// Where the record comes from.
    pub callsite: &'static Callsite,
    /// How its message is printed.
    pub format: FormatFn,
    /// What its placeholders say beside their traits: nothing if there are none of these.
    pub specs: &'static [Spec],
    /// How its fields are visited, if it has any.
    pub fields: Option<FieldsFn>,
    /// What they are called.
    pub field_names: &'static [&'static str],
    /// How the spans that it is in are visited, if it may be in any.
    pub spans: Option<SpansFn>,
}

impl Statement {
    /// One with no specs, fields or spans.
    pub const fn new(callsite: &'static Callsite, format: FormatFn) -> Self {
        Self { callsite, format, specs: &[], fields: None, field_names: &[], spans: None }
    }
}
