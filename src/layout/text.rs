//! Lines of text by a pattern.

use super::constant::Remembered;
use super::output::FAILED;
use super::pad::Spec;
use super::pattern::{self, Name, Part};
use super::time::timestamps;
use super::{Escape, Layout, Output, PatternError, Pen, Timestamps, Writer};
use crate::encode::{Show, ShowAny as _, ShowFast as _, Value, Visit};
use crate::level::Level;
use crate::record::Record;
use std::fmt;

/// Lines of text by a pattern.
///
/// A pattern is text with placeholders in braces; a brace itself is written `{{` or `}}`:
///
/// | | |
/// |---|---|
/// | `{time}` | when the call was made, as RFC 3339 in UTC: `2026-11-22T21:18:55.123456789Z`; see [`local_time`](Text::local_time) |
/// | `{level}` | `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` |
/// | `{target}`, `{module}`, `{file}`, `{line}` | where the statement stands |
/// | `{thread}` | the name of the thread that made the call, or its id where it has none |
/// | `{thread_id}` | the operating system's id of the thread |
/// | `{seq}` | the how-manieth log call of its thread it was, from 1, as [`Record::sequence`](crate::Record::sequence) has it; `ringlog audit` reads it |
/// | `{logger}` | the logger's name, `default` for the default logger |
/// | `{message}` | the message |
/// | `{fields}` | each of the fields as ` name=value`, with a space in front; text in quotes; those of the [context](crate::Context) too, unless they have a `{context}` of their own |
/// | `{context}` | each of the context's fields, as `{fields}` prints them |
/// | `{spans}` | the spans that `tracing` has the record in, the outermost first: `outer{a=1}:inner{b=2}` |
/// | `{in_spans}` | the same with a space in front, and nothing where there are none |
///
/// Each takes fill, alignment, width and precision as in [`std::fmt`]: `{level:<5}`, `{target:*^20}`, `{line:05}`,
/// `{thread:<10.10}`. They count characters, and go by what is printed, escapes included.
///
/// Fields print as `tracing`'s own text has them: `info!(order_id, px = price, side = ?side, peer = %addr, user)` is
/// ` order_id=7 px=12.5 side=Buy peer=10.0.0.1:80 user="Ada L."`. Text is quoted, by its `Debug`, so that its end can
/// be told; what is logged with `%` prints as it is.
///
/// A record is one line. What control characters and their like in values turn into, and what newlines in the format
/// string do, is told at [`Escape::Text`]; [`raw`](Text::raw) prints all as it is. Names of threads, loggers and
/// targets are escaped too; the pattern's own text is not.
///
/// ```
/// use ringlog::layout::Text;
/// let layout = Text::pattern("{time} {level:>5} {file}:{line}: {message}{fields}")?;
/// # Ok::<_, ringlog::layout::PatternError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Text {
    parts: Vec<Part>,
    options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Options {
    raw: bool,
    local: bool,
    ansi: bool,
}

impl Text {
    /// The pattern of `Text::default()`.
    ///
    /// ```
    /// use ringlog::layout::{PatternError, Text};
    ///
    /// fn with_sequence() -> Result<Text, PatternError> {
    ///     Text::pattern(&format!("{{seq}} {}", Text::DEFAULT_PATTERN))
    /// }
    /// assert!(with_sequence().is_ok());
    /// ```
    pub const DEFAULT_PATTERN: &str = "{time} {level:<5} [{thread}] {target}:{in_spans} {message}{fields}";

    /// Lines by a pattern, in UTC, escaped, without colours.
    ///
    /// ```
    /// use ringlog::{Builder, info, layout::Text, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let sink = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let layout = Text::pattern("{level:<5}|{message:>8}|{fields}")?;
    /// let runtime = Builder::new().sink(sink.layout(layout)).start()?;
    /// info!(logger: runtime, qty = 100, venue = "XETR", "filled");
    /// runtime.flush()?;
    /// assert_eq!(written.recv()?, b"INFO |  filled| qty=100 venue=\"XETR\"\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the pattern is none, or empty: the error shows the place, and what would be right.
    pub fn pattern(pattern: &str) -> Result<Self, PatternError> {
        let options = Options { raw: false, local: false, ansi: false };
        Ok(Self { parts: pattern::parse(pattern)?, options })
    }

