//! The macros of `tracing` with ringlog as their subscriber, beside `peer_tracing`.

use ringlog::Clock;
use ringlog_compare::{Outcome, Peer, Ringlog, Setup, calls, run};
use std::process::ExitCode;
use tracing::info;

struct Bridged(Ringlog);

impl Peer for Bridged {
    fn start(setup: &Setup) -> Outcome<Self> {
        ringlog::bridge::tracing::init()?;
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
    run::<Bridged>()
}
