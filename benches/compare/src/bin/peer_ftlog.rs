//! ftlog, with its feature `tsc`, which its README gives for higher performance, and times in UTC,
//! recommended there for throughput; its default bound of 100,000 messages, with blocking: the default would
//! discard.

use ftlog::LoggerGuard;
use ftlog::appender::FileAppender;
use log::info;
use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
use std::process::ExitCode;

struct Ftlog(LoggerGuard);

impl Peer for Ftlog {
    fn start(setup: &Setup) -> Outcome<Self> {
        let guard = ftlog::builder()
            .max_log_level(ftlog::LevelFilter::Info)
            .bounded(100_000, true)
            .utc()
            .root(FileAppender::builder().path(setup.file()).build())
            .try_init()
            .map_err(|error| error.to_string())?;
        Ok(Self(guard))
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        info!("order {} qty {} px {}", number, quantity, price);
    }

    #[inline(always)]
    fn m1_in_turn(&self, turn: u64, number: u64, quantity: u64, price: f64) {
        in_turn!(turn, info!("order {} qty {} px {}", number, quantity, price));
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        info!("symbol {} id {}", symbol, id);
    }

    #[inline(always)]
    fn m3(&self) {
        info!("nothing to add");
    }

    fn finish(self) -> Outcome<()> {
        drop(self.0);
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Ftlog>()
}