    /// Prints values as they are: a value can then end a line and begin one that looks like a record.
    ///
    /// ```
    /// use ringlog::{Builder, info, layout::Text, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (lines, written) = std::sync::mpsc::channel();
    /// # let escaped = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// # let (lines, written_raw) = std::sync::mpsc::channel();
    /// # let raw = sink::Callback::new(move |bytes| lines.send(bytes.to_vec()).unwrap());
    /// let runtime = Builder::new()
    ///     .sink(escaped.layout(Text::pattern("{message}")?))
    ///     .sink(raw.layout(Text::pattern("{message}")?.raw()))
    ///     .start()?;
    /// info!(logger: runtime, "{}", "two\nlines");
    /// runtime.flush()?;
    /// assert_eq!(written.recv()?, b"two\\nlines\n");
    /// assert_eq!(written_raw.recv()?, b"two\nlines\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(mut self) -> Self {
        self.options.raw = true;
        self
    }

    /// Prints `{time}` in the system's local time, with its offset; see [`Timestamps::local`].
    ///
    /// ```
    /// use ringlog::layout::Text;
    ///
    /// // 2026-11-22T22:18:55.123456789+01:00 …
    /// let layout = Text::default().local_time();
    /// # let _ = layout;
    /// ```
    #[cfg(feature = "local-time")]
    pub fn local_time(mut self) -> Self {
        self.options.local = true;
        self
    }

    /// Whether `{level}` is coloured, by the ANSI escapes that terminals know. The console sinks' default layout is
    /// where they write to a terminal.
    ///
    /// ```
    /// use ringlog::{layout::Text, sink::Console};
    ///
    /// let layout = Text::pattern("{level} {message}")?.ansi(true); // for a pager that knows colours
    /// let console = Console::stdout().layout(layout);
    /// # let _ = console;
    /// # Ok::<_, ringlog::layout::PatternError>(())
    /// ```
    pub fn ansi(mut self, ansi: bool) -> Self {
        self.options.ansi = ansi;
        self
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::pattern(Self::DEFAULT_PATTERN).expect("the default pattern is one")
    }
}

impl Layout for Text {
    fn writer(&self) -> Box<dyn Writer> {
        Box::new(TextWriter::new(self))
    }

