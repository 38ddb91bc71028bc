//! ftlog, with its feature `tsc`, which its README gives for higher performance, and times in UTC,
//! recommended there for throughput; its default bound of 100,000 messages, with blocking: the default would
//! discard.

use ftlog::LoggerGuard;
use ftlog::appender::FileAppender;
use log::info;
use ringlog_compare::{Outcome, Peer, Setup, calls, run};
use std::process::ExitCode;

struct Ftlog(LoggerGuard);

impl Peer for Ftlog {
    fn start(setup: &Setup) -> Outcome<Self> {
        let guard = ftlog::builder()
            .max_log_level(ftlog::LevelFilter::Info)
            .bounded(100_000, true)
            .utc()
            .root(FileAppender::builder().path(setup.file()).build())
            .try_init()
            .map_err(|error| error.to_string())?;
        Ok(Self(guard))
    }

    calls!(info);

    fn finish(self) -> Outcome<()> {
        drop(self.0);
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Ftlog>()
}
