//! ringlog with `Clock::Tsc`, the default.

use ringlog::{Clock, info};
use ringlog_compare::{Outcome, Peer, Ringlog, Setup, in_turn, run};
use std::process::ExitCode;

struct Tsc(Ringlog);

impl Peer for Tsc {
    fn start(setup: &Setup) -> Outcome<Self> {
        Ringlog::start(setup, Clock::Tsc).map(Self)
    }

    fn prepare_thread(&self) {
        ringlog::register_thread();
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
        self.0.finish()
    }
}

fn main() -> ExitCode {
    run::<Tsc>()
}
