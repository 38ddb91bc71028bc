//! What a call costs the thread that makes it.
//!
//! Calls come in bursts of 20, 50 to 100 µs apart: a counter that steps by 10 ns tells nothing about a single
//! call, and a service does not log without end. A burst's time, divided by 20, is one sample. Single calls on
//! cold caches come after the bursts.

use crate::cold::{self, Cold};
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

/// Fills in `rdtsc`, `m1`, `m2`, `m3`, `cold`, `cold_empty` and `logged`.
pub(crate) fn measure<P: Peer>(task: &Task, setup: &Setup, bursts: u64, report: &mut Report) -> Outcome<()> {
    let peer = P::start(setup)?;
    let core = task.producer_core(0);
    let (costs, cold) = std::thread::scope(|scope| {
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
    report.put("cold", cold.call);
    report.put("cold_empty", cold.empty);
    let calls = 3 * (bursts + warm_up(bursts)) * BURST + cold::calls(bursts) + cold::WARM_UP;
    report.put("logged", [calls as f64]);
    peer.finish()
}

/// Calls before those that count, for caches, pages and branch predictors.
fn warm_up(bursts: u64) -> u64 {
    bursts / 10
}

fn producer<P: Peer>(peer: &P, bursts: u64) -> ([Histogram<u64>; 4], Cold) {
    let stopwatch = Stopwatch::new();
    let symbol = black_box(String::from(SYMBOL));
    let (quantity, price) = black_box((100_u64, 12.5_f64));
    let costs = [
        bursts_of(stopwatch, bursts, |_| _ = black_box(bare_clock_read())),
        bursts_of(stopwatch, bursts, |number| peer.m1(number, quantity, price)),
        bursts_of(stopwatch, bursts, |number| peer.m2(&symbol, number)),
        bursts_of(stopwatch, bursts, |_| peer.m3()),
    ];
    let cold = cold::measure(stopwatch, cold::calls(bursts), |number| peer.m1(number, quantity, price));
    (costs, cold)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Work;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Counts the calls.
    struct Counter;

    static CALLS: AtomicU64 = AtomicU64::new(0);

    fn count() {
        // ORDERING: relaxed: the joined producer's count is all that is read.
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    impl Peer for Counter {
        fn start(_: &Setup) -> Outcome<Self> {
            Ok(Self)
        }

        fn m1(&self, _: u64, _: u64, _: f64) {
            count();
        }

        fn m2(&self, _: &str, _: u64) {
            count();
        }

        fn m3(&self) {
            count();
        }

        fn finish(self) -> Outcome<()> {
            Ok(())
        }
    }

    #[test]
    fn each_call_is_among_those_logged() {
        for bursts in [1, 20] {
            let setup = Setup { folder: PathBuf::new(), backend_core: None };
            let task = Task { work: Work::Latency { bursts }, folder: PathBuf::new(), cores: vec![0] };
            let mut report = Report::default();
            measure::<Counter>(&task, &setup, bursts, &mut report).unwrap();
            // ORDERING: relaxed: the producer has been joined.
            let calls = CALLS.swap(0, Ordering::Relaxed);
            assert_eq!(report.one("logged"), Some(calls as f64));
            for name in ["cold", "cold_empty"] {
                assert_eq!(report.all(name).len(), 3, "{name}");
            }
        }
    }
}
