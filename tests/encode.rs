//! What a value prints after its way through words is, byte for byte, what it prints itself.

use proptest::collection::{btree_map, btree_set, hash_map, hash_set, vec, vec_deque};
use proptest::prelude::*;
use ringlog::__private::{Encode, Output, Reader, Rebuild, Show, ShowAny, ShowFast, Writer};
use ringlog::layout::Escape;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const GUARD: u64 = 0x6775_6172_6467_7561;

/// The words of a value: all of them written, and none behind them.
fn written<T: Encode + ?Sized>(value: &T) -> Vec<u64> {
    let on = |filling: u64| {
        let mut words = vec![filling; value.words()];
        words.push(GUARD);
        // SAFETY: the words that the value asks for, and one more.
        let mut writer = unsafe { Writer::new(words.as_mut_ptr()) };
        // SAFETY: as above.
        unsafe { value.encode(&mut writer) };
        assert_eq!(
            writer.position().cast_const(),
            &raw const words[words.len() - 1],
            "words() is what encode writes"
        );
        assert_eq!(words.pop(), Some(GUARD), "no word behind the last");
        words
    };
    let words = on(0xAAAA_AAAA_AAAA_AAAA);
    assert_eq!(words, on(0x5555_5555_5555_5555), "all bits are written");
    if let Some(fixed) = T::FIXED {
        assert_eq!(words.len(), fixed);
    }
    words
}

/// Reads the value back. Its first argument only names the type.
fn read<'r, T: Encode + ?Sized>(_type: &T, words: &'r [u64]) -> T::View<'r> {
    let mut reader = Reader::new(words);
    // SAFETY: the words are `written` of the same type.
    let view = unsafe { T::decode(&mut reader) };
    assert_eq!(reader.remaining(), 0, "decode reads all that encode wrote");
    view
}

/// Compares a value with its view under each of the specs.
macro_rules! same {
    ($value:expr, $($spec:literal)+) => {
        // A `match` keeps what the value borrows from.
        match &$value {
            value => {
                let words = written(value);
                $(assert_eq!(format!($spec, read(value, &words)), format!($spec, value), "{}", $spec);)+
            }
        }
    };
}

/// The specs of `Debug`, for numbers and for what holds them.
macro_rules! same_debug {
    ($value:expr) => {
        match &$value {
            value => {
                debugs_itself(value);
                same!(
                    value, "{:?}" "{:#?}" "{:x?}" "{:#X?}" "{:5?}" "{:<+7?}" "{:*^9?}" "{:08.3?}" "{:.0?}" "{:#010?}"
                );
            }
        }
    };
}

/// Whether the view prints itself as `Debug` prints the value. If it does not, it prints nothing.
fn debugs_itself<T: Encode + Debug + ?Sized>(value: &T) -> bool {
    let words = written(value);
    let in_escape = |escape| {
        let (mut bytes, mut expected) = (b"before".to_vec(), b"before".to_vec());
        let is_shown = T::show_debug(&read(value, &words), &mut Output::new(&mut bytes, escape));
        if is_shown {
            Output::new(&mut expected, escape).write_fmt(format_args!("{value:?}")).unwrap();
        }
        assert_eq!(str::from_utf8(&bytes), str::from_utf8(&expected), "{escape:?}");
        is_shown
    };
    let [first, others @ ..] = [Escape::None, Escape::Text, Escape::Json].map(in_escape);
    assert_eq!(others, [first; 2]);
    first
}

#[test]
fn what_is_logged_often_prints_itself_under_debug() {
    assert!(debugs_itself(&vec![1_u64, 2, 3]));
    assert!(debugs_itself(&[-1.5, 0.0, -0.0, 7.0, 0.1]));
    assert!(debugs_itself(&Some(VecDeque::from([1.0_f32, 0.3]))));
    assert!(debugs_itself(&[vec![Some("a \"quoted\" word\n"), None], vec![], vec![Some("größe")]]));
    assert!(debugs_itself(&Some(Some(true))) && debugs_itself(&None::<u8>));
    assert!(debugs_itself(&Cow::Borrowed(&["a", "b"][..])));
    assert!(debugs_itself(&[Some(1e3), Some(f64::NAN), Some(1e300), Some(-1e-300)]));
    assert!(debugs_itself(&Box::<[u128]>::from([u128::MAX])) && debugs_itself(&[true, false]));
    assert!(debugs_itself(&Vec::<u8>::new()));
    // The last element does not: nothing stays of those before it.
    assert!(!debugs_itself(&[None, None, Some('c')]) && !debugs_itself(&['a', 'b']));
}

