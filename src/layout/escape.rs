//! Making text harmless: what a terminal, or a reader who goes by lines, would take for more than text.
//!
//! Nearly all text is plain, so the common path only looks, many bytes at a time, for a byte that *may* begin
//! something to escape (a *suspect*), and copies all in one go when there is none.

/// How text that a layout did not write itself is made harmless.
///
/// ```
/// use ringlog::layout::{Escape, Output};
///
/// let printed = |escape| {
///     let mut bytes = Vec::new();
///     Output::new(&mut bytes, escape).value("a \"quote\"\nand more");
///     String::from_utf8(bytes).unwrap()
/// };
/// assert_eq!(printed(Escape::None), "a \"quote\"\nand more");
/// assert_eq!(printed(Escape::Text), r#"a "quote"\nand more"#);
/// assert_eq!(printed(Escape::Json), r#"a \"quote\"\nand more"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Not at all: bytes are passed through.
    None,
    /// For people. In values: control characters (C0 with tab, DEL, C1), the line separators U+2028 and U+2029
    /// and the characters that turn the direction of writing (U+202A to U+202E, U+2066 to U+2069) print as
    /// `\n`, `\r`, `\t`, `\x1b`, `\u{202e}`. A backslash stays a single one. In the format string: a newline is
    /// followed by four spaces, so that no line but the first can look like a record; `\r` is escaped; the rest is
    /// the programmer's own.
    Text,
    /// As within a JSON string, quotes not included. What `Text` escapes prints as `\n`, `\u001b`.
    Json,
}

/// What a newline turns into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Newline {
    Escaped,
    Indented,
}

/// How far continuation lines are indented.
pub(super) const INDENT: &str = "    ";

/// Which bytes may begin something to escape.
pub(super) trait Suspects {
    fn suspect(byte: u8) -> bool;

    /// Whether one of eight bytes may be a suspect. It may say so of none, but never miss one.
    fn any(word: u64) -> bool;
}

/// In a piece of a format string, as text.
pub(super) struct InLiteral;
/// In a value, as text.
pub(super) struct InValue;
/// In anything, as JSON.
pub(super) struct InJson;

const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The highest bit of each byte that is below 0x20; bytes above a hit may be wrong.
#[inline(always)]
fn controls(word: u64) -> u64 {
    word.wrapping_sub(each(0x20)) & !word & each(0x80)
}

/// The same for bytes that equal `byte`.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ each(byte);
    difference.wrapping_sub(each(1)) & !difference & each(0x80)
}

impl Suspects for InLiteral {
    #[inline(always)]
    fn suspect(byte: u8) -> bool {
        matches!(byte, b'\n' | b'\r')
    }

    #[inline(always)]
    fn any(word: u64) -> bool {
        controls(word) != 0
    }
}

impl Suspects for InValue {
    // 0xc2 leads U+0080 to U+00BF, 0xe2 leads U+2000 to U+2FFF.
    #[inline(always)]
    fn suspect(byte: u8) -> bool {
        matches!(byte, 0..0x20 | 0x7f | 0xc2 | 0xe2)
    }

    #[inline(always)]
    fn any(word: u64) -> bool {
        (word.wrapping_sub(each(0x20)) | word.wrapping_add(each(1)) | word) & each(0x80) != 0
    }
}

impl Suspects for InJson {
    #[inline(always)]
    fn suspect(byte: u8) -> bool {
        InValue::suspect(byte) || matches!(byte, b'"' | b'\\')
    }

    #[inline(always)]
    fn any(word: u64) -> bool {
        InValue::any(word) || (equal(word, b'"') | equal(word, b'\\')) != 0
    }
}

/// Whether there is surely no suspect in `text`. The last eight bytes may overlap those before, so that there is no
/// rest.
#[inline(always)]
pub(super) fn is_plain<S: Suspects>(text: &str) -> bool {
    let bytes = text.as_bytes();
    if let Some(last) = bytes.last_chunk() {
        let (words, _) = bytes.as_chunks();
        return !words.iter().any(|&word| S::any(u64::from_ne_bytes(word)))
            && !S::any(u64::from_ne_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_ne_bytes(*first), u32::from_ne_bytes(*last));
        return !S::any(u64::from(first) << 32 | u64::from(last));
    }
    let [first, .., last] = bytes else { return !bytes.iter().any(|&byte| S::suspect(byte)) };
    !(S::suspect(*first) || S::suspect(bytes[bytes.len() / 2]) || S::suspect(*last))
}

