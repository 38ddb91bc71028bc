//! What is known of a log statement at compile time, and whether it is enabled.

use crate::encode::{Reader, Visit};
use crate::layout::Output;
use crate::level::Level;
use crate::sync::{AtomicU8, OnceLock, Ordering};
use std::fmt;

/// A log statement: one static each.
///
/// `state` is written by the filter and by the statement's first call, and read by each of its calls. It is a
/// hint and guards no data, so all its accesses are relaxed.
#[derive(Debug)]
pub struct Callsite {
    place: Place,
    state: AtomicU8,
    /// The statement that was reached after this one.
    next: OnceLock<&'static Callsite>,
}

/// What the source says of a statement.
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

impl Callsite {
    /// A statement that has not been reached yet.
    pub const fn new(place: Place) -> Self {
        Self { place, state: AtomicU8::new(UNREGISTERED), next: OnceLock::new() }
    }

    /// What the source says of the statement.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the global filter lets the statement through.
    #[inline(always)]
    pub fn is_enabled(&'static self) -> bool {
        // ORDERING: relaxed, a hint; pairs with the stores of `register` and `set_enabled` in time, not in order.
        let state = self.state.load(Ordering::Relaxed);
        // One comparison where it is on, and it is laid out so that one comparison does for both.
        state == ON || (state > ON && self.register())
    }

    #[cold]
    #[inline(never)]
    fn register(&'static self) -> bool {
        crate::filter::register(self)
    }

    /// Switches the statement on or off.
    pub(crate) fn set_enabled(&self, enabled: bool) {
        // ORDERING: relaxed, a hint that `is_enabled` reads.
        self.state.store(if enabled { ON } else { OFF }, Ordering::Relaxed);
    }

    pub(crate) fn next(&self) -> Option<&'static Callsite> {
        self.next.get().copied()
    }

    /// Puts a statement behind this one, once.
    pub(crate) fn set_next(&self, next: &'static Callsite) {
        self.next.get_or_init(|| next);
    }

    /// Whether the filter has been asked about the statement.
    pub(crate) fn is_registered(&self) -> bool {
        // ORDERING: relaxed: all stores are made under the lock of the filter's registry, which asks this under it.
        self.state.load(Ordering::Relaxed) != UNREGISTERED
    }
}

/// Prints the message of a record out of its encoded arguments.
///
/// # Safety
///
/// The reader stands at arguments written by the statement that this function belongs to.
pub type FormatFn = unsafe fn(&mut Reader<'_>, &mut Output<'_>) -> fmt::Result;

/// Visits the fields of a record out of its encoded arguments.
///
/// # Safety
///
/// As for [`FormatFn`].
pub type FieldsFn = unsafe fn(&mut Reader<'_>, &mut dyn Visit);

/// What a record points to: its callsite, and how to print arguments of its types. A statement in a generic
/// function has one callsite and as many of these as there are instances.
#[derive(Debug)]
#[repr(align(8))]
pub struct Statement {
    /// Where the record comes from.
    pub callsite: &'static Callsite,
    /// How its message is printed.
    pub format: FormatFn,
    /// How its fields are visited, if it has any.
    pub fields: Option<FieldsFn>,
}
