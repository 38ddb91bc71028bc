//! What a call costs that finds nothing in the caches: a service's own work was there since the last one.
//!
//! Before each call 4 MiB of other memory are read and written. The call is timed alone, and an empty pair of
//! counter reads, after the same other work, tells what the pair takes. It is not taken off: the counter of a
//! virtual machine steps by 10 ns, so that a single figure means little, and the mean of many the most.

use crate::stopwatch::{Stopwatch, ticks};
use std::hint::black_box;

/// Calls before those that count.
pub(crate) const WARM_UP: u64 = 10;
/// 4 MiB, in words.
const OTHER_WORDS: usize = 1 << 19;
/// Which part of the samples the mean leaves out, the slowest: interrupts are there, and the hypervisor.
const LEFT_OUT: usize = 100;

/// Nanoseconds: the mean without the slowest hundredth, p50 and p99.
type Figures = [f64; 3];

/// A call on cold caches, and an empty pair of counter reads there.
#[derive(Debug)]
pub(crate) struct Cold {
    pub(crate) call: Figures,
    pub(crate) empty: Figures,
}

/// How many calls are timed where there are so many bursts.
pub(crate) fn calls(bursts: u64) -> u64 {
    (bursts / 5).max(1)
}

/// Makes [`WARM_UP`] calls, and `calls` that count.
pub(crate) fn measure(stopwatch: Stopwatch, calls: u64, mut call: impl FnMut(u64)) -> Cold {
    let mut memory = vec![1; OTHER_WORDS];
    let (mut calls_took, mut empty_took) = (Vec::new(), Vec::new());
    for number in 0..WARM_UP + calls {
        let empty = after_other_work(&mut memory, || {});
        let full = after_other_work(&mut memory, || call(number));
        if number >= WARM_UP {
            empty_took.push(stopwatch.raw_nanoseconds(empty));
            calls_took.push(stopwatch.raw_nanoseconds(full));
        }
    }
    Cold { call: figures(calls_took), empty: figures(empty_took) }
}

/// The ticks from before to after.
#[inline(always)]
fn after_other_work(memory: &mut [u64], timed: impl FnOnce()) -> u64 {
    for word in black_box(&mut *memory) {
        *word = word.rotate_left(7).wrapping_add(1);
    }
    black_box(memory);
    let start = ticks();
    timed();
    ticks().wrapping_sub(start)
}

/// Of one sample at least.
fn figures(mut samples: Vec<f64>) -> Figures {
    samples.sort_by(f64::total_cmp);
    let most = &samples[..samples.len() - samples.len() / LEFT_OUT];
    let mean = most.iter().sum::<f64>() / most.len() as f64;
    let at = |percent: usize| samples[(samples.len() * percent).div_ceil(100) - 1];
    [mean, at(50), at(99)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_hundredth_is_not_in_the_mean() {
        let mut samples: Vec<_> = (1..=198).map(f64::from).collect();
        samples.splice(0..0, [1e6, 1e6]);
        assert_eq!(figures(samples), [99.5, 100.0, 198.0]);
    }

    #[test]
    fn one_sample_is_all_its_figures() {
        assert_eq!(figures(vec![3.0]), [3.0; 3]);
    }

    #[test]
    fn each_call_has_its_number() {
        let mut numbers = Vec::new();
        let _ = measure(Stopwatch::new(), 2, |number| numbers.push(number));
        assert!(numbers.into_iter().eq(0..WARM_UP + 2));
    }
}
