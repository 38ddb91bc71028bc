//! Values on their way through a ring and a layout: what comes out is what `format!` prints.

use ringlog::__private::record;
use ringlog::__private::{Callsite, Output, Place, Reader, Statement};
use ringlog::layout::{Json, Layout, Text};
use ringlog::{Builder, Level, Runtime, ThreadInfo, Value, Visit, info, sink};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

/// Takes values out of the fuzzer's bytes; zeros where they end.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        let taken = self.take(8);
        bytes[..taken.len()].copy_from_slice(taken);
        u64::from_le_bytes(bytes)
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn text(&mut self) -> String {
        let len = usize::from(self.byte());
        String::from_utf8_lossy(self.take(len)).into_owned()
    }
}

static WRITTEN: [Mutex<Vec<u8>>; 3] = [const { Mutex::new(Vec::new()) }; 3];

/// A runtime whose sinks print messages as they are, as text, and as JSON.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let to = |place: usize| {
        sink::Callback::new(move |bytes| WRITTEN[place].lock().unwrap().extend_from_slice(bytes))
    };
    let pattern = |pattern| Text::pattern(pattern).expect("a pattern");
    Builder::new()
        .ring_capacity(4 << 10)
        .sink(to(0).layout(pattern("{message}").raw()))
        .sink(to(1).layout(pattern("{message}{fields}")))
        .sink(to(2).layout(Json::new()))
        .start()
        .expect("starts")
});

/// Each value prints through the ring what it prints by itself; text keeps to its line; JSON parses.
pub fn values(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let (a, b, text) = (bytes.number(), bytes.number() as i64, bytes.text());
    let float = f64::from_bits(bytes.number());
    let single = f32::from_bits(bytes.number() as u32);
    let character = char::from_u32(bytes.number() as u32).unwrap_or('\u{7f}');
    let wide = u128::from(a) << 64 | u128::from(bytes.number());
    let list: Vec<Option<String>> =
        (0..bytes.byte() % 5).map(|n| (n % 2 == 0).then(|| bytes.text())).collect();
    let small: Vec<u16> =
        bytes.take(usize::from(bytes.0.first().copied().unwrap_or(0))).iter().map(|&n| n.into()).collect();
    let map: BTreeMap<String, i8> =
        (0..bytes.byte() % 4).map(|_| (bytes.text(), bytes.byte() as i8)).collect();
    let time = Duration::new(bytes.number() >> 1, 7);
    let address = SocketAddr::from((bytes.number().to_le_bytes().map(u16::from), a as u16));
    let result: Result<bool, String> = if b < 0 { Err(bytes.text()) } else { Ok(b & 1 == 1) };
    let wanted = format!(
        "{a:>20}{b:+}{text}|{text:?}|{text:<9.3}{float}{float:?}{float:e}{single:.2}{character}{character:?}{wide:x}\
         {list:?}{small:?}{map:#?}{time:?}{address}{result:?}{:?}",
        (a, &text)
    );
    info!(
        logger: *RUNTIME, number = a, text = %text, ?list, float, wide, ?map, ?result,
        "{a:>20}{b:+}{text}|{text:?}|{text:<9.3}{float}{float:?}{float:e}{single:.2}{character}{character:?}{wide:x}\
         {list:?}{small:?}{map:#?}{time:?}{address}{result:?}{:?}",
        (a, &text)
    );
    RUNTIME.flush().expect("flushes");
    let [raw, line, json] = [0, 1, 2]
        .map(|place| String::from_utf8(std::mem::take(&mut *WRITTEN[place].lock().unwrap())).expect("UTF-8"));
    assert_eq!(raw.strip_suffix('\n'), Some(&*wanted));
    let record = line.strip_suffix('\n').expect("a line");
    // What `{:#?}` prints goes on in the next line, and stands further right than any record begins.
    let goes_on = |line: &str| line.starts_with("    ");
    assert!(record.lines().skip(1).all(goes_on), "{record:?}");
    assert!(!record.lines().any(|line| line.contains(char::is_control)), "{record:?}");
    let parsed: serde_json::Value =
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let message =
        parsed.as_object().expect("an object").values().any(|value| value.as_str() == Some(&wanted));
    assert!(message, "{json}");
    assert_eq!(json.lines().count(), 1);
}

static CALLSITE: Callsite = Callsite::new(Place {
    level: Level::Warn,
    target: "target",
    module: "module",
    file: "file.rs",
    line: 7,
    format: "",
});
static STATEMENT: Statement = Statement { fields: Some(fields), ..Statement::new(&CALLSITE, message) };

unsafe fn message(_: &Statement, _: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    out.value("the message");
    Ok(())
}

unsafe fn fields(_: &[&'static str], _: &mut Reader<'_>, visit: &mut dyn Visit) {
    visit.field("one", Value::U64(1));
}

/// Prints a record by a layout that was made of a pattern.
pub(crate) fn print(layout: &Text, pattern: &str) {
    let thread = ThreadInfo::new("thread", 1);
    let mut bytes = Vec::new();
    // A pattern can ask for padding of any width there is.
    // SAFETY: the statement's functions read no words.
    let record = unsafe { record(&STATEMENT, &[], 1_700_000_000_000_000_000, &thread, "logger") };
    layout.writer().write(&record, &mut bytes).expect("prints");
    let line = String::from_utf8(bytes).expect("UTF-8");
    assert!(line.ends_with('\n'), "{pattern:?}: {line:?}");
}
