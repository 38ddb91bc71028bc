//! ringlog with `info_async!`: each call gives a completion that could be waited for, and here is dropped.

use ringlog::{Clock, info_async};
use ringlog_compare::{Outcome, Peer, Ringlog, Setup, in_turn, run};
use std::hint::black_box;
use std::process::ExitCode;

struct Awaitable(Ringlog);

impl Peer for Awaitable {
    fn start(setup: &Setup) -> Outcome<Self> {
        Ringlog::start(setup, Clock::Tsc).map(Self)
    }

    fn prepare_thread(&self) {
        ringlog::register_thread();
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        let _ = black_box(&info_async!("order {} qty {} px {}", number, quantity, price));
    }

    #[inline(always)]
    fn m1_in_turn(&self, number: u64, quantity: u64, price: f64) {
        in_turn!(number, let _ = black_box(&info_async!("order {} qty {} px {}", number, quantity, price)));
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        let _ = black_box(&info_async!("symbol {} id {}", symbol, id));
    }

    #[inline(always)]
    fn m3(&self) {
        let _ = black_box(&info_async!("nothing to add"));
    }

    fn finish(self) -> Outcome<()> {
        self.0.finish()
    }
}

fn main() -> ExitCode {
    run::<Awaitable>()
}
