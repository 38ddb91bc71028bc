//! What a log call hands back to be waited for.
//!
//! A [`Completion`] made on the log call is three words (cell, position, route) and touches no shared memory. Only
//! when it is first polled or waited for, and has to wait, does it get a node on the cell's list of waiters.

mod blocking;
mod cell;
mod durable;
mod error;

pub(crate) use blocking::{is_backend_thread, mark_backend_thread};
pub(crate) use cell::{Backend, CompletionCell, enter_new_process, hold, kept_route, route};
pub use durable::Durable;
pub use error::{FlushError, SinkFailure};

use crate::protocol::flush_cell::{Failed, FlushCell, Registration};
use crate::protocol::waiters::Waiter;
use crate::protocol::want::{Route, Want};
use crate::sync::{Arc, thread};
use blocking::{spin_until, with_thread_waker};
use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// The highest position: a completion keeps 62 bits of it.
pub(crate) const MAX_POSITION: u64 = (1 << 62) - 1;

/// What a completion is about: three words, each stored as a whole. Were the last one cut into fields, whoever copies a new
/// completion by words would wait until its parts have come to the cache, behind all the words of the record.
#[derive(Clone, Copy)]
struct Target {
    cell: &'static CompletionCell,
    route: &'static Route,
    /// The position, and behind it two bits of what is wanted.
    aim: u64,
}

impl Target {
    #[inline]
    fn new(cell: &'static CompletionCell, position: u64, route: &'static Route, want: Want) -> Self {
        debug_assert!(position <= MAX_POSITION);
        Self { cell, route, aim: position << 2 | want as u64 }
    }

    fn position(&self) -> u64 {
        self.aim >> 2
    }

    fn want(&self) -> Want {
        Want::ALL[(self.aim & 3) as usize]
    }

    fn is_reached(&self) -> bool {
        self.cell.is_left_behind() || self.is_written()
    }

    fn is_written(&self) -> bool {
        self.cell.flush().is_reached(self.position(), self.route, self.want())
    }

    /// The outcome, if it is there.
    fn outcome(&self) -> Poll<Result<(), FlushError>> {
        self.outcome_or(|flush| flush.outcome(self.position(), self.route, self.want()))
    }

    fn poll(&self, registration: &mut Registration, waker: &Waker) -> Poll<Result<(), FlushError>> {
        self.outcome_or(|flush| flush.poll(self.position(), self.route, self.want(), registration, waker))
    }

    /// The outcome that the flush cell is not needed for, or that it gives.
    #[inline]
    fn outcome_or(
        &self,
        ask: impl FnOnce(&FlushCell<SinkFailure>) -> Poll<Result<(), Failed<SinkFailure>>>,
    ) -> Poll<Result<(), FlushError>> {
        // Routes are compared by address: a logger without sinks has an empty one too.
        if std::ptr::eq(self.route, kept_route()) {
            return Poll::Ready(Err(FlushError::Kept));
        }
        if self.cell.is_left_behind() {
            // By the watermarks alone: the lock of the failures may be held for ever.
            let has = |&sink: &_| self.cell.flush().watermark(sink, self.want().stage()) >= self.position();
            return Poll::Ready(if self.route.sinks().iter().all(has) {
                Ok(())
            } else {
                Err(FlushError::Forked)
            });
        }
        ask(self.cell.flush())
            .map_err(|failed| FlushError::Sinks(failed.into_iter().map(|(_, failure)| failure).collect()))
    }
}

#[derive(Clone, Copy)]
enum Settled {
    Done,
    Dropped,
    Shutdown,
}

impl Settled {
    fn outcome(self) -> Result<(), FlushError> {
        match self {
            Self::Done => Ok(()),
            Self::Dropped => Err(FlushError::Dropped),
            Self::Shutdown => Err(FlushError::Shutdown),
        }
    }
}

enum State {
    Idle(Target),
    Past(Past),
}

/// A state of two words, beside which a null in the place of [`Target`]'s cell tells the two apart.
enum Past {
    Waiting { cell: &'static CompletionCell, waiter: Arc<Waiter> },
    Settled(Settled),
}

/// A registration that is put back into the completion's state.
struct Keep<'c> {
    state: &'c mut State,
    cell: &'static CompletionCell,
    registration: Registration,
}

impl Drop for Keep<'_> {
    fn drop(&mut self) {
        if let Some(waiter) = self.registration.0.take() {
            *self.state = State::Past(Past::Waiting { cell: self.cell, waiter });
        }
    }
}

