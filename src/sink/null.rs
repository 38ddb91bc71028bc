//! A sink that writes nothing.

use super::{Sink, configurable};
use std::io;

/// Takes all and writes nothing: for measuring what comes before.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Null;

configurable!(Null);

impl Null {
    /// A sink that writes nothing.
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
