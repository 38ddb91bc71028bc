//! The log statements: thin shells, each of which hands the user's tokens on to the procedural macro.
//!
//! `$crate` travels with them, so that a user who renames the dependency needs nothing more.

/// Logs at level trace: every step. It takes what [`info!`](crate::info) takes.
///
/// ```
/// use ringlog::{Builder, sink, trace};
///
/// let runtime = Builder::new().filter("trace").sink(sink::Null::new()).start()?;
/// for (level, (price, qty)) in [(99.75, 300), (99.5, 1_200)].into_iter().enumerate() {
///     trace!(logger: runtime, level, price, qty, "bid");
/// }
/// assert_eq!(runtime.stats().total().attempted, 2);
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[macro_export]
macro_rules! trace {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Trace, sync, $($tokens)*)
    };
}

/// Logs at level debug: what a developer needs to follow a fault. It takes what [`info!`](crate::info) takes.
///
/// ```
/// use ringlog::{Builder, debug, sink};
///
/// let runtime = Builder::new().filter("info").sink(sink::Null::new()).start()?;
/// debug!(logger: runtime, "the book: {}", unreachable!("nothing is evaluated where the statement is off"));
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[macro_export]
macro_rules! debug {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Debug, sync, $($tokens)*)
    };
}

/// Logs at level info: what an operator wants to know on a good day.
///
/// It takes what [`format!`] takes: positional, named and captured arguments under every format spec. In front
/// of the format string it takes *fields*, written as in `tracing`: `name`, `name = value`, `name = %shown_by_display`
/// and `name = ?shown_by_debug`, `%name` and `?name`; a dotted name or a string is a name as well. A statement
/// may have fields alone. In front of all that stand, in any order, `logger: expr,` for a named logger
/// and `target: "name",` for a target other than the module's path, which is a constant.
///
/// A wrong format string, a missing or an unused argument is a compile error. The arguments are evaluated once,
/// in the order in which they are written, and not at all where the statement is disabled.
///
/// What [`Encode`](crate::Encode) is implemented for is copied, and formatted by the worker. Any other type that has
/// the trait of its placeholder is formatted within the call, at the cost of running its `fmt` there. A width or
/// a precision taken from an argument above 65,535, where `format!` panics, counts as 65,535, if the format string is a literal; if
/// it comes out of another macro, the call panics too.
///
/// ```no_run
/// use ringlog::info;
/// # #[derive(Debug)] enum Side { Buy }
/// let (order_id, qty, price, side) = (7_u64, 100_u32, 12.5, Side::Buy);
/// info!("listening");
/// info!("order {order_id} qty {qty:>8} px {:.3}", price);
/// info!(order_id, px = price, side = ?side, "filled {qty}");
/// info!(target: "fills", "order {order_id} filled");
/// ```
#[macro_export]
macro_rules! info {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Info, sync, $($tokens)*)
    };
}

/// Logs at level warn: what deserves a look. It takes what [`info!`](crate::info) takes.
///
/// ```
/// use ringlog::{Builder, sink, warn};
///
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// let (used, limit) = (4_800, 5_000);
/// warn!(logger: runtime, target: "risk", used, limit, "{}% of the limit", 100 * used / limit);
/// assert_eq!(runtime.stats().total().attempted, 1);
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[macro_export]
macro_rules! warn {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Warn, sync, $($tokens)*)
    };
}

/// Logs at level error: what went wrong. It takes what [`info!`](crate::info) takes.
///
/// ```
/// use ringlog::{Builder, error, sink};
///
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// if let Err(reason) = "12.5x".parse::<f64>() {
///     error!(logger: runtime, %reason, "the feed sent no price");
/// }
/// assert_eq!(runtime.stats().total().attempted, 1);
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[macro_export]
macro_rules! error {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Error, sync, $($tokens)*)
    };
}

/// Logs at a level that is an expression, evaluated once by each call: `log!(level, "…")`. Behind the level it takes
/// what [`info!`](crate::info) takes; the prefixes may stand in front of the level as well.
///
/// ```no_run
/// use ringlog::{Level, log};
/// # let late = true;
/// let level = if late { Level::Warn } else { Level::Debug };
/// log!(level, "order {} acknowledged", 7);
/// ```
#[macro_export]
macro_rules! log {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, at, sync, $($tokens)*)
    };
}

/// Logs at level trace, and gives a `Completion` that tells when all sinks have written the record. It takes what
/// [`info!`](crate::info) takes. The completion of a disabled statement is done at once.
///
/// ```
/// use ringlog::{Builder, sink, trace_async};
///
/// let runtime = Builder::new().filter("info").sink(sink::Null::new()).start()?;
/// let done = trace_async!(logger: runtime, "bid {}", 99.75);
/// assert!(done.is_done()); // the statement is off
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[macro_export]
macro_rules! trace_async {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Trace, completion, $($tokens)*)
    };
}

