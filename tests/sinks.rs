//! Sinks: levels, layouts, loggers; slow, failing and panicking ones.

mod common;

use common::{Captured, Gate, close};
use ringlog::sink::{Callback, OnFull};
use ringlog::{Builder, Event, Level, error, info, info_async, warn};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn a_sink_that_stalls_and_sheds_holds_up_no_other() {
    let (gate, quick) = (Gate::new(), Captured::new());
    let shut = gate.clone();
    let runtime = Builder::new()
        .sink(Callback::new(move |_: &[u8]| shut.pass()).on_full(OnFull::Shed))
        .sink(quick.sink())
        .on_error(|_| {})
        .start()
        .unwrap();
    let audit = Captured::new();
    let logger = runtime.logger("audit").sink(audit.sink()).build().unwrap();
    let payload = "x".repeat(500);
    for number in 0..10_000 {
        info!(logger: runtime, "{number} {payload}");
    }
    // The audit's own sink does not wait for the one that stalls.
    let done = info_async!(logger: logger, "audited");
    done.wait_timeout(Duration::from_secs(20)).expect("not held up").unwrap();
    assert_eq!(audit.lines(), ["audited"]);
    while quick.lines().len() < 10_000 {
        std::thread::yield_now();
    }
    gate.open();
    let report = close(&runtime);
    assert_eq!(report.stats.sinks[1].records, 10_000);
    let stalled = &report.stats.sinks[0];
    assert!(stalled.shed > 0, "its queue was full");
    assert_eq!(stalled.records + stalled.shed, 10_000);
    assert_eq!(report.total.failed, stalled.shed, "shed records count as failed");
}

#[test]
fn a_slow_sink_with_backpressure_gets_everything() {
    let slow = Captured::new();
    let kept = slow.clone();
    let inner = Arc::new(Mutex::new(Vec::<u8>::new()));
    let written = Arc::clone(&inner);
    let runtime = Builder::new()
        .ring_capacity(4 << 10)
        .sink(Callback::new(move |bytes: &[u8]| {
            std::thread::yield_now();
            written.lock().unwrap().extend_from_slice(bytes);
        }))
        .sink(kept.sink())
        .start()
        .unwrap();
    for number in 0..50_000 {
        info!(logger: runtime, "{number}");
    }
    let report = close(&runtime);
    assert_eq!(report.total.written, 50_000);
    let lines = inner.lock().unwrap().split(|&byte| byte == b'\n').count() - 1;
    assert_eq!((lines, slow.lines().len()), (50_000, 50_000));
}

#[test]
fn a_sink_gets_the_levels_that_it_asks_for() {
    let (all, warnings) = (Captured::new(), Captured::new());
    let runtime = Builder::new().sink(all.sink()).sink(warnings.sink().level(Level::Warn)).start().unwrap();
    info!(logger: runtime, "one");
    warn!(logger: runtime, "two");
    info!(logger: runtime, "three");
    error!(logger: runtime, "four");
    close(&runtime);
    assert_eq!(all.lines(), ["one", "two", "three", "four"]);
    assert_eq!(warnings.lines(), ["two", "four"]);
}

#[test]
fn loggers_have_sinks_of_their_own() {
    let (common, fills, orders) = (Captured::new(), Captured::new(), Captured::new());
    let runtime = Builder::new().sink(common.sink()).start().unwrap();
    let fill = runtime.logger("fills").sink(fills.sink()).build().unwrap();
    let order = runtime.logger("orders").sink(orders.sink_with("{logger}: {message}")).build().unwrap();
    let shared = runtime.logger("shared").build().unwrap();
    for number in 0..100 {
        info!(logger: fill, "fill {number}");
        info!(logger: &order, "order {number}");
        info!(logger: runtime, "other {number}");
        info!(logger: shared, "shared {number}");
    }
    close(&runtime);
    let numbered = |what: &str| (0..100).map(|number| format!("{what} {number}")).collect::<Vec<_>>();
    assert_eq!(fills.lines(), numbered("fill"));
    assert_eq!(orders.lines(), numbered("orders: order"));
    assert_eq!(common.lines().len(), 200);
}

