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
    pub fn new(mut call: impl FnMut(&[u8]) + Send + 'static) -> Self {
        Self::try_new(move |bytes| {
            call(bytes);
            Ok(())
        })
    }

    /// Calls a closure that may fail; the records of a batch that it fails on count as failed.
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
