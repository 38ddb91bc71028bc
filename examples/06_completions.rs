//! Waiting for a record: until it is written, until it is on stable storage, by a thread or in async code.

use ringlog::{Builder, info, info_async, sink};
use std::time::Duration;

async fn book(fill: u32) -> Result<(), ringlog::FlushError> {
    // Any executor will do: nothing here belongs to one.
    info_async!(fill, "booked").durable().await
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::temp_dir().join(format!("ringlog-completions-{}.log", std::process::id()));
    Builder::new().sink(sink::File::create(&path)?).init()?;

    info_async!("written when this returns").wait()?;
    assert_eq!(std::fs::read_to_string(&path)?.lines().count(), 1);

    let later = info_async!("looked at now and then");
    while !later.is_done() {
        std::hint::spin_loop();
    }

    match info_async!("on the disk when this returns").durable().wait_timeout(Duration::from_secs(10)) {
        Some(outcome) => outcome?,
        None => println!("the disk takes its time"),
    }

    futures::executor::block_on(async {
        for fill in 0..3 {
            book(fill).await?;
        }
        Ok::<_, ringlog::FlushError>(())
    })?;

    // All that any thread has logged before, in all sinks.
    info!("not waited for alone");
    ringlog::flush()?;
    assert_eq!(std::fs::read_to_string(&path)?.lines().count(), 7);
    ringlog::shutdown()?;
    std::fs::remove_file(&path)?;
    Ok(())
}