/// The specs of `Display`.
macro_rules! same_display {
    ($value:expr) => {
        same!($value, "{}" "{:5}" "{:<30}" "{:>40}" "{:*^33}" "{:+}" "{:.3}" "{:08.3}" "{:+012.1}" "{:#}" "{:.0}")
    };
}

macro_rules! same_integer {
    ($value:expr) => {{
        let value = $value;
        same_debug!(value);
        same_display!(value);
        same!(value, "{:x}" "{:#x}" "{:X}" "{:#034X}" "{:o}" "{:#o}" "{:b}" "{:#b}" "{:>140b}" "{:020x}");
    }};
}

/// What a derived type's field is, once it is put together again.
fn same_rebuilt<T: Rebuild + Debug + ?Sized>(value: &T)
where
    for<'r> T::Owned<'r>: Debug,
{
    let words = written(value);
    let rebuilt = T::rebuild(read(value, &words));
    assert_eq!(format!("{rebuilt:?}"), format!("{value:?}"));
    assert_eq!(format!("{rebuilt:#?}"), format!("{value:#?}"));
}

/// Compares what the worker prints for `{}` with what `format!` prints.
macro_rules! same_shown {
    ($value:expr) => {{
        let value = &$value;
        let (words, mut bytes) = (written(value), Vec::new());
        let view = read(value, &words);
        #[allow(clippy::needless_borrow)] // the macros' own way to choose between the traits
        (&Show(&view)).show(&mut Output::new(&mut bytes, Escape::None)).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("{}", value));
    }};
}

macro_rules! integers {
    ($($int:ident)*) => {
        proptest! {$(
            #[test]
            fn $int(value: $int) {
                same_integer!(value);
                same!(value, "{:e}" "{:E}" "{:.2e}" "{:+015e}");
                same_integer!(Wrapping(value));
                same_integer!(Saturating(value));
                same_shown!(value);
                same_shown!(Wrapping(value));
                same_shown!(Saturating(value));
                same_debug!(Cell::new(value));
                same_debug!([value, 0, $int::MAX]);
                same_debug!(vec![value, $int::MIN, value]);
                same_debug!(Some(value));
                same_rebuilt(&value);
                same_rebuilt(&[value; 3]);
                if let Some(value) = NonZero::new(value) {
                    same_integer!(value);
                    same_shown!(value);
                    same_debug!([value; 3]);
                    same_debug!([Wrapping(value.get()); 5].as_slice());
                    same_debug!(vec![value; 2]);
                    same_debug!(Some(value));
                    same_rebuilt(&value);
                }
            }
        )*}
    };
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! floats {
    ($($float:ident $bits:ident)*) => {$(
        fn $float(value: $float) {
            let words = written(&value);
            assert_eq!(read(&value, &words).to_bits(), value.to_bits(), "payload and all");
            same_display!(value);
            same_debug!(value);
            same!(value, "{:e}" "{:E}" "{:.3e}" "{:+020.1e}");
            same_shown!(value);
            same_debug!([value, 0.5]);
            same_debug!(vec![value; 3]);
            same_debug!(Wrapping(value));
            let words = written(&[value; 3][..]);
            let all = <&[$float]>::rebuild(read(&&[value; 3][..], &words));
            assert!(all.iter().all(|each| each.to_bits() == value.to_bits()));
        }

        proptest! {
            #[test]
            fn $bits(bits: $bits, plain in -1e6 as $float..1e6, cents: i32) {
                $float($float::from_bits(bits));
                $float(plain);
                $float(cents as $float / 100.0);
                $float(cents as $float);
            }
        }
    )*};
}

// The property tests of the floats are named by their bits.
#[allow(clippy::excessive_precision)] // numbers that lie exactly halfway, written out
mod by_bits {
    use super::*;

    floats!(f32 u32 f64 u64);

    #[test]
    fn the_edges_of_floats() {
        for value in [0.0, -0.0, 1.0, -1.0, 0.1, 1e-4, 9.999e-5, 1e7, 1e15, 1e16, 1e17, 123456789.125] {
            f64(value);
            f64(value.next_up());
            f64(value.next_down());
            f32(value as f32);
            f32((value as f32).next_up());
            f32((value as f32).next_down());
        }
        // Halfway between two shortest: `Display` rounds up.
        for value in [469_323.125, 3_203_927.25, 131_072.015_625, 12_345.000_976_562_5_f32] {
            f32(value);
            f32(-value);
        }
        for value in [700_000_000_000_000.25, 100_000_000_000_000.125, 12_345_678.000_488_281_25] {
            f64(value);
            f64(-value);
        }
        for value in
            [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, f64::MAX, 5e-324]
        {
            f64(value);
            f32(value as f32);
        }
        f64(f64::from_bits(0x7FF0_0000_0000_0001));
        f32(f32::from_bits(0xFF80_0001));
    }

    /// Numbers spread evenly over the exponents within which the fast way is taken.
    #[test]
    fn the_fast_way_of_floats_prints_what_display_prints() {
        let mut random = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..30_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mixed = random ^ (random >> 29);
            let exponent = 1023 - 15 + mixed % 68;
            same_shown!(f64::from_bits((exponent << 52) | (mixed >> 12)));
            let exponent = 127 - 15 + mixed % 42;
            same_shown!(f32::from_bits(((exponent << 23) | (mixed >> 41)) as u32));
            same_shown!((mixed % 100_000_000) as f64 / 100.0);
            same_shown!((mixed >> (mixed % 64)) as f64);
        }
    }
}

