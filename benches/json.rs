//! One record with three fields to a line of JSON, and the same by the text layout.

use criterion::{Criterion, criterion_group, criterion_main};
use ringlog::__private::{Callsite, Output, Place, Reader, Statement, record};
use ringlog::layout::{Json, Layout, Text};
use ringlog::{Level, ThreadInfo, Value, Visit};
use std::fmt;
use std::hint::black_box;

const LINE: &str = "{\"time\":\"2026-11-22T21:18:55.123456789Z\",\"level\":\"INFO\",\"target\":\"gateway::session\",\
                    \"thread\":\"gateway-1\",\"message\":\"order filled\",\"order_id\":1048576,\"px\":101.25,\
                    \"side\":\"buy\"}\n";
const NANOS: u64 = 1_795_382_335_123_456_789;

unsafe fn message(_: &Statement, _: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    out.literal("order filled");
    Ok(())
}

unsafe fn fields(_: &[&'static str], reader: &mut Reader<'_>, visit: &mut dyn Visit) {
    // SAFETY: the statement's records hold four words: two numbers, a length and up to eight bytes of text.
    unsafe {
        visit.field("order_id", Value::U64(reader.word()));
        visit.field("px", Value::F64(f64::from_bits(reader.word())));
        let len = reader.word() as usize;
        visit.field("side", Value::Str(str::from_utf8_unchecked(reader.bytes(len))));
    }
}

static CALLSITE: Callsite = Callsite::new(Place {
    level: Level::Info,
    target: "gateway::session",
    module: "gateway::session",
    file: "src/session.rs",
    line: 42,
    format: "order filled",
});
static STATEMENT: Statement = Statement { fields: Some(fields), ..Statement::new(&CALLSITE, message) };

fn json(criterion: &mut Criterion) {
    let thread = ThreadInfo::new("gateway-1", 4711);
    let words = [1_048_576, 101.25f64.to_bits(), 3, u64::from_ne_bytes(*b"buy\0\0\0\0\0")];
    let mut bytes = Vec::with_capacity(1 << 10);
    let mut group = criterion.benchmark_group("json");
    for (name, layout) in
        [("json, three fields", &Json::new() as &dyn Layout), ("text, three fields", &Text::default())]
    {
        let mut writer = layout.writer();
        let mut print = |bytes: &mut Vec<u8>, unix_nanos| {
            bytes.clear();
            // SAFETY: these are the four words that the statement takes.
            let record = unsafe { record(&STATEMENT, black_box(&words), unix_nanos, &thread, "") };
            writer.write(&record, bytes).expect("formats");
        };
        print(&mut bytes, NANOS);
        if name.starts_with("json") {
            assert_eq!(str::from_utf8(&bytes), Ok(LINE));
        }
        group.bench_function(name, |bencher| {
            let mut unix_nanos = NANOS;
            bencher.iter(|| {
                unix_nanos += 60;
                print(&mut bytes, unix_nanos);
                black_box(bytes.as_slice());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, json);
criterion_main!(benches);
