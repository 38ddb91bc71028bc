//! Lines of JSON.

mod keys;
mod value;
mod writer;

use super::{Layout, Writer};
use std::fmt;
use writer::JsonWriter;

/// Lines of JSON: an object a record, with its fields as members that keep their types.
///
/// ```text
/// {"time":"2026-11-22T21:18:55.123456789Z","level":"INFO","target":"orders","thread":"gateway","message":"filled","order_id":7,"px":12.5}
/// ```
///
/// What a record's fields are in JSON:
///
/// | field | JSON |
/// |---|---|
/// | integers to 64 bits, `NonZero`, `Wrapping`, `Saturating` | a number, of up to 20 digits; see [`safe_integers`](Json::safe_integers) |
/// | `u128`, `i128` | a number if it fits into 64 bits, else a string of its digits |
/// | `f32`, `f64` | a number; the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, which JSON has no numbers for |
/// | `bool` | `true`, `false` |
/// | text, paths, `char` | a string |
/// | `None`, `()` | `null`; `Some(value)` is the value |
/// | sequences, sets, tuples | an array |
/// | maps | an object; a key is a string of what it prints |
/// | `Result` | `{"Ok":value}`, `{"Err":error}` |
/// | a type that derives `Encode` and has no `Display` | as serde has it: an object of its fields, an array, the value that it wraps; of an enum the variant's name, or `{"Variant":…}` |
/// | any other, and all that is logged with `%` or `?` | a string of what it prints |
///
/// A derived type with type parameters is a string of what it prints, and so is what is nested deeper than 64 levels.
///
/// A line is valid JSON, whatever is logged: strings are escaped as [`Escape::Json`](super::Escape::Json) says, and no
/// key stands twice in an object. A field whose name is taken, by a member or by a field before it, has as many `_`
/// behind it as make it another: `info!(level = 3, …)` prints `"level":"INFO"` and `"level_":3`. The
/// [context](crate::context!)'s fields stand behind the record's own; one whose name a record's own field has is left
/// out.
///
/// ```
/// use ringlog::layout::{Json, Member, Times};
/// let layout = Json::new()
///     .member(Member::Time, "@timestamp")?
///     .member(Member::File, "file")?
///     .member(Member::Line, "line")?
///     .without(Member::Thread)
///     .fields_under("fields")?
///     .times(Times::UnixMillis);
/// # Ok::<_, ringlog::layout::JsonError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Json {
    members: Vec<(Member, String)>,
    fields: Fields,
    /// The key of the context's fields, where they stand apart.
    context: Option<String>,
    times: Times,
    local: bool,
    safe_integers: bool,
}

/// What a record has besides its fields.
///
/// ```
/// use ringlog::layout::{Json, Member};
///
/// let with_place = Json::new().member(Member::File, "file")?.member(Member::Line, "line")?;
/// let layout = with_place.without(Member::Logger);
/// # let _ = layout;
/// # Ok::<_, ringlog::layout::JsonError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Member {
    /// When the call was made.
    Time,
    /// `"TRACE"`, `"DEBUG"`, `"INFO"`, `"WARN"`, `"ERROR"`.
    Level,
    /// What the record is about: the module's path, where the statement names no other.
    Target,
    /// The path of the module that the statement stands in.
    Module,
    /// The file that the statement stands in.
    File,
    /// The line that the statement starts in, a number.
    Line,
    /// The name of the thread that made the call, or its id where it has none, as a string.
    Thread,
    /// The operating system's id of the thread, a number.
    ThreadId,
    /// The how-manieth log call of its thread it was, a number; see [`Record::sequence`](crate::Record::sequence).
    Sequence,
    /// The logger's name. Records of the default logger do not have it.
    Logger,
    /// The spans that `tracing` has the record in, the outermost first: an array of objects, each with the member `name`
    /// and the span's fields. Records that are in none do not have it.
    Spans,
    /// The message; empty where the statement has fields alone.
    Message,
}

/// How a time is printed.
///
/// ```
/// use ringlog::layout::{Json, Times};
///
/// assert_eq!(Times::default(), Times::Rfc3339);
/// let layout = Json::new().times(Times::UnixMicros);
/// # let _ = layout;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Times {
    /// A string with nanoseconds, in UTC: `"2026-11-22T21:18:55.123456789Z"`.
    #[default]
    Rfc3339,
    /// A number: the milliseconds since 1970-01-01T00:00:00Z.
    UnixMillis,
    /// A number: the microseconds since 1970-01-01T00:00:00Z.
    UnixMicros,
    /// A number: the nanoseconds since 1970-01-01T00:00:00Z. It takes 19 digits, more than a parser keeps that has
    /// no numbers but `f64`.
    UnixNanos,
}

