//! Keeps a [`Timeline`] in step with the wall clock.
//!
//! From time to time [`Discipline::step`] samples the counter and the wall clock together and asks two
//! questions. *What did the wall clock do since the last sample*, against what the rate foretold? That tells
//! a step or a change of rate from plain running, and corrects the rate. *How far is the line from the wall
//! clock?* That decides the next piece:
//!
//! | the line is | the next piece |
//! |---|---|
//! | off by what a sample's uncertainty explains | goes on at the rate |
//! | off by up to [`STEP`] | at most 1 % faster or slower, until it is made good |
//! | behind by more | jumps forward |
//! | ahead by more | runs at half speed until the wall clock has caught up: it never goes back |
//!
//! A sample is not believed to more than its uncertainty: rate and line are moved to the nearest value
//! that the samples allow, not to their middle. So one bad sample moves neither.

use super::ClockEvent;
use super::sample::{Sample, Sampler};
use super::timeline::{Knot, Rate, Timeline};
use std::time::Duration;

/// How far the wall clock may be off what was foretold before that is a step, in nanoseconds. NTP daemons
/// slew offsets up to about this much and step larger ones.
pub(super) const STEP: u64 = 10_000_000;

/// Time between samples: at first, and where the wall clock did something unforeseen; doubled by each
/// sample that held no surprise.
const SHORTEST: u64 = 10_000_000;
/// What it grows to.
const LONGEST: u64 = 1_000_000_000;

/// A counter that went back by less is another core's, not one that began anew.
const SKEW: u64 = 1_000_000;

/// How long the rate is measured before the first record.
const CALIBRATION: Duration = Duration::from_millis(1);

/// A rate is measured over half of this up to all of it.
const WINDOW: u64 = 8_000_000_000;

/// Off by less than this (and by a part of the time that went by) is no surprise.
const SURPRISE: u64 = 5_000;

/// No rate changes by more than this part of itself: what is off by more is a step.
const WILD: u64 = 8;
/// Unless so many samples on end are: then it is the rate that is wrong.
const PATIENCE: u32 = 3;

/// Steepest slew: this many nanoseconds for each that is made good.
const SLEW: u64 = 100;

/// The state of it. One worker owns it.
#[derive(Debug)]
pub(super) struct Discipline<S> {
    sampler: S,
    timeline: Timeline,
    rate: Rate,
    last: Sample,
    /// The rate is measured from here.
    anchor: Sample,
    /// What `anchor` becomes when the window is full.
    next_anchor: Sample,
    /// How many of the last samples were a surprise, so that this one has to tell a step from a new rate.
    surprises: u32,
    /// Nanoseconds until the next sample.
    interval: u64,
    /// The same in ticks, so that asking whether it is due divides nothing.
    interval_ticks: u64,
    /// Ticks that two cores' counters may differ by.
    skew_ticks: u64,
    /// The counter's value from which no stamp from before a reset can be left.
    reset_over: u64,
}

impl<S: Sampler> Discipline<S> {
    /// Takes 1 ms: measures the rate, starting from what the CPU states where it does.
    pub(super) fn start(mut sampler: S, stated: Option<Rate>) -> Self {
        let first = sampler.sample();
        sampler.pause(CALIBRATION);
        let last = sampler.sample();
        let range = rate_between(&first, &last);
        let rate = match (stated, range) {
            (Some(stated), Some((low, high))) => stated.clamp(low, high),
            (Some(stated), None) => stated,
            (None, Some((low, high))) => low.between(high),
            (None, None) => Rate::NANOS,
        };
        Self {
            sampler,
            timeline: Timeline::new(Knot { ticks: last.ticks, nanos: last.wall, rate }),
            rate,
            last,
            anchor: first,
            next_anchor: last,
            surprises: 0,
            interval: SHORTEST,
            interval_ticks: rate.ticks(SHORTEST),
            skew_ticks: rate.ticks(SKEW),
            reset_over: u64::MAX,
        }
    }

