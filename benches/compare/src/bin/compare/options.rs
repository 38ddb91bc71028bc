//! The command line.

use crate::roster::{ENTRIES, Entry};
use ringlog_compare::{LOADS, State, Work};
use std::fmt::Display;
use std::iter;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What the command line may say.
pub(crate) const USAGE: &str = "\
usage: compare [OPTIONS]

  --peers A,B,…    the loggers, by name or the beginning of it (all)
  --rounds N       how often each is run for each kind of work (5; 1 with --quick)
  --quick          one round, fewer calls and records: to see that it works
  --bursts N       bursts of 20 calls for each of M1, M2, M3 (10000; 2000 with --quick)
  --records N      records of each throughput run (1000000; 200000 with --quick)
  --cores A,B,…    the core of the loggers' own threads, then those of the producers (the first cores)
  --state near     wait up to a minute before each run until the first two cores are near (or: far)
  --folder PATH    where the log files go while they are measured (/dev/shm, or the temporary folder)
  --out PATH       where tables and plots go (target/compare)
  --seed N         of the order in which the loggers run
  --help";

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Measure(Options),
}

/// How it is to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) peers: Vec<&'static Entry>,
    pub(crate) rounds: u32,
    pub(crate) bursts: u64,
    pub(crate) records: u64,
    pub(crate) cores: Vec<usize>,
    pub(crate) state: Option<State>,
    pub(crate) folder: PathBuf,
    pub(crate) out: PathBuf,
    pub(crate) seed: u64,
}

impl Options {
    /// Reads the command line; the error says what is wrong with it.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Command, String> {
        let mut words = words.into_iter();
        let mut options = Self {
            peers: ENTRIES.iter().collect(),
            rounds: 0,
            bursts: 0,
            records: 0,
            cores: available_cores(),
            state: None,
            folder: default_folder(),
            out: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/compare"),
            seed: fastrand::u64(..),
        };
        let mut is_quick = false;
        while let Some(name) = words.next() {
            match name.as_str() {
                "--help" | "-h" => return Ok(Command::Help),
                "--quick" => {
                    is_quick = true;
                    continue;
                }
                _ => {}
            }
            let mut value = || words.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--peers" => options.peers = peers(&value()?)?,
                "--rounds" => options.rounds = number(&name, &value()?, 1..=1_000)?,
                "--bursts" => options.bursts = number(&name, &value()?, 100..=10_000_000)?,
                "--records" => options.records = number(&name, &value()?, 1_000..=1_000_000_000)?,
                "--cores" => options.cores = cores(&value()?)?,
                "--state" => options.state = Some(state(&value()?)?),
                "--folder" => options.folder = folder(value()?)?,
                "--out" => options.out = value()?.into(),
                "--seed" => options.seed = number(&name, &value()?, 0..=u64::MAX)?,
                _ => return Err(format!("{name:?} is no option")),
            }
        }
        // Only what was not given.
        let default = |value: &mut u64, quick, full| {
            if *value == 0 {
                *value = if is_quick { quick } else { full };
            }
        };
        default(&mut options.bursts, 2_000, 10_000);
        default(&mut options.records, 200_000, 1_000_000);
        if options.rounds == 0 {
            options.rounds = if is_quick { 1 } else { 5 };
        }
        Ok(Command::Measure(options))
    }

    /// What each peer is run for in a round.
    pub(crate) fn works(&self) -> Vec<Work> {
        let loads = LOADS.map(|load| Work::Throughput { load, records: self.records });
        iter::once(Work::Latency { bursts: self.bursts }).chain(loads).collect()
    }
}

fn available_cores() -> Vec<usize> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let mut cores: Vec<_> = cores.into_iter().map(|core| core.id).collect();
    if cores.is_empty() {
        cores.push(0);
    }
    // The loggers' own core and those of two producers.
    cores.truncate(3);
    cores
}

fn default_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.into() } else { std::env::temp_dir() }
}

fn number<T: FromStr + Display + PartialOrd>(
    name: &str,
    value: &str,
    range: std::ops::RangeInclusive<T>,
) -> Result<T, String> {
    value
        .parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| format!("{name} {value}: a number from {} to {}", range.start(), range.end()))
}

fn peers(value: &str) -> Result<Vec<&'static Entry>, String> {
    let mut chosen = Vec::new();
    for name in value.split(',').map(str::trim) {
        let exact = ENTRIES.iter().filter(|entry| entry.name == name);
        let alike = ENTRIES.iter().filter(|entry| !name.is_empty() && entry.name.starts_with(name));
        let before = chosen.len();
        chosen.extend(exact.chain(alike));
        if chosen.len() == before {
            let all: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
            return Err(format!("--peers {name:?}: there are {}", all.join("; ")));
        }
    }
    let mut unique: Vec<&Entry> = Vec::new();
    for entry in chosen {
        if !unique.contains(&entry) {
            unique.push(entry);
        }
    }
    Ok(unique)
}

fn cores(value: &str) -> Result<Vec<usize>, String> {
    let there = available_cores_all();
    let mut cores = Vec::new();
    for word in value.split(',') {
        let core = word.trim().parse().ok().filter(|core| there.contains(core) && !cores.contains(core));
        cores.push(core.ok_or_else(|| format!("--cores {value}: different ones of {there:?}"))?);
    }
    Ok(cores)
}

fn available_cores_all() -> Vec<usize> {
    core_affinity::get_core_ids().unwrap_or_default().into_iter().map(|core| core.id).collect()
}

fn state(value: &str) -> Result<State, String> {
    match value {
        "near" => Ok(State::Near),
        "far" => Ok(State::Far),
        _ => Err(format!("--state {value}: near or far")),
    }
}

fn folder(value: String) -> Result<PathBuf, String> {
    let folder = PathBuf::from(value);
    if folder.is_dir() { Ok(folder) } else { Err(format!("--folder {}: not a folder", folder.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        Options::parse(line.split_whitespace().map(String::from))
    }

    fn options(line: &str) -> Options {
        match parse(line) {
            Ok(Command::Measure(options)) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_given_goes_before_what_quick_says() {
        let options = options("--records 5000 --quick --rounds 3");
        assert_eq!((options.records, options.rounds, options.bursts), (5_000, 3, 2_000));
    }

    #[test]
    fn peers_are_chosen_by_the_beginning_of_their_names() {
        let chosen = options("--peers ticklog,ring,ringlog").peers;
        let names: Vec<_> = chosen.iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["ticklog", "ringlog", "ringlog, coarse", "ringlog, async", "ringlog, tracing"]);
    }

    #[test]
    fn bad_arguments_are_named() {
        for (line, told) in [
            ("--fast", "--fast"),
            ("--rounds", "needs a value"),
            ("--rounds 0", "from 1 to 1000"),
            ("--rounds many", "--rounds many"),
            ("--peers nolog", "there are ringlog"),
            ("--cores 9999", "different ones of"),
            ("--state mixed", "near or far"),
            ("--folder /nowhere", "not a folder"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(told), "{line}: {error}");
        }
        assert!(matches!(parse("--help"), Ok(Command::Help)));
    }
}
