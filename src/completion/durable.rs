//! A completion that waits for stable storage.

use super::{Completion, FlushError};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// A record that can be waited for until it is on stable storage. Made by [`Completion::durable`].
///
/// The sinks' workers sync for all who wait at that moment, and not at all while nobody does; who makes one and never
/// polls it asks for nothing. Sinks that cannot sync count as durable once they have written.
///
/// ```
/// use ringlog::{Builder, Durable, Logger, info_async, sink};
///
/// /// What a payment waits for before it is answered.
/// fn book(log: &Logger, amount: u64) -> Durable {
///     info_async!(logger: log, amount, "booked").durable()
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// let booked = book(runtime.default_logger(), 250);
/// # futures::executor::block_on(async {
/// booked.await
/// # })?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is synced for one that is neither waited for nor polled"]
pub struct Durable(pub(super) Completion);

impl Durable {
    /// Whether the outcome is there. Never blocks, wakes nobody, and asks for no sync.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let booked = info_async!(logger: runtime, "order {} booked", 7).durable();
    /// booked.clone().wait()?;
    /// assert!(booked.is_done());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_done(&self) -> bool {
        self.0.is_done()
    }

    /// Blocks until the outcome is there.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("ringlog-journal-{}.log", std::process::id()));
    /// let runtime = Builder::new().sink(sink::File::append(&path)?).start()?;
    /// let orders: Vec<_> =
    ///     (1..=3).map(|id| info_async!(logger: runtime, "order {id} booked").durable()).collect();
    /// for booked in orders {
    ///     booked.wait()?; // one sync does for all of them, if they come close together
    /// }
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Completion::wait`], and where a sync failed.
    pub fn wait(self) -> Result<(), FlushError> {
        self.0.wait()
    }

    /// Blocks until the outcome is there, or `limit` is over: then `None`, and it can be waited for again.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), ringlog::StartError> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let booked = info_async!(logger: runtime, "order {} booked", 7).durable();
    /// match booked.wait_timeout(Duration::from_secs(60)) {
    ///     Some(outcome) => assert_eq!(outcome, Ok(())),
    ///     None => panic!("the disk takes longer than a minute"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, limit: Duration) -> Option<Result<(), FlushError>> {
        self.0.wait_timeout(limit)
    }

    /// Waits for the first sink that has the record on stable storage, in the place of all.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).sink(sink::Null::new()).start()?;
    /// // Two disks: the first that has the order does.
    /// info_async!(logger: runtime, "order {} booked", 7).durable().any().wait()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn any(self) -> Self {
        Self(self.0.any())
    }
}

impl Future for Durable {
    type Output = Result<(), FlushError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}
