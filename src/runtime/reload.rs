//! Named loggers out of a configuration, and a reload of filter and levels.

use super::{Core, Runtime};
use crate::config::{Changes, Config, ConfigError, NamedLogger};
use crate::error::StartError;
use crate::sync::lock;

impl Runtime {
    /// Sets filter and loggers' levels as a configuration says, while the runtime runs.
    ///
    /// That is what [`set_filter`](Self::set_filter) does, and what `Logger::set_level` does for each logger
    /// whose level the configuration gives; the others follow the filter again. Without a `filter` it is the
    /// environment's, or `info`, as at the start. The rest of the configuration must be as it was at the
    /// start, since it can't be changed; for a runtime that was started without one, it must be empty.
    ///
    /// ```
    /// use ringlog::config::Config;
    ///
    /// let runtime = Config::parse("filter = 'info'\nsinks = [{ kind = 'null' }]")?.builder()?.start()?;
    /// runtime.reload(&Config::parse("filter = 'debug'\nsinks = [{ kind = 'null' }]")?)?;
    /// assert!(runtime.default_logger().is_enabled(ringlog::Level::Debug));
    ///
    /// let error = runtime.reload(&Config::parse("workers = 2\nsinks = [{ kind = 'null' }]")?).unwrap_err();
    /// assert_eq!((error.line(), error.key()), (Some(1), Some("workers")));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When something else differs: the error names the key. Nothing is changed then.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let Changes { filter, levels } = config.changes(&self.core.config)?;
        // Locked until all is set, so that of two reloads at once one is in force.
        let mut topology = lock(&self.core.topology);
        for logger in &topology.loggers {
            match levels.iter().find(|(name, _)| *name == logger.name) {
                Some((_, Some(level))) => logger.set_own_level(*level),
                Some((_, None)) => {
                    logger.forget_own_level();
                    logger.apply(&filter);
                }
                None => logger.apply(&filter),
            }
        }
        topology.filter = filter.clone();
        drop(topology);
        if crate::global::is_global(&self.core.registry) {
            crate::filter::set_global(filter);
        }
        Ok(())
    }

    /// Makes the named loggers of a configuration.
    pub(super) fn add_configured(&self, loggers: Vec<NamedLogger>) -> Result<(), StartError> {
        loggers.into_iter().try_for_each(|NamedLogger { name, level, backtrace, sinks }| {
            Core::add_logger(&self.core, name, sinks, level, backtrace).map(drop)
        })
    }
}
