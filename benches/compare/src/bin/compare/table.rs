//! The tables: as Markdown for people, as CSV for programs.

use crate::machine::Machine;
use crate::session::Run;
use crate::summary::{Cold, Curve, Peer, Summary, at};
use ringlog_compare::{LOADS, QUANTILES, STATEMENTS, State};
use std::fmt::Write;

/// A table: a title, what its figures are, the names of its columns, and its rows.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) about: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Whether it holds words, not figures.
    pub(crate) fn is_words(&self) -> bool {
        self.columns.len() == 2
    }
}

/// What stands where there is no figure.
const NONE: &str = "—";

pub(crate) fn tables(summary: &Summary) -> [Table; 5] {
    [latency(summary), cold(summary), throughput(summary), runs(summary), notes(summary)]
}

/// Nanoseconds and the like: three digits or so.
pub(crate) fn figure(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.into(), figure)
}

/// What marks a figure of runs in another state than most.
fn mark(summary: &Summary, state: Option<State>) -> &'static str {
    if state.is_some_and(|state| state != summary.state) { " *" } else { "" }
}

/// The peers by that figure, those without one last.
fn sorted_by(summary: &Summary, key: impl Fn(&Peer) -> Option<f64>) -> Vec<&Peer> {
    let mut peers: Vec<_> = summary.peers.iter().collect();
    peers.sort_by(|one, other| {
        let value = |peer| key(peer).unwrap_or(f64::INFINITY);
        value(one).total_cmp(&value(other))
    });
    peers
}

/// How the runs that count were chosen, in a sentence or two.
pub(crate) fn states(summary: &Summary) -> String {
    let name = summary.state.name();
    let mut text = match summary.state {
        State::Unknown => "The distance of the cores could not be measured.".to_owned(),
        _ => format!(
            "Most runs found the cores {name} (a cache line's round trip between them): figures are medians \
             of those."
        ),
    };
    if summary.has_other_states() {
        let _ = write!(text, " *: of runs that were not {name}; don't compare these.");
    }
    text
}

fn latency(summary: &Summary) -> Table {
    let percentiles =
        |curve: &Curve| [0.5, 0.9, 0.99, 0.999, 0.9999].map(|quantile| figure(at(curve, quantile)));
    let mut rows = Vec::new();
    if let Some(rdtsc) = &summary.rdtsc {
        let mut row = vec!["`rdtsc` alone".to_owned()];
        row.extend(percentiles(rdtsc));
        row.resize(11, NONE.into());
        rows.push(row);
    }
    for peer in sorted_by(summary, |peer| Some(at(&peer.latency.as_ref()?.calls[0], 0.5))) {
        let state = peer.latency.as_ref().map(|latency| latency.state);
        let mut row = vec![format!("{}{}", peer.entry.name, mark(summary, state))];
        if let Some(latency) = &peer.latency {
            let [m1, m2, m3] = &latency.calls;
            row.extend(percentiles(m1));
            row.push(format!("{:+.1}", at(m1, 0.5) - at(&latency.rdtsc, 0.5)));
            row.extend([(m2, 0.5), (m2, 0.99), (m3, 0.5), (m3, 0.99)].map(|(m, q)| figure(at(m, q))));
        }
        row.resize(11, NONE.into());
        rows.push(row);
    }
    Table {
        title: "What a log call costs",
        about:
            "Nanoseconds a call, in bursts of 20 calls, 50 to 100 µs apart. M1: three numbers; M2: a text \
                of 24 bytes and a number; M3: no argument. Above: M1's median less that of the bare clock \
                read in the same process."
                .into(),
        columns: "logger|M1 p50|p90|p99|p99.9|p99.99|above `rdtsc`|M2 p50|p99|M3 p50|p99"
            .split('|')
            .collect(),
        rows,
    }
}

fn cold(summary: &Summary) -> Table {
    let row = |name: String, cold: Option<Cold>| {
        let mut row = vec![name];
        row.extend(cold.iter().flatten().copied().map(figure));
        row.resize(4, NONE.into());
        row
    };
    let mut rows = Vec::new();
    if summary.cold_empty.is_some() {
        rows.push(row("an empty pair of counter reads".into(), summary.cold_empty));
    }
    for peer in sorted_by(summary, |peer| Some(peer.latency.as_ref()?.cold[0])) {
        let state = peer.latency.as_ref().map(|latency| latency.state);
        let name = format!("{}{}", peer.entry.name, mark(summary, state));
        rows.push(row(name, peer.latency.as_ref().map(|latency| latency.cold)));
    }
    Table {
        title: "A call on cold caches",
        about:
            "Nanoseconds of one call of M1 after 4 MiB of other work, with the pair of counter reads that \
                it is timed by. The mean, without the slowest hundredth, says most: the counter of virtual \
                machines steps by 10 ns."
                .into(),
        columns: "logger|mean|p50|p99".split('|').collect(),
        rows,
    }
}