/// The first suspect at or after `from`.
fn next_suspect<S: Suspects>(bytes: &[u8], mut from: usize) -> Option<usize> {
    while let Some(&word) = bytes[from..].first_chunk() {
        if S::any(u64::from_ne_bytes(word)) && word.into_iter().any(S::suspect) {
            break;
        }
        from += word.len();
    }
    bytes[from..].iter().position(|&byte| S::suspect(byte)).map(|at| from + at)
}

/// Appends `text` with what is to be escaped escaped.
#[cold]
#[inline(never)]
pub(super) fn append<S: Suspects>(bytes: &mut Vec<u8>, text: &str, json: bool, newline: Newline) {
    let (mut copied, mut from) = (0, 0);
    while let Some(at) = next_suspect::<S>(text.as_bytes(), from) {
        // A suspect is ASCII or leads a character, so it stands at a character's start.
        let Some(character) = text[at..].chars().next() else { break };
        from = at + character.len_utf8();
        if is_harmful(character) || (json && matches!(character, '"' | '\\')) {
            bytes.extend_from_slice(&text.as_bytes()[copied..at]);
            copied = from;
            match json {
                true => append_json(bytes, character),
                false => append_text(bytes, character, newline),
            }
        }
    }
    bytes.extend_from_slice(&text.as_bytes()[copied..]);
}

/// Whether a character does something to the lines or the terminal it is printed on. Of suspects only.
fn is_harmful(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

fn append_text(bytes: &mut Vec<u8>, character: char, newline: Newline) {
    match character {
        '\n' if newline == Newline::Indented => {
            bytes.push(b'\n');
            bytes.extend_from_slice(INDENT.as_bytes());
        }
        '\n' => bytes.extend_from_slice(br"\n"),
        '\r' => bytes.extend_from_slice(br"\r"),
        '\t' => bytes.extend_from_slice(br"\t"),
        '\0'..='\x7f' => {
            bytes.extend_from_slice(br"\x");
            append_hex(bytes, character, 2);
        }
        _ => {
            bytes.extend_from_slice(br"\u{");
            append_hex(bytes, character, if character < '\u{100}' { 2 } else { 4 });
            bytes.push(b'}');
        }
    }
}

fn append_json(bytes: &mut Vec<u8>, character: char) {
    let short = match character {
        '"' => b'"',
        '\\' => b'\\',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\x08' => b'b',
        '\x0c' => b'f',
        _ => {
            bytes.extend_from_slice(br"\u");
            return append_hex(bytes, character, 4);
        }
    };
    bytes.extend_from_slice(&[b'\\', short]);
}

fn append_hex(bytes: &mut Vec<u8>, character: char, digits: u32) {
    let code = u32::from(character);
    bytes.extend((0..digits).rev().map(|digit| b"0123456789abcdef"[(code >> (4 * digit) & 15) as usize]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misses_nothing<S: Suspects>() {
        let suspects =
            (0..0x80u8).filter(|&byte| S::suspect(byte)).map(|byte| String::from(char::from(byte)));
        let suspects: Vec<String> = suspects.chain(["\u{85}".into(), "\u{2028}".into()]).collect();
        for len in 0..40 {
            let plain = "x~ ".repeat(len)[..len].to_owned();
            assert!(is_plain::<S>(&plain), "{plain:?}");
            for (at, suspect) in (0..len).flat_map(|at| suspects.iter().map(move |suspect| (at, suspect))) {
                let mut text = plain.clone();
                text.replace_range(at..=at, suspect);
                if S::suspect(suspect.as_bytes()[0]) {
                    assert!(!is_plain::<S>(&text), "{text:?}");
                    assert_eq!(next_suspect::<S>(text.as_bytes(), 0), Some(at), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_suspect_is_found_at_every_place_of_text_of_every_length() {
        misses_nothing::<InLiteral>();
        misses_nothing::<InValue>();
        misses_nothing::<InJson>();
    }

    #[test]
    fn every_character_that_is_harmful_begins_with_a_suspect() {
        for character in ('\0'..=char::MAX).filter(|&character| is_harmful(character)) {
            assert!(InValue::suspect(character.encode_utf8(&mut [0; 4]).as_bytes()[0]), "{character:?}");
        }
    }
}
