//! Statements that are listed, and switched by the place where they stand. One process, one test: the list is global.

mod common;

use common::Captured;
use ringlog::{Builder, CallsiteState, Level, Switch, callsites, debug, info, log, switch_callsite};

fn listed(format: &str) -> Vec<CallsiteState> {
    callsites().into_iter().filter(|listed| listed.place.format == format).collect()
}

fn spot(format: &str) -> String {
    let place = listed(format)[0].place;
    format!("{}:{}", place.file, place.line)
}

#[test]
fn statements_are_listed_and_switched_by_their_place() {
    let (kept, audited) = (Captured::new(), Captured::new());
    Builder::new().filter("info").sink(kept.sink()).init().unwrap();
    let audit = ringlog::logger("audit").sink(audited.sink()).level(Level::Info).build().unwrap();
    let run = |expected: [usize; 3], what: &str| {
        let before = [kept.lines().len(), audited.lines().len()];
        debug!("a debug statement");
        debug!(logger: audit, "of a logger");
        for level in Level::ALL {
            log!(level, "at any level");
        }
        ringlog::flush().unwrap();
        let (kept, audited) = (kept.lines(), audited.lines());
        let count = |lines: &[String], text| lines.iter().filter(|line| line.contains(text)).count();
        let found = [
            count(&kept[before[0]..], "a debug statement"),
            count(&audited[before[1]..], "of a logger"),
            count(&kept[before[0]..], "at any level"),
        ];
        assert_eq!(found, expected, "{what}");
    };

    run([0, 0, 3], "as the filter has it");
    assert_eq!(listed("never reached").len(), 0);
    let states = |format: &str| {
        let states =
            listed(format).into_iter().map(|listed| (listed.enabled, listed.names_logger, listed.switch));
        states.collect::<Vec<_>>()
    };
    assert_eq!(states("a debug statement"), [(false, false, Switch::Filter)]);
    assert_eq!(states("of a logger"), [(true, true, Switch::Filter)]);
    assert_eq!(listed("at any level").len(), 5);
    let levels: Vec<_> = listed("at any level").iter().map(|listed| listed.place.level).collect();
    assert_eq!(levels, Level::ALL);

    assert_eq!(switch_callsite(&spot("a debug statement"), Switch::On), Ok(1));
    assert_eq!(switch_callsite(&spot("of a logger"), Switch::On), Ok(1));
    assert_eq!(switch_callsite(&spot("at any level"), Switch::On), Ok(5));
    run([1, 1, 5], "switched on");
    ringlog::set_filter("off,audit=off").unwrap();
    run([1, 1, 5], "still on under a new filter");
    assert_eq!(states("of a logger"), [(true, true, Switch::On)]);

    let file = file!().rsplit('/').next().unwrap();
    for format in ["a debug statement", "of a logger", "at any level"] {
        switch_callsite(&format!("{file}:{}", listed(format)[0].place.line), Switch::Off).unwrap();
    }
    ringlog::set_filter("trace,audit=trace").unwrap();
    run([0, 0, 0], "switched off");
    assert_eq!(states("a debug statement"), [(false, false, Switch::Off)]);
    for format in ["a debug statement", "of a logger", "at any level"] {
        switch_callsite(&spot(format), Switch::Filter).unwrap();
    }
    run([1, 1, 5], "back to the filter");

    // Of a statement that is yet to be reached.
    assert_eq!(switch_callsite(&format!("{}:{}", file!(), line!() + 2), Switch::Off), Ok(0));
    for _ in 0..2 {
        info!("reached later");
        info!("and the next");
    }
    ringlog::flush().unwrap();
    assert!(!kept.lines().iter().any(|line| line.contains("reached later")));
    assert_eq!(kept.lines().iter().filter(|line| line.contains("and the next")).count(), 2);
    assert!(switch_callsite("nowhere", Switch::On).is_err());
    common::close_global();
}
