//! The process-wide filter, and all statements that have been reached.
//!
//! A statement's state is a byte that the log call reads, relaxed and without a lock. It is written under the
//! registry's lock alone: by the statement's first call, which takes the filter as it is and adds the statement to
//! the list, and by whoever sets a new filter, for each statement on the list. So a statement is on the list before
//! a new filter goes through it, or asks after that and finds the new filter: no update is lost.

use super::Filter;
use super::switch::{PlaceError, Spot, Switch, Switches};
use crate::callsite::{Callsite, Place, Rule};
#[cfg(feature = "log")]
use crate::level::Level;
use crate::sync::{Mutex, is_holding, lock};
use std::any::Any;

static GLOBAL: Registry = Registry::new();

struct Registry {
    state: Mutex<State>,
}

struct State {
    /// None until it is set or asked for.
    filter: Option<Filter>,
    /// What was switched by hand.
    switches: Switches,
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

    /// Who says whether a statement is enabled.
    fn rule(&mut self, callsite: &Callsite, names_logger: bool) -> Rule {
        let place = callsite.place();
        match self.switches.of(place) {
            Switch::On => Rule::On,
            Switch::Off => Rule::Off,
            Switch::Filter if names_logger => Rule::Logger,
            Switch::Filter => {
                if self.filter().enabled(place.level, place.target) {
                    Rule::On
                } else {
                    Rule::Off
                }
            }
        }
    }

    /// The filter, read from the environment where it is not known yet.
    fn filter(&mut self) -> &Filter {
        // Whoever sets a filter tells the user what is wrong with the environment's; here there is nobody to tell.
        self.filter.get_or_insert_with(|| Filter::from_env().ok().flatten().unwrap_or_default())
    }

    fn apply(&mut self, callsite: &Callsite) {
        let names_logger = callsite.names_logger();
        callsite.set_rule(self.rule(callsite, names_logger), names_logger);
    }

    fn callsites(&self) -> impl Iterator<Item = &'static Callsite> + use<> {
        std::iter::successors(self.reached.map(|(first, _)| first), |callsite| callsite.next())
    }
}

impl Registry {
    const fn new() -> Self {
        Self { state: Mutex::new(State { filter: None, switches: Switches::new(), reached: None }) }
    }

    fn register(&self, callsite: &'static Callsite, names_logger: bool) -> Rule {
        let mut state = lock(&self.state);
        // Two threads may make a statement's first call at once.
        if !callsite.is_registered() {
            state.add(callsite);
        }
        let rule = state.rule(callsite, names_logger);
        callsite.set_rule(rule, names_logger);
        rule
    }

    fn set(&self, filter: Filter) {
        let mut state = lock(&self.state);
        state.filter = Some(filter);
        for callsite in state.callsites() {
            state.apply(callsite);
        }
    }

    fn switch(&self, spot: Spot, switch: Switch) -> usize {
        let mut state = lock(&self.state);
        let count = state.callsites().filter(|callsite| spot.is_at(callsite.place())).count();
        state.switches.set(spot, switch);
        for callsite in state.callsites() {
            state.apply(callsite);
        }
        count
    }

    fn callsites(&self) -> Vec<CallsiteState> {
        let state = lock(&self.state);
        let listed = state.callsites().map(|callsite| CallsiteState {
            place: callsite.place(),
            enabled: callsite.is_on(),
            names_logger: callsite.names_logger(),
            switch: state.switches.of(callsite.place()),
        });
        listed.collect()
    }
}

/// A statement's first call: whether it is enabled. Locks; allocates if the
/// environment's filter has to be read.
pub(crate) fn register(callsite: &'static Callsite) -> bool {
    if is_holding() {
        // Out of a signal handler or an allocator, while this very lock may be held.
        crate::entry::stray();
        return false;
    }
    GLOBAL.register(callsite, false) == Rule::On
}

/// As [`register`], for a statement that names a logger.
pub(crate) fn register_for_logger(callsite: &'static Callsite) -> Rule {
    if is_holding() {
        // As in `register`; the logger counts what it refuses.
        return Rule::Logger;
    }
    GLOBAL.register(callsite, true)
}

/// Sets the filter of all statements that name no logger.
pub(crate) fn set_global(filter: Filter) {
    GLOBAL.set(filter);
    tell_changed();
}

/// Who is told when the filter or a switch has changed: other logging interfaces, which have filters of their own in
/// front.
static FOLLOWERS: Mutex<Vec<fn()>> = Mutex::new(Vec::new());

/// Keeps all of this as it is.
pub(crate) fn hold() -> Box<dyn Any> {
    // A follower asks what the filter is: so in this order.
    Box::new((lock(&FOLLOWERS), lock(&GLOBAL.state)))
}

/// Has `follow` called now, and whenever the filter or a switch has changed. It asks for what it wants to know, and sets
/// no filter.
#[cfg(feature = "log")]
pub(crate) fn on_change(follow: fn()) {
    lock(&FOLLOWERS).push(follow);
    tell_changed();
}

/// Calls the followers one after another under their lock, so that the last call sees the last change. The registry's lock
/// is not held.
fn tell_changed() {
    for follow in &*lock(&FOLLOWERS) {
        follow();
    }
}

/// The least urgent level that the filter may let through for any statement; none where all is off. A statement
/// that is switched on may be of any level.
#[cfg(feature = "log")]
pub(crate) fn max_level() -> Option<Level> {
    let mut state = lock(&GLOBAL.state);
    if state.switches.has_on() { Some(Level::Trace) } else { state.filter().max_level() }
}

