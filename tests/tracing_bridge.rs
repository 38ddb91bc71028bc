//! The layer for `tracing`: what a subscriber with it makes of events and spans.

mod common;

use common::Captured;
use futures::executor::block_on;
use ringlog::Builder;
use ringlog::bridge::tracing::{RingLayer, filter, layer};
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use tracing::field::Empty;
use tracing::instrument::WithSubscriber as _;
use tracing::{Instrument as _, Level, Subscriber, debug, error, event, info, info_span, trace, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// The lines of a target that are logged within `log`: `level|spans|message fields`.
///
/// All tests of the process share a runtime, so each has targets of its own.
fn lines_by(layer: RingLayer, target: &str, log: impl FnOnce()) -> Vec<String> {
    runtime();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    lines_of(target)
}

fn lines(target: &str, log: impl FnOnce()) -> Vec<String> {
    lines_by(layer(), target, log)
}

fn lines_of(target: &str) -> Vec<String> {
    let captured = runtime();
    ringlog::flush().unwrap();
    let all = captured.lines();
    let own = all.iter().filter_map(|line| line.strip_prefix(target)?.strip_prefix('|'));
    own.map(str::to_owned).collect()
}

fn runtime() -> &'static Captured {
    static CAPTURED: OnceLock<Captured> = OnceLock::new();
    CAPTURED.get_or_init(|| {
        let captured = Captured::new();
        let sink = captured.sink_with("{target}|{level}|{spans}|{message}{fields}");
        Builder::new().filter("trace,quiet=off").sink(sink).init().unwrap();
        captured
    })
}

#[test]
fn each_level_is_that_of_ringlog() {
    let lines = lines("levels", || {
        trace!(target: "levels", "a");
        debug!(target: "levels", "b");
        info!(target: "levels", "c");
        warn!(target: "levels", "d");
        error!(target: "levels", "e");
    });
    assert_eq!(lines, ["TRACE||a", "DEBUG||b", "INFO||c", "WARN||d", "ERROR||e"]);
}

#[test]
fn an_event_is_listed_with_its_place() {
    let line = line!() + 1;
    let logged = lines(module_path!(), || info!("here"));
    // Spans that other tests close have this target too.
    assert!(logged.contains(&"INFO||here".to_owned()), "{logged:?}");
    let listed = ringlog::callsites();
    let found = listed.iter().find(|callsite| callsite.place.line == line && callsite.place.file == file!());
    let place = found.expect("it was reached").place;
    assert_eq!((place.target, place.module), (module_path!(), module_path!()));
}

#[test]
fn fields_of_each_type_print_as_what_they_are() {
    let name = String::from("Ada L.");
    let logged = lines("types", || {
        info!(
            target: "types",
            id = 7_u64, neg = -3_i64, px = 12.5, ok = true, text = "a \"b\"", wide = u128::MAX, low = i128::MIN,
            shown = %name, debug = ?Some(1), name, r#type = 1, dotted.name = 2, nothing = Empty,
            "message {}", 1
        );
    });
    let expected = format!(
        "INFO||message 1 id=7 neg=-3 px=12.5 ok=true text=\"a \\\"b\\\"\" wide={} low={} shown=Ada L. \
         debug=Some(1) name=\"Ada L.\" type=1 dotted.name=2",
        u128::MAX,
        i128::MIN
    );
    assert_eq!(logged, [expected]);
}

#[test]
fn the_message_may_be_missing_and_stand_anywhere() {
    let logged = lines("message", || {
        info!(target: "message", id = 1);
        event!(target: "message", Level::INFO, a = 1, message = "behind", b = 2);
        event!(target: "message", Level::INFO, message = 5);
        info!(target: "message", "");
    });
    assert_eq!(logged, ["INFO|| id=1", "INFO||behind a=1 b=2", "INFO||5", "INFO||"]);
}

