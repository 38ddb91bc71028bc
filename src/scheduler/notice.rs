//! What the worker itself has to say in the log.

use crate::callsite::{Callsite, Place, Statement};
use crate::encode::{Reader, Writer, words_for};
use crate::layout::Output;
use crate::level::Level;
use std::fmt;

const fn place(format: &'static str) -> Place {
    Place { level: Level::Warn, target: "ringlog", module: "ringlog", file: file!(), line: line!(), format }
}

static DROPPED_SITE: Callsite =
    Callsite::new(place("dropped {} records of thread {} between {} and {}: ring full"));

/// Records were dropped: how many, of which thread, between which times.
pub(crate) static DROPPED: Statement = Statement::new(&DROPPED_SITE, print_text);

static PANICKED_SITE: Callsite = Callsite::new(place("a value panicked while it was formatted"));

/// A record could not be formatted.
pub(crate) static PANICKED: Statement = Statement::new(&PANICKED_SITE, print_text);

/// Text as the arguments of one of these statements.
pub(crate) fn text(text: &str) -> Box<[u64]> {
    let mut words = vec![0; 1 + words_for(text.len())].into_boxed_slice();
    // SAFETY: the slice has room for the length and the text.
    unsafe {
        let mut writer = Writer::new(words.as_mut_ptr());
        writer.word(text.len() as u64);
        writer.bytes(text.as_bytes());
    }
    words
}

/// # Safety
///
/// The reader stands at what [`text`] wrote.
unsafe fn print_text(_: &Statement, reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    // SAFETY: the caller vouches for the words, which hold a length and that many bytes of text.
    let text = unsafe {
        let len = reader.word() as usize;
        str::from_utf8_unchecked(reader.bytes(len))
    };
    out.value(text);
    Ok(())
}