fn throughput(summary: &Summary) -> Table {
    let speed = |peer: &Peer, load: usize| Some(peer.throughput[load].as_ref()?.records_a_second);
    let rows = sorted_by(summary, |peer| Some(-speed(peer, 0)?)).into_iter().map(|peer| {
        let millions = |load: usize| {
            let state = peer.throughput[load].as_ref().map(|throughput| throughput.state);
            optional(speed(peer, load).map(|speed| speed / 1e6)) + mark(summary, state)
        };
        let one = peer.throughput[0].as_ref();
        vec![
            peer.entry.name.into(),
            millions(0),
            millions(1),
            millions(2),
            if peer.logged == 0 { NONE.into() } else { format!("{} of {}", peer.lost, peer.logged) },
            one.map_or_else(|| NONE.into(), |one| format!("{:.0}", one.bytes_a_record)),
            optional(one.map(|one| one.cpu_seconds_a_record * 1e6)),
            optional(one.and_then(|one| one.peak_bytes).map(|bytes| bytes / 1e6)),
        ]
    });
    let pinned = summary.peers.iter().filter_map(|peer| peer.throughput[1].as_ref()).any(|two| two.is_pinned);
    let pinned =
        if pinned { "" } else { " With two producers threads are not pinned: there is no core for each." };
    Table {
        title: "Text to a file",
        about: format!(
            "Million records of M1 a second, from the first call until all are in the file: of one statement, \
             and under \"many statements\" of {STATEMENTS} in turn, by one producer. Lost: logged and not found in \
             the files, in all runs. CPU time (all threads) and peak memory (of the process) with one producer \
             and one statement.{pinned}"
        ),
        columns: "logger|1 producer|2 producers|many statements|records lost|bytes a record|CPU µs a record|peak MB"
            .split('|')
            .collect(),
        rows: rows.collect(),
    }
}

fn runs(summary: &Summary) -> Table {
    let rows = summary.peers.iter().map(|peer| {
        vec![
            peer.entry.name.into(),
            peer.entry.version().unwrap_or(NONE).into(),
            peer.used.to_string(),
            peer.near.to_string(),
            peer.far.to_string(),
            peer.changed.to_string(),
            optional(peer.round_trip),
        ]
    });
    Table {
        title: "The runs",
        about: states(summary),
        columns: "logger|version|runs that count|near|far|changed|round trip, ns".split('|').collect(),
        rows: rows.collect(),
    }
}

fn notes(summary: &Summary) -> Table {
    let rows = summary.peers.iter().map(|peer| {
        let mut note = peer.entry.note.to_owned();
        for failure in &peer.failures {
            let _ = write!(note, " **Failed: {}.**", failure.trim_end_matches('.'));
        }
        vec![peer.entry.name.into(), note]
    });
    Table {
        title: "Notes",
        about: String::new(),
        columns: "logger|note".split('|').collect(),
        rows: rows.collect(),
    }
}

