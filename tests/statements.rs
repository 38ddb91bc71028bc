//! What a log statement prints is what `format!` prints, whatever form it is written in.

use ringlog::__private::render;
use std::fmt;

/// The same text by `render!` and by `format!`.
macro_rules! same {
    ($($tokens:tt)*) => {
        assert_eq!(render!($($tokens)*), format!($($tokens)*));
    };
}

/// A type that the library knows nothing of.
#[derive(Debug, Clone, PartialEq)]
struct Foreign {
    price: f64,
    name: &'static str,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

const FOREIGN: Foreign = Foreign { price: 1.5, name: "añb" };

/// Short pieces are printed as blocks of 16 bytes.
#[test]
fn pieces_of_about_the_length_of_a_block() {
    same!("14 characters {}15 characters_{}16 characters __{}17 characters ___{}", 1, 2, 3, 4);
    same!("{}33 characters of plain text, or so{}größe von 16 By{}größe von 17 Byt{}", 1, 2, 3, 4);
    same!(
        "{}sieben 日本{}sechzehn Zeichen{}ä日本日本日本日本日本日本日本本{}\n16 characters \"\"{}",
        1,
        2,
        3,
        4,
        5
    );
}

#[test]
fn literals_and_escapes() {
    same!("");
    same!("plain");
    same!("{{}} {{{{ }}");
    same!(r#"raw "quoted" {{}} \n"#);
    same!("tab\t newline\n unicode \u{1F600} é");
    same!(
        "continued \
         line"
    );
    same!("trailing comma",);
}

#[test]
fn positional_named_and_captured_arguments() {
    let (order, qty, side) = (7_u64, 100_u32, "buy");
    same!("order {} qty {} side {}", order, qty, side);
    same!("{1} {0} {1}", order, qty);
    same!("{} {0} {} {1}", order, qty);
    same!("{order} {qty:>8} {side:?}");
    same!("{a} {b:?} {} {a}", order, a = qty, b = side);
    same!("{a}{a}{a:?}", a = order + 1);
}

#[test]
fn every_spec_of_a_number() {
    let (n, m, x) = (255_i32, -7_i64, 1234.5678_f64);
    same!("{n} {n:?} {n:x} {n:X} {n:#x} {n:#X} {n:o} {n:#o} {n:b} {n:#b} {n:e} {n:E}");
    same!(
        "{n:+} {n:5} {n:<5}| {n:^5}| {n:>5}| {n:05} {n:+08} {n:#010x} {n:#06b} {n:x?} {n:X?} {n:#x?} {n:#?}"
    );
    same!("{m} {m:+} {m:06} {m:*^9} {m:x} {m:é>9} {m:->9} {m:+<9} {m:#<9} {m:0<9} {m:<<9} {m:^^9}");
    same!("{x} {x:?} {x:.0} {x:.2} {x:10.3} {x:<10.1}| {x:+010.2} {x:e} {x:E} {x:.2e} {x:#?}");
    same!("{:?} {} {:?}", f64::NAN, -0.0_f64, f64::INFINITY);
}

#[test]
fn every_spec_of_text() {
    let (text, c, yes) = ("quote \" tab \t é", 'x', true);
    same!(
        "{text} {text:?} {text:30}| {text:>30} {text:^30}| {text:.4} {text:*^10.3} {c} {c:?} {c:4}| {yes} {yes:>6}"
    );
    let owned = text.to_owned();
    same!("{owned} {owned:?} {owned:.3}");
    assert_eq!(
        render!("{} {:>12} {:?}", *text, text[..5], (*text)),
        format!("{text} {:>12} {text:?}", "quote")
    );
}

#[test]
fn width_and_precision_from_arguments() {
    let (width, precision, x) = (12, 3, 2.0_f64 / 3.0);
    same!("{x:width$} {x:.precision$} {x:width$.precision$} {x:>+0width$.precision$}");
    same!("{:1$} {:.1$} {0:1$}", x, 9);
    same!("{:1$.2$} {:>1$}", x, 9, 4);
    same!("{:.*} {}", 3, x, 7);
    same!("{:>2$.*}|", 3, x, 9);
    same!("{:.*}", precision, "abcdef");
    same!("{:w$.p$}", x, w = width, p = precision);
    same!("{:0$}", 5);
    same!("{FOREIGN:width$} {FOREIGN:<0$.1$}|", 9, 2);
    same!("{:1$}", x, &9);
    same!(
        "{x:.1$} {0:>1$} {:+.*} {x:*^width$} {:?} {0:01$x} {x:.precision$} {FOREIGN:>0$} {0:<1$}| {x:e} {0}",
        7_usize,
        3_usize,
        "last"
    );
}

#[test]
fn a_width_greater_than_std_takes_is_the_greatest_that_it_takes() {
    let most = usize::from(u16::MAX);
    for width in [most, most + 1, usize::MAX] {
        assert_eq!(render!("{:width$}", 1), format!("{:most$}", 1));
        assert_eq!(render!("{FOREIGN:>width$}"), format!("{FOREIGN:>most$}"));
        assert_eq!(render!("{:.*}", width, "short"), "short");
    }
}

#[test]
fn whitespace_where_std_takes_it() {
    let n = 5;
    same!("{n } {n:? } {:4 } { }", n, 6);
    same!(
        "{n:?
    }"
    );
}

#[test]
fn what_rustc_takes_and_our_parser_leaves_alone() {
    let n = 5;
    same!("{n:.} {:}<4} {:{>4}", 6, 7);
}

#[test]
fn names_that_are_keywords() {
    let r#type = 3;
    same!("{type} {type:?} {}", r#type);
    same!("{fn}", fn = 4);
    same!("{r}", r#r = 5);
}

#[test]
fn types_without_encode_are_formatted_on_the_spot() {
    let (bytes, name) = (vec![FOREIGN, FOREIGN], "x");
    same!("{FOREIGN} {FOREIGN:?} {FOREIGN:#?} {FOREIGN:>9} {bytes:?} {bytes:#?} {name}");
    same!("{:?} {:>5}|", Some(FOREIGN), format_args!("{}-{}", 1, 2));
    let object: &dyn fmt::Display = &4;
    same!("{object} {:?}", &&5_u64 as &dyn fmt::Debug);
    assert_eq!(render!("{} {:>3}", *object, *object), "4   4");
    same!("{:p}", &FOREIGN);
    let place = &7_u64;
    same!("{place:p} {:p} {:#020p}", place, std::ptr::from_ref(place));
    let pointer = std::ptr::from_ref(place);
    let boxed = Box::new(pointer);
    same!("{:p} {:p} {pointer:p} {pointer:30p}", &pointer, boxed.as_ref());
}

#[test]
fn a_format_string_by_a_macro() {
    let n = 3;
    same!(concat!("a {} ", "b {:?}"), n, "c");
    same!(stringify!(a b));
    same!(concat!("{n}", "{{"), n = n);
    macro_rules! forwarded {
        ($format:literal, $($argument:expr),*) => { same!($format, $($argument),*) };
    }
    forwarded!("{} {:?}", 1 + 2, "x");
    macro_rules! expression {
        ($format:expr, $argument:expr) => {
            same!($format, $argument * 2)
        };
    }
    expression!("{}", 1 + 2);
}

#[test]
fn more_units_than_a_tuple_takes() {
    same!("{} {} {} {} {} {} {} {} {}", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    macro_rules! seventy {
        ($($n:literal)*) => {
            assert_eq!(render!(concat!($("{", $n, "}"),*), $($n),*), concat!($($n),*));
            same!("{0}{1}{2}{3}{4}{5}{6}{7}{8}{9}{10}{11}{12}{13}{14}{15}{16}{17}{18}{19}{20}{21}{22}{23}{24}{25}{26}\
                   {27}{28}{29}{30}{31}{32}{33}{34}{35}{36}{37}{38}{39}{40}{41}{42}{43}{44}{45}{46}{47}{48}{49}{50}\
                   {51}{52}{53}{54}{55}{56}{57}{58}{59}{60}{61}{62}{63}{64}{65}{66}{67}{68}{69:?}", $($n),*);
        };
    }
    seventy!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37
        38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69);
}

#[test]
fn temporaries_and_expressions_as_arguments() {
    let (values, flag) = ([1, 2, 3], true);
    same!(
        "{} {} {}",
        String::from("gone") + "!",
        &values[1..].len(),
        if values.len() > 2 { "a" } else { "b" }
    );
    same!("{} {:?}", { values[0] }, values.iter().map(|v| v * 2).collect::<Vec<_>>());
    same!("{} {}", -values[0], !flag as u8);
    same!("{}", values[0] + values[1] * 2);
    same!(
        "{}",
        match values.len() {
            3 => "three",
            _ => "other",
        }
    );
}

#[test]
fn generic_functions() {
    fn display<T: fmt::Display>(value: T) -> String {
        render!("{value} {value:>4}")
    }
    fn debug<T: fmt::Debug + ?Sized, const N: usize>(value: &T) -> String {
        render!("{value:?} {N} {:?}", *value,)
    }
    fn encoded<T: ringlog::Encode + fmt::Display>(value: T) -> String {
        render!("{value}")
    }
    assert_eq!(display(5), "5    5");
    assert_eq!(display(FOREIGN), "añb  añb");
    assert_eq!(debug::<_, 3>("x"), "\"x\" 3 \"x\"");
    assert_eq!(encoded(5_u64), "5");
}

impl Foreign {
    fn show(&self) -> String {
        render!("{self} {} {self:?}", self.price)
    }
}

#[test]
fn a_method_logs_its_own_fields() {
    assert_eq!(FOREIGN.show(), format!("{FOREIGN} 1.5 {FOREIGN:?}"));
}

#[test]
fn names_of_ours_do_not_hide_the_users() {
    let (out, a0, v0, visit, logger, level) = (1, 2, 3, 4, 5, 6);
    same!("{out} {a0} {v0} {} {} {}", visit, logger, level);
    same!("{:out$} {:a0$.v0$}", level, 2.0);
    assert_eq!(render!(out, a0 = v0, "{out}"), "1 out=1 a0=3");
}

#[test]
fn shadowed_names_of_the_prelude() {
    #[expect(dead_code)]
    struct Ok;
    #[expect(dead_code)]
    struct Some;
    #[expect(dead_code)]
    struct Option;
    #[expect(non_camel_case_types, dead_code)]
    struct usize;
    #[expect(unused_macros)]
    macro_rules! format_args {
        ($($t:tt)*) => {
            compile_error!("shadowed")
        };
    }
    let width = 4;
    assert_eq!(render!("{:width$}|{}", 1, 2), "   1|2");
}

#[test]
fn fields_print_by_the_trait_that_they_have() {
    let (order_id, price, side, peer) = (7_u64, 2.5_f64, Some(FOREIGN), "a b");
    #[derive(Debug)]
    struct DebugOnly;
    let http = (FOREIGN, 1);
    struct Request {
        status: u32,
    }
    let request = Request { status: 404 };
    assert_eq!(render!(order_id, px = price, "filled {peer}"), "filled a b order_id=7 px=2.5");
    assert_eq!(render!(%peer, ?peer, s = ?side, "x"), format!("x peer=a b peer=\"a b\" s={side:?}"));
    assert_eq!(render!(a = %FOREIGN, b = FOREIGN, c = DebugOnly), " a=añb b=añb c=DebugOnly");
    assert_eq!(
        render!(request.status, "http.code" = request.status + 1, http.kind = ?http.1,),
        " request.status=404 http.code=405 http.kind=1"
    );
    assert_eq!(render!(order_id), " order_id=7");
    assert_eq!(render!(text = peer.len(), unsized_ = *peer, "{order_id}"), "7 text=3 unsized_=a b");
    assert_eq!(
        render!(a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = true, "{}", 'z'),
        "z a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=true"
    );
}

#[test]
fn fields_of_generic_types() {
    fn bare<T: fmt::Debug>(value: T) -> String {
        render!(value)
    }
    assert_eq!(bare("x"), " value=\"x\"");
    assert_eq!(bare(5), " value=5");
}
