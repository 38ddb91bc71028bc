//! A runtime by configuration: all that [`Builder`] takes, out of TOML.
//!
//! ```no_run
//! use ringlog::config::Config;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! Config::from_path("log.toml")?.builder()?.init()?;
//! ringlog::info!("configured");
//! // Later, when an operator has changed filter or levels:
//! ringlog::reload("log.toml")?;
//! # Ok(())
//! # }
//! ```
//!
//! All keys stand in `docs/configuration.md`, with an example of each.

mod check;
mod document;
mod error;
mod layouts;
mod place;
mod sinks;
mod units;

pub use error::ConfigError;

use crate::backtrace::Backtrace;
use crate::builder::Builder;
use crate::clock::Clock;
use crate::filter::Filter;
use crate::level::Level;
use crate::producer::Overflow;
use crate::scheduler::IdleStrategy;
use crate::sink::Sink;
use document::{Document, Full, Idle, Source};
use error::Fault;
use serde::de::{Deserialize, Deserializer, Error as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A configuration, read and checked.
///
/// It can be a part of a configuration of your own, of whatever format serde knows:
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Service {
///     port: u16,
///     log: ringlog::config::Config,
/// }
///
/// let service: Service = toml::from_str(
///     r#"
///     port = 8080
///     [log]
///     filter = "info,orders=debug"
///     sinks = [{ kind = "null" }]
///     "#,
/// )?;
/// let runtime = service.log.builder()?.start()?;
/// # assert_eq!(service.port, 8080);
/// # drop(runtime);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// Its errors then name the key, but not always the line.
#[derive(Clone, Debug, Default)]
pub struct Config {
    document: Document,
    /// For the lines of errors that are found later; empty where there is none.
    text: String,
    file: Option<PathBuf>,
}

/// A named logger that is to be made.
pub(crate) struct NamedLogger {
    pub(crate) name: String,
    pub(crate) level: Option<Option<Level>>,
    pub(crate) backtrace: Option<Backtrace>,
    pub(crate) sinks: Vec<Box<dyn Sink>>,
}

/// What a builder has out of a configuration, and no method for.
#[derive(Default)]
pub(crate) struct Configured {
    pub(crate) config: Config,
    pub(crate) loggers: Vec<NamedLogger>,
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.config.fmt(f)
    }
}

impl Config {
    /// Reads and checks a file. Opens nothing that it names.
    ///
    /// ```
    /// use ringlog::config::Config;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("ringlog-config-{}.toml", std::process::id()));
    /// std::fs::write(&path, "workers = 2\nsinks = [{ kind = 'null' }]")?;
    /// let runtime = Config::from_path(&path)?.builder()?.start()?;
    /// assert_eq!(runtime.stats().workers.len(), 2);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the file can't be read, is no TOML, or holds a key that is unknown or a value that is none.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let at = |error: ConfigError| ConfigError { file: Some(path.to_owned()), ..error };
        let text = std::fs::read_to_string(path).map_err(|error| at(ConfigError::whole(error)))?;
        let config = Self::parse(&text).map_err(at)?;
        Ok(Self { file: Some(path.to_owned()), ..config })
    }

    /// Reads and checks a text. Opens nothing that it names.
    ///
    /// ```
    /// use ringlog::config::Config;
    ///
    /// let config = Config::parse("ring_capacity = '64KiB'\nsinks = [{ kind = 'console' }]")?;
    /// # let _ = config;
    /// let error = Config::parse("[[sinks]]\nkind = 'console'\nlevle = 'warn'").unwrap_err();
    /// assert_eq!((error.line(), error.key()), (Some(3), Some("sinks[0].levle")));
    /// # Ok::<_, ringlog::config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_path`](Self::from_path).
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let document = toml::from_str(text).map_err(|error| ConfigError::parsed(&error, text))?;
        check::check(&document).map_err(|fault| fault.placed(text))?;
        Ok(Self { document, text: text.to_owned(), file: None })
    }

    /// A builder of all that it says, for the rest to be added (an error handler, a clock of your own,
    /// further sinks). Opens the sinks: files are made, or rotated. Named loggers are made with the runtime:
    /// see [`Runtime::find_logger`](crate::Runtime::find_logger).
    ///
    /// ```
    /// use ringlog::{config::Config, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = Config::parse("filter = 'info'\nsinks = [{ kind = 'null' }]")?;
    /// let runtime = config.builder()?.sink(sink::Null::new()).on_error(|event| eprintln!("{event}")).start()?;
    /// assert_eq!(runtime.stats().sinks.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When a sink can't be opened, or needs a feature that the crate was built without.
    pub fn builder(&self) -> Result<Builder, ConfigError> {
        self.try_builder().map_err(|fault| self.placed(fault))
    }

    fn try_builder(&self) -> Result<Builder, Fault> {
        let document = &self.document;
        let sinks = sinks::open_all("sinks", &document.sinks)?;
        let mut loggers = Vec::new();
        for (place, logger) in document.loggers.iter().enumerate() {
            let key = format!("loggers[{place}]");
            loggers.push(NamedLogger {
                name: logger.name.clone(),
                level: logger.level.map(|level| level.0),
                backtrace: sinks::backtrace(&format!("{key}.backtrace"), logger.backtrace)?,
                sinks: sinks::open_all(&format!("{key}.sinks"), &logger.sinks)?,
            });
        }
        let mut builder = Builder::new().configured(Configured { config: self.clone(), loggers }, sinks);
        if let Some(workers) = document.workers {
            builder = builder.workers(workers);
        }
        if let Some(cores) = &document.pin {
            builder = builder.pin(cores.iter().copied());
        }
        if let Some(idle) = document.idle {
            builder = builder.idle(match idle {
                Idle::BusySpin => IdleStrategy::busy_spin(),
                Idle::Yielding => IdleStrategy::yielding(),
                Idle::Backoff => IdleStrategy::backoff(),
                Idle::Park => IdleStrategy::park(),
            });
        }
        if let Some(size) = document.ring_capacity {
            builder = builder.ring_capacity(usize::try_from(size.0).unwrap_or(usize::MAX));
        }
        if let Some(overflow) = document.overflow {
            builder = builder.overflow(match overflow {
                Full::Block => Overflow::Block,
                Full::DropNewest => Overflow::DropNewest,
            });
        }
        if let Some(hold) = document.hold {
            builder = builder.hold(hold.0);
        }
        if let Some(clock) = document.clock {
            builder = builder.clock(match clock {
                Source::Tsc => Clock::Tsc,
                Source::TscFenced => Clock::TscFenced,
                Source::Coarse => Clock::Coarse,
                Source::System => Clock::System,
            });
        }
        if let Some(filter) = &document.filter {
            builder = builder.filter(filter);
        }
        if let Some(backtrace) = sinks::backtrace("backtrace", document.backtrace)? {
            builder = builder.backtrace(backtrace);
        }
        Ok(builder)
    }

    /// What it says of filter and levels, if that is all in which it differs from what a runtime was started
    /// with.
    pub(crate) fn changes(&self, started: &Self) -> Result<Changes, ConfigError> {
        let (new, old) = (&self.document, &started.document);
        let differing = [
            ("workers", new.workers != old.workers),
            ("pin", new.pin != old.pin),
            ("idle", new.idle != old.idle),
            ("ring_capacity", new.ring_capacity != old.ring_capacity),
            ("overflow", new.overflow != old.overflow),
            ("hold", new.hold != old.hold),
            ("clock", new.clock != old.clock),
            ("backtrace", new.backtrace != old.backtrace),
        ];
        let mut fixed: Option<String> =
            differing.iter().find(|(_, differs)| *differs).map(|(key, _)| (*key).to_owned());
        fixed = fixed.or_else(|| difference("sinks", &new.sinks, &old.sinks));
        if new.loggers.len() != old.loggers.len() {
            fixed = fixed.or_else(|| difference("loggers", &new.loggers, &old.loggers));
        }
        for (place, (new, old)) in new.loggers.iter().zip(&old.loggers).enumerate() {
            let key = format!("loggers[{place}]");
            fixed = fixed
                .or_else(|| (new.name != old.name).then(|| format!("{key}.name")))
                .or_else(|| (new.backtrace != old.backtrace).then(|| format!("{key}.backtrace")))
                .or_else(|| difference(&format!("{key}.sinks"), &new.sinks, &old.sinks));
        }
        if let Some(key) = fixed {
            let reason = "it differs from what the runtime was started with: only `filter` and the `level` \
                          of loggers can be changed while it runs, the rest by a restart";
            return Err(self.placed(Fault::new(key, reason)));
        }
        let filter = match &new.filter {
            Some(filter) => Filter::parse(filter),
            None => Filter::from_env().map(Option::unwrap_or_default),
        };
        let filter = filter.map_err(|error| self.placed(Fault::of("filter", error)))?;
        let levels =
            new.loggers.iter().map(|logger| (logger.name.clone(), logger.level.map(|level| level.0)));
        Ok(Changes { filter, levels: levels.collect() })
    }

    fn placed(&self, fault: Fault) -> ConfigError {
        ConfigError { file: self.file.clone(), ..fault.placed(&self.text) }
    }
}

/// What can be changed while a runtime runs.
pub(crate) struct Changes {
    pub(crate) filter: Filter,
    /// Of each configured logger: its name, and its own level if it is to have one.
    pub(crate) levels: Vec<(String, Option<Option<Level>>)>,
}

/// The first element in which two lists differ.
fn difference<T: PartialEq>(key: &str, new: &[T], old: &[T]) -> Option<String> {
    if let Some(place) = new.iter().zip(old).position(|(new, old)| new != old) {
        return Some(format!("{key}[{place}]"));
    }
    match new.len() {
        same if same == old.len() => None,
        more if more > old.len() => Some(format!("{key}[{}]", old.len())),
        _ => Some(key.to_owned()),
    }
}

impl FromStr for Config {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Document::deserialize(deserializer)?;
        check::check(&document).map_err(D::Error::custom)?;
        Ok(Self { document, text: String::new(), file: None })
    }
}
