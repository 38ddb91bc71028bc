//! Random producers, sinks that fail, stall, shed and recover, completions that are dropped, polled and timed out: an
//! oracle that sees what the sinks really did checks each outcome, the accounts, and the order.

mod common;

use common::close;
use futures::executor::block_on;
use proptest::prelude::*;
use ringlog::layout::Text;
use ringlog::sink::{OnError, OnFull, Sink};
use ringlog::{Builder, Completion, Durable, FlushError, Logger, Overflow, info_async};
use std::collections::HashSet;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

/// A generator that tests may share: xorshift.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }

    /// Whether something comes about that does in so many of a hundred cases.
    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What a sink has really done. Locked while it does it, so that whoever looks sees no half.
#[derive(Debug, Default)]
struct Truth {
    /// In the order of writing.
    written: Vec<String>,
    synced: HashSet<String>,
}

#[derive(Clone, Debug, Default)]
struct Oracle(Arc<Mutex<Truth>>);

impl Oracle {
    fn has(&self, id: &str) -> bool {
        self.0.lock().unwrap().written.iter().rev().any(|known| known == id)
    }

    fn has_synced(&self, id: &str) -> bool {
        self.0.lock().unwrap().synced.contains(id)
    }
}

/// A sink with a will of its own.
struct Moody {
    name: String,
    random: Random,
    /// How many of a hundred writes and syncs fail.
    fails: u64,
    oracle: Oracle,
    unsynced: Vec<String>,
}

impl Moody {
    fn new(name: &str, seed: u64, fails: u64, oracle: &Oracle) -> Self {
        let (name, random, oracle) = (name.to_owned(), Random::new(seed), oracle.clone());
        Self { name, random, fails, oracle, unsynced: Vec::new() }
    }

    fn mood(&mut self) -> io::Result<()> {
        if self.random.percent(10) {
            thread::sleep(Duration::from_micros(self.random.below(2_000)));
        }
        if !self.random.percent(self.fails) {
            return Ok(());
        }
        if self.random.percent(20) {
            // A panic that prints nothing.
            std::panic::resume_unwind(Box::new("in a very bad mood"));
        }
        Err(io::Error::other("in a bad mood"))
    }
}

impl Sink for Moody {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        self.mood()?;
        let text = std::str::from_utf8(batch).unwrap();
        assert!(text.ends_with('\n'), "whole lines");
        let ids: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
        self.unsynced.extend(ids.iter().cloned());
        self.oracle.0.lock().unwrap().written.extend(ids);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let unsynced = std::mem::take(&mut self.unsynced);
        self.mood()?;
        self.oracle.0.lock().unwrap().synced.extend(unsynced);
        Ok(())
    }
}

/// A record that is waited for, in one of the ways that there are.
struct Waited {
    id: String,
    written: Option<Completion>,
    durable: Option<Durable>,
    is_any: bool,
}

type Outcome = Result<(), FlushError>;

/// Each sink, and what it falls back to.
type Oracles = Arc<Vec<(String, Oracle, Oracle)>>;

fn check(id: &str, outcome: &Outcome, is_durable: bool, is_any: bool, oracles: &Oracles) {
    let holds = |(_, first, second): &(String, Oracle, Oracle)| {
        if is_durable {
            first.has_synced(id) || second.has_synced(id)
        } else {
            first.has(id) || second.has(id)
        }
    };
    match outcome {
        Ok(()) if is_any => assert!(oracles.iter().any(holds), "{id} is Ok and in no sink"),
        Ok(()) => assert!(oracles.iter().all(holds), "{id} is Ok and not in each sink"),
        Err(FlushError::Sinks(failures)) => {
            assert!(!failures.is_empty());
            for failure in failures {
                let sink = oracles.iter().find(|(name, ..)| name == failure.sink()).expect("a sink's name");
                // A sink and its fallback are synced together: when one fails, the other's records are not vouched for.
                let has_fallen_back = is_durable && !sink.2.0.lock().unwrap().written.is_empty();
                let is_unjust = holds(sink) && !has_fallen_back;
                assert!(!is_unjust, "{id} is said to have failed in {}: {failure}", failure.sink());
            }
            assert!(!is_any || failures.len() == oracles.len(), "{id}: any fails when all have failed");
        }
        Err(FlushError::Dropped) => {
            assert!(!oracles.iter().any(holds), "{id} is dropped and in a sink");
        }
        Err(error) => panic!("{id}: {error}"),
    }
}

fn finish(waited: Waited, random: &mut Random, oracles: &Oracles) {
    let Waited { id, written, durable, is_any } = waited;
    let is_durable = durable.is_some();
    let outcome = match (written, durable) {
        (Some(completion), _) => {
            let again = completion.clone();
            let outcome = if random.percent(50) { block_on(completion) } else { completion.wait() };
            assert!(again.is_done(), "done stays done");
            assert_eq!(again.wait(), outcome, "one outcome for all who ask");
            outcome
        }
        (_, Some(durable)) => {
            if random.percent(50) {
                block_on(durable)
            } else {
                durable.wait()
            }
        }
        _ => return,
    };
    check(&id, &outcome, is_durable, is_any, oracles);
}

