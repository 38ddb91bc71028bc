//! Where formatted bytes go: a batch's buffer, behind what the layout escapes.

use std::fmt;

/// How bytes that a layout did not write itself are made harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Not at all.
    None,
    /// Control characters of values as `\n`, `\x1b`; newlines of the format string are indented.
    Text,
    /// As within a JSON string.
    Json,
}

/// A batch's buffer and how to escape what goes into it.
#[derive(Debug)]
pub struct Output<'b> {
    bytes: &'b mut Vec<u8>,
    escape: Escape,
}

impl<'b> Output<'b> {
    /// Appends to `bytes`.
    pub fn new(bytes: &'b mut Vec<u8>, escape: Escape) -> Self {
        Self { bytes, escape }
    }

    /// A piece of a format string.
    #[inline]
    pub fn literal(&mut self, text: &'static str) {
        let _ = self.escape;
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Text that no layout has to escape: digits, signs, dots, letters.
    #[inline]
    pub fn trusted(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Text out of a user's value.
    #[inline]
    pub fn value(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A value through its `std::fmt` traits, escaped like any other. Takes precedence over
    /// [`std::fmt::Write::write_fmt`].
    pub fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        fmt::write(self, arguments)
    }

    /// A value under `{:#?}` and the like, whose own newlines give it its shape: they are indented.
    pub fn write_pretty(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        fmt::write(self, arguments)
    }
}

impl fmt::Write for Output<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.value(text);
        Ok(())
    }
}
