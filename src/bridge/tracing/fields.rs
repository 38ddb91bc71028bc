//! Fields of `tracing`, packed with the types that they have.

use crate::bridge::items::Pack;
use smallvec::SmallVec;
use std::error::Error;
use std::fmt;
use tracing_core::field::{Field, Visit};

/// Whose fields they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Event,
    /// An event that `tracing-log` made of a `log` record: some of its fields say where the record comes
    /// from.
    LogRecord,
    /// A span, whose `message` is a field as any other.
    Span,
}

/// Packs each field that it is shown.
#[derive(Debug)]
pub(super) struct Fields<'a, 'p> {
    pub(super) pack: &'a mut Pack<'p>,
    pub(super) of: Of,
}

impl Fields<'_, '_> {
    /// What a field is called; none where it says where a `log` record comes from.
    fn name(&self, field: &Field) -> Option<&'static str> {
        let name = field.name();
        let is_place = self.of == Of::LogRecord && name.starts_with("log.");
        (!is_place).then(|| name.strip_prefix("r#").unwrap_or(name))
    }

    fn is_message(&self, field: &Field) -> bool {
        self.of != Of::Span && field.name() == "message"
    }
}

macro_rules! record_typed {
    ($($record:ident $pack:ident $type:ty;)*) => {$(
        fn $record(&mut self, field: &Field, value: $type) {
            if self.is_message(field) {
                self.pack.message(format_args!("{value}"));
            } else if let Some(name) = self.name(field) {
                self.pack.$pack(name, value);
            }
        }
    )*};
}

impl Visit for Fields<'_, '_> {
    record_typed! {
        record_u64 u64 u64;
        record_i64 i64 i64;
        record_u128 u128 u128;
        record_i128 i128 i128;
        record_f64 f64 f64;
        record_bool bool bool;
        record_str str &str;
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.is_message(field) {
            self.pack.message(format_args!("{value:?}"));
        } else if let Some(name) = self.name(field) {
            self.pack.shown(name, format_args!("{value:?}"));
        }
    }

    /// What the error prints; and what is behind it, if there is anything, in a field of its own.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if self.is_message(field) {
            self.pack.message(format_args!("{value}"));
        } else if let Some(name) = self.name(field) {
            self.pack.shown(name, format_args!("{value}"));
        }
        if let Some(source) = value.source() {
            let mut name: SmallVec<[u8; 64]> = SmallVec::from_slice(field.name().as_bytes());
            name.extend_from_slice(b".sources");
            let sources = Sources(source);
            let name = str::from_utf8(&name).expect("a name and `.sources` are text");
            self.pack.named(name, &sources, |pack, name| pack.shown(name, format_args!("{sources}")));
        }
    }
}

/// An error and those behind it, as a list.
struct Sources<'e>(&'e (dyn Error + 'static));

impl fmt::Display for Sources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = std::iter::successors(Some(self.0), |error: &&(dyn Error + 'static)| (*error).source());
        f.debug_list().entries(all.map(Bare)).finish()
    }
}

/// An error that prints under `{:?}` what it prints under `{}`.
struct Bare<'e>(&'e (dyn Error + 'static));

impl fmt::Debug for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}
