//! ticklog. Its drain thread spins; a full ring (1 MiB a thread, fixed) blocks, so that nothing is lost;
//! threads are prepared with `warm_up`, as its README has it for latency-sensitive ones.

#![allow(missing_docs, reason = "ticklog makes macros in the crate that starts it")]

use ringlog_compare::{Outcome, Peer, Setup, calls, run};
use std::process::ExitCode;
use ticklog::{Backpressure, FileSink, Guard, info};

struct Ticklog(Guard);

impl Peer for Ticklog {
    fn start(setup: &Setup) -> Outcome<Self> {
        let guard = ticklog::configure! {
            sink: FileSink::truncate(setup.file())?,
            backpressure: Backpressure::Block,
            drain_affinity: setup.backend_core().map(|core| vec![core]),
        }?;
        Ok(Self(guard))
    }

    fn prepare_thread(&self) {
        ticklog::warm_up().expect("a thread's buffer");
    }

    calls!(info);

    fn finish(self) -> Outcome<()> {
        drop(self.0);
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Ticklog>()
}
