//! fast_log, with a channel of 100,000, as in its README's examples ("preallocating channel memory reduces
//! the overhead"); a full one blocks.

use fast_log::Config;
use log::{LevelFilter, info};
use ringlog_compare::{Outcome, Peer, Setup, calls, run};
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

    calls!(info);

    fn finish(self) -> Outcome<()> {
        log::logger().flush();
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<FastLog>()
}
