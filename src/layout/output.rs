//! Where formatted bytes go: a batch's buffer, behind what the layout escapes.

use super::escape::{self, Escape, InJson, InLiteral, InValue, Newline};
use super::pen::Pen;
use std::fmt;

/// What stands in a value's place when its `Display` or `Debug` fails.
pub(super) const FAILED: &str = "<formatting failed>";

/// A batch's buffer and how to escape what goes into it.
///
/// ```
/// use ringlog::layout::{Escape, Output};
///
/// let (mut bytes, user) = (Vec::new(), "ada\" }");
/// let mut out = Output::new(&mut bytes, Escape::Json);
/// out.trusted(r#"{"user":""#);
/// out.value(user);
/// out.trusted(r#"","qty":"#);
/// out.unsigned(100);
/// out.trusted("}");
/// assert_eq!(bytes, br#"{"user":"ada\" }","qty":100}"#);
/// ```
#[derive(Debug)]
pub struct Output<'b> {
    bytes: &'b mut Vec<u8>,
    escape: Escape,
}

impl<'b> Output<'b> {
    /// Appends to `bytes`. Allocates only where `bytes` has to grow.
    ///
    /// ```
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = b"filled ".to_vec();
    /// Output::new(&mut bytes, Escape::Text).unsigned(100);
    /// assert_eq!(bytes, b"filled 100");
    /// ```
    #[inline(always)]
    pub fn new(bytes: &'b mut Vec<u8>, escape: Escape) -> Self {
        Self { bytes, escape }
    }

    /// Has many pieces written, with less ado for each.
    #[inline(always)]
    pub(crate) fn pen<'o, R>(&'o mut self, write: impl FnOnce(&mut Pen<'o, 'b>) -> R) -> R {
        Pen::write(self, write)
    }

    /// As [`trusted`](Self::trusted), for what is not short.
    #[inline(never)]
    pub(super) fn extend(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The bytes, to append to.
    #[inline(always)]
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        self.bytes
    }

    /// How many bytes there are, those of other pieces included.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes back what was written since there were `len` bytes.
    pub(crate) fn take_back(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// As many bytes, which no layout has to escape.
    pub(crate) fn repeat(&mut self, byte: u8, count: usize) {
        self.bytes.resize(self.bytes.len() + count, byte);
    }

    /// As [`repeat`](Self::repeat), in front of the byte that stands at `at`.
    pub(crate) fn insert(&mut self, at: usize, byte: u8, count: usize) {
        self.repeat(byte, count);
        self.bytes[at..].rotate_right(count);
    }

    /// A piece of a format string.
    ///
    /// Its newlines are indented as text, and escaped as JSON.
    ///
    /// ```
    ///
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = Vec::new();
    /// Output::new(&mut bytes, Escape::Text).literal("the book:\nbid");
    /// assert_eq!(bytes, b"the book:\n    bid");
    /// ```
    #[inline(never)]
    pub fn literal(&mut self, text: &'static str) {
        match self.escape {
            Escape::Text if !escape::is_plain::<InLiteral>(text) => {
                escape::append::<InLiteral>(self.bytes, text, false, Newline::Indented);
            }
            Escape::Json if !escape::is_plain::<InJson>(text) => {
                escape::append::<InJson>(self.bytes, text, true, Newline::Escaped);
            }
            _ => self.trusted(text),
        }
    }

    /// Text that no layout has to escape: digits, signs, dots, letters.
    ///
    /// ```
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = Vec::new();
    /// Output::new(&mut bytes, Escape::Json).trusted("\"px\":12.5");
    /// assert_eq!(bytes, b"\"px\":12.5");
    /// ```
    #[inline]
    pub fn trusted(&mut self, text: &str) {
        self.pen(|pen| pen.trusted(text));
    }

    /// An integer as `{}` prints it.
    ///
    /// ```
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = Vec::new();
    /// Output::new(&mut bytes, Escape::Text).unsigned(u64::MAX);
    /// assert_eq!(bytes, b"18446744073709551615");
    /// ```
    #[inline]
    pub fn unsigned(&mut self, number: u64) {
        self.pen(|pen| pen.unsigned(number));
    }

    /// An integer as `{}` prints it.
    ///
    /// ```
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = Vec::new();
    /// Output::new(&mut bytes, Escape::Text).signed(-250);
    /// assert_eq!(bytes, b"-250");
    /// ```
    pub fn signed(&mut self, number: i64) {
        self.pen(|pen| pen.signed(number));
    }

    /// Text out of a user's value.
    ///
    /// ```
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = Vec::new();
    /// Output::new(&mut bytes, Escape::Text).value("\x1b[2Jcleared\n");
    /// assert_eq!(bytes, br"\x1b[2Jcleared\n");
    /// ```
    pub fn value(&mut self, text: &str) {
        self.escaped(text, Newline::Escaped);
    }

    /// Text out of a user's value as its `Debug` prints it: in quotes.
    pub(crate) fn quoted(&mut self, text: &str) -> fmt::Result {
        if !text.is_ascii() || !escape::is_plain::<InJson>(text) {
            return self.write_fmt(format_args!("{text:?}"));
        }
        let quote = if matches!(self.escape, Escape::Json) { "\\\"" } else { "\"" };
        self.trusted(quote);
        self.trusted(text);
        self.trusted(quote);
        Ok(())
    }

    /// Whether text out of a user's value may print as it is.
    #[inline(always)]
    pub(super) fn takes(&self, text: &str) -> bool {
        match self.escape {
            Escape::Text => escape::is_plain::<InValue>(text),
            Escape::Json => escape::is_plain::<InJson>(text),
            Escape::None => true,
        }
    }

    #[inline]
    fn escaped(&mut self, text: &str, newline: Newline) {
        match self.escape {
            Escape::Text if !escape::is_plain::<InValue>(text) => {
                escape::append::<InValue>(self.bytes, text, false, newline);
            }
            Escape::Json if !escape::is_plain::<InJson>(text) => {
                escape::append::<InJson>(self.bytes, text, true, newline);
            }
            _ => self.trusted(text),
        }
    }

    /// A value through its `std::fmt` traits, escaped like any other. Takes precedence over
    /// [`std::fmt::Write::write_fmt`].
    ///
    /// ```
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = Vec::new();
    /// write!(Output::new(&mut bytes, Escape::Json), "{:>8.2} {:?}", 12.5, "EUR")?;
    /// assert_eq!(bytes, br#"   12.50 \"EUR\""#);
    /// # Ok::<_, std::fmt::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the value's trait fails; what it wrote before stays.
    pub fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        match arguments.as_str() {
            Some(text) => {
                self.value(text);
                Ok(())
            }
            None => fmt::write(self, arguments),
        }
    }

    /// A value under `{:#?}` and the like, whose own newlines give it its shape: they are indented, where those of
    /// other values are escaped.
    ///
    /// ```
    /// use ringlog::layout::{Escape, Output};
    ///
    /// let mut bytes = Vec::new();
    /// Output::new(&mut bytes, Escape::Text).write_pretty(format_args!("{:#?}", Some(7)))?;
    /// assert_eq!(bytes, b"Some(\n        7,\n    )");
    /// # Ok::<_, std::fmt::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`write_fmt`](Self::write_fmt).
    pub fn write_pretty(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        fmt::write(&mut Pretty(self), arguments)
    }
}

