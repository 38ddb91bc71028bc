//! The JSON layout over made-up records: whatever a field's name and value, a parser reads it back.

use proptest::prelude::*;
use ringlog::__private::{Callsite, Output, Place, Reader, Statement, record};
use ringlog::layout::{Json, Layout, Member, Times};
use ringlog::{Level, ThreadInfo, Value, Visit};
use serde_json::{Map, Value as Parsed, json};
use std::fmt;

fn parse(line: &str) -> Parsed {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// One in another, as deep as asked for.
struct Nested(usize);

impl ringlog::Structure for Nested {
    fn shape(&self) -> ringlog::Shape {
        ringlog::Shape::List
    }

    fn parts(&self, each: &mut dyn FnMut(Value<'_>, Value<'_>)) {
        if self.0 > 0 {
            each(Value::U64(0), Value::Structure(&Self(self.0 - 1)));
        }
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nested {}", self.0)
    }
}

#[test]
fn what_is_nested_too_deep_for_parsers_prints_as_text() {
    let nested = Nested(1_000);
    let text =
        print(&Json::empty(), "", "", &[("deep", Value::Structure(&nested)), ("after", Value::U64(1))]);
    let parsed = parse(&text);
    assert_eq!(parsed["after"], 1);
    let (mut inner, mut depth) = (&parsed["deep"], 0);
    while let Some(next) = inner.get(0) {
        (inner, depth) = (next, depth + 1);
    }
    assert_eq!((inner, depth), (&json!("nested 936"), 64));
}

/// A record's arguments: the message and the fields are to be found at an address.
struct Arguments<'a> {
    message: &'a str,
    fields: &'a [(&'static str, Value<'a>)],
}

unsafe fn message(_: &Statement, reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    // SAFETY: `print` makes the only records of the statement, with the address of arguments.
    let arguments = unsafe { &*(reader.word() as *const Arguments<'_>) };
    out.value(arguments.message);
    Ok(())
}

unsafe fn visit_fields(_: &[&'static str], reader: &mut Reader<'_>, visit: &mut dyn Visit) {
    // SAFETY: as in `message`.
    let arguments = unsafe { &*(reader.word() as *const Arguments<'_>) };
    arguments.fields.iter().for_each(|&(name, value)| visit.field(name, value));
}

static CALLSITE: Callsite = Callsite::new(Place {
    level: Level::Info,
    target: "orders",
    module: "orders",
    file: "src/orders.rs",
    line: 42,
    format: "",
});
static STATEMENT: Statement = Statement { fields: Some(visit_fields), ..Statement::new(&CALLSITE, message) };

const NANOS: u64 = 1_795_382_335_123_456_789;

fn print(layout: &Json, thread: &str, message: &str, fields: &[(&'static str, Value<'_>)]) -> String {
    let arguments = Arguments { message, fields };
    let words = [&raw const arguments as u64];
    let thread = ThreadInfo::new(thread, 4711);
    // SAFETY: the statement's functions take the address of arguments.
    let record = unsafe { record(&STATEMENT, &words, NANOS, &thread, "") };
    let mut bytes = Vec::new();
    layout.writer().write(&record, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn times() {
    let layout = Json::empty().member(Member::Time, "t").unwrap().member(Member::ThreadId, "id").unwrap();
    for (times, printed) in [
        (Times::Rfc3339, "\"2026-11-22T21:18:55.123456789Z\""),
        (Times::UnixMillis, "1795382335123"),
        (Times::UnixMicros, "1795382335123456"),
        (Times::UnixNanos, "1795382335123456789"),
    ] {
        let line = print(&layout.clone().times(times), "", "", &[]);
        assert_eq!(line, format!("{{\"t\":{printed},\"id\":4711}}\n"));
    }
    let safe = print(&layout.clone().times(Times::UnixNanos).safe_integers(), "", "", &[]);
    assert_eq!(safe, "{\"t\":\"1795382335123456789\",\"id\":4711}\n");
}

#[test]
fn a_thread_without_a_name_goes_by_its_id() {
    let layout = Json::empty().member(Member::Thread, "thread").unwrap();
    assert_eq!(print(&layout, "", "", &[]), "{\"thread\":\"4711\"}\n");
}

/// Text with what breaks parsers in it more often than chance would have it.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        any::<char>().prop_map(String::from),
        "[\\x00-\\x1f\"\\\\/\\x7f\u{80}-\u{9f}\u{2028}\u{2029}\u{202e}\u{feff}😀𝄞]",
        "[ -~]{0,20}",
    ];
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

#[derive(Clone, Debug)]
enum Any {
    Number(f64),
    Single(f32),
    Signed(i64),
    Unsigned(u64),
    Long(i128),
    Yes(bool),
    Text(String),
    Character(char),
    Shown(String),
    Debugged(String),
    Nothing,
    List(Vec<Any>),
    Entries(Vec<(Any, Any)>),
}

fn anything() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![
        any::<f64>().prop_map(Any::Number),
        prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.0)].prop_map(Any::Number),
        any::<f32>().prop_map(Any::Single),
        any::<i64>().prop_map(Any::Signed),
        any::<u64>().prop_map(Any::Unsigned),
        any::<i128>().prop_map(Any::Long),
        any::<bool>().prop_map(Any::Yes),
        nasty().prop_map(Any::Text),
        any::<char>().prop_map(Any::Character),
        nasty().prop_map(Any::Shown),
        nasty().prop_map(Any::Debugged),
        Just(Any::Nothing),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Any::List),
            prop::collection::vec((inner.clone(), inner), 0..6).prop_map(Any::Entries),
        ]
    })
}

