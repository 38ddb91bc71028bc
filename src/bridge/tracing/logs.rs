//! Records of the `log` crate on their way through `tracing`.
//!
//! `tracing-log` makes an event of a record, without the key-values: `tracing` wants the names of fields at
//! compile time. So they wait in a thread-local for the layer to come by.

use crate::bridge::log as bridge;
use ::log::kv::Source;
use ::log::{Log, Metadata, Record, SetLoggerError};
use std::cell::Cell;

std::thread_local! {
    static PAIRS: Cell<Option<&'static dyn Source>> = const { Cell::new(None) };
}

/// The `log` crate's logger: hands its records on to the current subscriber of `tracing`.
#[derive(Debug)]
struct Tracer;

/// Makes it the logger, and has `log::max_level` follow the filter.
pub(super) fn init() -> Result<(), SetLoggerError> {
    ::log::set_logger(&Tracer)?;
    crate::filter::on_change(bridge::follow_filter);
    Ok(())
}

/// Calls `log` with the key-values of the `log` record whose event is under way, if it came by way of
/// [`Tracer`].
pub(super) fn with_pairs(log: impl FnOnce(Option<&dyn Source>)) {
    // They are out of the way meanwhile: a `Display` that logs by other means finds none that are not its
    // own.
    let back = Back(PAIRS.try_with(Cell::take).unwrap_or_default());
    log(back.0);
}

/// Puts key-values back in their place when it is dropped, by a panic too.
struct Back(Option<&'static dyn Source>);

impl Drop for Back {
    fn drop(&mut self) {
        let _ = PAIRS.try_with(|pairs| pairs.set(self.0));
    }
}

impl Log for Tracer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        crate::filter::is_enabled(bridge::level_of(metadata.level()), metadata.target())
    }

    fn log(&self, record: &Record<'_>) {
        let pairs: &dyn Source = &record.key_values();
        // SAFETY: only the lifetime changes. The reference is in the thread-local for the call below alone,
        // as `Back` takes it out when the call ends; `with_pairs` comes by within the call, and has put it
        // back when it returns.
        let pairs = unsafe { std::mem::transmute::<&dyn Source, &'static dyn Source>(pairs) };
        let _back = Back(PAIRS.try_with(|slot| slot.replace(Some(pairs))).unwrap_or_default());
        // It has no error to give.
        let _ = tracing_log::format_trace(record);
    }

    fn flush(&self) {
        // `log` has no way to tell of an error; the sinks' own go to the handler of the runtime.
        let _ = crate::flush();
    }
}
