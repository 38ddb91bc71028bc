//! One record to text: M1 (`"order {} qty {} px {}"`) through the default pattern, beside the same bytes put
//! together by hand out of their parts.

use criterion::{Criterion, criterion_group, criterion_main};
use ringlog::__private::{Callsite, Output, Place, Reader, Statement, record};
use ringlog::layout::{Escape, Layout as _, Text};
use ringlog::{Level, ThreadInfo};
use std::fmt;
use std::hint::black_box;

const LINE: &str =
    "2026-11-22T21:18:55.123456789Z INFO  [gateway-1] gateway::session: order 1048576 qty 250 px 101.25\n";
const NANOS: u64 = 1_795_382_335_123_456_789;

unsafe fn message(_: &Statement, reader: &mut Reader<'_>, out: &mut Output<'_>) -> fmt::Result {
    // SAFETY: the statement's records hold three words.
    let (id, quantity, price) = unsafe { (reader.word(), reader.word(), f64::from_bits(reader.word())) };
    out.literal("order ");
    out.unsigned(id);
    out.literal(" qty ");
    out.unsigned(quantity);
    out.literal(" px ");
    out.trusted(zmij::Buffer::new().format(price));
    Ok(())
}

static CALLSITE: Callsite = Callsite::new(Place {
    level: Level::Info,
    target: "gateway::session",
    module: "gateway::session",
    file: "src/session.rs",
    line: 42,
    format: "order {} qty {} px {}",
});
static STATEMENT: Statement = Statement::new(&CALLSITE, message);

/// The statement once more, on another line.
fn copy(line: u32) -> &'static Statement {
    let callsite = Box::leak(Box::new(Callsite::new(Place { line, ..*CALLSITE.place() })));
    Box::leak(Box::new(Statement::new(callsite, message)))
}

/// The floor: the same copies without a pattern, a record or a look at what may need an escape.
fn by_hand(bytes: &mut Vec<u8>, time: &str, thread: &str, [id, quantity, price]: [u64; 3]) {
    for text in [time, " INFO  [", thread, "] gateway::session: "] {
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(b"order ");
    bytes.extend_from_slice(itoa::Buffer::new().format(id).as_bytes());
    bytes.extend_from_slice(b" qty ");
    bytes.extend_from_slice(itoa::Buffer::new().format(quantity).as_bytes());
    bytes.extend_from_slice(b" px ");
    bytes.extend_from_slice(zmij::Buffer::new().format(f64::from_bits(price)).as_bytes());
    bytes.push(b'\n');
}

fn format(criterion: &mut Criterion) {
    let thread = ThreadInfo::new("gateway-1", 4711);
    let words = [1_048_576, 250, 101.25f64.to_bits()];
    let mut writer = Text::default().writer();
    let mut bytes = Vec::with_capacity(1 << 10);
    let mut print = |words: &[u64; 3], bytes: &mut Vec<u8>, unix_nanos| {
        bytes.clear();
        // SAFETY: these are the three words that the statement takes.
        let record = unsafe { record(&STATEMENT, words, unix_nanos, &thread, "") };
        writer.write(&record, bytes).expect("formats");
    };
    print(&words, &mut bytes, NANOS);
    assert_eq!(str::from_utf8(&bytes), Ok(LINE));

    let mut group = criterion.benchmark_group("format");
    group.bench_function("M1, default pattern", |bencher| {
        let mut unix_nanos = NANOS;
        bencher.iter(|| {
            unix_nanos += 60;
            print(black_box(&words), &mut bytes, unix_nanos);
            black_box(bytes.as_slice());
        });
    });
    group.bench_function("M1, of forty statements in turn", |bencher| {
        let copies: Vec<&'static Statement> = (0..40).map(copy).collect();
        let mut next = copies.iter().cycle();
        bencher.iter(|| {
            bytes.clear();
            let statement = next.next().expect("there is no end");
            // SAFETY: as above.
            let record = unsafe { record(statement, black_box(&words), NANOS, &thread, "") };
            writer.write(&record, &mut bytes).expect("formats");
            black_box(bytes.as_slice());
        });
    });
    group.bench_function("M1, message alone", |bencher| {
        // SAFETY: as above.
        let record = unsafe { record(&STATEMENT, &words, NANOS, &thread, "") };
        bencher.iter(|| {
            bytes.clear();
            black_box(&record).message(&mut bytes, Escape::Text).expect("formats");
            black_box(bytes.as_slice());
        });
    });
    bytes.clear();
    by_hand(&mut bytes, &LINE[..30], &thread.name, words);
    assert_eq!(str::from_utf8(&bytes), Ok(LINE));
    group.bench_function("M1, by hand", |bencher| {
        bencher.iter(|| {
            bytes.clear();
            by_hand(&mut bytes, black_box(&LINE[..30]), black_box(&thread.name), *black_box(&words));
            black_box(bytes.as_slice());
        });
    });
    let text = "the quick brown fox jumps over the lazy dog, ".repeat(20);
    for (name, escape) in
        [("value of 900 bytes, as text", Escape::Text), ("the same, unescaped", Escape::None)]
    {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                bytes.clear();
                Output::new(&mut bytes, escape).value(black_box(&text));
                black_box(bytes.as_slice());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, format);
criterion_main!(benches);
