//! Several sinks, each with a level and a layout of its own, and loggers with sinks of their own.

use ringlog::layout::{Json, Text};
use ringlog::sink::{Console, File, OnFull};
use ringlog::{Builder, Level, info, warn};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("ringlog-sinks-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let runtime = Builder::new()
        .sink(File::create(folder.join("app.log"))?)
        .sink(File::create(folder.join("app.json"))?.layout(Json::default()))
        // What the terminal cannot take in time passes it by, and nothing else waits for it.
        .sink(Console::stderr().level(Level::Warn).on_full(OnFull::Shed))
        .start()?;
    let audit = runtime
        .logger("audit")
        .sink(File::create(folder.join("audit.log"))?.layout(Text::pattern("{time} {message}")?))
        .build()?;

    for order in 0..3 {
        info!(logger: runtime, order, "accepted");
        info!(logger: audit, "order {order} accepted");
    }
    warn!(logger: runtime, "the book is thin");
    let report = runtime.shutdown()?;
    for sink in &report.stats.sinks {
        println!("{:>4} records, {:>4} bytes: {}", sink.records, sink.bytes, sink.name);
    }
    assert_eq!(std::fs::read_to_string(folder.join("audit.log"))?.lines().count(), 3);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
