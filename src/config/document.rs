//! What a configuration may hold: the keys, and the types of their values.

use super::units::{Least, LeastOrOff, Size, Time, TimeOrNever};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The whole of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) workers: Option<usize>,
    pub(super) pin: Option<Vec<usize>>,
    pub(super) idle: Option<Idle>,
    pub(super) ring_capacity: Option<Size>,
    pub(super) overflow: Option<Full>,
    pub(super) hold: Option<Time>,
    pub(super) clock: Option<Source>,
    pub(super) filter: Option<String>,
    pub(super) backtrace: Option<Backtrace>,
    #[serde(default)]
    pub(super) sinks: Vec<Sink>,
    #[serde(default)]
    pub(super) loggers: Vec<Logger>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Idle {
    BusySpin,
    Yielding,
    Backoff,
    Park,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Full {
    Block,
    DropNewest,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    Tsc,
    TscFenced,
    Coarse,
    System,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backtrace {
    pub(super) records: usize,
    pub(super) trigger: Option<Least>,
    pub(super) below: Option<Least>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Logger {
    pub(super) name: String,
    pub(super) level: Option<LeastOrOff>,
    pub(super) backtrace: Option<Backtrace>,
    #[serde(default)]
    pub(super) sinks: Vec<Sink>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    File,
    Rolling,
    Console,
    Null,
}

/// A sink of any kind. Not an enum: serde reads those by way of a copy that has lost its lines.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sink {
    pub(super) kind: Kind,
    // All kinds.
    pub(super) level: Option<Least>,
    pub(super) layout: Option<Layout>,
    pub(super) on_full: Option<OnFull>,
    pub(super) on_error: Option<OnError>,
    pub(super) call_limit: Option<TimeOrNever>,
    // Files, rolling or not.
    pub(super) path: Option<PathBuf>,
    pub(super) truncate: Option<bool>,
    // Consoles.
    pub(super) stream: Option<Stream>,
    pub(super) colour: Option<Colour>,
    pub(super) line_buffered: Option<bool>,
    // Rolling files.
    pub(super) max_size: Option<Size>,
    pub(super) hourly: Option<bool>,
    pub(super) daily_at: Option<Vec<String>>,
    pub(super) time_zone: Option<String>,
    pub(super) at_start: Option<bool>,
    pub(super) naming: Option<Naming>,
    pub(super) keep_files: Option<usize>,
    pub(super) keep_bytes: Option<Size>,
    pub(super) keep_for: Option<Time>,
    pub(super) compress: Option<Compress>,
    pub(super) mode: Option<u32>,
    pub(super) watch_path: Option<TimeOrNever>,
    pub(super) reopen_on_signal: Option<Vec<String>>,
    pub(super) records_are_lines: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OnFull {
    Backpressure,
    Shed,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnError {
    pub(super) retry_for: Option<Time>,
    pub(super) backoff: Option<Time>,
    pub(super) fallback: Option<Box<Sink>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Naming {
    Index,
    Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Compress {
    Gzip,
    Zstd,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LayoutKind {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    pub(super) kind: LayoutKind,
    // All kinds.
    pub(super) local_time: Option<bool>,
    // Text.
    pub(super) pattern: Option<String>,
    pub(super) raw: Option<bool>,
    pub(super) ansi: Option<bool>,
    // JSON.
    pub(super) members: Option<Vec<Member>>,
    pub(super) names: Option<BTreeMap<Member, String>>,
    pub(super) fields: Option<bool>,
    pub(super) fields_under: Option<String>,
    pub(super) context_under: Option<String>,
    pub(super) times: Option<Times>,
    pub(super) safe_integers: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Member {
    Time,
    Level,
    Target,
    Module,
    File,
    Line,
    Thread,
    ThreadId,
    Seq,
    Logger,
    Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Times {
    Rfc3339,
    UnixMillis,
    UnixMicros,
    UnixNanos,
}
