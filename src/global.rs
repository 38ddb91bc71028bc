//! The global runtime: the one that log statements without `logger:` go to.
//!
//! It is there from [`Builder::init`](crate::Builder::init) on. A log call that comes before starts an
//! *implicit* one, which writes to standard error; `init` takes its place.

use crate::builder::Builder;
use crate::completion::{Completion, FlushError};
use crate::ends::OnFork;
use crate::error::{Event, StartError};
use crate::producer::Registry;
use crate::runtime::{LoggerBuilder, Report, Runtime, ShutdownError};
use crate::stats::Stats;
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering, lock, thread};
use crate::sys::nap;
use std::panic::catch_unwind;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

static GLOBAL: Mutex<Option<Global>> = Mutex::new(None);

/// How long the end of the process waits for the sinks.
const EXIT_LIMIT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(crate) struct Global {
    /// Leaked, so that loggers and builders may borrow it for as long as they like. There is one for each
    /// `init` of the process.
    runtime: &'static Runtime,
    implicit: bool,
    shut_down: bool,
    on_fork: OnFork,
    restart: Restart,
}

/// Whether a log call starts a runtime in the place of the parent's, in a child of `fork`.
#[derive(Clone, Copy, Debug)]
enum Restart {
    No,
    /// By this builder.
    Due(fn() -> Builder),
    /// This thread is at it.
    UnderWay(ThreadId),
}

impl Global {
    fn new(runtime: Runtime, implicit: bool, on_fork: OnFork) -> Self {
        let runtime = Box::leak(Box::new(runtime));
        Self { runtime, implicit, shut_down: false, on_fork, restart: Restart::No }
    }
}

/// The global runtime, locked.
pub(crate) type Held = MutexGuard<'static, Option<Global>>;

/// Keeps it as it is.
pub(crate) fn hold() -> Held {
    lock(&GLOBAL)
}

/// The process is a child of `fork`: the runtime is the parent's.
pub(crate) fn leave_behind(held: &mut Held) {
    let Some(global) = held.as_mut() else { return };
    if global.implicit {
        // Another one writes to the same standard error as well.
        **held = None;
        return;
    }
    if global.shut_down {
        return;
    }
    global.shut_down = true;
    global.restart = match global.on_fork {
        OnFork::Restart(builder) => Restart::Due(builder),
        OnFork::Silent => Restart::No,
    };
}

pub(crate) fn is_global(registry: &Arc<Registry>) -> bool {
    lock(&GLOBAL).as_ref().is_some_and(|global| Arc::ptr_eq(global.runtime.registry(), registry))
}

/// Makes a runtime the global one.
///
/// It is started without the lock: an error handler that logs is called meanwhile.
pub(crate) fn install(
    start: impl FnOnce() -> Result<Runtime, StartError>,
    on_fork: OnFork,
) -> Result<(), StartError> {
    let is_taken = |slot: &Option<Global>| slot.as_ref().is_some_and(|now| !now.implicit && !now.shut_down);
    if is_taken(&lock(&GLOBAL)) {
        return Err(StartError::AlreadyInitialized);
    }
    let runtime = start()?;
    let former = {
        let mut slot = lock(&GLOBAL);
        if is_taken(&slot) {
            return Err(StartError::AlreadyInitialized);
        }
        slot.replace(Global::new(runtime, false, on_fork))
    };
    if let Some(former) = former {
        former.runtime.registry().supersede();
        crate::entry::look_anew();
    }
    Ok(())
}

/// The global runtime, started now if there is none; `None` once it is shut down.
pub(crate) fn get_or_start() -> Option<&'static Runtime> {
    let mut slot = lock(&GLOBAL);
    match &*slot {
        Some(Global { restart: Restart::Due(_) | Restart::UnderWay(_), .. }) => {
            drop(slot);
            restart()
        }
        Some(global) => (!global.shut_down).then_some(global.runtime),
        None => {
            let global = slot.insert(Global::new(start_implicit()?, true, OnFork::Silent));
            Some(global.runtime)
        }
    }
}

