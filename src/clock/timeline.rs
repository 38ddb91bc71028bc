//! From ticks to wall time: a line of straight pieces that never falls.
//!
//! ```text
//!  nanos                                      ╱ knots[0]: the rate alone
//!    ▲                                 ___---·
//!    │                          ___---·  knots[1]: slewed for a while
//!    │                       ╱
//!    │                    ╱  knots[2]: the piece before
//!    └──────────────────────────────────────▶ ticks
//! ```
//!
//! A knot begins a piece and holds until the next one. The newest may lie ahead: a slew ends there whether or
//! not anybody comes by to end it, so that a worker that slept for an hour does not find the line an hour
//! of slew off. Older pieces are kept, because records wait in rings: a stamp is converted by the piece
//! that held when it was taken, and so a stamp gives the same time before and after a new piece.

/// Fraction bits of a rate: 2^-48 ns a tick is 0.3 ns a day for a counter of 1 GHz.
const SHIFT: u32 = 48;

/// Nanoseconds a tick, in fixed point. At most 2^58: a counter of 1 MHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rate(u64);

impl Rate {
    /// One tick is one nanosecond.
    pub(super) const NANOS: Self = Self(1 << SHIFT);

    pub(super) fn of_hertz(hertz: u64) -> Self {
        Self::over(1_000_000_000, hertz)
    }

    /// `nanos` in `ticks`, kept within what the arithmetic holds.
    pub(super) fn over(nanos: u64, ticks: u64) -> Self {
        let rate = (u128::from(nanos) << SHIFT) / u128::from(ticks.max(1));
        Self(rate.clamp(1 << 40, 1 << 58) as u64)
    }

    /// This rate, `by` nanoseconds more (or fewer) in each `of`.
    pub(super) fn slewed(self, by: i64, of: u64) -> Self {
        let target = i128::from(of).saturating_add(i128::from(by)).max(1);
        Self(((i128::from(self.0) * target / i128::from(of.max(1))).clamp(1 << 40, 1 << 58)) as u64)
    }

    /// The middle of two.
    pub(super) fn between(self, other: Self) -> Self {
        Self(self.0.midpoint(other.0))
    }

    /// How many nanoseconds `ticks` take, rounded down.
    pub(super) fn nanos(self, ticks: u64) -> u64 {
        u64::try_from((u128::from(ticks) * u128::from(self.0)) >> SHIFT).unwrap_or(u64::MAX)
    }

    /// How many ticks fit into `nanos`.
    pub(super) fn ticks(self, nanos: u64) -> u64 {
        u64::try_from((u128::from(nanos) << SHIFT) / u128::from(self.0)).unwrap_or(u64::MAX)
    }
}

/// Where a piece begins, and how steep it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Knot {
    pub(super) ticks: u64,
    pub(super) nanos: u64,
    pub(super) rate: Rate,
}

impl Knot {
    /// The piece's time at `ticks`, which do not lie before its beginning.
    #[inline(always)]
    fn after(&self, ticks: u64) -> u64 {
        let nanos = (u128::from(ticks - self.ticks) * u128::from(self.rate.0)) >> SHIFT;
        self.nanos.wrapping_add(nanos as u64)
    }

    /// The piece's time at `ticks`, which may lie before its beginning.
    #[inline]
    fn at(&self, ticks: u64) -> u64 {
        let ahead = ticks.wrapping_sub(self.ticks) as i64;
        // The shift rounds down on both sides of the beginning, so the piece never falls.
        let nanos = (i128::from(ahead) * i128::from(self.rate.0)) >> SHIFT;
        self.nanos.wrapping_add(nanos as u64)
    }
}

/// One piece, up to where the next one begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    begin: Knot,
    /// In ticks.
    span: u64,
}

impl Piece {
    /// No stamp is in it.
    pub(super) const NONE: Self = Self { span: 0, ..Self::SAME };
    /// Ticks are nanoseconds since 1970.
    pub(super) const SAME: Self =
        Self { begin: Knot { ticks: 0, nanos: 0, rate: Rate::NANOS }, span: u64::MAX };

    /// Unix nanoseconds of a stamp, if it is in this piece.
    #[inline(always)]
    pub(super) fn at(&self, ticks: u64) -> Option<u64> {
        (ticks.wrapping_sub(self.begin.ticks) < self.span).then(|| self.begin.after(ticks))
    }
}

/// Pieces kept. Each step of the discipline adds two, so this is at least three steps: 30 ms when it
/// steps fastest, seconds otherwise, and longer than a record waits in a ring.
const KNOTS: usize = 8;

/// Words of a published [`Timeline`].
pub(super) const WORDS: usize = 3 * (KNOTS + 1) + 1;

