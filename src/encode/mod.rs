//! Values to words and back.
//!
//! A log call copies its arguments into the ring as 8-byte words ([`Encode`]); the worker reads them back as
//! *views* that borrow from the ring and print what the value itself would have printed.

mod derive;
mod scalars;
mod sequences;
mod show;
mod text;
mod tuples;
mod unit;
mod words;

pub use derive::Rebuild;
pub use sequences::Seq;
pub use show::{Show, ShowAny, ShowFast};
pub use unit::{ByValue, Deferred, OnTheSpot, OnTheSpotUnit, Probe, Rendered, Scratch, Unit};
pub use words::{Reader, Writer, words_for};

/// A value that a log call copies into the ring and a worker formats later.
///
/// Implemented for the standard library's plain types and derived for your own by `#[derive(Encode)]`. A type
/// without it can be logged all the same when it is `Display` or `Debug`: it is then formatted within the log
/// call.
///
/// # Safety
///
/// [`encode`](Self::encode) writes exactly [`words`](Self::words) words, that is [`FIXED`](Self::FIXED) if it
/// is `Some`; [`decode`](Self::decode) reads as many, and takes any words that `encode` wrote.
pub unsafe trait Encode {
    /// What the worker formats in the value's place. It implements each of the `std::fmt` traits that the
    /// type implements, and prints the same bytes under every format spec.
    type View<'r>;

    /// How many words a value takes, where all values of the type take the same.
    const FIXED: Option<usize> = None;

    /// How many words this value takes.
    fn words(&self) -> usize;

    /// Writes the value.
    ///
    /// # Safety
    ///
    /// `writer` has room for [`words`](Self::words) words.
    unsafe fn encode(&self, writer: &mut Writer);

    /// Reads a value back.
    ///
    /// # Safety
    ///
    /// The next words of `reader` were written by [`encode`](Self::encode) of the same type in this process.
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r>;
}