/// A record that can be waited for: until all of its sinks have written it.
///
/// It is a [`Future`] that needs no particular runtime; threads call [`wait`](Self::wait). It resolves to `Ok` when
/// every sink of the record's logger has written it, or to an error that names each sink that failed; shutdown
/// and a dead sink resolve it too. It may be dropped at any time: the record is written all the same.
///
/// Making one costs a log call next to nothing and allocates nothing; the first poll or wait that has to wait
/// allocates one node and wakes a sleeping worker. A clone waits for the same record on its own.
///
/// ```
/// use ringlog::{Builder, info_async, sink};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// let accepted = info_async!(logger: runtime, "order {} accepted", 7);
/// accepted.wait()?; // a thread
///
/// let filled = info_async!(logger: runtime, "order {} filled", 7);
/// let answer = async move { filled.await }; // a task, on any async runtime
/// # futures::executor::block_on(answer)?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a completion that is neither waited for nor asked says nothing"]
pub struct Completion(ManuallyDrop<State>);

impl Completion {
    /// The record at `position` of the ring of `cell`, going to the sinks of `route`.
    #[inline]
    pub(crate) fn new(cell: &'static CompletionCell, position: u64, route: &'static Route) -> Self {
        Self::idle(Target::new(cell, position, route, Want::Written))
    }

    #[inline(always)]
    const fn idle(target: Target) -> Self {
        Self(ManuallyDrop::new(State::Idle(target)))
    }

    const fn settled(how: Settled) -> Self {
        Self(ManuallyDrop::new(State::Past(Past::Settled(how))))
    }

    /// A statement that was not enabled: there is nothing to wait for.
    #[doc(hidden)]
    #[inline]
    pub const fn disabled() -> Self {
        Self::settled(Settled::Done)
    }

    /// A record that was dropped because its ring was full.
    pub(crate) const fn dropped() -> Self {
        Self::settled(Settled::Dropped)
    }

    /// A record that came after shutdown.
    pub(crate) const fn closed() -> Self {
        Self::settled(Settled::Shutdown)
    }

