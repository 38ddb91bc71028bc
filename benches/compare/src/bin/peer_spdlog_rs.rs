//! spdlog-rs: an asynchronous sink over a file, with its feature `flexible-string`, which its documentation
//! gives for faster formatting; the pool's default capacity of 8,192 and policy `Block` (the default), which
//! loses nothing.

use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
use spdlog::sink::{AsyncPoolSink, FileSink, OverflowPolicy};
use spdlog::{Logger, ThreadPool, info};
use std::process::ExitCode;
use std::sync::Arc;

struct Spdlog(Arc<Logger>);

impl Peer for Spdlog {
    fn start(setup: &Setup) -> Outcome<Self> {
        let file = FileSink::builder().path(setup.file()).truncate(true).build_arc()?;
        let sink = AsyncPoolSink::builder()
            .sink(file)
            .overflow_policy(OverflowPolicy::Block)
            .thread_pool(ThreadPool::builder().build_arc()?)
            .build_arc()?;
        Ok(Self(Arc::new(Logger::builder().sink(sink).build()?)))
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        info!(logger: self.0, "order {} qty {} px {}", number, quantity, price);
    }

    #[inline(always)]
    fn m1_in_turn(&self, number: u64, quantity: u64, price: f64) {
        in_turn!(number, info!(logger: self.0, "order {} qty {} px {}", number, quantity, price));
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        info!(logger: self.0, "symbol {} id {}", symbol, id);
    }

    #[inline(always)]
    fn m3(&self) {
        info!(logger: self.0, "nothing to add");
    }

    fn finish(self) -> Outcome<()> {
        // The last reference to the pool joins its thread, and the last one to the file flushes it.
        drop(self.0);
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Spdlog>()
}
