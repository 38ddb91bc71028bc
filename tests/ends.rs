//! The ways in which a process ends: each case is run in a process of its own, which is this test binary again.
//!
//! In most of them four threads log as fast as they can. When each has come far enough, one thread notes how far, in
//! a file, and then ends the process: up to there nothing may be missing, and nothing may be there twice.

use ringlog::layout::Text;
use ringlog::{Builder, FlushError, OnFork, ShutdownError, StartError, info, info_async, sink};
use std::env;
use std::ffi::c_int;
use std::fmt;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

const THREADS: usize = 4;
const FAR_ENOUGH: u64 = 3_000;

static LOGGED: [AtomicU64; THREADS] = [const { AtomicU64::new(0) }; THREADS];

fn file(name: &str) -> PathBuf {
    Path::new(&env::var_os("RINGLOG_FOLDER").unwrap()).join(name)
}

fn log_file(name: &str) -> sink::Configured<sink::File> {
    sink::File::create(file(name)).unwrap().layout(Text::pattern("{message}").unwrap())
}

/// A global runtime that writes to `log`, with small rings, so that threads wait for room now and then.
fn builder() -> Builder {
    Builder::new().filter("info").ring_capacity(1 << 14).sink(log_file("log"))
}

/// Has four threads log.
fn start_threads() {
    for (number, logged) in LOGGED.iter().enumerate() {
        thread::spawn(move || {
            for line in 0.. {
                info!("{number} {line}");
                logged.store(line + 1, SeqCst);
            }
        });
    }
}

/// Has four threads log, waits until each has come far enough, and notes how far.
fn log_in_threads() {
    start_threads();
    while LOGGED.iter().any(|logged| logged.load(SeqCst) < FAR_ENOUGH) {
        thread::sleep(Duration::from_millis(1));
    }
    note();
}

fn note() {
    let noted: String = LOGGED.iter().map(|logged| format!("{}\n", logged.load(SeqCst))).collect();
    fs::write(file("noted"), noted).unwrap();
}

fn raise(signal: c_int) {
    // SAFETY: the call takes a number alone.
    unsafe { libc::raise(signal) };
}

fn kill(signal: c_int) {
    // SAFETY: the calls take numbers alone.
    unsafe { libc::kill(libc::getpid(), signal) };
}

fn handle(signal: c_int, handler: extern "C" fn(c_int)) {
    // SAFETY: the handler is of the type that `signal` takes.
    unsafe { libc::signal(signal, handler as *const () as usize) };
}

/// Waits for the end that another thread or a signal brings.
fn wait_for_the_end() -> ! {
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

fn fault() {
    // SAFETY: none; this is the fault that is asked for.
    unsafe { std::ptr::dangling_mut::<u64>().write_volatile(1) };
}

#[expect(unconditional_recursion, reason = "the stack is to overflow")]
#[inline(never)]
fn overflow_the_stack(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    overflow_the_stack(depth + 1) + room[63]
}

extern "C" fn leave_with_42(_: c_int) {
    // SAFETY: async-signal-safe, and does not return.
    unsafe { libc::_exit(42) };
}

/// Holds up the worker that formats it.
#[derive(Clone, Copy, ringlog::Encode)]
struct Waits;

static IS_OPEN: AtomicBool = AtomicBool::new(false);

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        while !IS_OPEN.load(SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        f.write_str("open")
    }
}

/// Overflows the stack of the worker that formats it.
#[derive(Clone, Copy, ringlog::Encode)]
struct Overflows;

impl fmt::Display for Overflows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", overflow_the_stack(0))
    }
}

/// Ends the process when a worker formats it.
#[derive(Clone, Copy, ringlog::Encode)]
struct Exits;

impl fmt::Display for Exits {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        std::process::exit(11)
    }
}

/// Logs what ends the worker, between lines that are all in the ring when it does.
fn log_around(end: impl Fn()) -> ! {
    // As large as all of it, and with a second layout, which must not have the value formatted either.
    let other = sink::File::create(file("other")).unwrap().layout(Text::pattern("other {message}").unwrap());
    Builder::new().filter("info").sink(log_file("log")).sink(other).init().unwrap();
    info!("{}", Waits);
    for line in 0..1_000 {
        info!("{line}");
    }
    // More than once: the thread that takes over must not fall into the same trap.
    end();
    end();
    for line in 1_000..2_000 {
        info!("{line}");
    }
    end();
    IS_OPEN.store(true, SeqCst);
    wait_for_the_end();
}

