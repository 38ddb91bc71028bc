//! A derived `Encode`: the worker prints what the type's own `Display` and `Debug` print.

use ringlog::__private::{Reader, Writer, render};
use ringlog::{Encode, Rebuild};
use std::fmt::{self, Debug, Display};
use std::marker::PhantomData;

/// Encodes and decodes, and checks that the words were as many as announced.
fn through_words<T: Encode, R>(value: &T, read: impl for<'r> FnOnce(T::View<'r>) -> R) -> R {
    let mut words = vec![u64::MAX; value.words()];
    if let Some(fixed) = T::FIXED {
        assert_eq!(fixed, words.len());
    }
    let start = words.as_mut_ptr();
    // SAFETY: there is room for as many words as the value asks for, and they are read as the same type.
    unsafe {
        let mut writer = Writer::new(start);
        value.encode(&mut writer);
        assert_eq!(writer.position(), start.add(words.len()));
        let mut reader = Reader::new(&words);
        let view = T::decode(&mut reader);
        assert_eq!(reader.remaining(), 0);
        read(view)
    }
}

/// `render!` prints by way of `Encode`, and the same as `format!`.
macro_rules! deferred {
    ($value:expr) => {{
        let value = $value;
        fn is_encode<T: Encode + Rebuild>(_: &T) {}
        is_encode(&value);
        assert_eq!(render!("{value:?} {value:#?}"), format!("{value:?} {value:#?}"));
        let plain = format!("{value:?}");
        assert_eq!(through_words(&value, |view| format!("{view:?}")), plain);
    }};
}

#[derive(Encode, Debug)]
struct Named {
    id: u64,
    price: f64,
    flag: bool,
}

#[derive(Encode, Debug)]
struct Pair(u64, String);

#[derive(Encode, Debug)]
struct Unit;

#[derive(Encode, Debug)]
struct Empty {}

#[derive(Encode, Debug)]
struct Borrowing<'a, 'b> {
    symbol: &'a str,
    venue: &'b str,
    inner: Inner<'a>,
}

#[derive(Encode, Debug)]
struct Inner<'a>(&'a str);

#[test]
fn structs_of_every_shape() {
    deferred!(Named { id: 7, price: -0.0, flag: true });
    deferred!(Pair(u64::MAX, "text é".to_owned()));
    deferred!(Unit);
    deferred!(Empty {});
    assert_eq!(<Named as Encode>::FIXED, Some(3));
    assert_eq!(<Pair as Encode>::FIXED, None);
    assert_eq!(<Unit as Encode>::FIXED, Some(0));
}

#[test]
fn lifetimes_become_the_records() {
    let symbol = "ABC".to_owned();
    deferred!(Borrowing { symbol: &symbol, venue: "X", inner: Inner(&symbol[1..]) });
}

#[derive(Encode, Debug, Clone, Copy)]
enum Side {
    Buy,
    Sell = 9,
}

#[derive(Encode, Debug)]
enum Event<'a> {
    Nothing,
    Order(u64, &'a str),
    Fill { id: u64, side: Side },
}

#[derive(Encode, Debug)]
enum Even {
    A(u64),
    B { b: i64 },
}

#[test]
fn enums_of_every_shape() {
    deferred!(Side::Buy);
    deferred!(Side::Sell);
    deferred!(Event::Nothing);
    deferred!(Event::Order(3, "text"));
    deferred!(Event::Fill { id: 4, side: Side::Sell });
    deferred!(Even::A(1));
    deferred!(Even::B { b: -1 });
    assert_eq!(<Side as Encode>::FIXED, Some(1));
    assert_eq!(<Event<'_> as Encode>::FIXED, None);
    assert_eq!(<Even as Encode>::FIXED, Some(2));
}

#[derive(Encode, Debug)]
enum Never {}

#[test]
fn an_enum_without_variants_is_encode() {
    fn is_encode<T: Encode + Debug>() {}
    is_encode::<Never>();
}

#[derive(Encode, Debug)]
struct Wrapper<'a, T, const N: usize = 2>
where
    T: Clone,
{
    value: T,
    name: &'a str,
    unused: PhantomNumber<N>,
}

#[derive(Encode, Debug)]
struct PhantomNumber<const N: usize>;

#[derive(Encode, Debug)]
enum Either<A, B> {
    Left(A),
    Right(B),
}

impl<T: Display> Display for Either<T, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Left(value) | Self::Right(value)) = self;
        value.fmt(f)
    }
}

