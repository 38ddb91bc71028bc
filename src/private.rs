//! What the macros name. Not part of the interface.

pub use crate::__render as render;
pub use crate::callsite::{Callsite, FieldsFn, FormatFn, Place, SpansFn, Statement};
pub use crate::completion::Completion;
pub use crate::context::Context;
pub use crate::encode::*;
pub use crate::entry::{log, log_async, log_to, log_to_async};
pub use crate::layout::Output;
pub use crate::level::Level;
pub use crate::logger::is_enabled;
pub use crate::site::{
    Site, Sites, callsites, statement, statement_at, statement_at_fields, statement_fields,
};
pub use crate::volume::{Every, EveryN, Once};
pub use ringlog_macros::{context_fields, statement};
pub use std::option::Option::{self, Some};
pub use std::primitive::usize;
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
    pub use crate::encode::{FieldDebug as _, FieldDisplay as _, FieldNow as _, Later as _, Now as _};
    pub use crate::encode::{PickDebug as _, PickDisplay as _, ShowAny as _, ShowFast as _};
    pub use crate::encode::{ShownDebug as _, ShownDisplay as _, ShownOpaque as _, ShownTyped as _};
}

/// Encodes and formats on the spot what a statement would send through a ring: the way of its bytes without the
/// threads.
pub fn render<U: Unit, F>(mut units: U, format: F) -> String
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> std::fmt::Result,
{
    let (mut text, mut bytes) = (Vec::new(), Vec::new());
    units.prepare(&mut Scratch::new(&mut text));
    let mut words = vec![0; units.words()];
    // SAFETY: `words` has the room that the units asked for, and is read back as the same type.
    unsafe {
        units.encode(&text, &mut Writer::new(words.as_mut_ptr()));
        let view = U::decode(&mut Reader::new(&words));
        format(&mut Output::new(&mut bytes, crate::layout::Escape::None), view).expect("formats");
    }
    String::from_utf8(bytes).expect("text")
}

/// As `render`, with the fields behind the message, each as ` name=value`.
pub fn render_fields<U: Unit, V: Unit, F, G>(units: (U, V), format: F, fields: G) -> String
where
    F: for<'r> Fn(&mut Output<'_>, U::View<'r>) -> std::fmt::Result,
    G: for<'r> Fn(&mut dyn Visit, V::View<'r>),
{
    struct Append<'a, 'b>(&'a mut Output<'b>);
    impl Visit for Append<'_, '_> {
        fn field(&mut self, name: &'static str, value: Value<'_>) {
            self.0.write_fmt(format_args!(" {name}={value}")).expect("formats");
        }
    }
    render(units, |out, (message, views)| {
        format(out, message)?;
        fields(&mut Append(out), views);
        Ok(())
    })
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
