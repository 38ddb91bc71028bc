//! fast_log, with a channel of 100,000, as in its README's examples ("preallocating channel memory reduces
//! the overhead"); a full one blocks.

use fast_log::Config;
use log::{LevelFilter, info};
use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
use std::process::ExitCode;

struct FastLog(());

impl Peer for FastLog {
    fn start(setup: &Setup) -> Outcome<Self> {
        let file = setup.file();
        let file = file.to_str().ok_or("a folder whose name is not UTF-8")?;
        fast_log::init(Config::new().file(file).level(LevelFilter::Info).chan_len(Some(100_000)))
            .map_err(|error| error.to_string())?;
        Ok(Self(()))
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
        log::logger().flush();
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<FastLog>()
}
