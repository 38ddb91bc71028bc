//! A statement's first call asks the filter, in whatever form it is written.

mod common;

use common::{Captured, close_global};
use ringlog::{Builder, debug, debug_async, every_n, info, info_async};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Formatted on the spot, and counted.
struct Counted<'a>(&'a AtomicU64);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "formatted {}", self.0.fetch_add(1, Ordering::SeqCst))
    }
}

static DROPS: AtomicU64 = AtomicU64::new(0);

/// A constant is made, and dropped, each time that it is named.
const CONSTANT: Dropped = Dropped;

struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::SeqCst);
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a constant")
    }
}

#[test]
fn a_statement_that_is_off_does_nothing_from_its_first_call_on_and_one_that_is_on_logs() {
    let captured = Captured::new();
    Builder::new().filter("info").sink(captured.sink_with("{message}{fields}")).init().unwrap();
    let formats = AtomicU64::new(0);
    let (number, text, counted) = (7_u64, String::from("a text"), Counted(&formats));
    let evaluations = AtomicU64::new(0);
    let evaluated = || evaluations.fetch_add(1, Ordering::SeqCst);
    for _ in 0..2 {
        debug!("nothing");
        debug!("{number} {}", 8);
        debug!(number, "{text}");
        debug!("{counted}");
        debug!("{}", evaluated());
        debug!("{CONSTANT}");
        every_n!(1, Debug, "{counted}");
        for off in [debug_async!("{number}"), debug_async!("{text}"), debug_async!("{counted}")] {
            assert!(off.is_done());
            assert_eq!(off.wait(), Ok(()));
        }
    }
    assert_eq!((formats.load(Ordering::SeqCst), evaluations.load(Ordering::SeqCst)), (0, 0));
    assert_eq!(DROPS.load(Ordering::SeqCst), 0);
    for _ in 0..2 {
        info!("nothing");
        info!("{number} {}", 8);
        info!(number, "{text}");
        info!("{counted}");
        info!("{}", evaluated());
        info_async!("{number}").wait().unwrap();
    }
    ringlog::set_filter("debug").unwrap();
    debug!("{number}");
    let on = debug_async!("{number} {counted}");
    ringlog::set_filter("off").unwrap();
    info!("{number}");
    let report = close_global();
    on.wait().unwrap();
    let twice = |count: u64| {
        let (spot, value) = (format!("formatted {count}"), count.to_string());
        ["nothing", "7 8", "a text number=7", &spot, &value, "7"].map(str::to_owned)
    };
    let expected: Vec<String> =
        twice(0).into_iter().chain(twice(1)).chain(["7".to_owned(), "7 formatted 2".to_owned()]).collect();
    assert_eq!(captured.lines(), expected);
    assert_eq!(report.total.attempted, expected.len() as u64);
}
