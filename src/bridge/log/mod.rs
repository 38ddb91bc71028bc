//! The bridge from the `log` crate: what libraries log by `log::info!` becomes records of the global runtime.
//!
//! A record keeps its level, target, module, file, line and key-values, and its message goes straight into
//! the ring: a static one as it is, any other formatted within the log call, as `log` has no way to do that
//! later. It has no callsite of its own, so one is made for each place that is seen, once, and lives as long
//! as the process. Such a place is listed by [`callsites`](crate::callsites) and obeys
//! [`switch_callsite`](crate::switch_callsite) as any other.
//!
//! A call allocates nothing and takes no lock where its place and its keys were seen before, and the thread
//! is registered. `log::log_enabled!` takes a lock where it gets past `log::max_level`.
//!
//! ```
//! use ringlog::{Builder, layout::Text, sink};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (lines, written) = std::sync::mpsc::channel();
//! # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
//! Builder::new().filter("info").sink(sink.layout(Text::pattern("{target}: {message}{fields}")?)).init()?;
//! ringlog::bridge::log::init()?;
//! log::info!(target: "orders", order_id = 7; "accepted");
//! ringlog::flush()?;
//! assert_eq!(written.recv()?, b"orders: accepted order_id=7\n");
//! # Ok(())
//! # }
//! ```

mod pairs;

#[cfg(feature = "tracing")]
pub(super) use pairs::pack as pack_pairs;

use super::items::Items;
use super::place::{self, Origin};
use crate::callsite::Statement;
use crate::encode::{ByValue, Display, OnTheSpotUnit};
use crate::level::Level;
use ::log::{LevelFilter, Log, Metadata, Record, SetLoggerError};

/// The `log` crate's logger: hands its records on to the global runtime.
#[derive(Debug)]
struct Bridge;

/// Makes ringlog the logger of the `log` crate, and has `log::max_level` follow the filter from now on.
///
/// It may be called before or after [`Builder::init`](crate::Builder::init).
///
/// # Errors
///
/// When the `log` crate has a logger already.
///
/// ```
/// ringlog::bridge::log::init()?;
/// ringlog::Builder::new().filter("info").sink(ringlog::sink::Null::new()).init()?;
///
/// log::info!(target: "orders", order_id = 7; "order accepted");
/// assert_eq!(log::max_level(), log::LevelFilter::Info);
/// log::logger().flush();
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn init() -> Result<(), SetLoggerError> {
    ::log::set_logger(&Bridge)?;
    crate::filter::on_change(follow_filter);
    Ok(())
}

/// The logger that [`init`] sets, for one who hands records to several loggers. `log::max_level` is then his
/// to set.
///
/// ```
/// let record = log::Record::builder().args(format_args!("by hand")).level(log::Level::Info).build();
/// ringlog::bridge::log::logger().log(&record);
/// ```
pub fn logger() -> &'static dyn Log {
    &Bridge
}

/// Has `log::max_level` be what the filter lets through.
pub(super) fn follow_filter() {
    ::log::set_max_level(match super::least_level() {
        None => LevelFilter::Off,
        Some(Level::Error) => LevelFilter::Error,
        Some(Level::Warn) => LevelFilter::Warn,
        Some(Level::Info) => LevelFilter::Info,
        Some(Level::Debug) => LevelFilter::Debug,
        Some(Level::Trace) => LevelFilter::Trace,
    });
}

pub(super) fn level_of(level: ::log::Level) -> Level {
    match level {
        ::log::Level::Error => Level::Error,
        ::log::Level::Warn => Level::Warn,
        ::log::Level::Info => Level::Info,
        ::log::Level::Debug => Level::Debug,
        ::log::Level::Trace => Level::Trace,
    }
}

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        crate::filter::is_enabled(level_of(metadata.level()), metadata.target())
    }

    fn log(&self, record: &Record<'_>) {
        let level = level_of(record.level());
        let origin = origin(level, record);
        let keep = || origin.keep(record.module_path_static(), record.file_static());
        let (statements, target) = place::statements(&origin, keep);
        if !statements.is_enabled() || super::is_echo() {
            return;
        }
        if target.is_some() || record.key_values().count() > 0 {
            let items = Items::new(|pack| {
                pack.message(*record.args());
                if let Some(target) = target {
                    pack.str("log.target", target);
                }
                pairs::pack(&record.key_values(), pack);
            });
            crate::entry::log(&statements.structured, items);
        } else {
            log_plain(&statements.plain, record);
        }
    }

    fn flush(&self) {
        // `log` has no way to tell of an error; the sinks' own go to the handler of the runtime.
        let _ = crate::flush();
    }
}

fn origin<'r>(level: Level, record: &Record<'r>) -> Origin<'r> {
    Origin {
        level,
        target: record.target(),
        module: record.module_path().unwrap_or(""),
        file: record.file().unwrap_or(""),
        line: record.line().unwrap_or(0),
    }
}

fn log_plain(statement: &'static Statement, record: &Record<'_>) {
    // Both units are read back as text.
    match record.args().as_str() {
        Some(text) => crate::entry::log(statement, ByValue::new(text, Display)),
        None => crate::entry::log(statement, OnTheSpotUnit::new(record.args())),
    }
}
