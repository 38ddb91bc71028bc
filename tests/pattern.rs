//! The text layout: what a pattern prints, and what is no pattern.

use proptest::prelude::*;
use ringlog::__private::{Callsite, Output, Place, Reader, Statement, record};
use ringlog::layout::{Layout, Text};
use ringlog::{Level, ThreadInfo, Value, Visit};
use std::fmt;

const NANOS: u64 = 1_795_382_335_123_456_789;

/// A record's arguments: where a piece of format string, a value and a field are to be found.
struct Arguments<'a> {
    literal: &'static str,
    value: &'a str,
    fields: &'a [(&'static str, Value<'a>)],
    fails: bool,
}

/// # Safety
///
/// The record's one word is the address of [`Arguments`].
unsafe fn arguments<'a>(reader: &mut Reader<'a>) -> &'a Arguments<'a> {
    // SAFETY: passed on from the caller.
    unsafe { &*(reader.word() as *const Arguments<'a>) }
}

unsafe fn message(_: &Statement, reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    // SAFETY: `print` makes the only records of these statements, with the address of arguments.
    let arguments = unsafe { arguments(reader) };
    out.literal(arguments.literal);
    out.value(arguments.value);
    if arguments.fails { Err(fmt::Error) } else { Ok(()) }
}

unsafe fn fields(_: &[&'static str], reader: &mut Reader<'_>, visit: &mut dyn Visit) {
    // SAFETY: as in `message`.
    let arguments = unsafe { arguments(reader) };
    arguments.fields.iter().for_each(|&(name, value)| visit.field(name, value));
}

const fn place(level: Level) -> Place {
    Place { level, target: "orders::risk", module: "orders", file: "src/risk.rs", line: 42, format: "" }
}

static CALLSITES: [Callsite; 5] = [
    Callsite::new(place(Level::Trace)),
    Callsite::new(place(Level::Debug)),
    Callsite::new(place(Level::Info)),
    Callsite::new(place(Level::Warn)),
    Callsite::new(place(Level::Error)),
];

const fn statement(level: usize) -> Statement {
    Statement { fields: Some(fields), ..Statement::new(&CALLSITES[level], message) }
}

static STATEMENTS: [Statement; 5] = [statement(0), statement(1), statement(2), statement(3), statement(4)];

struct Call<'a> {
    level: Level,
    thread: ThreadInfo,
    logger: &'a str,
    arguments: Arguments<'a>,
}

impl<'a> Call<'a> {
    fn new(value: &'a str) -> Self {
        Self {
            level: Level::Info,
            thread: ThreadInfo::new("gateway", 4711),
            logger: "",
            arguments: Arguments { literal: "", value, fields: &[], fails: false },
        }
    }

    fn print(&self, layout: &Text) -> String {
        let words = [&raw const self.arguments as u64];
        // SAFETY: the statements' functions take the address of arguments.
        let record =
            unsafe { record(&STATEMENTS[self.level as usize], &words, NANOS, &self.thread, self.logger) };
        let mut bytes = Vec::new();
        layout.writer().write(&record, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

fn text(pattern: &str) -> Text {
    Text::pattern(pattern).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_default_pattern() {
    let mut call = Call::new("filled");
    call.arguments.fields =
        &[("order", Value::U64(7)), ("px", Value::F64(0.5)), ("peer", Value::Str("a\nb"))];
    assert_eq!(
        call.print(&Text::default()),
        "2026-11-22T21:18:55.123456789Z INFO  [gateway] orders::risk: filled order=7 px=0.5 peer=\"a\\nb\"\n"
    );
}

#[test]
fn every_placeholder() {
    let pattern =
        "{time}|{level}|{target}|{module}|{file}|{line}|{thread}|{thread_id}|{logger}|{message}|{fields}";
    let mut call = Call::new("m");
    call.logger = "audit";
    let line =
        "2026-11-22T21:18:55.123456789Z|INFO|orders::risk|orders|src/risk.rs|42|gateway|4711|audit|m|\n";
    assert_eq!(call.print(&text(pattern)), line);
}

#[test]
fn a_thread_without_a_name_goes_by_its_id_and_the_default_logger_by_default() {
    let mut call = Call::new("");
    call.thread.name.clear();
    assert_eq!(call.print(&text("{thread}|{thread:<6}|{logger:>8}")), "4711|4711  | default\n");
}

#[test]
fn braces_are_written_twice() {
    assert_eq!(Call::new("m").print(&text("{{{message}}} {{}} }}{{")), "{m} {} }{\n");
}

#[test]
fn a_pattern_without_placeholders_is_one() {
    assert_eq!(Call::new("m").print(&text("tick")), "tick\n");
}

#[test]
fn each_level_has_its_colour_on_a_terminal_and_none_elsewhere() {
    for (level, colour) in Level::ALL.into_iter().zip([35, 34, 32, 33, 31]) {
        let mut call = Call::new("m");
        call.level = level;
        let layout = text("<{level:<5}> {message}");
        assert_eq!(call.print(&layout), format!("<{level:<5}> m\n"));
        assert_eq!(call.print(&layout.ansi(true)), format!("<\x1b[{colour}m{level:<5}\x1b[0m> m\n"));
    }
}

#[test]
fn values_and_names_are_escaped_unless_raw() {
    let mut call = Call::new("a\n2026 ERROR\x1b[2J\u{202e}");
    call.thread.name = "t\n".into();
    call.logger = "l\r";
    let layout = text("{thread} {logger} {message}");
    assert_eq!(call.print(&layout), "t\\n l\\r a\\n2026 ERROR\\x1b[2J\\u{202e}\n");
    assert_eq!(call.print(&layout.raw()), "t\n l\r a\n2026 ERROR\x1b[2J\u{202e}\n");
}

#[test]
fn lines_of_the_format_string_are_indented() {
    let mut call = Call::new("v");
    call.arguments.literal = "first\nsecond ";
    assert_eq!(call.print(&text("{level} {message}")), "INFO first\n    second v\n");
}

#[test]
fn a_cut_never_leaves_a_line_with_less_than_its_indent() {
    let mut call = Call::new("");
    call.arguments.literal = "ab\ncd";
    for precision in 0..10 {
        let printed = call.print(&text(&format!("{{message:.{precision}}}{{level}}")));
        let lines = printed.strip_suffix('\n').unwrap().split('\n').skip(1);
        assert!({ lines }.all(|line| line.starts_with("    ")), "{precision}: {printed:?}");
    }
}

#[test]
fn a_value_that_fails_is_marked_and_the_record_goes_on() {
    let mut call = Call::new("half");
    call.arguments.fails = true;
    assert_eq!(call.print(&text("{message} {level}")), "half<formatting failed> INFO\n");
    call.arguments.fails = false;
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    call.arguments.fields = &[("a", Value::Display(&Fails)), ("b", Value::Bool(true))];
    assert_eq!(call.print(&text("{message}{fields}")), "half a=<formatting failed> b=true\n");
}

#[test]
fn equal_bytes_have_equal_keys() {
    let key = |layout: Text| layout.key().unwrap();
    assert_eq!(key(text("{level:<5}{line:>04}")), key(text("{level: <5}{line:04}")));
    assert_eq!(key(text("{level:>0}")), key(text("{level}")).clone());
    let all = [
        text("{level}"),
        text("{level:<5}"),
        text("{level:>5}"),
        text("{level:.5}"),
        text("level"),
        text("{message}"),
        text("{message}").raw(),
        text("{message}").ansi(true),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(all[at + 1..].iter().all(|other| one.key() != other.key()), "{one:?}");
    }
}

#[cfg(feature = "local-time")]
#[test]
fn local_time_is_the_same_point_in_time() {
    let layout = text("{time}").local_time();
    let line = Call::new("").print(&layout);
    let time: jiff::Timestamp = line.trim_end().parse().unwrap();
    assert_eq!(time.as_nanosecond(), i128::from(NANOS));
    assert!(!line.contains('Z'), "{line}");
    assert_ne!(layout.key(), text("{time}").key());
}

#[test]
fn a_bad_pattern_shows_the_place_and_what_would_be_right() {
    for (pattern, position, found, expected) in [
        ("", 0, "", "{message}"),
        ("{time", 5, "", "`}`"),
        ("a {", 3, "", "one of time, level"),
        ("{}", 1, "}", "one of time, level"),
        ("é {levl} x", 4, "levl", "one of time, level"),
        ("{ level}", 1, " level", "one of time, level"),
        ("{message} }", 10, "}", "`}}`"),
        ("{time {level}", 1, "time ", "one of time, level"),
        ("{level:<5x}", 9, "x", "`}`"),
        ("{level:#?}", 7, "#", "fill and alignment"),
        ("{level:?}", 7, "?", "fill and alignment"),
        ("{level:w$}", 7, "w", "fill and alignment"),
        ("{level:05}", 7, "0", "does not begin with 0"),
        ("{level:<5", 9, "", "`}`"),
        ("{level:.}", 8, "}", "a precision in digits"),
        ("{line:.2}", 6, ".", "no precision"),
        ("{level:65536}", 7, "65536", "at most 65535"),
        ("{level:.99999999999999999999999}", 8, "99999999999999999999999", "at most 65535"),
    ] {
        let error = Text::pattern(pattern).unwrap_err();
        assert_eq!((error.position(), error.found()), (position, found), "{pattern}");
        assert!(error.expected().contains(expected), "{pattern}: {error}");
        let shown = error.to_string();
        let carets = shown.lines().last().unwrap();
        let column = 4 + pattern[..position].chars().count();
        assert_eq!(carets.find('^'), Some(column), "{shown}");
        assert_eq!(carets.len() - column, found.chars().count().max(1), "{shown}");
    }
}

/// What std prints: it takes fill and alignment at compile time only.
fn by_std(fill: char, align: char, width: usize, precision: usize, value: &str) -> String {
    macro_rules! cases {
        ($($fill:literal $left:literal $centre:literal $right:literal;)*) => {
            match (fill, align) {
                $(($fill, '<') => format!($left, value, width, precision),
                ($fill, '^') => format!($centre, value, width, precision),
                ($fill, '>') => format!($right, value, width, precision),)*
                _ => unreachable!("no such case"),
            }
        };
    }
    cases! {
        ' ' "{: <1$.2$}" "{: ^1$.2$}" "{: >1$.2$}";
        '*' "{:*<1$.2$}" "{:*^1$.2$}" "{:*>1$.2$}";
        '<' "{:<<1$.2$}" "{:<^1$.2$}" "{:<>1$.2$}";
        '0' "{:0<1$.2$}" "{:0^1$.2$}" "{:0>1$.2$}";
        ':' "{::<1$.2$}" "{::^1$.2$}" "{::>1$.2$}";
        '漢' "{:漢<1$.2$}" "{:漢^1$.2$}" "{:漢>1$.2$}";
    }
}

proptest! {
    #[test]
    fn fill_alignment_width_and_precision_are_those_of_std(
        value in "\\PC{0,12}",
        fill in prop::sample::select(vec![' ', '*', '<', '0', ':', '漢']),
        align in prop::sample::select(vec!['<', '^', '>']),
        width in 0..16usize,
        precision in 0..16usize,
    ) {
        let layout = text(&format!("{{message:{fill}{align}{width}.{precision}}}")).raw();
        prop_assert_eq!(Call::new(&value).print(&layout), by_std(fill, align, width, precision, &value) + "\n");
        let layout = text(&format!("{{message:{fill}{align}{width}}}")).raw();
        prop_assert_eq!(Call::new(&value).print(&layout), by_std(fill, align, width, usize::from(u16::MAX), &value) + "\n");
    }

    #[test]
    fn without_an_alignment_text_stands_left_and_numbers_right(width in 1..20usize) {
        let call = Call::new("m");
        prop_assert_eq!(call.print(&text(&format!("{{target:{width}}}"))), format!("{:width$}\n", "orders::risk"));
        prop_assert_eq!(call.print(&text(&format!("{{line:{width}}}"))), format!("{:width$}\n", 42));
        prop_assert_eq!(call.print(&text(&format!("{{line:0{width}}}"))), format!("{:0width$}\n", 42));
        prop_assert_eq!(call.print(&text(&format!("{{thread_id:^{width}}}"))), format!("{:^width$}\n", 4711));
        prop_assert_eq!(call.print(&text(&format!("{{level:*^{width}}}"))), format!("{:*^width$}\n", "INFO"));
    }

    #[test]
    fn a_record_is_one_line_without_control_characters(value: String, thread: String, logger: String) {
        let mut call = Call::new(&value);
        let fields = [("field", Value::Str(&value)), ("debug", Value::Debug(&value)), ("shown", Value::Display(&thread))];
        (call.thread.name, call.logger, call.arguments.fields) = (thread.clone(), &logger, &fields);
        let printed = call.print(&text("{time} [{thread:>3}] {logger} {message:<20}{fields}"));
        let line = printed.strip_suffix('\n').unwrap();
        prop_assert!(!line.contains(char::is_control), "{:?}", line);
        prop_assert!(!line.contains(['\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}']), "{:?}", line);
    }

    #[test]
    fn plain_text_is_printed_as_it_is(value in "[ -~àß€漢😀–]{0,80}") {
        prop_assert_eq!(Call::new(&value).print(&text("{message}")), value + "\n");
    }

    #[test]
    fn no_text_makes_the_parser_panic(pattern in "\\PC{0,12}|[{}:<>.0-9a-z]{0,16}|\\{[a-z]{4,7}:[^x]{0,5}\\}") {
        if let Err(error) = Text::pattern(&pattern) {
            prop_assert!(error.to_string().lines().count() == 3);
        }
    }
}
