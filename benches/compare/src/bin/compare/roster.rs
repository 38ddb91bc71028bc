//! Who is compared.

/// A logger, as the driver knows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name in tables and on the command line.
    pub(crate) name: &'static str,
    /// Its binary, `peer_…`, and the feature that it needs.
    pub(crate) binary: &'static str,
    pub(crate) feature: Option<&'static str>,
    /// The crate whose version is told.
    pub(crate) package: Option<&'static str>,
    /// How many threads may log at once.
    pub(crate) most_producers: usize,
    /// What a reader of its figures should know.
    pub(crate) note: &'static str,
}

impl Entry {
    /// Whether it is ours.
    pub(crate) fn is_ringlog(&self) -> bool {
        self.package == Some("ringlog")
    }

    /// The version that is built, from the lock file.
    pub(crate) fn version(&self) -> Option<&'static str> {
        const LOCK: &str = include_str!("../../../Cargo.lock");
        let package = format!("name = \"{}\"", self.package?);
        let mut lines = LOCK.lines().skip_while(|&line| line != package);
        lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
    }
}

const fn ringlog(name: &'static str, binary: &'static str, note: &'static str) -> Entry {
    Entry { name, binary, feature: None, package: Some("ringlog"), most_producers: usize::MAX, note }
}

const fn peer(
    name: &'static str,
    binary: &'static str,
    feature: &'static str,
    package: &'static str,
    note: &'static str,
) -> Entry {
    let (feature, package) = (Some(feature), Some(package));
    Entry { name, binary, feature, package, most_producers: usize::MAX, note }
}

/// All of them.
pub(crate) const ENTRIES: &[Entry] = &[
    ringlog("ringlog", "peer_ringlog", "`Clock::Tsc`, the default. All else as it comes, too."),
    ringlog("ringlog, coarse", "peer_ringlog_coarse", "`Clock::Coarse`: the call reads no clock."),
    ringlog(
        "ringlog, async",
        "peer_ringlog_async",
        "`info_async!`: each call gives a completion, which is dropped.",
    ),
    Entry {
        feature: Some("ringlog_tracing"),
        ..ringlog(
            "ringlog, tracing",
            "peer_ringlog_tracing",
            "The macros of `tracing`, by way of `ringlog::bridge::tracing`.",
        )
    },
    peer(
        "ticklog",
        "peer_ticklog",
        "ticklog",
        "ticklog",
        "`Backpressure::Block`. Its thread spins: a core is busy even when nothing is logged.",
    ),
    peer("inqjet", "peer_inqjet", "inqjet", "inqjet", "A buffer of 1 MiB, `Backoff`; its own macros."),
    Entry {
        most_producers: 1,
        ..peer(
            "quicklog",
            "peer_quicklog",
            "quicklog",
            "quicklog",
            "One producer at most. The thread that flushes and the buffered file are ours: it brings none. A \
             refused record is logged again.",
        )
    },
    peer(
        "low_latency_log",
        "peer_low_latency_log",
        "low_latency_log",
        "low_latency_log",
        "A borrowed text (M2) has to be cloned by the caller.",
    ),
    peer(
        "spdlog-rs",
        "peer_spdlog_rs",
        "spdlog_rs",
        "spdlog-rs",
        "`AsyncPoolSink` over a file, feature `flexible-string`, `OverflowPolicy::Block`.",
    ),
    peer(
        "tracing",
        "peer_tracing",
        "tracing",
        "tracing-appender",
        "`tracing-subscriber` over `tracing-appender`'s non-blocking writer, `lossy(false)`.",
    ),
    peer(
        "slog-async",
        "peer_slog_async",
        "slog_async",
        "slog-async",
        "Over `slog-term`'s full format and a buffered file; a channel of 8,192, `OverflowStrategy::Block`.",
    ),
    peer(
        "ftlog",
        "peer_ftlog",
        "ftlog",
        "ftlog",
        "Feature `tsc`, UTC, its default bound of 100,000 with blocking.",
    ),
    peer("fast_log", "peer_fast_log", "fast_log", "fast_log", "A channel of 100,000, which blocks."),
    peer(
        "logforth",
        "peer_logforth",
        "logforth",
        "logforth",
        "`Async` over its file appender, bound of 100,000 lines, `overflow_block`.",
    ),
    Entry {
        name: "classic design",
        binary: "peer_classic",
        feature: None,
        package: None,
        most_producers: usize::MAX,
        note: "Written for this comparison: a task pool, a promise a message, a locked buffer.",
    },
    Entry {
        name: "floor",
        binary: "peer_floor",
        feature: None,
        package: None,
        most_producers: usize::MAX,
        note: "No logger: the design with nothing left in it. A stamp and the arguments go into a bare ring of \
               1 MiB a thread; one thread prints these three statements by code written for them, in no order \
               among threads.",
    },
];

#[cfg(test)]
mod tests {
    use super::ENTRIES;

    #[test]
    fn each_version_stands_in_the_lock_file() {
        for entry in ENTRIES {
            assert_eq!(entry.version().is_some(), entry.package.is_some(), "{}", entry.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ENTRIES.len());
    }
}
