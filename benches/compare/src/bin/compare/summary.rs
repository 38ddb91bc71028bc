//! Medians over the rounds, of runs in one state of the cores.

use crate::binaries::Binaries;
use crate::roster::Entry;
use crate::session::Run;
use ringlog_compare::{LOADS, QUANTILES, Report, State, Work};

/// What all runs come to.
#[derive(Debug)]
pub(crate) struct Summary {
    /// The state that most runs were in: the others are left out where a peer has some in this one.
    pub(crate) state: State,
    pub(crate) peers: Vec<Peer>,
    /// The bare clock read, in all latency runs that count: nanoseconds at each quantile.
    pub(crate) rdtsc: Option<Curve>,
    /// The empty pair of counter reads on cold caches, in the same runs.
    pub(crate) cold_empty: Option<Cold>,
}

/// Nanoseconds a call at each of [`QUANTILES`].
pub(crate) type Curve = Vec<f64>;

/// Nanoseconds of a call on cold caches: the mean without the slowest hundredth, p50 and p99.
pub(crate) type Cold = [f64; 3];

/// What one peer's runs come to.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) entry: &'static Entry,
    pub(crate) latency: Option<Latency>,
    /// Under each of [`LOADS`].
    pub(crate) throughput: [Option<Throughput>; LOADS.len()],
    /// Records of all runs that came to their end: logged, and not found in the file.
    pub(crate) logged: u64,
    pub(crate) lost: u64,
    /// Runs that the medians are of, and those that were near, far and changed.
    pub(crate) used: usize,
    pub(crate) near: usize,
    pub(crate) far: usize,
    pub(crate) changed: usize,
    /// The median round trip between the cores, in nanoseconds.
    pub(crate) round_trip: Option<f64>,
    /// What went wrong.
    pub(crate) failures: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Latency {
    /// What the cores were in the runs that it is of.
    pub(crate) state: State,
    pub(crate) rdtsc: Curve,
    /// M1, M2, M3.
    pub(crate) calls: [Curve; 3],
    /// M1 on cold caches, and an empty pair of counter reads there.
    pub(crate) cold: Cold,
    pub(crate) cold_empty: Cold,
}

#[derive(Debug)]
pub(crate) struct Throughput {
    /// What the cores were in the runs that it is of.
    pub(crate) state: State,
    pub(crate) records_a_second: f64,
    pub(crate) cpu_seconds_a_record: f64,
    pub(crate) bytes_a_record: f64,
    pub(crate) peak_bytes: Option<f64>,
    /// Whether each thread had a core of its own.
    pub(crate) is_pinned: bool,
}

/// A curve's value at a quantile that is among [`QUANTILES`].
pub(crate) fn at(curve: &Curve, quantile: f64) -> f64 {
    let point = QUANTILES.iter().position(|known| (known - quantile).abs() < 1e-9);
    curve[point.expect("one of the quantiles")]
}

/// The middle one; of an even number, the mean of both. None of none.
fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