/// The whole conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeline {
    /// Newest first.
    knots: [Knot; KNOTS],
    /// The piece that stamps of before a reset of the counter belong to.
    before_reset: Knot,
    /// The least stamp that can only be from before the reset; `u64::MAX` where there is none.
    before_reset_from: u64,
}

impl Timeline {
    pub(super) fn new(first: Knot) -> Self {
        Self { knots: [first; KNOTS], before_reset: first, before_reset_from: u64::MAX }
    }

    /// Unix nanoseconds of a stamp.
    #[inline]
    pub(super) fn at(&self, ticks: u64) -> u64 {
        if ticks >= self.before_reset_from {
            return self.before_reset.at(ticks);
        }
        match self.knots.iter().find(|knot| ticks >= knot.ticks) {
            Some(knot) => knot.after(ticks),
            None => self.knots[KNOTS - 1].at(ticks),
        }
    }

    /// The piece that `ticks` are in, or none where they are in none that has its beginning before them.
    pub(super) fn piece(&self, ticks: u64) -> Piece {
        let Some(index) = self.knots.iter().position(|knot| ticks >= knot.ticks) else { return Piece::NONE };
        let next = index.checked_sub(1).map_or(u64::MAX, |next| self.knots[next].ticks);
        let end = next.min(self.before_reset_from);
        if ticks >= end {
            return Piece::NONE;
        }
        Piece { begin: self.knots[index], span: end - self.knots[index].ticks }
    }

    /// Begins a piece, and takes away those that would have begun later. `nanos` is raised to where the
    /// line stands.
    pub(super) fn push(&mut self, knot: Knot) {
        let floor = self.at(knot.ticks);
        let ahead = self.knots.iter().take_while(|it| it.ticks >= knot.ticks).count();
        let ahead = ahead.min(KNOTS - 1);
        self.knots.copy_within(ahead.., 0);
        let oldest = self.knots[KNOTS - 1 - ahead];
        self.knots[KNOTS - ahead..].fill(oldest);
        self.knots.copy_within(..KNOTS - 1, 1);
        self.knots[0] = Knot { nanos: knot.nanos.max(floor), ..knot };
    }

    /// Begins a piece after ticks that never were: the counter jumped ahead, so no stamp lies between the
    /// piece before and this one, and where that would stand by now says nothing.
    pub(super) fn begin_after_gap(&mut self, knot: Knot) {
        self.push(knot);
        self.knots[0].nanos = knot.nanos;
    }

    /// The counter began anew: what was taken before has greater ticks than what comes.
    pub(super) fn reset(&mut self, first: Knot, last_ticks: u64) {
        let held = self.knots.iter().find(|knot| last_ticks >= knot.ticks);
        self.before_reset = *held.unwrap_or(&self.knots[KNOTS - 1]);
        // Half way between the two: the counter needs as long again to get there, by when the records of
        // before have long been converted.
        self.before_reset_from = first.ticks + last_ticks.saturating_sub(first.ticks) / 2;
        let floor = self.before_reset.at(last_ticks);
        self.knots = [Knot { nanos: first.nanos.max(floor), ..first }; KNOTS];
    }

    /// Forgets what was before a reset: from now on all stamps belong to the counter as it runs.
    pub(super) fn forget_reset(&mut self) {
        self.before_reset_from = u64::MAX;
    }

    /// For publishing.
    pub(super) fn to_words(&self) -> [u64; WORDS] {
        let mut words = [self.before_reset_from; WORDS];
        let knots = self.knots.iter().chain([&self.before_reset]);
        for (words, knot) in words[1..].chunks_exact_mut(3).zip(knots) {
            words.copy_from_slice(&[knot.ticks, knot.nanos, knot.rate.0]);
        }
        words
    }

