//! The whole pipeline against a model: random sequences of what a program does, and after each of them the accounts and
//! the sinks' contents are what the model says.

mod common;

use common::Gate;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use ringlog::layout::Text;
use ringlog::{Builder, Completion, Logger, Runtime, debug_async, info_async, sink};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How many threads log.
const PRODUCERS: usize = 3;
/// How many loggers there may be, the default one among them.
const LOGGERS: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    /// A producer logs to a logger, so many records of one level.
    Log {
        producer: usize,
        logger: usize,
        count: usize,
        debug: bool,
    },
    /// A long record, which goes by way of the heap.
    LogLong {
        producer: usize,
    },
    /// All completions of a producer are waited for, or those for stable storage.
    Wait {
        producer: usize,
        durable: bool,
    },
    Flush,
    /// A logger with a sink of its own.
    AddLogger,
    SetFilter {
        debug: bool,
    },
    /// The default sink fails from now on, or no more.
    Fail(bool),
    /// A producer's thread ends; another takes its place.
    EndThread {
        producer: usize,
    },
}

/// What is to be in the sinks.
#[derive(Clone, Debug)]
struct Model {
    /// The loggers that there are, and the lines that each one's sink gets from each producer.
    lines: Vec<[Vec<String>; PRODUCERS]>,
    lets_debug_through: bool,
    fails: bool,
    attempted: u64,
    failed: u64,
    next: u64,
}

impl Model {
    fn line(number: u64, is_long: bool) -> String {
        let rest = if is_long { "x".repeat(3_000) } else { String::new() };
        format!("record {number}{rest}")
    }

    fn record(&mut self, producer: usize, logger: usize, is_debug: bool, is_long: bool) {
        let number = self.next;
        self.next += 1;
        if is_debug && !self.lets_debug_through {
            return;
        }
        self.attempted += 1;
        if logger == 0 && self.fails {
            self.failed += 1;
        } else {
            self.lines[logger][producer].push(format!("{producer}|{}", Self::line(number, is_long)));
        }
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            lines: vec![Default::default()],
            lets_debug_through: false,
            fails: false,
            attempted: 0,
            failed: 0,
            next: 0,
        })
        .boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Step> {
        let producer = 0..PRODUCERS;
        prop_oneof![
            8 => (producer.clone(), 0..state.lines.len(), 1_usize..60, any::<bool>())
                .prop_map(|(producer, logger, count, debug)| Step::Log { producer, logger, count, debug }),
            1 => producer.clone().prop_map(|producer| Step::LogLong { producer }),
            2 => (producer.clone(), any::<bool>())
                .prop_map(|(producer, durable)| Step::Wait { producer, durable }),
            1 => Just(Step::Flush),
            1 => Just(Step::AddLogger),
            1 => any::<bool>().prop_map(|debug| Step::SetFilter { debug }),
            1 => any::<bool>().prop_map(Step::Fail),
            1 => producer.prop_map(|producer| Step::EndThread { producer }),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, step: &Step) -> bool {
        match *step {
            Step::Log { logger, .. } => logger < state.lines.len(),
            Step::AddLogger => state.lines.len() < LOGGERS,
            _ => true,
        }
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match *step {
            Step::Log { producer, logger, count, debug } => {
                (0..count).for_each(|_| state.record(producer, logger, debug, false));
            }
            Step::LogLong { producer } => state.record(producer, 0, false, true),
            Step::AddLogger => state.lines.push(Default::default()),
            Step::SetFilter { debug } => state.lets_debug_through = debug,
            Step::Fail(fails) => state.fails = fails,
            Step::Wait { .. } | Step::Flush | Step::EndThread { .. } => {}
        }
        state
    }
}

type Job = Box<dyn FnOnce(&mut Vec<(Completion, bool)>) + Send>;

/// A thread that logs what it is told to, and keeps the completions, each with whether it is to succeed.
struct Producer {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

impl Producer {
    fn new() -> Self {
        let (jobs, todo) = channel::<Job>();
        let thread = std::thread::spawn(move || {
            let mut kept = Vec::new();
            todo.into_iter().for_each(|job| job(&mut kept));
            kept.into_iter().for_each(check);
        });
        Self { jobs, thread }
    }

    /// Has it do something, and waits until it has.
    fn call(&self, job: impl FnOnce(&mut Vec<(Completion, bool)>) + Send + 'static) {
        let done = Gate::new();
        let opened = done.clone();
        self.jobs
            .send(Box::new(move |kept| {
                job(kept);
                opened.open();
            }))
            .unwrap();
        done.pass();
    }

