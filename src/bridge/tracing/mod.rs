//! The bridge from `tracing`: a layer for `tracing_subscriber`, whose events become records of the global
//! runtime.
//!
//! An event keeps its level, target, module, file and line; its fields keep their types; and it carries the
//! spans that it is in, with their fields: [`Text`](crate::layout::Text) prints them by `{spans}`,
//! [`Json`](crate::layout::Json) as an array of objects. What `tracing` hands over as `Debug` or `Display` is
//! formatted within the call, as it has no way to do that later.
//!
//! ringlog's filter goes for events and spans as for its own statements, and `tracing` remembers its answer
//! for each callsite: one that is off costs what it costs without any subscriber.
//! [`set_filter`](crate::set_filter) and [`switch_callsite`](crate::switch_callsite) have it ask again. A
//! span that is off is in no record, and those within it are.
//!
//! An event outside of spans allocates nothing and takes no lock where its callsite was seen before, and the
//! thread is registered. One within spans takes the registry's lock of each span, for as long as it takes to
//! copy the span's fields.
//!
//! ```
//! use ringlog::{Builder, layout::Text, sink};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (lines, written) = std::sync::mpsc::channel();
//! # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
//! Builder::new().filter("info").sink(sink.layout(Text::pattern("{spans}: {message}{fields}")?)).init()?;
//! ringlog::bridge::tracing::init()?;
//! let _request = tracing::info_span!("request", id = 7).entered();
//! tracing::info!(qty = 100, "filled");
//! ringlog::flush()?;
//! assert_eq!(written.recv()?, b"request{id=7}: filled qty=100\n");
//! # Ok(())
//! # }
//! ```

mod fields;
mod layer;
mod logs;
mod site;
mod span;

pub use layer::{RingFilter, RingLayer, filter, layer};

use ::log::SetLoggerError;
use tracing_core::dispatcher::{self, Dispatch, SetGlobalDefaultError};
use tracing_subscriber::layer::SubscriberExt as _;

/// Why [`init`] could not do what it is for.
///
/// ```
/// use ringlog::bridge::tracing::{InitError, init};
///
/// init().expect("nobody else has set a subscriber");
/// assert!(matches!(init(), Err(InitError::Subscriber(_))));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// There is a global subscriber already; nothing was changed.
    #[error("`tracing` has a global subscriber already: add `ringlog::bridge::tracing::layer()` to that one")]
    Subscriber(#[from] SetGlobalDefaultError),
    /// The `log` crate has a logger already; `tracing` goes to ringlog, `log` goes where it went.
    #[error(
        "`tracing` goes to ringlog now, but the `log` crate has a logger already, which keeps its records"
    )]
    Log(#[from] SetLoggerError),
}

/// Makes ringlog the global subscriber of `tracing`, and the logger of the `log` crate, whose records then
/// are in the spans around them, as `tracing-log` has them.
///
/// It may be called before or after [`Builder::init`](crate::Builder::init). `log::max_level` follows the
/// filter from now on, `log::logger().flush()` flushes, and key-values of `log` are kept.
///
/// # Errors
///
/// When there is a global subscriber, or a logger of the `log` crate, already.
///
/// ```
/// use tracing::{info, info_span};
///
/// ringlog::bridge::tracing::init()?;
/// ringlog::Builder::new().filter("info").sink(ringlog::sink::Console::stderr()).init()?;
///
/// let _request = info_span!("request", id = 7).entered();
/// info!(px = 12.5, "filled"); // … INFO  [main] orders: request{id=7} filled px=12.5
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn init() -> Result<(), InitError> {
    dispatcher::set_global_default(Dispatch::new(tracing_subscriber::registry().with(layer())))?;
    Ok(logs::init()?)
}
