//! Log calls out of log calls, and out of whatever else ringlog runs or is interrupted in. Cases that need the global
//! runtime run in a process of their own, which is this test binary again.

mod common;

use common::{Captured, Gate, captured, close};
use ringlog::layout::Text;
use ringlog::{Builder, Completion, Encode, Overflow, Runtime, StartError, info, info_async, sink};
use std::cell::{Cell, RefCell};
use std::env;
use std::fmt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

/// Runs a case in a child, and gives the file that it logged to.
fn child(case: &str) -> String {
    let path = env::temp_dir().join(format!("ringlog-reentrancy-{}-{case}.log", std::process::id()));
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "cases", "--nocapture"])
        .env("RINGLOG_CASE", case)
        .env("RINGLOG_FILE", &path)
        .env_remove("RINGLOG")
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let _ = std::fs::remove_file(&path);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{case}: {}\n{told}", output.status);
    text
}

fn builder() -> Builder {
    let path = env::var_os("RINGLOG_FILE").unwrap();
    let layout = Text::pattern("{message}").unwrap();
    Builder::new().sink(sink::File::append(path).unwrap().layout(layout))
}

#[test]
fn cases() {
    let Ok(case) = env::var("RINGLOG_CASE") else { return };
    match case.as_str() {
        "signal" => signal(),
        "panic-hook" => panic_hook(),
        "encode-panics" => encode_panics(),
        "destructor" => destructor(),
        "around-init" => around_init(),
        "init-at-once" => init_at_once(),
        _ => panic!("no case {case}"),
    }
}

/// The runtime that nested calls log to.
type Inner = Arc<OnceLock<Runtime>>;

/// Logs when it is formatted.
#[derive(Clone)]
struct Chatty(Inner, u32);

impl fmt::Display for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(inner, depth) = self;
        if *depth == 0 {
            return f.write_str("end");
        }
        info!(logger: inner.get().unwrap(), "within {}", Chatty(inner.clone(), depth - 1));
        write!(f, "depth {depth}")
    }
}

fn inner() -> (Inner, Captured) {
    let (runtime, captured) = captured();
    let inner = Inner::default();
    inner.set(runtime).unwrap();
    (inner, captured)
}

#[test]
fn a_display_formatted_on_the_spot_logs_to_any_depth() {
    let (inner, captured) = inner();
    let long = "x".repeat(10_000);
    info!(logger: inner.get().unwrap(), "{} then {} {long}", Chatty(inner.clone(), 3), Chatty(inner.clone(), 1));
    let report = close(inner.get().unwrap());
    assert_eq!((report.total.attempted, report.stats.lost_after_shutdown), (5, 0));
    let lines = captured.lines();
    assert_eq!(lines[..4], ["within end", "within depth 1", "within depth 2", "within end"]);
    assert_eq!(lines[4], format!("depth 3 then depth 1 {long}"));
}

/// What a deferred value logs to, on the worker.
static ON_WORKER: OnceLock<Runtime> = OnceLock::new();

#[derive(Clone, Copy, Encode)]
struct Deferred(u64);

impl fmt::Display for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 100 {
            info!(logger: ON_WORKER.get().unwrap(), "of {}", Deferred(self.0 + 100));
        }
        write!(f, "<{}>", self.0)
    }
}

#[test]
fn a_deferred_value_logs_from_the_worker_that_formats_it() {
    let (runtime, captured) = captured();
    let runtime = ON_WORKER.get_or_init(|| runtime);
    for number in 0..50 {
        info!(logger: runtime, "value {}", Deferred(number));
    }
    runtime.flush().unwrap();
    // The flush's cutoff may lie before what the worker has logged meanwhile.
    runtime.flush().unwrap();
    close(runtime);
    let lines = captured.lines();
    let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!((count("value <"), count("of <1")), (50, 50), "{lines:?}");
}

/// Logs while it is copied into the ring.
struct Meddler<'a>(&'a Runtime);