/// One thread's life: logs, and treats the completions as users do.
fn produce(logger: &Logger, thread: usize, records: u64, mut random: Random, oracles: &Oracles) {
    let mut kept = Vec::new();
    for number in 0..records {
        let id = format!("{thread}-{number}");
        let padding = " ".repeat(random.below(200) as usize);
        let completion = info_async!(logger: logger, "{id}{padding}");
        let is_any = random.percent(20);
        let completion = if is_any { completion.any() } else { completion };
        let mut waited = Waited { id, written: None, durable: None, is_any };
        if random.percent(30) {
            waited.durable = Some(completion.durable());
        } else {
            waited.written = Some(completion);
        }
        match random.below(6) {
            0 => {}
            1 => {
                // Polled, and dropped while it waits.
                let mut context = Context::from_waker(Waker::noop());
                if let Some(mut completion) = waited.written
                    && let Poll::Ready(outcome) = Pin::new(&mut completion).poll(&mut context)
                {
                    check(&waited.id, &outcome, false, is_any, oracles);
                }
            }
            2 => {
                // Timed out, and waited for again later.
                let limit = Duration::from_micros(random.below(300));
                let outcome = match (&waited.written, &waited.durable) {
                    (Some(completion), _) => completion.wait_timeout(limit),
                    (_, Some(durable)) => durable.wait_timeout(limit),
                    _ => None,
                };
                if let Some(outcome) = outcome {
                    check(&waited.id, &outcome, waited.durable.is_some(), is_any, oracles);
                }
                kept.push(waited);
            }
            3 if random.percent(20) => finish(waited, &mut random, oracles),
            _ => kept.push(waited),
        }
    }
    while !kept.is_empty() {
        let next = kept.swap_remove(random.below(kept.len() as u64) as usize);
        finish(next, &mut random, oracles);
    }
}

fn scenario(seed: u64) {
    let mut random = Random::new(seed);
    let overflow = if random.percent(50) { Overflow::Block } else { Overflow::DropNewest };
    let mut builder = Builder::new()
        .workers(1 + random.below(2) as usize)
        .ring_capacity(1 << (11 + random.below(6)))
        .overflow(overflow)
        .on_error(|_| {});
    let mut oracles = Vec::new();
    for sink in 0..=random.below(3) {
        let (first, second) = (Oracle::default(), Oracle::default());
        let name = format!("sink {sink}");
        let fails = [0, 10, 50][random.below(3) as usize];
        let policy = match random.below(4) {
            0 => OnError::fail(),
            1 => OnError::retry(Duration::from_secs(60), Duration::from_micros(50)),
            2 => OnError::retry(Duration::from_millis(2), Duration::from_micros(200)),
            _ => OnError::fallback(Moody::new("second", random.next(), fails / 2, &second)),
        };
        let on_full = if random.percent(30) { OnFull::Shed } else { OnFull::Backpressure };
        let moody = Moody::new(&name, random.next(), fails, &first);
        let layout = Text::pattern("{message}").unwrap().raw();
        builder = builder.sink(ringlog::sink::with(moody).layout(layout).on_error(policy).on_full(on_full));
        oracles.push((name, first, second));
    }
    let oracles = Arc::new(oracles);
    let runtime = builder.start().unwrap();
    let (threads, records) = (1 + random.below(4) as usize, 1 + random.below(400));
    thread::scope(|scope| {
        for thread in 0..threads {
            let (logger, random) = (runtime.default_logger(), Random::new(random.next()));
            let oracles = &oracles;
            scope.spawn(move || produce(logger, thread, records, random, oracles));
        }
    });
    let report = close(&runtime);
    assert_eq!(report.total.attempted, threads as u64 * records);
    if overflow == Overflow::Block {
        assert_eq!(report.total.dropped, 0);
    }
    check_files(&oracles, report.total.written, threads, records);
}

/// What the sinks hold at the end: each record once, each thread's in order, and as many as the accounts say.
fn check_files(oracles: &Oracles, written: u64, threads: usize, records: u64) {
    let is_notice = |id: &String| id.starts_with("dropped ");
    for (name, first, second) in &**oracles {
        let mut seen = HashSet::new();
        for oracle in [first, second] {
            let truth = oracle.0.lock().unwrap();
            let mut last = vec![None; threads];
            for id in truth.written.iter().filter(|id| !is_notice(id)) {
                assert!(seen.insert(id.clone()), "{name} has {id} twice");
                let (thread, number) = id.split_once('-').unwrap();
                let (thread, number): (usize, u64) = (thread.parse().unwrap(), number.parse().unwrap());
                assert!(last[thread] < Some(number), "{name}: {id} after {:?}", last[thread]);
                last[thread] = Some(number);
            }
        }
    }
    let everywhere =
        (0..threads).flat_map(|thread| (0..records).map(move |number| format!("{thread}-{number}")));
    let sets: Vec<HashSet<String>> = oracles
        .iter()
        .map(|(_, first, second)| {
            [first, second].iter().flat_map(|oracle| oracle.0.lock().unwrap().written.clone()).collect()
        })
        .collect();
    let in_all = everywhere.filter(|id| sets.iter().all(|set| set.contains(id))).count() as u64;
    assert_eq!(in_all, written, "the accounts say what the sinks hold");
}

proptest! {
    // A seed does not say how the threads run: there is nothing to shrink or to keep.
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_completion_tells_what_the_sinks_did(seed: u64) {
        scenario(seed);
    }
}
