//! ringlog with `Clock::Tsc`, the default.

use ringlog::{Clock, info};
use ringlog_compare::{Outcome, Peer, Ringlog, Setup, calls, run};
use std::process::ExitCode;

struct Tsc(Ringlog);

impl Peer for Tsc {
    fn start(setup: &Setup) -> Outcome<Self> {
        Ringlog::start(setup, Clock::Tsc).map(Self)
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
    run::<Tsc>()
}
