//! Sinks as a configuration has them: opened, with their options.

use super::document::{self, Colour, Kind, LayoutKind, Naming, OnFull, Sink, Stream};
use super::error::Fault;
use super::layouts;
use crate::backtrace::Backtrace;
use crate::sink::{
    self, Configured, Console, File, Null, OnError, RollingError, RollingFile, Sink as AnySink,
};
use std::time::Duration;

/// The first pause between two tries, where none is given.
const BACKOFF: Duration = Duration::from_millis(10);

/// Opens sinks.
pub(super) fn open_all(key: &str, sinks: &[Sink]) -> Result<Vec<Box<dyn AnySink>>, Fault> {
    sinks.iter().enumerate().map(|(place, sink)| open(&format!("{key}[{place}]"), sink)).collect()
}

fn open(key: &str, sink: &Sink) -> Result<Box<dyn AnySink>, Fault> {
    match sink.kind {
        Kind::Null => configure(key, sink, Null::new(), false),
        Kind::Console => {
            let console = console(sink);
            configure(key, sink, console, console.has_colours())
        }
        Kind::File => configure(key, sink, file(key, sink)?, false),
        Kind::Rolling => configure(key, sink, rolling(key, sink)?, false),
    }
}

/// Sets the options that all sinks have.
fn configure<S: AnySink>(key: &str, sink: &Sink, made: S, ansi: bool) -> Result<Box<dyn AnySink>, Fault> {
    let mut made: Configured<S> = sink::with(made);
    if let Some(layout) = &sink.layout {
        let key = format!("{key}.layout");
        made = match layout.kind {
            LayoutKind::Text => made.layout(layouts::text(&key, layout, ansi)?),
            LayoutKind::Json => made.layout(layouts::json(&key, layout)?),
        };
    }
    if let Some(level) = sink.level {
        made = made.level(level.0);
    }
    if let Some(on_full) = sink.on_full {
        made = made.on_full(match on_full {
            OnFull::Backpressure => sink::OnFull::Backpressure,
            OnFull::Shed => sink::OnFull::Shed,
        });
    }
    if let Some(limit) = sink.call_limit {
        made = made.call_limit(limit.0);
    }
    if let Some(policy) = &sink.on_error {
        let mut on_error = match policy.retry_for {
            Some(limit) => OnError::retry(limit.0, policy.backoff.map_or(BACKOFF, |backoff| backoff.0)),
            None => OnError::fail(),
        };
        if let Some(fallback) = &policy.fallback {
            on_error.fallback = Some(open(&format!("{key}.on_error.fallback"), fallback)?);
        }
        made = made.on_error(on_error);
    }
    Ok(Box::new(made))
}

fn console(sink: &Sink) -> Console {
    let console = match sink.stream {
        Some(Stream::Stdout) => Console::stdout(),
        Some(Stream::Stderr) | None => Console::stderr(),
    };
    let colour = match sink.colour {
        Some(Colour::Always) => sink::Colour::Always,
        Some(Colour::Never) => sink::Colour::Never,
        Some(Colour::Auto) | None => sink::Colour::Auto,
    };
    console.colour(colour).line_buffered(sink.line_buffered.unwrap_or(false))
}

fn file(key: &str, sink: &Sink) -> Result<File, Fault> {
    let path = sink.path.clone().unwrap_or_default();
    let opened = if sink.truncate == Some(true) { File::create(path) } else { File::append(path) };
    opened.map_err(|error| Fault::of(format!("{key}.path"), error))
}

