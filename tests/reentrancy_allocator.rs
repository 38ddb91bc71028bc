//! An allocator that logs, for the whole of this test binary: neither without end nor against a lock.

mod common;

use ringlog::{Builder, info, sink};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

struct Logging;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Whether the allocator logs now.
static LOGS: AtomicBool = AtomicBool::new(false);
/// How many records it has logged.
static LOGGED: AtomicU64 = AtomicU64::new(0);

fn log_every_third() {
    // ORDERING: relaxed, a flag.
    if !LOGS.load(Ordering::Relaxed) {
        return;
    }
    let _ = COUNT.try_with(|count| {
        count.set(count.get() + 1);
        if count.get().is_multiple_of(3) {
            // ORDERING: relaxed, a count.
            LOGGED.fetch_add(1, Ordering::Relaxed);
            info!("allocation {} of this thread", count.get());
        }
    });
}

// SAFETY: all is passed on to the system's allocator.
unsafe impl GlobalAlloc for Logging {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        log_every_third();
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Logging = Logging;

/// Logs in every way that allocates: long records, on the spot, as a new thread, in a context.
fn work(threads: u64) -> u64 {
    let threads: Vec<_> = (0..threads)
        .map(|thread| {
            thread::spawn(move || {
                for number in 0..50 {
                    let text = "x".repeat(number * 100);
                    info!("thread {thread} {number} {text}");
                    let _guard = ringlog::context!(number);
                    info!("on the spot {}", format_args!("{number:>5}"));
                }
                100
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).sum()
}

#[test]
fn an_allocator_that_logs_neither_recurses_nor_deadlocks() {
    // What is logged before `init` would go to standard error.
    Builder::new().filter("info").ring_capacity(4 << 10).sink(sink::Null::new()).init().unwrap();
    // ORDERING: relaxed, a flag.
    LOGS.store(true, Ordering::Relaxed);
    let mut calls = work(8);
    let _ = ringlog::stats();
    ringlog::flush().unwrap();
    ringlog::set_filter("info,nobody=debug").unwrap();
    let logger = ringlog::logger("audit").sink(sink::Null::new()).build().unwrap();
    info!(logger: logger, "to a logger");
    calls += work(4) + 1;
    let second = Builder::new().sink(sink::Null::new()).init();
    assert!(second.is_err());
    // ORDERING: relaxed, a flag.
    LOGS.store(false, Ordering::Relaxed);
    let report = ringlog::shutdown().unwrap();
    let total = &report.total;
    assert_eq!(total.attempted, total.written + total.dropped + total.failed);
    // ORDERING: relaxed, a count.
    let logged = LOGGED.load(Ordering::Relaxed);
    assert!(logged > 1_000, "{logged}");
    assert_eq!(total.attempted + ringlog::stats().lost_after_shutdown, calls + logged);
}
