//! The rounds: each peer once for each kind of work, in an order that is shuffled anew.

use crate::binaries::Binaries;
use crate::options::Options;
use crate::roster::Entry;
use indicatif::{ProgressBar, ProgressStyle};
use ringlog_compare::{Outcome, Report, State, Task, Work, round_trip};
use std::io::IsTerminal;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a run is repeated in which the cores changed their distance. More would go on for ever on a
/// machine that is busy.
const REPEATS: u32 = 1;
/// How long a run waits for the cores to come into the state that was asked for.
const PATIENCE: Duration = Duration::from_secs(60);

/// One run of one peer.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) peer: &'static Entry,
    pub(crate) round: u32,
    pub(crate) work: Work,
    pub(crate) state: State,
    /// What it found, or what became of it.
    pub(crate) result: Result<Report, String>,
}

/// Runs all. A run that fails is among the results, and the others go on.
pub(crate) fn measure(options: &Options, binaries: &Binaries) -> Vec<Run> {
    remove_leftovers(&options.folder);
    warm_memory(&options.folder);
    let mut plan = Vec::new();
    for peer in &options.peers {
        if let Ok(binary) = &binaries[peer.name] {
            let works = options.works().into_iter().filter(|work| work.producers() <= peer.most_producers);
            plan.extend(works.map(|work| (*peer, binary.as_path(), work)));
        }
    }
    let mut random = fastrand::Rng::with_seed(options.seed);
    let progress = progress(u64::from(options.rounds) * plan.len() as u64);
    let mut runs = Vec::new();
    for round in 1..=options.rounds {
        random.shuffle(&mut plan);
        if !std::io::stderr().is_terminal() {
            eprintln!("round {round} of {}: {} runs", options.rounds, plan.len());
        }
        for &(peer, binary, work) in &plan {
            progress.set_message(peer.name);
            let task = Task { work, folder: options.folder.clone(), cores: options.cores.clone() };
            for _ in 0..=REPEATS {
                await_state(options);
                let result = run(binary, &task).map_err(|error| error.to_string());
                let state = State::of(result.as_ref().map_or(&[], |report| report.all("round_trip")));
                let is_sound = state != State::Changed || result.is_err();
                runs.push(Run { peer, round, work, state, result });
                if is_sound {
                    break;
                }
            }
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    runs
}

/// The bar is drawn between runs only: nothing of the driver's may run beside a measurement.
fn progress(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("measuring {wide_bar} {pos}/{len} eta {eta} {msg:<20}");
    ProgressBar::new(runs).with_style(style.expect("a sound template"))
}

/// The first write to memory that the host has not backed yet is several times slower than later ones.
fn warm_memory(folder: &Path) {
    let path = folder.join(format!("ringlog-compare-warm-{}", std::process::id()));
    let block = vec![b'\n'; 1 << 20];
    if let Ok(mut file) = std::fs::File::create(&path) {
        // As much as the longest files take. Where there is less room the runs will tell.
        for _ in 0..256 {
            if std::io::Write::write_all(&mut file, &block).is_err() {
                break;
            }
        }
    }
    let _ = std::fs::remove_file(&path);
}

/// Removes what runs have left that were interrupted, and that no process of theirs uses any more.
fn remove_leftovers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix("ringlog-compare-"));
        let process = process.and_then(|process| process.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn await_state(options: &Options) {
    let Some(wanted) = options.state else { return };
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match round_trip(&options.cores) {
            Some(time) if State::of(&[time]) != wanted => std::thread::sleep(Duration::from_millis(500)),
            _ => break,
        }
    }
}

fn run(binary: &Path, task: &Task) -> Outcome<Report> {
    let child = Command::new(binary)
        .args(task.to_args())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    let folder = task.folder.join(format!("ringlog-compare-{}", child.id()));
    let output = child.wait_with_output()?;
    if !output.status.success() {
        // What a process that was ended could not remove itself.
        let _ = std::fs::remove_dir_all(folder);
        let told = String::from_utf8_lossy(&output.stderr);
        let told = told.lines().next_back().unwrap_or("nothing told").to_owned();
        return Err(match output.status.signal() {
            Some(libc::SIGALRM) => {
                format!("did not come to its end within {} s", task.limit_seconds()).into()
            }
            Some(signal) => format!("ended by signal {signal}: {told}").into(),
            None => told.into(),
        });
    }
    Report::parse(&String::from_utf8(output.stdout)?)
}
