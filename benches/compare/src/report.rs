//! What a run found, as lines of text: a name and its numbers.

use crate::Outcome;
use std::collections::BTreeMap;
use std::fmt;

/// How many points there are from p50 to p99.99.
const POINTS: usize = 75;

/// The quantiles of a call's cost that a run reports: from p50 to p99.99, evenly spaced on the axis `1 / (1 -
/// q)`, with those that the tables print exactly among them.
pub const QUANTILES: [f64; POINTS] = quantiles();

/// `10^(1/20)`: a nine has 20 points.
const STEP: f64 = 1.122_018_454_301_963_3;

const fn quantiles() -> [f64; POINTS] {
    let mut all = [0.5; POINTS];
    // From p99.99 down, so that p99.9, p99 and p90 are met; the first is p50.
    let mut rest = 1e-4;
    let mut point = POINTS;
    while point > 1 {
        point -= 1;
        all[point] = 1.0 - rest;
        rest *= STEP;
    }
    all
}

/// Numbers by name.
///
/// `rdtsc`, `m1`, `m2`, `m3`: nanoseconds a call at each of [`QUANTILES`]. `cold`, `cold_empty`: nanoseconds of
/// a call on cold caches and of nothing there: the mean without the slowest hundredth, p50 and p99.
/// `round_trip`: nanoseconds between the first two cores, before and after. `pinned`: 1 or 0. `logged`,
/// `found`: records. `seconds`, `cpu_seconds`: for `records` of them. `bytes`: in the file. `peak_bytes`: of the
/// process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report(BTreeMap<String, Vec<f64>>);

impl Report {
    pub(crate) fn put(&mut self, name: &str, values: impl IntoIterator<Item = f64>) {
        self.0.insert(name.into(), values.into_iter().collect());
    }

    /// The numbers of that name; none, where the run has not reported it.
    pub fn all(&self, name: &str) -> &[f64] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first number of that name.
    pub fn one(&self, name: &str) -> Option<f64> {
        self.all(name).first().copied()
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    ///
    /// # Errors
    ///
    /// A number that is none.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut report = Self::default();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let Some(name) = words.next() else { continue };
            let values = words.map(str::parse).collect::<Result<Vec<f64>, _>>();
            report.put(name, values.map_err(|error| format!("{line:?}: {error}"))?);
        }
        Ok(report)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, values) in &self.0 {
            write!(f, "{name}")?;
            for value in values {
                write!(f, " {value}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_pipe() {
        let mut report = Report::default();
        report.put("m1", [1.5, 0.1 + 0.2]);
        report.put("round_trip", []);
        let read = Report::parse(&report.to_string()).unwrap();
        assert_eq!(read, report);
        assert_eq!(read.one("m1"), Some(1.5));
        assert_eq!(read.one("round_trip"), None);
        assert!(Report::parse("m1 fast").is_err());
    }

    #[test]
    fn the_quantiles_rise_from_p50_to_p9999_by_way_of_the_nines() {
        assert!(QUANTILES.is_sorted_by(|one, next| one < next), "{QUANTILES:?}");
        for wanted in [0.5, 0.9, 0.99, 0.999, 0.9999] {
            assert!(QUANTILES.iter().any(|quantile| (quantile - wanted).abs() < 1e-9), "{wanted}");
        }
    }
}
