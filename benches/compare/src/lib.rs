//! The same work for each logger: what a peer's process does.
//!
//! A peer is a type that implements [`Peer`], and a binary of three lines that calls [`run`]. The driver (the
//! binary `compare`) starts it once for each run, with what to do on its command line ([`Task`]), and reads
//! what it found from its standard output ([`Report`]).
//!
//! ```text
//!  driver                         a run: one process
//!  ──────                         ──────────────────
//!  shuffle ─▶ peer_x latency ──▶  round trip ▶ start ▶ bursts of rdtsc, M1, M2, M3 ▶ cold M1 ▶ finish ▶ …
//!          ─▶ peer_y throughput ▶ round trip ▶ start ▶ warm up ▶ clock ▶ M1 … ▶ finish ▶ clock ▶ count ▶ …
//!  medians ◀─────── Report ─────  standard output
//! ```

mod cold;
mod count;
mod latency;
mod own;
mod proximity;
mod report;
mod stopwatch;
mod task;
mod throughput;
mod usage;

pub use own::Ringlog;
pub use proximity::{State, round_trip};
pub use report::{QUANTILES, Report};
pub use stopwatch::bare_clock_read;
pub use task::{LOADS, Load, Task, Work};

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a step of a run comes to.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A logger that is measured.
///
/// It writes text with a time, a level and the message to a file, and loses nothing where it can be told to.
pub trait Peer: Sized + Sync {
    /// Starts the logger. It is called on a thread that is pinned to the core for the logger's own threads,
    /// which inherit that.
    ///
    /// # Errors
    ///
    /// The logger's own.
    fn start(setup: &Setup) -> Outcome<Self>;

    /// Makes the calling thread ready to log, where the logger has a call for it. Each thread calls it
    /// before it logs.
    fn prepare_thread(&self) {}

    /// Logs `"order {} qty {} px {}"`.
    fn m1(&self, number: u64, quantity: u64, price: f64);

    /// As [`m1`](Self::m1), by one of [`STATEMENTS`] statements, whose turn the number tells: by [`in_turn!`]. Where a call
    /// tells nothing of its place, one is as good.
    fn m1_in_turn(&self, number: u64, quantity: u64, price: f64) {
        self.m1(number, quantity, price);
    }

    /// Logs `"symbol {} id {}"`, with a text of 24 bytes that is known at run time only.
    fn m2(&self, symbol: &str, id: u64);

    /// Logs `"nothing to add"`.
    fn m3(&self);

    /// Returns when all that was logged is in the file.
    ///
    /// # Errors
    ///
    /// The logger's own.
    fn finish(self) -> Outcome<()>;
}

/// How many statements a run has that logs by many in turn, as a program does.
pub const STATEMENTS: u64 = 40;

/// Runs a statement that stands in as many places as there are [`STATEMENTS`]: in the one whose turn a number tells.
///
/// All are on one line of one file: they are one again to a logger that knows a statement by no more than that.
#[macro_export]
macro_rules! in_turn {
    ($number:expr, $($statement:tt)*) => {
        $crate::in_turn!(
            @places ($number % $crate::STATEMENTS) { $($statement)*; }
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38
        )
    };
    (@places $turn:tt $statement:tt $($place:literal)*) => {
        match $turn {
            $($place => $statement)*
            _ => $statement
        }
    };
}

/// The calls of a [`Peer`] whose macro takes a format string and its arguments, as std's do, and nothing else.
#[macro_export]
macro_rules! calls {
    ($($info:ident)::+) => {
        #[inline(always)]
        fn m1(&self, number: u64, quantity: u64, price: f64) {
            $($info)::+!("order {} qty {} px {}", number, quantity, price);
        }

        #[inline(always)]
        fn m1_in_turn(&self, number: u64, quantity: u64, price: f64) {
            $crate::in_turn!(number, $($info)::+!("order {} qty {} px {}", number, quantity, price));
        }

        #[inline(always)]
        fn m2(&self, symbol: &str, id: u64) {
            $($info)::+!("symbol {} id {}", symbol, id);
        }

        #[inline(always)]
        fn m3(&self) {
            $($info)::+!("nothing to add");
        }
    };
}

/// Where a logger writes.
#[derive(Clone, Debug)]
pub struct Setup {
    folder: PathBuf,
    backend_core: Option<usize>,
}

impl Setup {
    /// An empty folder of the run's own. All that is in it afterwards is counted.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file to write to, for loggers that choose no name of their own.
    pub fn file(&self) -> PathBuf {
        self.folder.join("peer.log")
    }

    /// The core for the logger's own threads, if threads are pinned at all. They inherit it anyway.
    pub fn backend_core(&self) -> Option<usize> {
        self.backend_core
    }
}

/// The `main` of a peer's binary: does what the command line says and prints the report.
pub fn run<P: Peer>() -> ExitCode {
    match Task::from_args(std::env::args().skip(1)).and_then(|task| perform::<P>(&task)) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn perform<P: Peer>(task: &Task) -> Outcome<Report> {
    // SAFETY: no memory is involved. The signal's default action ends the process, which is what it is for.
    unsafe { libc::alarm(task.limit_seconds()) };
    let folder = task.folder.join(format!("ringlog-compare-{}", std::process::id()));
    std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let setup = Setup { folder, backend_core: task.is_pinned().then(|| task.cores[0]) };
    let result = measure::<P>(task, &setup);
    std::fs::remove_dir_all(&setup.folder)?;
    result
}

fn measure<P: Peer>(task: &Task, setup: &Setup) -> Outcome<Report> {
    let mut report = Report::default();
    let before = proximity::round_trip(&task.cores);
    if let Some(core) = setup.backend_core {
        pin(core)?;
    }
    match task.work {
        Work::Latency { bursts } => latency::measure::<P>(task, setup, bursts, &mut report)?,
        Work::Throughput { load, records } => {
            throughput::measure::<P>(task, setup, load, records, &mut report)?;
        }
    }
    report.put("found", [count::messages(&setup.folder)? as f64]);
    let after = proximity::round_trip(&task.cores);
    report.put("round_trip", before.into_iter().chain(after));
    report.put("pinned", [f64::from(u8::from(task.is_pinned()))]);
    Ok(report)
}

fn pin(core: usize) -> Outcome<()> {
    if core_affinity::set_for_current(core_affinity::CoreId { id: core }) {
        Ok(())
    } else {
        Err(format!("cannot be pinned to core {core}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn as_many_statements_take_turns() {
        let place = |number: u64| {
            let place;
            in_turn!(number, {
                static PLACE: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);
                place = (&raw const PLACE).addr();
            });
            place
        };
        let places: HashSet<_> = (0..STATEMENTS).map(place).collect();
        assert_eq!(places.len() as u64, STATEMENTS);
        assert_eq!(place(1), place(1 + STATEMENTS));
    }
}
