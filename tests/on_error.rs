//! What the records of a sink that fails or hangs come to.

mod common;

use common::{Captured, Gate, close};
use ringlog::layout::Text;
use ringlog::sink::{Callback, OnError, OnFull, Sink};
use ringlog::{Builder, Event, FlushError, Runtime, ShutdownError, info, info_async};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
/// After which a call counts as hanging. Long enough for one that merely gets no core for a while.
const LIMIT: Duration = Duration::from_millis(200);
const SHORT: Duration = Duration::from_millis(1);

/// A callback that fails as often as it is told to.
#[derive(Clone, Debug, Default)]
struct Faulty {
    captured: Captured,
    faults: Arc<Mutex<VecDeque<io::ErrorKind>>>,
}

impl Faulty {
    fn fail(&self, times: usize) {
        self.faults.lock().unwrap().extend(std::iter::repeat_n(io::ErrorKind::StorageFull, times));
    }

    fn left(&self) -> usize {
        self.faults.lock().unwrap().len()
    }

    fn sink(&self) -> ringlog::sink::Configured<Callback> {
        let (faults, mut inner) = (Arc::clone(&self.faults), self.captured.sink());
        Callback::try_new(move |bytes| match faults.lock().unwrap().pop_front() {
            Some(kind) => Err(kind.into()),
            None => inner.write(bytes),
        })
        .layout(Text::pattern("{message}").unwrap().raw())
    }
}

type Events = Arc<Mutex<Vec<String>>>;

fn start(sink: impl Sink) -> (Runtime, Events) {
    let events = Events::default();
    let kept = Arc::clone(&events);
    let runtime = Builder::new()
        .sink(sink)
        .on_error(move |event| kept.lock().unwrap().push(event.to_string()))
        .start()
        .unwrap();
    (runtime, events)
}