proptest! {
    #[test]
    fn bools_and_chars(yes: bool, char: char) {
        same_display!(yes);
        same_debug!(yes);
        same_shown!(yes);
        same_debug!(vec![yes, !yes]);
        same_debug!(Cell::new(yes));
        same_display!(char);
        same_debug!(char);
        same_shown!(char);
        same_debug!([char, 'x']);
        same_debug!(vec![char; 4]);
        same_rebuilt(&(yes, char));
        same_rebuilt(&Cow::Borrowed(&[char, 'y'][..]));
    }

    #[test]
    fn text(text in ".{0,200}", any: String) {
        for text in [text, any] {
            same_display!(text);
            same_debug!(text);
            same_display!(text.as_str());
            same_display!(&&text.as_str());
            same_debug!(Cow::Borrowed(text.as_str()));
            same_display!(Cow::<str>::Owned(text.clone()));
            same_display!(Box::new(text.clone()));
            same_display!(text.clone().into_boxed_str());
            same_display!(Rc::<str>::from(text.as_str()));
            same_display!(Arc::new(Box::new(text.clone())));
            same_display!(&mut text.clone());
            same_shown!(text);
            same_shown!(&text.as_str());
            same_shown!(Box::new(text.as_str()));
            same_debug!(Path::new(&text));
            same_debug!(PathBuf::from(&text));
            same_debug!(OsStr::new(&text));
            same_debug!(OsString::from(&text));
            same_rebuilt(&text);
            same_rebuilt(&text.as_str());
            same_rebuilt(&Cow::Borrowed(text.as_str()));
            same_rebuilt(&text.clone().into_boxed_str());
            same_rebuilt(&Arc::<str>::from(text.as_str()));
            same_rebuilt(&PathBuf::from(&text));
            same_rebuilt(&Path::new(&text));
            same_rebuilt(&OsString::from(&text));
        }
    }

    #[test]
    fn bytes_of_c_and_of_the_platform(bytes in vec(1..=u8::MAX, 0..100)) {
        let c = CString::new(bytes.clone()).unwrap();
        same_debug!(c);
        same_debug!(c.as_c_str());
        same_rebuilt(&c);
        same_rebuilt::<&CStr>(&c.as_c_str());
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            same_debug!(OsStr::from_bytes(&bytes));
            same_debug!(Path::new(OsStr::from_bytes(&bytes)));
        }
        same_debug!(bytes);
        same_debug!(bytes.as_slice());
        same_rebuilt(&bytes.as_slice());
    }

    #[test]
    fn sequences(
        numbers in vec(any::<u16>(), 0..40),
        floats in vec(any::<f64>(), 0..20),
        wide in vec(any::<i128>(), 0..9),
        texts in vec(".{0,80}", 0..20),
        queue in vec_deque(any::<i32>(), 0..20),
        pairs in vec(any::<(u8, String)>(), 0..6),
    ) {
        same_debug!(numbers);
        same_debug!(floats);
        same_debug!(wide);
        same_debug!(texts);
        same_debug!(texts.iter().map(String::as_str).collect::<Vec<_>>());
        same_debug!(texts.iter().collect::<Vec<&String>>().as_slice());
        same_debug!(queue);
        let mut wrapped = queue.clone();
        wrapped.rotate_left(queue.len() / 2);
        wrapped.extend(queue.iter().take(7));
        wrapped.drain(..queue.len() / 3);
        same_debug!(wrapped);
        same_debug!(texts.iter().cloned().collect::<VecDeque<_>>());
        same_debug!(Cow::Borrowed(texts.as_slice()));
        same_debug!(Cow::Borrowed(numbers.as_slice()));
        same_debug!(numbers.iter().map(|n| [*n, 1, 2]).collect::<Vec<_>>());
        same_debug!(pairs);
        same_debug!(pairs.clone().into_boxed_slice());
        same_rebuilt(&pairs.clone().into_boxed_slice());
        same_rebuilt(&texts);
        same_rebuilt(&wrapped);
        same_rebuilt(&numbers.as_slice());
        same_rebuilt(&Rc::<[String]>::from(texts));
    }

    #[test]
    fn maps_and_sets(
        numbers in hash_map(any::<u8>(), any::<f32>(), 0..20),
        texts in hash_map(".{0,20}", vec(".{0,9}", 0..4), 0..8),
        sorted in btree_map(".{0,20}", any::<Option<u64>>(), 0..8),
        hashed_set in hash_set(".{0,20}", 0..8),
        bytes in hash_set(any::<u8>(), 0..20),
        sorted_set in btree_set(any::<(i8, String)>(), 0..8),
        halves in btree_set(any::<u16>(), 0..20),
    ) {
        same_debug!(numbers);
        same_debug!(texts);
        same_debug!(sorted);
        same_debug!(hashed_set);
        same_debug!(bytes);
        same_debug!(sorted_set);
        same_debug!(halves);
        same_debug!(vec![texts, Default::default()]);
        same_rebuilt(&sorted);
        same_rebuilt(&sorted_set);
        same_rebuilt(&halves);
    }

    #[test]
    fn nested(
        texts in vec(vec(".{0,20}", 0..4), 0..5),
        deep: Option<Vec<Option<(u8, Option<String>, [u16; 3])>>>,
        result: Result<String, Option<u64>>,
        fixed: Result<u8, (u64, f64)>,
        unequal: [Result<u128, Option<Result<(), u8>>>; 4],
    ) {
        same_debug!(texts);
        same_debug!(deep);
        same_debug!(result);
        same_debug!(result.as_ref().map(String::as_str));
        same_debug!(fixed);
        same_debug!(vec![fixed; 3]);
        same_debug!(unequal);
        same_debug!(Some(texts.as_slice()));
        same_debug!((&texts, &deep, [&result, &result]));
        same_rebuilt(&texts);
        same_rebuilt(&deep);
        same_rebuilt(&result);
        same_rebuilt(&fixed);
        same_rebuilt(&unequal);
    }

    #[test]
    fn tuples_and_ranges(a: u8, b: Option<String>, c: f64, d: char) {
        same_debug!((a,));
        same_debug!((a, &b));
        same_debug!((&b, c, a));
        same_debug!((a, &b, c, d));
        same_debug!((a, c, d, a, c));
        same_debug!((a, &b, c, d, a, &b, c, d, a, &b, c, d));
        same_debug!((a, c, d, a, c, d, a, c, d, a, c));
        same_debug!(c..f64::from(a));
        same_debug!(&b..&b);
        same_debug!(a..);
        same_debug!(..d);
        same_debug!(..=&b);
        same_rebuilt(&(a, b.clone(), c, d, (a, b.clone())));
        same_rebuilt(&(b.clone()..b));
    }

    #[test]
    fn addresses(v4: Ipv4Addr, v6: Ipv6Addr, port: u16, flow: u32, scope: u32) {
        let (socket4, socket6) = (SocketAddrV4::new(v4, port), SocketAddrV6::new(v6, port, flow, scope));
        macro_rules! all {
            ($($value:expr),*) => {$(
                same_display!($value);
                same_debug!($value);
                same_shown!($value);
                same_debug!(vec![$value; 2]);
                same_rebuilt(&$value);
            )*};
        }
        all!(v4, v6, IpAddr::V4(v4), IpAddr::V6(v6), socket4, socket6, SocketAddr::V4(socket4), SocketAddr::V6(socket6));
        let words = written(&socket6);
        prop_assert_eq!(read(&socket6, &words), socket6, "flow and scope too");
    }

    #[test]
    fn times(secs: u64, nanos in 0..1_000_000_000_u32, far in i64::MIN..=i64::MAX) {
        let length = Duration::new(secs, nanos);
        same_debug!(length);
        same_debug!(Duration::from_nanos(secs));
        same_rebuilt(&length);
        let distance = Duration::new(far.unsigned_abs(), nanos);
        let time = if far >= 0 { UNIX_EPOCH.checked_add(distance) } else { UNIX_EPOCH.checked_sub(distance) };
        if let Some(time) = time {
            let words = written(&time);
            prop_assert_eq!(read(&time, &words), time);
            same_debug!(time);
            same_rebuilt(&time);
        }
    }

    #[test]
    fn pointers(value: u64, address: usize) {
        let (wild, here) = (std::ptr::without_provenance::<u32>(address), &raw const value);
        same_debug!(wild);
        same_debug!(here.cast_mut());
        same_debug!(Some(here));
        let words = written(&wild);
        let view = read(&wild, &words);
        prop_assert_eq!(format!("{view:p} {view:#p} {view:30p}"), format!("{wild:p} {wild:#p} {wild:30p}"));
    }
}

