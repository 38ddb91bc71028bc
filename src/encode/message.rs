//! The message of a log statement, printed by the worker: the pieces of its format string as data, and each value by what
//! the type of its unit says.
//!
//! A crate has thousands of statements and few combinations of types. So nothing here is made for a statement.

use super::{ByValue, Encode, OnTheSpotUnit, Reader, Shows, Spec, Unit, spec};
use crate::callsite::Statement;
use crate::layout::{Output, Pen};
use std::fmt;
use std::marker::PhantomData;

/// What stands before, between and behind the placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    /// One more than there are placeholders.
    pub texts: &'static [Piece],
    /// Whether no layout has to escape anything in them.
    pub is_trusted: bool,
}

/// A piece of a format string. If it is short, and no layout has to escape anything in it, there is padding behind it up to
/// 16 bytes, and the number says how many are the piece's own. If not, the number is greater.
// A tuple, as the compiler sees at once that nothing in it changes: of a struct it looks that up for each statement.
pub type Piece = (&'static str, u8);

/// Most pieces are no longer. They are printed by one load and one store, whatever their length, with what stands behind them.
// As the macro pads them: `HEAD` in `macros/src/statement/message.rs`.
const HEAD: usize = 16;

impl Pieces {
    /// Those of what prints itself.
    pub const NONE: Self = Self { texts: &[], is_trusted: true };
}

/// How far a message is printed.
#[derive(Debug)]
pub struct Progress<'p> {
    statement: &'p Statement,
    /// How many pieces are printed.
    index: usize,
    /// The last two widths or precisions that were given.
    counts: [usize; 2],
}

impl Progress<'_> {
    /// Prints the piece in front of the next placeholder, or behind the last one.
    #[inline(always)]
    fn piece(&mut self, pen: &mut Pen<'_, '_>) {
        let pieces = &self.statement.callsite.pieces;
        if let Some(&(text, len)) = pieces.texts.get(self.index) {
            match text.as_bytes().first_chunk::<HEAD>() {
                Some(head) if usize::from(len) <= HEAD => pen.block(head, len.into()),
                _ => pen.through(|out| whole_piece(text, pieces, out)),
            }
        }
        self.index += 1;
    }

    /// What the placeholder says whose piece was printed last.
    #[inline(always)]
    fn spec(&self) -> Spec {
        spec::at(self.statement.specs, self.index - 1)
    }
}

/// Prints a piece that is long, or not trusted.
#[inline(never)]
fn whole_piece(text: &'static str, pieces: &Pieces, out: &mut Output<'_>) {
    if pieces.is_trusted { out.trusted(text) } else { out.literal(text) }
}

/// A unit of a message, or all of them.
pub trait Prints: Unit {
    /// Prints the units, with the pieces in front of them; with `SPECS`, by their specs.
    ///
    /// # Errors
    ///
    /// When a `Display` of the program fails, or another of these traits.
    fn print<const SPECS: bool>(
        view: &Self::View<'_>,
        progress: &mut Progress<'_>,
        pen: &mut Pen<'_, '_>,
    ) -> fmt::Result;
}

impl<T: Encode + ?Sized, How> Prints for ByValue<'_, T, How>
where
    How: for<'r> Shows<T::View<'r>>,
{
    #[inline(always)]
    fn print<const SPECS: bool>(
        view: &Self::View<'_>,
        progress: &mut Progress<'_>,
        pen: &mut Pen<'_, '_>,
    ) -> fmt::Result {
        progress.piece(pen);
        let by_trait = Under::<How, _>(view, PhantomData);
        match if SPECS { progress.spec() } else { Spec::None } {
            Spec::None if How::TRAIT.is_display() && T::SHOWS => T::show(view, pen),
            Spec::None => pen.through(|out| {
                if How::TRAIT.is_debug() && T::show_debug(view, out) {
                    return Ok(());
                }
                out.write_fmt(format_args!("{by_trait:?}"))
            }),
            Spec::Options(options) => pen.through(|out| {
                let options = options.with(progress.counts);
                if How::TRAIT.is_display() && T::show_by(view, &options, out) {
                    return Ok(());
                }
                options.print(&by_trait, How::TRAIT.is_debug(), out)
            }),
            Spec::Own(print) => pen.through(|out| print(&by_trait, progress.counts, out)),
        }
    }
}