impl Summary {
    pub(crate) fn of(peers: &[&'static Entry], runs: &[Run], binaries: &Binaries) -> Self {
        let count = |state| runs.iter().filter(|run| run.state == state).count();
        let state = match (count(State::Near), count(State::Far)) {
            (0, 0) => State::Unknown,
            (near, far) if near >= far => State::Near,
            _ => State::Far,
        };
        let peers: Vec<_> = peers.iter().map(|entry| Peer::of(entry, runs, binaries, state)).collect();
        let clocks = peers.iter().filter_map(|peer| Some(&peer.latency.as_ref()?.rdtsc));
        let rdtsc = median_curve(&clocks.map(Vec::as_slice).collect::<Vec<_>>());
        let pairs = peers.iter().filter_map(|peer| Some(&peer.latency.as_ref()?.cold_empty));
        let cold_empty = median_cold(&pairs.map(<[f64; 3]>::as_slice).collect::<Vec<_>>());
        Self { state, peers, rdtsc, cold_empty }
    }

    /// Whether some figures had to be taken from runs in another state.
    pub(crate) fn has_other_states(&self) -> bool {
        self.peers.iter().flat_map(Peer::states).any(|state| state != self.state)
    }
}

impl Peer {
    fn of(entry: &'static Entry, runs: &[Run], binaries: &Binaries, state: State) -> Self {
        let own: Vec<_> = runs.iter().filter(|run| run.peer == entry).collect();
        let ended = || own.iter().filter_map(|run| run.result.as_ref().ok());
        let sum = |name| ended().filter_map(|report| report.one(name)).sum::<f64>() as u64;
        let count = |state| own.iter().filter(|run| run.state == state && run.result.is_ok()).count();
        let mut failures: Vec<_> = own.iter().filter_map(|run| run.result.as_ref().err().cloned()).collect();
        failures.extend(binaries.get(entry.name).and_then(|binary| binary.as_ref().err().cloned()));
        failures.sort_unstable();
        failures.dedup();
        let mut peer = Self {
            entry,
            latency: None,
            throughput: Default::default(),
            logged: sum("logged"),
            lost: sum("logged").saturating_sub(sum("found")),
            used: 0,
            near: count(State::Near),
            far: count(State::Far),
            changed: count(State::Changed),
            round_trip: median(ended().flat_map(|report| report.all("round_trip").iter().copied())),
            failures,
        };
        let (of, latency) = choose(&own, state, |work| matches!(work, Work::Latency { .. }));
        peer.latency = Latency::of(&latency, of);
        peer.used += latency.len();
        for (throughput, wanted) in peer.throughput.iter_mut().zip(LOADS) {
            let is_it = |work: &Work| matches!(*work, Work::Throughput { load, .. } if load == wanted);
            let (of, runs) = choose(&own, state, is_it);
            *throughput = Throughput::of(&runs, of);
            peer.used += runs.len();
        }
        peer
    }

    /// The states of all its figures.
    fn states(&self) -> impl Iterator<Item = State> {
        let latency = self.latency.iter().map(|latency| latency.state);
        latency.chain(self.throughput.iter().flatten().map(|throughput| throughput.state))
    }
}

/// The runs of that work that count, and their state: the wanted one, or, where there are none in it, the
/// next best.
fn choose<'r>(runs: &[&'r Run], wanted: State, is_it: impl Fn(&Work) -> bool) -> (State, Vec<&'r Report>) {
    let of = |state| {
        let fits = runs.iter().filter(|run| is_it(&run.work) && run.state == state);
        fits.filter_map(|run| run.result.as_ref().ok()).collect::<Vec<_>>()
    };
    let all = [wanted, State::Near, State::Far, State::Changed, State::Unknown];
    let chosen = all.into_iter().map(|state| (state, of(state))).find(|(_, runs)| !runs.is_empty());
    chosen.unwrap_or((wanted, Vec::new()))
}

impl Latency {
    fn of(runs: &[&Report], state: State) -> Option<Self> {
        let all = |name| runs.iter().map(|run| run.all(name)).collect::<Vec<_>>();
        let curve = |name| median_curve(&all(name));
        let cold = |name| median_cold(&all(name));
        Some(Self {
            state,
            rdtsc: curve("rdtsc")?,
            calls: [curve("m1")?, curve("m2")?, curve("m3")?],
            cold: cold("cold")?,
            cold_empty: cold("cold_empty")?,
        })
    }
}

/// The median at each quantile.
fn median_curve(curves: &[&[f64]]) -> Option<Curve> {
    (0..QUANTILES.len()).map(|point| median_at(curves, point)).collect()
}

/// The median of each of the figures.
fn median_cold(colds: &[&[f64]]) -> Option<Cold> {
    Some([median_at(colds, 0)?, median_at(colds, 1)?, median_at(colds, 2)?])
}

fn median_at(rows: &[&[f64]], index: usize) -> Option<f64> {
    median(rows.iter().filter_map(|row| row.get(index).copied()))
}

