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
//! # In ten minutes
//!
//! **Log statements** are [`trace!`], [`debug!`], [`info!`], [`warn!`] and [`error!`], and [`log!`] for a level that is known
//! at run time. They take all that [`format!`] takes, and fields in front of it, as `tracing` writes them. The call copies
//! the arguments; formatting happens on the worker. Types of yours take the same way with `#[derive(Encode)]`; any other
//! that is `Display` or `Debug` is formatted within the call, which costs what `format!` costs, without the allocation.
//!
//! ```
//! use ringlog::{Builder, Encode, info, sink};
//!
//! #[derive(Clone, Copy, Debug, Encode)]
//! enum Side { Buy, Sell }
//!
//! # fn main() -> Result<(), ringlog::StartError> {
//! # let runtime = Builder::new().sink(sink::Null::new()).start()?;
//! let (order_id, price, peer) = (7, 12.5, "10.0.0.1");
//! # macro_rules! info { ($($all:tt)*) => { ringlog::info!(logger: runtime, $($all)*) } }
//! info!("order {order_id} at {price:>8.2}");
//! info!(order_id, px = price, side = ?Side::Buy, peer = %peer, "filled {}", 100);
//! info!(order_id, side = ?Side::Sell);
//! # Ok(())
//! # }
//! ```
//!
//! **[`Builder`]** says where records go and how: [workers](Builder::workers) and their [cores](Builder::pin), what a
//! worker does when there is [nothing to do](IdleStrategy), the [size of a ring](Builder::ring_capacity) and what happens when
//! it is [full](Overflow), the [clock](Clock), and the sinks. `init` makes it the runtime of the statements without
//! `logger:`; `start` gives a [`Runtime`] of your own. With no setup at all, records go to standard error, at
//! level info. There is no guard to keep: the end of the process flushes.
//!
//! **[Sinks](sink)** are [`File`](sink::File), [`RollingFile`](sink::RollingFile), [`Console`](sink::Console),
//! [`Callback`](sink::Callback), or your own. Each has a thread, a least [level](sink::Configured::level), a
//! [layout](sink::Configured::layout), and says what becomes of records when it [fails](sink::Configured::on_error) or is
//! [too slow](sink::Configured::on_full):
//!
//! ```
//! use ringlog::layout::{Json, Text};
//! use ringlog::sink::{self, OnError, OnFull};
//! use ringlog::{Builder, Level};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = std::env::temp_dir().join(format!("ringlog-tour-{}.json", std::process::id()));
//! let builder = Builder::new()
//!     .sink(
//!         sink::File::create(&path)?
//!             .layout(Json::new())
//!             .on_error(OnError::retry(Duration::from_secs(10), Duration::from_millis(50))),
//!     )
//!     .sink(
//!         sink::Console::stderr()
//!             .level(Level::Warn)
//!             .layout(Text::pattern("{level:<5} {message}{fields}")?)
//!             .on_full(OnFull::Shed),
//!     );
//! # drop(builder);
//! # std::fs::remove_file(&path)?;
//! # Ok(())
//! # }
//! ```
//!
//! **Completions**: [`info_async!`] and its siblings give a [`Completion`], a future that needs no runtime: await it, or
//! [`wait`](Completion::wait). It resolves when every sink has written the record; [`durable`](Completion::durable)
//! when it is on stable storage. [`flush`] waits for all that was logged before it, by any thread.
//!
//! **Filters**: [`Builder::filter`], the variable `RINGLOG`, and [`set_filter`] at run time take directives like
//! `info,orders::risk=debug,hyper=off`. [`switch_callsite`] turns one statement on or off by its place. Named loggers
//! have [sinks and a level of their own](Runtime::logger). Features `max_level_*` compile levels out.
//!
//! **Context**: `let _guard = context!(request_id = id);` puts the field on all of this thread's records while the guard lives;
//! [`WithContext`] does so for a future, on whatever thread it is polled.
//!
//! **Volume**: [`every_n!`], [`every!`] and [`once!`] write some of many and say how many they held back. A [`Backtrace`]
//! keeps a thread's last records in memory and writes them when an error comes.
//!
//! **What became of it all**: [`stats()`], at any time, for each producer, worker and sink. What goes wrong within the logger
//! is an [`Event`] for [`Builder::on_error`].
//!
//! | feature | |
//! |---|---|
//! | `local-time` (default) | times in the system's time zone |
//! | `log`, `tracing` | `bridge::log`, `bridge::tracing`: what libraries log by those |
//! | `config` | `config`: all of this out of a file |
//! | `gzip`, `zstd` | compressed archives of rolling files |
//! | `signals` | rolling files that are reopened on a signal |
//! | `max_level_*`, `release_max_level_*` | levels that are compiled out |
//!
//! # What it promises
//!
//! - A log call on a registered thread allocates nothing, locks nothing, makes no system call and is wait-free,
//!   save under [`Overflow::Block`] with a full ring, under [`Clock::System`] and [`Clock::Custom`], and for
//!   arguments that are formatted on the spot (see [`Encode`]).
//! - [`Overflow::Block`] loses nothing. [`Overflow::DropNewest`] never waits, and says in the log what it dropped.
//!   At any time, for each producer: attempted = written + dropped + failed + in flight ([`stats()`]).
//! - A [`Completion`] resolves exactly once: to `Ok` when every sink of its logger has written the record, or to
//!   an error that names each sink that failed, and why.
//! - [`shutdown`] drains every ring and writes every sink within a deadline. The end of `main`,
//!   `std::process::exit` and a panic that ends `main` shut down too. A crash (`SIGSEGV`, `abort`, a stack overflow) has
//!   what was logged before it written; so have the signals of [`Builder::flush_on_signals`].
//! - A record that *happened before* another stands before it in every sink, if one worker drains both threads' rings.
//! - A record prints byte for byte what [`format!`] prints, but for the escaping of control characters, which
//!   [`layout::Text::raw`] switches off.
//! - Logging from anywhere is safe: from a `Display` that logs, a thread-local's destructor, a sink, before start
//!   and after shutdown. What can't be written is counted.
//!
//! How it works stands in `docs/life-of-a-record.md`; why its memory orderings are right, in `docs/memory-ordering.md`; what
//! is lost when, in `docs/reliability.md`; how to set it up, in `docs/tuning.md`.

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
mod sys;
mod volume;
mod zone;

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