/// What the worker gets of it.
#[derive(Debug)]
struct Seven(u64);

impl fmt::Display for Seven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Meddler<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("7")
    }
}

// SAFETY: one word each time, which is read back as one.
unsafe impl Encode for Meddler<'_> {
    type View<'r> = Seven;

    fn words(&self) -> usize {
        info!(logger: self.0, "while its words are counted");
        1
    }

    unsafe fn encode(&self, writer: &mut ringlog::__private::Writer) {
        info!(logger: self.0, "while it is written");
        // SAFETY: there is room for `words` words.
        unsafe { 7_u64.encode(writer) };
        assert!(info_async!(logger: self.0, "and after").wait().is_err());
    }

    unsafe fn decode<'r>(reader: &mut ringlog::__private::Reader<'r>) -> Seven {
        // SAFETY: the word was written above.
        Seven(unsafe { u64::decode(reader) })
    }
}

#[test]
fn an_encode_that_logs_costs_no_record_but_its_own() {
    let (runtime, captured) = captured();
    for _ in 0..200 {
        info!(logger: runtime, "{} {}", Meddler(&runtime), 8);
    }
    let report = close(&runtime);
    assert_eq!((report.total.attempted, report.stats.lost_after_shutdown), (400, 400));
    assert_eq!(captured.lines(), ["while its words are counted", "7 8"].repeat(200));
}

/// Logs itself while it is copied into the ring, and takes as many words each time.
#[derive(Clone, Copy)]
struct Mirror<'a>(&'a Runtime);

impl fmt::Display for Mirror<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("7")
    }
}

// SAFETY: one word each time, which is read back as one.
unsafe impl Encode for Mirror<'_> {
    type View<'r> = u64;
    const FIXED: Option<usize> = Some(1);

    fn words(&self) -> usize {
        1
    }

    unsafe fn encode(&self, writer: &mut ringlog::__private::Writer) {
        let mirror = *self;
        info!(logger: self.0, "within {}", mirror);
        // SAFETY: there is room for `words` words.
        unsafe { 7_u64.encode(writer) };
    }

    unsafe fn decode<'r>(reader: &mut ringlog::__private::Reader<'r>) -> u64 {
        // SAFETY: the word was written above.
        unsafe { u64::decode(reader) }
    }
}

#[test]
fn an_encode_that_logs_itself_is_within_its_call_whether_there_is_room_or_not() {
    let captured = Captured::new();
    let builder = Builder::new().ring_capacity(1024).sink(captured.sink_with("{message}"));
    let runtime = builder.start().unwrap();
    let mirror = Mirror(&runtime);
    for _ in 0..200 {
        info!(logger: runtime, "{}", mirror);
    }
    let report = close(&runtime);
    assert_eq!((report.total.attempted, report.stats.lost_after_shutdown), (200, 200));
    assert_eq!(captured.lines(), vec!["7"; 200]);
}

#[test]
fn sinks_callbacks_and_handlers_log() {
    let logs_to: Arc<OnceLock<Runtime>> = Arc::default();
    let of_callback = Arc::clone(&logs_to);
    let of_handler = Arc::clone(&logs_to);
    let (runtime, captured) = {
        let captured = Captured::new();
        let mut turns = 0;
        let callback = sink::Callback::try_new(move |_| {
            turns += 1;
            if turns <= 20 {
                info!(logger: of_callback.get().unwrap(), "from a callback {turns}");
            }
            if turns == 10 { Err(std::io::Error::other("on purpose")) } else { Ok(()) }
        });
        let handler = move |_: &ringlog::Event| info!(logger: of_handler.get().unwrap(), "from a handler");
        (Builder::new().sink(captured.sink()).sink(callback).on_error(handler).start().unwrap(), captured)
    };
    let runtime = logs_to.get_or_init(|| runtime);
    // Each record is one more turn of the callback.
    for _ in 0..40 {
        let done = info_async!(logger: runtime, "first");
        let _ = done.wait();
    }
    runtime.flush().unwrap();
    close(runtime);
    let text = captured.text();
    assert_eq!(text.matches("from a callback").count(), 20, "{text}");
    assert!(text.contains("from a handler"), "{text}");
}

