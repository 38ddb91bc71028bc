//! Distributions: how long writes and syncs take, how large batches are.
//!
//! Buckets are fixed: four to each power of two, so that a quantile is at most a quarter too high, whatever
//! the values are. A [`Recorder`] has one writer at a time, so recording is a few plain loads and stores;
//! whoever takes a [`Histogram`] meanwhile may miss what is just being recorded, and nothing else.

use crate::sync::{AtomicU64, Ordering, own};
use std::fmt;

/// Buckets to a power of two: 2 to the power of this.
const FINE: u32 = 2;
/// As many buckets as values of 64 bits need.
const BUCKETS: usize = (64 - FINE as usize + 1) << FINE;

/// The bucket of a value: the first whose [upper bound](upper) is no less.
fn bucket(value: u64) -> usize {
    // Bounds belong to the bucket below them, as those of Prometheus do.
    let below = value.saturating_sub(1);
    if below < 1 << FINE {
        return below as usize;
    }
    let exponent = below.ilog2();
    let within = (below >> (exponent - FINE)) as usize - (1 << FINE);
    (((exponent - FINE + 1) as usize) << FINE) + within
}

/// The greatest value of a bucket.
fn upper(bucket: usize) -> u64 {
    let (group, within) = (bucket >> FINE, (bucket & ((1 << FINE) - 1)) as u128);
    if group == 0 {
        return within as u64 + 1;
    }
    let bound = ((1 << FINE) + within + 1) << (group - 1);
    u64::try_from(bound).unwrap_or(u64::MAX)
}

/// What values are recorded in.
pub(crate) struct Recorder {
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
    max: AtomicU64,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            sum: AtomicU64::new(0),
            max: AtomicU64::new(0),
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}

impl Recorder {
    /// Counts a value. Two threads must not call it at once; allocates nothing.
    pub(crate) fn record(&self, value: u64) {
        let count = &self.buckets[bucket(value)];
        // ORDERING: relaxed, counts with a single writer, read by `snapshot`.
        count.store(own(count) + 1, Ordering::Relaxed);
        // ORDERING: relaxed, as above.
        self.sum.store(own(&self.sum).saturating_add(value), Ordering::Relaxed);
        // ORDERING: relaxed, as above.
        self.max.store(own(&self.max).max(value), Ordering::Relaxed);
    }

    /// Counts a time, in nanoseconds.
    pub(crate) fn record_time(&self, time: std::time::Duration) {
        self.record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn snapshot(&self) -> Histogram {
        // ORDERING: relaxed, counts: see `record`.
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let buckets: Vec<u64> = self.buckets.iter().map(get).collect();
        Histogram { count: buckets.iter().sum(), sum: get(&self.sum), max: get(&self.max), buckets }
    }
}

/// A distribution of values: nanoseconds, bytes or records, as the field that holds it says.
///
/// ```
/// use ringlog::{Builder, info, sink};
///
/// let runtime = Builder::new().sink(sink::Null::new()).start()?;
/// info!(logger: runtime, "hello");
/// let stats = runtime.shutdown().expect("the sink does not hang").stats;
/// let writes = &stats.sinks[0].write_latency;
/// assert_eq!(writes.count(), 1);
/// assert!(writes.quantile(0.99) <= writes.max());
/// # Ok::<_, ringlog::StartError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    count: u64,
    sum: u64,
    max: u64,
    /// How many values each bucket has; none where nothing was ever recorded.
    buckets: Vec<u64>,
}