/// Starts the runtime of a child. Without the lock, as the user's function may log: such a call is lost. Other threads wait.
#[cold]
fn restart() -> Option<&'static Runtime> {
    let me = thread::current().id();
    let builder = loop {
        let mut slot = lock(&GLOBAL);
        let global = slot.as_mut()?;
        match global.restart {
            Restart::Due(builder) => {
                global.restart = Restart::UnderWay(me);
                break builder;
            }
            Restart::UnderWay(thread) if thread == me => return None,
            Restart::UnderWay(_) => {
                drop(slot);
                nap(Duration::from_micros(100));
            }
            Restart::No => return (!global.shut_down).then_some(global.runtime),
        }
    };
    // One that is wrong, or panics, leaves the child silent: its log calls are counted.
    let _ = catch_unwind(|| builder().init());
    let mut slot = lock(&GLOBAL);
    let global = slot.as_mut()?;
    global.restart = Restart::No;
    (!global.shut_down).then_some(global.runtime)
}

/// A runtime as nobody has asked for: with the environment's filter, if it can be understood.
fn start_implicit() -> Option<Runtime> {
    match Builder::new().start() {
        Err(StartError::Filter(error)) => {
            crate::error::default_handler()(&Event::Environment(error));
            Builder::new().filter("info").start().ok()
        }
        started => started.ok(),
    }
}

/// Counts a log call that comes after shutdown.
pub(crate) fn lose_one() {
    if let Some(runtime) = get() {
        runtime.registry().lose_one();
    }
}

fn get() -> Option<&'static Runtime> {
    lock(&GLOBAL).as_ref().map(|global| global.runtime)
}

/// Has the end of the process (the end of `main`, `std::process::exit`, a panic that ends `main`) shut the
/// global runtime down, and flush all others.
pub(crate) fn at_exit() {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    extern "C" fn run() {
        let start = Instant::now();
        // Nobody is left to be told.
        let _ = shutdown_timeout(EXIT_LIMIT);
        if crate::completion::is_backend_thread() {
            crate::ends::flush_from_own_thread();
        } else {
            crate::ends::flush(EXIT_LIMIT.saturating_sub(start.elapsed()));
        }
        crate::ends::crash::uninstall();
        crate::ends::signals::uninstall();
    }
    // ORDERING: relaxed, only one caller may win; nothing is published by it.
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // SAFETY: `run` is an `extern "C"` function that does not unwind: `shutdown` catches what it calls.
        unsafe { libc::atexit(run) };
    }
}

/// Begins a named logger of the global runtime. Starts one that writes to standard error if there is none.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Builder::new().sink(sink::Null::new()).init()?;
/// let audit = ringlog::logger("audit").sink(sink::Null::new()).build()?;
/// info!(logger: audit, user = "ada", "logged in");
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// When not even that can be started, for want of threads.
pub fn logger(name: impl Into<String>) -> LoggerBuilder<'static> {
    let runtime = get_or_start().or_else(get).expect("the operating system gives threads");
    runtime.logger(name)
}

/// The global runtime's logger of a name; see [`Runtime::find_logger`]. None without a global runtime.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert!(ringlog::find_logger("audit").is_none());
/// Builder::new().sink(sink::Null::new()).init()?;
/// ringlog::logger("audit").build()?;
/// if let Some(audit) = ringlog::find_logger("audit") {
///     info!(logger: audit, "found from anywhere in the program");
/// }
/// # assert!(ringlog::find_logger("audit").is_some());
/// # Ok(())
/// # }
/// ```
pub fn find_logger(name: &str) -> Option<crate::logger::Logger> {
    get()?.find_logger(name)
}

/// Reads a configuration again, and sets the global runtime's filter and loggers' levels as it says; see
/// [`Runtime::reload`]. A service may do so on SIGHUP, from a thread of its own.
///
/// ```
/// use ringlog::{Level, config::Config};
/// use std::fs;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("ringlog-reload-{}.toml", std::process::id()));
/// let config = "sinks = [{ kind = 'null' }]\nloggers = [{ name = 'risk', level = 'info' }]";
/// fs::write(&path, config)?;
/// Config::from_path(&path)?.builder()?.init()?;
///
/// fs::write(&path, config.replace("info", "debug"))?;
/// ringlog::reload(&path)?;
/// let risk = ringlog::find_logger("risk").expect("it is configured");
/// assert!(risk.is_enabled(Level::Debug));
/// # fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As for [`Config::from_path`](crate::config::Config::from_path) and [`Runtime::reload`], or when there is no global
/// runtime, or it is shut down. Nothing is changed then.
#[cfg(feature = "config")]
pub fn reload(path: impl AsRef<std::path::Path>) -> Result<(), crate::config::ConfigError> {
    let config = crate::config::Config::from_path(path)?;
    let running = lock(&GLOBAL).as_ref().filter(|global| !global.shut_down).map(|global| global.runtime);
    running.ok_or_else(crate::config::ConfigError::not_running)?.reload(&config)
}

