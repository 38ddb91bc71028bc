//! Each log call a thousand times, after it was made once: `.ci/gates` counts their instructions by callgrind, and has the
//! realtime sanitizer look for allocations, locks and system calls in them.

#![cfg_attr(feature = "realtime", feature(sanitize))]

use ringlog::{Builder, IdleStrategy, info, info_async, sink, trace};
use std::hint::black_box;

/// How often each call is made.
const CALLS: u64 = 1_000;

/// Arguments of log calls, as a caller has them in registers.
type Order = (u64, u64, f64, &'static str);

/// A call, and a function that makes it so often, for callgrind to find by its name.
macro_rules! gates {
    ($($gate:ident, $call:ident, |$number:pat_param, $quantity:pat_param, $price:pat_param, $symbol:pat_param| $body:expr;)*) => {
        $(
            #[inline(never)]
            fn $call($number: u64, $quantity: u64, $price: f64, $symbol: &str) {
                $body;
            }

            // Not on the call itself: what the statement has the worker do would be watched as well.
            #[cfg_attr(feature = "realtime", sanitize(realtime = "nonblocking"))]
            #[unsafe(no_mangle)]
            #[inline(never)]
            fn $gate((first, quantity, price, symbol): Order) {
                for number in first..first + CALLS {
                    $call(number, quantity, price, symbol);
                }
            }
        )*

        fn each(order: Order) {
            let (number, quantity, price, symbol) = order;
            $(
                $call(number, quantity, price, symbol);
                $gate(order);
            )*
        }
    };
}

gates! {
    gate_empty, call_empty, |number, _, _, _| black_box(number);
    gate_m1, call_m1, |number, quantity, price, _| info!("order {} qty {} px {}", number, quantity, price);
    gate_m2, call_m2, |number, _, _, symbol| info!("symbol {} id {}", symbol, number);
    gate_m3, call_m3, |_, _, _, _| info!("nothing to add");
    gate_fields, call_fields, |number, _, price, _| info!(number, px = price, "filled");
    gate_specs, call_specs, |_, quantity, price, _| info!("qty {quantity:>8} px {price:.2}");
    gate_async, call_async, |number, quantity, price, _| {
        let _ = black_box(&info_async!("order {} qty {} px {}", number, quantity, price));
    };
    gate_disabled, call_disabled, |number, _, _, _| trace!("order {}", number);
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
    each(black_box((0, 100, 12.5, "a symbol of 24 bytes ...")));
    let report = ringlog::shutdown().expect("shuts down");
    let enabled = 6 * (CALLS + 1);
    assert_eq!((report.total.written, report.total.attempted), (enabled, enabled));
}