#[test]
fn a_signal_handler_that_interrupts_log_calls_neither_hangs_nor_tears() {
    let text = child("signal");
    let (mut next, mut handled) = (0, 0);
    for line in text.lines() {
        match line.strip_prefix("handler ") {
            Some(rest) => {
                assert!(rest.split(' ').all(|part| part.parse::<u64>().is_ok()), "{line}");
                handled += 1;
            }
            None => {
                assert_eq!(line, format!("loop {next} abcdefgh {}", next * 3));
                next += 1;
            }
        }
    }
    assert!(next > 0 && handled > 0, "{next} and {handled}");
}

static HANDLED: AtomicU64 = AtomicU64::new(0);

extern "C" fn logs(_: libc::c_int) {
    // ORDERING: relaxed, a count.
    let n = HANDLED.fetch_add(1, Ordering::Relaxed);
    info!("handler {n} {n}");
}

fn signal() {
    builder().ring_capacity(4 << 10).init().unwrap();
    // SAFETY: a handler as `sigaction` wants it.
    unsafe { libc::signal(libc::SIGUSR1, logs as *const () as libc::sighandler_t) };
    ringlog::register_thread();
    // The handler's statement is known from here on.
    logs(0);
    let over = Arc::new(AtomicBool::new(false));
    // SAFETY: a plain call.
    let me = unsafe { libc::pthread_self() } as usize;
    let sender = thread::spawn({
        let over = Arc::clone(&over);
        move || {
            let mut sent = 0_u64;
            // ORDERING: relaxed, a flag.
            while !over.load(Ordering::Relaxed) {
                // SAFETY: the thread joins this one before it ends.
                unsafe { libc::pthread_kill(me as libc::pthread_t, libc::SIGUSR1) };
                sent += 1;
                for _ in 0..sent % 61 {
                    std::hint::spin_loop();
                }
                if sent.is_multiple_of(16) {
                    thread::yield_now();
                }
            }
        }
    });
    let mut calls = 0;
    // ORDERING: relaxed, a count.
    while HANDLED.load(Ordering::Relaxed) < 5_000 && calls < 200_000 {
        info!("loop {} {} {}", calls, "abcdefgh", calls * 3);
        calls += 1;
    }
    // ORDERING: relaxed, a flag.
    over.store(true, Ordering::Relaxed);
    sender.join().unwrap();
    let report = ringlog::shutdown().unwrap();
    let lost = ringlog::stats().lost_after_shutdown;
    // ORDERING: relaxed, a count.
    let handled = HANDLED.load(Ordering::Relaxed);
    assert_eq!(report.total.attempted + lost, calls + handled, "{report:?}");
    assert_eq!(report.total.written, report.total.attempted);
}

#[test]
fn a_panic_hook_logs() {
    let text = child("panic-hook");
    let wanted = ["before", "hook: on purpose", "hook: while formatting", "after"];
    assert_eq!(text.lines().collect::<Vec<_>>(), wanted);
}

fn panic_hook() {
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("while formatting")
        }
    }
    builder().init().unwrap();
    std::panic::set_hook(Box::new(|told| {
        info!("hook: {}", told.payload_as_str().unwrap());
    }));
    info!("before");
    assert!(thread::spawn(|| panic!("on purpose")).join().is_err());
    assert!(std::panic::catch_unwind(|| info!("never {}", Panics)).is_err());
    info!("after");
    let _ = std::panic::take_hook();
    assert_eq!(ringlog::shutdown().unwrap().total.written, 4);
}