    fn end(self) {
        drop(self.jobs);
        self.thread.join().unwrap();
    }
}

fn check((completion, succeeds): (Completion, bool)) {
    assert_eq!(completion.wait().is_ok(), succeeds);
}

type Written = Arc<Mutex<Vec<u8>>>;

struct Pipeline {
    runtime: Runtime,
    loggers: Vec<Logger>,
    written: Vec<Written>,
    fails: Arc<AtomicBool>,
    producers: Vec<Producer>,
    next: u64,
}

fn capturing(written: &Written, fails: &Arc<AtomicBool>) -> impl sink::Sink {
    let (written, fails) = (Arc::clone(written), Arc::clone(fails));
    sink::Callback::try_new(move |bytes| {
        // ORDERING: acquire, pairs with the step that switches it, when all before is written.
        if fails.load(Ordering::Acquire) {
            return Err(io::Error::other("on purpose"));
        }
        written.lock().unwrap().extend_from_slice(bytes);
        Ok(())
    })
    .layout(Text::pattern("{message}").unwrap().raw())
}

impl Pipeline {
    fn log(&mut self, producer: usize, logger: usize, (count, debug, is_long): (usize, bool, bool)) {
        let (first, logger_of) = (self.next, self.loggers[logger].clone());
        self.next += count as u64;
        // ORDERING: relaxed, this thread switches it.
        let succeeds = logger != 0 || !self.fails.load(Ordering::Relaxed);
        self.producers[producer].call(move |kept| {
            for number in first..first + count as u64 {
                let line = Model::line(number, is_long);
                let is_let_through = !debug || logger_of.is_enabled(ringlog::Level::Debug);
                let done = if debug {
                    debug_async!(logger: logger_of, "{}|{}", producer, line)
                } else {
                    info_async!(logger: logger_of, "{}|{}", producer, line)
                };
                kept.push((done, succeeds || !is_let_through));
            }
        });
    }
}

impl StateMachineTest for Pipeline {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        let (written, fails) = (Written::default(), Arc::default());
        let builder = Builder::new().ring_capacity(2 << 10).filter("info").on_error(|_| ());
        let runtime = builder.sink(capturing(&written, &fails)).start().unwrap();
        let loggers = vec![runtime.default_logger().clone()];
        let producers = (0..PRODUCERS).map(|_| Producer::new()).collect();
        Self { runtime, loggers, written: vec![written], fails, producers, next: 0 }
    }

    fn apply(mut state: Self, _: &Model, step: Step) -> Self {
        match step {
            Step::Log { producer, logger, count, debug } => {
                state.log(producer, logger, (count, debug, false))
            }
            Step::LogLong { producer } => state.log(producer, 0, (1, false, true)),
            Step::Wait { producer, durable } => state.producers[producer].call(move |kept| {
                for (completion, succeeds) in kept.drain(..) {
                    if durable {
                        assert_eq!(completion.durable().wait().is_ok(), succeeds);
                    } else {
                        check((completion, succeeds));
                    }
                }
            }),
            Step::Flush => state.runtime.flush().unwrap(),
            Step::AddLogger => {
                let written = Written::default();
                let never = Arc::default();
                let logger = state.runtime.logger(format!("logger {}", state.loggers.len()));
                state.loggers.push(logger.sink(capturing(&written, &never)).build().unwrap());
                state.written.push(written);
            }
            Step::SetFilter { debug } => {
                state.runtime.set_filter(if debug { "debug" } else { "info" }).unwrap();
            }
            Step::Fail(fails) => {
                // What was logged before is dealt with as it was then.
                state.runtime.flush().unwrap();
                // ORDERING: release, pairs with the sink.
                state.fails.store(fails, Ordering::Release);
            }
            Step::EndThread { producer } => {
                std::mem::replace(&mut state.producers[producer], Producer::new()).end();
            }
        }
        state
    }

    fn check_invariants(state: &Self, model: &Model) {
        let total = state.runtime.stats().total();
        assert_eq!(total.attempted, model.attempted);
        assert_eq!((total.dropped, total.written + total.failed + total.in_flight), (0, model.attempted));
        assert!(total.failed <= model.failed);
    }

    fn teardown(state: Self, model: Model) {
        let report = common::close(&state.runtime);
        let total = &report.total;
        assert_eq!((total.attempted, total.failed, total.dropped), (model.attempted, model.failed, 0));
        state.producers.into_iter().for_each(Producer::end);
        for (written, lines) in state.written.iter().zip(&model.lines) {
            let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
            for (producer, lines) in lines.iter().enumerate() {
                let mine = text.lines().filter(|line| line.starts_with(&format!("{producer}|")));
                assert!(mine.eq(lines), "the lines of producer {producer}");
            }
            assert_eq!(text.lines().count(), lines.iter().map(Vec::len).sum::<usize>());
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_pipeline_does_what_the_model_says(sequential 1..40 => Pipeline);
}
