//! What it costs to measure and write the arguments of a log call, beside a plain `memcpy` of the same bytes.
//!
//! Each value is read back and compared before it is timed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ringlog::__private::{Encode, Output, Reader, Show, ShowFast, Writer};
use ringlog::layout::Escape;
use std::fmt::Debug;
use std::hint::black_box;

const ROOM: usize = 4096;

/// Measures, checks the room, and writes: what the log call does.
#[inline(always)]
fn write<T: Encode + ?Sized>(value: &T, words: &mut [u64; ROOM]) -> usize {
    let needed = value.words();
    assert!(needed <= ROOM);
    // SAFETY: there is room for the words that the value asked for.
    unsafe { value.encode(&mut Writer::new(words.as_mut_ptr())) };
    needed
}

fn encode<T: Encode + Debug>(criterion: &mut Criterion, name: &str, value: T)
where
    for<'r> T::View<'r>: Debug,
{
    let mut words = Box::new([0; ROOM]);
    let needed = write(&value, &mut words);
    {
        // SAFETY: the words are those of a value of this type.
        let view = unsafe { T::decode(&mut Reader::new(&words[..needed])) };
        assert_eq!(format!("{view:?}"), format!("{value:?}"));
    }
    criterion.bench_function(&format!("encode/{name}"), |bencher| {
        bencher.iter(|| {
            let needed = write(black_box(&value), &mut words);
            black_box(&mut words);
            needed
        });
    });
}

/// The words of a string by way of the library's `memcpy`, whatever its length.
#[inline(always)]
fn memcpy(text: &str, words: &mut [u64; ROOM]) -> usize {
    let needed = 1 + text.len().div_ceil(8);
    assert!(needed <= ROOM);
    words[0] = text.len() as u64;
    words[needed - 1] = 0;
    // SAFETY: there is room, as just seen, and the two are apart.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), words.as_mut_ptr().add(1).cast(), text.len()) };
    needed
}

fn strings(criterion: &mut Criterion) {
    for len in [3, 7, 8, 13, 16, 24, 32, 48, 55, 64, 72, 100, 200] {
        let text = "x".repeat(len);
        let mut words = Box::new([0; ROOM]);
        criterion.bench_function(&format!("encode/str {len} by memcpy"), |bencher| {
            bencher.iter(|| {
                let needed = memcpy(black_box(text.as_str()), &mut words);
                black_box(&mut words);
                needed
            });
        });
        encode(criterion, &format!("str {len}"), text.as_str());
    }
    // Lengths that no predictor of branches foresees.
    let mut random = 1_u64;
    let lengths = std::iter::repeat_with(|| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % 64
    });
    let texts: Vec<String> = lengths.take(1024).map(|len| "x".repeat(len)).collect();
    let mut group = criterion.benchmark_group("encode/1024 str of 0 to 63");
    group.throughput(Throughput::Elements(1024));
    let mut words = Box::new([0; ROOM]);
    let all = |words: &mut [u64; ROOM], write: fn(&str, &mut [u64; ROOM]) -> usize| {
        texts.iter().map(|text| write(black_box(text), words)).sum::<usize>()
    };
    assert_eq!(all(&mut words, memcpy), all(&mut words, write));
    group.bench_function("by memcpy", |bencher| bencher.iter(|| all(&mut words, memcpy)));
    group.bench_function("encoded", |bencher| bencher.iter(|| all(&mut words, write)));
}

fn values(criterion: &mut Criterion) {
    let texts: Vec<String> = (0..16).map(|i| format!("{i:055}")).collect();
    encode(criterion, "M1 (u64, u64, f64)", (1_u64, 2_u64, 3.5_f64));
    encode(criterion, "M2 (str of 24, u64)", ("a text of 24 characters!", 7_u64));
    encode(criterion, "M3 16 String of 55", texts);
    encode(criterion, "64 u64", (0..64).collect::<Vec<u64>>());
    encode(
        criterion,
        "64 Option<u32>",
        (0..64).map(|i| (i % 3 == 0).then_some(i)).collect::<Vec<Option<u32>>>(),
    );
    encode(criterion, "Result<str, u32>", Ok::<_, u32>("fine"));
}

fn show(criterion: &mut Criterion) {
    for float in [101.25, 0.1 + 0.2, 1e20] {
        let mut bytes = Vec::with_capacity(64);
        Show(&float).show(&mut Output::new(&mut bytes, Escape::None)).unwrap();
        assert_eq!(bytes, float.to_string().into_bytes());
        criterion.bench_function(&format!("show/{float}"), |bencher| {
            bencher.iter(|| {
                bytes.clear();
                Show(black_box(&float)).show(&mut Output::new(&mut bytes, Escape::None))
            });
        });
        criterion.bench_function(&format!("show/{float} by Display"), |bencher| {
            bencher.iter(|| {
                bytes.clear();
                Output::new(&mut bytes, Escape::None).write_fmt(format_args!("{}", black_box(float)))
            });
        });
    }
}

criterion_group!(benches, values, strings, show);
criterion_main!(benches);
