//! Fields in lines of text, and values that are kept out of the log.

mod common;

use common::{close, lines_with_fields};
use ringlog::__private::{ByValue, Debug, Reader, Scratch, Typed, Unit, Writer, render};
use ringlog::layout::Json;
use ringlog::{Builder, Encode, Secret, info, sink};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

#[derive(Clone, Copy, Debug, Encode)]
enum Side {
    Buy,
}

#[test]
fn every_form_of_a_field() {
    let (order_id, price, qty, side) = (7_u64, 12.5, 100, Side::Buy);
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
    struct Request {
        id: u8,
    }
    let request = Request { id: 1 };
    assert_eq!(
        lines_with_fields(|log| {
            info!(logger: log, order_id, px = price, side = ?side, peer = %addr, "filled {qty}");
            info!(logger: log, %addr, ?side, side, "bare");
            info!(logger: log, request.id, http.path = "GET /", "content type" = "text", yes = true);
            info!(logger: log, user = "Ada \"L.\"\n", shown = %"Ada L.", debugged = ?"Ada L.", owned = String::from("é"));
            info!(logger: log, none = None::<u8>, some = Some(1), list = [1.0, 2.5], c = 'c', whole = 2.0);
        }),
        [
            "filled 100 order_id=7 px=12.5 side=Buy peer=127.0.0.1:80",
            "bare addr=127.0.0.1:80 side=Buy side=Buy",
            " request.id=1 http.path=\"GET /\" content type=\"text\" yes=true",
            " user=\"Ada \\\"L.\\\"\\n\" shown=Ada L. debugged=\"Ada L.\" owned=\"é\"",
            " none=None some=Some(1) list=[1.0, 2.5] c=c whole=2",
        ]
    );
}

#[test]
fn text_prints_in_quotes_as_its_debug_does() {
    for text in ["", "plain", "two words", "\"", "\\", "tab\t", "\u{7f}", "a\u{301}", "\u{202e}", "日本"] {
        let [line] = &*lines_with_fields(|log| info!(logger: log, text)) else { panic!("one line") };
        assert_eq!(*line, format!(" text={text:?}"));
    }
}

/// Whether the log call copies a field's value, rather than to format it.
#[test]
fn numbers_of_open_type_are_copied() {
    use ringlog::__private::ways::*;
    use ringlog::__private::{Argument, Bare};
    fn is_copied<T>(_: &ByValue<'_, T, Typed>) {}
    let (price, qty) = (12.5, 100);
    is_copied::<f64>(&(&&&&&Argument(&price, Bare)).field());
    is_copied::<i32>(&(&&&&&Argument(&qty, Bare)).field());
}

/// The words of a value.
fn words(unit: &mut impl Unit) -> Vec<u64> {
    let mut text = Vec::new();
    unit.prepare(&mut Scratch::new(&mut text));
    let mut words = vec![0; unit.words()];
    // SAFETY: there is room for what the unit asked for.
    unsafe { unit.encode(&text, &mut Writer::new(words.as_mut_ptr())) };
    words
}

#[derive(Encode, Debug)]
struct Login<'a> {
    user: &'a str,
    password: Secret<String>,
    pin: Secret<&'a str>,
}

#[test]
fn a_secret_is_not_among_the_words_of_a_record() {
    let contains = |words: &[u64], needle: &[u8]| {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        bytes.windows(needle.len()).any(|window| window == needle)
    };
    let login = Login { user: "ada", password: String::from("hunter2").into(), pin: "4711".into() };
    let in_record = words(&mut ByValue::new(&login, Debug));
    assert!(contains(&in_record, b"ada"));
    assert!(!contains(&in_record, b"hunter2") && !contains(&in_record, b"4711"));
    let list = words(&mut ByValue::new(&vec![Secret::new("hunter2"); 3], Debug));
    assert_eq!(list, [3]);
    // SAFETY: these are the words of such a value.
    let view = unsafe { <Login<'_> as Encode>::decode(&mut Reader::new(&in_record)) };
    assert_eq!((view.user, view.password.expose().as_str(), *view.pin.expose()), ("ada", "", ""));
}

#[test]
fn a_secret_prints_as_three_stars_in_every_way() {
    struct Foreign;
    let (token, key) = (Secret::new(String::from("s3cr3t")), Secret::new(Foreign));
    let login = Login { user: "ada", password: token.clone(), pin: "1".into() };
    assert_eq!(render!("{token} {token:?} {token:#?} {token:>5} {key}"), "*** *** ***   *** ***");
    assert_eq!(format!("{token} {token:?} {token:#?} {token:>5} {key}"), "*** *** ***   *** ***");
    assert_eq!(
        lines_with_fields(
            |log| info!(logger: log, token, t = %token, d = ?token, o = Some(token.clone()), login, list = [key], "x")
        ),
        [
            "x token=*** t=*** d=*** o=Some(***) login=Login { user: \"ada\", password: ***, pin: *** } list=[***]"
        ]
    );
    let kept = Arc::new(Mutex::new(Vec::new()));
    let bytes = Arc::clone(&kept);
    let sink =
        sink::Callback::new(move |new| bytes.lock().unwrap().extend_from_slice(new)).layout(Json::empty());
    let runtime = Builder::new().filter("trace").sink(sink).start().unwrap();
    info!(logger: runtime, token, o = Some(token.clone()), login);
    close(&runtime);
    assert_eq!(
        String::from_utf8(kept.lock().unwrap().clone()).unwrap(),
        "{\"token\":\"***\",\"o\":\"***\",\"login\":{\"user\":\"ada\",\"password\":\"***\",\"pin\":\"***\"}}\n"
    );
}

#[test]
fn a_secret_is_exposed_on_demand_alone() {
    let mut secret = Secret::from(vec![1, 2]);
    secret.expose_mut().push(3);
    assert_eq!(secret.expose(), &[1, 2, 3]);
    assert_eq!(secret.into_exposed(), [1, 2, 3]);
    let borrowed: &Secret<[u8]> = &Secret::new([1, 2]);
    assert_eq!((borrowed.expose().len(), format!("{borrowed:?}")), (2, "***".to_owned()));
}

/// A field whose `Display` fails leaves the rest of the line alone.
#[test]
fn a_field_that_fails_is_marked() {
    #[derive(Encode)]
    struct Fails;
    impl fmt::Display for Fails {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    assert_eq!(lines_with_fields(|log| info!(logger: log, a = Fails, b = 1)), [" a=<formatting failed> b=1"]);
}
