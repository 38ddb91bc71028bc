//! A text pattern, taken apart.

use super::pad::{Align, Spec};
use std::fmt;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Placeholder(Name, Spec),
}

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Time,
    Level,
    Target,
    Module,
    File,
    Line,
    Thread,
    ThreadId,
    Sequence,
    Logger,
    Message,
    /// The statement's own fields and those of the context.
    Fields,
    /// The statement's alone: what `{fields}` is where the pattern has `{context}` too.
    OwnFields,
    Context,
    /// The spans of `tracing`.
    Spans,
    /// The same with a space in front, if there are any.
    InSpans,
}

const NAMES: [(&str, Name); 15] = [
    ("time", Name::Time),
    ("level", Name::Level),
    ("target", Name::Target),
    ("module", Name::Module),
    ("file", Name::File),
    ("line", Name::Line),
    ("thread", Name::Thread),
    ("thread_id", Name::ThreadId),
    ("seq", Name::Sequence),
    ("logger", Name::Logger),
    ("message", Name::Message),
    ("fields", Name::Fields),
    ("context", Name::Context),
    ("spans", Name::Spans),
    ("in_spans", Name::InSpans),
];

impl Name {
    /// Whether it is the same for all records of a statement, a thread and a logger.
    pub(super) fn is_constant(self) -> bool {
        match self {
            Self::Level | Self::Target | Self::Module | Self::File | Self::Line => true,
            Self::Thread | Self::ThreadId | Self::Logger => true,
            Self::Time | Self::Message | Self::Fields | Self::OwnFields | Self::Context => false,
            Self::Spans | Self::InSpans | Self::Sequence => false,
        }
    }

    /// Numbers stand at the right of their width, as in `std::fmt`.
    fn is_number(self) -> bool {
        matches!(self, Self::Line | Self::ThreadId | Self::Sequence)
    }
}

/// A pattern that is none: where, what stands there, and what would be right.
///
/// ```
/// let error = ringlog::layout::Text::pattern("{time} {levl:<5} {message}").unwrap_err();
/// assert_eq!(error.position(), 8);
/// assert_eq!(
///     error.to_string(),
///     "bad pattern: `levl` at byte 8, where there should be one of time, level, target, module, file, line, \
///      thread, thread_id, seq, logger, message, fields, context, spans, in_spans (a brace is written `{{`)\n\
///      \x20   {time} {levl:<5} {message}\n\
///      \x20           ^^^^"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    pattern: String,
    at: usize,
    len: usize,
    expected: String,
}

impl PatternError {
    /// The byte of the pattern at which it goes wrong.
    ///
    /// ```
    /// let error = ringlog::layout::Text::pattern("{level} {mesage}").unwrap_err();
    /// assert_eq!(error.position(), 9);
    /// ```
    pub fn position(&self) -> usize {
        self.at
    }

    /// What stands there; empty at the pattern's end.
    ///
    /// ```
    /// let error = ringlog::layout::Text::pattern("{level} {mesage}").unwrap_err();
    /// assert_eq!(error.found(), "mesage");
    /// ```
    pub fn found(&self) -> &str {
        &self.pattern[self.at..self.at + self.len]
    }

    /// What would be right.
    ///
    /// ```
    /// let error = ringlog::layout::Text::pattern("{level} {mesage}").unwrap_err();
    /// assert!(error.expected().contains("message"));
    /// ```
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

impl std::error::Error for PatternError {}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, expected) = (self.at, &self.expected);
        match self.found() {
            "" => write!(f, "bad pattern: it ends at byte {at}, where there should be {expected}")?,
            found => {
                write!(f, "bad pattern: `{}` at byte {at}, where there should be {expected}", visible(found))?
            }
        }
        let before = self.pattern[..at].chars().count();
        let carets = "^".repeat(self.found().chars().count().max(1));
        write!(f, "\n    {}\n    {:before$}{carets}", visible(&self.pattern), "")
    }
}

/// A pattern as it can be shown on one line, character for character.
fn visible(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '·' } else { character }).collect()
}

