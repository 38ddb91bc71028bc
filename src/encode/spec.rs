//! What a placeholder says beside its trait, as data.
//!
//! A format spec is part of a literal that `format_args!` alone reads, and a function of each statement's own that calls it
//! would be most of what there is to compile of one. So the macros say in data what is not out of the ordinary, and one
//! function here has `format_args!` read every combination of that.

use crate::layout::Output;
use std::fmt::{self, Alignment, Debug};

/// What a placeholder says beside its trait.
#[derive(Clone, Copy, Debug)]
pub enum Spec {
    /// Nothing.
    None,
    /// What most say.
    Options(Options),
    /// What is uncommon: a fill that is no space, `-`, `x?`, or an alignment together with other flags.
    Own(OwnSpec),
}

impl Spec {
    /// Prints a value, which prints by the placeholder's trait under `{:?}`, and under `{:#?}` prints lines of its own if it
    /// `is_debug`. The last ones of `counts` are the width and the precision, where they are arguments.
    pub(super) fn print(
        &self,
        value: &dyn Debug,
        is_debug: bool,
        counts: [usize; 2],
        out: &mut Output<'_>,
    ) -> fmt::Result {
        match self {
            Self::None => out.write_fmt(format_args!("{value:?}")),
            Self::Options(options) => options.with(counts).print(value, is_debug, out),
            Self::Own(print) => print(value, counts, out),
        }
    }
}

/// What the `index`th placeholder says. There are as many specs as placeholders, or none at all.
#[inline(always)]
pub(super) fn at(specs: &[Spec], index: usize) -> Spec {
    specs.get(index).copied().unwrap_or(Spec::None)
}

/// Prints a value by a spec, with a width and a precision, of which the last ones are used.
///
/// Whatever trait the placeholder names, the value prints by it under `{:?}`.
pub type OwnSpec = fn(&dyn Debug, [usize; 2], &mut Output<'_>) -> fmt::Result;

/// The options of `std::fmt`, with spaces for the fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What stands in front of the width.
    pub flags: Flags,
    /// The least number of characters.
    pub width: Amount,
    /// The decimal places of a number, or the most characters of a text.
    pub precision: Amount,
}

/// An alignment, or the flags that change a number. Both is uncommon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flags {
    /// `<`, `^`, `>`.
    Align(Alignment),
    /// The others.
    Number {
        /// `+`.
        plus: bool,
        /// `#`.
        alternate: bool,
        /// `0`.
        zero: bool,
    },
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// None is given.
    None,
    /// In the format string.
    Is(u16),
    /// By an argument.
    Argument,
}

/// A width or a precision that is an argument, as `std::fmt` takes it: that panics when one is greater.
#[inline(always)]
pub fn count(given: &usize) -> usize {
    (*given).min(u16::MAX.into())
}

impl Amount {
    fn value(self) -> Option<usize> {
        match self {
            Self::Is(amount) => Some(amount.into()),
            Self::None | Self::Argument => None,
        }
    }
}

impl Options {
    /// With the width and the precision that are arguments; the last ones of `counts`.
    pub(super) fn with(self, counts: [usize; 2]) -> Self {
        let mut counts = counts.into_iter().rev();
        let mut given = |amount| match amount {
            Amount::Argument => Amount::Is(counts.next().map_or(0, |count| count as u16)),
            given => given,
        };
        let precision = given(self.precision);
        Self { width: given(self.width), precision, ..self }
    }

    pub(super) fn width(&self) -> usize {
        self.width.value().unwrap_or(0)
    }

    pub(super) fn precision(&self) -> Option<usize> {
        self.precision.value()
    }

    /// Prints a value, which prints by the placeholder's trait under `{:?}`, and under `{:#?}` prints lines of its own if it
    /// `is_debug`.
    pub(super) fn print(&self, value: &dyn Debug, is_debug: bool, out: &mut Output<'_>) -> fmt::Result {
        let printed = Printed(self, value);
        match is_debug && matches!(self.flags, Flags::Number { alternate: true, .. }) {
            true => out.write_pretty(format_args!("{printed}")),
            false => out.write_fmt(format_args!("{printed}")),
        }
    }

