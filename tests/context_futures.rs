//! Futures in a context.

mod common;

use common::{close, lines_with_fields, with_fields};
use futures::executor::{LocalPool, block_on};
use futures::task::LocalSpawnExt as _;
use ringlog::{Runtime, WithContext as _, context, context_fields, info, info_async};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::thread;

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
    let (runtime, captured) = with_fields();
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
    let (runtime, captured) = with_fields();
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
    let printed = lines_with_fields(|log| {
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
    let printed = lines_with_fields(|log| {
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
    let printed = lines_with_fields(|log| {
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
    let (runtime, captured) = with_fields();
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
