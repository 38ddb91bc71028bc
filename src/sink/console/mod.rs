//! Standard output and standard error.

mod colour;

pub use colour::Colour;

use super::{Sink, configurable};
use crate::layout::{Layout, Text};
use crate::sink::broken_pipe::without_sigpipe;
use crate::sys;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Writes to standard output or standard error, with levels in colours as [`Colour`] says.
///
/// Each batch is one `write(2)` to the descriptor, past the buffers and locks of `println!` and `eprintln!`:
/// no thread of the program that holds these can hold up the log. A line that the program prints in several
/// writes (a long one on
/// `stdout`, one with arguments on `stderr`) can then have records in its middle; see
/// [`line_buffered`](Console::line_buffered).
///
/// When the reader of a pipe has gone, writes fail, the records count as failed, and nothing else happens: no
/// panic, and no SIGPIPE that ends the process, however the program has set that. A pipe that does not block
/// (`O_NONBLOCK`) is waited for.
///
/// ```
/// use ringlog::{Builder, Level, sink::Console};
///
/// let builder = Builder::new()
///     .sink(Console::stdout())
///     .sink(Console::stderr().level(Level::Error));
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Console {
    stream: Stream,
    colour: Colour,
    is_line_buffered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Stdout,
    Stderr,
}

configurable!(Console);

impl Console {
    /// Writes to standard output.
    ///
    /// ```
    /// use ringlog::sink::{Console, Sink};
    /// assert_eq!(Console::stdout().name(), "stdout");
    /// ```
    pub fn stdout() -> Self {
        Self { stream: Stream::Stdout, colour: Colour::Auto, is_line_buffered: false }
    }

    /// Writes to standard error.
    ///
    /// ```
    /// use ringlog::sink::{Console, Sink};
    /// assert_eq!(Console::stderr().name(), "stderr");
    /// ```
    pub fn stderr() -> Self {
        Self { stream: Stream::Stderr, colour: Colour::Auto, is_line_buffered: false }
    }

    /// Whether levels are coloured. It is the default layout that does that: with one of your own, ask
    /// [`has_colours`](Self::has_colours).
    ///
    /// ```
    /// use ringlog::sink::{Colour, Console};
    ///
    /// let plain = Console::stderr().colour(Colour::Never);
    /// assert!(!plain.has_colours());
    /// ```
    #[must_use]
    pub fn colour(mut self, colour: Colour) -> Self {
        self.colour = colour;
        self
    }

    /// Whether levels are to be coloured, as the choice and the environment stand now.
    ///
    /// ```
    /// use ringlog::{layout::Text, sink::Console};
    /// let console = Console::stderr();
    /// let layout = Text::pattern("{level} {message}")?.ansi(console.has_colours());
    /// let console = console.layout(layout);
    /// # let _ = console;
    /// # Ok::<_, ringlog::layout::PatternError>(())
    /// ```
    pub fn has_colours(&self) -> bool {
        let is_terminal = match self.stream {
            Stream::Stdout => io::stdout().is_terminal(),
            Stream::Stderr => io::stderr().is_terminal(),
        };
        self.colour.decide(|name| std::env::var_os(name), is_terminal)
    }

    /// Whether records and what the program prints with `println!` or `eprintln!` keep their lines apart. The
    /// sink then holds the lock of Rust's own handle while it writes, and first writes out what that has
    /// buffered.
    ///
    /// What is certain then: each line that is printed by one call stands whole, and so does each record;
    /// what was printed before a batch is written stands before it. What is not: that a record stands before
    /// what its thread printed later, since records are written by another thread. [`flush`](crate::flush)
    /// before printing, or wait for the record, where that matters. A line that was begun by `print!` and not
    /// ended has records behind its beginning. A thread that keeps `stdout().lock()` holds up the sink, and
    /// must not wait for a record meanwhile. Buffers of other languages' libraries are not known.
    ///
    /// ```
    /// use ringlog::{Builder, sink::Console};
    ///
    /// // A program that answers on standard output, and logs there too.
    /// let builder = Builder::new().sink(Console::stdout().line_buffered(true));
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn line_buffered(mut self, line_buffered: bool) -> Self {
        self.is_line_buffered = line_buffered;
        self
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
        let written = without_sigpipe(
            || match (self.stream, self.is_line_buffered) {
                (Stream::Stdout, false) => write_all(io::stdout().as_fd(), batch),
                (Stream::Stderr, false) => write_all(io::stderr().as_fd(), batch),
                (Stream::Stdout, true) => {
                    let mut stdout = io::stdout().lock();
                    flush(&mut stdout)?;
                    write_all(stdout.as_fd(), batch)
                }
                (Stream::Stderr, true) => write_all(io::stderr().lock().as_fd(), batch),
            },
            |written| written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe),
        );
        written.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.name())))
    }

    fn can_sync(&self) -> bool {
        false
    }

    fn default_layout(&self) -> Arc<dyn Layout> {
        Arc::new(Text::default().ansi(self.has_colours()))
    }
}

/// Writes out what the program has printed and its handle has buffered. What is left of it when that fails
/// stays there.
fn flush(stdout: &mut io::StdoutLock<'_>) -> io::Result<()> {
    loop {
        match stdout.flush() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => sys::wait_until_writable(stdout.as_fd())?,
            flushed => return flushed,
        }
    }
}

fn write_all(descriptor: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match sys::write(descriptor, bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => sys::wait_until_writable(descriptor)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
