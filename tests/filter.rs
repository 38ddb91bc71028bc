//! Filters: what directives mean, and what is none.

use proptest::prelude::*;
use ringlog::{Filter, Level};

fn filter(directives: &str) -> Filter {
    Filter::parse(directives).unwrap()
}

/// The least level that is let through.
fn least(filter: &Filter, target: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|&level| filter.enabled(level, target))
}

#[test]
fn the_longest_directive_wins_whatever_the_order() {
    for directives in ["info,orders=debug,orders::risk=error", "orders::risk=error,orders=debug,info"] {
        let filter = filter(directives);
        assert_eq!(least(&filter, "orders::risk::limits"), Some(Level::Error));
        assert_eq!(least(&filter, "orders::book"), Some(Level::Debug));
        assert_eq!(least(&filter, "hyper"), Some(Level::Info));
    }
}

#[test]
fn a_target_ends_at_a_boundary() {
    let filter = filter("off,orders=trace");
    for target in ["orders", "orders::risk"] {
        assert_eq!(least(&filter, target), Some(Level::Trace), "{target}");
    }
    for target in ["orders_old", "order", "orders:risk", "my::orders", ""] {
        assert_eq!(least(&filter, target), None, "{target}");
    }
}

#[test]
fn every_form_of_directive() {
    assert_eq!(least(&filter("WaRn"), "a"), Some(Level::Warn));
    assert_eq!(least(&filter("OFF"), "a"), None);
    assert_eq!(least(&filter("orders"), "orders"), Some(Level::Trace), "a target alone lets through all");
    assert_eq!(least(&filter("orders"), "hyper"), None, "what is not named is off");
    assert_eq!(least(&filter(" , info ,, hyper = Off ,"), "hyper"), None);
    assert_eq!(least(&filter(" , info ,, hyper = Off ,"), "orders"), Some(Level::Info));
}

#[test]
fn a_level_may_be_a_number() {
    let levels = [
        None,
        Some(Level::Error),
        Some(Level::Warn),
        Some(Level::Info),
        Some(Level::Debug),
        Some(Level::Trace),
    ];
    for (number, level) in levels.into_iter().enumerate() {
        assert_eq!(least(&filter(&number.to_string()), "hyper"), level);
        assert_eq!(least(&filter(&format!("warn,orders={number}")), "orders::risk"), level);
    }
}

#[test]
fn the_last_of_two_directives_for_one_target_wins() {
    assert_eq!(filter("debug,orders=warn,info,orders=error"), filter("info,orders=error"));
}

#[test]
fn no_directive_at_all_is_the_default() {
    assert_eq!(filter(""), Filter::default());
    assert_eq!(filter(" ,"), Filter::default());
    assert_eq!(Filter::default().to_string(), "info");
}

#[test]
fn a_logger_is_named_like_a_target() {
    let filter = filter("info,audit=trace,orders::risk=error,orders=debug");
    let passes = |logger, level, target| filter.enabled_for(logger, level, target);
    assert!(passes("audit", Level::Trace, "main"));
    assert!(passes("audit::fills", Level::Trace, "main"));
    assert!(!passes("auditor", Level::Debug, "main"));
    assert!(!passes("audit", Level::Warn, "orders::risk"), "the longer name wins");
    assert!(!passes("audit", Level::Warn, "orders::risk::limits"), "by the directive's length");
    assert!(passes("", Level::Debug, "orders"));
}

#[test]
fn the_most_that_is_let_through_anywhere() {
    assert_eq!(filter("warn,orders=debug,hyper=off").max_level(), Some(Level::Debug));
    assert_eq!(filter("trace,orders=off").max_level(), Some(Level::Trace));
    assert_eq!(filter("off,orders=off").max_level(), None);
}