pub(crate) fn markdown(summary: &Summary, machine: &Machine) -> String {
    let mut text = String::from("# ringlog beside its peers\n\n");
    for (name, value) in &machine.0 {
        let _ = writeln!(text, "- {name}: {value}");
    }
    for table in tables(summary) {
        let _ = write!(text, "\n## {}\n\n", table.title);
        if !table.about.is_empty() {
            let _ = write!(text, "{}\n\n", table.about);
        }
        let _ = writeln!(text, "| {} |", table.columns.join(" | "));
        let column = if table.is_words() { "|---" } else { "|---:" };
        let _ = writeln!(text, "|---{}|", column.repeat(table.columns.len() - 1));
        for row in &table.rows {
            let cells: Vec<_> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A line for each peer, figure and quantile: what the plots draw.
pub(crate) fn summary_csv(summary: &Summary) -> String {
    let mut text = String::from("logger,figure,quantile,value\n");
    for peer in &summary.peers {
        let name = quoted(peer.entry.name);
        let mut line = |figure: &str, quantile: Option<f64>, value: f64| {
            let quantile = quantile.map_or_else(String::new, |quantile| format!("{quantile:.6}"));
            let _ = writeln!(text, "{name},{figure},{quantile},{value}");
        };
        if let Some(latency) = &peer.latency {
            let [m1, m2, m3] = &latency.calls;
            for (figure, curve) in [("rdtsc_ns", &latency.rdtsc), ("m1_ns", m1), ("m2_ns", m2), ("m3_ns", m3)]
            {
                for (quantile, value) in QUANTILES.into_iter().zip(curve) {
                    line(figure, Some(quantile), *value);
                }
            }
            for (figure, [mean, p50, p99]) in [("cold", latency.cold), ("cold_empty", latency.cold_empty)] {
                line(&format!("{figure}_mean_ns"), None, mean);
                line(&format!("{figure}_ns"), Some(0.5), p50);
                line(&format!("{figure}_ns"), Some(0.99), p99);
            }
        }
        for (load, throughput) in LOADS.iter().zip(&peer.throughput) {
            let Some(throughput) = throughput else { continue };
            let load = format!("{}{}", load.producers, if load.in_turn { "_in_turn" } else { "" });
            line(&format!("records_a_second_{load}"), None, throughput.records_a_second);
            line(&format!("cpu_seconds_a_record_{load}"), None, throughput.cpu_seconds_a_record);
            line(&format!("bytes_a_record_{load}"), None, throughput.bytes_a_record);
            if let Some(bytes) = throughput.peak_bytes {
                line(&format!("peak_bytes_{load}"), None, bytes);
            }
        }
        line("records_logged", None, peer.logged as f64);
        line("records_lost", None, peer.lost as f64);
    }
    text
}

/// A line for each run, also for those that do not count.
pub(crate) fn runs_csv(runs: &[Run]) -> String {
    let names = ["logged", "found", "seconds", "cpu_seconds", "bytes", "peak_bytes", "pinned"];
    let mut text = format!(
        "logger,round,work,producers,state,round_trip_before_ns,round_trip_after_ns,rdtsc_p50_ns,m1_p50_ns,\
         m2_p50_ns,m3_p50_ns,cold_mean_ns,cold_empty_mean_ns,{},error\n",
        names.join(",")
    );
    for run in runs {
        let (work, producers) = (run.work.name(), run.work.producers());
        let (name, state) = (quoted(run.peer.name), run.state.name());
        let _ = write!(text, "{name},{},{work},{producers},{state}", run.round);
        let report = run.result.as_ref().ok();
        let mut cell = |value: Option<f64>| {
            let _ = write!(text, ",{}", value.map_or_else(String::new, |value| value.to_string()));
        };
        for index in [0, 1] {
            cell(report.and_then(|report| report.all("round_trip").get(index).copied()));
        }
        for name in ["rdtsc", "m1", "m2", "m3", "cold", "cold_empty"].into_iter().chain(names) {
            cell(report.and_then(|report| report.one(name)));
        }
        let _ = writeln!(text, ",{}", quoted(run.result.as_ref().err().map_or("", String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binaries::Binaries;
    use crate::roster::ENTRIES;
    use crate::summary::Latency;
    use ringlog_compare::Work;

    #[test]
    fn figures_have_three_digits_or_so() {
        assert_eq!([0.123, 9.0, 11.04, 1234.5].map(figure), ["0.12", "9.00", "11.0", "1234"]);
    }

    #[test]
    fn a_peer_without_runs_has_a_row_without_figures_and_a_note() {
        let ticklog = ENTRIES.iter().find(|entry| entry.name == "ticklog").unwrap();
        let binaries = Binaries::from([(ticklog.name, Err("does not build".to_owned()))]);
        let summary = Summary::of(&[ticklog], &[], &binaries);
        let text = markdown(&summary, &Machine(Vec::new()));
        assert!(text.contains("| ticklog | — | — |"), "{text}");
        assert!(text.contains("**Failed: does not build.**"), "{text}");
        for table in tables(&summary) {
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.title);
        }
    }

    #[test]
    fn the_cold_calls_begin_with_what_an_empty_pair_takes() {
        let curve = || vec![9.0; QUANTILES.len()];
        let mut summary = Summary::of(&[&ENTRIES[0]], &[], &Binaries::new());
        assert_eq!(cold(&summary).rows, [["ringlog", NONE, NONE, NONE]]);
        summary.cold_empty = Some([21.0, 20.0, 30.0]);
        summary.peers[0].latency = Some(Latency {
            state: summary.state,
            rdtsc: curve(),
            calls: [curve(), curve(), curve()],
            cold: [121.0, 60.0, 600.0],
            cold_empty: [22.0, 20.0, 30.0],
        });
        let [empty, ringlog] = cold(&summary).rows.try_into().unwrap();
        assert_eq!(empty, ["an empty pair of counter reads", "21.0", "20.0", "30.0"]);
        assert_eq!(ringlog, ["ringlog", "121", "60.0", "600"]);
        let csv = summary_csv(&summary);
        for line in ["cold_mean_ns,,121", "cold_ns,0.990000,600", "cold_empty_mean_ns,,22"] {
            assert!(csv.contains(&format!("\"ringlog\",{line}\n")), "{csv}");
        }
    }

    #[test]
    fn csv_lines_have_as_many_cells_as_their_head() {
        let run = Run {
            peer: &ENTRIES[4],
            round: 1,
            work: Work::Throughput { load: LOADS[1], records: 1 },
            state: State::Near,
            result: Err("a \"bad\" end".into()),
        };
        let text = runs_csv(&[run]);
        let cells: Vec<_> = text.lines().map(|line| line.matches(',').count()).collect();
        assert_eq!(cells[0], cells[1], "{text}");
        assert!(text.contains("\"a \"\"bad\"\" end\""), "{text}");
    }
}
