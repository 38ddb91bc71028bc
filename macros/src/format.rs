//! A format string, taken apart by the grammar of `std::fmt`.
//!
//! The parser may say no to what rustc would take, but never yes to what rustc refuses or reads in another way:
//! a statement whose literal it leaves alone is formatted whole by `format_args!`, which then knows best.

/// A part of a format string.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, with its doubled braces made single.
    Literal(String),
    /// `{…}`.
    Placeholder(Placeholder),
}

/// What stands between braces.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Placeholder {
    pub(crate) value: Argument,
    pub(crate) flags: Flags,
    pub(crate) width: Count,
    pub(crate) precision: Count,
    pub(crate) kind: Kind,
}

/// What stands in front of the width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) fill: Option<char>,
    pub(crate) align: Option<char>,
    pub(crate) sign: Option<char>,
    /// `#`.
    pub(crate) alternate: bool,
    /// `0`.
    pub(crate) zero: bool,
}

/// Which argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    Position(usize),
    Name(String),
}

/// A width or a precision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    None,
    Literal(u16),
    Argument(Argument),
}

/// The trait that prints the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Display,
    Debug,
    DebugLowerHex,
    DebugUpperHex,
    LowerHex,
    UpperHex,
    Octal,
    Binary,
    LowerExp,
    UpperExp,
    Pointer,
}

impl Kind {
    /// The name of the trait in `std::fmt`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Display => "Display",
            Self::Debug | Self::DebugLowerHex | Self::DebugUpperHex => "Debug",
            Self::LowerHex => "LowerHex",
            Self::UpperHex => "UpperHex",
            Self::Octal => "Octal",
            Self::Binary => "Binary",
            Self::LowerExp => "LowerExp",
            Self::UpperExp => "UpperExp",
            Self::Pointer => "Pointer",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Display => "",
            Self::Debug => "?",
            Self::DebugLowerHex => "x?",
            Self::DebugUpperHex => "X?",
            Self::LowerHex => "x",
            Self::UpperHex => "X",
            Self::Octal => "o",
            Self::Binary => "b",
            Self::LowerExp => "e",
            Self::UpperExp => "E",
            Self::Pointer => "p",
        }
    }

    /// `x` or `X` of what prints by `Debug`.
    fn hex(self) -> &'static str {
        match self {
            Self::DebugLowerHex => "x",
            Self::DebugUpperHex => "X",
            _ => "",
        }
    }

    fn parse(suffix: &str) -> Option<Self> {
        use Kind::{
            Binary, Debug, DebugLowerHex, DebugUpperHex, Display, LowerExp, LowerHex, Octal, Pointer,
            UpperExp, UpperHex,
        };
        [
            Display,
            Debug,
            DebugLowerHex,
            DebugUpperHex,
            LowerHex,
            UpperHex,
            Octal,
            Binary,
            LowerExp,
            UpperExp,
            Pointer,
        ]
        .into_iter()
        .find(|kind| kind.suffix() == suffix)
    }
}

impl Placeholder {
    /// Whether it is `{:#?}` or a relative, which prints lines of its own.
    pub(crate) fn is_pretty(&self) -> bool {
        self.kind.name() == "Debug" && self.flags.alternate
    }

    /// Whether it says nothing but the trait.
    pub(crate) fn is_bare(&self) -> bool {
        let amounts = (&self.width, &self.precision);
        self.flags == Flags::default()
            && amounts == (&Count::None, &Count::None)
            && self.kind.hex().is_empty()
    }

    /// Whether there is more to it than the library's options tell.
    pub(crate) fn is_uncommon(&self) -> bool {
        let Flags { fill, align, sign, alternate, zero } = self.flags;
        !matches!(fill, None | Some(' '))
            || sign == Some('-')
            || align.is_some() && (sign.is_some() || alternate || zero)
            || !self.kind.hex().is_empty()
    }