/// A view that prints by the trait that `How` stands for.
struct Under<'v, How, V>(&'v V, PhantomData<How>);

impl<How: Shows<V>, V> fmt::Debug for Under<'_, How, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        How::show(self.0, f)
    }
}

impl Prints for OnTheSpotUnit<'_> {
    #[inline(always)]
    fn print<const SPECS: bool>(
        view: &Self::View<'_>,
        progress: &mut Progress<'_>,
        pen: &mut Pen<'_, '_>,
    ) -> fmt::Result {
        // What the spec says was done within the log call.
        progress.piece(pen);
        pen.value(view.0);
        Ok(())
    }
}

/// A width or a precision that is an argument. It stands in front of its value's unit.
#[derive(Debug)]
pub struct Count<'a>(pub &'a usize);

// SAFETY: one word, either way.
unsafe impl Unit for Count<'_> {
    type View<'r> = usize;
    const FIXED: Option<usize> = Some(1);
    const IS_PLAIN: bool = true;
    const ON_THE_SPOT: bool = false;

    #[inline(always)]
    fn prepare(&mut self, _scratch: &mut super::Scratch<'_>) {}

    #[inline(always)]
    fn words(&self) -> usize {
        1
    }

    #[inline(always)]
    unsafe fn encode(&self, _text: &[u8], writer: &mut super::Writer) {
        // SAFETY: passed on from the caller.
        unsafe { spec::count(self.0).encode(writer) }
    }

    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> usize {
        // SAFETY: passed on from the caller.
        unsafe { <usize as Encode>::decode(reader) }
    }
}

impl Prints for Count<'_> {
    #[inline(always)]
    fn print<const SPECS: bool>(
        view: &usize,
        progress: &mut Progress<'_>,
        _pen: &mut Pen<'_, '_>,
    ) -> fmt::Result {
        progress.counts = [progress.counts[1], *view];
        Ok(())
    }
}

macro_rules! tuples {
    ($(($($unit:ident)*))*) => {$(
        impl<$($unit: Prints),*> Prints for ($($unit,)*) {
            #[inline(always)]
            #[allow(non_snake_case, unused_variables, reason = "a unit goes by the name of its type, and there may be none")]
            fn print<const SPECS: bool>(
                views: &Self::View<'_>,
                progress: &mut Progress<'_>,
                pen: &mut Pen<'_, '_>,
            ) -> fmt::Result {
                let ($($unit,)*) = views;
                $($unit::print::<SPECS>($unit, progress, pen)?;)*
                Ok(())
            }
        }
    )*};
}

tuples!(() (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H));

/// Prints a message whose units are `U`, none of which has a spec.
///
/// # Safety
///
/// The reader stands at units of type `U`.
pub(crate) unsafe fn print<U: Prints>(
    statement: &Statement,
    reader: &mut Reader<'_>,
    out: &mut Output<'_>,
) -> fmt::Result {
    // SAFETY: passed on from the caller.
    unsafe { print_units::<U, false>(statement, reader, out) }
}

/// As [`print()`], for units that may have specs.
///
/// # Safety
///
/// As for [`print()`].
pub(crate) unsafe fn print_by_specs<U: Prints>(
    statement: &Statement,
    reader: &mut Reader<'_>,
    out: &mut Output<'_>,
) -> fmt::Result {
    // SAFETY: passed on from the caller.
    unsafe { print_units::<U, true>(statement, reader, out) }
}

/// # Safety
///
/// As for [`print()`].
#[inline(always)]
unsafe fn print_units<U: Prints, const SPECS: bool>(
    statement: &Statement,
    reader: &mut Reader<'_>,
    out: &mut Output<'_>,
) -> fmt::Result {
    // SAFETY: the caller vouches for the reader.
    let view = unsafe { U::decode(reader) };
    out.pen(|pen| {
        let mut progress = Progress { statement, index: 0, counts: [0; 2] };
        U::print::<SPECS>(&view, &mut progress, pen)?;
        progress.piece(pen);
        Ok(())
    })
}
