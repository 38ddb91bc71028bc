//! quicklog: one thread that logs, and one, ours, that flushes without end, as in its documentation. Its own
//! file flusher opens the file anew for each record, so it gets one that keeps it open behind a buffer: it
//! has a trait for that. Its queue holds 1,000,000 records, and a full one refuses (`try_log!`): the call is
//! then made again, so that nothing is lost.

use quicklog::level::Level;
use quicklog::{init, try_flush, try_log, with_flush};
use quicklog_flush::Flush;
use quicklog_flush::noop_flusher::NoopFlusher;
use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
use std::fs::File;
use std::hint::spin_loop;
use std::io::{BufWriter, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

struct Quicklog {
    is_ending: Arc<AtomicBool>,
    consumer: JoinHandle<()>,
}

/// A file behind a buffer.
struct Buffered(BufWriter<File>);

impl Flush for Buffered {
    fn flush_one(&mut self, line: String) {
        self.0.write_all(line.as_bytes()).expect("the file can be written to");
    }
}

impl Peer for Quicklog {
    fn start(setup: &Setup) -> Outcome<Self> {
        init!();
        with_flush!(Buffered(BufWriter::with_capacity(1 << 16, File::create(setup.file())?)));
        let is_ending = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_ending);
        let consumer = std::thread::spawn(move || {
            loop {
                // ORDERING: acquire, pairs with the release in `finish`: what was logged before is seen
                // below.
                let is_last = ends.load(Ordering::Acquire);
                while try_flush!().is_ok() {}
                if is_last {
                    break;
                }
                spin_loop();
            }
        });
        Ok(Self { is_ending, consumer })
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        while try_log!(Level::Info, "order {} qty {} px {}", number, quantity, price).is_err() {
            spin_loop();
        }
    }

    #[inline(always)]
    fn m1_in_turn(&self, number: u64, quantity: u64, price: f64) {
        in_turn!(
            number,
            while try_log!(Level::Info, "order {} qty {} px {}", number, quantity, price).is_err() {
                spin_loop();
            }
        );
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        while try_log!(Level::Info, "symbol {} id {}", symbol, id).is_err() {
            spin_loop();
        }
    }

    #[inline(always)]
    fn m3(&self) {
        while try_log!(Level::Info, "nothing to add").is_err() {
            spin_loop();
        }
    }

    fn finish(self) -> Outcome<()> {
        // ORDERING: release, pairs with the acquire in the consumer.
        self.is_ending.store(true, Ordering::Release);
        self.consumer.join().map_err(|_| "the consumer panicked")?;
        // Takes the place of the file, whose buffer is written when it is dropped.
        with_flush!(NoopFlusher::new());
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Quicklog>()
}