    /// Prints a number of which `put` prints the digits, with the sign if it is negative.
    pub(super) fn number(&self, is_negative: bool, out: &mut Output<'_>, put: impl FnOnce(&mut Output<'_>)) {
        let (plus, zero) = match self.flags {
            Flags::Align(_) => (false, false),
            Flags::Number { plus, zero, .. } => (plus, zero),
        };
        let start = out.len();
        if plus && !is_negative {
            out.trusted("+");
        }
        put(out);
        self.widen(start, zero.then_some(start + usize::from(plus || is_negative)), out);
    }

    /// Fills a number that stands from `start` on up to its width: with zeros at a place behind its sign, or with spaces.
    fn widen(&self, start: usize, zeros_at: Option<usize>, out: &mut Output<'_>) {
        let missing = self.width().saturating_sub(out.len() - start);
        if let Some(place) = zeros_at {
            out.insert(place, b'0', missing);
        } else {
            let (before, behind) = self.split(missing, Alignment::Right);
            out.insert(start, b' ', before);
            out.repeat(b' ', behind);
        }
    }

    /// Prints a text.
    pub(super) fn text(&self, text: &str, out: &mut Output<'_>) {
        let text = match self.precision().and_then(|most| text.char_indices().nth(most)) {
            Some((end, _)) => &text[..end],
            None => text,
        };
        let missing = match self.width() {
            0 => 0,
            width => width.saturating_sub(text.chars().count()),
        };
        let (before, behind) = self.split(missing, Alignment::Left);
        out.repeat(b' ', before);
        out.value(text);
        out.repeat(b' ', behind);
    }

    /// How much of what is missing to the width goes before the value, and how much behind it.
    fn split(&self, missing: usize, default: Alignment) -> (usize, usize) {
        let align = match self.flags {
            Flags::Align(align) => align,
            Flags::Number { .. } => default,
        };
        let before = match align {
            Alignment::Left => 0,
            Alignment::Center => missing / 2,
            Alignment::Right => missing,
        };
        (before, missing - before)
    }
}

/// `write_fmt`, out of line: it would else be compiled into each of forty-four arms.
#[inline(never)]
fn write_out(f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    f.write_fmt(text)
}

