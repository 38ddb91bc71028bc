//! A lock-free ring-buffer logger for low-latency systems.
//!
//! A thread that logs copies a few words into a ring that it alone writes, and goes on. Everything else happens on
//! other threads: pinned *workers* drain the rings, bring the records in order and format them; each *sink* writes
//! on a thread of its own.
//!
//! ```
//! use ringlog::{Builder, info, info_async, sink, warn};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = std::env::temp_dir().join(format!("ringlog-doc-{}.log", std::process::id()));
//! Builder::new()
//!     .filter("info,orders=debug")
//!     .sink(sink::File::create(&path)?)
//!     .sink(sink::Console::stderr().level(ringlog::Level::Warn))
//!     .init()?;
//!
//! let (id, price) = (7, 100.25);
//! info!("order {id} at {price:.2}");
//! info!(order_id = id, px = price, "filled");
//! warn!(target: "risk", "limit {:?} reached", Some(price));
//!
//! // Each record can be waited for: by a thread, or in any async runtime.
//! info_async!("order {id} accepted").wait()?;
//!
//! // Called at the end of the process anyway: no guard has to be kept.
//! let report = ringlog::shutdown()?;
//! assert_eq!(report.total.written, 4);
//! # std::fs::remove_file(&path)?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! - A log call on a registered thread allocates nothing, locks nothing, makes no system call and is wait-free,
//!   save under [`Overflow::Block`] with a full ring, under [`Clock::System`] and [`Clock::Custom`], and for
//!   arguments that are formatted on the spot (see [`Encode`]).
//! - [`Overflow::Block`] loses nothing. [`Overflow::DropNewest`] never waits, and says in the log what it dropped.
//!   At any time, for each producer: attempted = written + dropped + failed + in flight ([`stats`]).
//! - A [`Completion`] resolves exactly once: to `Ok` when every sink of its logger has written the record, or to
//!   an error that names each sink that failed, and why.
//! - [`shutdown`] drains every ring and writes every sink within a deadline. The end of `main`,
//!   `std::process::exit` and a panic that ends `main` shut down too.
//! - A record prints byte for byte what [`format!`] prints, but for the escaping of control characters, which
//!   [`layout::Text::raw`] switches off.
//! - Logging from anywhere is safe: from a `Display` that logs, a thread-local's destructor, a sink, before start
//!   and after shutdown. What can't be written is counted.
//!
//! How it works stands in `docs/life-of-a-record.md`; why its memory orderings are right, in
//! `docs/memory-ordering.md`.

#[macro_use]
mod macros;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod account;
mod backtrace;
mod batch;
mod bells;
#[cfg(feature = "log")]
pub mod bridge;
mod builder;
mod callsite;
mod cells;
mod clock;
mod compiled;
mod completion;
#[cfg(feature = "config")]
pub mod config;
mod context;
mod encode;
mod ends;
mod entry;
mod error;
mod filter;
mod global;
pub mod layout;
mod level;
mod logger;
mod producer;
mod protocol;
mod record;
mod ring;
mod runtime;
mod scheduler;
mod secret;
pub mod sink;
mod site;
mod stats;
mod sync;
mod volume;

pub use backtrace::Backtrace;
pub use builder::Builder;
pub use callsite::Place;
pub use clock::{Clock, ClockEvent, ClockWarning};
pub use compiled::STATIC_MAX_LEVEL;
pub use completion::{Completion, Durable, FlushError, SinkFailure};
pub use context::{Context, ContextGuard, InContext, WithContext};
pub use encode::{Encode, Rebuild, Shape, Span, Structure, Value, Visit};
pub use ends::OnFork;
pub use error::{Event, StartError};
pub use filter::{CallsiteState, Filter, FilterError, PlaceError, Switch, callsites, switch_callsite};
#[cfg(feature = "config")]
pub use global::reload;
pub use global::{
    find_logger, flush, flush_async, logger, register_thread, set_filter, shutdown, shutdown_timeout, stats,
};
pub use level::{Level, ParseLevelError};
pub use logger::{AsLogger, Logger};
pub use producer::Overflow;
pub use record::{Record, ThreadInfo};
pub use ringlog_macros::Encode;
pub use runtime::{LoggerBuilder, Report, Runtime, ShutdownError};
pub use scheduler::IdleStrategy;
pub use secret::Secret;
pub use stats::{Histogram, ProducerStats, SinkStats, Stats, WorkerStats};