/// Where fields stand.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fields {
    Flat,
    Under(String),
    Nowhere,
}

/// A name that can't be a member's.
///
/// ```
/// use ringlog::layout::{Json, JsonError, Member};
///
/// let error = Json::new().member(Member::Target, "level").unwrap_err();
/// assert!(matches!(&error, JsonError::Taken { name, .. } if name == "level"));
/// assert!(error.to_string().starts_with("the name `level` for `Member::Target` is taken by `Member::Level`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Something else goes by it.
    #[error("the name `{name}` for {of} is taken by {by}: each member of an object needs a name of its own")]
    Taken {
        /// The name.
        name: String,
        /// What was to go by it.
        of: String,
        /// What goes by it.
        by: String,
    },
    /// It is empty.
    #[error("the name for {of} is empty: to leave it out there is `without`")]
    Empty {
        /// What was to go by it.
        of: String,
    },
}

const FIELDS: &str = "the fields";
const CONTEXT: &str = "the context";

impl Json {
    /// The members `time`, `level`, `target`, `thread`, `logger`, `spans` and `message`, and then the fields, beside them.
    ///
    /// ```
    /// use ringlog::{Builder, info, layout::Json, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let runtime = Builder::new().sink(sink.layout(Json::new())).start()?;
    /// info!(logger: runtime, qty = 100, px = 12.5, "filled");
    /// runtime.flush()?;
    /// assert!(written.recv()?.ends_with(b"\"message\":\"filled\",\"qty\":100,\"px\":12.5}\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new() -> Self {
        let members = [
            (Member::Time, "time"),
            (Member::Level, "level"),
            (Member::Target, "target"),
            (Member::Thread, "thread"),
            (Member::Logger, "logger"),
            (Member::Spans, "spans"),
            (Member::Message, "message"),
        ];
        Self { members: members.map(|(member, name)| (member, name.to_owned())).into(), ..Self::empty() }
    }

    /// No member but the fields: for an order of one's own.
    ///
    /// ```
    /// use ringlog::layout::{Json, Member};
    /// let layout = Json::empty().member(Member::Message, "msg")?.member(Member::Time, "ts")?;
    /// # Ok::<_, ringlog::layout::JsonError>(())
    /// ```
    pub fn empty() -> Self {
        Self {
            members: Vec::new(),
            fields: Fields::Flat,
            context: None,
            times: Times::default(),
            local: false,
            safe_integers: false,
        }
    }

    /// Prints a member by this name: where it stands already, or else behind those that are there.
    ///
    /// ```
    /// use ringlog::{Builder, info, layout::{Json, Member}, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let layout = Json::empty().member(Member::Level, "severity")?.member(Member::Message, "msg")?;
    /// let runtime = Builder::new().sink(sink.layout(layout)).start()?;
    /// info!(logger: runtime, qty = 100, "filled");
    /// runtime.flush()?;
    /// assert_eq!(written.recv()?, b"{\"severity\":\"INFO\",\"msg\":\"filled\",\"qty\":100}\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the name is empty, or another member's.
    pub fn member(mut self, member: Member, name: &str) -> Result<Self, JsonError> {
        self.check(name, member.describe(), |taken| taken == member.describe())?;
        match self.members.iter_mut().find(|(other, _)| *other == member) {
            Some((_, old)) => *old = name.to_owned(),
            None => self.members.push((member, name.to_owned())),
        }
        Ok(self)
    }

    /// Leaves a member out.
    ///
    /// ```
    /// use ringlog::layout::{Json, Member};
    ///
    /// // Where the collector adds time and host itself.
    /// let layout = Json::new().without(Member::Time).without(Member::Thread);
    /// # let _ = layout;
    /// ```
    pub fn without(mut self, member: Member) -> Self {
        self.members.retain(|(other, _)| *other != member);
        self
    }

    /// Prints the fields as an object of this name, behind the members. Records without fields do not have it.
    ///
    /// ```
    /// use ringlog::{Builder, info, layout::{Json, Member}, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let layout = Json::empty().member(Member::Message, "msg")?.fields_under("data")?;
    /// let runtime = Builder::new().sink(sink.layout(layout)).start()?;
    /// info!(logger: runtime, qty = 100, px = 12.5, "filled");
    /// runtime.flush()?;
    /// assert_eq!(written.recv()?, b"{\"msg\":\"filled\",\"data\":{\"qty\":100,\"px\":12.5}}\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the name is empty, or a member's.
    pub fn fields_under(mut self, name: &str) -> Result<Self, JsonError> {
        self.check(name, FIELDS.into(), |taken| taken == FIELDS)?;
        self.fields = Fields::Under(name.to_owned());
        Ok(self)
    }

    /// Leaves the fields out, those of the context too unless they stand [apart](Self::context_under).
    ///
    /// ```
    /// use ringlog::layout::Json;
    ///
    /// let layout = Json::new().without_fields();
    /// # let _ = layout;
    /// ```
    pub fn without_fields(mut self) -> Self {
        self.fields = Fields::Nowhere;
        self
    }

    /// Prints the fields of the [context](crate::context!) as an object of this name, and not behind the record's own.
    /// Records without a context do not have it.
    ///
    /// ```
    /// use ringlog::{Builder, context, info, layout::{Json, Member}, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let layout = Json::empty().member(Member::Message, "msg")?.context_under("ctx")?;
    /// let runtime = Builder::new().sink(sink.layout(layout)).start()?;
    /// let _request = context!(request_id = 7);
    /// info!(logger: runtime, qty = 100, "filled");
    /// runtime.flush()?;
    /// let line = String::from_utf8(written.recv()?)?;
    /// assert!(line.contains(r#""ctx":{"request_id":7}"#) && line.contains(r#""qty":100"#));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the name is empty, or a member's.
    pub fn context_under(mut self, name: &str) -> Result<Self, JsonError> {
        self.check(name, CONTEXT.into(), |taken| taken == CONTEXT)?;
        self.context = Some(name.to_owned());
        Ok(self)
    }

    /// How the time is printed.
    ///
    /// ```
    /// use ringlog::{Builder, Clock, info, layout::{Json, Member, Times}, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let layout = Json::empty().member(Member::Time, "ts")?.times(Times::UnixMillis);
    /// let clock = Clock::custom(|| 1_700_000_000_123_456_789);
    /// let runtime = Builder::new().clock(clock).sink(sink.layout(layout)).start()?;
    /// info!(logger: runtime, "filled");
    /// runtime.flush()?;
    /// assert_eq!(written.recv()?, b"{\"ts\":1700000000123}\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    /// Prints times that are [`Times::Rfc3339`] in the system's local time, with its offset; see
    /// [`Timestamps::local`](super::Timestamps::local).
    ///
    /// ```
    /// use ringlog::layout::Json;
    ///
    /// // {"time":"2026-11-22T22:18:55.123456789+01:00", …
    /// let layout = Json::new().local_time();
    /// # let _ = layout;
    /// ```
    #[cfg(feature = "local-time")]
    pub fn local_time(mut self) -> Self {
        self.local = true;
        self
    }

    /// Prints integers beyond ±(2^53 − 1) as strings: a parser whose only numbers are `f64`, as JavaScript's, would
    /// round them.
    ///
    /// ```
    /// use ringlog::{Builder, info, layout::Json, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let runtime = Builder::new().sink(sink.layout(Json::empty().safe_integers())).start()?;
    /// info!(logger: runtime, qty = 100, order_id = u64::MAX);
    /// runtime.flush()?;
    /// assert_eq!(written.recv()?, b"{\"qty\":100,\"order_id\":\"18446744073709551615\"}\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn safe_integers(mut self) -> Self {
        self.safe_integers = true;
        self
    }

    /// The names that are taken beside the fields, and what by.
    fn taken(&self) -> impl Iterator<Item = (&str, String)> {
        let members = self.members.iter().map(|(member, name)| (name.as_str(), member.describe()));
        members.chain(self.context.as_deref().map(|name| (name, CONTEXT.to_owned())))
    }

    /// Whether `of` can go by a name.
    fn check(&self, name: &str, of: String, itself: impl Fn(&str) -> bool) -> Result<(), JsonError> {
        if name.is_empty() {
            return Err(JsonError::Empty { of });
        }
        let fields = match &self.fields {
            Fields::Under(name) => Some((name.as_str(), FIELDS.to_owned())),
            Fields::Flat | Fields::Nowhere => None,
        };
        let by = self.taken().chain(fields).find(|(taken, by)| *taken == name && !itself(by));
        match by {
            Some((_, by)) => Err(JsonError::Taken { name: name.to_owned(), of, by }),
            None => Ok(()),
        }
    }
}

impl Default for Json {
    fn default() -> Self {
        Self::new()
    }
}

impl Member {
    fn describe(self) -> String {
        format!("`Member::{self:?}`")
    }
}

impl Layout for Json {
    fn writer(&self) -> Box<dyn Writer> {
        Box::new(JsonWriter::new(self))
    }

    fn key(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
