//! Rolling files: when they are rotated, what archives are called, what is kept, and who else may move them.

mod archives;
#[path = "../common/mod.rs"]
mod common;
mod opening;
mod others;
mod property;
mod service;
mod triggers;

use ringlog::sink::{RollingBuilder, RollingFile, Sink};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// 2026-11-23T00:00:00Z.
const MONDAY: u64 = 1_795_392_000;

/// A folder with a log, and a clock that stands until it is set.
struct Place {
    folder: TempDir,
    time: Arc<AtomicU64>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), time: Arc::new(AtomicU64::new(MONDAY + 12 * HOUR)) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn builder(&self) -> RollingBuilder {
        let time = Arc::clone(&self.time);
        let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(time.load(Ordering::SeqCst));
        RollingFile::builder(self.path("app.log")).clock(now)
    }

    fn set_time(&self, time: u64) {
        self.time.store(time, Ordering::SeqCst);
    }

    fn pass(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Makes a file that was last written to so many seconds ago.
    fn put_old(&self, name: &str, text: &str, age: u64) {
        self.put(name, text);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.time.load(Ordering::SeqCst) - age);
        fs::File::options().append(true).open(self.path(name)).unwrap().set_modified(time).unwrap();
    }

    fn read(&self, name: &str) -> String {
        unpack(&self.path(name))
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}

/// What a file holds, compressed or not.
fn unpack(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        #[cfg(feature = "gzip")]
        Some("gz") => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text),
        #[cfg(feature = "zstd")]
        Some("zst") => zstd::stream::read::Decoder::new(&bytes[..]).unwrap().read_to_string(&mut text),
        _ => (&bytes[..]).read_to_string(&mut text),
    }
    .unwrap();
    text
}

fn write(file: &mut RollingFile, text: &str) {
    file.write(text.as_bytes()).unwrap();
}
