//! Sinks that fail: tried again, replaced by another, and told of.

use ringlog::sink::{Callback, OnError};
use ringlog::{Builder, Event, info_async};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let calls = AtomicU32::new(0);
    // A disk that is full for a while, then for good.
    let disk = Callback::try_new(move |_: &[u8]| match calls.fetch_add(1, Ordering::Relaxed) {
        0 | 3 => Ok(()),
        _ => Err(io::ErrorKind::StorageFull.into()),
    });
    let spare = Callback::new(|bytes: &[u8]| print!("spare: {}", String::from_utf8_lossy(bytes)));
    let policy = OnError::retry(Duration::from_millis(50), Duration::from_millis(1)).or_fallback(spare);
    let runtime = Builder::new()
        .sink(disk.on_error(policy))
        .on_error(|event: &Event| println!("ringlog says: {event}"))
        .start()?;

    info_async!(logger: runtime, "written at once").wait()?;
    info_async!(logger: runtime, "written at the third try").wait()?;
    info_async!(logger: runtime, "written by the spare").wait()?;

    let report = runtime.shutdown()?;
    let sink = &report.stats.sinks[0];
    println!("{} tries again, {} records by the spare", sink.retries, sink.fallen_back);
    assert_eq!((report.total.written, report.total.failed, sink.fallen_back), (3, 0, 1));
    Ok(())
}