/// Whether the filter lets a level of a target through. Takes a lock.
#[cfg(feature = "log")]
pub(crate) fn is_enabled(level: Level, target: &str) -> bool {
    let mut state = lock(&GLOBAL.state);
    crate::compiled::is_compiled(level) && (state.switches.has_on() || state.filter().enabled(level, target))
}

/// A log statement that has been reached, as it stands: what [`callsites`] lists.
///
/// ```
/// use ringlog::{callsites, info};
///
/// info!(target: "orders", "accepted");
/// for statement in callsites() {
///     let place = statement.place;
///     let line = format!("{}:{} {} {:?}", place.file, place.line, place.target, place.format);
///     assert!(statement.enabled, "{line} is off");
/// }
/// # assert!(!callsites().is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallsiteState {
    /// What the source says of it.
    pub place: &'static Place,
    /// Whether it lets records through. Where it names a logger and is not switched by hand, this is true, and
    /// the logger's level decides.
    pub enabled: bool,
    /// Whether it names a logger.
    pub names_logger: bool,
    /// What [`switch_callsite`] has set it to.
    pub switch: Switch,
}

/// All log statements that have been reached, in the order in which they were, and their states. A statement whose
/// level is an expression is listed once for each level that it was reached with. Locks the list of statements; log
/// calls are not held up.
///
/// ```
/// ringlog::info!("listening");
/// let listed = ringlog::callsites()[0];
/// assert_eq!((listed.place.format, listed.enabled), ("listening", true));
/// ```
pub fn callsites() -> Vec<CallsiteState> {
    GLOBAL.callsites()
}

/// Switches the log statements of a place, `file:line`, on or off, whatever the filter or their logger says; or back
/// to what these say. How many statements that have been reached stand there; one that is reached later obeys as
/// well. Holds until it is switched again: [`set_filter`](crate::set_filter) changes nothing about it.
///
/// The file is what [`callsites`] and the records show ([`file!`]), or the end of it: `orders.rs:42` means
/// `src/orders.rs` as well as `src/book/orders.rs`. The line is that in which the statement begins. Of several calls that
/// mean a statement the last counts. Sinks have levels of their own, which are not touched.
///
/// Takes time with the number of statements; log calls are not held up.
///
/// # Errors
///
/// When the text is no `file:line`.
///
/// ```
/// use ringlog::{Switch, callsites, debug, switch_callsite};
///
/// let step = || debug!("a step");
/// step();
/// let place = callsites()[0].place;
/// let spot = format!("{}:{}", place.file, place.line);
/// assert!(!callsites()[0].enabled);
///
/// assert_eq!(switch_callsite(&spot, Switch::On)?, 1);
/// assert!(callsites()[0].enabled);
/// switch_callsite(&spot, Switch::Filter)?;
/// assert!(!callsites()[0].enabled);
///
/// let error = switch_callsite("orders.rs", Switch::On).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`orders.rs` is no place of a statement: use file:line, as in `src/orders.rs:42`"
/// );
/// # Ok::<_, ringlog::PlaceError>(())
/// ```
pub fn switch_callsite(place: &str, switch: Switch) -> Result<usize, PlaceError> {
    let count = GLOBAL.switch(place.parse()?, switch);
    tell_changed();
    Ok(count)
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
        assert_eq!(registry.register(debug, false), Rule::Off);
        assert_eq!(registry.register(info, false), Rule::On);
        registry.set("debug,hyper=off".parse().unwrap());
        assert!(debug.is_enabled() && !info.is_enabled());
        let listed: Vec<_> =
            registry.callsites().into_iter().map(|listed| (listed.place.target, listed.enabled)).collect();
        assert_eq!(listed, [("orders", true), ("hyper", false)]);
    }

    #[test]
    fn a_statement_reached_twice_at_once_is_listed_once() {
        let registry = Registry::new();
        let statement = callsite(Level::Info, "orders");
        assert_eq!(registry.register(statement, false), registry.register(statement, false));
        assert_eq!(registry.callsites().len(), 1);
    }

    #[test]
    fn a_switch_holds_for_what_is_reached_later_and_through_new_filters() {
        let registry = Registry::new();
        registry.set(Filter::default());
        assert_eq!(registry.switch("f.rs:1".parse().unwrap(), Switch::On), 0);
        let (debug, to_logger) = (callsite(Level::Debug, "orders"), callsite(Level::Debug, "orders"));
        assert_eq!(registry.register(debug, false), Rule::On);
        assert_eq!(registry.register(to_logger, true), Rule::On);
        registry.set("off".parse().unwrap());
        assert!(debug.is_enabled() && to_logger.is_enabled_for(|| false));
        assert_eq!(registry.switch("f.rs:1".parse().unwrap(), Switch::Off), 2);
        registry.set("trace".parse().unwrap());
        assert!(!debug.is_enabled() && !to_logger.is_enabled_for(|| true));
        assert_eq!(registry.switch("f.rs:1".parse().unwrap(), Switch::Filter), 2);
        assert!(
            debug.is_enabled() && to_logger.is_enabled_for(|| true) && !to_logger.is_enabled_for(|| false)
        );
        assert!(registry.callsites()[1].names_logger && !registry.callsites()[0].names_logger);
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
                        half.iter().for_each(|statement| _ = registry.register(statement, false));
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