#[test]
fn every_length_of_bytes_is_copied_whole_and_filled_up() {
    let source: Vec<u8> = (1..=255).cycle().take(600).collect();
    for len in 0..source.len() {
        for start in [0, 1, 5].into_iter().filter(|start| start + len <= source.len()) {
            // A vector of its own, so that a read behind it is one that a checker of memory sees.
            let bytes = source[start..][..len].to_vec();
            let words = written(bytes.as_slice());
            assert_eq!(words[0], len as u64);
            let copied: Vec<u8> = words[1..].iter().flat_map(|word| word.to_ne_bytes()).collect();
            assert_eq!(copied[..len], bytes);
            assert!(copied[len..].iter().all(|byte| *byte == 0));
        }
    }
}

#[test]
fn what_is_empty_prints_as_empty() {
    same_debug!(());
    same_debug!("");
    same_debug!(String::new());
    same_debug!(Vec::<u64>::new());
    same_debug!([""; 0]);
    same_debug!([0_u8; 0]);
    same_debug!(Vec::<Vec<String>>::new());
    same_debug!(vec![Vec::<String>::new(), vec![String::new()]]);
    same_debug!(Some(Vec::<Option<&str>>::new()));
    same_debug!(VecDeque::<u8>::new());
    same_debug!(BTreeMap::<u8, String>::new());
    same_debug!(BTreeSet::<u8>::new());
    same_debug!([(), ()]);
    same_debug!(vec![(); 5]);
    same_debug!(None::<[u64; 4]>);
    same_debug!(None::<[u64; 40]>);
    same_debug!(Err::<(), &str>(""));
    same_debug!(Ok::<Result<&str, u8>, ()>(Ok("")));
    same_debug!(..);
    same_debug!(PhantomData::<str>);
    same_debug!([std::cmp::Ordering::Less, std::cmp::Ordering::Equal, std::cmp::Ordering::Greater]);
    same_debug!(UNIX_EPOCH);
    same_debug!(SystemTime::now());
}

