//! Sinks that log, by way of the bridges, while they write.

mod common;

use ringlog::layout::Text;
use ringlog::{Builder, sink};
use std::fmt::{self, Display};
use std::sync::{Arc, Mutex};

/// Logs when it is printed by the worker.
#[derive(ringlog::Encode)]
struct Chatty(u32);

impl Display for Chatty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        log::warn!("echo of the worker");
        write!(f, "{}", self.0)
    }
}

#[test]
fn what_a_sink_logs_while_it_writes_makes_no_echo_and_is_counted() {
    ringlog::bridge::tracing::init().unwrap();
    let written = Arc::new(Mutex::new((0, String::new())));
    let kept = Arc::clone(&written);
    let sink = sink::Callback::new(move |bytes| {
        log::warn!("echo by log");
        tracing::warn!("echo by tracing");
        log::logger().flush();
        let mut kept = kept.lock().unwrap();
        kept.0 += 1;
        kept.1.push_str(str::from_utf8(bytes).unwrap());
    });
    let sink = sink.layout(Text::pattern("{message}").unwrap());
    // A ring that the records fill more than once, to have the sink's thread meet a full one if it has any.
    Builder::new().filter("info").ring_capacity(4096).sink(sink).init().unwrap();
    let expected: Vec<_> = (0..1000).map(|number| format!("record {number}")).collect();
    for number in 0..1000 {
        tracing::info!("record {number}");
    }
    ringlog::info!("and {}", Chatty(1));
    ringlog::flush().unwrap();
    let lost = ringlog::stats().lost_after_shutdown;
    common::close_global();
    let (writes, text) = &*written.lock().unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[..1000], expected);
    assert_eq!(lines[1000..], ["and 1"]);
    assert_eq!(lost, 2 * writes + 1);
}
