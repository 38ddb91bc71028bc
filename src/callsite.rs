//! What is known of a log statement at compile time, and whether it is enabled.

use crate::encode::Reader;
use crate::layout::Output;
use crate::level::Level;
use crate::sync::{AtomicU8, Ordering};
use std::fmt;

/// A log statement: one static each.
///
/// `state` is written by the filter and by the statement's first call, and read by each of its calls. It is a
/// hint and guards no data, so all its accesses are relaxed.
#[derive(Debug)]
pub struct Callsite {
    place: Place,
    state: AtomicU8,
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
const UNREGISTERED: u8 = 1;
const ON: u8 = 2;

impl Callsite {
    /// A statement that has not been reached yet.
    pub const fn new(place: Place) -> Self {
        Self { place, state: AtomicU8::new(UNREGISTERED) }
    }

    /// What the source says of the statement.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the global filter lets the statement through.
    #[inline(always)]
    pub fn is_enabled(&'static self) -> bool {
        // ORDERING: relaxed, a hint; pairs with the stores of `register` and `set_enabled` in time, not in order.
        match self.state.load(Ordering::Relaxed) {
            OFF => false,
            ON => true,
            _ => self.register(),
        }
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

    /// Has the next call ask the filter again.
    pub(crate) fn forget(&self) {
        // ORDERING: relaxed, a hint that `is_enabled` reads.
        self.state.store(UNREGISTERED, Ordering::Relaxed);
    }
}

/// Prints the message of a record out of its encoded arguments.
///
/// # Safety
///
/// The reader stands at arguments written by the statement that this function belongs to.
pub type FormatFn = unsafe fn(&mut Reader<'_>, &mut Output<'_>) -> fmt::Result;

/// What a record points to: its callsite, and how to print arguments of its types. A statement in a generic
/// function has one callsite and as many of these as there are instances.
#[derive(Debug)]
#[repr(align(8))]
pub struct Statement {
    /// Where the record comes from.
    pub callsite: &'static Callsite,
    /// How its message is printed.
    pub format: FormatFn,
}
