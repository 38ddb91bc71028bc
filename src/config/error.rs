//! What is wrong with a configuration, and where.

use super::place::{self, Place};
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong with a configuration: the file, the line, the key, and what would be right.
///
/// ```
/// let error = ringlog::config::Config::parse("workers = 1\nring_capacity = \"1 MOB\"").unwrap_err();
/// assert_eq!((error.line(), error.key()), (Some(2), Some("ring_capacity")));
/// assert_eq!(
///     error.to_string(),
///     "line 2, `ring_capacity`: invalid value: string \"1 MOB\", \
///      expected a number of bytes, such as 4096 or \"64KiB\""
/// );
/// ```
#[derive(Debug)]
pub struct ConfigError {
    pub(super) file: Option<PathBuf>,
    pub(super) line: Option<usize>,
    pub(super) key: Option<String>,
    pub(super) reason: String,
    pub(super) source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConfigError {
    /// The file that holds the configuration, if it came out of one.
    ///
    /// ```
    /// use ringlog::config::Config;
    /// use std::path::Path;
    ///
    /// let error = Config::from_path("/no/such/log.toml").unwrap_err();
    /// assert_eq!(error.file(), Some(Path::new("/no/such/log.toml")));
    /// assert_eq!(Config::parse("workers = 'two'").unwrap_err().file(), None);
    /// ```
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The line that the key or its value stands in, from 1; none where the whole is meant.
    ///
    /// ```
    /// let error = ringlog::config::Config::parse("idle = 'park'\nworkers = 'two'").unwrap_err();
    /// assert_eq!(error.line(), Some(2));
    /// ```
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The key, with those of the tables that it stands in: `sinks[0].layout.pattern`, counted from 0.
    ///
    /// ```
    /// let error = ringlog::config::Config::parse("sinks = [{ kind = 'null', level = 'loud' }]").unwrap_err();
    /// assert_eq!(error.key(), Some("sinks[0].level"));
    /// ```
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// What is wrong, and what would be right.
    ///
    /// ```
    /// let error = ringlog::config::Config::parse("overflow = 'panic'").unwrap_err();
    /// assert!(error.reason().contains("`panic`"), "{}", error.reason());
    /// ```
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// An error that has no place in the text.
    pub(super) fn whole(source: impl Error + Send + Sync + 'static) -> Self {
        Self { file: None, line: None, key: None, reason: source.to_string(), source: Some(Box::new(source)) }
    }

    /// There is no runtime to change.
    pub(crate) fn not_running() -> Self {
        Self::whole(crate::error::StartError::ShutDown)
    }

    /// An error of the parser's, which knows where in the text it is.
    pub(super) fn parsed(error: &toml::de::Error, text: &str) -> Self {
        let at = error.span();
        let place = at.map(|at| place::of_offset(text, at.start)).unwrap_or_default();
        let mut reason = error.message().trim_end().replace('\n', ", ");
        for integer in ["usize", "u32"] {
            if let Some(rest) = reason.strip_suffix(&format!("expected {integer}")) {
                reason = format!("{rest}expected a whole number from 0 on");
            }
        }
        Self { file: None, line: place.line, key: place.key, reason, source: None }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, key, reason, .. } = self;
        if let Some(file) = file {
            write!(f, "{}", file.display())?;
        }
        if let Some(line) = line {
            write!(f, "{}line {line}", if file.is_some() { ", " } else { "" })?;
        }
        if let Some(key) = key {
            write!(f, "{}`{key}`", if file.is_some() || line.is_some() { ", " } else { "" })?;
        }
        let is_placed = file.is_some() || line.is_some() || key.is_some();
        write!(f, "{}{reason}", if is_placed { ": " } else { "" })
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}

/// What is wrong with the value of a key.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) key: String,
    reason: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    pub(super) fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into(), source: None }
    }

    /// An error of whoever was given the value.
    pub(super) fn of(key: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Self {
        Self { key: key.into(), reason: source.to_string(), source: Some(Box::new(source)) }
    }

    /// With the line that the key stands in.
    pub(super) fn placed(self, text: &str) -> ConfigError {
        let Place { line, .. } = place::of_key(text, &self.key);
        ConfigError { file: None, line, key: Some(self.key), reason: self.reason, source: self.source }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.key, self.reason)
    }
}
