//! Tests that need a clock or a disk of their own.

mod crashes;
mod faults;
mod names;
mod order;
mod power;
mod schedule;

use super::names::{Format, Names, Naming};
use super::{RollingBuilder, RollingFile};
use crate::sink::Sink;
use crate::sink::disk::{Disk, Gate, Operation};
use crate::sync::{AtomicUsize, Ordering};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A folder, and a log in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("app.log")
    }

    fn builder(&self) -> RollingBuilder {
        RollingFile::builder(self.path())
    }

    /// What stands in all files, the oldest first.
    fn text(&self) -> String {
        self.texts().concat()
    }

    /// What stands in each file, the oldest first.
    fn texts(&self) -> Vec<String> {
        let names = Names::new(self.path(), Naming::Index).unwrap();
        let archives = names.list(&Disk::default()).unwrap();
        let files = archives.into_iter().map(|archive| (archive.path, archive.format));
        files.chain([(self.path(), None)]).map(|(path, format)| unpack(&path, format)).collect()
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}

/// A disk behind a gate.
fn gated(gate: impl Fn(&Operation<'_>) -> io::Result<usize> + Send + Sync + 'static) -> Disk {
    Disk { gate: Some(Arc::new(gate) as Gate) }
}

/// The formats that can be compressed to, and none.
fn formats() -> Vec<Option<Format>> {
    vec![
        None,
        #[cfg(feature = "gzip")]
        Some(Format::Gzip),
        #[cfg(feature = "zstd")]
        Some(Format::Zstd),
    ]
}

fn unpack(path: &Path, format: Option<Format>) -> String {
    let Ok(file) = fs::File::open(path) else { return String::new() };
    let mut text = String::new();
    match format {
        None => (&file).read_to_string(&mut text),
        #[cfg(feature = "gzip")]
        Some(Format::Gzip) => flate2::read::GzDecoder::new(file).read_to_string(&mut text),
        #[cfg(feature = "zstd")]
        Some(Format::Zstd) => zstd::stream::read::Decoder::new(file).unwrap().read_to_string(&mut text),
        #[allow(unreachable_patterns, reason = "reached where a feature is off")]
        Some(_) => unreachable!("compressed without the feature"),
    }
    .unwrap();
    text
}

/// An operation in words, by the files' names in the log's folder.
fn describe(operation: &Operation<'_>) -> String {
    let name = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains("ringlog-tmp") { "temporary".to_owned() } else { name.to_owned() }
    };
    match operation {
        Operation::Open(path) => format!("open {}", name(path)),
        Operation::Write(path, _, bytes) => format!("write {} to {}", bytes.len(), name(path)),
        Operation::Truncate(path, ..) => format!("truncate {}", name(path)),
        Operation::Sync(path, _) => format!("sync {}", name(path)),
        Operation::SyncFolder(path) if name(path).starts_with(".tmp") => "sync folder".to_owned(),
        Operation::SyncFolder(path) => format!("sync folder {}", name(path)),
        Operation::Rename(from, to) => format!("rename {} to {}", name(from), name(to)),
        Operation::Remove(path) => format!("remove {}", name(path)),
        Operation::MakeFolder(path) => format!("make {}", name(path)),
    }
}

/// Counts operations.
#[derive(Clone, Debug, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Writes lines, one batch each; the ones that were acknowledged.
fn write_lines(file: &mut RollingFile, numbers: std::ops::Range<u32>) -> Vec<String> {
    let lines = numbers.map(|number| format!("line {number}\n"));
    lines.filter(|line| file.write(line.as_bytes()).is_ok()).collect()
}
