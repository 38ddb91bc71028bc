//! A sink that writes nothing.

use super::{Sink, configurable};
use std::io;

/// Takes all and writes nothing: for measuring what comes before.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// info!(logger: runtime, "formatted, and then forgotten");
/// let written = &runtime.shutdown()?.stats.sinks[0];
/// assert!(written.records == 1 && written.bytes > 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Null;

configurable!(Null);

impl Null {
    /// A sink that writes nothing.
    ///
    /// ```
    /// let sink = ringlog::sink::Null::new();
    /// # let _ = sink;
    /// ```
    pub fn new() -> Self {
        Self
    }
}

impl Sink for Null {
    fn name(&self) -> String {
        "null".into()
    }

    fn write(&mut self, _batch: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn can_sync(&self) -> bool {
        false
    }
}
