//! A record: its frame in the ring, and the view that layouts get.
//!
//! ```text
//!   word 0      word 1   word 2                                      word 3 …
//!   statement   stamp    length in words │ logger << 32 │ kind << 48  arguments
//! ```
//!
//! The statement's address is a multiple of 8, so its lowest bit tells a record from padding (see `ring`).

use crate::callsite::{Place, Statement};
use crate::context::Chain;
use crate::encode::{Reader, Span, Value, Visit};
use crate::layout::Escape;
use crate::layout::Output;
use crate::sync::{AtomicU64, Ordering};
use smallvec::SmallVec;
use std::fmt;

/// The words in front of a record's arguments.
pub(crate) const FRAME_WORDS: usize = 3;
/// Which of them is the time.
pub(crate) const STAMP_WORD: usize = 1;
/// Which of them says how long the record is.
pub(crate) const HEADER_WORD: usize = 2;

/// A record's third word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header(u64);

/// What a record's words after the frame are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Kind {
    /// The arguments.
    Inline = 0,
    /// Address and number of the words of a boxed slice that holds the arguments: they were too long.
    Boxed = 1,
    /// Not a log record: records were dropped here. Their number since the ring was made, and the last one's
    /// stamp; the first one's is in the frame.
    Dropped = 2,
    /// Not a log record: the ring has a new owner. The address of its `Arc<ThreadInfo>`.
    Thread = 3,
    /// Not a log record: what follows is in another context. The address of its `Arc<Chain>`, or 0 for none.
    Context = 4,
}

impl Header {
    /// The header of a record of `words` words in all.
    #[inline(always)]
    pub(crate) fn new(words: usize, logger: u16, kind: Kind) -> Self {
        debug_assert!(u32::try_from(words).is_ok());
        Self(words as u64 | u64::from(logger) << 32 | (kind as u64) << 48)
    }

    #[inline(always)]
    pub(crate) fn word(self) -> u64 {
        self.0
    }

    #[inline(always)]
    pub(crate) fn from_word(word: u64) -> Self {
        Self(word)
    }

    /// The record's length in words, frame included.
    #[inline(always)]
    pub(crate) fn words(self) -> usize {
        self.0 as u32 as usize
    }

    #[inline(always)]
    pub(crate) fn logger(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Logger and kind in one.
    #[inline(always)]
    pub(crate) fn way(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline(always)]
    pub(crate) fn kind(self) -> Kind {
        match self.0 >> 48 {
            0 => Kind::Inline,
            1 => Kind::Boxed,
            2 => Kind::Dropped,
            3 => Kind::Thread,
            _ => Kind::Context,
        }
    }
}

/// A record as a layout sees it: borrowed from the ring, its message not yet formatted.
///
/// ```
/// use ringlog::layout::{Escape, Layout, Writer};
/// use ringlog::{Builder, Record, info, sink};
///
/// #[derive(Debug)]
/// struct Csv;
///
/// impl Layout for Csv {
///     fn writer(&self) -> Box<dyn Writer> {
///         Box::new(|record: &Record<'_>, bytes: &mut Vec<u8>| {
///             let (sequence, place) = (record.sequence(), record.place());
///             bytes.extend(format!("{sequence},{},{},\"", place.level, place.target).bytes());
///             record.message(bytes, Escape::Json)?;
///             bytes.extend_from_slice(b"\"\n");
///             Ok(())
///         })
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (lines, written) = std::sync::mpsc::channel();
/// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
/// let runtime = Builder::new().sink(sink.layout(Csv)).start()?;
/// info!(logger: runtime, target: "orders", "order {} accepted", 7);
/// runtime.flush()?;
/// assert_eq!(written.recv()?, b"1,INFO,orders,\"order 7 accepted\"\n");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    pub(crate) statement: &'static Statement,
    pub(crate) arguments: Reader<'r>,
    pub(crate) unix_nanos: u64,
    pub(crate) thread: &'r ThreadInfo,
    pub(crate) logger: &'r str,
    pub(crate) context: Option<&'r Chain>,
    pub(crate) sequence: u64,
}