impl Any {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::F64(*number),
            Self::Single(number) => Value::F32(*number),
            Self::Signed(number) => Value::I64(*number),
            Self::Unsigned(number) => Value::U64(*number),
            Self::Long(number) => Value::I128(*number),
            Self::Yes(yes) => Value::Bool(*yes),
            Self::Text(text) => Value::Str(text),
            Self::Character(character) => Value::Char(*character),
            Self::Shown(text) => Value::Display(text),
            Self::Debugged(text) => Value::Debug(text),
            Self::Nothing | Self::List(_) | Self::Entries(_) => Value::Structure(self),
        }
    }

    /// What a parser makes of it.
    fn parsed(&self) -> Parsed {
        match self {
            Self::Number(number) if number.is_nan() => "NaN".into(),
            Self::Number(f64::INFINITY) => "Infinity".into(),
            Self::Number(f64::NEG_INFINITY) => "-Infinity".into(),
            Self::Number(number) => (*number).into(),
            Self::Single(number) if number.is_nan() => "NaN".into(),
            Self::Single(f32::INFINITY) => "Infinity".into(),
            Self::Single(f32::NEG_INFINITY) => "-Infinity".into(),
            Self::Single(number) => {
                // Halfway between two shortest texts std and zmij differ; either reads back as the same number.
                let mut buffer = zmij::Buffer::new();
                let printed = buffer.format_finite(*number);
                assert_eq!(printed.parse(), Ok(*number));
                printed.parse::<f64>().unwrap().into()
            }
            Self::Signed(number) => (*number).into(),
            Self::Unsigned(number) => (*number).into(),
            Self::Long(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => number.into(),
                (_, Ok(number)) => number.into(),
                _ => number.to_string().into(),
            },
            Self::Yes(yes) => (*yes).into(),
            Self::Text(text) | Self::Shown(text) => text.as_str().into(),
            Self::Character(character) => character.to_string().into(),
            Self::Debugged(text) => format!("{text:?}").into(),
            Self::Nothing => Parsed::Null,
            Self::List(list) => list.iter().map(Self::parsed).collect(),
            Self::Entries(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    object.insert(free(&object, key.value().to_string()), value.parsed());
                }
                object.into()
            }
        }
    }
}

/// A key that is not there yet.
fn free(object: &Map<String, Parsed>, mut key: String) -> String {
    while object.contains_key(&key) {
        key.push('_');
    }
    key
}

impl ringlog::Structure for Any {
    fn shape(&self) -> ringlog::Shape {
        match self {
            Self::List(_) => ringlog::Shape::List,
            Self::Entries(_) => ringlog::Shape::Map,
            _ => ringlog::Shape::Nothing,
        }
    }

    fn parts(&self, each: &mut dyn FnMut(Value<'_>, Value<'_>)) {
        match self {
            Self::List(list) => list.iter().for_each(|value| each(Value::U64(0), value.value())),
            Self::Entries(entries) => {
                entries.iter().for_each(|(key, value)| each(key.value(), value.value()))
            }
            _ => {}
        }
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn serde_json_reads_back_what_was_logged(
        message in nasty(),
        thread in nasty(),
        names in prop::collection::vec(nasty(), 0..5),
        values in prop::collection::vec(anything(), 5),
        under in prop::option::of(nasty()),
    ) {
        let layout = Json::new();
        let layout = match &under {
            Some(name) => match layout.clone().fields_under(name) {
                Ok(layout) => layout,
                Err(_) => return Ok(()),
            },
            None => layout,
        };
        let leaked: Vec<&'static str> = names.iter().map(|name| &*name.clone().leak()).collect();
        let logged: Vec<_> = leaked.iter().zip(&values).map(|(name, value)| (*name, value.value())).collect();
        let text = print(&layout, &thread, &message, &logged);
        let line = text.strip_suffix('\n').unwrap();
        prop_assert!(!line.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{line}");

        let thread = if thread.is_empty() { "4711" } else { &thread };
        let members = json!({
            "time": "2026-11-22T21:18:55.123456789Z", "level": "INFO", "target": "orders", "thread": thread,
            "message": message,
        });
        let Parsed::Object(mut expected) = members else { unreachable!() };
        let mut fields = match &under {
            Some(_) => Map::new(),
            // A logger's name has its place kept, though records of the default logger lack it.
            None => Map::from_iter(expected.clone().into_iter().chain([("logger".to_owned(), Parsed::Null)])),
        };
        for (name, value) in names.iter().zip(&values) {
            let key = free(&fields, name.clone());
            fields.insert(key, value.parsed());
        }
        match under {
            None => {
                fields.remove("logger");
                expected = fields;
            }
            Some(_) if names.is_empty() => {}
            Some(name) => {
                expected.insert(name, fields.into());
            }
        }
        prop_assert_eq!(parse(line), Parsed::Object(expected), "{}", line);
    }
}
