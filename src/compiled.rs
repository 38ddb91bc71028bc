//! The levels that are compiled in: features take the others out.

use crate::level::Level;

/// The least urgent level whose statements are compiled in; `None` where all are compiled out.
///
/// The features `max_level_off`, `max_level_error`, `max_level_warn`, `max_level_info`, `max_level_debug` and
/// `max_level_trace` set it, named as those of the `log` crate; those with `release_` in front, where there is one, take
/// their place in builds without debug assertions. Of several the one that keeps the most counts, as features of all the
/// packages of a build add up: a program sets them, a library does not.
///
/// Of a statement that is compiled out nothing is left to run: its arguments, level and logger are checked by the
/// compiler and never evaluated, and it is not among [`callsites`](crate::callsites). The completion of a
/// `…_async!` is done.
///
/// ```
/// use ringlog::{Level, STATIC_MAX_LEVEL, debug};
///
/// if STATIC_MAX_LEVEL.is_some_and(|least| Level::Debug >= least) {
///     let digest = [1, 2, 3].iter().sum::<i32>(); // what is costly to work out
///     debug!("state {digest}");
/// }
/// ```
pub const STATIC_MAX_LEVEL: Option<Level> = {
    let in_release = kept([
        cfg!(feature = "release_max_level_trace"),
        cfg!(feature = "release_max_level_debug"),
        cfg!(feature = "release_max_level_info"),
        cfg!(feature = "release_max_level_warn"),
        cfg!(feature = "release_max_level_error"),
        cfg!(feature = "release_max_level_off"),
    ]);
    let in_all = kept([
        cfg!(feature = "max_level_trace"),
        cfg!(feature = "max_level_debug"),
        cfg!(feature = "max_level_info"),
        cfg!(feature = "max_level_warn"),
        cfg!(feature = "max_level_error"),
        cfg!(feature = "max_level_off"),
    ]);
    match (in_release, in_all) {
        (Some(least), _) if !cfg!(debug_assertions) => least,
        (_, Some(least)) => least,
        (_, None) => Some(Level::Trace),
    }
};

/// Which of six features, from `trace` to `off`, keeps the most; none of them is on in most programs.
const fn kept(features: [bool; Level::COUNT + 1]) -> Option<Option<Level>> {
    let mut index = 0;
    while index < features.len() {
        if features[index] {
            return Some(if index < Level::COUNT { Some(Level::ALL[index]) } else { None });
        }
        index += 1;
    }
    None
}

/// Whether statements of a level are compiled in.
#[inline(always)]
pub const fn is_compiled(level: Level) -> bool {
    match STATIC_MAX_LEVEL {
        Some(least) => level as u8 >= least as u8,
        None => false,
    }
}

// What the log statements ask, named as the levels; constants, so that nothing is left of a statement that is out.

/// Statements of level trace.
pub const TRACE: bool = is_compiled(Level::Trace);
/// Statements of level debug.
pub const DEBUG: bool = is_compiled(Level::Debug);
/// Statements of level info.
pub const INFO: bool = is_compiled(Level::Info);
/// Statements of level warn.
pub const WARN: bool = is_compiled(Level::Warn);
/// Statements of level error.
pub const ERROR: bool = is_compiled(Level::Error);
/// Statements of any level.
pub const ANY: bool = STATIC_MAX_LEVEL.is_some();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_features_the_one_that_keeps_the_most_counts() {
        assert_eq!(kept([false; 6]), None);
        assert_eq!(kept([false, false, false, false, false, true]), Some(None));
        assert_eq!(kept([false, true, false, true, false, true]), Some(Some(Level::Debug)));
        assert_eq!(kept([true; 6]), Some(Some(Level::Trace)));
    }
}
