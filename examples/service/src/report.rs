//! What was found, as tables.

use crate::log_file::{Counts, Found};
use crate::plan::Record;
use crate::setup::Log;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Of one logger in one round.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) log: Log,
    pub(crate) per_second: f64,
    /// Microseconds.
    pub(crate) p50: f64,
    /// Microseconds.
    pub(crate) p99: f64,
    /// Microseconds of CPU time of the service for each request, start and end included.
    pub(crate) cpu: f64,
    pub(crate) found: Found,
}

/// Medians for each logger; and, of those that log, all records together.
pub(crate) fn table(figures: &[Figures], requests: u32) -> String {
    let mut table = format!(
        "\n{:<18}{:>12}{:>9}{:>9}{:>15}{:>12}{:>9}{:>8}\n",
        "", "requests/s", "p50 µs", "p99 µs", "CPU µs/request", "records", "missing", "double"
    );
    let mut of_appender = None;
    for log in Log::ALL {
        let own: Vec<&Figures> = figures.iter().filter(|figures| figures.log == log).collect();
        let of = |value: fn(&Figures) -> f64| median(own.iter().map(|figures| value(figures)).collect());
        let sum = |value: fn(&Found) -> u64| own.iter().map(|figures| value(&figures.found)).sum::<u64>();
        let medians = [of(|f| f.per_second), of(|f| f.p50), of(|f| f.p99), of(|f| f.cpu)];
        let [per_second, p50, p99, cpu] = medians;
        write!(table, "{:<18}{per_second:>12.0}{p50:>9.0}{p99:>9.0}{cpu:>15.1}", log.name())
            .expect("a String takes all");
        let counted = [sum(|found| found.records), sum(|found| found.missing), sum(|found| found.double)];
        match log {
            Log::None => table.push('\n'),
            _ => {
                let [records, missing, double] = counted;
                writeln!(table, "{records:>12}{missing:>9}{double:>8}").expect("a String takes all");
            }
        }
        match (log, of_appender) {
            (Log::TracingAppender, _) => of_appender = Some(medians),
            (Log::Ringlog, Some(appender)) => {
                let [per_second, p50, p99, cpu] = std::array::from_fn(|at| medians[at] / appender[at]);
                let ratios = format!("{per_second:>12.2}{p50:>9.2}{p99:>9.2}{cpu:>15.2}");
                writeln!(table, "{:<18}{ratios}", "  to the appender").expect("a String takes all");
            }
            _ => {}
        }
    }
    let rounds = figures.len() / Log::ALL.len();
    writeln!(
        table,
        "\n{requests} requests a round, {rounds} rounds; medians. Records are those of all rounds."
    )
    .expect("a String takes all");
    table
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// The records of a round, by what they are.
pub(crate) fn counts(counts: &Counts) -> String {
    let mut table = String::from("\nRecords of a round, the same with both:\n");
    for (Record { level, target, message }, count) in counts {
        let message: String = message.chars().take(60).collect();
        writeln!(table, "{count:>9} {level:<6}{target:<32}{message}").expect("a String takes all");
    }
    table
}

/// What one has more or less of than the other, if anything.
pub(crate) fn difference(one: &str, counts: &Counts, other: &str, others: &Counts) -> Option<String> {
    let records: BTreeSet<_> = counts.keys().chain(others.keys()).collect();
    let mut told = String::new();
    for record in records {
        let of = |counts: &Counts| counts.get(record).copied().unwrap_or(0);
        if of(counts) != of(others) {
            write!(told, "\n  {one} {}, {other} {}: {record:?}", of(counts), of(others))
                .expect("a String takes all");
        }
    }
    (!told.is_empty()).then(|| format!("the records differ{told}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn a_difference_names_the_record() {
        let record = |message: &str| Record {
            level: "INFO".to_owned(),
            target: "t".to_owned(),
            message: message.to_owned(),
        };
        let one = Counts::from([(record("a"), 1), (record("b"), 2)]);
        assert_eq!(difference("x", &one, "y", &one), None);
        let other = Counts::from([(record("a"), 1), (record("c"), 1)]);
        let told = difference("x", &one, "y", &other).unwrap();
        assert!(told.contains("x 2, y 0") && told.contains("x 0, y 1") && !told.contains("\"a\""), "{told}");
    }
}
