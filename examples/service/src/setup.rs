//! The setup lines: all that is different between the loggers.

use crate::Failure;
use std::fs::File;
use std::path::Path;
use std::str::FromStr;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// What is logged, in words that both filters take: what the service and tower-http say of each request, SQLite's
/// statements, axum's rejections, and the sources of events of mio, beneath tokio, with which `log` has its part.
const FILTER: &str = "info,service=debug,tower_http=debug,sqlite=debug,axum::rejection=trace,rusqlite_migration=debug,mio=trace";

/// Where the records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    None,
    TracingAppender,
    Ringlog,
}

impl Log {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::TracingAppender, Self::Ringlog];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::TracingAppender => "tracing-appender",
            Self::Ringlog => "ringlog",
        }
    }
}

impl FromStr for Log {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|log| log.name() == name);
        found.ok_or_else(|| format!("no logger is called {name:?}: ringlog, tracing-appender or none"))
    }
}

/// Sets up the logger that was chosen. What it gives has to live as long as the program logs.
pub(crate) fn logging(log: Log, file: &Path) -> Result<Option<WorkerGuard>, Failure> {
    match log {
        Log::None => Ok(None),
        Log::TracingAppender => tracing_appender(file).map(Some),
        Log::Ringlog => ringlog(file).map(|()| None),
    }
}

fn tracing_appender(file: &Path) -> Result<WorkerGuard, Failure> {
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(File::create(file)?);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(FILTER)?)
        .with_ansi(false)
        .with_writer(writer)
        .try_init()?;
    Ok(guard)
}

fn ringlog(file: &Path) -> Result<(), Failure> {
    ringlog::bridge::tracing::init()?;
    ringlog::Builder::new().filter(FILTER).sink(ringlog::sink::File::create(file)?).init()?;
    Ok(())
}
