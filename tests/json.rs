//! The JSON layout: every line is an object, whatever is logged, and values keep their types.

mod common;

use common::close;
use ringlog::layout::{Json, JsonError, Layout, Member, Times};
use ringlog::{Builder, Encode, Runtime, info, sink, warn};
use serde_json::{Value as Parsed, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::net::Ipv4Addr;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is logged within `log`, through a runtime and this layout, line by line.
fn lines(layout: Json, log: impl FnOnce(&Runtime)) -> Vec<String> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let bytes = Arc::clone(&kept);
    let sink = sink::Callback::new(move |new| bytes.lock().unwrap().extend_from_slice(new)).layout(layout);
    let runtime = Builder::new().filter("trace").sink(sink).start().unwrap();
    log(&runtime);
    close(&runtime);
    let text = String::from_utf8(kept.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The same for one record, parsed.
fn line(layout: Json, log: impl FnOnce(&Runtime)) -> Parsed {
    let lines = lines(layout, log);
    assert_eq!(lines.len(), 1, "{lines:?}");
    parse(&lines[0])
}

fn parse(line: &str) -> Parsed {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// The fields of one record.
fn fields(log: impl FnOnce(&Runtime)) -> Parsed {
    line(Json::empty(), log)
}

#[test]
fn a_record_has_its_members_and_its_fields() {
    let layout = Json::new().member(Member::Line, "line").unwrap().member(Member::Module, "module").unwrap();
    let mut parsed = line(layout, |log| {
        let (order_id, price) = (7_u64, 12.5);
        warn!(logger: log, target: "orders", order_id, px = price, side = ?Some('b'), peer = %"a", "filled {}", "\"x\"");
    });
    let members = parsed.as_object_mut().unwrap();
    let time = members.remove("time").unwrap();
    assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    assert_eq!(members.remove("thread").unwrap(), std::thread::current().name().unwrap());
    assert!(members.remove("line").unwrap().as_u64().unwrap() > 20);
    assert_eq!(
        parsed,
        json!({
            "level": "WARN", "target": "orders", "module": "json", "message": "filled \"x\"",
            "order_id": 7, "px": 12.5, "side": "Some('b')", "peer": "a",
        })
    );
}

#[derive(Encode, Debug)]
enum Kind {
    Market,
    Limit(f64),
    Peg(u8, i8),
    Iceberg { shown: u32, r#type: Option<char> },
}

#[derive(Encode, Debug)]
struct Order {
    id: u64,
    symbol: String,
    kinds: Vec<Kind>,
    wrapped: Wrapped,
    unit: Unit,
    shown: Shown,
}

#[derive(Encode, Debug)]
struct Wrapped(i32);

#[derive(Encode, Debug)]
struct Unit;

/// Its `Display` says what it is.
#[derive(Encode, Debug)]
struct Shown(u32);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

#[test]
fn derived_types_are_what_serde_makes_of_them() {
    let order = Order {
        id: 1,
        symbol: "A\"B".into(),
        kinds: vec![
            Kind::Market,
            Kind::Limit(1.0),
            Kind::Peg(1, -1),
            Kind::Iceberg { shown: 3, r#type: None },
        ],
        wrapped: Wrapped(-5),
        unit: Unit,
        shown: Shown(9),
    };
    assert_eq!(
        fields(|log| info!(logger: log, order, shown = order.shown, all = [Shown(1), Shown(2)])),
        json!({
            "order": {
                "id": 1, "symbol": "A\"B", "wrapped": -5, "unit": "Unit", "shown": "#9",
                "kinds": ["Market", {"Limit": 1.0}, {"Peg": [1, -1]}, {"Iceberg": {"shown": 3, "type": null}}],
            },
            "shown": "#9",
            "all": ["#1", "#2"],
        })
    );
}

/// A tree as deep as one likes.
#[derive(Encode, Debug)]
struct Deep(u8, Vec<Deep>, Option<Flat>);

#[derive(Encode, Debug)]
struct Flat {
    map: BTreeMap<String, u8>,
}

#[test]
fn structures_of_the_standard_library_are_arrays_and_objects() {
    let flat = Flat { map: BTreeMap::from([("a\n".into(), 1)]) };
    let deep = Deep(1, vec![Deep(2, vec![], Some(flat))], None);
    let nested = vec![Some(vec![(1_u8, "x", true)]), None];
    let map = BTreeMap::from([(1_u32, vec![0.5_f32]), (2, vec![])]);
    let hashed = HashMap::from([("k", ())]);
    let failed: Result<u8, String> = Err("no".into());
    assert_eq!(
        fields(|log| {
            info!(logger: log, deep, nested, map, hashed, failed, none = None::<u8>, set = BTreeSet::from(['a']));
        }),
        json!({
            "deep": [1, [[2, [], {"map": {"a\n": 1}}]], null],
            "nested": [[[1, "x", true]], null],
            "map": {"1": [0.5], "2": []},
            "hashed": {"k": null},
            "failed": {"Err": "no"},
            "none": null,
            "set": ["a"],
        })
    );
}

#[test]
fn scalars_and_what_prints_alone() {
    #[derive(Debug)]
    struct Foreign;
    let (path, address) = (PathBuf::from("/tmp/\"x\""), Ipv4Addr::LOCALHOST);
    assert_eq!(
        fields(|log| {
            info!(logger: log, path, address, some = Some(5), yes = true, c = '"', nonzero = NonZero::new(3_u8), d = Duration::from_millis(5),
                foreign = ?Foreign, spot = %format_args!("{}\n", 1), list = [address]);
        }),
        json!({
            "path": "/tmp/\"x\"", "address": "127.0.0.1", "some": 5, "yes": true, "c": "\"", "nonzero": 3,
            "d": "5ms", "foreign": "Foreign", "spot": "1\n", "list": ["127.0.0.1"],
        })
    );
}

/// Whether its field is a number is not known where the derive runs.
#[derive(Encode, Debug)]
struct Generic<T>(T);

/// Not `Encode`: formatted by the log call.
#[derive(Debug)]
struct Spot;

#[test]
fn what_else_can_be_a_field() {
    let (mut changed, slice, bytes) = (vec![1, 2], &[1.5, f64::NAN][..], b"ab");
    let (boxed, shared): (Box<str>, Arc<[Option<u8>]>) = ("b".into(), Arc::new([None, Some(1)]));
    let cow = std::borrow::Cow::Borrowed("c");
    let error = "x".parse::<u8>().unwrap_err();
    assert_eq!(
        fields(|log| {
            info!(logger: log, slice, bytes, boxed, shared, cow, error = %error, changed = &mut changed, spots = ?[Spot],
                generic = Generic(1), wrapping = std::num::Wrapping(3_i8), twice = Some(Some(0)), sum = 1 + 2,
                call = slice.len(), nested = (1, ("a", [(); 1])), text = *boxed, range = 0..3);
        }),
        json!({
            "slice": [1.5, "NaN"], "bytes": [97, 98], "boxed": "b", "shared": [null, 1], "cow": "c",
            "error": "invalid digit found in string", "changed": [1, 2], "spots": "[Spot]", "generic": "Generic(1)",
            "wrapping": 3, "twice": 0, "sum": 3, "call": 2, "nested": [1, ["a", [null]]], "text": "b", "range": "0..3",
        })
    );
}

#[test]
fn numbers_that_json_lacks_are_strings() {
    let log = |log: &Runtime| {
        info!(logger: log, nan = f64::NAN, inf = f32::INFINITY, neg = [f64::NEG_INFINITY],
            max = u64::MAX, min = i64::MIN, small = 5_i128, large = u128::MAX, least = i128::MIN, fits = u64::MAX as u128,
            zero = -0.0, tiny = 5e-324, huge = f64::MAX, third = 0.1_f32, whole = 2.0);
    };
    let [text] = &*lines(Json::empty(), log) else { panic!("one line") };
    assert_eq!(
        text,
        "{\"nan\":\"NaN\",\"inf\":\"Infinity\",\"neg\":[\"-Infinity\"],\"max\":18446744073709551615,\
         \"min\":-9223372036854775808,\"small\":5,\"large\":\"340282366920938463463374607431768211455\",\
         \"least\":\"-170141183460469231731687303715884105728\",\"fits\":18446744073709551615,\"zero\":-0.0,\
         \"tiny\":5e-324,\"huge\":1.7976931348623157e+308,\"third\":0.1,\"whole\":2.0}"
    );
    parse(text);
    let safe = line(Json::empty().safe_integers(), log);
    assert_eq!(safe["max"], "18446744073709551615");
    assert_eq!(safe["min"], "-9223372036854775808");
    assert_eq!(safe["fits"], "18446744073709551615");
    assert_eq!(safe["small"], 5);
    let edges = line(Json::empty().safe_integers(), |log| {
        info!(logger: log, last = (1_u64 << 53) - 1, first = 1_u64 << 53, low = -(1_i64 << 53) + 1, lower = -(1_i64 << 53));
    });
    assert_eq!(
        edges,
        json!({
            "last": 9007199254740991_u64, "first": "9007199254740992",
            "low": -9007199254740991_i64, "lower": "-9007199254740992",
        })
    );
}

#[test]
fn no_key_stands_twice() {
    let [text] = &*lines(Json::new().without(Member::Time).without(Member::Thread), |log| {
        info!(logger: log, level = 1, a = 1, a = 2, message = 3, message_ = 4, time = 5, "x");
    }) else {
        panic!("one line")
    };
    assert_eq!(
        text,
        "{\"level\":\"INFO\",\"target\":\"json\",\"message\":\"x\",\
         \"level_\":1,\"a\":1,\"a_\":2,\"message_\":3,\"message__\":4,\"time\":5}"
    );
    let nested =
        lines(Json::new().without(Member::Time).without(Member::Thread).fields_under("f").unwrap(), |log| {
            info!(logger: log, level = 1, f = 2, f = 3);
        });
    assert_eq!(
        nested,
        ["{\"level\":\"INFO\",\"target\":\"json\",\"message\":\"\",\"f\":{\"level\":1,\"f\":2,\"f_\":3}}"]
    );
}

/// All values print alike.
#[derive(Encode, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Same(u8);

impl fmt::Display for Same {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("same\"")
    }
}

#[test]
fn keys_of_a_map_that_print_alike_are_told_apart() {
    let map = BTreeMap::from([(Same(1), 1), (Same(2), 2), (Same(3), 3)]);
    let printed = lines(Json::empty(), |log| info!(logger: log, map));
    assert_eq!(printed, ["{\"map\":{\"same\\\"\":1,\"same\\\"_\":2,\"same\\\"__\":3}}"]);
}

#[test]
fn keys_are_escaped() {
    let parsed = fields(|log| info!(logger: log, "a\"b\\\n\u{2028}😀" = 1, http.status = 200, "" = 2));
    assert_eq!(parsed, json!({"a\"b\\\n\u{2028}😀": 1, "http.status": 200, "": 2}));
}

#[test]
fn members_by_other_names_in_another_order_or_not_at_all() {
    let layout = Json::empty()
        .member(Member::Message, "msg\"")
        .unwrap()
        .member(Member::Level, "lvl")
        .unwrap()
        .member(Member::Logger, "log")
        .unwrap()
        .without_fields();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let bytes = Arc::clone(&kept);
    let sink = || {
        let bytes = Arc::clone(&bytes);
        sink::Callback::new(move |new| bytes.lock().unwrap().extend_from_slice(new)).layout(layout.clone())
    };
    let runtime = Builder::new().filter("trace").sink(sink()).start().unwrap();
    let audit = runtime.logger("audit\n").sink(sink()).build().unwrap();
    info!(logger: runtime, a = 1, "one");
    runtime.flush().unwrap();
    info!(logger: audit, a = 1, "two");
    close(&runtime);
    assert_eq!(
        String::from_utf8(kept.lock().unwrap().clone()).unwrap(),
        "{\"msg\\\"\":\"one\",\"lvl\":\"INFO\"}\n{\"msg\\\"\":\"two\",\"lvl\":\"INFO\",\"log\":\"audit\\n\"}\n"
    );
    assert_eq!(lines(Json::empty().without_fields(), |log| info!(logger: log, a = 1)), ["{}"]);
    assert_eq!(lines(Json::empty(), |log| info!(logger: log, "no fields")), ["{}"]);
    assert_eq!(lines(Json::empty().fields_under("f").unwrap(), |log| info!(logger: log, "none")), ["{}"]);
}

#[test]
fn a_name_that_is_taken_or_empty_is_an_error_that_says_so() {
    let error = Json::new().member(Member::File, "level").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the name `level` for `Member::File` is taken by `Member::Level`: each member of an object needs a name of its own"
    );
    assert_eq!(Json::new().fields_under("").unwrap_err(), JsonError::Empty { of: "the fields".into() });
    let under = Json::new().fields_under("extra").unwrap();
    assert!(under.clone().member(Member::Level, "extra").is_err());
    assert!(under.clone().context_under("extra").is_err());
    assert!(under.clone().fields_under("extra").is_ok());
    assert!(under.fields_under("time").is_err());
    assert!(Json::new().member(Member::Level, "level").is_ok());
    assert!(Json::new().without(Member::Level).member(Member::File, "level").is_ok());
}

#[test]
fn equal_layouts_have_equal_keys() {
    assert_eq!(Json::new().key(), Json::default().key());
    assert_ne!(Json::new().key(), Json::new().safe_integers().key());
    assert_ne!(Json::new().key(), Json::new().member(Member::Level, "l").unwrap().key());
    assert_ne!(Json::new().key(), Json::new().times(Times::UnixNanos).key());
}

#[test]
fn a_value_that_fails_or_panics_leaves_a_valid_line() {
    #[derive(Encode)]
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half\"")?;
            Err(fmt::Error)
        }
    }
    #[derive(Encode)]
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose")
        }
    }
    let printed = lines(Json::new(), |log| {
        info!(logger: log, fails = Fails, "{Fails}");
        info!(logger: log, a = [1], panics = Panics, "x");
        info!(logger: log, "last");
    });
    let printed: Vec<_> = printed.iter().map(|line| parse(line)).collect();
    assert_eq!(printed[0]["fails"], "half\"<formatting failed>");
    assert_eq!(printed[0]["message"], "half\"<formatting failed>");
    assert!(printed[1]["message"].as_str().unwrap().contains("panicked"), "{}", printed[1]);
    assert_eq!(printed[2]["message"], "last");
}
