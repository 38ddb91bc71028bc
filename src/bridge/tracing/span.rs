//! What the registry keeps of a span for the layer.

use super::fields::{Fields, Of};
use crate::bridge::items::{Pack, retain_other_fields};
use std::fmt;
use std::time::Instant;
use tracing_core::field::Visit;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// A span's fields, as packed items. A span that is off has none of these.
#[derive(Debug)]
pub(super) struct Recorded(Vec<u8>);

impl Recorded {
    /// Packs the fields that `record` shows. Runs code of the program, so no lock may be held.
    pub(super) fn new(record: impl FnOnce(&mut dyn Visit)) -> Self {
        let mut items = Vec::new();
        record(&mut Fields { pack: &mut Pack::new(&mut items), of: Of::Span });
        Self(items)
    }

    /// Adds fields that were recorded later; they take the place of those with their names.
    pub(super) fn add(&mut self, later: &Self) {
        // SAFETY: both are items, packed by `new`.
        unsafe { retain_other_fields(&mut self.0, &later.0) };
        self.0.extend_from_slice(&later.0);
    }

    /// Packs a span, unless it is off.
    pub(super) fn pack<'s, S: LookupSpan<'s>>(span: &SpanRef<'s, S>, pack: &mut Pack<'_>) {
        if let Some(recorded) = span.extensions().get::<Self>() {
            pack.span(span.name(), &recorded.0);
        }
    }
}

/// How long a span has been entered, and how long not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    busy: u64,
    idle: u64,
    /// When it was entered or left last.
    last: Instant,
    /// By how many, on whatever threads: it is busy until the last one leaves.
    entered: usize,
}

impl Times {
    pub(super) fn new() -> Self {
        Self { busy: 0, idle: 0, last: Instant::now(), entered: 0 }
    }

    pub(super) fn enter(&mut self) {
        if self.entered == 0 {
            self.idle += self.lap();
        }
        self.entered += 1;
    }

    pub(super) fn exit(&mut self) {
        self.entered = self.entered.saturating_sub(1);
        if self.entered == 0 {
            self.busy += self.lap();
        }
    }

    /// Nanoseconds in which the span was entered, and in which it was not, up to now.
    pub(super) fn close(mut self) -> (Nanos, Nanos) {
        self.idle += self.lap();
        (Nanos(self.busy), Nanos(self.idle))
    }

    fn lap(&mut self) -> u64 {
        let now = Instant::now();
        let lap = now - std::mem::replace(&mut self.last, now);
        u64::try_from(lap.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A duration that prints three digits and a unit, as `tracing-subscriber` prints those of spans.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nanos(u64);

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut time = self.0 as f64;
        let mut units = ["ns", "µs", "ms"].into_iter();
        let unit = loop {
            match units.next() {
                Some(unit) if time < 1000.0 => break unit,
                Some(_) => time /= 1000.0,
                None => break "s",
            }
        };
        let digits = if time < 10.0 { 2 } else { usize::from(time < 100.0) };
        write!(f, "{time:.digits$}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_three_digits() {
        let printed = [0, 999, 1_000, 12_345, 123_456, 1_234_567, 9_876_543_210, 1_234_567_890_123]
            .map(|nanos| Nanos(nanos).to_string());
        assert_eq!(printed, ["0.00ns", "999ns", "1.00µs", "12.3µs", "123µs", "1.23ms", "9.88s", "1235s"]);
    }

    #[test]
    fn a_span_is_busy_until_the_last_one_leaves() {
        let mut times = Times::new();
        times.enter();
        times.enter();
        times.exit();
        assert_eq!((times.entered, times.busy), (1, 0));
        times.exit();
        times.exit();
        assert_eq!(times.entered, 0);
        let since = times.last;
        let (_, idle) = times.close();
        assert!(idle.0 as u128 >= times.idle as u128 && since >= times.last);
    }
}