impl fmt::Write for Output<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.value(text);
        Ok(())
    }
}

/// Lets newlines stand, indented.
struct Pretty<'o, 'b>(&'o mut Output<'b>);

impl fmt::Write for Pretty<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.escaped(text, Newline::Indented);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(escape: Escape, write: impl FnOnce(&mut Output<'_>)) -> String {
        let mut bytes = Vec::new();
        write(&mut Output::new(&mut bytes, escape));
        String::from_utf8(bytes).unwrap()
    }

    const NASTY: &str = "a\n\r\t\0\x1b\x7f\u{85}\u{9b}\u{2028}\u{202e}\u{2069}\"\\ £ – € 漢 😀";

    #[test]
    fn values_print_no_control_characters_as_text() {
        assert_eq!(
            print(Escape::Text, |out| out.value(NASTY)),
            r#"a\n\r\t\x00\x1b\x7f\u{85}\u{9b}\u{2028}\u{202e}\u{2069}"\ £ – € 漢 😀"#
        );
    }

    #[test]
    fn values_and_literals_are_the_inside_of_a_string_as_json() {
        let json = r#"a\n\r\t\u0000\u001b\u007f\u0085\u009b\u2028\u202e\u2069\"\\ £ – € 漢 😀"#;
        assert_eq!(print(Escape::Json, |out| out.value(NASTY)), json);
        assert_eq!(print(Escape::Json, |out| out.literal(NASTY)), json);
        assert_eq!(print(Escape::Json, |out| out.write_pretty(format_args!("{NASTY}")).unwrap()), json);
    }

    #[test]
    fn integers_print_as_std_prints_them() {
        for number in [0, 1, -1, 99_999_999, 100_000_000, i64::MAX, i64::MIN] {
            assert_eq!(print(Escape::Text, |out| out.signed(number)), number.to_string());
            assert_eq!(print(Escape::Text, |out| out.unsigned(number as u64)), (number as u64).to_string());
        }
    }

    #[test]
    fn newlines_of_the_format_string_are_indented() {
        assert_eq!(print(Escape::Text, |out| out.literal("a\n\nb\r\tc")), "a\n    \n    b\\r\tc");
    }

    #[test]
    fn newlines_of_pretty_values_are_indented() {
        let value = Some("line\nbreak");
        assert_eq!(
            print(Escape::Text, |out| out.write_pretty(format_args!("{value:#?}")).unwrap()),
            "Some(\n        \"line\\nbreak\",\n    )"
        );
    }

    #[test]
    fn quoted_text_is_what_debug_prints() {
        let texts = ["", "plain", "it's", "\"", "\\", "a\nb", "\x7f", "é", "漢", NASTY];
        for (text, escape) in
            texts.iter().flat_map(|text| [Escape::Text, Escape::Json, Escape::None].map(|e| (text, e)))
        {
            let by_debug = print(escape, |out| out.write_fmt(format_args!("{text:?}")).unwrap());
            assert_eq!(print(escape, |out| out.quoted(text).unwrap()), by_debug);
        }
        let ascii: Vec<u8> = (0..128).collect();
        for byte in ascii {
            let text = char::from(byte).to_string();
            assert_eq!(print(Escape::None, |out| out.quoted(&text).unwrap()), format!("{text:?}"));
        }
    }

    #[test]
    fn nothing_is_escaped_where_none_is_asked_for() {
        assert_eq!(print(Escape::None, |out| out.value(NASTY)), NASTY);
        assert_eq!(print(Escape::None, |out| out.literal(NASTY)), NASTY);
        assert_eq!(print(Escape::None, |out| out.write_pretty(format_args!("{NASTY}")).unwrap()), NASTY);
    }

    #[test]
    fn what_a_value_prints_through_fmt_is_escaped() {
        assert_eq!(print(Escape::Text, |out| out.write_fmt(format_args!("{:>4}", "\n")).unwrap()), "   \\n");
        assert_eq!(print(Escape::Text, |out| out.write_fmt(format_args!("\n")).unwrap()), "\\n");
    }
}