/// Takes a pattern apart.
pub(super) fn parse(pattern: &str) -> Result<Vec<Part>, PatternError> {
    let mut parser = Parser { pattern, at: 0 };
    if pattern.is_empty() {
        return Err(parser.error(0, "something to print, such as {message}"));
    }
    let mut parts = Vec::new();
    let mut literal = String::new();
    while let Some(character) = parser.next() {
        match character {
            '{' | '}' if parser.peek() == Some(character) => {
                parser.next();
                literal.push(character);
            }
            '}' => {
                parser.at -= 1;
                return Err(parser.error(1, "`}}` for a brace, or a `{` before it"));
            }
            '{' => {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(parser.placeholder()?);
            }
            _ => literal.push(character),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

struct Parser<'p> {
    pattern: &'p str,
    at: usize,
}

impl<'p> Parser<'p> {
    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// An error about the next `len` bytes.
    fn error(&self, len: usize, expected: impl Into<String>) -> PatternError {
        PatternError { pattern: self.pattern.to_owned(), at: self.at, len, expected: expected.into() }
    }

    /// An error about the next character, or the end.
    fn error_here(&self, expected: impl Into<String>) -> PatternError {
        self.error(self.peek().map_or(0, char::len_utf8), expected)
    }

    /// What follows a `{`.
    fn placeholder(&mut self) -> Result<Part, PatternError> {
        let word = self.rest().split(['{', '}', ':']).next().unwrap_or_default();
        let Some(&(_, name)) = NAMES.iter().find(|(known, _)| *known == word) else {
            let names: Vec<_> = NAMES.iter().map(|(known, _)| *known).collect();
            let expected = format!("one of {} (a brace is written `{{{{`)", names.join(", "));
            return Err(match word {
                "" => self.error_here(expected),
                _ => self.error(word.len(), expected),
            });
        };
        self.at += word.len();
        let spec = if self.take(':') { self.spec(name)? } else { Spec::PLAIN };
        match self.take('}') {
            true => Ok(Part::Placeholder(name, spec)),
            false if self.pattern[..self.at].ends_with(word) => Err(self.error_here("`}` or `:`")),
            false => Err(self.error_here("fill and alignment (`*<`, `^`, `>`), width, `.precision` or `}`")),
        }
    }

    /// What follows a `:`, up to the `}`.
    fn spec(&mut self, name: Name) -> Result<Spec, PatternError> {
        let number = name.is_number();
        let mut spec = Spec { align: if number { Align::Right } else { Align::Left }, ..Spec::PLAIN };
        let mut ahead = self.rest().chars();
        if let (Some(fill), Some(align)) = (ahead.next(), ahead.next().and_then(alignment)) {
            self.at += fill.len_utf8() + 1;
            (spec.fill, spec.align) = (fill, align);
        } else if let Some(align) = self.peek().and_then(alignment) {
            self.at += 1;
            spec.align = align;
        }
        if self.peek() == Some('0') && self.rest()[1..].starts_with(|next: char| next.is_ascii_digit()) {
            if !number {
                return Err(self.error(1, "a width that does not begin with 0 (to fill with zeros: `0>5`)"));
            }
            self.at += 1;
            (spec.fill, spec.align) = ('0', Align::Right);
        }
        spec.width = self.number("a width")?.unwrap_or(0);
        if self.peek() == Some('.') {
            if number {
                return Err(self.error(1, "`}`: a number has no precision"));
            }
            self.at += 1;
            spec.precision = match self.number("a precision")? {
                Some(precision) => Some(precision),
                None => return Err(self.error_here("a precision in digits")),
            };
        }
        // Equal output, equal specs: the key of a layout goes by them.
        if spec.width == 0 {
            (spec.fill, spec.align) = (Spec::PLAIN.fill, Spec::PLAIN.align);
        }
        Ok(spec)
    }

    fn number(&mut self, what: &str) -> Result<Option<usize>, PatternError> {
        let len = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 {
            return Ok(None);
        }
        match self.rest()[..len].parse::<u16>() {
            Ok(number) => {
                self.at += len;
                Ok(Some(number.into()))
            }
            Err(_) => Err(self.error(len, format!("{what} of at most {}", u16::MAX))),
        }
    }
}

fn alignment(character: char) -> Option<Align> {
    match character {
        '<' => Some(Align::Left),
        '^' => Some(Align::Centre),
        '>' => Some(Align::Right),
        _ => None,
    }
}