fn rolling(key: &str, sink: &Sink) -> Result<RollingFile, Fault> {
    let mut file = RollingFile::builder(sink.path.clone().unwrap_or_default());
    if let Some(size) = sink.max_size {
        file = file.max_size(size.0);
    }
    if sink.hourly == Some(true) {
        file = file.hourly();
    }
    for time in sink.daily_at.iter().flatten() {
        file = file.daily_at(time);
    }
    if let Some(zone) = &sink.time_zone {
        #[cfg(feature = "local-time")]
        {
            file = if zone == "local" { file.local_time() } else { file.time_zone(zone) };
        }
        #[cfg(not(feature = "local-time"))]
        if zone != "UTC" {
            return Err(layouts::needs(format!("{key}.time_zone"), "local-time"));
        }
    }
    if sink.at_start == Some(true) {
        file = file.at_start();
    }
    file = match sink.naming {
        Some(Naming::Date) => file.by_date(),
        Some(Naming::Index) | None => file.by_index(),
    };
    if let Some(files) = sink.keep_files {
        file = file.keep_files(files);
    }
    if let Some(bytes) = sink.keep_bytes {
        file = file.keep_bytes(bytes.0);
    }
    if let Some(age) = sink.keep_for {
        file = file.keep_for(age.0);
    }
    match sink.compress {
        #[cfg(feature = "gzip")]
        Some(document::Compress::Gzip) => file = file.compress(sink::Compression::Gzip),
        #[cfg(not(feature = "gzip"))]
        Some(document::Compress::Gzip) => return Err(layouts::needs(format!("{key}.compress"), "gzip")),
        #[cfg(feature = "zstd")]
        Some(document::Compress::Zstd) => file = file.compress(sink::Compression::Zstd),
        #[cfg(not(feature = "zstd"))]
        Some(document::Compress::Zstd) => return Err(layouts::needs(format!("{key}.compress"), "zstd")),
        None => {}
    }
    if let Some(mode) = sink.mode {
        file = file.mode(mode);
    }
    if let Some(watch) = sink.watch_path {
        file = file.watch_path(watch.0);
    }
    #[cfg(feature = "signals")]
    for (place, name) in sink.reopen_on_signal.iter().flatten().enumerate() {
        file = file.reopen_on_signal(signal(&format!("{key}.reopen_on_signal[{place}]"), name)?);
    }
    #[cfg(not(feature = "signals"))]
    if sink.reopen_on_signal.as_ref().is_some_and(|signals| !signals.is_empty()) {
        return Err(layouts::needs(format!("{key}.reopen_on_signal"), "signals"));
    }
    if let Some(lines) = sink.records_are_lines {
        file = file.records_are_lines(lines);
    }
    file.open().map_err(|error| {
        let option = match &error {
            RollingError::MaxSize => "max_size",
            RollingError::TimeOfDay(_) => "daily_at",
            RollingError::TimeZone { .. } => "time_zone",
            RollingError::KeepBytes { .. } => "keep_bytes",
            RollingError::KeepFor(_) => "keep_for",
            #[cfg(feature = "signals")]
            RollingError::Signal { .. } => "reopen_on_signal",
            _ => "path",
        };
        Fault::of(format!("{key}.{option}"), error)
    })
}

/// A signal by its name.
#[cfg(feature = "signals")]
fn signal(key: &str, name: &str) -> Result<i32, Fault> {
    const KNOWN: [(&str, i32); 6] = [
        ("SIGHUP", libc::SIGHUP),
        ("SIGUSR1", libc::SIGUSR1),
        ("SIGUSR2", libc::SIGUSR2),
        ("SIGINT", libc::SIGINT),
        ("SIGTERM", libc::SIGTERM),
        ("SIGWINCH", libc::SIGWINCH),
    ];
    let known = KNOWN.iter().find(|(known, _)| *known == name).map(|(_, signal)| *signal);
    known.ok_or_else(|| {
        let names = KNOWN.map(|(known, _)| known).join(", ");
        Fault::new(key, format!("`{name}` is no signal to listen to: use one of {names}"))
    })
}

/// A backtrace, checked.
pub(super) fn backtrace(
    key: &str,
    backtrace: Option<document::Backtrace>,
) -> Result<Option<Backtrace>, Fault> {
    let Some(document::Backtrace { records, trigger, below }) = backtrace else { return Ok(None) };
    let mut made = Backtrace::last(records);
    if let Some(level) = trigger {
        made = made.trigger(level.0);
    }
    if let Some(level) = below {
        made = made.below(level.0);
    }
    made.check().map(Some).map_err(|error| Fault::of(key, error))
}
