//! What can be found wrong with a configuration before anything is opened.

use super::document::{Document, Kind, Layout, LayoutKind, Sink};
use super::error::Fault;
use super::{layouts, sinks};
use crate::error::{MAX_HOLD, MAX_RING, MAX_WORKERS, MIN_RING};
use crate::filter::Filter;

/// Checks all values.
pub(super) fn check(document: &Document) -> Result<(), Fault> {
    let workers = document.workers.unwrap_or(1);
    if !(1..=MAX_WORKERS).contains(&workers) {
        return Err(Fault::new("workers", format!("{workers} workers: use 1 to {MAX_WORKERS}")));
    }
    if let Some(cores) = document.pin.as_ref().map(Vec::len).filter(|&cores| cores > 0 && cores < workers) {
        let reason = format!("{cores} cores for {workers} workers: name one core for each, or none");
        return Err(Fault::new("pin", reason));
    }
    if let Some(size) = document.ring_capacity
        && !(MIN_RING as u64..=MAX_RING as u64).contains(&size.0)
    {
        let reason = format!("a ring of {} bytes: use {MIN_RING} bytes to {MAX_RING}", size.0);
        return Err(Fault::new("ring_capacity", reason));
    }
    if let Some(hold) = document.hold.filter(|hold| hold.0 > MAX_HOLD) {
        return Err(Fault::new("hold", format!("records held up for {:?}: use 0 to {MAX_HOLD:?}", hold.0)));
    }
    if let Some(filter) = &document.filter {
        Filter::parse(filter).map_err(|error| Fault::of("filter", error))?;
    }
    sinks::backtrace("backtrace", document.backtrace)?;
    check_sinks("sinks", &document.sinks)?;
    for (place, logger) in document.loggers.iter().enumerate() {
        let key = format!("loggers[{place}]");
        if logger.name.is_empty() {
            return Err(Fault::new(
                format!("{key}.name"),
                "the name is empty: that is the default logger's, whose sinks stand in `sinks`",
            ));
        }
        if document.loggers[..place].iter().any(|other| other.name == logger.name) {
            let reason = format!("there is a logger `{}` above: give each a name of its own", logger.name);
            return Err(Fault::new(format!("{key}.name"), reason));
        }
        sinks::backtrace(&format!("{key}.backtrace"), logger.backtrace)?;
        check_sinks(&format!("{key}.sinks"), &logger.sinks)?;
    }
    Ok(())
}

fn check_sinks(key: &str, sinks: &[Sink]) -> Result<(), Fault> {
    sinks.iter().enumerate().try_for_each(|(place, sink)| check_sink(&format!("{key}[{place}]"), sink))
}

fn check_sink(key: &str, sink: &Sink) -> Result<(), Fault> {
    use Kind::{Console, File, Rolling};
    let kind = sink.kind;
    let options: [(&str, bool, &[Kind]); 19] = [
        ("path", sink.path.is_some(), &[File, Rolling]),
        ("truncate", sink.truncate.is_some(), &[File]),
        ("stream", sink.stream.is_some(), &[Console]),
        ("colour", sink.colour.is_some(), &[Console]),
        ("line_buffered", sink.line_buffered.is_some(), &[Console]),
        ("max_size", sink.max_size.is_some(), &[Rolling]),
        ("hourly", sink.hourly.is_some(), &[Rolling]),
        ("daily_at", sink.daily_at.is_some(), &[Rolling]),
        ("time_zone", sink.time_zone.is_some(), &[Rolling]),
        ("at_start", sink.at_start.is_some(), &[Rolling]),
        ("naming", sink.naming.is_some(), &[Rolling]),
        ("keep_files", sink.keep_files.is_some(), &[Rolling]),
        ("keep_bytes", sink.keep_bytes.is_some(), &[Rolling]),
        ("keep_for", sink.keep_for.is_some(), &[Rolling]),
        ("compress", sink.compress.is_some(), &[Rolling]),
        ("mode", sink.mode.is_some(), &[Rolling]),
        ("watch_path", sink.watch_path.is_some(), &[Rolling]),
        ("reopen_on_signal", sink.reopen_on_signal.is_some(), &[Rolling]),
        ("records_are_lines", sink.records_are_lines.is_some(), &[Rolling]),
    ];
    refuse(key, "sink", name_of(kind), &kind, &options, |kind| name_of(*kind))?;
    let needs_path = matches!(kind, File | Rolling);
    if needs_path && sink.path.as_ref().is_none_or(|path| path.as_os_str().is_empty()) {
        return Err(Fault::new(format!("{key}.path"), "a file needs a path, such as path = \"app.log\""));
    }
    if let Some(layout) = &sink.layout {
        check_layout(&format!("{key}.layout"), layout)?;
    }
    check_policy(key, sink)
}

