//! The callsites of bridged records: one for each place that is seen.

use super::interned::{Interned, hash};
use super::items;
use crate::callsite::{Callsite, Place, Statement};
use crate::encode::{Encode as _, Pieces, Reader};
use crate::layout::Output;
use crate::level::Level;
use std::fmt;

/// A program has thousands of statements. What makes more places than this makes up its targets.
const LIMIT: usize = 1 << 16;

static KNOWN: Interned<Statements> = Interned::new(LIMIT);

/// What the records of a place point to.
#[derive(Debug)]
pub(super) struct Statements {
    /// Of records that are a message and nothing else.
    pub(super) plain: Statement,
    /// Of records that are items.
    pub(super) structured: Statement,
}

impl Statements {
    const fn new(callsite: &'static Callsite) -> Self {
        Self {
            plain: Statement::new(callsite, print),
            structured: Statement {
                fields: Some(items::visit),
                spans: Some(items::visit_spans),
                ..Statement::new(callsite, items::print)
            },
        }
    }
}

/// What the records point to whose places are too many.
static OTHER_CALLSITES: [Callsite; Level::COUNT] = crate::site::callsites(
    Place { level: Level::Trace, target: "log", module: "", file: "", line: 0, format: FORMAT },
    Pieces::NONE,
);
static OTHERS: [Statements; Level::COUNT] = [
    Statements::new(&OTHER_CALLSITES[0]),
    Statements::new(&OTHER_CALLSITES[1]),
    Statements::new(&OTHER_CALLSITES[2]),
    Statements::new(&OTHER_CALLSITES[3]),
    Statements::new(&OTHER_CALLSITES[4]),
];

/// A bridged record does not tell its format string.
pub(super) const FORMAT: &str = "{}";

impl Statements {
    /// Whether their records are let through: by what is compiled in, and by the filter.
    #[inline]
    pub(super) fn is_enabled(&self) -> bool {
        let callsite = self.plain.callsite;
        crate::compiled::is_compiled(callsite.place().level) && callsite.is_enabled()
    }
}

/// Where a record comes from, in text that need not live on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'r> {
    pub(super) level: Level,
    pub(super) target: &'r str,
    pub(super) module: &'r str,
    pub(super) file: &'r str,
    pub(super) line: u32,
}

impl Origin<'_> {
    /// The same for good, with `module` and `file` where these live on anyway.
    pub(super) fn keep(&self, module: Option<&'static str>, file: Option<&'static str>) -> Place {
        let module = module.unwrap_or_else(|| leak(self.module));
        Place {
            level: self.level,
            target: if self.target == module { module } else { leak(self.target) },
            module,
            file: file.unwrap_or_else(|| leak(self.file)),
            line: self.line,
            format: FORMAT,
        }
    }
}

/// What the record points to, made by `keep` if its origin was not seen before; and its target, where that
/// has no callsite of its own and has to be told by the record.
#[inline]
pub(super) fn statements<'r>(
    origin: &Origin<'r>,
    keep: impl FnOnce() -> Place,
) -> (&'static Statements, Option<&'r str>) {
    let Origin { level, target, module, file, line } = *origin;
    let seed = u64::from(line) << 8 | level as u64;
    let is = |known: &Statements| {
        let place = known.plain.callsite.place();
        place.line == line
            && place.level == level
            && place.file == file
            && place.target == target
            && place.module == module
    };
    let make = || Statements::new(Box::leak(Box::new(Callsite::new(keep()))));
    match KNOWN.get(hash(hash(seed, target), file), is, make) {
        Some(known) => (known, None),
        None => (&OTHERS[level as usize], Some(target)),
    }
}

pub(super) fn leak(text: &str) -> &'static str {
    Box::leak(Box::from(text))
}

/// Prints a message that is text and nothing else.
///
/// # Safety
///
/// The reader stands at text as `str` is encoded.
unsafe fn print(_: &Statement, reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    // SAFETY: the caller vouches for the text.
    out.value(unsafe { str::decode(reader) });
    Ok(())
}