#[test]
fn a_batch_is_tried_again_until_it_is_written() {
    let faulty = Faulty::default();
    let (runtime, events) = start(faulty.sink().on_error(OnError::retry(LONG, SHORT)));
    for number in 0..20 {
        faulty.fail(number % 4);
        info_async!(logger: runtime, "{number}").wait().unwrap();
    }
    let report = close(&runtime);
    assert_eq!(faulty.captured.lines(), (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!((report.total.written, report.total.failed), (20, 0));
    assert_eq!(report.stats.sinks[0].retries, 30);
    let events = events.lock().unwrap();
    assert_eq!(events.iter().filter(|event| event.contains("tries again")).count(), 15);
    assert_eq!(events.iter().filter(|event| event.contains("writes again")).count(), 15);
}

#[test]
fn after_the_limit_each_batch_is_tried_once() {
    let faulty = Faulty::default();
    faulty.fail(1_000);
    let limit = Duration::from_millis(20);
    let (runtime, events) = start(faulty.sink().on_error(OnError::retry(limit, SHORT)));
    let first = info_async!(logger: runtime, "first").wait().unwrap_err();
    let FlushError::Sinks(failures) = &first else { panic!("{first}") };
    assert_eq!(failures[0].kind(), io::ErrorKind::StorageFull);
    assert_eq!(failures[0].sink(), "callback");
    let left = faulty.left();
    for _ in 0..10 {
        info_async!(logger: runtime, "later").wait().unwrap_err();
    }
    assert_eq!(left - faulty.left(), 10, "the outage is older than the limit");
    faulty.faults.lock().unwrap().clear();
    info_async!(logger: runtime, "last").wait().unwrap();
    let report = close(&runtime);
    assert_eq!(report.total.failed, 11);
    assert!(events.lock().unwrap().last().unwrap().contains("writes again"));
}

#[test]
fn a_fallback_writes_what_the_sink_does_not() {
    let (faulty, second) = (Faulty::default(), Captured::new());
    let (runtime, events) = start(faulty.sink().on_error(OnError::fallback(second.sink())));
    for number in 0..10 {
        faulty.fail(usize::from(number >= 5));
        info_async!(logger: runtime, "{number}").durable().wait().unwrap();
    }
    let report = close(&runtime);
    assert_eq!(faulty.captured.lines(), ["0", "1", "2", "3", "4"]);
    assert_eq!(second.lines(), ["5", "6", "7", "8", "9"]);
    assert_eq!((report.total.written, report.total.failed), (10, 0));
    assert_eq!(report.stats.sinks[0].fallen_back, 5);
    assert_eq!(events.lock().unwrap().iter().filter(|event| event.contains("went to callback")).count(), 5);
}

#[test]
fn the_error_names_both_when_the_fallback_fails_too() {
    let (faulty, second) = (Faulty::default(), Faulty::default());
    faulty.fail(3);
    second.fail(1);
    let policy = OnError::retry(Duration::ZERO, SHORT).or_fallback(second.sink());
    let (runtime, _) = start(faulty.sink().on_error(policy));
    let error = info_async!(logger: runtime, "one").wait().unwrap_err().to_string();
    assert_eq!(error.matches("no storage space").count(), 2, "{error}");
    info_async!(logger: runtime, "two").wait().unwrap();
    assert_eq!(close(&runtime).total.failed, 1);
}

#[test]
fn a_record_that_is_shed_fails_at_once_while_the_sink_stalls() {
    let gate = Gate::new();
    let shut = gate.clone();
    let sink = Callback::new(move |_: &[u8]| shut.pass()).on_full(OnFull::Shed).call_limit(None);
    let (runtime, _) = start(sink);
    let payload = "x".repeat(500);
    let all: Vec<_> = (0..10_000).map(|_| info_async!(logger: runtime, "{payload}")).collect();
    runtime.stats();
    let last = info_async!(logger: runtime, "the last");
    // The queue is full by now: of the last ones some are shed, although the sink never comes to them.
    let shed = all.iter().rev().find_map(|completion| completion.wait_timeout(Duration::from_millis(1)));
    let error = shed.expect("a batch was shed").unwrap_err().to_string();
    assert!(error.contains("sheds"), "{error}");
    gate.open();
    let outcomes: Vec<_> = all.into_iter().map(ringlog::Completion::wait).collect();
    let _ = last.wait();
    let report = close(&runtime);
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count() as u64;
    assert!((failed..=failed + 1).contains(&report.total.failed));
}

/// Blocks at a gate in the calls that it is told to.
fn hanging(gate: &Gate, captured: &Captured, hangs: impl Fn(&str) -> bool + Send + 'static) -> Callback {
    let (gate, mut inner) = (gate.clone(), captured.sink());
    Callback::try_new(move |bytes| {
        if hangs(std::str::from_utf8(bytes).unwrap()) {
            gate.pass();
        }
        inner.write(bytes)
    })
}

fn message_only() -> Text {
    Text::pattern("{message}").unwrap().raw()
}

#[test]
fn a_sink_that_hangs_fails_its_records_and_holds_up_nobody() {
    let (gate, slow, quick) = (Gate::new(), Captured::new(), Captured::new());
    let events = Events::default();
    let kept = Arc::clone(&events);
    let sink = hanging(&gate, &slow, |bytes| bytes.contains("hang"));
    let runtime = Builder::new()
        .sink(sink.layout(message_only()).call_limit(LIMIT))
        .sink(quick.sink())
        .ring_capacity(1 << 12)
        .on_error(move |event: &Event| kept.lock().unwrap().push(event.to_string()))
        .start()
        .unwrap();
    info_async!(logger: runtime, "before").wait().unwrap();
    let hung = info_async!(logger: runtime, "hang");
    let any = hung.clone().any();
    let error = hung.wait().unwrap_err().to_string();
    assert!(error.contains("200ms"), "{error}");
    any.wait().expect("the other sink has it");
    // More than all queues and pools hold.
    let payload = "x".repeat(1_000);
    for _ in 0..10_000 {
        info!(logger: runtime, "{payload}");
    }
    runtime.flush().unwrap();
    assert_eq!(quick.lines().len(), 10_002);
    assert!(events.lock().unwrap().iter().any(|event| event.contains("hangs")), "{events:?}");
    gate.open();
    // It comes back, and later records are written again.
    while info_async!(logger: runtime, "again").wait().is_err() {}
    let report = close(&runtime);
    assert_eq!(slow.lines()[..2], ["before", "hang"], "what it hung in, it wrote after all");
    assert_eq!(slow.lines().last().unwrap(), "again");
    assert_eq!(report.stats.sinks[0].failed, report.total.failed);
}

#[test]
fn a_hanging_sink_with_retry_writes_once_when_it_returns() {
    let (gate, captured) = (Gate::new(), Captured::new());
    let sink = hanging(&gate, &captured, |bytes| bytes.contains("hang"));
    let policy = OnError::retry(LONG, SHORT);
    let (runtime, _) = start(sink.layout(message_only()).call_limit(LIMIT).on_error(policy));
    let hung = info_async!(logger: runtime, "hang");
    assert!(hung.wait_timeout(Duration::from_millis(50)).is_none());
    let later = info_async!(logger: runtime, "later");
    gate.open();
    hung.wait().unwrap();
    later.wait().unwrap();
    close(&runtime);
    assert_eq!(captured.lines(), ["hang", "later"]);
}

#[test]
fn a_hanging_sink_falls_back() {
    let (gate, captured, second) = (Gate::new(), Captured::new(), Captured::new());
    let sink = hanging(&gate, &captured, |bytes| bytes.contains("hang"));
    let policy = OnError::fallback(second.sink());
    let (runtime, _) = start(sink.layout(message_only()).call_limit(LIMIT).on_error(policy));
    info_async!(logger: runtime, "hang").wait().unwrap();
    info_async!(logger: runtime, "later").durable().wait().unwrap();
    assert_eq!(second.lines(), ["hang", "later"]);
    let error = runtime.shutdown().unwrap_err();
    let ShutdownError::TimedOut { threads, report } = error else { panic!("{error}") };
    assert_eq!(threads, ["ringlog-sink-0"], "the thread that never came back");
    assert_eq!((report.total.written, report.total.failed), (2, 0));
    assert!(
        matches!(runtime.shutdown(), Err(ShutdownError::TimedOut { .. })),
        "the outcome stays what it was"
    );
    gate.open();
}

#[test]
fn a_sink_that_hangs_and_returns_and_hangs_again_is_served_on() {
    let gates: Vec<Gate> = (0..5).map(|_| Gate::new()).collect();
    let (captured, waiting) = (Captured::new(), gates.clone());
    let mut inner = captured.sink();
    let sink = Callback::try_new(move |bytes| {
        let text = std::str::from_utf8(bytes).unwrap();
        if let Some(number) = text.strip_prefix("hang ") {
            waiting[number.trim().parse::<usize>().unwrap()].pass();
        }
        inner.write(bytes)
    });
    let (runtime, _) = start(sink.layout(message_only()).call_limit(LIMIT));
    for (number, gate) in gates.iter().enumerate() {
        info_async!(logger: runtime, "hang {number}").wait().unwrap_err();
        gate.open();
        while info_async!(logger: runtime, "between").wait().is_err() {}
    }
    close(&runtime);
    assert_eq!(captured.lines().iter().filter(|line| line.starts_with("hang")).count(), 5);
}

/// Syncs as it is told to.
struct Syncing(Box<dyn FnMut() -> io::Result<()> + Send>);

impl Sink for Syncing {
    fn name(&self) -> String {
        "syncing".into()
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        (self.0)()
    }
}

#[test]
fn a_sync_that_hangs_fails_those_who_wait_for_it_alone() {
    let gate = Gate::new();
    let shut = gate.clone();
    let sink = ringlog::sink::with(Syncing(Box::new(move || {
        shut.pass();
        Ok(())
    })));
    let (runtime, _) = start(sink.call_limit(LIMIT));
    let written = info_async!(logger: runtime, "one");
    let error = written.clone().durable().wait().unwrap_err().to_string();
    assert!(error.contains("not come back"), "{error}");
    written.wait().unwrap();
    gate.open();
    while info_async!(logger: runtime, "two").durable().wait().is_err() {}
    close(&runtime);
}

#[test]
fn a_failing_sink_that_is_retried_ends_with_the_shutdowns_deadline() {
    let faulty = Faulty::default();
    faulty.fail(1_000_000);
    let (runtime, _) = start(faulty.sink().on_error(OnError::retry(LONG, SHORT)));
    let done = info_async!(logger: runtime, "one");
    assert!(done.wait_timeout(Duration::from_millis(5)).is_none());
    let report = match runtime.shutdown_timeout(Duration::from_millis(20)) {
        Ok(report) => report,
        Err(ShutdownError::TimedOut { report, .. }) => *report,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(report.total.attempted, report.total.written + report.total.dropped + report.total.failed);
    assert_eq!(report.total.written, 0);
    done.wait().unwrap_err();
}

#[test]
fn a_retry_that_never_ends_and_never_comes_ends_with_the_shutdown() {
    let faulty = Faulty::default();
    faulty.fail(1);
    let (runtime, _) = start(faulty.sink().on_error(OnError::retry(Duration::MAX, Duration::MAX)));
    let done = info_async!(logger: runtime, "one");
    assert!(done.wait_timeout(Duration::from_millis(5)).is_none());
    let total = match runtime.shutdown_timeout(Duration::from_millis(20)) {
        Ok(report) => report.total,
        Err(ShutdownError::TimedOut { report, .. }) => report.total,
        Err(error) => panic!("{error}"),
    };
    assert_eq!((total.attempted, total.failed), (1, 1));
    done.wait().unwrap_err();
}

/// The primary returns while its fallback, which took its place, hangs with what came meanwhile.
#[test]
fn a_sink_that_returns_while_its_fallback_hangs_takes_nothing_that_is_not_its_own() {
    let (first, second) = (Gate::new(), Gate::new());
    let (captured, fallback) = (Captured::new(), Captured::new());
    let behind = hanging(&second, &fallback, |text| text.contains("hang"));
    let primary = hanging(&first, &captured, |text| text.contains("hang"));
    let policy = OnError::fallback(behind.layout(message_only()));
    let (runtime, _) = start(primary.layout(message_only()).call_limit(LIMIT).on_error(policy));
    let hung = info_async!(logger: runtime, "hang");
    // Until the primary was left alone, and the fallback hangs with the same record.
    while runtime.stats().sinks[0].fallen_back == 0 && hung.wait_timeout(SHORT).is_none() {
        if second.is_waited_for() {
            break;
        }
    }
    first.open();
    for _ in 0..20 {
        let _ = info_async!(logger: runtime, "between").wait_timeout(SHORT);
    }
    second.open();
    let last = info_async!(logger: runtime, "last");
    last.wait().unwrap();
    let report = close(&runtime);
    assert_eq!(report.total.attempted, 22);
    let lines = [captured.lines(), fallback.lines()].concat();
    for text in ["hang", "last"] {
        assert!(lines.iter().any(|line| line == text), "{lines:?}");
    }
    assert!(lines.iter().filter(|line| *line == "between").count() <= 20, "{lines:?}");
}
