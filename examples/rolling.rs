//! Rolling files: one that is rotated by size and, when told so, compressed; one by the days of a time zone,
//! over a change of the clock; one that somebody else rotates, as `logrotate` does. At the end all files are
//! read back: every record stands in them once, whole and in order.
//!
//! ```text
//! cargo run --release --example rolling [--features gzip,zstd] [-- FOLDER]
//! ```

use ringlog::layout::Text;
use ringlog::sink::{RollingBuilder, RollingFile};
use ringlog::{Builder, info, info_async};
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = given.clone().unwrap_or_else(|| {
        std::env::temp_dir().join(format!("ringlog-example-rolling-{}", std::process::id()))
    });
    if folder.exists() {
        return Err(format!("{} is there already: name a folder that is not", folder.display()).into());
    }
    by_size(&folder.join("size/app.log"))?;
    by_day(&folder.join("day/app.log"))?;
    by_others(&folder.join("others/app.log"))?;
    match given {
        Some(folder) => println!("the files are in {}", folder.display()),
        None => fs::remove_dir_all(&folder)?,
    }
    Ok(())
}

/// Files of 256 KiB at most, begun anew at start, when one is full, and when the program asks for it.
fn by_size(path: &Path) -> Result {
    const RECORDS: u64 = 50_000;
    let file =
        compressed(RollingFile::builder(path)).max_size(256 << 10).at_start().keep_files(100).open()?;
    let handle = file.handle();
    let runtime = Builder::new().sink(file.layout(Text::pattern("{message}")?)).start()?;
    for number in 0..RECORDS {
        info!(logger: runtime, "record {number}: the quick brown fox jumps over the lazy dog");
        if number == RECORDS / 2 {
            handle.rotate();
        }
    }
    info_async!(logger: runtime, "record {RECORDS}: the last one, on stable storage").durable().wait()?;
    // Compression goes on behind the sink's back; who needs the archives waits for it.
    handle.wait_until_tidy();
    runtime.shutdown()?;

    let archives = fs::read_dir(path.parent().ok_or("no folder")?)?.count() - 1;
    let mut files = (1..=archives).rev().map(|index| archive(path, index)).collect::<Result<Vec<_>>>()?;
    files.push(path.to_owned());
    check("by size", &files, RECORDS + 1)?;
    for file in &files[..files.len() - 1] {
        let (name, len) = (file.display(), read(file)?.len());
        assert!(len <= 256 << 10, "{name}: {len} bytes are too many");
    }
    Ok(())
}

/// A file for each day in central Europe, around the day in March that has 23 hours. The clock is the
/// example's own.
fn by_day(path: &Path) -> Result {
    /// 2026-03-28, 06:00 in UTC.
    const START: u64 = 1_774_677_600;
    const HOURS: u64 = 60;
    let time = Arc::new(AtomicU64::new(START));
    let clock = Arc::clone(&time);
    let builder = RollingFile::builder(path)
        .clock(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed)))
        .daily_at("00:00")
        .by_date();
    #[cfg(feature = "local-time")]
    let builder = builder.time_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    let runtime = Builder::new().sink(builder.open()?.layout(Text::pattern("{message}")?)).start()?;
    for number in 0..HOURS {
        info_async!(logger: runtime, "record {number}: an hour has passed").wait()?;
        time.fetch_add(3600, Ordering::Relaxed);
    }
    runtime.shutdown()?;

    let files = ["app.2026-03-28.log", "app.2026-03-29.log", "app.log"].map(|name| path.with_file_name(name));
    check("by day", &files, HOURS)?;
    if cfg!(feature = "local-time") {
        assert_eq!(read(&files[1])?.lines().count(), 23, "the hours of 29 March 2026");
    }
    Ok(())
}

/// A file that is moved away, and the sink told so: what `logrotate` does with `create` and a `postrotate`
/// script.
fn by_others(path: &Path) -> Result {
    const RECORDS: u64 = 1_000;
    let file = RollingFile::builder(path).open()?;
    let handle = file.handle();
    let runtime = Builder::new().sink(file.layout(Text::pattern("{message}")?)).start()?;
    let moved = path.with_file_name("moved-away.log");
    for number in 0..RECORDS {
        if number == RECORDS / 2 {
            runtime.flush()?;
            fs::rename(path, &moved)?;
            handle.reopen();
        }
        info!(logger: runtime, "record {number}: goes on elsewhere");
    }
    runtime.shutdown()?;
    check("by others", &[moved, path.to_owned()], RECORDS)
}

/// Compresses by whatever this was built with.
fn compressed(builder: RollingBuilder) -> RollingBuilder {
    #[cfg(all(feature = "gzip", not(feature = "zstd")))]
    let builder = builder.compress(ringlog::sink::Compression::Gzip);
    #[cfg(feature = "zstd")]
    let builder = builder.compress(ringlog::sink::Compression::Zstd);
    builder
}

/// The archive of an index, compressed or not.
fn archive(path: &Path, index: usize) -> Result<PathBuf> {
    let names = ["", ".gz", ".zst"].map(|suffix| format!("{}.{index}{suffix}", path.display()));
    let found = names.into_iter().map(PathBuf::from).find(|path| path.exists());
    found.ok_or_else(|| format!("no archive {index} of {}", path.display()).into())
}

fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    let file = fs::File::open(path)?;
    match path.extension().and_then(|extension| extension.to_str()) {
        #[cfg(feature = "gzip")]
        Some("gz") => flate2::read::GzDecoder::new(file).read_to_string(&mut text)?,
        #[cfg(feature = "zstd")]
        Some("zst") => zstd::stream::read::Decoder::new(file)?.read_to_string(&mut text)?,
        _ => (&file).read_to_string(&mut text)?,
    };
    Ok(text)
}

/// Checks that files hold records 0, 1, 2, … one behind the other.
fn check(what: &str, files: &[PathBuf], records: u64) -> Result {
    let mut next = 0;
    for file in files {
        for line in read(file)?.lines() {
            let wanted = format!("record {next}: ");
            if !line.starts_with(&wanted) {
                return Err(format!("{}: found `{line}` in place of `{wanted}…`", file.display()).into());
            }
            next += 1;
        }
    }
    if next != records {
        return Err(format!("{what}: {next} records in place of {records}").into());
    }
    println!("{what}: {records} records in {} files, whole and in order", files.len());
    Ok(())
}