    /// Its format string for a value that prints by the placeholder's trait under `{:?}`: argument 0, and then width and precision,
    /// where they are arguments.
    pub(crate) fn spec(&self) -> String {
        format!("{{0:{}{}?}}", self.options(), self.kind.hex())
    }

    /// Flags, width and precision.
    fn options(&self) -> String {
        let mut next = 1;
        let mut count = |count: &Count| match count {
            Count::None => None,
            Count::Literal(value) => Some(value.to_string()),
            Count::Argument(_) => {
                next += 1;
                Some(format!("{}$", next - 1))
            }
        };
        let width = count(&self.width).unwrap_or_default();
        let precision = count(&self.precision).map(|text| format!(".{text}")).unwrap_or_default();
        let Flags { fill, align, sign, alternate, zero } = self.flags;
        let flags = [fill, align, sign, alternate.then_some('#'), zero.then_some('0')];
        let flags: String = flags.into_iter().flatten().collect();
        format!("{flags}{width}{precision}")
    }
}

/// The pieces of a format string, or `None` where it is better left to rustc.
pub(crate) fn parse(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut parser = Parser { rest: text, next: 0 };
    while let Some(c) = parser.take() {
        match c {
            '{' if parser.eat('{') => literal.push('{'),
            '}' if parser.eat('}') => literal.push('}'),
            '}' => return None,
            '{' => {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Placeholder(parser.placeholder()?));
            }
            c => literal.push(c),
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Some(pieces)
}

struct Parser<'t> {
    rest: &'t str,
    /// The position that the next placeholder without one takes.
    next: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let eaten = self.rest.strip_prefix(c);
        self.rest = eaten.unwrap_or(self.rest);
        eaten.is_some()
    }

    fn implicit(&mut self) -> Argument {
        self.next += 1;
        Argument::Position(self.next - 1)
    }

    /// `[argument] [':' spec] ws* '}'`, the opening brace being read.
    fn placeholder(&mut self) -> Option<Placeholder> {
        let value = self.argument()?;
        let mut placeholder = Placeholder {
            value: Argument::Position(0),
            flags: Flags::default(),
            width: Count::None,
            precision: Count::None,
            kind: Kind::Display,
        };
        if self.eat(':') {
            self.spec(&mut placeholder)?;
        }
        while self.peek().is_some_and(char::is_whitespace) {
            self.take();
        }
        // The position is counted after those of the spec: `{:.*}` takes its precision first.
        placeholder.value = value.unwrap_or_else(|| self.implicit());
        self.eat('}').then_some(placeholder)
    }

    /// An integer or a name, if there is one; `None` where neither could be read.
    #[expect(clippy::option_option, reason = "absent and unreadable are two things")]
    fn argument(&mut self) -> Option<Option<Argument>> {
        if let Some(position) = self.integer()? {
            return Some(Some(Argument::Position(usize::from(position))));
        }
        let name = self.name();
        if name == "_" || !name.is_ascii() {
            return None;
        }
        Some((!name.is_empty()).then_some(Argument::Name(name)))
    }

    /// Digits, if there are any; `None` where the number is larger than rustc takes.
    #[expect(clippy::option_option, reason = "absent and unreadable are two things")]
    fn integer(&mut self) -> Option<Option<u16>> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        if end == 0 {
            return Some(None);
        }
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().ok().map(Some)
    }

    fn name(&mut self) -> String {
        let is_name = |c: char| c == '_' || c.is_alphanumeric();
        let end = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        if self.rest.starts_with(|c: char| c.is_numeric()) {
            return String::new();
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        name.to_owned()
    }

    /// `[[fill]align][sign]['#']['0'][width]['.' precision]type`
    fn spec(&mut self, placeholder: &mut Placeholder) -> Option<()> {
        let mut chars = self.rest.chars();
        let (first, second) = (chars.next(), chars.next());
        let is_align = |c: Option<char>| matches!(c, Some('<' | '^' | '>'));
        if is_align(second) {
            let fill = self.take()?;
            if matches!(fill, '{' | '}') {
                return None;
            }
            placeholder.flags.fill = Some(fill);
            placeholder.flags.align = self.take();
        } else if is_align(first) {
            placeholder.flags.align = self.take();
        }
        if let Some(sign @ ('+' | '-')) = self.peek() {
            self.take();
            placeholder.flags.sign = Some(sign);
        }
        placeholder.flags.alternate = self.eat('#');
        // `0$` is a width taken from argument 0, not the flag.
        placeholder.flags.zero = !self.rest.starts_with("0$") && self.eat('0');
        placeholder.width = self.count()?;
        if self.eat('.') {
            placeholder.precision =
                if self.eat('*') { Count::Argument(self.implicit()) } else { self.count()? };
            if placeholder.precision == Count::None {
                return None;
            }
        }
        let end = self.rest.find(|c: char| c == '}' || c.is_whitespace())?;
        let (suffix, rest) = self.rest.split_at(end);
        placeholder.kind = Kind::parse(suffix)?;
        self.rest = rest;
        Some(())
    }

    /// An integer, or an argument with a dollar sign behind it, if there is one.
    fn count(&mut self) -> Option<Count> {
        let start = self.rest;
        match self.argument() {
            Some(Some(argument)) if self.eat('$') => Some(Count::Argument(argument)),
            Some(Some(Argument::Position(value))) => Some(Count::Literal(u16::try_from(value).ok()?)),
            // A name without a dollar sign is the type.
            Some(_) => {
                self.rest = start;
                Some(Count::None)
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Placeholder {
        match parse(text).expect("parses").pop() {
            Some(Piece::Placeholder(placeholder)) => placeholder,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn doubled_braces_are_text() {
        assert_eq!(parse("a{{b}}c"), Some(vec![Piece::Literal("a{b}c".to_owned())]));
    }

    #[test]
    fn a_spec_keeps_its_parts() {
        let spec = only("{name:é^+#010.3x?}");
        assert_eq!(spec.value, Argument::Name("name".to_owned()));
        let flags =
            Flags { fill: Some('é'), align: Some('^'), sign: Some('+'), alternate: true, zero: true };
        assert_eq!(spec.flags, flags);
        assert_eq!((&spec.width, &spec.precision), (&Count::Literal(10), &Count::Literal(3)));
        assert_eq!(spec.kind, Kind::DebugLowerHex);
        assert_eq!(spec.spec(), "{0:é^+#010.3x?}");
        assert!(spec.is_pretty());
    }

    #[test]
    fn a_starred_precision_takes_its_argument_before_the_value() {
        let spec = only("{:.*}");
        assert_eq!(spec.precision, Count::Argument(Argument::Position(0)));
        assert_eq!(spec.value, Argument::Position(1));
        assert_eq!(spec.spec(), "{0:.1$?}");
    }

    #[test]
    fn a_zero_with_a_dollar_sign_is_a_width() {
        let spec = only("{:0$}");
        assert_eq!((spec.flags, spec.width), (Flags::default(), Count::Argument(Argument::Position(0))));
        assert!(only("{:00$}").flags.zero);
    }

    #[test]
    fn a_name_with_a_dollar_sign_is_a_width_and_without_one_a_type() {
        assert_eq!(only("{:x$}").width, Count::Argument(Argument::Name("x".to_owned())));
        assert_eq!(only("{:x}").kind, Kind::LowerHex);
        assert_eq!(only("{:x$x}").kind, Kind::LowerHex);
    }

    #[test]
    fn what_is_no_format_string_is_left_to_rustc() {
        for text in
            ["{", "}", "{:", "{:y}", "{a b}", "{:.}", "{_}", "{:99999}", "{r#a}", "{a.b}", "{:-#y}", "{ 0}"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