/// Prepares the calling thread: its ring is made and touched now and not within its first log call. Whether it
/// could be done: not after shutdown.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Builder::new().sink(sink::Null::new()).init()?;
/// let matcher = std::thread::spawn(|| {
///     assert!(ringlog::register_thread());
///     // From here on no log call of this thread allocates.
///     info!("matching");
/// });
/// # matcher.join().unwrap();
/// # Ok(())
/// # }
/// ```
pub fn register_thread() -> bool {
    get_or_start().is_some_and(Runtime::register_thread)
}

/// Waits until all that any thread logged before this call is in all sinks of the global runtime; see
/// [`Runtime::flush`].
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Builder::new().sink(sink::Null::new()).init()?;
/// info!("about to hand over");
/// ringlog::flush()?;
/// assert_eq!(ringlog::stats().total().written, 1);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As for [`Runtime::flush`].
pub fn flush() -> Result<(), FlushError> {
    flush_async().wait()
}

/// As [`flush`], to be awaited. Without a global runtime there is nothing to wait for.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Builder::new().sink(sink::Null::new()).init()?;
/// let request = async {
///     info!("request served");
///     ringlog::flush_async().await
/// };
/// # futures::executor::block_on(request)?;
/// # Ok(())
/// # }
/// ```
pub fn flush_async() -> Completion {
    get().map_or_else(Completion::disabled, Runtime::flush_async)
}

/// The global runtime's counts; none without one.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert!(ringlog::stats().sinks.is_empty());
/// Builder::new().sink(sink::Null::new()).init()?;
/// info!("served");
/// ringlog::flush()?;
/// assert_eq!(ringlog::stats().sinks[0].records, 1);
/// # Ok(())
/// # }
/// ```
pub fn stats() -> Stats {
    let mut stats = get().map(Runtime::stats).unwrap_or_default();
    stats.lost_after_shutdown += crate::entry::strays();
    stats
}

/// Sets which levels of which targets are let through; see [`Runtime::set_filter`].
///
/// ```
/// use ringlog::{Builder, callsites, debug, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Builder::new().filter("info").sink(sink::Null::new()).init()?;
/// debug!(target: "orders::risk", "checked");
/// assert!(!callsites()[0].enabled);
/// ringlog::set_filter("info,orders::risk=debug")?;
/// assert!(callsites()[0].enabled);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When a directive is none; nothing is changed then.
pub fn set_filter(directives: &str) -> Result<(), StartError> {
    match get_or_start() {
        Some(runtime) => runtime.set_filter(directives),
        None => Err(StartError::ShutDown),
    }
}

/// Shuts the global runtime down; see [`Runtime::shutdown`]. [`Builder::init`](crate::Builder::init) may be
/// called again after it.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// Builder::new().sink(sink::Null::new()).init()?;
/// info!("the last record");
/// assert_eq!(ringlog::shutdown()?.total.written, 1);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As for [`Runtime::shutdown`], or when there is none.
pub fn shutdown() -> Result<Report, ShutdownError> {
    shutdown_timeout(crate::runtime::SHUTDOWN_LIMIT)
}

/// As [`shutdown`], within a time limit of yours.
///
/// ```
/// use ringlog::{Builder, ShutdownError, sink};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let limit = Duration::from_secs(60);
/// assert!(matches!(ringlog::shutdown_timeout(limit), Err(ShutdownError::NotInitialized)));
/// Builder::new().sink(sink::Null::new()).init()?;
/// ringlog::shutdown_timeout(limit)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As for [`shutdown`].
pub fn shutdown_timeout(limit: Duration) -> Result<Report, ShutdownError> {
    let runtime = {
        let mut slot = lock(&GLOBAL);
        let global = slot.as_mut().ok_or(ShutdownError::NotInitialized)?;
        global.shut_down = true;
        global.runtime
    };
    runtime.shutdown_timeout(limit)
}
