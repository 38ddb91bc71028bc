//! Front ends of other logging interfaces: their statements become records of the global runtime.
//!
//! ```
//! use ringlog::{Builder, bridge, sink};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! Builder::new().filter("info,hyper=warn").sink(sink::Null::new()).init()?;
//! bridge::log::init()?; // with feature `tracing`, `bridge::tracing::init()` does for both
//! log::info!(target: "orders", "accepted");
//! log::info!(target: "hyper", "a connection"); // not let through
//! assert_eq!(ringlog::shutdown()?.total.written, 1);
//! # Ok(())
//! # }
//! ```
//!
//! What ringlog's own threads log by way of a bridge is counted as lost ([`Stats::lost_after_shutdown`]):
//! where a sink uses a library that logs what it does, each record that is written would make another one,
//! without end. A sink that has something to say returns an error, or uses ringlog's own macros.
//!
//! [`Stats::lost_after_shutdown`]: crate::Stats::lost_after_shutdown

mod interned;
mod items;
mod place;

pub mod log;
#[cfg(feature = "tracing")]
pub mod tracing;

use crate::level::Level;

/// Whether the calling thread is one of ringlog's own, so that its record may be the echo of one that is
/// being written. It is counted as lost then.
fn is_echo() -> bool {
    let is_echo = crate::completion::is_backend_thread();
    if is_echo {
        crate::global::lose_one();
    }
    is_echo
}

/// The least urgent level that the filter and what is compiled in let through for any statement.
fn least_level() -> Option<Level> {
    // Both are the least urgent level that passes: the more urgent of them holds.
    crate::filter::max_level().zip(crate::STATIC_MAX_LEVEL).map(|(filter, compiled)| filter.max(compiled))
}
