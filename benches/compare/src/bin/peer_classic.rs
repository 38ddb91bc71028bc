//! The classic design, written for this comparison: a task pool, a promise for each message, a locked buffer.
//!
//! A log call copies its arguments into a closure on the heap, makes a promise that its caller could wait
//! for, puts both into a queue behind a mutex and rings a condition variable. The pool's thread formats the
//! line, locks the buffer, appends it, writes the buffer out when it is long enough or nothing waits, and
//! keeps the promise. The queue holds 8,192 tasks; a full one blocks.

use ringlog_compare::{Outcome, Peer, Setup, run};
use std::collections::VecDeque;
use std::fmt::Arguments;
use std::fs::File;
use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

const CAPACITY: usize = 8_192;
const BATCH: usize = 1 << 16;

type Task = Box<dyn FnOnce(&Buffer) + Send>;

/// Whether a message was taken care of, for one who waits.
#[derive(Default)]
struct Promise {
    is_kept: Mutex<bool>,
    kept: Condvar,
}

impl Promise {
    fn keep(&self) {
        *self.is_kept.lock().expect("no panic") = true;
        self.kept.notify_all();
    }

    fn wait(&self) {
        let is_kept = self.is_kept.lock().expect("no panic");
        drop(self.kept.wait_while(is_kept, |is_kept| !*is_kept).expect("no panic"));
    }
}

/// The lines that are not written yet, and where to.
struct Buffer(Mutex<(Vec<u8>, File)>);

impl Buffer {
    fn line(&self, time: SystemTime, message: Arguments<'_>) {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (seconds, nanos) = (since.as_secs(), since.subsec_nanos());
        let (lines, file) = &mut *self.0.lock().expect("no panic");
        writeln!(lines, "{seconds}.{nanos:09} INFO {message}").expect("memory takes all");
        if lines.len() >= BATCH {
            file.write_all(lines).expect("the file can be written to");
            lines.clear();
        }
    }

    fn flush(&self) {
        let (lines, file) = &mut *self.0.lock().expect("no panic");
        file.write_all(lines).expect("the file can be written to");
        lines.clear();
    }
}

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    is_closed: bool,
}

struct Pool {
    queue: Mutex<Queue>,
    filled: Condvar,
    drained: Condvar,
    buffer: Buffer,
}

impl Pool {
    fn submit(&self, task: impl FnOnce(&Buffer) + Send + 'static) -> Arc<Promise> {
        let promise = Arc::new(Promise::default());
        let kept = Arc::clone(&promise);
        let task: Task = Box::new(move |buffer| {
            task(buffer);
            kept.keep();
        });
        let queue = self.queue.lock().expect("no panic");
        let is_full = |queue: &mut Queue| queue.tasks.len() >= CAPACITY;
        let mut queue = self.drained.wait_while(queue, is_full).expect("no panic");
        queue.tasks.push_back(task);
        drop(queue);
        self.filled.notify_one();
        promise
    }

    fn work(&self) {
        loop {
            let mut queue = self.queue.lock().expect("no panic");
            if queue.tasks.is_empty() {
                drop(queue);
                self.buffer.flush();
                let is_idle = |queue: &mut Queue| queue.tasks.is_empty() && !queue.is_closed;
                queue =
                    self.filled.wait_while(self.queue.lock().expect("no panic"), is_idle).expect("no panic");
            }
            let Some(task) = queue.tasks.pop_front() else { break };
            drop(queue);
            self.drained.notify_one();
            task(&self.buffer);
        }
    }
}

struct Classic {
    pool: Arc<Pool>,
    worker: JoinHandle<()>,
}

impl Peer for Classic {
    fn start(setup: &Setup) -> Outcome<Self> {
        let file = File::create(setup.file())?;
        let pool = Arc::new(Pool {
            queue: Mutex::default(),
            filled: Condvar::new(),
            drained: Condvar::new(),
            buffer: Buffer(Mutex::new((Vec::with_capacity(2 * BATCH), file))),
        });
        let works = Arc::clone(&pool);
        let worker = std::thread::spawn(move || works.work());
        Ok(Self { pool, worker })
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        let time = SystemTime::now();
        self.pool.submit(move |buffer| {
            buffer.line(time, format_args!("order {number} qty {quantity} px {price}"));
        });
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        let (time, symbol) = (SystemTime::now(), symbol.to_owned());
        self.pool.submit(move |buffer| buffer.line(time, format_args!("symbol {symbol} id {id}")));
    }

    #[inline(always)]
    fn m3(&self) {
        let time = SystemTime::now();
        self.pool.submit(move |buffer| buffer.line(time, format_args!("nothing to add")));
    }

    fn finish(self) -> Outcome<()> {
        self.pool.submit(Buffer::flush).wait();
        self.pool.queue.lock().expect("no panic").is_closed = true;
        self.pool.filled.notify_one();
        self.worker.join().map_err(|_| "the pool's thread panicked".into())
    }
}

fn main() -> ExitCode {
    run::<Classic>()
}
