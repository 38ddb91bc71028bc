//! The callsites of `tracing`, each with the one that ringlog has for it.

use crate::bridge::interned::Interned;
use crate::bridge::place::{self, Origin, Statements};
use crate::level::Level;
use tracing_core::Metadata;
use tracing_core::metadata::LevelFilter;

/// More than these are looked up by what they say.
const LIMIT: usize = 1 << 16;

/// By address: `tracing` has one `Metadata` for each callsite, for good.
static KNOWN: Interned<Known> = Interned::new(LIMIT);

#[derive(Debug)]
struct Known {
    address: usize,
    site: Site<'static>,
}

/// What the records of a callsite point to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'m> {
    pub(super) statements: &'static Statements,
    /// The target, where that has no callsite of its own and has to be told by the record.
    pub(super) target: Option<&'m str>,
}

impl Site<'static> {
    /// The site of a callsite.
    #[inline]
    pub(super) fn of(metadata: &'static Metadata<'static>) -> Self {
        let address = std::ptr::from_ref(metadata).addr();
        // Fibonacci hashing, as in the JSON layout.
        let product = (address as u64 >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let make = || {
            let keep = || origin(metadata).keep(metadata.module_path(), metadata.file());
            Known { address, site: Site::from(place::statements(&origin(metadata), keep)) }
        };
        match KNOWN.get(product ^ product >> 32, |known| known.address == address, make) {
            Some(known) => known.site,
            None => Site::of_borrowed(metadata),
        }
    }
}

impl<'m> Site<'m> {
    /// The site of metadata that need not live on, as that of `log` records.
    pub(super) fn of_borrowed(metadata: &Metadata<'m>) -> Self {
        let origin = origin(metadata);
        Self::from(place::statements(&origin, || origin.keep(None, None)))
    }
}

impl<'m> From<(&'static Statements, Option<&'m str>)> for Site<'m> {
    fn from((statements, target): (&'static Statements, Option<&'m str>)) -> Self {
        Self { statements, target }
    }
}

/// Whether the filter lets records of this metadata through. Takes a lock where it names no file.
pub(super) fn is_enabled(metadata: &Metadata<'_>) -> bool {
    if metadata.file().is_some() {
        let site = Site::of_borrowed(metadata);
        if site.target.is_none() {
            return site.statements.is_enabled();
        }
    }
    crate::filter::is_enabled(level_of(*metadata.level()), metadata.target())
}

/// The least urgent level that the filter lets through for anything.
pub(super) fn least_level() -> LevelFilter {
    match crate::bridge::least_level() {
        None => LevelFilter::OFF,
        Some(Level::Error) => LevelFilter::ERROR,
        Some(Level::Warn) => LevelFilter::WARN,
        Some(Level::Info) => LevelFilter::INFO,
        Some(Level::Debug) => LevelFilter::DEBUG,
        Some(Level::Trace) => LevelFilter::TRACE,
    }
}

fn origin<'m>(metadata: &Metadata<'m>) -> Origin<'m> {
    Origin {
        level: level_of(*metadata.level()),
        target: metadata.target(),
        module: metadata.module_path().unwrap_or(""),
        file: metadata.file().unwrap_or(""),
        line: metadata.line().unwrap_or(0),
    }
}

fn level_of(level: tracing_core::Level) -> Level {
    match level {
        tracing_core::Level::ERROR => Level::Error,
        tracing_core::Level::WARN => Level::Warn,
        tracing_core::Level::INFO => Level::Info,
        tracing_core::Level::DEBUG => Level::Debug,
        tracing_core::Level::TRACE => Level::Trace,
    }
}
