//! The text pattern.

use super::Layout;
use crate::record::Record;
use std::fmt;

/// Text by a pattern.
#[derive(Clone, Debug, Default)]
pub struct Text;

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad pattern")]
pub struct PatternError;

impl Layout for Text {
    fn write(&self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result {
        record.message(bytes, super::Escape::Text)?;
        bytes.push(b'\n');
        Ok(())
    }
}