/// Logs at level debug, and gives a `Completion` that tells when all sinks have written the record. It takes what
/// [`info!`](crate::info) takes. The completion of a disabled statement is done at once.
///
/// ```
/// use ringlog::{Builder, debug_async, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().filter("debug").sink(sink::Null::new()).start()?;
/// debug_async!(logger: runtime, "about to call what may crash").wait()?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! debug_async {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Debug, completion, $($tokens)*)
    };
}

/// Logs at level info, and gives a `Completion` that tells when all sinks have written the record. It takes what
/// [`info!`](crate::info) takes. The completion of a disabled statement is done at once.
///
/// ```
/// use ringlog::{Builder, info_async, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// let (order_id, qty) = (7, 100);
/// let accepted = info_async!(logger: runtime, order_id, "accepted {qty}");
/// // … other work, and before the client is answered:
/// accepted.wait()?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! info_async {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Info, completion, $($tokens)*)
    };
}

/// Logs at level warn, and gives a `Completion` that tells when all sinks have written the record. It takes what
/// [`info!`](crate::info) takes. The completion of a disabled statement is done at once.
///
/// ```
/// use ringlog::{Builder, sink, warn_async};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// let halted = async { warn_async!(logger: runtime, symbol = "ACME", "trading is halted").await };
/// # futures::executor::block_on(halted)?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! warn_async {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Warn, completion, $($tokens)*)
    };
}

/// Logs at level error, and gives a `Completion` that tells when all sinks have written the record. It takes what
/// [`info!`](crate::info) takes. The completion of a disabled statement is done at once.
///
/// ```
/// use ringlog::{Builder, error_async, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// // On stable storage before the process gives up.
/// error_async!(logger: runtime, "the journal is torn at byte {}", 4096).durable().wait()?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! error_async {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Error, completion, $($tokens)*)
    };
}

/// Logs at a level that is an expression, and gives a `Completion` that tells when all sinks have written the
/// record. It takes what [`log!`](crate::log) takes.
///
/// ```
/// use ringlog::{Builder, Level, log_async, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// let latency_us = 180;
/// let level = if latency_us > 100 { Level::Warn } else { Level::Info };
/// log_async!(logger: runtime, level, latency_us, "acknowledged").wait()?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! log_async {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, at, completion, $($tokens)*)
    };
}

/// Logs the first of each so many calls: `every_n!(100, Info, "…")`.
///
/// The number comes first, a `u64`; then the level, as one of the words `Trace`, `Debug`, `Info`, `Warn` and `Error` or as
/// an expression, as in [`log!`](crate::log); then what [`info!`](crate::info) takes. A record tells how many calls were
/// held back since the last one by a field of its own, `held_back=99`, which is not there where it were 0.
///
/// All threads that come to the statement count together. Where the statement is disabled nothing is counted, and nothing
/// is evaluated, the number included; where a call is held back, the number, the level and the logger are. A call that is
/// held back costs two atomic additions; none waits. A number of 0 counts as 1. Where a record is dropped, as under
/// [`Overflow::DropNewest`](crate::Overflow::DropNewest), the count that it carries is lost with it.
///
/// ```
/// use ringlog::{Level, every_n};
///
/// for price in 0..1000 {
///     every_n!(100, Info, price, "tick"); // … tick price=0, … tick price=100 held_back=99
///     every_n!(10, if price > 500 { Level::Warn } else { Level::Debug }, "price {price}");
/// }
/// ```
#[macro_export]
macro_rules! every_n {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, at, every_n, $($tokens)*)
    };
}

/// Logs at most once in an interval: `every!(Duration::from_secs(1), Info, "…")`.
///
/// The interval comes first, a [`Duration`](std::time::Duration); the rest is as in [`every_n!`](crate::every_n),
/// `held_back` included. A call is let through if the last one that was is at least as long ago; of several threads
/// that come at once, one is. Time is the operating system's monotonic one, read without a system call: from half a
/// second on by the coarse clock, which goes on by some milliseconds at a time.
///
/// ```
/// use ringlog::every;
/// use std::time::Duration;
///
/// for attempt in 0..1000 {
///     every!(Duration::from_secs(1), Warn, attempt, "the peer does not answer");
/// }
/// ```
#[macro_export]
macro_rules! every {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, at, every, $($tokens)*)
    };
}