/// A word whose encoding panics where it is odd. How many words it takes is known to the compiler, or not.
struct Even<const KNOWN: bool>(u64);

// SAFETY: one word either way.
unsafe impl<const KNOWN: bool> Encode for Even<KNOWN> {
    type View<'r> = u64;
    const FIXED: Option<usize> = if KNOWN { Some(1) } else { None };

    fn words(&self) -> usize {
        1
    }

    unsafe fn encode(&self, writer: &mut ringlog::__private::Writer) {
        assert!(self.0.is_multiple_of(2));
        // SAFETY: there is room for `words` words.
        unsafe { self.0.encode(writer) }
    }

    unsafe fn decode<'r>(reader: &mut ringlog::__private::Reader<'r>) -> u64 {
        // SAFETY: the word was written above.
        unsafe { u64::decode(reader) }
    }
}

impl<const KNOWN: bool> fmt::Display for Even<KNOWN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[test]
fn an_encode_that_panics_costs_no_record_but_its_own() {
    let text = child("encode-panics");
    let numbers: String = (0..6_000).step_by(2).map(|number| format!("{number}\n").repeat(2)).collect();
    assert_eq!(text.lines().count(), 6_002);
    assert!(text == format!("first\n{numbers}last\n"));
}

fn encode_panics() {
    // With a ring so small each way there is to panic in is come by: there is no ring yet, it is full, or has room.
    builder().ring_capacity(1 << 10).hold(std::time::Duration::from_secs(1)).init().unwrap();
    std::panic::set_hook(Box::new(|_| ()));
    let panics = || std::panic::catch_unwind(|| info!("{}", Even::<true>(1))).is_err();
    thread::spawn(move || {
        assert!(panics());
        // The thread is alive, and within no call: nobody waits for it.
        thread::spawn(|| info_async!("first").wait().unwrap()).join().unwrap();
        for number in 0..6_000 {
            let known = std::panic::catch_unwind(|| info!("{}", Even::<true>(number)));
            let unknown = std::panic::catch_unwind(|| info!("{}", Even::<false>(number)));
            assert!(known.is_ok() == (number % 2 == 0) && known.is_ok() == unknown.is_ok());
        }
        assert!(panics());
        thread::spawn(|| info_async!("last").wait().unwrap()).join().unwrap();
    })
    .join()
    .unwrap();
    let report = ringlog::shutdown().unwrap();
    assert_eq!((report.total.attempted, report.total.written), (6_002, 6_002));
    assert_eq!(report.stats.workers.iter().map(|worker| worker.holds_exceeded).sum::<u64>(), 0);
}

#[test]
fn destructors_of_thread_locals_log_whatever_their_order() {
    let text = child("destructor");
    for thread in 0..8 {
        assert!(text.contains(&format!("early {thread} 1\n")), "{text}");
        assert!(text.contains(&format!("late {thread} 1\n")), "{text}");
    }
    assert_eq!(text.lines().count(), 8 * 5);
}

