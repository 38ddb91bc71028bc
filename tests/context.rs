//! Contexts: fields that all records of a thread, or of a future, carry.

mod common;

use common::{Captured, close, lines_with_fields, with_fields};
use ringlog::layout::{Json, Text};
use ringlog::{Builder, Context, Runtime, context, context_fields, info, sink};
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

#[test]
fn records_carry_the_fields_while_the_guard_lives() {
    let printed = lines_with_fields(|log| {
        info!(logger: log, "before");
        {
            let (id, tenant) = (7, "acme");
            let _request = context!(request_id = id, tenant = %tenant, name = tenant);
            info!(logger: log, "one");
            {
                let _step = context!(step = 1);
                info!(logger: log, qty = 3, "two");
                info!(logger: log, "three");
            }
            info!(logger: log, "four");
        }
        info!(logger: log, "after");
    });
    assert_eq!(
        printed,
        [
            "before",
            "one request_id=7 tenant=acme name=\"acme\"",
            "two qty=3 request_id=7 tenant=acme name=\"acme\" step=1",
            "three request_id=7 tenant=acme name=\"acme\" step=1",
            "four request_id=7 tenant=acme name=\"acme\"",
            "after",
        ]
    );
}

#[test]
fn the_innermost_of_a_name_is_printed_and_a_records_own_before_any() {
    let printed = lines_with_fields(|log| {
        let _outer = context!(a = 1, b = 1);
        let _inner = context!(b = 2, c = 2);
        info!(logger: log, "x");
        info!(logger: log, a = 3, "y");
        info!(logger: log, a = 3, b = 3, c = 3, "z");
    });
    assert_eq!(printed, ["x a=1 b=2 c=2", "y a=3 b=2 c=2", "z a=3 b=3 c=3"]);
}

#[test]
fn values_are_those_of_the_time_of_entering() {
    #[derive(Debug)]
    struct NotEncode(#[allow(dead_code, reason = "printed")] u8);
    let mut text = String::from("first");
    let shown = Cell::new(1);
    let printed = lines_with_fields(|log| {
        let _guard = context!(text, shown = shown.get(), spot = ?NotEncode(3));
        text = String::from("second");
        shown.set(2);
        info!(logger: log, "x");
    });
    assert_eq!(printed, ["x text=\"first\" shown=1 spot=NotEncode(3)"]);
}

#[test]
fn a_pattern_may_give_the_context_a_place_of_its_own() {
    let captured = Captured::new();
    let sink = captured.sink_with("{context:>8} | {message}{fields}");
    let runtime = Builder::new().filter("trace").sink(sink).start().unwrap();
    info!(logger: runtime, own = 1, "a");
    {
        let _guard = context!(id = "x");
        info!(logger: runtime, own = 1, id = 2, "b");
    }
    close(&runtime);
    assert_eq!(captured.lines(), ["         | a own=1", "  id=\"x\" | b own=1 id=2"]);
    assert!(Text::pattern("{contxt}").unwrap_err().to_string().contains("context"));
}

#[test]
fn json_has_no_key_twice_and_may_have_the_context_apart() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let sink = |layout: Json| {
        let bytes = Arc::clone(&kept);
        sink::Callback::new(move |new| bytes.lock().unwrap().extend_from_slice(new)).layout(layout)
    };
    let flat = Builder::new().filter("trace").sink(sink(Json::empty())).start().unwrap();
    let apart = Json::empty().context_under("ctx").unwrap();
    let apart = Builder::new().filter("trace").sink(sink(apart)).start().unwrap();
    let under = Json::empty().fields_under("f").unwrap();
    let under = Builder::new().filter("trace").sink(sink(under)).start().unwrap();
    for log in [&flat, &apart, &under] {
        let _outer = context!(a = 1, b = [1, 2]);
        let _inner = context!(a = 2, ctx = "\"");
        for _ in 0..2 {
            info!(logger: log, own = 1, b = 3);
        }
        info!(logger: log, "none of its own");
        drop((_inner, _outer));
        info!(logger: log, own = 1);
        log.flush().unwrap();
    }
    [flat, apart, under].iter().for_each(|runtime| drop(close(runtime)));
    assert_eq!(
        String::from_utf8(kept.lock().unwrap().clone()).unwrap().lines().collect::<Vec<_>>(),
        [
            "{\"own\":1,\"b\":3,\"a\":2,\"ctx\":\"\\\"\"}",
            "{\"own\":1,\"b\":3,\"a\":2,\"ctx\":\"\\\"\"}",
            "{\"b\":[1,2],\"a\":2,\"ctx\":\"\\\"\"}",
            "{\"own\":1}",
            "{\"own\":1,\"b\":3,\"ctx\":{\"b\":[1,2],\"a\":2,\"ctx\":\"\\\"\"}}",
            "{\"own\":1,\"b\":3,\"ctx\":{\"b\":[1,2],\"a\":2,\"ctx\":\"\\\"\"}}",
            "{\"ctx\":{\"b\":[1,2],\"a\":2,\"ctx\":\"\\\"\"}}",
            "{\"own\":1}",
            "{\"f\":{\"own\":1,\"b\":3,\"a\":2,\"ctx\":\"\\\"\"}}",
            "{\"f\":{\"own\":1,\"b\":3,\"a\":2,\"ctx\":\"\\\"\"}}",
            "{\"f\":{\"b\":[1,2],\"a\":2,\"ctx\":\"\\\"\"}}",
            "{\"f\":{\"own\":1}}",
        ]
    );
}

