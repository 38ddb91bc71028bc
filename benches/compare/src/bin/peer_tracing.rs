//! tracing with tracing-appender's non-blocking writer, its default limit of 128,000 lines, and
//! `lossy(false)`: its default would drop lines. No colours, no ANSI codes; else the default format.

use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
use std::fs::File;
use std::process::ExitCode;
use tracing::info;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

struct Tracing(WorkerGuard);

impl Peer for Tracing {
    fn start(setup: &Setup) -> Outcome<Self> {
        let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(File::create(setup.file())?);
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
        tracing::subscriber::set_global_default(subscriber)?;
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
    run::<Tracing>()
}
