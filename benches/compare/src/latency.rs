//! What a call costs the thread that makes it.
//!
//! Calls come in bursts of 20, 50 to 100 µs apart: a counter that steps by 10 ns tells nothing about a single
//! call, and a service does not log without end. A burst's time, divided by 20, is one sample.

use crate::stopwatch::{Stopwatch, bare_clock_read, ticks};
use crate::{Outcome, Peer, QUANTILES, Report, Setup, Task, pin};
use hdrhistogram::Histogram;
use std::hint::black_box;
use std::time::Duration;

/// Calls timed together.
const BURST: u64 = 20;
/// 24 bytes.
const SYMBOL: &str = "a symbol of 24 bytes ...";
/// The longest burst that the histogram holds, in picoseconds a call: ten seconds for the burst.
const LONGEST: u64 = 500_000_000_000;

/// Fills in `rdtsc`, `m1`, `m2`, `m3` and `logged`.
pub(crate) fn measure<P: Peer>(task: &Task, setup: &Setup, bursts: u64, report: &mut Report) -> Outcome<()> {
    let peer = P::start(setup)?;
    let core = task.producer_core(0);
    let costs = std::thread::scope(|scope| {
        let producer = scope.spawn(|| {
            if let Some(core) = core {
                pin(core).map_err(|error| error.to_string())?;
            }
            peer.prepare_thread();
            Ok::<_, String>(producer(&peer, bursts))
        });
        producer.join().map_err(|_| "the producer panicked".to_owned())?
    })?;
    for (name, samples) in ["rdtsc", "m1", "m2", "m3"].into_iter().zip(&costs) {
        report.put(name, QUANTILES.map(|quantile| samples.value_at_quantile(quantile) as f64 / 1e3));
    }
    report.put("logged", [(3 * (bursts + warm_up(bursts)) * BURST) as f64]);
    peer.finish()
}

/// Calls before those that count, for caches, pages and branch predictors.
fn warm_up(bursts: u64) -> u64 {
    bursts / 10
}

fn producer<P: Peer>(peer: &P, bursts: u64) -> [Histogram<u64>; 4] {
    let stopwatch = Stopwatch::new();
    let symbol = black_box(String::from(SYMBOL));
    let (quantity, price) = black_box((100_u64, 12.5_f64));
    [
        bursts_of(stopwatch, bursts, |_| _ = black_box(bare_clock_read())),
        bursts_of(stopwatch, bursts, |number| peer.m1(number, quantity, price)),
        bursts_of(stopwatch, bursts, |number| peer.m2(&symbol, number)),
        bursts_of(stopwatch, bursts, |_| peer.m3()),
    ]
}

/// Picoseconds a call.
fn bursts_of(stopwatch: Stopwatch, bursts: u64, mut call: impl FnMut(u64)) -> Histogram<u64> {
    let mut samples = Histogram::new_with_bounds(1, LONGEST, 3).expect("sound bounds");
    let warm_up = warm_up(bursts);
    for burst in 0..warm_up + bursts {
        let start = ticks();
        for number in burst * BURST..(burst + 1) * BURST {
            call(number);
        }
        let spent = ticks().wrapping_sub(start);
        if burst >= warm_up {
            samples.saturating_record((stopwatch.picoseconds(spent) / BURST as f64) as u64);
        }
        stopwatch.pause(Duration::from_micros(50 + burst % 50));
    }
    samples
}
