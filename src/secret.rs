//! Values that are not for the log.

use crate::encode::{AsValue, Encode, Reader, Rebuild, Value, Writer};
use std::fmt;

/// What stands in a secret's place.
const HIDDEN: &str = "***";

/// A value that logs, displays and debugs as `***`: it never reaches the ring, a sink or a file.
///
/// It costs nothing: it is the value in memory, and takes no words in a record. A type that derives
/// [`Encode`](derive@crate::Encode) may hold secrets of types that are [`Rebuild`] and [`Default`]: the worker, which
/// has never seen the secret, puts a default in its place.
///
/// ```
/// use ringlog::{Secret, info};
///
/// let token = Secret::from(String::from("s3cr3t"));
/// info!(token, "logged in with {token:?}"); // logged in with *** token=***
/// assert_eq!(format!("{token}"), "***");
/// assert_eq!(token.expose(), "s3cr3t");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Secret<T: ?Sized>(T);

impl<T> Secret<T> {
    /// Keeps a value out of the log.
    ///
    /// ```
    /// use ringlog::Secret;
    ///
    /// let pin = Secret::new(4711_u32);
    /// assert_eq!(format!("{pin:?}"), "***");
    /// ```
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, to do with as one likes.
    ///
    /// ```
    /// use ringlog::Secret;
    ///
    /// let key: Vec<u8> = Secret::new(vec![1, 2, 3]).into_exposed();
    /// assert_eq!(key.len(), 3);
    /// ```
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T: ?Sized> Secret<T> {
    /// The value itself. What it is logged as then is no secret.
    ///
    /// ```
    /// use ringlog::Secret;
    ///
    /// let token = Secret::new(String::from("s3cr3t"));
    /// let header = format!("Bearer {}", token.expose()); // for the peer, not for the log
    /// assert_eq!(header, "Bearer s3cr3t");
    /// ```
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, to change it.
    ///
    /// ```
    /// use ringlog::Secret;
    ///
    /// let mut token = Secret::new(String::from("s3cr3t"));
    /// token.expose_mut().clear();
    /// assert!(token.expose().is_empty());
    /// ```
    pub const fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: ?Sized> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(HIDDEN)
    }
}

impl<T: ?Sized> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(HIDDEN)
    }
}

// SAFETY: no words either way.
unsafe impl<T: ?Sized> Encode for Secret<T> {
    type View<'r> = Secret<()>;
    const FIXED: Option<usize> = Some(0);

    #[inline(always)]
    fn words(&self) -> usize {
        0
    }

    #[inline(always)]
    unsafe fn encode(&self, _writer: &mut Writer) {}

    #[inline(always)]
    unsafe fn decode<'r>(_reader: &mut Reader<'r>) -> Secret<()> {
        Secret(())
    }
}

impl<T: Rebuild> Rebuild for Secret<T>
where
    for<'x> T::Owned<'x>: Default,
{
    type Owned<'r> = Secret<T::Owned<'r>>;

    fn rebuild<'r>(_view: Secret<()>) -> Self::Owned<'r> {
        Secret::default()
    }
}

impl<T> AsValue for Secret<T> {
    fn as_value(&self) -> Value<'_> {
        Value::Display(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_its_value_in_memory_and_nothing_in_a_record() {
        assert_eq!(size_of::<Secret<[u8; 5]>>(), 5);
        assert_eq!(size_of::<Option<Secret<Box<u8>>>>(), size_of::<Box<u8>>());
        assert_eq!(Secret::new("text").words(), 0);
        assert_eq!(Secret::<String>::FIXED, Some(0));
    }
}
