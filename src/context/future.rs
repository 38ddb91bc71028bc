//! Futures in a context.

use super::{Chain, Context, ContextGuard};
use crate::sync::Arc;
use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

/// Puts futures into a [`Context`].
///
/// ```
/// use ringlog::{Context, WithContext, context};
///
/// let _request = context!(request_id = 7);
/// // Wherever the task runs, its records carry the fields that are in force here.
/// let task = async { !Context::current().is_empty() }.with_context(Context::current());
/// assert!(std::thread::spawn(|| futures::executor::block_on(task)).join().unwrap());
/// ```
pub trait WithContext: Future + Sized {
    /// Has the records that are logged while this future is polled, and while it is dropped, carry the fields, on
    /// whatever thread that is.
    ///
    /// The context stands within those of the thread that polls, as if it were entered there by
    /// [`enter`](Context::enter). A task that is to take along the context that it is spawned in is given
    /// [`Context::current`].
    ///
    /// ```
    /// use ringlog::{WithContext, context_fields, info};
    ///
    /// let request = async {
    ///     info!("accepted"); // … accepted request_id=7
    /// };
    /// # futures::executor::block_on(
    /// request.with_context(context_fields!(request_id = 7))
    /// # );
    /// ```
    fn with_context(self, context: Context) -> InContext<Self> {
        InContext { future: ManuallyDrop::new(self), context, chain: None }
    }
}

impl<F: Future> WithContext for F {}

/// A future in a context: what [`WithContext::with_context`] gives.
///
/// ```
/// use ringlog::{InContext, WithContext, context_fields, info};
/// use std::future::Ready;
///
/// fn reject(order_id: u64) -> InContext<Ready<()>> {
///     std::future::ready(info!("rejected")).with_context(context_fields!(order_id))
/// }
/// # futures::executor::block_on(reject(7));
/// ```
#[must_use = "futures do nothing unless they are polled"]
pub struct InContext<F> {
    /// Pinned where the whole is. Dropped by `drop`, and by nobody else.
    future: ManuallyDrop<F>,
    context: Context,
    /// What the last poll entered: the next one mostly comes within the same contexts.
    chain: Option<Arc<Chain>>,
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        // SAFETY: `future` is not moved: it is pinned again right below. Nothing else is ever pinned.
        let this = unsafe { self.get_unchecked_mut() };
        let _within = ContextGuard::enter(&this.context, &mut this.chain);
        // SAFETY: it is pinned since the whole is, and dropped in place.
        unsafe { Pin::new_unchecked(&mut *this.future) }.poll(task)
    }
}

impl<F> Drop for InContext<F> {
    /// What the future holds is dropped within the context too.
    fn drop(&mut self) {
        let _within = ContextGuard::enter(&self.context, &mut self.chain);
        // SAFETY: this is the one place that drops it, in place, and it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.future) }
    }
}

impl<F: fmt::Debug> fmt::Debug for InContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext")
            .field("future", &*self.future)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