/// Who wrote a record.
///
/// ```
/// use ringlog::ThreadInfo;
///
/// fn shown(thread: &ThreadInfo) -> String {
///     if thread.name.is_empty() { thread.id.to_string() } else { thread.name.clone() }
/// }
/// assert_eq!(shown(&ThreadInfo::new("", 4711)), "4711");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadInfo {
    /// The thread's name, empty where it has none.
    pub name: String,
    /// The operating system's id of the thread.
    pub id: u64,
    /// Another one for each thread of the process, also where the system gives an id again.
    serial: u64,
}

impl ThreadInfo {
    /// What is printed of a thread.
    ///
    /// ```
    /// let thread = ringlog::ThreadInfo::new("gateway", 4711);
    /// assert_eq!((&*thread.name, thread.id), ("gateway", 4711));
    /// ```
    pub fn new(name: impl Into<String>, id: u64) -> Self {
        static SERIALS: AtomicU64 = AtomicU64::new(1);
        // ORDERING: relaxed, it only has to be another one each time.
        Self { name: name.into(), id, serial: SERIALS.fetch_add(1, Ordering::Relaxed) }
    }

    /// What tells it from all others that are alive, or were.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }
}

impl<'r> Record<'r> {
    /// What the source says of the statement.
    ///
    /// ```
    /// fn place(record: &ringlog::Record<'_>) -> String {
    ///     let place = record.place();
    ///     format!("{}:{}", place.file, place.line)
    /// }
    /// ```
    pub fn place(&self) -> &'static Place {
        self.statement.callsite.place()
    }

    /// When the call was made, in nanoseconds since 1970-01-01T00:00:00Z.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// fn time(record: &ringlog::Record<'_>) -> SystemTime {
    ///     SystemTime::UNIX_EPOCH + Duration::from_nanos(record.unix_nanos())
    /// }
    /// ```
    pub fn unix_nanos(&self) -> u64 {
        self.unix_nanos
    }

    /// The thread that made the call.
    ///
    /// ```
    /// fn is_of_the_gateway(record: &ringlog::Record<'_>) -> bool {
    ///     record.thread().name == "gateway"
    /// }
    /// ```
    pub fn thread(&self) -> &'r ThreadInfo {
        self.thread
    }

    /// The how-manieth log call of its thread it was, from 1, whatever logger it went to; dropped ones count. 0 for what the
    /// logger itself has to say.
    ///
    /// ```
    /// /// Whether records of one thread are missing between two that were written.
    /// fn is_gap(earlier: &ringlog::Record<'_>, later: &ringlog::Record<'_>) -> bool {
    ///     earlier.thread() == later.thread() && later.sequence() > earlier.sequence() + 1
    /// }
    /// ```
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The name of the logger, empty for the default one.
    ///
    /// ```
    /// fn is_for_the_auditors(record: &ringlog::Record<'_>) -> bool {
    ///     record.logger() == "audit"
    /// }
    /// ```
    pub fn logger(&self) -> &'r str {
        self.logger
    }

    /// Appends the message.
    ///
    /// ```
    /// use ringlog::{Record, layout::Escape};
    /// use std::fmt;
    ///
    /// fn line(record: &Record<'_>) -> Result<Vec<u8>, fmt::Error> {
    ///     let mut bytes = Vec::new();
    ///     record.message(&mut bytes, Escape::Text)?;
    ///     Ok(bytes)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When a value's `Display` or `Debug` fails.
    pub fn message(&self, bytes: &mut Vec<u8>, escape: Escape) -> fmt::Result {
        self.print_message(&mut Output::new(bytes, escape))
    }

    /// As [`message`](Self::message), escaped as the output says.
    #[inline]
    pub(crate) fn print_message(&self, out: &mut Output<'_>) -> fmt::Result {
        let mut arguments = self.arguments;
        // SAFETY: the arguments are those that this statement's call wrote.
        unsafe { (self.statement.format)(self.statement, &mut arguments, out) }
    }
}

