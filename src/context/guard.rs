//! Being in a context.

use super::{Chain, Context, stack};
use crate::sync::Arc;
use std::marker::PhantomData;

/// Keeps the thread in a context until it is dropped.
///
/// Guards are mostly dropped in the reverse order of their making. One that is dropped earlier takes its own fields
/// away and leaves those of the others.
///
/// It stays with its thread. In a future that is awaited while it holds one, the guard would keep the *thread* in the
/// context, whatever future that turns to meanwhile: such a future is not `Send`, and what it needs is
/// [`with_context`](super::WithContext::with_context).
///
/// ```compile_fail
/// fn is_send(_: impl Send) {}
/// is_send(ringlog::context!(request_id = 7));
/// ```
///
/// ```
/// use ringlog::{Context, context};
///
/// let request = context!(request_id = 7);
/// assert!(!Context::current().is_empty());
/// drop(request);
/// assert!(Context::current().is_empty());
/// ```
#[derive(Debug)]
#[must_use = "the context is left when the guard is dropped: `let _guard = context!(…)`"]
pub struct ContextGuard {
    /// What `stack` knows it by; none where there was nothing to enter.
    id: Option<u64>,
    /// Neither `Send` nor `Sync`.
    stays: PhantomData<*mut ()>,
}

impl ContextGuard {
    /// Enters a context; `chain` as in [`stack::push`].
    pub(super) fn enter(context: &Context, chain: &mut Option<Arc<Chain>>) -> Self {
        let id = if context.is_empty() { None } else { stack::push(context, chain) };
        if id.is_some() {
            crate::entry::look_anew();
        }
        Self { id, stays: PhantomData }
    }
}

impl Drop for ContextGuard {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            stack::remove(id);
            crate::entry::look_anew();
        }
    }
}
