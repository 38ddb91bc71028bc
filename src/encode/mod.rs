//! Values to words and back.
//!
//! A log call copies its arguments into the ring as 8-byte words ([`Encode`]); the worker reads them back as
//! *views* that borrow from the ring and print what the value itself would have printed.
//!
//! # The words of a value
//!
//! All words are native: a record is read by the machine that wrote it. Nothing says what type a value has;
//! the reader knows it from the callsite.
//!
//! ```text
//! value      =
//!     integers to 64 bits, bool, char, usize, isize   word          sign- or zero-extended
//!     u128, i128                                      low high
//!     f32, f64                                        word          the bits
//!     NonZero<N>, Wrapping<N>, Saturating<N>          N
//!     Cell<N> of such a number, bool or char          N
//!     *const T, *mut T                                word          the address
//!     cmp::Ordering                                   word          -1, 0, 1
//!     (), PhantomData<T>, RangeFull                   nothing
//!     Duration                                        seconds nanoseconds
//!     SystemTime                                      seconds sign<<32|nanoseconds    from 1970 on, 1: before
//!     Ipv4Addr                                        word          as u32
//!     Ipv6Addr                                        high low
//!     IpAddr                                          tag 0 ipv4 | tag high low    0: v4, 1: v6
//!     SocketAddrV4                                    port<<32|ipv4
//!     SocketAddrV6                                    high low flowinfo<<32|scope port
//!     SocketAddr                                      tag w w w w   0: v4, of which the last three are 0; 1: v6
//!     str, String, Cow<str>                           bytes
//!     OsStr, OsString, Path, PathBuf                  bytes         the platform's own encoding
//!     CStr, CString                                   bytes         with the final 0
//!     &T, &mut T, Box<T>, Rc<T>, Arc<T>, Cow<[T]>     the value in it
//!     (A, B, …)                                       A B …
//!     Range<T>, RangeFrom<T>, RangeTo<T>, RangeToInclusive<T>    the bounds, in order
//!     Option<T>                                       0 | 1 T
//!     Result<T, E>                                    0 T | 1 E
//!     [T; N]                                          elements(N)
//!     [T], Vec, VecDeque, HashSet, BTreeSet           count elements(count)
//!     HashMap<K, V>, BTreeMap<K, V>                   count elements(count) of (K, V)
//!
//! bytes      = length, that many bytes, the last word filled up with zeros
//!
//! elements(n) =
//!     n packed elements                        T has a width (`Encode::PACKED`): each number takes the bytes that
//!                                              it takes in memory, the last word is filled up with zeros
//!   | n values                                 all values of T take the same number of words (`Encode::FIXED`)
//!   | total, n values                          otherwise: `total` words follow, so a reader can skip them
//! ```
//!
//! An `Option` or `Result` whose payloads all have a fixed size of at most [`FIXED_PAYLOAD`] words has one too:
//! zeros fill the smaller variant up. Any other takes its tag and the payload that is there.
//!
//! What packs: integers, floats, `bool`, `char`, and `NonZero`, `Wrapping` and `Saturating` of them. What a set
//! or a map holds is in the order of its iteration.

mod argument;
mod cells;
mod derive;
pub(crate) mod field;
mod maps;
pub(crate) mod message;
mod net;
mod pointers;
mod scalars;
mod sequences;
mod show;
mod span;
mod spec;
mod text;
mod time;
mod tuples;
mod typed;
mod unit;
mod value;
mod variants;
mod words;

pub use argument::{
    Argument, Binary, Debug, Display, Later, LowerExp, LowerHex, Now, Octal, Pointer, Shows, Trait, UpperExp,
    UpperHex,
};
pub use derive::{Field, Rebuild, Verbatim, fixed_of_variants, fixed_sum, unknown_variant};
pub use field::{
    Bare, FieldDebug, FieldDebugNow, FieldDisplay, FieldDisplayNow, FieldTyped, Fields, Gives, NonZero,
    Shown, ShownDebug, ShownDisplay, ShownOpaque, ShownTyped, Typed,
};
pub use maps::{Map, MapIter, Set};
pub use message::{Count, Piece, Pieces, Prints};
pub use sequences::{Seq, SeqIter};
pub use show::{Show, ShowAny, ShowFast};
pub use span::Span;
pub use spec::{Amount, Flags, Options, OwnSpec, Spec, count};
pub use unit::{ByValue, OnTheSpotUnit, Rendered, Scratch, Unit};
pub use value::{
    AsValue, Derived, DerivedDebug, DerivedDisplay, DerivedOpaque, DerivedStructure, Shape, Structure, Value,
    VariantFields, Visit,
};
pub use variants::FIXED_PAYLOAD;
pub use words::{Reader, Writer, words_for};

use crate::layout::{Output, Pen};
use std::fmt;

