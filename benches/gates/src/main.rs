//! Each log call a thousand times, after it was made once: `.ci/gates` counts their instructions by callgrind, and has the
//! realtime sanitizer look for allocations, locks and system calls in them.

#![cfg_attr(feature = "realtime", feature(sanitize))]

use ringlog::{Builder, IdleStrategy, info, info_async, sink, trace};
use std::hint::black_box;

/// How often each call is made.
const CALLS: u64 = 1_000;

/// A call, and a function that makes it so often, for callgrind to find by its name.
macro_rules! gates {
    ($($gate:ident, $call:ident, |$number:ident| $body:expr;)*) => {
        $(
            #[inline(never)]
            fn $call($number: u64) {
                $body;
            }

            // Not on the call itself: what the statement has the worker do would be watched as well.
            #[cfg_attr(feature = "realtime", sanitize(realtime = "nonblocking"))]
            #[unsafe(no_mangle)]
            #[inline(never)]
            fn $gate() {
                for number in 0..CALLS {
                    $call(number);
                }
            }
        )*

        fn each() {
            $(
                $call(0);
                $gate();
            )*
        }
    };
}

gates! {
    gate_empty, call_empty, |number| black_box(number);
    gate_m1, call_m1, |number| info!("order {} qty {} px {}", number, black_box(100_u64), black_box(12.5_f64));
    gate_m2, call_m2, |number| info!("symbol {} id {}", black_box("a symbol of 24 bytes ..."), number);
    gate_m3, call_m3, |_number| info!("nothing to add");
    gate_fields, call_fields, |number| info!(number, px = black_box(12.5_f64), "filled");
    gate_async, call_async, |number| {
 let _ = black_box(&info_async!("order {} qty {} px {}", number, 1_u64, 2.5_f64));
};
    gate_disabled, call_disabled, |number| trace!("order {}", number);
}

fn main() {
    Builder::new()
        .filter("info")
        // So many calls never look at the ring's indices.
        .ring_capacity(8 << 20)
        .idle(IdleStrategy::park())
        .sink(sink::Null::new())
        .init()
        .expect("starts");
    ringlog::register_thread();
    each();
    let report = ringlog::shutdown().expect("shuts down");
    let enabled = 5 * (CALLS + 1);
    assert_eq!((report.total.written, report.total.attempted), (enabled, enabled));
}
