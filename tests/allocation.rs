//! A log call on a registered thread allocates nothing.

mod common;

use ringlog::{Builder, context, context_fields, debug, info, info_async, sink};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// `Display` alone: formatted on the spot.
struct OnTheSpot(u32);

impl fmt::Display for OnTheSpot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

fn allocations(mut work: impl FnMut()) -> usize {
    let before = COUNT.get();
    work();
    COUNT.get() - before
}

#[test]
fn a_log_call_of_a_registered_thread_allocates_nothing() {
    Builder::new().ring_capacity(16 << 10).filter("info").sink(sink::Null::new()).init().unwrap();
    let name = String::from("a name that lives on the heap");
    let (list, option) = (vec![name.clone(), name.clone()], Some([1.5, 2.5]));
    assert!(ringlog::register_thread());
    let count = allocations(|| {
        // Enough to go round the ring many times, and to wait for the worker.
        for number in 0..20_000_u64 {
            info!("order {} qty {} px {}", number, 7_u64, 1.25);
            info!("{name} {:>30} {list:?} {option:?} {:?}", &name[2..], (1, 'x', "y"));
            info!("{}", OnTheSpot(number as u32));
            info!("nothing");
            debug!("disabled {}", name.clone());
            drop(info_async!("never waited for {number}"));
        }
    });
    assert_eq!(count, 0);
    let (outer, inner) = (context!(request = 7, %name), context_fields!(step = 1));
    let count = allocations(|| {
        for number in 0..10_000_u64 {
            info!(number, "in a context");
        }
    });
    assert_eq!(count, 0);
    let inner = inner.enter();
    // The first record within is the one that tells of the context.
    assert_eq!(allocations(|| info!("in another")), 0);
    drop((outer, inner));
    assert_eq!(allocations(|| info!("in none")), 0);
    let count = allocations(|| info!("{}", name.repeat(10_000)));
    assert!(count > 0, "the counting allocator counts");
    let report = common::close_global();
    assert_eq!(report.total.written, 5 * 20_000 + 10_000 + 2 + 1);
}
