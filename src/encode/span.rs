//! A span as a layout sees it.

use super::Visit;
use std::fmt;

/// A span of time that a record was logged in, as `tracing` has them; see
/// [`Record::spans`](crate::Record::spans).
///
/// ```
/// use ringlog::{Record, Value, Visit};
///
/// struct Named<'n>(&'n str, Option<String>);
/// impl Visit for Named<'_> {
///     fn field(&mut self, name: &'static str, value: Value<'_>) {
///         if name == self.0 {
///             self.1 = Some(value.to_string());
///         }
///     }
/// }
///
/// /// The field of the outermost span called `request`.
/// fn request_id(record: &Record<'_>) -> Option<String> {
///     let mut id = Named("id", None);
///     record.spans(&mut |span| {
///         if span.name() == "request" && id.1.is_none() {
///             span.fields(&mut id);
///         }
///     });
///     id.1
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Span<'s> {
    name: &'s str,
    visit: &'s dyn Fn(&mut dyn Visit),
}

impl<'s> Span<'s> {
    /// A span of this name, whose fields `visit` has visited.
    ///
    /// ```
    /// use ringlog::{Span, Value};
    ///
    /// // For the test of a layout of one's own.
    /// let span = Span::new("request", &|visit| visit.field("id", Value::U64(7)));
    /// assert_eq!(span.name(), "request");
    /// ```
    pub fn new(name: &'s str, visit: &'s dyn Fn(&mut dyn Visit)) -> Self {
        Self { name, visit }
    }

    /// Its name.
    ///
    /// ```
    /// fn is_request(span: ringlog::Span<'_>) -> bool {
    ///     span.name() == "request"
    /// }
    /// assert!(is_request(ringlog::Span::new("request", &|_| ())));
    /// ```
    pub fn name(&self) -> &'s str {
        self.name
    }

    /// Has its fields visited, in the order in which they were recorded; one that was recorded again is where
    /// it was recorded last.
    ///
    /// ```
    /// use ringlog::{Span, Value, Visit};
    ///
    /// struct Names(Vec<&'static str>);
    ///
    /// impl Visit for Names {
    ///     fn field(&mut self, name: &'static str, _value: Value<'_>) {
    ///         self.0.push(name);
    ///     }
    /// }
    ///
    /// let span = Span::new("request", &|visit| visit.field("id", Value::U64(7)));
    /// let mut names = Names(Vec::new());
    /// span.fields(&mut names);
    /// assert_eq!(names.0, ["id"]);
    /// ```
    pub fn fields(&self, visit: &mut dyn Visit) {
        (self.visit)(visit);
    }
}

impl fmt::Debug for Span<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span").field("name", &self.name).finish_non_exhaustive()
    }
}
