//! A service as many are: axum and tower-http, SQLite behind a pool of blocking threads, libraries that log through
//! `tracing` and others that log through `log`. Only its setup lines, in `setup.rs`, say where the records go: to
//! tracing-subscriber's `fmt` and tracing-appender, or to ringlog.
//!
//! ```text
//! cargo run --release --manifest-path examples/service/Cargo.toml
//! ```
//!
//! starts it by turns without any logging, with tracing-appender and with ringlog, puts it under load over loopback,
//! and then reads its log file: each request of the load generator's must have left each of its records exactly once,
//! and both loggers must have written the same records, counted by level, target and message. The table says what
//! each made of the same load. `-- --quick` takes seconds, and its figures mean nothing.
//!
//! Exit status: 0, or 1 if a record was missing or double, or a request failed, or 2 for arguments that it does not
//! know.
//!
//! | file | holds |
//! |---|---|
//! | `setup.rs` | **the setup lines**: all that differs |
//! | `service.rs`, `store.rs` | the service, an order book that knows nothing of who writes its records |
//! | `plan.rs` | which requests are made, and which records each of them leaves |
//! | `load.rs` | the load generator: keep-alive connections, a thread each |
//! | `log_file.rs` | reads a log file of either logger |
//! | `rounds.rs`, `report.rs` | starts, loads, checks; medians and the table |

mod load;
mod log_file;
mod plan;
mod report;
mod rounds;
mod service;
mod setup;
mod store;

use setup::Log;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: service [--quick]                            all loggers by turns, under load
       service serve --log LOG --log-file FILE      the service alone, until its standard input ends

       LOG: ringlog, tracing-appender or none";

/// Why something was not done, in words.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

enum Command {
    Compare { quick: bool },
    Serve { log: Log, log_file: PathBuf },
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, Failure> {
    let (mut serve, mut quick, mut log, mut log_file) = (false, false, None, None);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} wants a value"));
        match argument.as_str() {
            "serve" => serve = true,
            "--quick" => quick = true,
            "--log" => log = Some(value()?.parse()?),
            "--log-file" => log_file = Some(PathBuf::from(value()?)),
            _ => return Err(format!("unknown argument {argument:?}").into()),
        }
    }
    match (serve, log, log_file) {
        (false, None, None) => Ok(Command::Compare { quick }),
        (true, Some(log), Some(log_file)) if !quick => Ok(Command::Serve { log, log_file }),
        _ => Err("these arguments do not go together".into()),
    }
}

fn main() -> ExitCode {
    let command = match parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("service: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Command::Compare { quick } => rounds::run(quick),
        Command::Serve { log, log_file } => serve(log, &log_file),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("service: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(log: Log, log_file: &std::path::Path) -> Result<(), Failure> {
    let _logging = setup::logging(log, log_file)?;
    service::run(&log_file.with_extension("db"))
}