#[test]
fn a_failed_write_is_counted_told_and_fails_its_completions_alone() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let good = Captured::new();
    let runtime = Builder::new()
        .sink(
            Callback::try_new(|bytes| {
                if bytes.starts_with(b"bad") { Err(io::Error::other("out of paper")) } else { Ok(()) }
            })
            .layout(ringlog::layout::Text::pattern("{message}").unwrap()),
        )
        .sink(good.sink())
        .on_error(move |event| told.lock().unwrap().push(event.to_string()))
        .start()
        .unwrap();
    info_async!(logger: runtime, "good").wait().unwrap();
    let error = info_async!(logger: runtime, "bad").wait().unwrap_err();
    assert!(error.to_string().contains("out of paper"), "{error}");
    assert!(error.to_string().contains("callback"), "{error}");
    info_async!(logger: runtime, "good again").wait().unwrap();
    let report = close(&runtime);
    assert_eq!((report.total.written, report.total.failed), (2, 1));
    assert_eq!(good.lines(), ["good", "bad", "good again"]);
    let events = events.lock().unwrap();
    assert_eq!(events.len(), 2);
    assert!(events[0].contains("out of paper"), "{events:?}");
    assert!(events[1].contains("writes again"), "{events:?}");
}

#[test]
fn a_sink_that_panics_fails_that_batch_and_gets_the_next() {
    let kept = Captured::new();
    let mut inner = kept.sink();
    let mut first = true;
    let runtime = Builder::new()
        .sink(
            Callback::try_new(move |bytes| {
                assert!(!std::mem::take(&mut first), "on purpose");
                ringlog::sink::Sink::write(&mut inner, bytes)
            })
            .layout(ringlog::layout::Text::pattern("{message}").unwrap()),
        )
        .on_error(|event| assert!(matches!(event, Event::Write { .. })))
        .start()
        .unwrap();
    assert!(info_async!(logger: runtime, "one").wait().is_err());
    assert!(info_async!(logger: runtime, "two").wait().is_ok());
    close(&runtime);
    assert_eq!(kept.lines(), ["two"]);
}

#[test]
fn files_are_created_and_appended_to() {
    let path = std::env::temp_dir().join(format!("ringlog-files-{}.log", std::process::id()));
    for (round, append) in [(1, false), (2, true), (3, true)] {
        let file = if append {
            ringlog::sink::File::append(&path).unwrap()
        } else {
            ringlog::sink::File::create(&path).unwrap()
        };
        let layout = ringlog::layout::Text::pattern("{level} {message}").unwrap();
        let runtime = Builder::new().sink(file.layout(layout)).start().unwrap();
        info!(logger: runtime, "round {round}");
        close(&runtime);
    }
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(text, "INFO round 1\nINFO round 2\nINFO round 3\n");
    let error = ringlog::sink::File::create("/no/such/folder/x.log").unwrap_err();
    assert!(error.to_string().contains("/no/such/folder/x.log"), "{error}");
}

#[test]
fn a_layout_that_panics_costs_its_own_sink_alone() {
    #[derive(Debug)]
    struct Panics;
    impl ringlog::layout::Layout for Panics {
        fn writer(&self) -> Box<dyn ringlog::layout::Writer> {
            Box::new(|_: &ringlog::Record<'_>, _: &mut Vec<u8>| -> std::fmt::Result { panic!("on purpose") })
        }
    }
    let kept = Captured::new();
    let runtime = Builder::new()
        .sink(ringlog::sink::Null::new().layout(Panics))
        .sink(kept.sink())
        .on_error(|_| panic!("so does the handler"))
        .start()
        .unwrap();
    for number in 0..100 {
        info!(logger: runtime, "{number}");
    }
    let report = close(&runtime);
    assert_eq!(report.total.written, 100);
    assert_eq!(kept.lines(), (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
}
