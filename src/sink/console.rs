//! Standard output and standard error.

use super::{Sink, configurable};
use crate::layout::{Layout, Text};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

/// Writes to standard output or standard error. On a terminal the level is coloured, unless the environment
/// has a [`NO_COLOR`](https://no-color.org) that is not empty.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    stream: Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Stdout,
    Stderr,
}

configurable!(Console);

impl Console {
    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self { stream: Stream::Stdout }
    }

    /// Writes to standard error.
    pub fn stderr() -> Self {
        Self { stream: Stream::Stderr }
    }

    fn is_terminal(self) -> bool {
        match self.stream {
            Stream::Stdout => io::stdout().is_terminal(),
            Stream::Stderr => io::stderr().is_terminal(),
        }
    }
}

impl Sink for Console {
    fn name(&self) -> String {
        match self.stream {
            Stream::Stdout => "stdout".into(),
            Stream::Stderr => "stderr".into(),
        }
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        match self.stream {
            Stream::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(batch)?;
                stdout.flush()
            }
            Stream::Stderr => io::stderr().lock().write_all(batch),
        }
    }

    fn default_layout(&self) -> Arc<dyn Layout> {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Arc::new(Text::default().ansi(self.is_terminal() && !no_colour))
    }

    fn can_sync(&self) -> bool {
        false
    }
}