impl Record<'_> {
    /// Whether there are any fields, its own or of its context.
    #[inline]
    pub(crate) fn has_fields(&self) -> bool {
        self.statement.fields.is_some() || self.context.is_some()
    }

    /// Has the fields visited: the statement's, in the order in which it names them, and then those of the
    /// [context](crate::Context) that have other names.
    ///
    /// ```
    /// use ringlog::{Record, Value, Visit};
    ///
    /// /// `key=value;` for each field.
    /// struct Pairs(String);
    ///
    /// impl Visit for Pairs {
    ///     fn field(&mut self, name: &'static str, value: Value<'_>) {
    ///         self.0 += &format!("{name}={value};");
    ///     }
    /// }
    ///
    /// fn pairs(record: &Record<'_>) -> String {
    ///     let mut pairs = Pairs(String::new());
    ///     record.fields(&mut pairs);
    ///     pairs.0
    /// }
    /// ```
    pub fn fields(&self, visit: &mut dyn Visit) {
        let Some(chain) = self.context else { return self.own_fields(visit) };
        let mut own = Noting { names: SmallVec::new(), visit };
        self.own_fields(&mut own);
        let Noting { names, visit } = own;
        chain.visit(&names, visit);
    }

    /// Has the fields of the [context](crate::Context) visited that the call was made in, the outermost first. Of fields
    /// with the same name the innermost is visited.
    ///
    /// ```
    /// use ringlog::{Record, Visit};
    ///
    /// /// The fields of the context first.
    /// fn visit(record: &Record<'_>, each: &mut dyn Visit) {
    ///     record.context(each);
    ///     record.own_fields(each);
    /// }
    /// ```
    pub fn context(&self, visit: &mut dyn Visit) {
        if let Some(chain) = self.context {
            chain.visit(&[], visit);
        }
    }

    /// Has the statement's own fields visited, in the order in which it names them.
    ///
    /// ```
    /// use ringlog::{Record, Value, Visit};
    ///
    /// struct Count(usize);
    ///
    /// impl Visit for Count {
    ///     fn field(&mut self, _name: &'static str, _value: Value<'_>) {
    ///         self.0 += 1;
    ///     }
    /// }
    ///
    /// fn has_own_fields(record: &Record<'_>) -> bool {
    ///     let mut count = Count(0);
    ///     record.own_fields(&mut count);
    ///     count.0 > 0
    /// }
    /// ```
    pub fn own_fields(&self, visit: &mut dyn Visit) {
        if let Some(fields) = self.statement.fields {
            let mut arguments = self.arguments;
            // SAFETY: the arguments are those that this statement's call wrote.
            unsafe { fields(self.statement.field_names, &mut arguments, visit) }
        }
    }
}

impl Record<'_> {
    /// Whether it may be in spans.
    #[inline]
    pub(crate) fn may_have_spans(&self) -> bool {
        self.statement.spans.is_some()
    }

    /// Has the `tracing` spans visited that the record is in, the outermost first. Records of ringlog's own macros, and
    /// of the `log` bridge, are in none.
    ///
    /// ```
    /// /// `outer:inner`
    /// fn path(record: &ringlog::Record<'_>) -> String {
    ///     let mut names = Vec::new();
    ///     record.spans(&mut |span| names.push(span.name().to_owned()));
    ///     names.join(":")
    /// }
    /// ```
    pub fn spans(&self, visit: &mut dyn FnMut(Span<'_>)) {
        if let Some(spans) = self.statement.spans {
            let mut arguments = self.arguments;
            // SAFETY: the arguments are those that this statement's call wrote.
            unsafe { spans(&mut arguments, visit) }
        }
    }
}

/// Passes fields on, and notes their names.
struct Noting<'v> {
    names: SmallVec<[&'static str; 8]>,
    visit: &'v mut dyn Visit,
}

impl Visit for Noting<'_> {
    fn field(&mut self, name: &'static str, value: Value<'_>) {
        self.names.push(name);
        self.visit.field(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_keeps_length_logger_and_kind_apart() {
        for kind in [Kind::Inline, Kind::Boxed, Kind::Dropped, Kind::Thread, Kind::Context] {
            let header = Header::new(u32::MAX as usize, u16::MAX, kind);
            let read = Header::from_word(header.word());
            assert_eq!((read.words(), read.logger(), read.kind()), (u32::MAX as usize, u16::MAX, kind));
        }
    }
}