impl Throughput {
    fn of(runs: &[&Report], state: State) -> Option<Self> {
        let ratio = |above: &str, below: &str| {
            median(runs.iter().filter_map(|run| Some(run.one(above)? / run.one(below)?)))
        };
        Some(Self {
            state,
            records_a_second: ratio("records", "seconds")?,
            cpu_seconds_a_record: ratio("cpu_seconds", "records")?,
            bytes_a_record: ratio("bytes", "logged")?,
            peak_bytes: median(runs.iter().filter_map(|run| run.one("peak_bytes"))),
            is_pinned: runs.iter().all(|run| run.one("pinned") == Some(1.0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::ENTRIES;

    fn run(state: State, seconds: f64) -> Run {
        let work = Work::Throughput { load: LOADS[0], records: 10 };
        let text = format!("records 10\nlogged 12\nfound 11\nbytes 240\ncpu_seconds 1\nseconds {seconds}");
        Run { peer: &ENTRIES[0], round: 1, work, state, result: Ok(Report::parse(&text).unwrap()) }
    }

    fn latency(cold: [u32; 3], empty: u32) -> Run {
        let curve = " 9".repeat(QUANTILES.len());
        let [mean, p50, p99] = cold;
        let text = format!(
            "rdtsc{curve}\nm1{curve}\nm2{curve}\nm3{curve}\ncold {mean} {p50} {p99}\ncold_empty {empty} 1 2"
        );
        let work = Work::Latency { bursts: 1 };
        Run { work, result: Ok(Report::parse(&text).unwrap()), ..run(State::Near, 1.0) }
    }

    fn summary(runs: &[Run]) -> Summary {
        Summary::of(&[&ENTRIES[0]], runs, &Binaries::new())
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([]), None);
    }

    #[test]
    fn runs_of_one_state_count_and_all_are_looked_through_for_losses() {
        let runs = [
            run(State::Near, 1.0),
            run(State::Near, 5.0),
            run(State::Near, 2.0),
            run(State::Far, 100.0),
            run(State::Changed, 100.0),
        ];
        let summary = summary(&runs);
        let peer = &summary.peers[0];
        assert_eq!(summary.state, State::Near);
        assert_eq!(peer.throughput[0].as_ref().unwrap().records_a_second, 5.0);
        assert_eq!((peer.used, peer.near, peer.far, peer.changed), (3, 3, 1, 1));
        assert_eq!((peer.logged, peer.lost), (60, 5));
        assert!(!summary.has_other_states() && peer.latency.is_none() && peer.throughput[1].is_none());
    }

    #[test]
    fn each_figure_of_a_cold_call_is_its_own_median() {
        let summary = summary(&[latency([1, 9, 5], 3), latency([3, 8, 4], 9), latency([2, 7, 6], 4)]);
        assert_eq!(summary.peers[0].latency.as_ref().unwrap().cold, [2.0, 8.0, 5.0]);
        assert_eq!(summary.cold_empty, Some([4.0, 1.0, 2.0]));
    }

    #[test]
    fn a_peer_without_a_run_in_that_state_shows_another_and_says_so() {
        let mut runs = vec![run(State::Far, 1.0)];
        runs.extend((0..2).map(|_| Run { peer: &ENTRIES[1], ..run(State::Near, 1.0) }));
        let summary = summary(&runs);
        assert_eq!(summary.state, State::Near);
        assert!(summary.has_other_states());
        assert_eq!(summary.peers[0].throughput[0].as_ref().unwrap().state, State::Far);
        assert_eq!(summary.peers[0].used, 1);
    }

    #[test]
    fn what_failed_is_told_once() {
        let failed = || Run { result: Err("no room".into()), ..run(State::Unknown, 1.0) };
        let summary = summary(&[failed(), failed()]);
        assert_eq!(summary.peers[0].failures, ["no room"]);
        assert_eq!(summary.peers[0].used, 0);
    }
}
