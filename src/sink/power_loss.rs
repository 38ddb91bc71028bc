//! The loss of power, simulated: which states of a folder it may leave, after Pillai et al., All File Systems Are Not
//! Created Equal (OSDI 2014).
//!
//! A [`Recorder`] is put before a sink's disk and keeps each operation. [`Recorder::states`] then gives, for every
//! moment between two of them, what may be found at the next start:
//!
//! - of a file, what was synced, and of what was written since then: nothing, all, a part from its front, or its length
//!   with zeroes in place of some blocks; of one file otherwise than of the next;
//! - of the folder, the entries that were synced, and of the changes since then those up to any one of them.

use super::disk::{Disk, Gate, Operation};
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A block of a file's, small enough for a line to lie in several.
const BLOCK: usize = 8;

/// How the writes of a file that are not synced are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    All,
    None,
    Tail,
    EvenBlocks,
    OddBlocks,
}

/// How those of every other file are, and of the rest.
const LOSSES: [(Loss, Loss); 7] = [
    (Loss::All, Loss::All),
    (Loss::None, Loss::None),
    (Loss::Tail, Loss::Tail),
    (Loss::EvenBlocks, Loss::EvenBlocks),
    (Loss::OddBlocks, Loss::OddBlocks),
    (Loss::None, Loss::All),
    (Loss::All, Loss::None),
];

#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64, usize),
    /// With all that the file holds.
    Sync(u64, Vec<u8>),
    Make(String, u64),
    Rename(String, String),
    Remove(String),
    SyncFolder,
    /// These of the test's lines are durable from here on.
    Promise(Range<usize>),
}

#[derive(Default)]
struct Log {
    changes: Vec<Change>,
    /// A file that is made by the operation which was recorded last: its inode is not known before.
    made: Option<PathBuf>,
    fails_to_sync: bool,
}

/// Keeps what is done in one folder.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Log>>);

/// What the loss of power has left.
pub(super) struct State {
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// The lines that had been promised to be durable.
    pub(super) promised: Vec<usize>,
    /// When, and what was lost.
    pub(super) story: String,
}

impl Recorder {
    /// A disk that tells this recorder.
    pub(super) fn disk(&self) -> Disk {
        let recorder = self.clone();
        let gate: Gate = Arc::new(move |operation| recorder.record(operation));
        Disk { gate: Some(gate) }
    }

    /// Notes that these lines were told to be durable.
    pub(super) fn promise(&self, lines: Range<usize>) {
        self.0.lock().unwrap().push(Change::Promise(lines));
    }

    pub(super) fn fail_next_sync(&self) {
        self.0.lock().unwrap().fails_to_sync = true;
    }

    /// Called before the operation is made; one at a time is under way.
    fn record(&self, operation: &Operation<'_>) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap();
        let change = match operation {
            Operation::Open(path) if path.exists() => return Ok(usize::MAX),
            Operation::Open(path) => {
                log.learn_made();
                log.made = Some(path.to_path_buf());
                return Ok(usize::MAX);
            }
            Operation::MakeFolder(_) => return Ok(usize::MAX),
            Operation::Sync(..) if std::mem::take(&mut log.fails_to_sync) => {
                return Err(io::Error::from_raw_os_error(libc::EIO));
            }
            Operation::Write(_, file, bytes) => Change::Write(inode(file), bytes.to_vec()),
            Operation::Truncate(_, file, len) => Change::Truncate(inode(file), *len as usize),
            Operation::Sync(_, file) => {
                let contents = fs::read(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
                Change::Sync(inode(file), contents)
            }
            Operation::SyncFolder(_) => Change::SyncFolder,
            Operation::Rename(from, to) => Change::Rename(name(from), name(to)),
            Operation::Remove(path) => Change::Remove(name(path)),
        };
        log.push(change);
        Ok(usize::MAX)
    }

    /// All states, each once.
    pub(super) fn states(&self) -> Vec<State> {
        let changes = self.0.lock().unwrap().changes.clone();
        let (mut states, mut seen) = (Vec::new(), HashSet::new());
        for end in 0..=changes.len() {
            let machine = Machine::after(&changes[..end]);
            for kept in 0..=machine.unsynced.len() {
                for losses in LOSSES {
                    let state = machine.state(kept, losses);
                    let last = end.checked_sub(1).map(|last| &changes[last]);
                    let story = format!(
                        "after {end} operations, the last {last:?}; {kept} of {:?} are kept; {losses:?}",
                        machine.unsynced
                    );
                    if seen.insert((machine.promised.clone(), state.clone())) {
                        states.push(State { files: state, promised: machine.promised.clone(), story });
                    }
                }
            }
        }
        states
    }
}

impl Log {
    fn push(&mut self, change: Change) {
        self.learn_made();
        self.changes.push(change);
    }

