//! tracing with tracing-appender's non-blocking writer, its default limit of 128,000 lines, and
//! `lossy(false)`: its default would drop lines. No colours, no ANSI codes; else the default format.

use ringlog_compare::{Outcome, Peer, Setup, calls, run};
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

    calls!(info);

    fn finish(self) -> Outcome<()> {
        drop(self.0);
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Tracing>()
}
