//! Statements that are switched on or off by hand: by the place where they stand.

use crate::callsite::Place;
use std::str::FromStr;

/// What [`switch_callsite`](crate::switch_callsite) sets a log statement to.
///
/// ```
/// use ringlog::{Switch, switch_callsite};
/// switch_callsite("src/orders.rs:42", Switch::Off)?;
/// # Ok::<_, ringlog::PlaceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Its records are let through.
    On,
    /// Its records are not let through.
    Off,
    /// The filter decides, or the logger that the statement names.
    Filter,
}

/// A text that is no `file:line`.
///
/// ```
/// let error = ringlog::switch_callsite("src/orders.rs:last", ringlog::Switch::On).unwrap_err();
/// assert!(error.to_string().contains("`src/orders.rs:last`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place of a statement: use file:line, as in `src/orders.rs:42`")]
pub struct PlaceError(String);

/// The end of a file's path, and a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    file: String,
    line: u32,
}

impl Spot {
    pub(super) fn is_at(&self, place: &Place) -> bool {
        self.line == place.line && is_end(place.file, &self.file)
    }

    /// Whether all that is at `other` is here too.
    fn covers(&self, other: &Spot) -> bool {
        self.line == other.line && is_end(&other.file, &self.file)
    }
}

/// Whether a path ends with the components of another.
fn is_end(path: &str, end: &str) -> bool {
    let separator = |byte: u8| byte == b'/' || byte == b'\\';
    let same = |(a, b): (u8, u8)| a == b || (separator(a) && separator(b));
    path.len() >= end.len()
        && path.bytes().rev().zip(end.bytes().rev()).all(same)
        && (path.len() == end.len() || separator(path.as_bytes()[path.len() - end.len() - 1]))
}

impl FromStr for Spot {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let number =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        let read = || {
            let (file, line) = text.trim().rsplit_once(':')?;
            let line = number(line).filter(|&line| line > 0)?;
            // A column behind the line, as compilers write it, would be taken for the line.
            let has_column = file.rsplit_once(':').is_some_and(|(_, last)| number(last).is_some());
            let file = file.strip_prefix("./").unwrap_or(file);
            (!file.is_empty() && !has_column).then(|| Spot { file: file.to_owned(), line })
        };
        read().ok_or_else(|| PlaceError(text.to_owned()))
    }
}

/// What was switched: of those that mean a statement the last counts.
#[derive(Debug)]
pub(super) struct Switches(Vec<(Spot, Switch)>);

impl Switches {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// What a statement is switched to. Allocates nothing: log calls that come to a statement for the first time ask.
    pub(super) fn of(&self, place: &Place) -> Switch {
        let found = self.0.iter().rev().find(|(spot, _)| spot.is_at(place));
        found.map_or(Switch::Filter, |&(_, switch)| switch)
    }

    /// Whether anything is switched on.
    #[cfg(feature = "log")]
    pub(super) fn has_on(&self) -> bool {
        self.0.iter().any(|(_, switch)| *switch == Switch::On)
    }

    pub(super) fn set(&mut self, spot: Spot, switch: Switch) {
        self.0.retain(|(known, _)| !spot.covers(known));
        // Back to the filter is what holds anyway, unless something else still means the place.
        if switch != Switch::Filter || self.0.iter().any(|(known, _)| known.covers(&spot)) {
            self.0.push((spot, switch));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;

    fn place(file: &'static str, line: u32) -> Place {
        Place { level: Level::Info, target: "t", module: "m", file, line, format: "" }
    }

    fn spot(text: &str) -> Spot {
        text.parse().unwrap()
    }

    #[test]
    fn a_spot_is_the_end_of_a_path_at_a_boundary() {
        for text in ["src/book/orders.rs:42", "book/orders.rs:42", "orders.rs:42", "book\\orders.rs:42"] {
            assert!(spot(text).is_at(&place("src/book/orders.rs", 42)), "{text}");
        }
        assert!(spot("book/orders.rs:42").is_at(&place("src\\book\\orders.rs", 42)));
        assert!(spot(" ./src/main.rs:7 ").is_at(&place("src/main.rs", 7)));
        for text in ["ders.rs:42", "orders.rs:4", "k/orders.rs:42", "x/src/book/orders.rs:42", "orders:42"] {
            assert!(!spot(text).is_at(&place("src/book/orders.rs", 42)), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_shown() {
        for text in [
            "",
            ":",
            "42",
            ":42",
            "a.rs",
            "a.rs:",
            "a.rs:0",
            "a.rs:-1",
            "a.rs:+1",
            "a.rs:4294967296",
            "a.rs:1:2",
        ] {
            assert_eq!(text.parse::<Spot>(), Err(PlaceError(text.to_owned())));
        }
    }

    #[test]
    fn the_last_switch_that_means_a_statement_counts() {
        let mut switches = Switches::new();
        let (book, risk) = (place("src/book/a.rs", 1), place("src/risk/a.rs", 1));
        switches.set(spot("a.rs:1"), Switch::Off);
        switches.set(spot("book/a.rs:1"), Switch::On);
        assert_eq!((switches.of(&book), switches.of(&risk)), (Switch::On, Switch::Off));
        switches.set(spot("book/a.rs:1"), Switch::Filter);
        assert_eq!((switches.of(&book), switches.of(&risk)), (Switch::Filter, Switch::Off));
        switches.set(spot("a.rs:1"), Switch::Filter);
        assert_eq!((switches.of(&book), switches.of(&risk)), (Switch::Filter, Switch::Filter));
        assert!(switches.0.is_empty());
    }
}
