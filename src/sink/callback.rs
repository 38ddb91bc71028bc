//! A sink that calls a closure.

use super::{Sink, configurable};
use std::fmt;
use std::io;

/// Calls a closure with the bytes of each batch, on the sink's own thread.
///
/// ```
/// use ringlog::sink::Callback;
/// let sink = Callback::new(|bytes: &[u8]| assert!(bytes.ends_with(b"\n")));
/// # let _ = sink;
/// ```
pub struct Callback {
    call: Call,
}

type Call = Box<dyn FnMut(&[u8]) -> io::Result<()> + Send>;

configurable!(Callback);

impl Callback {
    /// Calls a closure that always succeeds.
    ///
    /// ```
    /// use ringlog::{Builder, info, layout::Text, sink::Callback};
    /// use std::sync::mpsc;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (batches, received) = mpsc::channel();
    /// let sink = Callback::new(move |bytes| {
    ///     let _ = batches.send(bytes.to_vec());
    /// });
    /// let runtime = Builder::new().sink(sink.layout(Text::pattern("{level} {message}")?)).start()?;
    /// info!(logger: runtime, "order {} accepted", 7);
    /// assert_eq!(received.recv()?, b"INFO order 7 accepted\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(mut call: impl FnMut(&[u8]) + Send + 'static) -> Self {
        Self::try_new(move |bytes| {
            call(bytes);
            Ok(())
        })
    }

    /// Calls a closure that may fail; the records of a batch that it fails on count as failed.
    ///
    /// ```
    /// use ringlog::sink::Callback;
    /// use std::io::Write;
    /// use std::net::UdpSocket;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.connect("127.0.0.1:5140")?;
    /// let sink = Callback::try_new(move |bytes| {
    ///     // A datagram a record.
    ///     bytes.split_inclusive(|&byte| byte == b'\n').try_for_each(|line| socket.send(line).map(drop))
    /// });
    /// # let _ = sink;
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_new(call: impl FnMut(&[u8]) -> io::Result<()> + Send + 'static) -> Self {
        Self { call: Box::new(call) }
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").finish_non_exhaustive()
    }
}

impl Sink for Callback {
    fn name(&self) -> String {
        "callback".into()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        (self.call)(batch)
    }

    fn can_sync(&self) -> bool {
        false
    }
}