#[test]
fn an_error_brings_those_behind_it() {
    #[derive(Debug)]
    struct Failed(&'static str, Option<Box<Failed>>);
    impl fmt::Display for Failed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }
    impl Error for Failed {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }
    let alone = Failed("alone", None);
    let inner = Failed("read", Some(Box::new(Failed("disk", None))));
    let outer = Failed("load", Some(Box::new(inner)));
    let logged = lines("errors", || {
        error!(target: "errors", err = &alone as &(dyn Error + 'static), "failed");
        error!(target: "errors", err = &outer as &(dyn Error + 'static), "failed");
    });
    let expected = ["ERROR||failed err=alone", "ERROR||failed err=load err.sources=[read, disk]"];
    assert_eq!(logged, expected);
}

#[test]
fn events_carry_the_spans_that_they_are_in() {
    let logged = lines("nested", || {
        let outer = info_span!("outer", a = 1);
        let _outer = outer.enter();
        info!(target: "nested", "one");
        {
            let _inner = info_span!("inner", b = 2, name = "x y", ok = ?Some(1)).entered();
            info!(target: "nested", c = 3, "two");
            let _plain = info_span!("plain").entered();
            info!(target: "nested", "three");
        }
        info!(target: "nested", "four");
        drop(_outer);
        info!(target: "nested", "five");
    });
    assert_eq!(
        logged,
        [
            "INFO|outer{a=1}|one",
            "INFO|outer{a=1}:inner{b=2 name=\"x y\" ok=Some(1)}|two c=3",
            "INFO|outer{a=1}:inner{b=2 name=\"x y\" ok=Some(1)}:plain|three",
            "INFO|outer{a=1}|four",
            "INFO||five",
        ]
    );
}

#[test]
fn fields_may_be_recorded_later_and_again() {
    let logged = lines("later", || {
        let span = info_span!("span", a = 1, b = Empty, c = Empty);
        let _entered = span.enter();
        info!(target: "later", "before");
        span.record("b", "two");
        info!(target: "later", "recorded");
        span.record("c", 3);
        span.record("a", 4);
        span.record("unknown", 5);
        info!(target: "later", "again");
    });
    assert_eq!(
        logged,
        ["INFO|span{a=1}|before", "INFO|span{a=1 b=\"two\"}|recorded", "INFO|span{b=\"two\" c=3 a=4}|again"]
    );
}

#[test]
fn parents_may_be_given() {
    let logged = lines("parents", || {
        let parent = info_span!(parent: None, "parent", id = 1);
        let _current = info_span!("current").entered();
        info!(target: "parents", parent: &parent, "given");
        info!(target: "parents", parent: None, "root");
        info!(target: "parents", "current");
        let child = info_span!(parent: &parent, "child");
        child.in_scope(|| info!(target: "parents", "within"));
    });
    let expected =
        ["INFO|parent{id=1}|given", "INFO||root", "INFO|current|current", "INFO|parent{id=1}:child|within"];
    assert_eq!(logged, expected);
}

#[test]
fn to_follow_from_a_span_is_not_to_be_in_it() {
    let logged = lines("follows", || {
        let cause = info_span!("cause");
        let effect = info_span!("effect");
        effect.follows_from(&cause);
        effect.follows_from(None);
        drop(cause);
        effect.in_scope(|| info!(target: "follows", "after"));
    });
    assert_eq!(logged, ["INFO|effect|after"]);
}

#[test]
fn spans_that_are_off_are_in_no_record_and_hide_none() {
    runtime();
    for layer in [layer(), layer().filters_all(false), layer().span_close(true)] {
        let before = lines_of("disabled").len();
        let logged = lines_by(layer, "disabled", || {
            let _outer = info_span!("outer").entered();
            let off = info_span!(target: "quiet", "off", a = Empty);
            let _off = off.enter();
            off.record("a", 1);
            let _inner = info_span!("inner").entered();
            info!(target: "disabled", "seen");
            info!(target: "quiet", "not seen");
        });
        assert_eq!(logged[before..], ["INFO|outer:inner|seen"]);
    }
    assert_eq!(lines_of("quiet"), [""; 0]);
}

#[test]
fn other_threads_are_in_spans_of_their_own() {
    let logged = lines("threads", || {
        let span = info_span!("shared", id = 1);
        let _entered = span.enter();
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let other = span.clone();
        let thread = std::thread::spawn(move || {
            tracing::dispatcher::with_default(&dispatch, || {
                info!(target: "threads", "outside");
                other.in_scope(|| info!(target: "threads", "inside"));
            });
        });
        thread.join().unwrap();
        info!(target: "threads", "here");
    });
    assert_eq!(logged, ["INFO||outside", "INFO|shared{id=1}|inside", "INFO|shared{id=1}|here"]);
}

#[test]
fn futures_take_their_spans_along() {
    async fn step(number: u32) {
        info!(target: "futures", number, "before");
        let yielded = Cell::new(false);
        std::future::poll_fn(|task| {
            if yielded.replace(true) {
                return std::task::Poll::Ready(());
            }
            task.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
        info!(target: "futures", number, "after");
    }
    runtime();
    let subscriber = tracing_subscriber::registry().with(layer());
    let both = async {
        let (one, two) = (info_span!("one"), info_span!("two"));
        futures::future::join(step(1).instrument(one), step(2).instrument(two)).await;
        info!(target: "futures", "outside");
    };
    block_on(both.with_subscriber(subscriber));
    assert_eq!(
        lines_of("futures"),
        [
            "INFO|one|before number=1",
            "INFO|two|before number=2",
            "INFO|one|after number=1",
            "INFO|two|after number=2",
            "INFO||outside"
        ]
    );
}

#[test]
fn the_attribute_makes_spans_with_arguments() {
    #[tracing::instrument(fields(extra = 1))]
    fn traced(order: u64, side: &str) {
        info!(target: "attribute", "within");
    }
    let logged = lines("attribute", || traced(7, "buy"));
    assert_eq!(logged, ["INFO|traced{order=7 side=\"buy\" extra=1}|within"]);
}

#[test]
fn a_closed_span_leaves_its_times_where_asked_for() {
    let log = || {
        let outer = info_span!("outer");
        outer.in_scope(|| {
            let span = tracing::warn_span!(target: "close", "span", id = 1);
            span.in_scope(|| info!(target: "close", "within"));
            drop(span);
            drop(info_span!(target: "close", "never"));
        });
    };
    let logged = lines_by(layer().span_close(true), "close", log);
    assert_eq!(logged[0], "INFO|outer:span{id=1}|within");
    let (close, never) = (&logged[1], &logged[2]);
    assert!(close.starts_with("WARN|outer:span{id=1}|close time.busy="), "{close}");
    let is_time = |text: &str| {
        let digits = text.trim_end_matches(char::is_alphabetic);
        digits.parse::<f64>().is_ok() && ["ns", "µs", "ms", "s"].contains(&&text[digits.len()..])
    };
    let times: Vec<&str> = close.split(' ').skip(1).map(|field| field.split_once('=').unwrap().1).collect();
    assert!(times.len() == 2 && times.iter().all(|time| is_time(time)), "{close}");
    assert!(never.starts_with("INFO|outer:never|close time.busy=0.00ns time.idle="), "{never}");
    assert_eq!(logged.len(), 3);
    // And nowhere else.
    assert_eq!(lines("close", log).len(), 4);
}

#[test]
fn a_value_may_log_and_panic_while_it_is_formatted() {
    // `tracing` itself lets nothing through to a scoped subscriber that is at work.
    struct Logs;
    impl fmt::Debug for Logs {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            info!(target: "within", "inner");
            ringlog::info!(target: "within", "inner, by ringlog");
            f.write_str("logs")
        }
    }
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no")
        }
    }
    struct Fails;
    impl fmt::Debug for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            Err(fmt::Error)
        }
    }
    let logged = lines("within", || {
        let _span = info_span!("span", value = ?Logs).entered();
        info!(target: "within", outer = ?Logs, "outer");
        let panicked = std::panic::catch_unwind(|| info!(target: "within", value = ?Panics, "lost"));
        assert!(panicked.is_err());
        info!(target: "within", value = ?Fails, "fails");
    });
    assert_eq!(
        logged,
        [
            "INFO||inner, by ringlog",
            "INFO||inner, by ringlog",
            "INFO|span{value=logs}|outer outer=logs",
            "INFO|span{value=logs}|fails value=half<formatting failed>"
        ]
    );
}

#[test]
fn long_events_in_many_spans_arrive_whole() {
    let long = "x".repeat(1 << 20);
    let logged = lines("long", || {
        let spans: Vec<_> = (0..40)
            .scan(tracing::Span::none(), |parent, depth| {
                *parent = info_span!(parent: &*parent, "span", depth);
                Some(parent.clone())
            })
            .collect();
        info!(target: "long", parent: spans.last().unwrap(), text = long, "deep");
    });
    let [line] = &*logged else { panic!("{} lines", logged.len()) };
    let expected: Vec<_> = (0..40).map(|depth| format!("span{{depth={depth}}}")).collect();
    assert_eq!(*line, format!("INFO|{}|deep text=\"{long}\"", expected.join(":")));
}

/// Counts the events that it sees.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Count {
    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn other_layers_see_what_the_filter_stops_if_they_are_to() {
    runtime();
    let log = || {
        let _span = info_span!(target: "beside", "span", id = 1).entered();
        info!(target: "quiet", "off");
        info!(target: "beside", "on");
    };
    let seen = |subscriber: &dyn Fn(Count) -> tracing::Dispatch| {
        let count = Count::default();
        tracing::dispatcher::with_default(&subscriber(count.clone()), log);
        count.0.load(Ordering::Relaxed)
    };
    assert_eq!(seen(&|count| tracing_subscriber::registry().with(count).with(layer()).into()), 1);
    let alone = layer().filters_all(false);
    assert_eq!(seen(&|count| tracing_subscriber::registry().with(count).with(alone.clone()).into()), 2);
    let own = || layer().filters_all(false).with_filter(filter());
    assert_eq!(seen(&|count| tracing_subscriber::registry().with(count).with(own()).into()), 2);
    let theirs = |count: Count| count.with_filter(filter());
    assert_eq!(seen(&|count| tracing_subscriber::registry().with(theirs(count)).into()), 1);
    assert_eq!(lines_of("beside"), ["INFO|span{id=1}|on"; 3]);
    assert_eq!(lines_of("quiet"), [""; 0]);
}

#[test]
fn a_context_of_ringlogs_is_carried_beside_the_spans() {
    let logged = lines("context", || {
        let _request = ringlog::context!(request = 9);
        let _span = info_span!("span", id = 1).entered();
        info!(target: "context", own = 2, "event");
    });
    assert_eq!(logged, ["INFO|span{id=1}|event own=2 request=9"]);
}

#[test]
fn two_layers_make_two_records() {
    runtime();
    let subscriber = tracing_subscriber::registry().with(layer()).with(layer());
    tracing::subscriber::with_default(subscriber, || {
        let span = info_span!("span", id = 1);
        let _entered = span.enter();
        span.record("id", 2);
        info!(target: "twice", "event");
    });
    assert_eq!(lines_of("twice"), ["INFO|span{id=2}|event"; 2]);
}