#[test]
fn other_threads_have_contexts_of_their_own_and_can_be_given_this_ones() {
    let printed = lines_with_fields(|log| {
        let _outer = context!(a = 1);
        let _inner = context!(a = 2, b = 2);
        let here = Context::current();
        thread::scope(|scope| {
            let other = scope.spawn(|| info!(logger: log, "none"));
            other.join().unwrap();
            let other = scope.spawn(|| {
                let _own = context!(c = 3);
                let _given = here.enter();
                info!(logger: log, "given");
            });
            other.join().unwrap();
        });
        info!(logger: log, "here");
    });
    assert_eq!(printed, ["none", "given c=3 a=2 b=2", "here a=2 b=2"]);
    assert!(Context::current().is_empty());
    let _nothing = Context::current().enter();
    assert_eq!(format!("{:?}", context_fields!(a = 1, b = "x")), "{\"a\": I64(1), \"b\": Str(\"x\")}");
}

#[test]
fn a_guard_dropped_out_of_order_takes_its_own_fields_alone() {
    let printed = lines_with_fields(|log| {
        let first = context!(first = 1);
        let second = context!(second = 2);
        let third = context!(third = 3);
        info!(logger: log, "all");
        drop(second);
        info!(logger: log, "two");
        let fourth = context!(fourth = 4);
        drop(first);
        info!(logger: log, "two again");
        drop(third);
        info!(logger: log, "one");
        drop(fourth);
        info!(logger: log, "none");
    });
    assert_eq!(
        printed,
        [
            "all first=1 second=2 third=3",
            "two first=1 third=3",
            "two again third=3 fourth=4",
            "one fourth=4",
            "none",
        ]
    );
}

#[test]
fn unwinding_leaves_what_it_unwinds() {
    let printed = lines_with_fields(|log| {
        let _outer = context!(outer = 1);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _inner = context!(inner = 2);
            info!(logger: log, "in");
            panic!("on purpose");
        }));
        assert!(unwound.is_err());
        info!(logger: log, "out");
    });
    assert_eq!(printed, ["in outer=1 inner=2", "out outer=1"]);
}

#[test]
fn a_context_may_be_entered_before_the_thread_has_a_ring_and_holds_for_every_runtime() {
    let _guard = context!(early = 1);
    let ((one, first), (two, second)) = (with_fields(), with_fields());
    assert!(one.register_thread());
    info!(logger: one, "one");
    info!(logger: two, "two");
    let _later = context!(later = 2);
    info!(logger: two, "three");
    info!(logger: one, "four");
    close(&one);
    close(&two);
    assert_eq!(first.lines(), ["one early=1", "four early=1 later=2"]);
    assert_eq!(second.lines(), ["two early=1", "three early=1 later=2"]);
}

#[test]
fn a_thread_that_takes_a_ring_over_is_in_no_context_of_its_former_owner() {
    let printed = lines_with_fields(|log| {
        for round in 0..3 {
            thread::scope(|scope| {
                let thread = scope.spawn(move || {
                    info!(logger: log, "{round} begins");
                    std::mem::forget(context!(round));
                    info!(logger: log, "{round} ends");
                });
                thread.join().unwrap();
            });
        }
    });
    let expected: Vec<_> =
        (0..3).flat_map(|round| [format!("{round} begins"), format!("{round} ends round={round}")]).collect();
    assert_eq!(printed, expected);
}

#[test]
fn a_display_may_enter_contexts_and_log() {
    struct Logs<'a>(&'a Runtime);
    impl fmt::Display for Logs<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let _within = context!(within = 1);
            info!(logger: self.0, "inner");
            f.write_str("outer")
        }
    }
    let printed = lines_with_fields(|log| {
        let _guard = context!(guard = 1);
        info!(logger: log, "{}", Logs(log));
        let _shown = context!(shown = %Logs(log));
        info!(logger: log, "last");
    });
    assert_eq!(
        printed,
        ["inner guard=1 within=1", "outer guard=1", "inner guard=1 within=1", "last guard=1 shown=outer"]
    );
}

#[test]
fn a_context_can_be_entered_and_sent_from_a_channel() {
    let (sender, receiver) = channel();
    let printed = lines_with_fields(|log| {
        sender.send(context_fields!(id = 1)).unwrap();
        let received = receiver.recv().unwrap();
        let (_once, _twice) = (received.enter(), received.enter());
        info!(logger: log, "x");
    });
    assert_eq!(printed, ["x id=1"]);
}

#[test]
fn a_thread_locals_destructor_may_enter_a_context() {
    struct Last(Arc<Runtime>);
    impl Drop for Last {
        fn drop(&mut self) {
            let _guard = context!(late = 1);
            info!(logger: self.0, "last");
        }
    }
    thread_local!(static LAST: Cell<Option<Last>> = const { Cell::new(None) });
    let (runtime, captured) = with_fields();
    let runtime = Arc::new(runtime);
    let log = Arc::clone(&runtime);
    thread::spawn(move || {
        LAST.set(Some(Last(Arc::clone(&log))));
        let _guard = context!(early = 1);
        info!(logger: log, "first");
    })
    .join()
    .unwrap();
    close(&runtime);
    let lines = captured.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "first early=1");
    // Whether the thread's contexts are still there then is up to the order of its destructors.
    assert!(lines[1].starts_with("last"), "{lines:?}");
}
