//! How far apart two cores are: the time that a cache line takes from one to the other and back.
//!
//! Under a hypervisor it may jump within minutes, as virtual cores are moved: 50 ns where they share a cache,
//! 450 where they do not. What a log call costs moves with it, so each run reports it, before and after.

use crate::pin;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Under this a round trip counts as near, in nanoseconds: between what has been seen of cores that share a
/// cache (30 to 80) and of those that do not (370 to 480).
const NEAR_BELOW: f64 = 150.0;

/// How far apart the cores were during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// They shared a cache, before and after.
    Near,
    /// They did not, before and after.
    Far,
    /// It was otherwise after than before: the run means nothing.
    Changed,
    /// It could not be measured: there is one core, or threads cannot be pinned.
    Unknown,
}

impl State {
    /// The state that some round trips tell.
    pub fn of(round_trips: &[f64]) -> Self {
        let near = round_trips.iter().filter(|&&time| time < NEAR_BELOW).count();
        match near {
            _ if round_trips.is_empty() => Self::Unknown,
            0 => Self::Far,
            _ if near == round_trips.len() => Self::Near,
            _ => Self::Changed,
        }
    }

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Far => "far",
            Self::Changed => "changed",
            Self::Unknown => "unknown",
        }
    }
}

const BATCHES: usize = 21;
const TRIPS: u64 = 500;

/// Nanoseconds for a round trip between the first two cores, the median of some batches; none where there are
/// no two, or no thread can be pinned to them.
pub fn round_trip(cores: &[usize]) -> Option<f64> {
    let [one, other, ..] = *cores else { return None };
    if one == other {
        return None;
    }
    let line = AtomicU64::new(0);
    let gate = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        let echo = scope.spawn(|| {
            let pinned = pin(other).is_ok();
            gate.wait();
            // Odd numbers are the other side's, who waits for the even ones.
            for turn in 0..TRIPS * BATCHES as u64 {
                // ORDERING: relaxed on both sides: the number is all that is handed over.
                while line.load(Ordering::Relaxed) != 2 * turn + 1 {
                    spin_loop();
                }
                // ORDERING: relaxed, as above.
                line.store(2 * turn + 2, Ordering::Relaxed);
            }
            pinned
        });
        let asking = scope.spawn(|| {
            let pinned = pin(one).is_ok();
            gate.wait();
            let mut turn = 0;
            let mut batches = [0.0; BATCHES];
            for batch in &mut batches {
                let start = Instant::now();
                for _ in 0..TRIPS {
                    // ORDERING: relaxed, as above.
                    line.store(2 * turn + 1, Ordering::Relaxed);
                    // ORDERING: relaxed, as above.
                    while line.load(Ordering::Relaxed) != 2 * turn + 2 {
                        spin_loop();
                    }
                    turn += 1;
                }
                *batch = start.elapsed().as_nanos() as f64 / TRIPS as f64;
            }
            batches.sort_by(f64::total_cmp);
            pinned.then_some(batches[BATCHES / 2])
        });
        let is_pinned = echo.join().ok()?;
        asking.join().ok()?.filter(|_| is_pinned)
    })
}

#[cfg(test)]
mod tests {
    use super::{State, round_trip};

    #[test]
    fn one_core_has_no_distance() {
        assert_eq!(round_trip(&[0]), None);
        assert_eq!(round_trip(&[0, 0]), None);
    }

    #[test]
    fn a_state_is_what_all_round_trips_agree_on() {
        assert_eq!(State::of(&[52.0, 60.0]), State::Near);
        assert_eq!(State::of(&[410.0, 480.0]), State::Far);
        assert_eq!(State::of(&[52.0, 480.0]), State::Changed);
        assert_eq!(State::of(&[]), State::Unknown);
    }
}