/// Faults when a worker formats it.
#[derive(Clone, Copy, ringlog::Encode)]
struct Faults;

impl fmt::Display for Faults {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        fault();
        Ok(())
    }
}

/// The child's side; nothing where no case is asked for.
#[test]
fn cases() {
    let Ok(case) = env::var("RINGLOG_CASE") else { return };
    match case.as_str() {
        "return" => {
            builder().init().unwrap();
            log_in_threads();
        }
        "exit" => {
            builder().init().unwrap();
            log_in_threads();
            std::process::exit(7);
        }
        "exit-of-a-thread-whose-ring-is-full" => {
            let gate = sink::Callback::new(|_: &[u8]| {
                static IS_OPEN: AtomicBool = AtomicBool::new(false);
                if !IS_OPEN.swap(true, SeqCst) {
                    thread::sleep(Duration::from_millis(300));
                }
            });
            builder().sink(gate).init().unwrap();
            thread::spawn(|| {
                log_in_threads();
                std::process::exit(8);
            });
            wait_for_the_end();
        }
        "exit-with-a-runtime-of-ones-own" => {
            let runtime = builder().start().unwrap();
            for line in 0..1_000 {
                info!(logger: runtime, "{line}");
            }
            std::process::exit(10);
        }
        "exit-of-a-callback" => {
            let last = sink::Callback::new(|_: &[u8]| {
                if LOGGED.iter().all(|logged| logged.load(SeqCst) >= FAR_ENOUGH) {
                    note();
                    std::process::exit(9);
                }
            });
            builder().sink(last).init().unwrap();
            start_threads();
            wait_for_the_end();
        }
        "panic-hook" => {
            builder().init().unwrap();
            std::panic::set_hook(Box::new(|panic| info!("panic: {panic}")));
            thread::spawn(|| panic!("of a thread")).join().unwrap_err();
            thread::spawn(|| {
                info!("before the abort");
                struct Again;
                impl Drop for Again {
                    fn drop(&mut self) {
                        panic!("while it unwinds");
                    }
                }
                let _again = Again;
                panic!("first");
            })
            .join()
            .unwrap_err();
        }
        "abort" => fatal(|| std::process::abort()),
        "segv" => fatal(fault),
        "illegal" => fatal(|| raise(libc::SIGILL)),
        "division" => fatal(|| raise(libc::SIGFPE)),
        "bus" => fatal(bus),
        "sent-segv" => fatal(|| raise(libc::SIGSEGV)),
        "killed-by-segv" => fatal(|| {
            kill(libc::SIGSEGV);
            wait_for_the_end();
        }),
        "stack-overflow" => fatal(|| {
            overflow_the_stack(0);
        }),
        "all-crash" => {
            builder().init().unwrap();
            log_in_threads();
            for _ in 0..8 {
                thread::spawn(fault);
            }
            wait_for_the_end();
        }
        "without-handler" => {
            builder().crash_handler(false).init().unwrap();
            info_async!("alone").wait().unwrap();
            fault();
        }
        "handler-of-before" => {
            handle(libc::SIGSEGV, leave_with_42);
            fatal(fault);
        }
        "start-with-handler" => {
            let runtime = builder().crash_handler(true).start().unwrap();
            for line in 0..1_000 {
                info!(logger: runtime, "{line}");
            }
            fault();
        }
        "worker-crashes" => {
            builder().workers(2).init().unwrap();
            // Two rings, one for each worker: that of this thread ends up with the other one than that of the next.
            info_async!("begin").wait().unwrap();
            thread::spawn(|| {
                for line in 0..1_000 {
                    info!("other {line}");
                }
                info_async!("other").wait().unwrap();
                fs::write(file("noted"), "").unwrap();
            })
            .join()
            .unwrap();
            info!("{}", Faults);
            wait_for_the_end();
        }
        "only-worker-crashes" => log_around(|| info!("{}", Faults)),
        "only-worker-overflows" => log_around(|| info!("{}", Overflows)),
        "only-worker-exits" => log_around(|| info!("{}", Exits)),
        "sink-crashes" => {
            let last = sink::Callback::new(|_: &[u8]| {
                if LOGGED.iter().all(|logged| logged.load(SeqCst) >= FAR_ENOUGH) {
                    note();
                    fault();
                }
            });
            builder().sink(last).init().unwrap();
            start_threads();
            wait_for_the_end();
        }
        "term" => asked_for(libc::SIGTERM),
        "int" => asked_for(libc::SIGINT),
        "hup" => asked_for(libc::SIGHUP),
        "term-twice" => {
            builder().flush_on_signals([libc::SIGTERM]).init().unwrap();
            log_in_threads();
            kill(libc::SIGTERM);
            kill(libc::SIGTERM);
            wait_for_the_end();
        }
        "term-ignored" => {
            // SAFETY: to ignore a signal is a disposition.
            unsafe { libc::signal(libc::SIGTERM, libc::SIG_IGN) };
            builder().flush_on_signals([libc::SIGTERM]).init().unwrap();
            info!("before");
            kill(libc::SIGTERM);
            while fs::read(file("log")).unwrap().is_empty() {
                thread::sleep(Duration::from_millis(1));
            }
            std::process::exit(6);
        }
        "term-handled" => {
            extern "C" fn handler(_: c_int) {
                // SAFETY: async-signal-safe.
                unsafe { libc::_exit(42) };
            }
            handle(libc::SIGTERM, handler);
            builder().flush_on_signals([libc::SIGTERM]).init().unwrap();
            log_in_threads();
            kill(libc::SIGTERM);
            wait_for_the_end();
        }
        "term-handled-later" => {
            static BEFORE: AtomicU64 = AtomicU64::new(0);
            static CALLS: AtomicU64 = AtomicU64::new(0);
            extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
                CALLS.fetch_add(1, SeqCst);
                let before = BEFORE.load(SeqCst) as usize;
                // SAFETY: the handler of before is of this type, as it was installed with `SA_SIGINFO`.
                let before: extern "C" fn(c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                    unsafe { std::mem::transmute(before) };
                before(signal, info, context);
            }
            builder().flush_on_signals([libc::SIGTERM]).init().unwrap();
            // SAFETY: zeroes are an action; the handler is of the type that `SA_SIGINFO` asks for.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                libc::sigaction(libc::SIGTERM, std::ptr::null(), &raw mut action);
                BEFORE.store(action.sa_sigaction as u64, SeqCst);
                action.sa_sigaction = handler as *const () as usize;
                libc::sigaction(libc::SIGTERM, &raw const action, std::ptr::null_mut());
            }
            log_in_threads();
            kill(libc::SIGTERM);
            while CALLS.load(SeqCst) == 0 {
                thread::sleep(Duration::from_millis(1));
            }
            for calls in 2..20 {
                // Long enough for a process that is to be killed.
                info_async!("durable").durable().wait().unwrap();
                kill(libc::SIGTERM);
                while CALLS.load(SeqCst) < calls {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            std::process::exit(5);
        }
        "fork-silent" => fork_silent(),
        "fork-restart" => fork_restart(),
        "fork-of-many" => fork_of_many(),
        "exec" => {
            builder().init().unwrap();
            info_async!("before").wait().unwrap();
            let output = Command::new("ls").args(["-l", "/proc/self/fd"]).output().unwrap();
            let listed = String::from_utf8(output.stdout).unwrap();
            assert!(listed.contains("pipe:") && !listed.contains("/log"), "{listed}");
        }
        _ => panic!("no case {case}"),
    }
}

fn fatal(end: fn()) {
    builder().init().unwrap();
    log_in_threads();
    thread::Builder::new().name("doomed".to_owned()).spawn(end).unwrap().join().unwrap();
    panic!("it lives");
}

fn asked_for(signal: c_int) {
    // It is ignored where the tests run in the background.
    // SAFETY: the default is a disposition.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    builder().flush_on_signals([signal]).init().unwrap();
    log_in_threads();
    kill(signal);
    wait_for_the_end();
}

/// A page of a file that ends before it.
fn bus() {
    use std::os::fd::AsRawFd;
    let empty = fs::File::options().read(true).write(true).create_new(true).open(file("empty")).unwrap();
    let (read_write, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    // SAFETY: the mapping is new; the access to it is the fault that is asked for.
    unsafe {
        let page = libc::mmap(std::ptr::null_mut(), 4096, read_write, shared, empty.as_raw_fd(), 0);
        page.cast::<u8>().write_volatile(1);
    }
}

/// Forks; gives how the child ended. It ends with 1 where `child` panics, and by `exit`.
fn fork(child: impl FnOnce()) -> c_int {
    let end = |code| {
        // SAFETY: the child has one thread, and ends here.
        unsafe { libc::exit(code) }
    };
    // SAFETY: the child uses what the logger vouches for, and the allocator, which glibc makes fit for use.
    match unsafe { libc::fork() } {
        0 => end(i32::from(std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).is_err())),
        pid => {
            assert!(pid > 0);
            let mut status = 0;
            // SAFETY: the status is writable.
            assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
            status
        }
    }
}

fn fork_silent() {
    let gate = sink::Callback::new(|_: &[u8]| {
        while !file("go").exists() {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let of_its_own = Builder::new().filter("info").sink(log_file("own")).start().unwrap();
    builder().sink(gate).init().unwrap();
    let audit = ringlog::logger("audit").sink(log_file("audit")).build().unwrap();
    info!(logger: audit, "before");
    info!(logger: of_its_own, "before");
    let pending = info_async!("before");
    let status = fork(|| {
        for line in 0..1_000 {
            info!("child {line}");
            info!(logger: audit, "child {line}");
            info!(logger: of_its_own, "child {line}");
        }
        assert!(info_async!("child").wait().is_err());
        thread::spawn(|| info!("child's thread")).join().unwrap();
        assert_eq!(ringlog::stats().lost_after_shutdown, 2_002);
        assert_eq!(of_its_own.stats().lost_after_shutdown, 1_000);
        assert!(pending.is_done());
        assert_eq!(pending.clone().wait(), Err(FlushError::Forked));
        assert_eq!(pending.durable().wait(), Err(FlushError::Forked));
        assert!(ringlog::flush().is_err());
        assert!(!ringlog::register_thread());
        assert!(ringlog::logger("late").build().is_err());
        assert!(matches!(of_its_own.shutdown(), Err(ShutdownError::Forked)));
        drop(of_its_own);
    });
    assert_eq!(status, 0);
    fs::write(file("go"), "").unwrap();
    info!("after");
}

fn fork_restart() {
    fn of_the_child() -> Builder {
        info!("lost: the runtime is being started");
        Builder::new().filter("info").sink(log_file(&format!("child-{}", std::process::id())))
    }
    let on_fork = OnFork::Restart(of_the_child);
    builder().on_fork(on_fork).flush_on_signals([libc::SIGTERM]).init().unwrap();
    info!("before");
    let status = fork(|| {
        let others: Vec<_> = (0..4).map(|_| thread::spawn(|| info!("child"))).collect();
        info!("child");
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(ringlog::stats().total().attempted, 5);
    });
    assert_eq!(status, 0);
    let status = fork(|| {
        info!("child");
        fault();
    });
    assert_eq!(libc::WTERMSIG(status), libc::SIGSEGV);
    // A child that does not log has a signal do what it did, too.
    assert_eq!(libc::WTERMSIG(fork(|| kill(libc::SIGTERM))), libc::SIGTERM);
    assert_eq!(fork(|| ()), 0);
    info!("after");
}

fn fork_of_many() {
    builder().init().unwrap();
    log_in_threads();
    for _ in 0..50 {
        let status = fork(|| {
            for line in 0..100 {
                info!("child {line}");
            }
            assert_eq!(ringlog::stats().lost_after_shutdown, 100);
        });
        assert_eq!(status, 0);
    }
    note();
}

/// What a case came to.
struct Ended {
    output: Output,
    folder: tempfile::TempDir,
}

/// Runs a case in a child.
fn child(case: &str) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let output = command(case, folder.path()).output().unwrap();
    Ended { output, folder }
}

fn command(case: &str, folder: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "cases", "--nocapture"])
        .env("RINGLOG_CASE", case)
        .env("RINGLOG_FOLDER", folder)
        .env_remove("RINGLOG");
    command
}

impl Ended {
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    fn exits_with(&self, code: i32) -> &Self {
        assert_eq!(self.output.status.code(), Some(code), "{:?}: {}", self.output.status, self.stderr());
        self
    }

    #[track_caller]
    fn is_killed_by(&self, signal: c_int) -> &Self {
        assert_eq!(self.output.status.signal(), Some(signal), "{:?}: {}", self.output.status, self.stderr());
        self
    }

    /// Checks that each thread's lines are there up to what was noted, in order and once. What comes behind may have been
    /// dropped, where the process was ending: that is told.
    #[track_caller]
    fn has_what_was_noted(&self) {
        check_lines(&self.read("noted"), &self.read("log"));
    }
}

#[track_caller]
fn check_lines(noted: &str, log: &str) {
    let noted: Vec<u64> = noted.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(noted.len(), THREADS);
    assert!(noted.iter().all(|&noted| noted >= FAR_ENOUGH));
    let mut seen = [0; THREADS];
    let is_told =
        |line: &str| line == "durable" || (line.starts_with("dropped ") && line.ends_with(": ring full"));
    // What a thread has logged after the note is written while the process is killed: the kernel may cut that short.
    let whole = log.rfind('\n').map_or(0, |end| end + 1);
    for text in log[..whole].lines().filter(|line| !is_told(line)) {
        let words: Vec<u64> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [thread, line] = words[..] else { panic!("a line is torn: {text:?}") };
        let (seen, noted) = (&mut seen[thread as usize], noted[thread as usize]);
        assert!(line == *seen || (line > *seen && *seen >= noted), "{text:?} comes after {seen} lines");
        *seen = line + 1;
    }
    assert!(seen.iter().zip(&noted).all(|(seen, noted)| seen >= noted), "{seen:?} of {noted:?} are there");
}

#[test]
fn a_return_and_an_exit_of_any_thread_write_what_was_logged() {
    for (case, code) in
        [("return", 0), ("exit", 7), ("exit-of-a-thread-whose-ring-is-full", 8), ("exit-of-a-callback", 9)]
    {
        child(case).exits_with(code).has_what_was_noted();
    }
}

#[test]
fn an_exit_writes_what_was_logged_to_a_runtime_of_ones_own() {
    let lines: String = (0..1_000).map(|line| format!("{line}\n")).collect();
    assert_eq!(child("exit-with-a-runtime-of-ones-own").exits_with(10).read("log"), lines);
}

#[test]
fn what_a_panic_hook_logs_is_written_also_when_the_process_aborts() {
    let ended = child("panic-hook");
    let log = ended.is_killed_by(libc::SIGABRT).read("log");
    for part in ["of a thread", "before the abort", "first", "while it unwinds"] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

#[test]
fn fatal_signals_write_what_was_logged_and_kill_as_they_would() {
    for (case, signal) in [
        ("abort", libc::SIGABRT),
        ("segv", libc::SIGSEGV),
        ("bus", libc::SIGBUS),
        ("illegal", libc::SIGILL),
        ("division", libc::SIGFPE),
        ("sent-segv", libc::SIGSEGV),
        ("killed-by-segv", libc::SIGSEGV),
        ("all-crash", libc::SIGSEGV),
    ] {
        child(case).is_killed_by(signal).has_what_was_noted();
    }
}

#[test]
fn a_stack_overflow_is_told_by_rust_and_what_was_logged_is_written() {
    let ended = child("stack-overflow");
    ended.is_killed_by(libc::SIGABRT).has_what_was_noted();
    assert!(ended.stderr().contains("thread 'doomed'"), "{}", ended.stderr());
    assert!(ended.stderr().contains("has overflowed its stack"), "{}", ended.stderr());
}

#[test]
fn a_handler_that_was_there_before_is_called_after_the_flush() {
    child("handler-of-before").exits_with(42).has_what_was_noted();
    child("term-handled").exits_with(42).has_what_was_noted();
}

#[test]
fn without_the_crash_handler_a_fault_kills_as_it_would() {
    assert_eq!(child("without-handler").is_killed_by(libc::SIGSEGV).read("log"), "alone\n");
}

#[test]
fn a_runtime_of_ones_own_has_the_handler_where_it_asks_for_it() {
    let ended = child("start-with-handler");
    let lines: String = (0..1_000).map(|line| format!("{line}\n")).collect();
    assert_eq!(ended.is_killed_by(libc::SIGSEGV).read("log"), lines);
}

#[test]
fn a_worker_that_crashes_takes_nothing_with_it_that_others_have() {
    let ended = child("worker-crashes");
    let log = ended.is_killed_by(libc::SIGSEGV).read("log");
    assert_eq!(log.lines().filter(|line| line.starts_with("other")).count(), 1_001, "{log}");
}

#[track_caller]
fn check_notice(line: Option<&str>) {
    let line = line.unwrap_or_default();
    assert!(line.contains("tests/ends.rs:"), "{line}");
    assert!(line.ends_with("ended the process while it was formatted"), "{line}");
}

#[test]
fn what_the_rings_of_a_worker_hold_that_crashes_is_written() {
    let [crashed, overflown, exited] =
        ["only-worker-crashes", "only-worker-overflows", "only-worker-exits"].map(child);
    crashed.is_killed_by(libc::SIGSEGV);
    overflown.is_killed_by(libc::SIGABRT);
    exited.exits_with(11);
    assert!(overflown.stderr().contains("has overflowed its stack"), "{}", overflown.stderr());
    for ended in [crashed, overflown, exited] {
        let log = ended.read("log");
        let mut lines = log.lines();
        assert_eq!(lines.next(), Some("open"));
        for number in 0..2_000 {
            if number == 1_000 {
                check_notice(lines.next());
                check_notice(lines.next());
            }
            assert_eq!(lines.next(), Some(&*number.to_string()));
        }
        check_notice(lines.next());
        assert_eq!(lines.next(), None);
        let other: String = log.lines().map(|line| format!("other {line}\n")).collect();
        assert_eq!(ended.read("other"), other);
    }
}

#[test]
fn a_sink_that_crashes_takes_nothing_from_the_others() {
    child("sink-crashes").is_killed_by(libc::SIGSEGV).has_what_was_noted();
}

#[test]
fn signals_that_were_asked_for_write_what_was_logged_and_kill_as_they_would() {
    for (case, signal) in
        [("term", libc::SIGTERM), ("int", libc::SIGINT), ("hup", libc::SIGHUP), ("term-twice", libc::SIGTERM)]
    {
        child(case).is_killed_by(signal).has_what_was_noted();
    }
}

#[test]
fn a_signal_that_was_ignored_flushes_and_is_ignored() {
    assert_eq!(child("term-ignored").exits_with(6).read("log"), "before\n");
}

#[test]
fn a_handler_that_was_installed_later_decides_what_becomes_of_the_process() {
    child("term-handled-later").exits_with(5).has_what_was_noted();
}

#[test]
fn signals_that_cannot_be_asked_for_are_errors_that_say_why() {
    for (signal, part) in [
        (libc::SIGKILL, "no process can handle it"),
        (libc::SIGSTOP, "no process can handle it"),
        (libc::SIGSEGV, "crash_handler"),
        (0, "1 to 64"),
        (65, "1 to 64"),
        (-1, "1 to 64"),
        (33, "C library"),
    ] {
        let error = Builder::new().flush_on_signals([libc::SIGTERM, signal]).start().unwrap_err();
        assert!(matches!(error, StartError::Signal { signal: named, .. } if named == signal));
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_child_of_fork_is_silent_and_neither_hangs_nor_disturbs_its_parent() {
    let ended = child("fork-silent");
    assert_eq!(ended.exits_with(0).read("log"), "before\nafter\n");
    assert_eq!(ended.read("own") + &ended.read("audit"), "before\nbefore\n");
    child("fork-of-many").exits_with(0).has_what_was_noted();
}

#[test]
fn a_child_of_fork_starts_a_runtime_of_its_own_where_it_is_to() {
    let ended = child("fork-restart");
    assert_eq!(ended.exits_with(0).read("log"), "before\nafter\n");
    let mut children: Vec<_> = fs::read_dir(ended.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "log")
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    children.sort();
    assert_eq!(children, ["child\n".to_owned(), "child\n".repeat(5)]);
}

#[test]
fn a_program_that_is_executed_gets_no_descriptor_of_a_sink() {
    child("exec").exits_with(0);
}