/// A value by its options.
struct Printed<'p>(&'p Options, &'p dyn Debug);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(options, value) = *self;

        macro_rules! print {
            ($($flag:literal)*) => {
                match (options.width.value(), options.precision()) {
                    (None, None) => write_out(f, format_args!(concat!("{:", $($flag,)* "?}"), value)),
                    (Some(width), None) => write_out(f, format_args!(concat!("{:", $($flag,)* "1$?}"), value, width)),
                    (None, Some(precision)) => {
                        write_out(f, format_args!(concat!("{:", $($flag,)* ".1$?}"), value, precision))
                    }
                    (Some(width), Some(precision)) => {
                        write_out(f, format_args!(concat!("{:", $($flag,)* "1$.2$?}"), value, width, precision))
                    }
                }
            };
        }
        match options.flags {
            Flags::Align(Alignment::Left) => print!("<"),
            Flags::Align(Alignment::Center) => print!("^"),
            Flags::Align(Alignment::Right) => print!(">"),
            Flags::Number { plus, alternate, zero } => match (plus, alternate, zero) {
                (false, false, false) => print!(),
                (false, false, true) => print!("0"),
                (false, true, false) => print!("#"),
                (false, true, true) => print!("#" "0"),
                (true, false, false) => print!("+"),
                (true, false, true) => print!("+" "0"),
                (true, true, false) => print!("+" "#"),
                (true, true, true) => print!("+" "#" "0"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Encode;
    use crate::layout::Escape;
    use std::num::NonZero;

    /// All combinations of what is not an argument.
    fn all() -> impl Iterator<Item = Options> {
        let amounts = [Amount::None, Amount::Is(0), Amount::Is(1), Amount::Is(7), Amount::Is(40)];
        let aligns = [Alignment::Left, Alignment::Center, Alignment::Right].map(Flags::Align);
        let bits =
            |bits: u8| Flags::Number { plus: bits & 1 != 0, alternate: bits & 2 != 0, zero: bits & 4 != 0 };
        aligns.into_iter().chain((0..8).map(bits)).flat_map(move |flags| {
            amounts
                .into_iter()
                .flat_map(move |width| amounts.map(|precision| Options { flags, width, precision }))
        })
    }

    /// Prints by `Display` under `{:?}`, as a unit with that trait does.
    struct ByDisplay<'a, T: ?Sized>(&'a T);

    impl<T: fmt::Display + ?Sized> Debug for ByDisplay<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    fn print(write: impl FnOnce(&mut Output<'_>) -> bool) -> Option<String> {
        let mut bytes = b"before ".to_vec();
        let is_written = write(&mut Output::new(&mut bytes, Escape::Text));
        is_written.then(|| String::from_utf8(bytes).unwrap())
    }

    /// What the type prints itself is what `std::fmt` prints. Gives how many of the combinations it prints itself.
    fn same<T: Encode + fmt::Display + Debug + ?Sized>(value: &T, view: T::View<'_>) -> usize {
        if let Some(by_itself) = print(|out| T::show_debug(&view, out)) {
            assert_eq!(Some(by_itself), print(|out| out.write_fmt(format_args!("{value:?}")).is_ok()));
        }
        let shown = all().filter(|options| {
            let by_std = print(|out| options.print(&ByDisplay(value), false, out).is_ok());
            let by_itself = print(|out| T::show_by(&view, options, out));
            assert!(by_itself.is_none() || by_itself == by_std, "{options:?}: {by_itself:?}, not {by_std:?}");
            by_itself.is_some()
        });
        shown.count()
    }

    #[test]
    fn what_a_type_prints_itself_is_what_std_prints() {
        let combinations = all().count();
        for number in [0, 1, -1, 9_999_999, -1_234_567, i64::MAX, i64::MIN] {
            assert_eq!(same(&number, number), combinations);
            assert_eq!(same(&(number as u64), number as u64), combinations);
            assert_eq!(same(&(number as i8), number as i8), combinations);
            assert_eq!(same(&i128::from(number), i128::from(number)), combinations);
        }
        for text in ["", "a", "añb", "seven ch", "a\nb\x1b", "漢字漢字漢字漢字漢字"] {
            assert_eq!(same(text, text), combinations);
        }
        assert_eq!(same(&true, true), combinations);
        let number = NonZero::new(-5).unwrap();
        assert_eq!(same(&number, number), combinations);
        assert_eq!(same(&'é', 'é'), 0);
        let places = [0.0, -0.0, 0.5, 2.5, -1.25, 0.1, 101.25, -9.9999999, 1e15, 1.0 / 3.0, 123456.789];
        for number in places {
            assert_eq!(same(&number, number), combinations * 4 / 5, "all but 40 places of {number}");
            same(&(number as f32), number as f32);
        }
        for number in [1e16, 1e300, 1e-300, f64::MIN_POSITIVE / 4.0, f64::INFINITY, f64::NAN, -f64::INFINITY]
        {
            same(&number, number);
        }
    }

    #[test]
    fn all_that_options_tell_reaches_the_value() {
        /// Prints what it is asked for.
        struct Told;
        impl Debug for Told {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (align, fill) = (f.align(), f.fill());
                let flags = (f.sign_plus(), f.alternate(), f.sign_aware_zero_pad(), f.sign_minus());
                write!(f, "{align:?} {flags:?} {:?} {:?} {fill:?}", f.width(), f.precision())
            }
        }
        for options in all() {
            let (align, flags) = match options.flags {
                Flags::Align(align) => (Some(align), (false, false, false)),
                Flags::Number { plus, alternate, zero } => (None, (plus, alternate, zero)),
            };
            let (plus, alternate, zero) = flags;
            let (width, precision) = (options.width.value(), options.precision());
            let told =
                format!("before {align:?} {:?} {width:?} {precision:?} ' '", (plus, alternate, zero, false));
            assert_eq!(print(|out| options.print(&Told, false, out).is_ok()), Some(told));
        }
    }

    #[test]
    fn arguments_are_the_last_counts() {
        let flags = Flags::Align(Alignment::Left);
        let options = |width, precision| Options { flags, width, precision };
        let argument = Amount::Argument;
        for (given, width, precision) in [
            (options(argument, argument), Some(3), Some(4)),
            (options(argument, Amount::Is(5)), Some(4), Some(5)),
            (options(Amount::None, argument), None, Some(4)),
            (options(Amount::Is(6), Amount::None), Some(6), None),
        ] {
            let given = given.with([3, 4]);
            assert_eq!((given.width.value(), given.precision()), (width, precision));
        }
    }
}
