//! Fill, alignment, width and precision, on bytes that are already written.

use super::escape::INDENT;

/// Where text stands in a width greater than its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// How a placeholder's text is brought to a width, counted in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) fill: char,
    pub(super) align: Align,
    pub(super) width: usize,
    pub(super) precision: Option<usize>,
}

impl Spec {
    /// Leaves text as it is.
    pub(super) const PLAIN: Self = Self { fill: ' ', align: Align::Left, width: 0, precision: None };

    /// Cuts and pads what was appended from `start` on.
    pub(super) fn apply(&self, bytes: &mut Vec<u8>, start: usize) {
        if let Some(precision) = self.precision {
            cut(bytes, start, precision);
        }
        let missing = self.width.saturating_sub(characters(&bytes[start..]).count());
        if missing == 0 {
            return;
        }
        let before = match self.align {
            Align::Left => 0,
            Align::Centre => missing / 2,
            Align::Right => missing,
        };
        let mut utf8 = [0; 4];
        let fill = self.fill.encode_utf8(&mut utf8).as_bytes();
        // All of the fill goes behind the text, and as much of it as belongs in front is then turned there.
        for _ in 0..missing {
            bytes.extend_from_slice(fill);
        }
        bytes[start..].rotate_right(before * fill.len());
    }
}

/// The places at which characters begin.
fn characters(text: &[u8]) -> impl Iterator<Item = usize> {
    text.iter().enumerate().filter(|(_, byte)| !matches!(byte, 0x80..0xc0)).map(|(at, _)| at)
}

/// Cuts what was appended from `start` on to `precision` characters.
fn cut(bytes: &mut Vec<u8>, start: usize, precision: usize) {
    let Some(end) = characters(&bytes[start..]).nth(precision) else { return };
    bytes.truncate(start + end);
    // A line whose indent was cut short could pass for a record of its own.
    let text = &bytes[start..];
    let spaces = text.iter().rev().take_while(|&&byte| byte == b' ').count();
    if spaces < INDENT.len() && text[..text.len() - spaces].ends_with(b"\n") {
        let kept = start + text.len() - spaces - 1;
        bytes.truncate(kept);
    }
}
