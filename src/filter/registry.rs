//! The process-wide filter, and all statements that it has been asked about.
//!
//! A statement's state is a byte that the log call reads, relaxed and without a lock. It is written under the
//! registry's lock alone: by the statement's first call, which takes the filter as it is and adds the statement to
//! the list, and by whoever sets a new filter, for each statement on the list. So a statement is on the list before
//! a new filter goes through it, or asks after that and finds the new filter: no update is lost.

use super::Filter;
use crate::callsite::{Callsite, Place};
use crate::sync::{Mutex, lock};

static GLOBAL: Registry = Registry::new();

struct Registry {
    state: Mutex<State>,
}

struct State {
    /// None until it is set or asked for.
    filter: Option<Filter>,
    /// The first and the last of the statements that have been reached. Each points to the next, so that a log
    /// call that comes to its statement for the first time allocates nothing.
    reached: Option<(&'static Callsite, &'static Callsite)>,
}

impl State {
    fn add(&mut self, callsite: &'static Callsite) {
        let first = match self.reached {
            Some((first, last)) => {
                last.set_next(callsite);
                first
            }
            None => callsite,
        };
        self.reached = Some((first, callsite));
    }

    fn callsites(&self) -> impl Iterator<Item = &'static Callsite> {
        std::iter::successors(self.reached.map(|(first, _)| first), |callsite| callsite.next())
    }
}

impl Registry {
    const fn new() -> Self {
        Self { state: Mutex::new(State { filter: None, reached: None }) }
    }

    fn register(&self, callsite: &'static Callsite) -> bool {
        let mut state = lock(&self.state);
        // Two threads may make a statement's first call at once.
        if !callsite.is_registered() {
            state.add(callsite);
        }
        // Whoever sets a filter tells the user what is wrong with the environment's; here there is nobody to tell.
        let filter =
            state.filter.get_or_insert_with(|| Filter::from_env().ok().flatten().unwrap_or_default());
        let on = enabled(filter, callsite);
        callsite.set_enabled(on);
        on
    }

    fn set(&self, filter: Filter) {
        let mut state = lock(&self.state);
        for callsite in state.callsites() {
            callsite.set_enabled(enabled(&filter, callsite));
        }
        state.filter = Some(filter);
    }

    fn callsites(&self) -> Vec<(&'static Place, bool)> {
        lock(&self.state).callsites().map(|callsite| (callsite.place(), callsite.is_enabled())).collect()
    }
}

fn enabled(filter: &Filter, callsite: &Callsite) -> bool {
    let place = callsite.place();
    filter.enabled(place.level, place.target)
}

/// A statement's first call: whether it is enabled. Locks; allocates if the
/// environment's filter has to be read.
pub(crate) fn register(callsite: &'static Callsite) -> bool {
    GLOBAL.register(callsite)
}

/// Sets the filter of all statements that name no logger.
pub(crate) fn set_global(filter: Filter) {
    GLOBAL.set(filter);
}

/// All log statements that have been reached, in the order in which they were, and whether the process-wide filter
/// lets them through. Locks the list of statements; log calls are not held up.
///
/// ```
/// ringlog::info!("listening");
/// let (place, enabled) = ringlog::callsites()[0];
/// assert_eq!((place.format, enabled), ("listening", true));
/// ```
pub fn callsites() -> Vec<(&'static Place, bool)> {
    GLOBAL.callsites()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;
    use std::sync::Barrier;

    fn callsite(level: Level, target: &'static str) -> &'static Callsite {
        let place = Place { level, target, module: "m", file: "f.rs", line: 1, format: "" };
        Box::leak(Box::new(Callsite::new(place)))
    }

    #[test]
    fn a_new_filter_reaches_each_statement_that_has_been_reached() {
        let registry = Registry::new();
        registry.set(Filter::default());
        let (debug, info) = (callsite(Level::Debug, "orders"), callsite(Level::Info, "hyper"));
        assert!(!registry.register(debug));
        assert!(registry.register(info));
        registry.set("debug,hyper=off".parse().unwrap());
        assert!(debug.is_enabled() && !info.is_enabled());
        let listed: Vec<_> = registry.callsites().into_iter().map(|(place, on)| (place.target, on)).collect();
        assert_eq!(listed, [("orders", true), ("hyper", false)]);
    }

    #[test]
    fn a_statement_reached_twice_at_once_is_listed_once() {
        let registry = Registry::new();
        let statement = callsite(Level::Info, "orders");
        assert_eq!(registry.register(statement), registry.register(statement));
        assert_eq!(registry.callsites().len(), 1);
    }

    #[test]
    fn no_statement_misses_the_last_filter() {
        for _ in 0..50 {
            let registry = Registry::new();
            let statements: Vec<_> = (0..64).map(|_| callsite(Level::Debug, "orders")).collect();
            let start = Barrier::new(3);
            std::thread::scope(|scope| {
                for half in statements.chunks(32) {
                    let (registry, start) = (&registry, &start);
                    scope.spawn(move || {
                        start.wait();
                        half.iter().for_each(|statement| _ = registry.register(statement));
                    });
                }
                start.wait();
                registry.set("off".parse().unwrap());
                registry.set("debug".parse().unwrap());
            });
            assert!(statements.iter().all(|statement| statement.is_enabled()));
            assert_eq!(registry.callsites().len(), 64);
        }
    }
}
