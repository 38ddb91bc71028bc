//! The bodies of the fuzz targets: each takes any bytes, and panics where ringlog breaks a promise.
//!
//! They are run by `cargo-fuzz` (`cargo +nightly fuzz run --features libfuzzer pattern fuzz/seeds/pattern`), and by
//! `src/bin/short.rs`, which needs neither nightly nor a sanitizer.

mod values;

pub use values::values;

use ringlog::config::Config;
use ringlog::layout::Text;
use ringlog::{Filter, Level};

/// A fuzz target, by its name, which is that of its folder of seeds.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 4] =
    [("pattern", pattern), ("filter", filter), ("config", config), ("values", values)];

/// A pattern is taken, or the error names a place in it and what stands there.
pub fn pattern(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Text::pattern(text) {
        Ok(layout) => values::print(&layout.raw(), text),
        Err(error) => {
            assert!(text[error.position()..].starts_with(error.found()));
            assert!(!error.expected().is_empty());
            let told = error.to_string();
            assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
            assert_eq!(told.lines().count(), 3, "{told:?}");
        }
    }
}

/// A filter is taken, and what it prints means the same; or the error says what is wrong.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<Filter>() {
        Ok(filter) => {
            let again: Filter = filter.to_string().parse().expect("what a filter prints is one");
            assert_eq!(again, filter);
            let targets = text.split([',', '=']).map(str::trim);
            for target in targets.chain(["", "orders", "orders::risk", "::"]) {
                let is_enabled: Vec<bool> = Level::ALL.map(|level| filter.enabled(level, target)).into();
                assert!(is_enabled.is_sorted(), "a level lets the more urgent ones through: {is_enabled:?}");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A configuration is taken, or the error names a line that there is.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // Not `builder`, which makes files.
    if let Err(error) = Config::parse(text) {
        let lines = text.split('\n').count();
        assert!(error.line().is_none_or(|line| (1..=lines).contains(&line)), "{error}");
        assert!(!error.to_string().is_empty());
    }
}