#[test]
fn generic_types() {
    deferred!(Wrapper::<_, 3> { value: 5_u64, name: "n", unused: PhantomNumber });
    deferred!(Wrapper::<_, 3> { value: "owned".to_owned(), name: "n", unused: PhantomNumber });
    deferred!(Either::<u64, String>::Left(1));
    deferred!(Either::<u64, String>::Right("r".to_owned()));
    deferred!(Either::<Either<u64, i32>, Pair>::Left(Either::Right(-1)));
}

#[test]
fn a_parameter_that_borrows_is_formatted_on_the_spot() {
    let text = "borrowed".to_owned();
    let value = Either::<&str, u64>::Left(&text);
    assert_eq!(render!("{value:?}"), format!("{value:?}"));
    struct NotEncode;
    impl Display for NotEncode {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("here")
        }
    }
    assert_eq!(
        render!("{:?}{}", PhantomData::<u8>, Either::<NotEncode, NotEncode>::Left(NotEncode)),
        "PhantomData<u8>here"
    );
}

#[derive(Encode, Debug)]
struct Static {
    name: &'static str,
    other: Option<&'static str>,
    bytes: &'static [u8],
    limit: &'static u32,
    nested: Option<Option<&'static u32>>,
}

#[test]
fn static_references_are_copied_as_addresses() {
    static LIMIT: u32 = 9;
    let value =
        Static { name: "name", other: Some("other"), bytes: b"ab", limit: &LIMIT, nested: Some(None) };
    let rebuilt: Static = through_words(&value, |view| view);
    assert!(std::ptr::eq(rebuilt.limit, &LIMIT));
    assert!(std::ptr::eq(rebuilt.name, value.name));
    deferred!(value);
    deferred!(Static { name: "", other: None, bytes: &[], limit: &LIMIT, nested: Some(Some(&LIMIT)) });
    assert_eq!(<Static as Encode>::FIXED, Some(2 + 3 + 2 + 1 + 3));
}

#[derive(Encode)]
struct Price {
    ticks: i64,
}

impl Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:02}", self.ticks / 100, self.ticks % 100);
        if f.alternate() {
            f.write_str("about ")?
        }
        f.pad(&text)
    }
}

impl fmt::LowerHex for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.ticks, f)
    }
}

#[test]
fn the_types_own_display_runs_under_every_spec() {
    let (price, width) = (Price { ticks: 12345 }, 9);
    assert_eq!(
        render!("{price}|{price:>10}|{price:#}|{price:<width$}|{price:.2}|{price:#x}"),
        format!("{price}|{price:>10}|{price:#}|{price:<width$}|{price:.2}|{price:#x}")
    );
    assert_eq!(render!(price, px = %price, "x"), "x price=123.45 px=123.45");
}

mod renamed {
    pub(super) mod path {
        pub(in super::super) use ::ringlog as logger;
    }
}

#[derive(Encode, Debug)]
#[encode(crate = crate::renamed::path::logger)]
struct Elsewhere {
    id: u64,
}

#[test]
fn the_crate_may_have_another_name() {
    deferred!(Elsewhere { id: 3 });
}

macro_rules! generated {
    ($name:ident, $field:ident: $type:ty) => {
        #[derive(Encode, Debug)]
        struct $name {
            $field: $type,
            fixed: u64,
        }
    };
}
generated!(Generated, field0: String);

#[test]
fn a_type_that_a_macro_writes() {
    deferred!(Generated { field0: "x".to_owned(), fixed: 2 });
}

#[test]
fn fields_named_as_our_own_variables() {
    #[derive(Encode, Debug)]
    struct Names {
        reader: u64,
        writer: u64,
        r#type: u64,
    }
    deferred!(Names { reader: 1, writer: 2, r#type: 3 });
}

#[test]
#[should_panic(expected = "variant 7")]
fn words_of_no_variant_panic() {
    // SAFETY: none of the words that follow an unknown variant is read.
    unsafe { Side::decode(&mut Reader::new(&[7])) };
}
