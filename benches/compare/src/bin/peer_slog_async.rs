//! slog-async over slog-term's full format, to a buffered file; a channel of 8,192 instead of the default
//! 128, and `OverflowStrategy::Block`: the default would drop records.

use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
use slog::{Drain, Logger, info, o};
use slog_async::{Async, AsyncGuard, OverflowStrategy};
use slog_term::{FullFormat, PlainDecorator};
use std::fs::File;
use std::io::BufWriter;
use std::process::ExitCode;

struct Slog {
    logger: Logger,
    guard: AsyncGuard,
}

impl Peer for Slog {
    fn start(setup: &Setup) -> Outcome<Self> {
        let file = BufWriter::with_capacity(1 << 16, File::create(setup.file())?);
        let format = FullFormat::new(PlainDecorator::new(file)).build().fuse();
        let (drain, guard) =
            Async::new(format).chan_size(8_192).overflow_strategy(OverflowStrategy::Block).build_with_guard();
        Ok(Self { logger: Logger::root(drain.fuse(), o!()), guard })
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        info!(self.logger, "order {} qty {} px {}", number, quantity, price);
    }

    #[inline(always)]
    fn m1_in_turn(&self, number: u64, quantity: u64, price: f64) {
        in_turn!(number, info!(self.logger, "order {} qty {} px {}", number, quantity, price));
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        info!(self.logger, "symbol {} id {}", symbol, id);
    }

    #[inline(always)]
    fn m3(&self) {
        info!(self.logger, "nothing to add");
    }

    fn finish(self) -> Outcome<()> {
        // The guard joins the thread, which drops the file.
        drop(self.guard);
        drop(self.logger);
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Slog>()
}
