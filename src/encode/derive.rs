//! What `#[derive(Encode)]` builds on.

use super::Encode;

/// A type whose value can be put together again out of its view.
pub trait Rebuild: Encode {
    /// The value, with every lifetime in it replaced by that of the record it is read from.
    type Owned<'r>;

    /// Puts the value together.
    fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r>;
}
