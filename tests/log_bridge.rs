//! The `log` crate's records, by way of the bridge, to the global runtime.

mod common;

use common::Captured;
use ringlog::{Builder, Switch};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

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

fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.get();
    work();
    COUNT.get() - before
}

/// The lines since the last call.
fn lines(captured: &Captured, seen: &mut usize) -> Vec<String> {
    log::logger().flush();
    let all = captured.lines();
    let new = all[*seen..].to_vec();
    *seen = all.len();
    new
}

// One test: the logger of the `log` crate and the filter are those of the process.
#[test]
fn log_records_become_records_of_the_global_runtime() {
    ringlog::bridge::log::init().unwrap();
    assert!(ringlog::bridge::log::init().is_err(), "there is a logger already");
    let captured = Captured::new();
    let sink = captured.sink_with("{level} {target} {module} {file}:{line} {message}{fields}");
    Builder::new().ring_capacity(1 << 20).filter("info,quiet=off,loud=debug").sink(sink).init().unwrap();
    let seen = &mut 0;
    let (file, module) = (file!(), module_path!());

    // Places, targets, static and formatted messages. `flush` has written them all.
    let line = line!() + 1;
    log::info!("static");
    log::warn!(target: "loud::speaker", "formatted {} {:>4}", 1, "x");
    assert_eq!(
        lines(&captured, seen),
        [
            format!("INFO {module} {module} {file}:{line} static"),
            format!("WARN loud::speaker {module} {file}:{} formatted 1    x", line + 1),
        ]
    );

    // Key-values keep their types.
    log::info!(target: "k", id = 7, neg = -3, px = 1.5, ok = true, c = 'c', s = "text", d:? = Some(1), n = u128::MAX; "m");
    let line = lines(&captured, seen).remove(0);
    let fields = line.split_once(" m ").unwrap().1;
    assert_eq!(fields, format!("id=7 neg=-3 px=1.5 ok=true c=c s=\"text\" d=Some(1) n={}", u128::MAX));

    // The filter, and `log::max_level` with it.
    assert_eq!(log::max_level(), log::LevelFilter::Debug);
    log::error!(target: "quiet", "off");
    log::debug!("below");
    log::debug!(target: "loud", "let through");
    log::trace!(target: "loud", "below");
    assert_eq!(lines(&captured, seen).len(), 1);
    assert!(log::log_enabled!(target: "loud", log::Level::Debug));
    assert!(!log::log_enabled!(target: "quiet", log::Level::Error));
    let speak = || log::info!(target: "speak", "here");
    speak();
    ringlog::set_filter("off").unwrap();
    assert_eq!(log::max_level(), log::LevelFilter::Off);
    speak();
    ringlog::set_filter("error,speak=info").unwrap();
    speak();
    assert_eq!(lines(&captured, seen).len(), 2);

    // A statement can be switched, whatever the filter says; it is listed.
    let switched_line = line!() + 1;
    let switched = || log::trace!(target: "switched", "on");
    switched();
    let place = format!("{file}:{switched_line}");
    ringlog::switch_callsite(&place, Switch::On).unwrap();
    assert_eq!(log::max_level(), log::LevelFilter::Trace);
    switched();
    ringlog::switch_callsite(&place, Switch::Filter).unwrap();
    assert_eq!(log::max_level(), log::LevelFilter::Info);
    switched();
    assert_eq!(lines(&captured, seen).len(), 1);
    let listed = ringlog::callsites();
    assert_eq!(listed.iter().filter(|callsite| callsite.place.target == "switched").count(), 1);

    // A record made by hand, without a place, whose text does not outlive the call.
    let text = String::from("short-lived");
    let mut record = log::Record::builder();
    record.level(log::Level::Error).target(&text);
    log::logger().log(&record.args(format_args!("{text}")).build());
    assert_eq!(lines(&captured, seen), [format!("ERROR {text}  :0 {text}")]);

    // A value that logs while it is formatted.
    struct Nested;
    impl std::fmt::Display for Nested {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            log::error!(inner = 1; "inner");
            f.write_str("outer")
        }
    }
    log::error!(outer:% = Nested; "{Nested}");
    let nested = lines(&captured, seen);
    assert_eq!(nested.len(), 3);
    assert!(nested[2].ends_with("outer outer=outer"), "{nested:?}");

    // Once a place is known nothing is allocated.
    ringlog::set_filter("info").unwrap();
    let call = |number: u64| {
        log::info!("static");
        log::info!("formatted {number} {:?}", Some("text"));
        log::info!(number, name = "text", px = 1.5; "with fields {number}");
        log::debug!("disabled {number}");
    };
    call(0);
    assert_eq!(allocations(|| (1..2_000).for_each(call)), 0);
    assert!(allocations(|| drop(Box::new(1))) > 0, "the counting allocator counts");
    let written = lines(&captured, seen);
    assert_eq!(written.len(), 3 * 2_000);
    assert!(written[5_999].ends_with("with fields 1999 number=1999 name=\"text\" px=1.5"));

    // Places and keys without end: what is too many is told by the record.
    let made_up = |number: u32, key: &str| {
        let (target, fields) = (format!("target-{number}"), [(key, number)]);
        let mut record = log::Record::builder();
        record.level(log::Level::Info).target(&target).key_values(&fields);
        log::logger().log(&record.args(format_args!("made up")).build());
    };
    ringlog::set_filter("off").unwrap();
    (0..70_000).for_each(|number| made_up(number, "number"));
    ringlog::set_filter("info").unwrap();
    made_up(69_999, "number");
    made_up(0, "number");
    let expected = [
        "INFO log  :0 made up log.target=\"target-69999\" number=69999",
        "INFO target-0  :0 made up number=0",
    ];
    assert_eq!(lines(&captured, seen), expected);
    (0..5_000).for_each(|number| made_up(0, &format!("key-{number}")));
    let written = lines(&captured, seen);
    assert!(written[0].ends_with(" key-0=0"), "{}", written[0]);
    assert!(written[4_999].ends_with(" other=\"key-4999=0\""), "{}", written[4_999]);
    common::close_global();
}
