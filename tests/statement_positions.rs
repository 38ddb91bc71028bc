//! A log statement stands wherever an expression does, brings no warning into a strict crate, and evaluates its
//! arguments once, in order, or not at all.

#![deny(warnings, clippy::all, clippy::pedantic, missing_docs, unused_qualifications, rust_2018_idioms)]
#![deny(unreachable_pub, single_use_lifetimes, trivial_casts, trivial_numeric_casts, unused_results)]

use ringlog::{Level, debug, error, info, info_async, log, log_async, trace, trace_async, warn};
use std::cell::{Cell, RefCell};
use std::fmt::Display;

#[test]
fn every_level_takes_every_form() {
    let (id, name) = (7_u64, "name");
    trace!("{id}");
    debug!("{id} {name:?}");
    info!("literal");
    warn!(id, "{}", name);
    error!(target: "place", id, name = %name, "{id:>9} {:.*}", 2, 1.5);
    info!(id);
    info!(target: concat!("a", "b"), "x",);
    log!(Level::Info, "{id}");
    log!(target: "t", Level::Info, id, "{id}");
    log!(Level::Info, target: "t", "{id}");
}

#[test]
#[allow(clippy::single_match_else, clippy::single_match, reason = "the form is what is tested")]
fn as_an_expression() {
    let () = info!("x");
    let value = Some(3);
    match value {
        Some(n) => info!("{n}"),
        None => warn!("none"),
    }
    let log_it = |n: u32| info!("{n}");
    log_it(4);
    if value.is_some() {
        info!("a");
    } else {
        info!("b");
    }
    for _ in 0..2 {
        info!("loop");
    }
}

const fn two() -> usize {
    2
}

#[test]
fn within_generic_functions() {
    struct Holder<T, const N: usize>([T; N]);
    impl<T: Display, const N: usize> Holder<T, N> {
        fn log(&self) {
            info!(count = N, "{} of {N} {:>w$}", self.0[0], self.0[1], w = two());
        }
    }
    Holder([1.5, 2.5]).log();
    Holder(["a", "b", "c"]).log();
}

#[test]
fn arguments_are_evaluated_once_and_in_order() {
    let order = RefCell::new(Vec::new());
    let note = |n: u32| {
        order.borrow_mut().push(n);
        n
    };
    info!(a = note(1), b = %note(2), "{1} {x} {0} {1:?} {x:>5}", note(3), note(4), x = note(5));
    assert_eq!(order.take(), [1, 2, 3, 4, 5]);
    log!(if note(1) == 1 { Level::Error } else { Level::Info }, "{}", note(2));
    assert_eq!(order.take(), [1, 2]);
    drop(info_async!("{} {}", note(1), note(2)));
    assert_eq!(order.take(), [1, 2]);
}

#[test]
fn a_disabled_statement_evaluates_nothing() {
    let count = Cell::new(0);
    let touch = || count.set(count.get() + 1);
    trace!(a = ?touch(), "{:?}", touch());
    log!(Level::Trace, "{:?}", touch());
    drop(trace_async!("{:?}", touch()));
    drop(log_async!(Level::Trace, "{:?}", touch()));
    assert_eq!(count.get(), 0);
}

#[test]
fn an_argument_may_leave_the_function() {
    fn parsed(text: &str) -> Result<u32, std::num::ParseIntError> {
        info!("{}", text.parse::<u32>()?);
        Ok(1)
    }
    assert_eq!(parsed("5"), Ok(1));
    assert!(parsed("x").is_err());
}

#[test]
fn an_argument_may_log() {
    let inner = || {
        info!("inner {}", 1);
        2
    };
    info!("outer {} {}", inner(), {
        info!("in a block");
        3
    });
}

#[test]
fn no_argument_lives_across_an_await() {
    struct NotSend(*const u8);
    impl NotSend {
        fn get(&self) -> bool {
            self.0.is_null()
        }
    }
    async fn run() {
        info!("{}", NotSend(std::ptr::null()).get());
        std::future::ready(()).await;
        info!("{} {}", std::future::ready(3).await, 4);
        drop(info_async!("{}", NotSend(std::ptr::null()).get()));
        std::future::ready(()).await;
    }
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    futures::executor::block_on(is_send(run()));
}

mod without_a_prelude {
    //! Names that the expansion must not lean on are missing here, or mean something else.
    #![no_implicit_prelude]

    use ::ringlog::{info, info_async};

    #[test]
    fn nothing_is_taken_from_the_users_scope() {
        #[expect(dead_code, non_camel_case_types)]
        struct str;
        #[expect(dead_code)]
        struct Ok;
        #[expect(dead_code)]
        struct Level;
        let width = 5;
        info!(width, "{:>width$} {:.1} {:?}", 1, 2.5, "x");
        ::std::mem::drop(info_async!("{width}"));
    }
}

/// Items whose names might be bindings of the macros. A pattern would be one of them, not a binding.
#[test]
#[allow(non_upper_case_globals, non_camel_case_types, dead_code, reason = "the names are what is tested")]
fn among_items_of_any_name() {
    struct units;
    struct level;
    static logger: u8 = 1;
    static asked: u8 = 2;
    static held: u8 = 3;
    static a0: u8 = 4;
    const value: u8 = 5;
    const out: u8 = 6;
    const counts: u8 = 7;
    info!(a0, "{asked} {held:-^w$} {logger:?} {}", value, w = usize::from(out + counts));
    let runtime = ringlog::Builder::new().sink(ringlog::sink::Null::new()).start().unwrap();
    info!(logger: runtime, "{a0}");
    log!(Level::Info, "{}", asked);
    ringlog::every_n!(2, Info, value, "{held}");
    drop(info_async!("{out}"));
    let _context = ringlog::context!(value);
}