/// What is to be done when a sink fails.
fn check_policy(key: &str, sink: &Sink) -> Result<(), Fault> {
    let Some(policy) = &sink.on_error else { return Ok(()) };
    if policy.backoff.is_some() && policy.retry_for.is_none() {
        let reason = "a backoff without a retry: say for how long, such as retry_for = \"60s\"";
        return Err(Fault::new(format!("{key}.on_error.backoff"), reason));
    }
    let Some(fallback) = &policy.fallback else { return Ok(()) };
    let key = format!("{key}.on_error.fallback");
    let set = [
        ("level", fallback.level.is_some()),
        ("layout", fallback.layout.is_some()),
        ("on_full", fallback.on_full.is_some()),
        ("on_error", fallback.on_error.is_some()),
        ("call_limit", fallback.call_limit.is_some()),
    ];
    if let Some((name, _)) = set.iter().find(|(_, is_set)| *is_set) {
        let reason =
            "a fallback gets the bytes that were made for its sink, and has that one's options: leave it out";
        return Err(Fault::new(format!("{key}.{name}"), reason));
    }
    check_sink(&key, fallback)
}

fn check_layout(key: &str, layout: &Layout) -> Result<(), Fault> {
    use LayoutKind::{Json, Text};
    let name = |kind: &LayoutKind| match kind {
        Text => "text",
        Json => "json",
    };
    let options: [(&str, bool, &[LayoutKind]); 10] = [
        ("pattern", layout.pattern.is_some(), &[Text]),
        ("raw", layout.raw.is_some(), &[Text]),
        ("ansi", layout.ansi.is_some(), &[Text]),
        ("members", layout.members.is_some(), &[Json]),
        ("names", layout.names.is_some(), &[Json]),
        ("fields", layout.fields.is_some(), &[Json]),
        ("fields_under", layout.fields_under.is_some(), &[Json]),
        ("context_under", layout.context_under.is_some(), &[Json]),
        ("times", layout.times.is_some(), &[Json]),
        ("safe_integers", layout.safe_integers.is_some(), &[Json]),
    ];
    refuse(key, "layout", name(&layout.kind), &layout.kind, &options, name)?;
    match layout.kind {
        Text => layouts::text(key, layout, false).map(drop),
        Json => layouts::json(key, layout).map(drop),
    }
}

/// Refuses options of other kinds.
fn refuse<K: PartialEq>(
    key: &str,
    what: &str,
    name: &str,
    kind: &K,
    options: &[(&str, bool, &[K])],
    name_of: impl Fn(&K) -> &'static str,
) -> Result<(), Fault> {
    let wrong = options.iter().find(|(_, is_set, kinds)| *is_set && !kinds.contains(kind));
    wrong.map_or(Ok(()), |(option, _, kinds)| {
        let kinds: Vec<&str> = kinds.iter().map(name_of).collect();
        let reason = format!(
            "a {what} of kind \"{name}\" has no `{option}`: it is for \"{}\"",
            kinds.join("\" and \"")
        );
        Err(Fault::new(format!("{key}.{option}"), reason))
    })
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Rolling => "rolling",
        Kind::Console => "console",
        Kind::Null => "null",
    }
}
