//! ringlog as the global subscriber of `tracing` and the logger of `log`.

mod common;

use common::Captured;
use ringlog::bridge::tracing::{InitError, layer};
use ringlog::layout::{Json, Member};
use ringlog::{Builder, Switch, sink};
use serde_json::{Value, json};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::{Arc, Mutex};
use tracing::{info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

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

// One test: the subscriber, the logger and the filter are those of the process.
#[test]
fn ringlog_takes_what_tracing_and_log_have() {
    ringlog::bridge::tracing::init().unwrap();
    let again = ringlog::bridge::tracing::init().unwrap_err();
    assert!(matches!(again, InitError::Subscriber(_)), "{again}");
    assert!(ringlog::bridge::log::init().is_err(), "there is a logger already");

    let captured = Captured::new();
    let sink = captured.sink_with("{level} {target} {file}:{line} [{spans}] {message}{fields}");
    let json = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&json);
    let layout = Json::new().without(Member::Time).without(Member::Thread);
    let json_sink =
        sink::Callback::new(move |bytes| kept.lock().unwrap().extend_from_slice(bytes)).layout(layout);
    Builder::new()
        .ring_capacity(1 << 20)
        .filter("info,loud=debug,quiet=off")
        .sink(sink)
        .sink(json_sink)
        .init()
        .unwrap();
    let seen = &mut 0;
    let (file, module) = (file!(), module_path!());

    // Spans are an array in JSON, a key stands once, and what is outside of spans has none.
    {
        let _outer = info_span!("outer", a = 1, name = "n\"").entered();
        let _inner = info_span!("inner").entered();
        info!(target: "json", px = 12.5, big = u64::MAX, "filled");
    }
    info!(target: "json", nan = f64::NAN, "plain");
    lines(&captured, seen);
    let text = String::from_utf8(json.lock().unwrap().clone()).unwrap();
    let objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        objects,
        [
            json!({
                "level": "INFO", "target": "json", "message": "filled", "px": 12.5, "big": u64::MAX,
                "spans": [{ "name": "outer", "a": 1, "name_": "n\"" }, { "name": "inner" }],
            }),
            json!({ "level": "INFO", "target": "json", "message": "plain", "nan": "NaN" }),
        ]
    );

    // Records of `log` are in the spans around them, with their places and key-values.
    let line = line!() + 3;
    {
        let _span = info_span!("span", id = 7).entered();
        log::info!(target: "loud", order = 8, side:? = Some(1); "accepted {}", 1);
        log::debug!("below");
    }
    let expected = format!("INFO loud {file}:{line} [span{{id=7}}] accepted 1 order=8 side=Some(1)");
    assert_eq!(lines(&captured, seen), [expected]);
    let two = tracing_subscriber::registry().with(layer()).with(layer());
    tracing::subscriber::with_default(two, || log::info!(target: "loud", order = 9; "twice"));
    let written = lines(&captured, seen);
    assert!(written.len() == 2 && written.iter().all(|line| line.ends_with("twice order=9")), "{written:?}");
    let text = String::from("short-lived");
    let mut record = log::Record::builder();
    record.level(log::Level::Error).target(&text);
    log::logger().log(&record.args(format_args!("{text}")).build());
    assert_eq!(lines(&captured, seen), ["ERROR short-lived :0 [] short-lived"]);

    // The filter, for both, and whatever they remember of it.
    assert_eq!(log::max_level(), log::LevelFilter::Debug);
    assert!(log::log_enabled!(target: "loud", log::Level::Debug));
    assert!(!log::log_enabled!(target: "quiet", log::Level::Error));
    let speak = || {
        tracing::debug!(target: "speak", "event");
        log::debug!(target: "speak", "record");
        tracing::enabled!(target: "speak", tracing::Level::DEBUG)
    };
    assert!(!speak());
    assert_eq!(tracing::level_filters::LevelFilter::current(), tracing::Level::DEBUG);
    ringlog::set_filter("off").unwrap();
    assert_eq!(tracing::level_filters::LevelFilter::current(), tracing::level_filters::LevelFilter::OFF);
    assert!(!speak());
    assert_eq!(lines(&captured, seen).len(), 0);
    ringlog::set_filter("error,speak=debug").unwrap();
    assert!(speak());
    assert_eq!(lines(&captured, seen).len(), 2);
    ringlog::set_filter("info").unwrap();
    assert!(!speak());
    assert_eq!(lines(&captured, seen).len(), 0);

    // A statement and a span can be switched, whatever the filter says.
    let switched_line = line!() + 2;
    let switched = || {
        let _span = tracing::trace_span!(target: "switched", "span").entered();
        tracing::trace!(target: "switched", "on");
    };
    let place = |line: u32| format!("{file}:{line}");
    switched();
    ringlog::switch_callsite(&place(switched_line + 1), Switch::On).unwrap();
    switched();
    ringlog::switch_callsite(&place(switched_line), Switch::On).unwrap();
    switched();
    ringlog::switch_callsite(&place(switched_line + 1), Switch::Filter).unwrap();
    switched();
    ringlog::switch_callsite(&place(switched_line), Switch::Filter).unwrap();
    let written = lines(&captured, seen);
    let at = place(switched_line + 1);
    let expected = [format!("TRACE switched {at} [] on"), format!("TRACE switched {at} [span] on")];
    assert_eq!(written, expected);

    // A value that logs while it is formatted.
    struct Nested;
    impl std::fmt::Display for Nested {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            info!(inner = 1, "event");
            log::info!(inner = 2; "record");
            f.write_str("nested")
        }
    }
    {
        let _span = info_span!("span", value = %Nested).entered();
        log::info!(outer:% = Nested; "by log {Nested}");
        info!(outer = %Nested, "by tracing");
    }
    let written = lines(&captured, seen);
    let ends: Vec<_> = written.iter().map(|line| line.split_once(" [").unwrap().1).collect();
    let within = ["span{value=nested}] event inner=1", "span{value=nested}] record inner=2"];
    assert_eq!(ends[..2], ["] event inner=1", "] record inner=2"]);
    assert_eq!(ends[2..6], [within, within].concat());
    assert_eq!(ends[6], "span{value=nested}] by log nested outer=nested");
    assert_eq!(ends[7..], [&within[..], &["span{value=nested}] by tracing outer=nested"]].concat());

    // Once a callsite is known nothing is allocated.
    let error = std::io::Error::other("broken");
    let call = |number: u64| {
        info!("static");
        info!(number, name = "text", px = 1.5, side = ?Some("buy"), addr = %number, "formatted {number}");
        info!(err = &error as &(dyn std::error::Error + 'static), "failed");
        tracing::debug!(number, "disabled");
        log::info!("static");
        log::info!(number, name = "text"; "formatted {number}");
    };
    call(0);
    assert_eq!(allocations(|| (1..2_000).for_each(call)), 0);
    let span = info_span!("span", id = 7);
    let entered = span.enter();
    call(0);
    assert_eq!(allocations(|| (1..100).for_each(call)), 0);
    drop(entered);
    assert!(allocations(|| drop(Box::new(1))) > 0, "the counting allocator counts");
    let written = lines(&captured, seen);
    assert_eq!(written.len(), 5 * 2_100);
    let last = &written[written.len() - 1];
    assert!(last.ends_with("[span{id=7}] formatted 99 number=99 name=\"text\""), "{last}");
    assert!(last.contains(&format!(" {module} ")), "{last}");
    common::close_global();
    info!("after shutdown");
}