#[test]
fn sizes_are_known_at_compile_time_where_they_can_be() {
    assert_eq!(<(u64, &u64, f64)>::FIXED, Some(3));
    assert_eq!(<[u8; 17]>::FIXED, Some(3));
    assert_eq!(<[(u8, u8); 3]>::FIXED, Some(6));
    assert_eq!(<[String; 3]>::FIXED, None);
    assert_eq!(<Option<Box<u32>>>::FIXED, Some(2));
    assert_eq!(<Option<[u64; 9]>>::FIXED, None);
    assert_eq!(<Result<u8, [u64; 3]>>::FIXED, Some(4));
    assert_eq!(<std::ops::Range<u8>>::FIXED, Some(2));
    assert_eq!(str::FIXED, None);
}

#[test]
fn a_sequence_tells_how_long_it_is() {
    let texts = vec!["a".to_owned(), "a longer one".to_owned()];
    let words = written(&texts);
    assert_eq!(words[..2], [2, 5], "count, and the words that follow");
    let view = read(&texts, &words);
    assert_eq!((view.len(), view.is_empty()), (2, false));
    assert_eq!(view.iter().collect::<Vec<_>>(), ["a", "a longer one"]);
    assert_eq!(view.iter().len(), 2);
}

struct Nothing;

// SAFETY: one word each way.
unsafe impl Encode for Nothing {
    type View<'r> = u64;
    const FIXED: Option<usize> = Some(1);

    fn words(&self) -> usize {
        1
    }

    unsafe fn encode(&self, writer: &mut Writer) {
        // SAFETY: passed on.
        unsafe { writer.word(7) }
    }

    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> u64 {
        // SAFETY: passed on.
        unsafe { reader.word() }
    }
}

#[test]
#[should_panic(expected = "can't be logged")]
fn more_values_without_size_than_words_can_be_addressed_are_refused() {
    // SAFETY: values without size can stand anywhere, in any number.
    let many =
        unsafe { std::slice::from_raw_parts(std::ptr::NonNull::<Nothing>::dangling().as_ptr(), usize::MAX) };
    let _ = many.words();
}
