//! Which records are let through: by level and target, from code or from the environment's `RINGLOG`, and anew at run time.

use ringlog::{Builder, Level, callsites, debug, info, log, sink, trace, warn};

mod orders {
    pub(crate) mod risk {
        pub(crate) fn check(limit: u32) {
            ringlog::debug!("limit {limit} holds");
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Without `filter`, the variable RINGLOG says it, and else `info`.
    Builder::new()
        .filter("info,04_filters::orders::risk=debug,noisy=off")
        .sink(sink::Console::stdout())
        .init()?;

    info!("let through");
    debug!("held back");
    orders::risk::check(100);
    warn!(target: "noisy", "held back, as its target is off");
    let level = if std::env::args().len() > 1 { Level::Warn } else { Level::Trace };
    log!(level, "a level that is found at run time");

    ringlog::set_filter("trace")?;
    trace!("let through by now");
    let error = ringlog::set_filter("info,orders=loud").unwrap_err();
    println!("a directive that is none: {error}");

    println!("{} statements have been reached", callsites().len());
    let report = ringlog::shutdown()?;
    assert_eq!(report.total.attempted, 3);
    Ok(())
}
