//! The context of a thread or a future: fields that all records within it carry.
//!
//! A thread's contexts form a [`Chain`], the innermost first, that never changes once it is made. Who enters or leaves
//! one only puts another chain in the old one's place (`stack`), and has the thread's next log call come by the slow
//! path. There the producer sees whether the chain is another than the worker knows, and if so tells it by a record of
//! `Kind::Context` in front of its own. So the fast path knows nothing of contexts, and those within which nothing is
//! logged leave no trace.

mod chain;
mod future;
mod guard;
mod stack;

pub use future::{InContext, WithContext};
pub use guard::ContextGuard;

pub(crate) use chain::Chain;
pub(crate) use stack::{current, same};

use crate::encode::{Fields, Scratch, Writer, field};
use crate::sync::Arc;
use chain::Part;
use std::fmt;

/// Fields for all records within a block of code or a future.
///
/// It is made by [`context_fields!`](crate::context_fields!), entered by [`enter`](Self::enter) or, in one go, by
/// [`context!`](crate::context!), and wrapped around futures by [`with_context`](WithContext::with_context). A clone is
/// cheap and shares the fields.
///
/// ```
/// use ringlog::{Context, context, info};
///
/// let _request = context!(request_id = 7, tenant = %"acme");
/// info!("accepted"); // … accepted request_id=7 tenant=acme
///
/// // Other threads have contexts of their own; this one's can be taken along.
/// let here = Context::current();
/// std::thread::spawn(move || {
///     let _request = here.enter();
///     info!("checked"); // … checked request_id=7 tenant=acme
/// }).join().unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a context holds where it is entered, or put around a future"]
pub struct Context {
    /// From the outermost in.
    parts: Arc<[Part]>,
}

impl Context {
    /// The fields of the macros.
    #[doc(hidden)]
    pub fn of<V: Fields>(mut units: V, names: &'static [&'static str]) -> Self {
        let mut text = Vec::new();
        units.prepare(&mut Scratch::new(&mut text));
        let mut words = vec![0; units.words()];
        // SAFETY: there is room for the words that the units ask for.
        unsafe { units.encode(&text, &mut Writer::new(words.as_mut_ptr())) };
        // SAFETY: the words are those of units of type `V`.
        let part = unsafe { Part::new(field::visit::<(), V>, names, words.into()) };
        Self { parts: Arc::new([part]) }
    }

    /// All fields that the calling thread's records carry now, to be entered elsewhere. Allocates.
    ///
    /// ```
    /// use ringlog::{Context, context};
    ///
    /// let _request = context!(request_id = 7);
    /// let _step = context!(step = "risk");
    /// assert_eq!(format!("{:?}", Context::current()), r#"{"request_id": I64(7), "step": Str("risk")}"#);
    /// ```
    pub fn current() -> Self {
        let chain = current().ok().flatten();
        Self { parts: chain.map(|chain| chain.parts()).unwrap_or_default().into() }
    }

    /// Whether it has no fields.
    ///
    /// ```
    /// use ringlog::{Context, context};
    ///
    /// assert!(Context::current().is_empty());
    /// let _request = context!(request_id = 7);
    /// assert!(!Context::current().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Has the calling thread's records carry the fields until the guard is dropped.
    ///
    /// It may allocate; log calls within it do not, and cost what they cost elsewhere, but for the first one, which
    /// passes the change on to the worker.
    ///
    /// ```
    /// use ringlog::{context_fields, info};
    ///
    /// let session = context_fields!(session = 12, user = "ada");
    /// for order_id in [7, 8] {
    ///     let _guard = session.enter(); // encoded once, entered twice
    ///     info!(order_id, "accepted"); // … accepted order_id=7 session=12 user="ada"
    /// }
    /// ```
    pub fn enter(&self) -> ContextGuard {
        ContextGuard::enter(self, &mut None)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_map();
        self.parts.iter().for_each(|part| {
            part.visit(&mut |name, value| {
                fields.entry(&name, &value);
            })
        });
        fields.finish()
    }
}
