//! Which statements are enabled: directives for targets, modules and loggers.
//!
//! ```text
//!   info,orders::risk=debug,hyper=off
//!   ────                                 all that no other directive names
//!        ───────────────────             `orders::risk` and what is below it
//! ```

mod registry;
mod switch;

pub use registry::{CallsiteState, callsites, switch_callsite};
pub(crate) use registry::{hold, register, register_for_logger, set_global};
#[cfg(feature = "log")]
pub(crate) use registry::{is_enabled, max_level, on_change};
pub use switch::{PlaceError, Switch};

use crate::level::Level;
use std::fmt;
use std::str::FromStr;

/// The environment variable that holds the filter where a program sets none.
const VARIABLE: &str = "RINGLOG";

/// Which levels of which targets are let through.
///
/// A filter is written as directives with commas between them, as env_logger and tracing's `EnvFilter` have them:
///
/// | | |
/// |---|---|
/// | `level` | lets through this level and the more urgent ones, for all that no other directive names |
/// | `target=level` | the same for a target and all below it: `orders` means `orders` and `orders::risk`, but not `orders_old` |
/// | `target` | lets through all levels of a target |
/// | `off`, `target=off` | lets through nothing |
///
/// A level is `trace`, `debug`, `info`, `warn` or `error`, in any case, or a number from `0` (off) by way of `1` (error)
/// to `5` (trace). Space around directives, targets and levels does not count; the case of a target does. Where several
/// directives name a target, the longest wins, wherever it stands; of two for the same target, the last. A named logger
/// is named in the same way as a target. What no directive names is off, but a filter without any directive is the
/// default one: `info`. A message is never looked at: env_logger's `/regex` is an error.
///
/// ```
/// use ringlog::{Filter, Level};
/// let filter: Filter = "warn,orders::risk=debug,hyper=off".parse()?;
/// assert!(filter.enabled(Level::Debug, "orders::risk::limits"));
/// assert!(!filter.enabled(Level::Info, "orders"));
/// assert!(!filter.enabled(Level::Error, "hyper::client"));
/// # Ok::<_, ringlog::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    rest: Option<Level>,
    /// In the order of their targets, each once.
    directives: Vec<Directive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Directive {
    target: String,
    level: Option<Level>,
}

/// A directive that is none: which, where it stands, and what would be right.
///
/// ```
/// let error = ringlog::Filter::parse("info, orders=loud").unwrap_err();
/// assert_eq!(error.position(), 6);
/// assert_eq!(
///     error.to_string(),
///     "bad filter directive `orders=loud` at byte 6 of `info, orders=loud`: there should be off, trace, debug, \
///      info, warn or error after the `=`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad filter directive `{directive}` at byte {position} of `{filter}`: there should be {expected}")]
pub struct FilterError {
    filter: String,
    position: usize,
    directive: String,
    expected: &'static str,
}

impl FilterError {
    /// The directive.
    ///
    /// ```
    /// let error = ringlog::Filter::parse("info,hyper=quiet").unwrap_err();
    /// assert_eq!(error.directive(), "hyper=quiet");
    /// ```
    pub fn directive(&self) -> &str {
        &self.directive
    }

    /// The byte of the filter at which the directive begins.
    ///
    /// ```
    /// let filter = "info,hyper=quiet";
    /// let error = ringlog::Filter::parse(filter).unwrap_err();
    /// assert_eq!(&filter[error.position()..], "hyper=quiet");
    /// ```
    pub fn position(&self) -> usize {
        self.position
    }
}

impl Filter {
    /// Reads a filter. Parts that are empty are passed over.
    ///
    /// ```
    /// use ringlog::{Filter, Level};
    ///
    /// let filter = Filter::parse("warn, orders = 4")?; // 4 is debug
    /// assert!(filter.enabled(Level::Debug, "orders"));
    /// assert!(Filter::parse("warn, orders = 9").is_err());
    /// # Ok::<_, ringlog::FilterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When a part is no directive; the error shows it.
    pub fn parse(filter: &str) -> Result<Self, FilterError> {
        let mut read = Self { rest: None, directives: Vec::new() };
        let (mut position, mut empty) = (0, true);
        for part in filter.split(',') {
            let directive = part.trim();
            if !directive.is_empty() {
                empty = false;
                read.add(directive).map_err(|expected| FilterError {
                    filter: filter.to_owned(),
                    position: position + (part.len() - part.trim_start().len()),
                    directive: directive.to_owned(),
                    expected,
                })?;
            }
            position += part.len() + 1;
        }
        Ok(if empty { Self::default() } else { read })
    }

    /// The filter of the environment variable `RINGLOG`; none where it is not set or empty.
    ///
    /// ```
    /// use ringlog::Filter;
    ///
    /// let filter = Filter::from_env()?.unwrap_or_default();
    /// # let _ = filter;
    /// # Ok::<_, ringlog::FilterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it holds something else than a filter.
    pub fn from_env() -> Result<Option<Self>, FilterError> {
        let Some(value) = std::env::var_os(VARIABLE) else { return Ok(None) };
        match value.to_str() {
            Some(filter) if filter.trim().is_empty() => Ok(None),
            Some(filter) => Self::parse(filter).map(Some),
            None => {
                let shown = value.to_string_lossy().into_owned();
                let expected = "text in UTF-8";
                Err(FilterError { filter: shown.clone(), position: 0, directive: shown, expected })
            }
        }
    }

