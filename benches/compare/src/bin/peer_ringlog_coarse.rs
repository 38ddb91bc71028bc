//! ringlog with `Clock::Coarse`: a log call reads no clock, only a word of memory.

use ringlog::{Clock, info};
use ringlog_compare::{Outcome, Peer, Ringlog, Setup, calls, run};
use std::process::ExitCode;

struct Coarse(Ringlog);

impl Peer for Coarse {
    fn start(setup: &Setup) -> Outcome<Self> {
        Ringlog::start(setup, Clock::Coarse).map(Self)
    }

    fn prepare_thread(&self) {
        ringlog::register_thread();
    }

    calls!(info);

    fn finish(self) -> Outcome<()> {
        self.0.finish()
    }
}

fn main() -> ExitCode {
    run::<Coarse>()
}