    pub(super) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Whether it is time for a sample: one read of the counter.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        let since = self.sampler.ticks().wrapping_sub(self.last.ticks) as i64;
        // A little before the last sample is another core's counter, far before is one that began anew.
        if since >= 0 { since as u64 >= self.interval_ticks } else { since.unsigned_abs() >= self.skew_ticks }
    }

    /// Takes a sample and begins a piece. Says when a clock was set.
    pub(super) fn step(&mut self) -> Option<ClockEvent> {
        let now = self.sampler.sample();
        let event = if now.ticks < self.last.ticks {
            self.counter_went_back(now)
        } else {
            let elapsed = self.rate.nanos(now.ticks - self.last.ticks);
            self.go_on(now, elapsed)
        };
        if now.ticks >= self.reset_over {
            self.timeline.forget_reset();
            self.reset_over = u64::MAX;
        }
        self.last = now;
        self.interval_ticks = self.rate.ticks(self.interval);
        self.skew_ticks = self.rate.ticks(SKEW);
        event
    }

    fn go_on(&mut self, now: Sample, elapsed: u64) -> Option<ClockEvent> {
        let unforeseen = difference(now.wall, self.last.wall.saturating_add(elapsed));
        let unsure = self.rate.nanos(now.uncertainty.saturating_add(self.last.uncertainty));
        // A rate may be off by 500 ppm when NTP begins to slew while the worker sleeps.
        let is_step = unforeseen.unsigned_abs() > STEP.saturating_add(elapsed / 2000).saturating_add(unsure);
        if is_step && unforeseen < 0 && self.is_the_counters_doing(&now, elapsed) {
            return Some(self.counter_went_ahead(now));
        }
        // A surprise is a small step or a new rate: the next sample tells, soon. Until then the rate stands.
        let expected = if self.surprises == 0 { SURPRISE + elapsed / 200_000 } else { elapsed / WILD };
        let is_surprise = is_step || unforeseen.unsigned_abs() > expected.saturating_add(unsure);
        if is_surprise && self.surprises < PATIENCE {
            self.measure_from(now);
        } else {
            self.measure(now);
        }
        self.steer(&now);
        is_step.then(|| ClockEvent::Stepped {
            by: Duration::from_nanos(unforeseen.unsigned_abs()),
            forward: unforeseen > 0,
        })
    }

    /// Starts to measure the rate anew.
    fn measure_from(&mut self, now: Sample) {
        (self.anchor, self.next_anchor) = (now, now);
        self.surprises += 1;
        self.interval = SHORTEST;
    }

    /// Corrects the rate by what went by since the anchor.
    fn measure(&mut self, now: Sample) {
        if let Some((low, high)) = rate_between(&self.anchor, &now) {
            self.rate = self.rate.clamp(low, high);
        }
        let window = now.wall.saturating_sub(self.anchor.wall);
        if window >= WINDOW {
            (self.anchor, self.next_anchor) = (self.next_anchor, now);
        } else if window <= WINDOW / 2 {
            self.next_anchor = now;
        }
        if self.surprises == 0 {
            self.interval = (self.interval * 2).min(LONGEST);
        }
        self.surprises = 0;
    }

    /// Begins the piece that brings the line to the wall clock.
    fn steer(&mut self, now: &Sample) {
        let stands = self.timeline.at(now.ticks);
        let behind = difference(now.wall, stands);
        let unsure = self.rate.nanos(now.uncertainty);
        let off = behind.unsigned_abs().saturating_sub(unsure);
        let behind = off as i64 * behind.signum();
        if behind > STEP as i64 {
            self.timeline.push(Knot { ticks: now.ticks, nanos: now.wall, rate: self.rate });
            return;
        }
        let over = if off > STEP { off.saturating_mul(2) } else { self.interval.max(off * SLEW) };
        let slewed = self.rate.slewed(behind, over);
        self.timeline.push(Knot { ticks: now.ticks, nanos: stands, rate: slewed });
        let ticks = now.ticks.saturating_add(self.rate.ticks(over));
        self.timeline.push(Knot { ticks, nanos: 0, rate: self.rate });
    }

    /// Whether the monotonic clock went with the wall clock and not with the counter.
    fn is_the_counters_doing(&self, now: &Sample, elapsed: u64) -> bool {
        let monotonic = now.monotonic.saturating_sub(self.last.monotonic);
        let wall = now.wall.saturating_sub(self.last.wall);
        elapsed > monotonic && wall.abs_diff(monotonic) < (elapsed - monotonic) / 2
    }

    /// The counter began anew: a machine came back from sleep or was moved.
    fn counter_went_back(&mut self, now: Sample) -> Option<ClockEvent> {
        let back = self.last.ticks - now.ticks;
        if back < self.skew_ticks {
            // Two cores' counters that differ a little; wait until this one has caught up.
            return None;
        }
        let monotonic = now.monotonic.saturating_sub(self.last.monotonic);
        let last_ticks = self.last.ticks.saturating_add(self.rate.ticks(monotonic));
        // Stamps taken since the reset and before this sample lie before its ticks: the piece reaches back.
        self.timeline.reset(Knot { ticks: now.ticks, nanos: now.wall, rate: self.rate }, last_ticks);
        self.reset_over = now.ticks + back / 4;
        self.measure_from(now);
        Some(ClockEvent::CounterReset)
    }

    /// The counter jumped ahead: a machine was moved to another host. The new piece begins at the first
    /// stamp that can have been taken after the jump.
    fn counter_went_ahead(&mut self, now: Sample) -> ClockEvent {
        let since = now.monotonic.saturating_sub(self.last.monotonic);
        let ticks = now.ticks.saturating_sub(self.rate.ticks(since));
        let nanos = now.wall.saturating_sub(since).max(self.timeline.at(self.last.ticks));
        self.timeline.begin_after_gap(Knot { ticks, nanos, rate: self.rate });
        self.measure_from(now);
        ClockEvent::CounterReset
    }
}

/// `a - b`, kept within what can be doubled.
fn difference(a: u64, b: u64) -> i64 {
    let limit = i128::from(i64::MAX / 4);
    (i128::from(a) - i128::from(b)).clamp(-limit, limit) as i64
}

/// The least and the greatest rate that two samples allow; none where they are too near or the wall clock
/// went back.
fn rate_between(from: &Sample, to: &Sample) -> Option<(Rate, Rate)> {
    let ticks = to.ticks.checked_sub(from.ticks)?;
    let nanos = to.wall.checked_sub(from.wall)?;
    let unsure = from.uncertainty.checked_add(to.uncertainty)?;
    let fewest = ticks.checked_sub(unsure).filter(|ticks| *ticks > 0)?;
    (nanos > 0).then(|| (Rate::over(nanos, ticks.saturating_add(unsure)), Rate::over(nanos, fewest)))
}

#[cfg(test)]
#[path = "discipline_tests.rs"]
mod tests;