    /// Whether records of a level and a target are let through.
    ///
    /// ```
    /// use ringlog::{Filter, Level};
    ///
    /// let filter = Filter::parse("info,orders::risk=trace")?;
    /// assert!(filter.enabled(Level::Trace, "orders::risk::limits"));
    /// assert!(!filter.enabled(Level::Debug, "orders"));
    /// # Ok::<_, ringlog::FilterError>(())
    /// ```
    pub fn enabled(&self, level: Level, target: &str) -> bool {
        self.enabled_for("", level, target)
    }

    /// Whether records of a level and a target are let through to a named logger. Directives may name the logger or
    /// the target: the longer one that fits wins, of two as long the target's.
    ///
    /// ```
    /// use ringlog::{Filter, Level};
    ///
    /// let filter = Filter::parse("warn,audit=debug")?;
    /// assert!(filter.enabled_for("audit", Level::Debug, "orders"));
    /// assert!(!filter.enabled_for("fills", Level::Debug, "orders"));
    /// # Ok::<_, ringlog::FilterError>(())
    /// ```
    pub fn enabled_for(&self, logger: &str, level: Level, target: &str) -> bool {
        let fitting = |name: &str| {
            let fitting = self.directives.iter().filter(|directive| directive.fits(name));
            fitting.max_by_key(|directive| directive.target.len())
        };
        let found = [fitting(logger), fitting(target)].into_iter().flatten();
        let directive = found.max_by_key(|directive| directive.target.len());
        let least = directive.map_or(self.rest, |directive| directive.level);
        least.is_some_and(|least| level >= least)
    }

    /// Whether a directive names a target or a logger, or one of its parents.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.directives.iter().any(|directive| directive.fits(name))
    }

    /// The least urgent level that any target has let through; none where all is off.
    ///
    /// ```
    /// use ringlog::{Filter, Level};
    ///
    /// assert_eq!(Filter::parse("warn,orders=debug")?.max_level(), Some(Level::Debug));
    /// assert_eq!(Filter::parse("off")?.max_level(), None);
    /// # Ok::<_, ringlog::FilterError>(())
    /// ```
    pub fn max_level(&self) -> Option<Level> {
        self.directives.iter().filter_map(|directive| directive.level).chain(self.rest).min()
    }

    /// Adds a directive, or says what it should have been.
    fn add(&mut self, directive: &str) -> Result<(), &'static str> {
        if directive.contains('/') {
            return Err("no `/`: a filter goes by levels and targets, and never by what a message says");
        }
        let (target, level) = match directive.split_once('=') {
            Some((target, level)) => {
                let level = read_level(level.trim());
                (target.trim(), level.ok_or("off, trace, debug, info, warn or error after the `=`")?)
            }
            None => match read_level(directive) {
                Some(level) => {
                    self.rest = level;
                    return Ok(());
                }
                None if directive.bytes().all(|byte| byte.is_ascii_digit()) => {
                    return Err("a level as a number from 0 (off) to 5 (trace)");
                }
                None => (directive, Some(Level::Trace)),
            },
        };
        if target.is_empty() {
            return Err("a target before the `=`");
        }
        if target.contains(';') {
            return Err("a comma between directives, as in `info,orders=debug`");
        }
        if target.contains('*') {
            return Err("a target without `*`: `orders=debug` means all below `orders` too");
        }
        if target.contains(|c: char| c.is_whitespace() || c.is_control() || "[]{}\"".contains(c)) {
            return Err("a target without spaces, brackets and quotes, as in `orders::risk=debug`");
        }
        if target.starts_with(':') || target.ends_with(':') {
            return Err("a target without `:` at its ends: `orders=debug` means all below `orders` too");
        }
        match self.directives.binary_search_by(|known| known.target.as_str().cmp(target)) {
            Ok(at) => self.directives[at].level = level,
            Err(at) => self.directives.insert(at, Directive { target: target.to_owned(), level }),
        }
        Ok(())
    }
}

impl Directive {
    fn fits(&self, target: &str) -> bool {
        target.strip_prefix(&self.target).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// A level or `off`, as a word or as a number.
fn read_level(word: &str) -> Option<Option<Level>> {
    match word {
        "0" => Some(None),
        "1" => Some(Some(Level::Error)),
        "2" => Some(Some(Level::Warn)),
        "3" => Some(Some(Level::Info)),
        "4" => Some(Some(Level::Debug)),
        "5" => Some(Some(Level::Trace)),
        word if word.eq_ignore_ascii_case("off") => Some(None),
        word => word.parse().ok().map(Some),
    }
}

/// Lets through `info` and above.
impl Default for Filter {
    fn default() -> Self {
        Self { rest: Some(Level::Info), directives: Vec::new() }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(filter: &str) -> Result<Self, FilterError> {
        Self::parse(filter)
    }
}

/// Prints directives that [`Filter::parse`] reads as an equal filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            |level: Option<Level>| level.map_or("off".to_owned(), |level| level.as_str().to_lowercase());
        f.write_str(&name(self.rest))?;
        self.directives
            .iter()
            .try_for_each(|Directive { target, level }| write!(f, ",{target}={}", name(*level)))
    }
}