/// Logs the first call only: `once!(Info, "…")`.
///
/// The level comes first, as in [`every_n!`](crate::every_n), then what [`info!`](crate::info) takes. The first call counts
/// that finds the statement enabled, of all threads. What comes later costs one load, and is not counted: there is no
/// record that would tell.
///
/// ```
/// use ringlog::once;
///
/// for _ in 0..1000 {
///     once!(Warn, target: "config", "`retries` is deprecated: use `attempts`");
/// }
/// ```
#[macro_export]
macro_rules! once {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, at, once, $($tokens)*)
    };
}

/// Enters a context: until the guard that it gives is dropped, the thread's records carry the fields, behind their own.
///
/// It takes fields as [`info!`](crate::info) does: `name`, `name = value`, `%shown_by_display`, `?shown_by_debug`. Their
/// values are encoded now, once, and formatted by the worker. Contexts nest: of fields with the same name the innermost
/// is printed, and a record's own before any of a context.
///
/// Entering may allocate, log calls within do not. Where no record is logged within, none of it reaches the ring. For
/// futures there is [`with_context`](crate::WithContext::with_context).
///
/// ```
/// use ringlog::{context, info};
///
/// fn handle(request_id: u64, tenant: &str) {
///     let _guard = context!(request_id, tenant = %tenant);
///     info!("accepted"); // … accepted request_id=7 tenant=acme
///     {
///         let _guard = context!(step = 2);
///         info!(qty = 100, "filled"); // … filled qty=100 request_id=7 tenant=acme step=2
///     }
/// }
/// # handle(7, "acme");
/// ```
#[macro_export]
macro_rules! context {
    ($($tokens:tt)*) => {
        $crate::Context::enter(&$crate::__private::context_fields!($crate, $($tokens)*))
    };
}

/// Makes a [`Context`](crate::Context) without entering it. It takes what [`context!`](crate::context!) takes.
///
/// ```
/// use ringlog::context_fields;
///
/// let context = context_fields!(request_id = 7, tenant = %"acme");
/// let _guard = context.enter();
/// ```
#[macro_export]
macro_rules! context_fields {
    ($($tokens:tt)*) => {
        $crate::__private::context_fields!($crate, $($tokens)*)
    };
}

/// What a statement prints: its arguments go through the words of a record and back, without ring and threads.
/// Its fields follow the message as ` name=value`. For tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __render {
    ($($tokens:tt)*) => {
        $crate::__private::statement!($crate, Info, render, $($tokens)*)
    };
}

/// The static of a statement, and the type that stands for it. Without a level it has a static for each.
#[doc(hidden)]
#[macro_export]
macro_rules! __callsite {
    (
        [$level:ident] ($($target:tt)*) $format:tt $texts:tt $is_trusted:tt
        $(specs $specs:tt)? $(names $names:tt)?
    ) => {
        static __RINGLOG_CALLSITE: $crate::__private::Callsite = $crate::__private::Callsite {
            place: $crate::__private::Place {
                level: $crate::__private::Level::$level,
                target: $($target)*,
                module: $crate::__private::module_path!(),
                file: $crate::__private::file!(),
                line: $crate::__private::line!(),
                format: $format,
            },
            pieces: $crate::__private::Pieces { texts: &$texts, is_trusted: $is_trusted },
            state: $crate::__private::State::NEW,
        };
        struct __RinglogSite;
        impl $crate::__private::Site for __RinglogSite {
            const CALLSITE: &'static $crate::__private::Callsite = &__RINGLOG_CALLSITE;
            $(const SPECS: &'static [$crate::__private::Spec] = &$specs;)?
            $(const FIELD_NAMES: &'static [&'static $crate::__private::str] = &$names;)?
        }
    };
    (
        [] ($($target:tt)*) $format:tt $texts:tt $is_trusted:tt
        $(specs $specs:tt)? $(names $names:tt)?
    ) => {
        static __RINGLOG_CALLSITES: [$crate::__private::Callsite; 5] = $crate::__private::callsites(
            $crate::__private::Place {
                level: $crate::__private::Level::Trace,
                target: $($target)*,
                module: $crate::__private::module_path!(),
                file: $crate::__private::file!(),
                line: $crate::__private::line!(),
                format: $format,
            },
            $crate::__private::Pieces { texts: &$texts, is_trusted: $is_trusted },
        );
        struct __RinglogSite;
        impl $crate::__private::Sites for __RinglogSite {
            const CALLSITES: &'static [$crate::__private::Callsite; 5] = &__RINGLOG_CALLSITES;
            $(const SPECS: &'static [$crate::__private::Spec] = &$specs;)?
            $(const FIELD_NAMES: &'static [&'static $crate::__private::str] = &$names;)?
        }
    };
}