    fn key(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

/// A pattern made ready to print.
struct TextWriter {
    /// For records without fields and spans, for those that may have fields, and for those that may be in spans.
    steps: [Vec<Step>; 3],
    escape: Escape,
    time: Timestamps,
    ansi: bool,
}

enum Step {
    Literal(Box<str>),
    Time,
    /// A run of parts that are the same for all records of a statement, a thread and a logger.
    Constant(Vec<Part>, Remembered),
    Message,
    Plain(Name),
    Padded(Name, Spec),
}

impl TextWriter {
    fn new(text: &Text) -> Self {
        let Options { raw, local, ansi } = text.options;
        let escape = if raw { Escape::None } else { Escape::Text };
        Self {
            steps: [(false, false), (true, false), (true, true)]
                .map(|(fields, spans)| Step::all(&text.parts, fields, spans)),
            escape,
            time: timestamps(local),
            ansi,
        }
    }
}

impl Step {
    /// What a pattern's parts come to, with fields and spans or without.
    fn all(parts: &[Part], fields: bool, spans: bool) -> Vec<Self> {
        let has_context = parts.iter().any(|part| matches!(part, Part::Placeholder(Name::Context, _)));
        let mut steps = Vec::new();
        for part in parts {
            match part {
                Part::Placeholder(Name::Spans | Name::InSpans, Spec::PLAIN) if !spans => continue,
                Part::Placeholder(Name::Fields | Name::Context, Spec::PLAIN) if !fields => continue,
                _ => {}
            }
            let step = match (part, steps.last_mut()) {
                (Part::Literal(_), Some(Step::Constant(run, _))) => {
                    run.push(part.clone());
                    continue;
                }
                (Part::Placeholder(name, _), Some(Step::Constant(run, _))) if name.is_constant() => {
                    run.push(part.clone());
                    continue;
                }
                (Part::Literal(text), _) => Step::Literal(text.as_str().into()),
                (Part::Placeholder(name, _), last) if name.is_constant() => {
                    let mut run = Vec::new();
                    if let Some(Step::Literal(text)) = last {
                        run.push(Part::Literal(text.to_string()));
                        steps.pop();
                    }
                    run.push(part.clone());
                    Step::Constant(run, Remembered::new())
                }
                (Part::Placeholder(Name::Time, Spec::PLAIN), _) => Step::Time,
                (Part::Placeholder(Name::Message, Spec::PLAIN), _) => Step::Message,
                (Part::Placeholder(name, spec), _) => {
                    let name = if has_context && *name == Name::Fields { Name::OwnFields } else { *name };
                    if *spec == Spec::PLAIN { Step::Plain(name) } else { Step::Padded(name, *spec) }
                }
            };
            steps.push(step);
        }
        steps
    }
}

impl Writer for TextWriter {
    fn write(&mut self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result {
        let (escape, time) = (self.escape, &mut self.time);
        let [bare, with_fields, with_spans] = &mut self.steps;
        let steps = match (record.has_fields(), record.may_have_spans()) {
            (_, true) => with_spans,
            (true, _) => with_fields,
            _ => bare,
        };
        let mut press = Press { record, escape, ansi: self.ansi, time };
        Output::new(bytes, escape).pen(|pen| {
            match &mut steps[..] {
                // The usual ones, which spares their records to be told what they are.
                [time @ Step::Time, prefix @ Step::Constant(..), message @ Step::Message] => {
                    time.print(&mut press, pen);
                    prefix.print(&mut press, pen);
                    message.print(&mut press, pen);
                }
                steps => steps.iter_mut().for_each(|step| step.print(&mut press, pen)),
            }
            pen.trusted("\n");
        });
        Ok(())
    }
}

/// A record, and what it is printed by.
struct Press<'p, 'r> {
    record: &'p Record<'r>,
    escape: Escape,
    ansi: bool,
    time: &'p mut Timestamps,
}

impl Step {
    #[inline(always)]
    fn print(&mut self, press: &mut Press<'_, '_>, pen: &mut Pen<'_, '_>) {
        let Press { record, escape, ansi, time } = press;
        match self {
            Self::Time => time.put(record.unix_nanos(), pen),
            Self::Constant(run, remembered) => remembered.append(record, pen, |bytes| {
                print_run(run, record, *escape, *ansi, time, bytes);
            }),
            Self::Message => {
                if pen.through(|out| record.print_message(out)).is_err() {
                    pen.trusted(FAILED);
                }
            }
            Self::Literal(text) => pen.trusted(text),
            Self::Plain(name) => pen.through(|out| print(*name, record, *escape, time, out.bytes())),
            Self::Padded(name, spec) => {
                pen.through(|out| print_padded(*name, spec, record, *escape, time, out.bytes()));
            }
        }
    }
}

/// What is the same for all records of a statement, a thread and a logger.
fn print_run(
    run: &[Part],
    record: &Record<'_>,
    escape: Escape,
    ansi: bool,
    time: &mut Timestamps,
    bytes: &mut Vec<u8>,
) {
    for part in run {
        match part {
            Part::Literal(text) => bytes.extend_from_slice(text.as_bytes()),
            Part::Placeholder(Name::Level, spec) => {
                bytes.extend_from_slice(level_text(record.place().level, spec, ansi).as_bytes());
            }
            Part::Placeholder(name, spec) => print_padded(*name, spec, record, escape, time, bytes),
        }
    }
}

fn print_padded(
    name: Name,
    spec: &Spec,
    record: &Record<'_>,
    escape: Escape,
    time: &mut Timestamps,
    bytes: &mut Vec<u8>,
) {
    let start = bytes.len();
    print(name, record, escape, time, bytes);
    spec.apply(bytes, start);
}

fn print_message(record: &Record<'_>, escape: Escape, bytes: &mut Vec<u8>) {
    if record.message(bytes, escape).is_err() {
        bytes.extend_from_slice(FAILED.as_bytes());
    }
}

/// What a placeholder stands for, as long as it is.
#[inline]
fn print(name: Name, record: &Record<'_>, escape: Escape, time: &mut Timestamps, bytes: &mut Vec<u8>) {
    match name {
        Name::Message => return print_message(record, escape, bytes),
        Name::Spans => return print_spans(record, "", escape, bytes),
        Name::InSpans => return print_spans(record, " ", escape, bytes),
        Name::Time => return time.write(record.unix_nanos(), bytes),
        _ => {}
    }
    let mut out = Output::new(bytes, escape);
    match name {
        Name::Target => out.value(record.place().target),
        Name::Thread if !record.thread().name.is_empty() => out.value(&record.thread().name),
        Name::Thread | Name::ThreadId => out.trusted(itoa::Buffer::new().format(record.thread().id)),
        Name::Sequence => out.trusted(itoa::Buffer::new().format(record.sequence())),
        Name::Fields => record.fields(&mut Fields { out, before: " " }),
        Name::OwnFields => record.own_fields(&mut Fields { out, before: " " }),
        Name::Context => record.context(&mut Fields { out, before: " " }),
        Name::Module => out.value(record.place().module),
        Name::File => out.value(record.place().file),
        Name::Line => out.trusted(itoa::Buffer::new().format(record.place().line)),
        Name::Logger if record.logger().is_empty() => out.trusted("default"),
        Name::Logger => out.value(record.logger()),
        Name::Level => out.trusted(record.place().level.as_str()),
        Name::Message | Name::Spans | Name::InSpans | Name::Time => {}
    }
}

/// Prints spans as `outer{a=1 b=2}:inner`, with `before` in front of the first.
fn print_spans(record: &Record<'_>, mut before: &str, escape: Escape, bytes: &mut Vec<u8>) {
    record.spans(&mut |span| {
        let mut out = Output::new(bytes, escape);
        out.trusted(before);
        before = ":";
        out.value(span.name());
        let mut fields = Fields { out, before: "{" };
        span.fields(&mut fields);
        if fields.before == " " {
            fields.out.trusted("}");
        }
    });
}

/// Prints fields as `name=value`, each behind a space, the first one behind `before`.
struct Fields<'b> {
    out: Output<'b>,
    before: &'static str,
}

impl Visit for Fields<'_> {
    fn field(&mut self, name: &'static str, value: Value<'_>) {
        let before = std::mem::replace(&mut self.before, " ");
        self.out.pen(|pen| {
            pen.trusted(before);
            pen.value(name);
            pen.block(b"=", 1);
            let printed = match value {
                Value::I64(value) => Show(&value).write(pen),
                Value::U64(value) => Show(&value).write(pen),
                Value::F32(value) => Show(&value).write(pen),
                Value::F64(value) => Show(&value).write(pen),
                Value::Bool(value) => Show(&value).write(pen),
                Value::Str(value) => pen.through(|out| out.quoted(value)),
                // Not all types have a way of their own: the reference is there for those that go through `fmt`.
                value => pen.through(|out| (&Show(&value)).show(out)),
            };
            if printed.is_err() {
                pen.trusted(FAILED);
            }
        });
    }
}

fn level_text(level: Level, spec: &Spec, ansi: bool) -> String {
    let mut bytes = level.as_str().into();
    spec.apply(&mut bytes, 0);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let colour = match level {
        Level::Trace => 35,
        Level::Debug => 34,
        Level::Info => 32,
        Level::Warn => 33,
        Level::Error => 31,
    };
    if ansi { format!("\x1b[{colour}m{text}\x1b[0m") } else { text }
}
