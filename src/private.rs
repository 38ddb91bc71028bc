//! What the macros name. Not part of the interface.

pub use crate::callsite::{Asked, Callsite, FieldsFn, FormatFn, Place, SpansFn, State, Statement};
pub use crate::completion::Completion;
pub use crate::context::Context;
pub use crate::encode::*;
pub use crate::entry::{log, log_asking, log_asking_async, log_async, log_to, log_to_async};
pub use crate::layout::Output;
pub use crate::level::Level;
pub use crate::logger::is_enabled;
pub use crate::site::{
    Site, Sites, callsites, statement, statement_at, statement_at_fields, statement_fields,
};
pub use crate::volume::{Every, EveryN, Once};
pub use crate::{__callsite as callsite, __render as render};
pub use ringlog_macros::{context_fields, statement};
pub use std::fmt::Alignment;
pub use std::option::Option::{self, None, Some};
pub use std::primitive::{str, usize};
pub use std::result::Result::Ok;
pub use std::{file, format_args, line, module_path};

/// Which levels are compiled in.
pub mod compiled {
    pub use crate::compiled::{ANY, DEBUG, ERROR, INFO, TRACE, WARN, is_compiled};
}

/// The traits whose methods the statements call, all without a name: what is imported from here hides nothing
/// of the user's.
pub mod ways {
    pub use crate::encode::{
        DerivedDebug as _, DerivedDisplay as _, DerivedOpaque as _, DerivedStructure as _,
    };
    pub use crate::encode::{
        FieldDebug as _, FieldDebugNow as _, FieldDisplay as _, FieldDisplayNow as _, FieldTyped as _,
    };
    pub use crate::encode::{Later as _, Now as _};
    pub use crate::encode::{ShownDebug as _, ShownDisplay as _, ShownOpaque as _, ShownTyped as _};
}

/// Encodes and formats on the spot what a statement would send through a ring: the way of its bytes without the
/// threads.
pub fn render<U: Unit>(statement: &'static Statement, mut units: U) -> String {
    struct Append<'a>(&'a mut Vec<u8>);
    impl Visit for Append<'_> {
        fn field(&mut self, name: &'static str, value: Value<'_>) {
            let mut out = Output::new(self.0, crate::layout::Escape::None);
            out.write_fmt(format_args!(" {name}={value}")).expect("formats");
        }
    }

    let mut text = Vec::new();
    units.prepare(&mut Scratch::new(&mut text));
    let mut words = vec![0; units.words()];
    let thread = crate::ThreadInfo::new("", 0);
    // SAFETY: `words` has the room that the units asked for, and the statement is theirs.
    let record = unsafe {
        units.encode(&text, &mut Writer::new(words.as_mut_ptr()));
        record(statement, &words, 0, &thread, "")
    };
    let mut bytes = Vec::new();
    record.message(&mut bytes, crate::layout::Escape::None).expect("formats");
    record.fields(&mut Append(&mut bytes));
    String::from_utf8(bytes).expect("text")
}

/// A record that has not been through a ring, for tests and benches of layouts.
///
/// # Safety
///
/// `words` are arguments that the statement's functions take.
pub unsafe fn record<'r>(
    statement: &'static Statement,
    words: &'r [u64],
    unix_nanos: u64,
    thread: &'r crate::ThreadInfo,
    logger: &'r str,
) -> crate::Record<'r> {
    crate::Record {
        statement,
        arguments: Reader::new(words),
        unix_nanos,
        thread,
        logger,
        context: None,
        sequence: 1,
    }
}
