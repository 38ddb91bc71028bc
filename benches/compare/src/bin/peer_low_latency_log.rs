//! low_latency_log, as its README starts it: a queue of 131,072 (the default), which blocks when it is full,
//! and its thread pinned. Arguments are moved to that thread, so a borrowed text has to be cloned by the
//! caller.

use low_latency_log::{Logger, LoggerGuard, RollingCondition, info};
use ringlog_compare::{Outcome, Peer, Setup, in_turn, run};
use std::process::ExitCode;

struct LowLatencyLog(LoggerGuard);

impl Peer for LowLatencyLog {
    fn start(setup: &Setup) -> Outcome<Self> {
        let folder = setup.folder().to_str().ok_or("a folder whose name is not UTF-8")?;
        let mut logger = Logger::new(RollingCondition::new().daily(), folder.into(), "peer.log".into());
        if let Some(core) = setup.backend_core() {
            logger = logger.cpu(core);
        }
        Ok(Self(logger.init()?))
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        info!("order {} qty {} px {}", number, quantity, price);
    }

    #[inline(always)]
    fn m1_in_turn(&self, number: u64, quantity: u64, price: f64) {
        in_turn!(number, info!("order {} qty {} px {}", number, quantity, price));
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        let symbol = symbol.to_owned();
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
    run::<LowLatencyLog>()
}
