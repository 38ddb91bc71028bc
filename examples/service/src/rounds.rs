//! Starts the service, puts it under load, stops it and checks its log file: each logger once a round, by turns.

use crate::Failure;
use crate::load;
use crate::log_file::{self, Counts};
use crate::report::{self, Figures};
use crate::setup::Log;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Runs all rounds and prints the table.
///
/// # Errors
///
/// When a request failed, a record is missing, double or unexpected, or the loggers' records are not the same.
pub(crate) fn run(quick: bool) -> Result<(), Failure> {
    let (rounds, warm_up, requests) = if quick { (1, 400, 4_000) } else { (5, 4_000, 40_000) };
    let folder = tempfile::Builder::new().prefix("ringlog-service-").tempdir()?;
    let mut figures = Vec::new();
    // Where the records of all rounds have to be the same, those of the first one.
    let mut expected: Option<(Log, Counts)> = None;
    for round in 0..rounds {
        for turn in 0..Log::ALL.len() {
            let log = Log::ALL[(round + turn) % Log::ALL.len()];
            let file = folder.path().join(format!("{}-{round}.log", log.name()));
            let mut figure = once(log, &file, warm_up, requests)?;
            eprintln!("round {} of {rounds}, {}: {:.0} requests/s", round + 1, log.name(), figure.per_second);
            if log != Log::None {
                figure.found = log_file::check(log, &std::fs::read_to_string(&file)?, requests);
                let wrong = if !figure.found.is_right() {
                    Some(figure.found.to_string())
                } else {
                    let (first, counts) = expected.get_or_insert_with(|| (log, figure.found.counts.clone()));
                    report::difference(first.name(), counts, log.name(), &figure.found.counts)
                };
                if let Some(wrong) = wrong {
                    let kept = folder.keep();
                    return Err(
                        format!("{}: {wrong}\nthe files are left in {}", log.name(), kept.display()).into()
                    );
                }
                std::fs::remove_file(&file)?;
            }
            figures.push(figure);
        }
    }
    if let Some((_, counts)) = &expected {
        print!("{}", report::counts(counts));
    }
    print!("{}", report::table(&figures, requests));
    Ok(())
}

fn once(log: Log, file: &Path, warm_up: u32, requests: u32) -> Result<Figures, Failure> {
    let before = children_micros()?;
    let mut service = Service::start(log, file)?;
    let load = load::run(service.address, warm_up, requests)?;
    service.stop()?;
    let cpu = (children_micros()? - before) as f64 / f64::from(requests);
    let quantile = |quantile| load.latencies.value_at_quantile(quantile) as f64 / 1_000.0;
    let (p50, p99) = (quantile(0.5), quantile(0.99));
    Ok(Figures { log, per_second: load.per_second, p50, p99, cpu, found: log_file::Found::default() })
}

/// CPU time of all child processes that have ended, in microseconds.
fn children_micros() -> Result<i64, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(usage.user_time().num_microseconds() + usage.system_time().num_microseconds())
}

/// The service, in a process of its own. It is killed if it was not stopped.
struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    fn start(log: Log, file: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--log", log.name(), "--log-file"])
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        // Made first, so that the process is killed if it has no address to tell.
        let mut service = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        BufReader::new(stdout).read_line(&mut line)?;
        service.address = line.trim().parse().map_err(|_| format!("the service did not start: {line:?}"))?;
        Ok(service)
    }

    /// Ends its input, and waits until it has served and logged everything.
    fn stop(&mut self) -> Result<(), Failure> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the service ended with {status}").into()) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already, or it ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