fn destructor() {
    struct Logs(&'static str, usize);
    impl Drop for Logs {
        fn drop(&mut self) {
            let Self(name, thread) = self;
            info!("{name} {thread} {}", 0);
            // In a context, which a thread that ends can still be in.
            let _guard = ringlog::context!(thread = *thread);
            info!("{name} {thread} {}", 1);
        }
    }
    thread_local! {
        static LATE: RefCell<Option<Logs>> = const { RefCell::new(None) };
        static EARLY: RefCell<Option<Logs>> = const { RefCell::new(None) };
    }
    builder().ring_capacity(4 << 10).init().unwrap();
    for number in 0..8 {
        thread::spawn(move || {
            LATE.set(Some(Logs("late", number)));
            info!("thread {number}");
            EARLY.set(Some(Logs("early", number)));
        })
        .join()
        .unwrap();
    }
    let report = ringlog::shutdown().unwrap();
    assert_eq!((report.total.attempted, report.total.written), (40, 40));
    // Rings go from thread to thread, those of ending threads too.
    assert!(report.stats.producers.len() <= 3, "{:?}", report.stats.producers.len());
}

#[test]
fn threads_log_before_during_and_after_init_and_shutdown() {
    let text = child("around-init");
    assert!(text.lines().any(|line| line.starts_with("thread ")), "{text}");
}

fn around_init() {
    let (over, ready) = (Arc::new(AtomicBool::new(false)), Gate::new());
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let (over, ready) = (Arc::clone(&over), ready.clone());
            thread::spawn(move || {
                ready.pass();
                let mut calls = 0_u64;
                let mut last: Option<Completion> = None;
                // ORDERING: relaxed, a flag.
                while !over.load(Ordering::Relaxed) {
                    // At debug level there is nothing on standard error before `init`.
                    ringlog::debug!("thread {thread} {calls}");
                    last = Some(ringlog::debug_async!("thread {thread} waits"));
                    calls += 2;
                }
                // Whatever came, it resolves.
                let _ = last.unwrap().wait();
                calls
            })
        })
        .collect();
    ready.open();
    for round in 0..5 {
        builder().filter("debug").overflow(Overflow::Block).ring_capacity(2 << 10).init().unwrap();
        let second = Builder::new().sink(sink::Null::new()).init();
        assert!(matches!(second, Err(StartError::AlreadyInitialized)));
        info!("round {round}");
        info_async!("round {round} is written").wait().unwrap();
        let report = ringlog::shutdown().unwrap();
        let total = report.total;
        assert_eq!(total.attempted, total.written + total.dropped + total.failed, "{total:?}");
        assert_eq!(total.in_flight, 0);
        info!("lost");
    }
    // ORDERING: relaxed, a flag.
    over.store(true, Ordering::Relaxed);
    for thread in threads {
        assert!(thread.join().unwrap() > 0);
    }
}

#[test]
fn of_many_inits_at_once_one_wins() {
    assert_eq!(child("init-at-once").lines().count(), 8);
}

fn init_at_once() {
    let gate = Gate::new();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let gate = gate.clone();
            thread::spawn(move || {
                gate.pass();
                let outcome = builder().init();
                info!("thread {thread}");
                match outcome {
                    Ok(()) => 1,
                    Err(StartError::AlreadyInitialized) => 0,
                    Err(error) => panic!("{error}"),
                }
            })
        })
        .collect();
    gate.open();
    assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u32>(), 1);
    // What was logged before the winner was there went to standard error.
    for number in 0..8 {
        info!("after {number}");
    }
    ringlog::shutdown().unwrap();
    let path = env::var_os("RINGLOG_FILE").unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: String =
        text.lines().filter(|line| line.starts_with("after")).map(|l| format!("{l}\n")).collect();
    std::fs::write(&path, kept).unwrap();
}

#[test]
fn a_clock_that_logs_reads_the_time_all_the_same() {
    thread_local!(static DEPTH: Cell<u32> = const { Cell::new(0) });
    let logs_to: Arc<OnceLock<Runtime>> = Arc::default();
    let of_clock = Arc::clone(&logs_to);
    let clock = ringlog::Clock::custom(move || {
        if let Some(runtime) = of_clock.get() {
            DEPTH.set(DEPTH.get() + 1);
            assert_eq!(DEPTH.get(), 1, "the inner call does not read the clock");
            info!(logger: runtime, "from the clock");
            DEPTH.set(DEPTH.get() - 1);
        }
        1_000_000_000
    });
    let captured = Captured::new();
    let runtime = Builder::new().clock(clock).sink(captured.sink()).start().unwrap();
    let runtime = logs_to.get_or_init(|| runtime);
    info!(logger: runtime, "once");
    let report = close(runtime);
    assert_eq!(captured.lines(), ["once"]);
    assert!(report.stats.lost_after_shutdown >= 1);
}