    /// The inverse of [`to_words`](Self::to_words).
    pub(super) fn from_words(words: &[u64; WORDS]) -> Self {
        let knot = |i: usize| {
            let words = &words[1 + 3 * i..];
            Knot { ticks: words[0], nanos: words[1], rate: Rate(words[2]) }
        };
        Self { knots: std::array::from_fn(knot), before_reset: knot(KNOTS), before_reset_from: words[0] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Knot = Knot { ticks: 5_000_000_000, nanos: 1_700_000_000_000_000_000, rate: Rate::NANOS };

    #[test]
    fn stamps_before_the_first_knot_are_converted_too() {
        let timeline = Timeline::new(START);
        assert_eq!(timeline.at(START.ticks - 1_000), START.nanos - 1_000);
        assert_eq!(timeline.at(0), START.nanos - START.ticks);
    }

    #[test]
    fn stamps_that_are_wall_time_stay_as_they_are() {
        for stamp in [0, 1, START.nanos + 1, u64::MAX - 1] {
            assert_eq!(Piece::SAME.at(stamp), Some(stamp));
        }
    }

    #[test]
    fn a_stamp_keeps_its_time_when_a_piece_begins_after_it() {
        let mut timeline = Timeline::new(START);
        let stamps: Vec<_> = (0..100).map(|i| START.ticks + i * 10_000).collect();
        let before: Vec<_> = stamps.iter().map(|it| timeline.at(*it)).collect();
        let ticks = START.ticks + 1_000_000;
        timeline.push(Knot { ticks, nanos: timeline.at(ticks), rate: Rate::NANOS.slewed(-1, 2) });
        assert_eq!(before, stamps.iter().map(|it| timeline.at(*it)).collect::<Vec<_>>());
        assert_eq!(timeline.at(ticks + 1_000), START.nanos + 1_000_500);
    }

    #[test]
    fn a_piece_that_has_not_begun_is_replaced() {
        let mut timeline = Timeline::new(START);
        let knot = |after: u64, rate| Knot { ticks: START.ticks + after, nanos: 0, rate };
        timeline.push(knot(1_000, Rate::NANOS));
        timeline.push(knot(9_000, Rate::NANOS.slewed(1, 1)));
        timeline.push(knot(2_000, Rate::NANOS));
        assert_eq!(timeline.at(START.ticks + 10_000), START.nanos + 10_000);
    }

    #[test]
    fn stamps_from_before_a_reset_keep_their_time() {
        let mut timeline = Timeline::new(START);
        let first = Knot { ticks: 7_000, nanos: START.nanos + 60_000_000_000, rate: Rate::NANOS };
        timeline.reset(first, START.ticks + 500);
        assert_eq!(timeline.at(START.ticks + 400), START.nanos + 400);
        assert_eq!(timeline.at(7_010), first.nanos + 10);
        timeline.forget_reset();
        assert_eq!(timeline.at(START.ticks + 400), first.nanos + START.ticks + 400 - first.ticks);
    }

    proptest! {
        #[test]
        fn it_never_falls_whatever_is_pushed(
            pushes in proptest::collection::vec((0..2_000_000u64, -1_000_000..1_000_000i64, 1..4_000_000_000u64), 1..20),
            mut stamps in proptest::collection::vec(0..60_000_000u64, 2..40),
        ) {
            let mut timeline = Timeline::new(START);
            let mut ticks = START.ticks;
            for (after, off, hertz) in pushes {
                ticks += after;
                let nanos = timeline.at(ticks).saturating_add_signed(off);
                timeline.push(Knot { ticks, nanos, rate: Rate::of_hertz(hertz) });
            }
            stamps.sort_unstable();
            let times: Vec<_> = stamps.iter().map(|it| timeline.at(START.ticks - 10_000_000 + it)).collect();
            prop_assert!(times.is_sorted(), "{times:?}");
        }

        #[test]
        fn a_piece_says_of_its_stamps_what_the_timeline_says(
            pushes in proptest::collection::vec((0..2_000_000u64, 1..4_000_000_000u64), 0..12),
            reset in proptest::option::of(0..50_000_000u64),
            stamps in proptest::collection::vec(0..60_000_000u64, 1..60),
        ) {
            let mut ticks = 10_000_000;
            let mut timeline = Timeline::new(Knot { ticks, ..START });
            for (after, hertz) in pushes {
                ticks += after;
                timeline.push(Knot { ticks, nanos: timeline.at(ticks), rate: Rate::of_hertz(hertz) });
            }
            if let Some(last) = reset {
                timeline.reset(Knot { ticks: 1_000, ..START }, last);
            }
            for &stamp in &stamps {
                let piece = timeline.piece(stamp);
                prop_assert!(stamp < ticks || reset.is_some() || piece.at(stamp).is_some());
                for &other in &stamps {
                    if let Some(nanos) = piece.at(other) {
                        prop_assert_eq!(nanos, timeline.at(other));
                    }
                }
            }
        }

        #[test]
        fn words_carry_all_of_it(ticks: u64, nanos: u64, hertz in 1_000_000..12_000_000_000u64, last: u64) {
            let mut timeline = Timeline::new(START);
            timeline.push(Knot { ticks: START.ticks + 5, nanos, rate: Rate::of_hertz(hertz) });
            timeline.reset(Knot { ticks: ticks / 2, nanos, rate: Rate::of_hertz(hertz) }, last);
            prop_assert_eq!(Timeline::from_words(&timeline.to_words()), timeline);
        }
    }
}