impl Histogram {
    /// How many values there are.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "hello");
    /// let stats = runtime.shutdown()?.stats;
    /// assert_eq!(stats.sinks[0].batch_bytes.count(), stats.sinks[0].batches);
    /// # Ok(())
    /// # }
    /// ```
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum of all values. It stops at `u64::MAX`, which nanoseconds reach after 584 years.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "hello");
    /// let stats = runtime.shutdown()?.stats;
    /// assert_eq!(stats.sinks[0].batch_bytes.sum(), stats.sinks[0].bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The greatest value; none where there are no values.
    ///
    /// ```
    /// use ringlog::{Builder, sink};
    ///
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// assert_eq!(runtime.stats().sinks[0].write_latency.max(), None); // nothing was written
    /// # Ok::<_, ringlog::StartError>(())
    /// ```
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The mean; none where there are no values.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "hello");
    /// let stats = runtime.shutdown()?.stats;
    /// assert_eq!(stats.workers[0].batch_records.mean(), Some(1.0));
    /// # Ok(())
    /// # }
    /// ```
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The value that a part `q` of all values do not exceed: 0.5 is the median, 0.99 the 99th percentile, 1
    /// the maximum. At most a quarter too high, never too low. None where there are no values, and for a `q`
    /// that is not from 0 to 1.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "hello");
    /// let stats = runtime.shutdown()?.stats;
    /// let p99 = stats.sinks[0].write_latency.quantile(0.99).map(Duration::from_nanos);
    /// assert!(p99.is_some());
    /// assert_eq!(stats.sinks[0].write_latency.quantile(99.0), None); // 0.99 is meant
    /// # Ok(())
    /// # }
    /// ```
    pub fn quantile(&self, q: f64) -> Option<u64> {
        if !(0.0..=1.0).contains(&q) || self.count == 0 {
            return None;
        }
        let rank = ((q * self.count as f64).ceil() as u64).clamp(1, self.count);
        let mut seen = 0;
        let found = self.buckets.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        found.map(|bucket| upper(bucket).min(self.max))
    }

    /// How many values are no greater than `bound`. Exact for powers of two; for others, values up to a
    /// quarter above may be counted too.
    ///
    /// ```
    /// use ringlog::{Builder, info, sink};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Builder::new().sink(sink::Null::new()).start()?;
    /// info!(logger: runtime, "hello");
    /// let records = &runtime.shutdown()?.stats.workers[0].batch_records;
    /// assert_eq!((records.count_up_to(0), records.count_up_to(1)), (0, 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn count_up_to(&self, bound: u64) -> u64 {
        let last = if bound == 0 { 0 } else { bucket(bound) + 1 };
        self.buckets.iter().take(last).sum()
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count)
            .field("sum", &self.sum)
            .field("p50", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .field("max", &self.max)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let recorder = Recorder::default();
        values.into_iter().for_each(|value| recorder.record(value));
        recorder.snapshot()
    }

    #[test]
    fn every_value_lies_between_the_bounds_of_its_bucket_which_are_a_quarter_apart() {
        let edges = (0..64).flat_map(|shift| [0, 1, 2].map(|add| ((1_u64 << shift) - 1).saturating_add(add)));
        for value in edges.chain(0..5_000).chain([u64::MAX - 1, u64::MAX]) {
            let found = bucket(value);
            assert!(value <= upper(found), "{value} in bucket {found}");
            assert!(found == 0 || upper(found - 1) < value, "{value} in bucket {found}");
            assert!(upper(found) - value <= value.max(4) / 4, "{value} in bucket {found}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_never_too_low_and_at_most_a_quarter_too_high() {
        let histogram = of(1..=1_000);
        assert_eq!((histogram.count(), histogram.sum(), histogram.max()), (1_000, 500_500, Some(1_000)));
        assert_eq!(histogram.mean(), Some(500.5));
        for percent in 1..=100 {
            let (exact, found) = (percent * 10, histogram.quantile(percent as f64 / 100.0).unwrap());
            assert!((exact..=exact + exact / 4).contains(&found), "p{percent}: {found}");
        }
        assert_eq!(histogram.quantile(0.0), Some(1));
        assert_eq!(histogram.quantile(1.0), Some(1_000));
    }

    #[test]
    fn what_is_no_quantile_has_no_value_and_neither_has_an_empty_histogram() {
        for q in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(of([7]).quantile(q), None, "{q}");
        }
        let empty = Histogram::default();
        assert_eq!(
            (empty.quantile(0.5), empty.max(), empty.mean(), empty.count_up_to(9)),
            (None, None, None, 0)
        );
        assert_eq!(empty.count(), 0);
    }

    #[test]
    fn values_up_to_a_power_of_two_are_counted_exactly() {
        let histogram = of([0, 1, 2, 3, 4, 5, 1_023, 1_024, 1_025, u64::MAX]);
        let counts = [1, 2, 4, 1_024, 2_048, 1 << 63, u64::MAX].map(|bound| histogram.count_up_to(bound));
        assert_eq!(counts, [2, 3, 5, 8, 9, 9, 10]);
    }

    #[test]
    fn a_sum_stops_where_it_would_overflow() {
        assert_eq!(of([u64::MAX, 5]).sum(), u64::MAX);
    }
}
