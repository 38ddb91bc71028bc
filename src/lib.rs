//! A lock-free ring-buffer logger for low-latency systems.

extern crate self as ringlog;

mod callsite;
mod clock;
mod encode;
mod filter;
pub mod layout;
mod level;
mod record;
mod sync;

pub use callsite::Place;
pub use encode::{Encode, Rebuild};
pub use filter::{Filter, FilterError};
pub use level::{Level, ParseLevelError};
pub use record::{Record, ThreadInfo};

/// What the macros name. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::callsite::{Callsite, Place, Statement};
    pub use crate::encode::*;
    pub use crate::layout::Output;
    pub use ringlog_macros::{render, statement};
    pub use std::{concat, format_args, module_path};

    /// A statement's callsite as a type, so that a constant may hold its address.
    pub trait Site {
        /// The callsite.
        const CALLSITE: &'static Callsite;
    }

    /// Encodes and formats on the spot what a statement would send through a ring: the way of its bytes
    /// without the threads.
    pub fn render<U: Unit, F>(mut units: U, format: F) -> String
    where
        F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> std::fmt::Result,
    {
        let (mut text, mut bytes) = (Vec::new(), Vec::new());
        let mut scratch = Scratch::new(&mut text);
        units.prepare(&mut scratch);
        let mut words = vec![0; units.words()];
        // SAFETY: `words` has the room that the units asked for, and is read back as the same type.
        unsafe {
            units.encode(&scratch, &mut Writer::new(words.as_mut_ptr()));
            let view = U::decode(&mut Reader::new(&words));
            format(&mut Output::new(&mut bytes, crate::layout::Escape::None), view).expect("formats");
        }
        String::from_utf8(bytes).expect("text")
    }
}
