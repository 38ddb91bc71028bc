//! The callsites of `log` records: one for each place that is seen.

use super::interned::{Interned, hash};
use super::structured;
use crate::callsite::{Callsite, Place, Statement};
use crate::encode::{ByValue, Reader, Unit};
use crate::layout::Output;
use crate::level::Level;
use ::log::Record;
use std::fmt;

/// A program has thousands of statements. What makes more places than this makes up its targets.
const LIMIT: usize = 1 << 16;

static KNOWN: Interned<Statements> = Interned::new(LIMIT);

/// What the records of a place point to.
#[derive(Debug)]
pub(super) struct Statements {
    /// Without key-values.
    pub(super) plain: Statement,
    /// With them.
    pub(super) structured: Statement,
}

impl Statements {
    const fn new(callsite: &'static Callsite) -> Self {
        Self {
            plain: Statement { callsite, format: print, fields: None },
            structured: Statement { callsite, format: print, fields: Some(structured::visit) },
        }
    }
}

/// What the records point to whose places are too many.
static OTHER_CALLSITES: [Callsite; Level::COUNT] = crate::site::callsites(Place {
    level: Level::Trace,
    target: "log",
    module: "",
    file: "",
    line: 0,
    format: FORMAT,
});
static OTHERS: [Statements; Level::COUNT] = [
    Statements::new(&OTHER_CALLSITES[0]),
    Statements::new(&OTHER_CALLSITES[1]),
    Statements::new(&OTHER_CALLSITES[2]),
    Statements::new(&OTHER_CALLSITES[3]),
    Statements::new(&OTHER_CALLSITES[4]),
];

/// A record of `log` does not tell its format string.
const FORMAT: &str = "{}";

/// What the record points to; and its target, where that has no callsite of its own and has to be told by the record.
#[inline]
pub(super) fn statements<'r>(level: Level, record: &Record<'r>) -> (&'static Statements, Option<&'r str>) {
    let (target, file, line) = (record.target(), record.file().unwrap_or(""), record.line().unwrap_or(0));
    let module = record.module_path().unwrap_or("");
    let seed = u64::from(line) << 8 | level as u64;
    let is = |known: &Statements| {
        let place = known.plain.callsite.place();
        place.line == line
            && place.level == level
            && place.file == file
            && place.target == target
            && place.module == module
    };
    let make = || {
        let module = record.module_path_static().unwrap_or_else(|| leak(module));
        let file = record.file_static().unwrap_or_else(|| leak(file));
        let target = if target == module { module } else { leak(target) };
        let place = Place { level, target, module, file, line, format: FORMAT };
        Statements::new(Box::leak(Box::new(Callsite::new(place))))
    };
    match KNOWN.get(hash(hash(seed, target), file), is, make) {
        Some(known) => (known, None),
        None => (&OTHERS[level as usize], Some(target)),
    }
}

pub(super) fn leak(text: &str) -> &'static str {
    Box::leak(Box::from(text))
}

/// Prints the message, which is text and comes first in all records of the bridge.
///
/// # Safety
///
/// The reader stands at text as `str` is encoded.
unsafe fn print(reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    // SAFETY: the caller vouches for the text.
    out.value(unsafe { <ByValue<'_, str> as Unit>::decode(reader) });
    Ok(())
}
