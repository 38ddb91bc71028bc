//! What a run is to do, as the driver writes it on the command line of a peer.

use crate::Outcome;
use std::path::PathBuf;

/// What a run measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// What a call of M1, M2 and M3 costs, in so many bursts each, and one of M1 on cold caches.
    Latency {
        /// How many bursts of 20 calls are counted: five for each cold call.
        bursts: u64,
    },
    /// How long it takes until records of M1 are in the file.
    Throughput {
        /// Who logs them.
        load: Load,
        /// How many they are together.
        records: u64,
    },
}

/// Who logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load {
    /// How many threads.
    pub producers: usize,
    /// Whether by [`STATEMENTS`](crate::STATEMENTS) statements in turn, not by one.
    pub in_turn: bool,
}

/// The loads that each peer is run under.
pub const LOADS: [Load; 3] = [
    Load { producers: 1, in_turn: false },
    Load { producers: 2, in_turn: false },
    Load { producers: 1, in_turn: true },
];

impl Work {
    /// How many threads log.
    pub fn producers(&self) -> usize {
        match self {
            Self::Latency { .. } => 1,
            Self::Throughput { load, .. } => load.producers,
        }
    }

    /// What it is called on a command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Throughput { load: Load { in_turn: false, .. }, .. } => "throughput",
            Self::Throughput { load: Load { in_turn: true, .. }, .. } => "throughput-in-turn",
        }
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is measured.
    pub work: Work,
    /// Where the run makes a folder for its files.
    pub folder: PathBuf,
    /// The core of the logger's own threads, then those of the producers.
    pub cores: Vec<usize>,
}

impl Task {
    /// Whether there is a core for each producer beside the one for the logger's threads. If not, nothing is
    /// pinned: two threads that spin on one core would measure the kernel's time slices.
    pub fn is_pinned(&self) -> bool {
        self.cores.len() > self.work.producers()
    }

    /// The core of the producer `index`, if threads are pinned.
    pub(crate) fn producer_core(&self, index: usize) -> Option<usize> {
        self.is_pinned().then(|| self.cores[index + 1])
    }

    /// After so many seconds the run is ended by a signal, so that a logger that hangs holds nobody up: a
    /// minute, and ten times as long as the slowest logger is known to take.
    pub fn limit_seconds(&self) -> u32 {
        let work = match self.work {
            // Four kinds of calls, 75 µs and the calls themselves; a fifth as many cold ones, a millisecond
            // each.
            Work::Latency { bursts } => bursts / 150,
            Work::Throughput { records, .. } => records / 20_000,
        };
        u32::try_from(60 + work).unwrap_or(u32::MAX)
    }

    /// The words that [`from_args`](Self::from_args) understands.
    pub fn to_args(&self) -> Vec<String> {
        let amount = match self.work {
            Work::Latency { bursts } => bursts,
            Work::Throughput { records, .. } => records,
        };
        let cores: Vec<_> = self.cores.iter().map(usize::to_string).collect();
        let folder = self.folder.display().to_string();
        vec![
            self.work.name().into(),
            self.work.producers().to_string(),
            amount.to_string(),
            folder,
            cores.join(","),
        ]
    }

    /// Reads a command line.
    ///
    /// # Errors
    ///
    /// What the command line should be.
    pub fn from_args(words: impl IntoIterator<Item = String>) -> Outcome<Self> {
        const USAGE: &str = "usage: latency 1 BURSTS FOLDER CORES | \
                             throughput[-in-turn] PRODUCERS RECORDS FOLDER CORES \
                             (CORES as in 0,1: the logger's own, then the producers')";
        let words: Vec<_> = words.into_iter().collect();
        let [name, producers, amount, folder, cores] = words.as_slice() else { return Err(USAGE.into()) };
        let throughput = |in_turn| {
            let load = Load { producers: producers.parse()?, in_turn };
            Ok::<_, Box<dyn std::error::Error>>(Work::Throughput { load, records: amount.parse()? })
        };
        let work = match name.as_str() {
            "latency" => Work::Latency { bursts: amount.parse()? },
            "throughput" => throughput(false)?,
            "throughput-in-turn" => throughput(true)?,
            _ => return Err(USAGE.into()),
        };
        let cores = cores.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| USAGE)?;
        Ok(Self { work, folder: folder.into(), cores })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_survives_the_command_line() {
        let throughput = LOADS.map(|load| Work::Throughput { load, records: 9 });
        for work in throughput.into_iter().chain([Work::Latency { bursts: 7 }]) {
            let task = Task { work, folder: "/dev/shm".into(), cores: vec![0, 3] };
            assert_eq!(Task::from_args(task.to_args()).unwrap(), task);
        }
    }

    #[test]
    fn threads_are_pinned_where_each_has_a_core() {
        let task = |producers| Task {
            work: Work::Throughput { load: Load { producers, in_turn: false }, records: 1 },
            folder: PathBuf::new(),
            cores: vec![0, 1],
        };
        assert_eq!(task(1).producer_core(0), Some(1));
        assert_eq!(task(2).producer_core(0), None);
    }

    #[test]
    fn other_words_are_refused() {
        for line in ["", "latency", "fly 1 1 /tmp 0,1", "latency 1 x /tmp 0,1", "latency 1 1 /tmp 0,x"] {
            assert!(Task::from_args(line.split(' ').map(String::from)).is_err(), "{line}");
        }
    }
}
