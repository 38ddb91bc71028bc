//! How urgent a record is.

use std::fmt;
use std::str::FromStr;

/// How urgent a record is, from [`Trace`](Level::Trace) to [`Error`](Level::Error).
///
/// ```
/// use ringlog::Level;
/// assert!(Level::Error > Level::Info);
/// assert_eq!("warn".parse(), Ok(Level::Warn));
/// assert_eq!(format!("{:<5}|", Level::Info), "INFO |");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Every step.
    Trace = 0,
    /// What a developer needs to follow a fault.
    Debug = 1,
    /// What an operator wants to know on a good day.
    Info = 2,
    /// What deserves a look.
    Warn = 3,
    /// What went wrong.
    Error = 4,
}

impl Level {
    /// How many levels there are.
    pub(crate) const COUNT: usize = 5;

    /// All levels, the least urgent first.
    ///
    /// ```
    /// use ringlog::Level;
    /// let urgent: Vec<Level> = Level::ALL.into_iter().filter(|&level| level >= Level::Warn).collect();
    /// assert_eq!(urgent, [Level::Warn, Level::Error]);
    /// ```
    pub const ALL: [Level; Self::COUNT] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// The level's name in capital letters, as the text layout prints it.
    ///
    /// ```
    /// assert_eq!(ringlog::Level::Warn.as_str(), "WARN");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no level.
///
/// ```
/// let error = "loud".parse::<ringlog::Level>().unwrap_err();
/// assert_eq!(error.to_string(), "`loud` is no level: use one of trace, debug, info, warn, error");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no level: use one of trace, debug, info, warn, error")]
pub struct ParseLevelError(String);

impl FromStr for Level {
    type Err = ParseLevelError;

    fn from_str(word: &str) -> Result<Self, ParseLevelError> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| ParseLevelError(word.to_owned()))
    }
}