    /// Whether the outcome is there. Never blocks and wakes nobody.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// let accepted = info_async!(logger: runtime, "order {} accepted", 7);
    /// runtime.flush()?;
    /// assert!(accepted.is_done());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_done(&self) -> bool {
        match self.target() {
            Ok(target) => target.is_reached(),
            Err(_) => true,
        }
    }

    /// Blocks until the outcome is there.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// assert_eq!(info_async!(logger: runtime, "order {} accepted", 7).wait(), Ok(()));
    /// runtime.shutdown()?;
    /// let late = info_async!(logger: runtime, "order {} accepted", 8);
    /// assert!(late.wait().is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`FlushError`] where the record did not get to all of its sinks, or where the calling thread is one of the
    /// logger's own.
    pub fn wait(mut self) -> Result<(), FlushError> {
        loop {
            if let Some(outcome) = self.block(None) {
                return outcome;
            }
        }
    }

    /// Blocks until the outcome is there, or `limit` is over: then `None`, and the completion can be waited for
    /// again.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), ringlog::StartError> {
    /// let (peer, answer) = mpsc::channel::<()>();
    /// let slow = sink::Callback::new(move |_| {
    ///     let _ = answer.recv();
    /// });
    /// let runtime = Builder::new().sink(slow).start()?;
    /// let sent = info_async!(logger: runtime, "order {} sent", 7);
    /// assert_eq!(sent.wait_timeout(Duration::from_millis(1)), None);
    /// drop(peer); // the sink goes on
    /// assert_eq!(sent.wait_timeout(Duration::from_secs(60)), Some(Ok(())));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn wait_timeout(&self, limit: Duration) -> Option<Result<(), FlushError>> {
        // A limit beyond the clock's end is none.
        let deadline = Instant::now().checked_add(limit);
        self.clone().block(deadline)
    }

    /// Waits for stable storage in the place of a write: every sink that can sync has synced the record.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("ringlog-durable-{}.log", std::process::id()));
    /// let runtime = Builder::new().sink(sink::File::create(&path)?).start()?;
    /// info_async!(logger: runtime, "order {} booked", 7).durable().wait()?;
    /// // From here on a power cut takes the record no more.
    /// assert!(std::fs::read_to_string(&path)?.ends_with("order 7 booked\n"));
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn durable(self) -> Durable {
        Durable(self.wanting(|want| match want {
            Want::Written | Want::Durable => Want::Durable,
            Want::AnyWritten | Want::AnyDurable => Want::AnyDurable,
        }))
    }

    /// Waits for the first sink that has the record, in the place of all. An error only if all failed.
    ///
    /// ```
    /// use ringlog::{Builder, info_async, sink};
    /// use std::io;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let dead = sink::Callback::try_new(|_| Err(io::Error::other("no peer")));
    /// let runtime = Builder::new().sink(dead).sink(sink::Null::new()).on_error(|_| ()).start()?;
    /// let accepted = info_async!(logger: runtime, "order {} accepted", 7);
    /// assert!(accepted.clone().wait().is_err());
    /// assert_eq!(accepted.any().wait(), Ok(()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn any(self) -> Self {
        self.wanting(|want| match want {
            Want::Written | Want::AnyWritten => Want::AnyWritten,
            Want::Durable | Want::AnyDurable => Want::AnyDurable,
        })
    }

    fn wanting(self, change: impl FnOnce(Want) -> Want) -> Self {
        match self.target() {
            Ok(target) => {
                let Target { cell, route, .. } = target;
                Self::idle(Target::new(cell, target.position(), route, change(target.want())))
            }
            Err(_) => self,
        }
    }

    /// What is waited for, or how it ended before it began.
    fn target(&self) -> Result<Target, Settled> {
        match &*self.0 {
            State::Idle(target) => Ok(*target),
            State::Past(Past::Waiting { cell, waiter }) => {
                Ok(Target::new(cell, waiter.position, waiter.route, waiter.want))
            }
            State::Past(Past::Settled(settled)) => Err(*settled),
        }
    }

    fn poll_with(&mut self, waker: &Waker, is_announced: bool) -> Poll<Result<(), FlushError>> {
        let target = match self.target() {
            Ok(target) => target,
            Err(settled) => return Poll::Ready(settled.outcome()),
        };
        let idle = State::Idle(target);
        let registration = match std::mem::replace(&mut *self.0, idle) {
            State::Past(Past::Waiting { waiter, .. }) => Registration(Some(waiter)),
            _ => {
                if !is_announced && !target.is_reached() {
                    target.cell.waiter_came(&target);
                }
                Registration(None)
            }
        };
        // A clone of the waker may panic: what is registered is then to be cancelled with the completion.
        let mut keep = Keep { state: &mut self.0, cell: target.cell, registration };
        target.poll(&mut keep.registration, waker)
    }

    /// `None` when the deadline has passed.
    fn block(&mut self, deadline: Option<Instant>) -> Option<Result<(), FlushError>> {
        let target = match self.target() {
            Ok(target) => target,
            Err(settled) => return Some(settled.outcome()),
        };
        if let Poll::Ready(outcome) = target.outcome() {
            return Some(outcome);
        }
        if is_backend_thread() {
            return Some(Err(FlushError::WouldDeadlock));
        }
        target.cell.waiter_came(&target);
        spin_until(|| target.is_reached());
        with_thread_waker(|waker| {
            loop {
                if let Poll::Ready(outcome) = self.poll_with(waker, true) {
                    return Some(outcome);
                }
                match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                    None => thread::park(),
                    Some(Duration::ZERO) => return None,
                    Some(left) => thread::park_timeout(left),
                }
            }
        })
    }
}

impl Future for Completion {
    type Output = Result<(), FlushError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_with(context.waker(), false)
    }
}

impl Clone for Completion {
    fn clone(&self) -> Self {
        match self.target() {
            Ok(target) => Self::idle(target),
            Err(settled) => Self::settled(settled),
        }
    }
}

impl Drop for Completion {
    // One that nobody has waited for stays in registers: its address is given to nobody.
    #[inline]
    fn drop(&mut self) {
        // The one question that tells nearly all: what is past, and waits for nothing either, is told out of line.
        if matches!(*self.0, State::Past(_)) {
            // SAFETY: the state is not used again.
            cancel(unsafe { ManuallyDrop::take(&mut self.0) });
        }
    }
}

/// Takes back what waits for a record.
#[cold]
#[inline(never)]
fn cancel(state: State) {
    if let State::Past(Past::Waiting { cell, waiter }) = state {
        cell.flush().cancel(&mut Registration(Some(waiter)));
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion").field("is_done", &self.is_done()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
