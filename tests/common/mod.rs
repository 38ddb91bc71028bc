//! What the tests share: a sink that keeps what it gets, and gates to wait at instead of sleeping.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use ringlog::layout::Text;
use ringlog::{Builder, Runtime, sink};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// Keeps what a callback sink is given.
#[derive(Clone, Debug, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    pub fn new() -> Self {
        Self::default()
    }

    /// A sink that prints the message alone, as it is.
    pub fn sink(&self) -> sink::Configured<sink::Callback> {
        self.sink_with("{message}")
    }

    pub fn sink_with(&self, pattern: &str) -> sink::Configured<sink::Callback> {
        let kept = Arc::clone(&self.0);
        sink::Callback::new(move |bytes| kept.lock().unwrap().extend_from_slice(bytes))
            .layout(Text::pattern(pattern).unwrap().raw())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

/// A runtime with one capturing sink.
pub fn captured() -> (Runtime, Captured) {
    captured_by(Builder::new())
}

pub fn captured_by(builder: Builder) -> (Runtime, Captured) {
    let captured = Captured::new();
    (builder.filter("trace").sink(captured.sink()).start().unwrap(), captured)
}

/// A runtime that prints message and fields.
pub fn with_fields() -> (Runtime, Captured) {
    with_fields_by(Builder::new())
}

pub fn with_fields_by(builder: Builder) -> (Runtime, Captured) {
    let captured = Captured::new();
    let sink = captured.sink_with("{message}{fields}");
    (builder.filter("trace").sink(sink).start().unwrap(), captured)
}

/// The lines that are logged within `log`, fields and all.
pub fn lines_with_fields(log: impl FnOnce(&Runtime)) -> Vec<String> {
    let (runtime, captured) = with_fields();
    log(&runtime);
    close(&runtime);
    captured.lines()
}

/// A gate that is shut until someone opens it.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar, AtomicUsize)>);

impl Gate {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Whether anybody waits for it to open.
    pub fn is_waited_for(&self) -> bool {
        self.0.2.load(Ordering::SeqCst) > 0
    }

    pub fn pass(&self) {
        self.0.2.fetch_add(1, Ordering::SeqCst);
        let mut open = self.0.0.lock().unwrap();
        while !*open {
            open = self.0.1.wait(open).unwrap();
        }
        self.0.2.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Shuts a runtime down and checks that its accounts balance.
pub fn close(runtime: &Runtime) -> ringlog::Report {
    balanced(runtime.shutdown().unwrap())
}

/// Shuts the global runtime down and checks that its accounts balance.
pub fn close_global() -> ringlog::Report {
    balanced(ringlog::shutdown().unwrap())
}

fn balanced(report: ringlog::Report) -> ringlog::Report {
    for producer in &report.stats.producers {
        assert_eq!(
            producer.attempted,
            producer.written + producer.dropped + producer.failed,
            "the account of {producer:?} does not balance"
        );
        assert_eq!(producer.in_flight, 0);
    }
    report
}
