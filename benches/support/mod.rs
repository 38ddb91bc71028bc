//! What the suites share.
#![allow(dead_code, reason = "each suite uses a part")]

use std::time::{Duration, Instant};

const BURST: u64 = 20;
const PAUSE: Duration = Duration::from_micros(50);

/// Times `iterations` calls in bursts of 20, with a pause of 50 µs in between.
pub(crate) fn bursts(iterations: u64, mut call: impl FnMut(u64)) -> Duration {
    let mut total = Duration::ZERO;
    let mut done = 0;
    while done < iterations {
        let until = (done + BURST).min(iterations);
        let start = Instant::now();
        while done < until {
            call(done);
            done += 1;
        }
        total += start.elapsed();
        let pause = Instant::now();
        while pause.elapsed() < PAUSE {
            std::hint::spin_loop();
        }
    }
    total
}