    fn learn_made(&mut self) {
        // It may not have come to be.
        if let Some(path) = self.made.take()
            && let Ok(metadata) = fs::metadata(&path)
        {
            self.changes.push(Change::Make(name(&path), metadata.ino()));
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn inode(file: &File) -> u64 {
    file.metadata().unwrap().ino()
}

/// A file's bytes.
#[derive(Default)]
struct Contents {
    synced: Vec<u8>,
    written: Vec<u8>,
}

impl Contents {
    fn after(&self, loss: Loss) -> Vec<u8> {
        let mut left = self.written.clone();
        // What was not synced begins here, if the file was not truncated since.
        let from = self.synced.len().min(left.len());
        let blocks = |left: &mut Vec<u8>, odd: usize| {
            left[from..].chunks_mut(BLOCK).skip(odd).step_by(2).for_each(|block| block.fill(0));
        };
        match loss {
            Loss::All => return self.synced.clone(),
            Loss::None => {}
            Loss::Tail => left.truncate(from + (left.len() - from) / 2),
            Loss::EvenBlocks => blocks(&mut left, 0),
            Loss::OddBlocks => blocks(&mut left, 1),
        }
        left
    }
}

/// A machine that loses power.
#[derive(Default)]
struct Machine {
    files: Vec<Contents>,
    /// Which file has an inode now: numbers are given again.
    inodes: BTreeMap<u64, usize>,
    entries: BTreeMap<String, usize>,
    /// Changes of entries that are not synced.
    unsynced: Vec<Change>,
    promised: Vec<usize>,
}

impl Machine {
    fn after(changes: &[Change]) -> Self {
        let mut machine = Self::default();
        for change in changes {
            match change {
                Change::Write(inode, bytes) => machine.file(*inode).written.extend_from_slice(bytes),
                Change::Truncate(inode, len) => machine.file(*inode).written.truncate(*len),
                Change::Sync(inode, bytes) => {
                    *machine.file(*inode) = Contents { synced: bytes.clone(), written: bytes.clone() };
                }
                Change::Make(name, inode) => {
                    machine.inodes.insert(*inode, machine.files.len());
                    let made = Change::Make(name.clone(), machine.files.len() as u64);
                    machine.unsynced.push(made);
                    machine.files.push(Contents::default());
                }
                Change::Rename(..) | Change::Remove(_) => machine.unsynced.push(change.clone()),
                Change::SyncFolder => {
                    machine.entries = machine.entries_with(machine.unsynced.len());
                    machine.unsynced.clear();
                }
                Change::Promise(lines) => machine.promised.extend(lines.clone()),
            }
        }
        machine
    }

    fn file(&mut self, inode: u64) -> &mut Contents {
        &mut self.files[self.inodes[&inode]]
    }

    fn entries_with(&self, kept: usize) -> BTreeMap<String, usize> {
        let mut entries = self.entries.clone();
        for change in &self.unsynced[..kept] {
            match change {
                Change::Make(name, file) => drop(entries.insert(name.clone(), *file as usize)),
                Change::Rename(from, to) => {
                    let file = entries.remove(from).unwrap();
                    entries.insert(to.clone(), file);
                }
                Change::Remove(name) => drop(entries.remove(name)),
                _ => unreachable!("no change of an entry"),
            }
        }
        entries
    }

    fn state(&self, kept: usize, (even, odd): (Loss, Loss)) -> BTreeMap<String, Vec<u8>> {
        let bytes = |file: usize| self.files[file].after(if file.is_multiple_of(2) { even } else { odd });
        self.entries_with(kept).into_iter().map(|(name, file)| (name, bytes(file))).collect()
    }
}

/// A line that is whole or recognisably not.
pub(super) fn line(number: usize) -> String {
    format!("line {number:03} is whole\n")
}

impl State {
    /// Puts the files into a folder.
    pub(super) fn restore(&self, folder: &Path) {
        for (name, bytes) in &self.files {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }

    /// Checks what stands in all files, the oldest first, after the next start: what was promised once and in order,
    /// and nothing twice.
    pub(super) fn check(&self, texts: &[String]) {
        let lines: Vec<&str> = texts.iter().flat_map(|text| text.split_inclusive('\n')).collect();
        let mut at = 0;
        for &number in &self.promised {
            let wanted = line(number);
            let found = lines[at..].iter().position(|found| *found == wanted);
            at += 1 + found.unwrap_or_else(|| panic!("{wanted:?} is missing {}: {texts:?}", self.story));
        }
        let (mut seen, whole) = (HashSet::new(), |line: &&&str| line.ends_with("is whole\n"));
        let twice = lines.iter().filter(whole).find(|line| !seen.insert(**line));
        assert_eq!(twice, None, "{}: {texts:?}", self.story);
    }
}
