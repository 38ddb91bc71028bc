//! What a sink's records come to when it fails or hangs.

use super::Sink;
use std::fmt;
use std::time::{Duration, Instant};

/// For how long a call of a sink's may take by default, before the sink counts as hanging.
pub(crate) const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The longest pause between two tries, unless the first is longer.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// What a sink's records come to when it fails to write them, or hangs: set by `on_error` on each sink.
///
/// By default they fail: they are counted, the error handler is told, and their completions resolve to an error.
///
/// ```
/// use ringlog::sink::{Console, File, OnError};
/// use std::time::Duration;
///
/// # fn main() -> std::io::Result<()> {
/// # let path = std::env::temp_dir().join(format!("ringlog-on-error-{}.log", std::process::id()));
/// let policy = OnError::retry(Duration::from_secs(60), Duration::from_millis(10)).or_fallback(Console::stderr());
/// let sink = File::append(&path)?.on_error(policy);
/// # drop(sink);
/// # std::fs::remove_file(&path)
/// # }
/// ```
#[derive(Default)]
#[must_use]
pub struct OnError {
    pub(super) retry: Option<Retry>,
    pub(crate) fallback: Option<Box<dyn Sink>>,
}

/// How long a write is tried again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retry {
    limit: Duration,
    backoff: Duration,
}

impl OnError {
    /// The records fail at once. The next batch is tried again.
    ///
    /// ```
    /// use ringlog::sink::{Null, OnError};
    /// let sink = Null::new().on_error(OnError::fail());
    /// # let _ = sink;
    /// ```
    pub fn fail() -> Self {
        Self::default()
    }

    /// The batch is written again after `backoff`, then after pauses that double up to a second (or `backoff`, if
    /// that is longer), until the sink has failed without a break for as long as `limit`. After that each further batch
    /// is tried once, until one is written. Meanwhile later batches wait in the sink's queue: when that is full,
    /// [`OnFull`](super::OnFull) decides. A shutdown waits for the sink until its own deadline.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    /// use std::io;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut tries = 0;
    /// let flaky = sink::Callback::try_new(move |_| {
    ///     tries += 1;
    ///     if tries < 3 { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    /// });
    /// let retry = sink::OnError::retry(Duration::from_secs(60), Duration::from_millis(1));
    /// let runtime = Builder::new().sink(flaky.on_error(retry)).on_error(|_| ()).start()?;
    /// info_async!(logger: runtime, "order {} accepted", 7).wait()?;
    /// assert_eq!(runtime.stats().sinks[0].retries, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry(limit: Duration, backoff: Duration) -> Self {
        Self { retry: Some(Retry { limit, backoff }), fallback: None }
    }

    /// The batch goes to another sink, in the bytes that were made for this one. Its records then count as
    /// written, and, once both sinks are synced, as durable. The next batch is tried on this sink again.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    /// use std::io;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let dead = sink::Callback::try_new(|_| Err(io::Error::other("no peer")));
    /// let sink = dead.on_error(sink::OnError::fallback(sink::Null::new()));
    /// let runtime = Builder::new().sink(sink).on_error(|_| ()).start()?;
    /// info_async!(logger: runtime, "order {} accepted", 7).wait()?;
    /// assert_eq!(runtime.stats().sinks[0].fallen_back, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fallback(sink: impl Sink) -> Self {
        Self::fail().or_fallback(sink)
    }

    /// What the batch goes to when all tries have failed: see [`fallback`](Self::fallback).
    ///
    /// ```
    /// use ringlog::sink::{Console, OnError};
    /// use std::time::Duration;
    ///
    /// let retry = OnError::retry(Duration::from_secs(5), Duration::from_millis(10));
    /// let policy = retry.or_fallback(Console::stderr());
    /// # let _ = policy;
    /// ```
    pub fn or_fallback(mut self, sink: impl Sink) -> Self {
        self.fallback = Some(Box::new(sink));
        self
    }
}

impl fmt::Debug for OnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnError").field("retry", &self.retry).field("fallback", &self.fallback).finish()
    }
}

/// The time since a sink last wrote anything.
#[derive(Debug)]
pub(super) struct Outage {
    since: Instant,
    pause: Duration,
}

impl Outage {
    pub(super) fn new(retry: Option<Retry>) -> Self {
        Self { since: Instant::now(), pause: retry.map_or(Duration::ZERO, |retry| retry.backoff) }
    }

    pub(super) fn lasts(&self) -> Duration {
        self.since.elapsed()
    }

    /// How long to wait before the next try, if there is to be one.
    pub(super) fn next_pause(&mut self, retry: Option<Retry>) -> Option<Duration> {
        let Retry { limit, backoff } = retry?;
        let left = limit.checked_sub(self.lasts())?;
        let pause = self.pause.min(left);
        self.pause = self.pause.saturating_mul(2).min(MAX_PAUSE.max(backoff));
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second_and_end_with_the_limit() {
        let retry = Some(Retry { limit: Duration::from_secs(3600), backoff: Duration::from_millis(300) });
        let mut outage = Outage::new(retry);
        let pauses: Vec<u128> =
            (0..4).filter_map(|_| outage.next_pause(retry)).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [300, 600, 1000, 1000]);
        let over = Some(Retry { limit: Duration::ZERO, backoff: Duration::from_millis(300) });
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(outage.next_pause(over), None);
        assert_eq!(outage.next_pause(None), None);
    }
}
