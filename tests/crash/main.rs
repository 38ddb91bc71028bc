//! Processes that are ended at random points, hundreds of them, and what their files hold afterwards.
//!
//! This program runs itself again: a child logs in several threads to a file and to a rolling file, and ends as its
//! seed says. What it had been told to be written or durable, and what had been logged before an end that flushes,
//! it keeps in shared memory, which outlives it (`notes`). Up to three children follow each other in one folder, as a
//! program that is started again would. After each the files are checked (`check`).
//!
//! - `RINGLOG_CRASHES=10000`: how many are ended.
//! - `RINGLOG_CRASH_SEED=42`: runs the children of this seed alone, as often as that.

mod check;
mod child;
mod notes;
mod plan;

use check::Found;
use notes::Notes;
use plan::{End, LIVES, Plan};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, SystemTime};

const CRASHES: u64 = 800;

fn main() -> ExitCode {
    if let Some(folder) = env::var_os("RINGLOG_CRASH_FOLDER") {
        return child::live(Path::new(&folder), number("RINGLOG_CRASH_SEED"), number("RINGLOG_CRASH_LIFE"));
    }
    let wanted = number("RINGLOG_CRASHES").unwrap_or(CRASHES);
    let replayed = number("RINGLOG_CRASH_SEED");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let (first, next, failed) = (replayed.unwrap_or(now << 24), AtomicU64::new(0), AtomicBool::new(false));
    let totals = Mutex::new(Totals::default());
    thread::scope(|scope| {
        for _ in 0..2 * thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while !failed.load(SeqCst) && totals.lock().unwrap().ended < wanted {
                    let seed = first + if replayed.is_some() { 0 } else { next.fetch_add(1, SeqCst) };
                    if catch_unwind(AssertUnwindSafe(|| run(seed, &totals))).is_err() {
                        eprintln!("to see it again: RINGLOG_CRASH_SEED={seed} cargo test --test crash");
                        failed.store(true, SeqCst);
                    }
                }
            });
        }
    });
    println!("{}", totals.lock().unwrap());
    ExitCode::from(u8::from(failed.load(SeqCst)))
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// What all children together came to.
#[derive(Debug, Default)]
struct Totals {
    ended: u64,
    by_end: BTreeMap<End, u64>,
    written: u64,
    durable: u64,
    promised: u64,
    found: u64,
    torn: u64,
}

impl Totals {
    fn add(&mut self, end: End, notes: &Notes, found: &Found) {
        self.ended += 1;
        *self.by_end.entry(end).or_default() += 1;
        self.written += notes.written.iter().sum::<u64>();
        self.durable += notes.durable.iter().sum::<u64>();
        self.promised += notes.promised.iter().sum::<u64>();
        self.found += found.lines;
        self.torn += found.torn;
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} processes ended: {:?}", self.ended, self.by_end)?;
        write!(
            f,
            "records told to be written {}, durable {}, to be flushed at the end {}; found {}, torn {}",
            self.written, self.durable, self.promised, self.found, self.torn
        )
    }
}

/// Lets the children of a seed live one after another in one folder, and checks what each leaves.
fn run(seed: u64, totals: &Mutex<Totals>) {
    // A process that dies takes nothing from the page cache, so it may be memory, where a sync takes no time.
    let memory = Path::new("/dev/shm");
    let folder = if memory.exists() && !seed.is_multiple_of(16) {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let folder = folder.unwrap();
    let mut lives = Vec::new();
    for life in 0..LIVES {
        let plan = Plan::of(seed, life);
        let output = Command::new(env::current_exe().unwrap())
            .env("RINGLOG_CRASH_FOLDER", folder.path())
            .env("RINGLOG_CRASH_SEED", seed.to_string())
            .env("RINGLOG_CRASH_LIFE", life.to_string())
            .env_remove("RINGLOG")
            .output()
            .unwrap();
        let status = output.status;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(plan.end.is_told_by(status.signal(), status.code()), "{plan:?}: {status:?}: {stderr}");
        lives.push((plan.end, Notes::read(folder.path(), life)));
        let found = match check::check(folder.path(), seed, &lives) {
            Ok(found) => found,
            Err(wrong) => panic!("life {life}, {plan:?}: {wrong}; files in {}", folder.keep().display()),
        };
        totals.lock().unwrap().add(plan.end, &lives[lives.len() - 1].1, &found);
        if !plan.end.flushes() && found.torn == 0 {
            tear(folder.path(), &found);
        }
    }
}

/// Leaves a part of a line at the end of each file, as a write that the kernel cut short does: that comes about too
/// seldom by itself. The next child has to end it.
fn tear(folder: &Path, found: &Found) {
    for (file, due) in ["plain.log", "rolling/app.log"].into_iter().zip(&found.due) {
        let path = folder.join(file);
        // It may have been renamed a moment ago, and not be there; or be torn since the life before.
        let Ok(text) = fs::read(&path) else { continue };
        if text.last().is_some_and(|&last| last != b'\n') {
            continue;
        }
        let mut file = fs::File::options().append(true).open(path).unwrap();
        file.write_all(&due.as_bytes()[..1 + due.len() / 2]).unwrap();
    }
}

/// How long a child may take before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(60);
