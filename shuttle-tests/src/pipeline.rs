//! Producers, a worker, two sinks and those who wait, on the very protocols of the library; the rings are queues.

use crate::protocol::flush_cell::{FlushCell, Registration};
use crate::protocol::intake::{Intake, Refused};
use crate::protocol::lanes::Stage;
use crate::protocol::wake::Doorbell;
use crate::protocol::want::{Route, Want};
use shuttle::future::block_on;
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;
use std::collections::VecDeque;
use std::future::poll_fn;

static BOTH: Route = Route::new(&[0, 1]);
const RECORDS: u64 = 4;

type Cell = FlushCell<&'static str>;

/// A ring: what was committed, and the cell of those who wait for it.
struct Ring {
    committed: AtomicU64,
    cell: Cell,
}

/// What a worker hands to a sink: up to where a ring is covered.
type Jobs = Mutex<VecDeque<(Arc<Ring>, u64)>>;

struct Sink {
    jobs: Jobs,
    bell: Doorbell,
    /// How many records it has written.
    written: AtomicU64,
}

enum Command {
    Ring(Arc<Ring>),
    Stop,
}

struct Worker {
    intake: Intake<Command>,
    bell: Doorbell,
}

/// Sleeps until there is something, in the one way that the doorbell allows.
fn sleep_unless(bell: &Doorbell, is_there: impl Fn() -> bool) {
    let announced = bell.announce();
    if is_there() {
        announced.withdraw();
    } else {
        let _ = announced.park(None);
    }
}

fn work(worker: &Worker, sinks: &[Arc<Sink>; 2]) {
    let (mut rings, mut stopping): (Vec<(Arc<Ring>, u64)>, bool) = (Vec::new(), false);
    loop {
        for command in worker.intake.take_all() {
            match command {
                Command::Ring(ring) => rings.push((ring, 0)),
                Command::Stop => stopping = true,
            }
        }
        let mut is_idle = true;
        for (ring, done) in &mut rings {
            let committed = ring.committed.load(Ordering::Acquire);
            if committed > *done {
                *done = committed;
                is_idle = false;
                for sink in sinks {
                    sink.jobs.lock().unwrap().push_back((Arc::clone(ring), committed));
                    sink.bell.ring();
                }
            }
        }
        if is_idle && stopping {
            break;
        }
        if is_idle {
            let has_more = || {
                let is_behind =
                    |(ring, done): &(Arc<Ring>, u64)| ring.committed.load(Ordering::Acquire) > *done;
                !worker.intake.is_empty() || rings.iter().any(is_behind)
            };
            sleep_unless(&worker.bell, has_more);
        }
    }
    for command in worker.intake.close() {
        assert!(matches!(command, Command::Ring(_)), "one stop is enough");
    }
}

fn serve(sink: &Sink, lane: u32, fails_at: Option<u64>, total: u64) {
    let mut covered = 0;
    let mut seen: Vec<(*const Ring, u64)> = Vec::new();
    while covered < total {
        let job = sink.jobs.lock().unwrap().pop_front();
        let Some((ring, up_to)) = job else {
            sleep_unless(&sink.bell, || !sink.jobs.lock().unwrap().is_empty());
            continue;
        };
        let place = seen.iter().position(|(known, _)| *known == Arc::as_ptr(&ring)).unwrap_or_else(|| {
            seen.push((Arc::as_ptr(&ring), 0));
            seen.len() - 1
        });
        let after = std::mem::replace(&mut seen[place].1, up_to);
        assert!(after < up_to, "a batch covers something");
        if let Some(at) = fails_at.filter(|at| (after + 1..=up_to).contains(at)) {
            ring.cell.fail(lane, Stage::Written, at - 1, at, "on purpose");
        }
        sink.written.fetch_add(up_to - after, Ordering::Relaxed);
        ring.cell.complete(lane, up_to);
        covered += up_to - after;
    }
}

/// Logs, waking nobody; then waits for its records in an order of its own, as the waiter wakes the worker.
fn produce(worker: &Worker, mut positions: Vec<u64>, fails_at: Option<u64>) {
    let ring = Arc::new(Ring { committed: AtomicU64::new(0), cell: Cell::new() });
    if let Err(Refused(_)) = worker.intake.push(Command::Ring(Arc::clone(&ring))) {
        panic!("nobody has stopped the worker");
    }
    worker.bell.ring();
    for position in 1..=RECORDS {
        ring.committed.store(position, Ordering::Release);
    }
    for position in positions.drain(..) {
        let mut registration = Registration::default();
        let outcome = block_on(poll_fn(|context| {
            let polled = ring.cell.poll(position, &BOTH, Want::Written, &mut registration, context.waker());
            // After the waiter is on the stack.
            worker.bell.ring();
            polled
        }));
        let fails = fails_at == Some(position);
        assert_eq!(outcome.is_err(), fails, "record {position}");
    }
}

/// Claim: every record is written by both sinks, every completion resolves, to what became of its record, and all threads
/// come to their end.
fn pipeline(producers: u64, fails_at: Option<u64>) {
    let worker = Arc::new(Worker { intake: Intake::new(), bell: Doorbell::new() });
    let new_sink = || Sink { jobs: Mutex::default(), bell: Doorbell::new(), written: AtomicU64::new(0) };
    let sinks = [Arc::new(new_sink()), Arc::new(new_sink())];
    let total = producers * RECORDS;
    let mut threads = Vec::new();
    for (lane, sink) in sinks.iter().enumerate() {
        let sink = Arc::clone(sink);
        let fails_at = fails_at.filter(|_| lane == 1);
        threads.push(thread::spawn(move || serve(&sink, lane as u32, fails_at, total)));
    }
    let working = thread::spawn({
        let (worker, sinks) = (Arc::clone(&worker), sinks.clone());
        move || work(&worker, &sinks)
    });
    let producing: Vec<_> = (0..producers)
        .map(|number| {
            let worker = Arc::clone(&worker);
            let order = if number % 2 == 0 { vec![1, 4] } else { vec![4, 2] };
            thread::spawn(move || produce(&worker, order, fails_at))
        })
        .collect();
    producing.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(worker.intake.push(Command::Stop).is_ok());
    worker.bell.ring();
    threads.push(working);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    for sink in sinks {
        assert_eq!(sink.written.load(Ordering::Relaxed), total);
    }
    assert!(worker.intake.push(Command::Stop).is_err(), "a closed intake takes nothing");
}

#[test]
fn a_pipeline_under_random_schedules_resolves_every_completion() {
    shuttle::check_random(|| pipeline(3, None), 2_000);
}

#[test]
fn a_pipeline_under_schedules_by_priority_resolves_every_completion() {
    shuttle::check_pct(|| pipeline(3, None), 2_000, 3);
}

#[test]
fn a_sink_that_fails_costs_its_own_records_alone() {
    shuttle::check_random(|| pipeline(2, Some(2)), 2_000);
    shuttle::check_pct(|| pipeline(2, Some(4)), 1_000, 4);
}
