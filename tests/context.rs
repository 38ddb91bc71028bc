//! Contexts: fields that all records of a thread, or of a future, carry.

mod common;

use common::{Captured, Gate, close};
use futures::executor::{LocalPool, block_on};
use futures::task::LocalSpawnExt as _;
use ringlog::layout::{Json, Text};
use ringlog::{
    Builder, Context, Encode, Overflow, Runtime, WithContext as _, context, context_fields, info, info_async,
    sink,
};
use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Waker};
use std::thread;

/// A runtime that prints message and fields.
fn started_by(builder: Builder) -> (Runtime, Captured) {
    let captured = Captured::new();
    let sink = captured.sink_with("{message}{fields}");
    (builder.filter("trace").sink(sink).start().unwrap(), captured)
}

fn started() -> (Runtime, Captured) {
    started_by(Builder::new())
}

/// The lines that are logged within `log`.
fn lines(log: impl FnOnce(&Runtime)) -> Vec<String> {
    let (runtime, captured) = started();
    log(&runtime);
    close(&runtime);
    captured.lines()
}

#[test]
fn records_carry_the_fields_while_the_guard_lives() {
    let printed = lines(|log| {
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
    let printed = lines(|log| {
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
    let printed = lines(|log| {
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
    let printed = lines(|log| {
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
    let printed = lines(|log| {
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
    let printed = lines(|log| {
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
    let ((one, first), (two, second)) = (started(), started());
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
    let printed = lines(|log| {
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

/// Prints when the gate is open: until then the worker stands still.
#[derive(Encode)]
struct Waits(&'static Gate);

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.pass();
        f.write_str("passed")
    }
}

fn gate() -> &'static Gate {
    Box::leak(Box::default())
}

#[test]
fn contexts_within_which_nothing_is_logged_take_no_room() {
    let gate = gate();
    let (runtime, captured) = started_by(Builder::new().overflow(Overflow::DropNewest).ring_capacity(512));
    info!(logger: runtime, "{}", Waits(gate));
    for number in 0..1_000 {
        let _outer = context!(number);
        let _inner = context!(other = number);
    }
    info!(logger: runtime, "last");
    assert_eq!(runtime.stats().total().dropped, 0);
    gate.open();
    close(&runtime);
    assert_eq!(captured.lines(), ["passed", "last"]);
}

#[test]
fn a_full_ring_does_not_lose_a_change_of_context() {
    let gate = gate();
    let (runtime, captured) = started_by(Builder::new().overflow(Overflow::DropNewest).ring_capacity(512));
    info!(logger: runtime, "{}", Waits(gate));
    while runtime.stats().total().dropped == 0 {
        info!(logger: runtime, "filling");
    }
    let old = context!(old = 1);
    info!(logger: runtime, "dropped");
    drop(old);
    let _new = context!(new = 2);
    info!(logger: runtime, "dropped");
    gate.open();
    // The ring is empty, and no record has told of the new context.
    runtime.flush().unwrap();
    info!(logger: runtime, "kept");
    info!(logger: runtime, "kept too");
    let dropped = close(&runtime).total.dropped;
    let lines = captured.lines();
    assert_eq!(dropped, 3, "{lines:?}");
    let [.., gap, kept, too] = &*lines else { panic!("{lines:?}") };
    assert!(gap.starts_with("dropped 3 records") && gap.ends_with("ring full"), "{gap}");
    assert_eq!((&**kept, &**too), ("kept new=2", "kept too new=2"));
}

#[test]
fn every_record_is_in_its_context_however_often_that_changes() {
    for overflow in [Overflow::Block, Overflow::DropNewest] {
        let (runtime, captured) = started_by(Builder::new().overflow(overflow).ring_capacity(1 << 10));
        thread::scope(|scope| {
            for thread in 0..3 {
                let runtime = &runtime;
                scope.spawn(move || {
                    for number in 0..3_000 {
                        let _outer = (number % 3 > 0).then(|| context!(thread, number));
                        let _inner = (number % 5 > 2).then(|| context!(inner = number));
                        let text = "x".repeat(if number % 100 == 7 { 1_000 } else { number % 7 });
                        info!(logger: runtime, text, "{thread} {number}");
                        info!(logger: runtime, text, "{thread} {number}");
                    }
                });
            }
        });
        let report = close(&runtime);
        let lines = captured.lines();
        let lines = lines.iter().filter(|line| !line.ends_with("ring full"));
        let mut records = 0;
        for line in lines {
            records += 1;
            let mut words = line.split(' ');
            let (thread, number) = (words.next().unwrap(), words.next().unwrap());
            let (text, n) = (words.next().unwrap(), number.parse::<u32>().unwrap());
            let mut expected = format!("{thread} {number} {text}");
            if n % 3 > 0 {
                expected += &format!(" thread={thread} number={number}");
            }
            if n % 5 > 2 {
                expected += &format!(" inner={number}");
            }
            assert_eq!(*line, expected);
        }
        assert_eq!(records, report.total.written);
        assert_eq!(overflow == Overflow::Block, report.total.dropped == 0);
    }
}

#[test]
fn records_that_nobody_reads_free_their_contexts() {
    let runtime = {
        let _guard = context!(text = "x".repeat(100));
        let (runtime, _) = started();
        close(&runtime);
        info!(logger: runtime, "after the end");
        runtime
    };
    assert_eq!(runtime.stats().total().written, 0);
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
    let printed = lines(|log| {
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

/// Waits to be polled once more.
async fn suspended() {
    let mut first = true;
    poll_fn(|task| {
        if std::mem::take(&mut first) {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

#[test]
fn futures_that_take_turns_on_a_thread_keep_their_contexts_apart() {
    let (runtime, captured) = started();
    let runtime = Arc::new(runtime);
    let mut pool = LocalPool::new();
    for task in 0..2 {
        let log = Arc::clone(&runtime);
        let future = async move {
            for step in 0..2 {
                info!(logger: log, "{task} {step}");
                suspended().await;
            }
        };
        pool.spawner().spawn_local(future.with_context(context_fields!(task))).unwrap();
    }
    pool.run();
    info!(logger: runtime, "after");
    close(&runtime);
    let mut lines = captured.lines();
    assert_eq!(lines.pop().unwrap(), "after");
    lines.sort();
    assert_eq!(lines, ["0 0 task=0", "0 1 task=0", "1 0 task=1", "1 1 task=1"]);
}

#[test]
fn a_future_takes_its_context_along_from_thread_to_thread() {
    let (runtime, captured) = started();
    let log = &runtime;
    let inner = async move {
        info!(logger: log, "one");
        suspended().await;
        async {
            info!(logger: log, "two");
            suspended().await;
            info!(logger: log, "three");
        }
        .with_context(context_fields!(inner = 2))
        .await;
        info!(logger: log, "four");
    };
    let mut future = Box::pin(inner.with_context(context_fields!(outer = 1)));
    for round in 0.. {
        let polled = thread::scope(|scope| {
            let polls = scope.spawn(|| {
                let _thread = context!(round);
                let polled = future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()));
                info!(logger: runtime, "polled");
                polled
            });
            polls.join().unwrap()
        });
        if polled.is_ready() {
            break;
        }
    }
    close(&runtime);
    assert_eq!(
        captured.lines(),
        [
            "one round=0 outer=1",
            "polled round=0",
            "two round=1 outer=1 inner=2",
            "polled round=1",
            "three round=2 outer=1 inner=2",
            "four round=2 outer=1",
            "polled round=2",
        ]
    );
}

/// Logs when it is dropped.
struct LogsItsEnd<'a>(&'a Runtime);

impl Drop for LogsItsEnd<'_> {
    fn drop(&mut self) {
        info!(logger: self.0, "dropped");
    }
}

#[test]
fn a_future_that_is_dropped_while_suspended_is_dropped_in_its_context() {
    let printed = lines(|log| {
        let future = async {
            let _ends = LogsItsEnd(log);
            suspended().await;
            unreachable!("it is polled once");
        };
        let mut future = Box::pin(future.with_context(context_fields!(id = 1)));
        assert!(future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending());
        info!(logger: log, "suspended");
        drop(future);
        info!(logger: log, "after");
        drop(async { LogsItsEnd(log) }.with_context(context_fields!(never = "polled")));
    });
    assert_eq!(printed, ["suspended", "dropped id=1", "after"]);
}

#[test]
fn a_future_that_panics_leaves_its_context() {
    let printed = lines(|log| {
        let future = async {
            info!(logger: log, "in");
            panic!("on purpose");
        };
        let mut future = Box::pin(future.with_context(context_fields!(id = 1)));
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let _ = future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()));
        }));
        assert!(polled.is_err());
        info!(logger: log, "out");
    });
    assert_eq!(printed, ["in id=1", "out"]);
}

#[test]
fn a_guard_held_across_an_await_does_no_harm_to_other_contexts() {
    let printed = lines(|log| {
        let held = async {
            let _held = context!(held = 1);
            info!(logger: log, "holding");
            suspended().await;
            info!(logger: log, "still");
        };
        let mut held = pin!(held.with_context(context_fields!(outer = 1)));
        let mut task = TaskContext::from_waker(Waker::noop());
        assert!(held.as_mut().poll(&mut task).is_pending());
        info!(logger: log, "the thread is in it");
        assert!(held.as_mut().poll(&mut task).is_ready());
        info!(logger: log, "out");
    });
    assert_eq!(
        printed,
        ["holding outer=1 held=1", "the thread is in it held=1", "still held=1 outer=1", "out"]
    );
}

#[test]
fn completions_and_futures_in_a_context_go_together() {
    let (runtime, captured) = started();
    let future = async {
        info_async!(logger: runtime, "written").await.unwrap();
        assert_eq!(captured.lines(), ["written id=1"]);
    };
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    block_on(is_send(future.with_context(context_fields!(id = 1))));
    close(&runtime);
}

#[test]
fn a_context_can_be_entered_and_sent_from_a_channel() {
    let (sender, receiver) = channel();
    let printed = lines(|log| {
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
    let (runtime, captured) = started();
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