#[test]
fn a_bad_directive_is_shown_with_its_place() {
    for (directives, directive, position) in [
        ("info, orders=loud", "orders=loud", 6),
        ("info,orders=", "orders=", 5),
        ("=debug", "=debug", 0),
        ("a=b=info", "a=b=info", 0),
        ("é,  order book=info,x", "order book=info", 5),
        ("orders[fill]=debug", "orders[fill]=debug", 0),
        ("orders trace", "orders trace", 0),
        ("6", "6", 0),
        ("orders::=debug", "orders::=debug", 0),
        ("info,::orders", "::orders", 5),
        ("info,orders=6", "orders=6", 5),
        ("orders=warning", "orders=warning", 0),
        ("info;orders", "info;orders", 0),
        ("warn,hyper::*=off", "hyper::*=off", 5),
        ("info/fill", "info/fill", 0),
        ("info,orders=debug/fill.*", "orders=debug/fill.*", 5),
    ] {
        let error = Filter::parse(directives).unwrap_err();
        assert_eq!((error.directive(), error.position()), (directive, position), "{directives}");
        assert!(directives[error.position()..].starts_with(directive));
        let shown = error.to_string();
        assert!(shown.contains(&format!("`{directive}`")) && shown.contains("there should be"), "{shown}");
    }
}

/// Each case is this test in a process of its own, since the environment belongs to all threads of one.
#[test]
fn the_environment_holds_the_filter_where_there_is_one() {
    use std::os::unix::ffi::OsStrExt as _;
    const CASE: &str = "RINGLOG_TEST_CASE";
    let Ok(case) = std::env::var(CASE) else {
        let run = |case: &str, value: Option<&[u8]>| {
            let mut command = std::process::Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "the_environment_holds_the_filter_where_there_is_one"]).env(CASE, case);
            match value {
                Some(value) => command.env("RINGLOG", std::ffi::OsStr::from_bytes(value)),
                None => command.env_remove("RINGLOG"),
            };
            let output = command.output().unwrap();
            assert!(output.status.success(), "{case}: {}", String::from_utf8_lossy(&output.stdout));
        };
        run("none", None);
        run("none", Some(b" "));
        run("filter", Some(b"warn,orders=debug"));
        run("error", Some(b"orders=loud"));
        run("error", Some(b"\xff"));
        return;
    };
    let read = Filter::from_env();
    match case.as_str() {
        "none" => assert_eq!(read, Ok(None)),
        "filter" => assert_eq!(read, Ok(Some(filter("warn,orders=debug")))),
        _ => assert!(read.is_err()),
    }
}

fn directive() -> impl Strategy<Value = String> {
    prop_oneof![
        "(a|ab|b)(::(a|ab|b)){0,2}",
        "(trace|debug|info|warn|error|off)",
        "(a|ab|b)(::(a|ab|b)){0,2}=(trace|debug|info|warn|error|off)",
    ]
}

proptest! {
    #[test]
    fn what_is_displayed_is_read_as_an_equal_filter(directives in prop::collection::vec(directive(), 0..6)) {
        let filter = filter(&directives.join(","));
        prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
    }

    #[test]
    fn the_level_of_a_target_is_that_of_its_nearest_named_parent(
        directives in prop::collection::vec(directive(), 1..6),
        target in "(a|ab|b)(::(a|ab|b)){0,3}",
    ) {
        // The target with more and more of its end taken off, then what stands for all.
        let mut names = vec![target.as_str()];
        while let Some((parent, _)) = names[names.len() - 1].rsplit_once("::") {
            names.push(parent);
        }
        let level = |name: &str| name.parse::<Level>().ok();
        let by_name = |name: &str| directives.iter().rev().find_map(|directive| match directive.split_once('=') {
            Some((target, least)) => (target == name).then(|| level(least)),
            None => (directive == name).then_some(Some(Level::Trace)),
        });
        let rest = || directives.iter().rev().find_map(|directive| {
            (directive == "off").then_some(None).or(level(directive).map(Some))
        });
        let expected = names.into_iter().find_map(by_name).or_else(rest).flatten();
        prop_assert_eq!(least(&filter(&directives.join(",")), &target), expected);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,20}|[a=:, \\[]{0,12}") {
        let _ = Filter::parse(&text);
    }
}