/// A value that a log call copies into the ring and a worker formats later.
///
/// Implemented for the standard library's plain types and derived for your own by `#[derive(Encode)]`. A type
/// without it can be logged all the same when it is `Display` or `Debug`: it is then formatted within the log
/// call.
///
/// ```
/// use ringlog::{Builder, Encode, info, layout::Text, sink};
/// use std::fmt;
///
/// #[derive(Encode)]
/// struct Price { ticks: i64, decimals: u8 }
///
/// // Runs on the worker.
/// impl fmt::Display for Price {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         let unit = 10_i64.pow(self.decimals.into());
///         write!(f, "{}.{:0width$}", self.ticks / unit, self.ticks % unit, width = self.decimals.into())
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (lines, written) = std::sync::mpsc::channel();
/// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
/// let runtime = Builder::new().sink(sink.layout(Text::pattern("{message}")?)).start()?;
/// info!(logger: runtime, "filled at {}", Price { ticks: 1_250_05, decimals: 2 });
/// runtime.flush()?;
/// assert_eq!(written.recv()?, b"filled at 1250.05\n");
/// # Ok(())
/// # }
/// ```
///
/// # Safety
///
/// [`encode`](Self::encode) writes exactly [`words`](Self::words) words, that is [`FIXED`](Self::FIXED) if it
/// is `Some`; [`decode`](Self::decode) reads as many, and takes any words that `encode` wrote. `words` and
/// `encode` of one value are called one after the other on the same thread; code of the program may run
/// between them (an allocator's, say), so neither goes by what can change behind a shared reference, unless the
/// number of words stays the same.
///
/// A value that `is_short` writes no text of more than 64 bytes at once.
///
/// Where [`PACKED`](Self::PACKED) is not 0 it is the size of the type, whose values have no padding and no
/// interior mutability, and [`unpack`](Self::unpack) takes a copy of their bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be copied into a record: it is not `Encode`",
    label = "not `Encode`",
    note = "derive it for a type of your own: `#[derive(ringlog::Encode)]`"
)]
pub unsafe trait Encode {
    /// What the worker formats in the value's place. It implements each of the `std::fmt` traits that the
    /// type implements, and prints the same bytes under every format spec.
    ///
    /// ```
    /// use ringlog::Encode;
    ///
    /// let view: <u64 as Encode>::View<'static> = 7;
    /// assert_eq!(format!("{view:>3}"), "  7");
    /// ```
    type View<'r>;

    /// How many words a value takes, where all values of the type take the same.
    ///
    /// ```
    /// use ringlog::Encode;
    ///
    /// assert_eq!(<u128 as Encode>::FIXED, Some(2));
    /// assert_eq!(<String as Encode>::FIXED, None);
    /// ```
    const FIXED: Option<usize> = None;

    /// Whether [`encode`](Self::encode) does nothing but write words: it cannot log, panic or be noticed.
    #[doc(hidden)]
    const IS_PLAIN: bool = false;

    /// How many bytes an element of a sequence takes, where it is copied as it lies in memory; else 0.
    #[doc(hidden)]
    const PACKED: usize = 0;

    /// How many words this value takes.
    ///
    /// ```
    /// use ringlog::Encode;
    ///
    /// assert_eq!(7_u64.words(), 1);
    /// assert_eq!("accepted".words(), 2); // its length, and eight bytes
    /// ```
    fn words(&self) -> usize;

    /// Whether [`encode`](Self::encode) takes a few instructions, and calls nothing but in line.
    // No method: a type of the user's may have one of that name.
    #[doc(hidden)]
    #[inline(always)]
    fn is_short(_value: &Self) -> bool {
        Self::IS_PLAIN
    }

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

    /// Whether [`show`](Self::show) is there.
    #[doc(hidden)]
    const SHOWS: bool = false;

    /// Prints a view under a plain `{}`: what its `Display` prints.
    #[doc(hidden)]
    fn show(_view: &Self::View<'_>, _pen: &mut Pen<'_, '_>) -> fmt::Result {
        unreachable!("a type that `SHOWS` has a `show`")
    }

    /// Prints a view as its `Display` prints it with these options, if it knows how to.
    #[doc(hidden)]
    fn show_by(_view: &Self::View<'_>, _options: &Options, _out: &mut Output<'_>) -> bool {
        false
    }

    /// Prints a view as its `Debug` prints it, if it knows how to. If not, it prints nothing.
    #[doc(hidden)]
    fn show_debug(_view: &Self::View<'_>, _out: &mut Output<'_>) -> bool {
        false
    }

    /// Reads an element of a packed sequence, at whatever alignment.
    ///
    /// # Safety
    ///
    /// [`PACKED`](Self::PACKED) is not 0, and as many bytes of a value of this type stand at `at`.
    #[doc(hidden)]
    unsafe fn unpack<'r>(_at: *const u8) -> Self::View<'r> {
        unreachable!("elements of this type are not packed")
    }
}
