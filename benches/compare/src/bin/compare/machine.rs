//! On what, when and how it was measured.

use crate::options::Options;
use std::fs;
use std::process::Command;
use std::time::SystemTime;

/// What stands above the tables: each a name and what it is.
#[derive(Debug)]
pub(crate) struct Machine(pub(crate) Vec<(&'static str, String)>);

impl Machine {
    pub(crate) fn look(options: &Options) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let info = read("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let model = model.map_or("unknown", |(_, model)| model);
        let is_virtual = info.lines().any(|line| line.starts_with("flags") && line.contains(" hypervisor"));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let memory = read("/proc/meminfo");
        let memory: u64 = memory
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok())
            .unwrap_or_default();
        let words: Vec<_> = std::env::args().skip(1).collect();
        let list: Vec<_> = options.cores.iter().map(usize::to_string).collect();
        let is_virtual = if is_virtual { ", virtual" } else { "" };
        Self(vec![
            ("machine", format!("{model}{is_virtual}, {cores} cores, {} GiB", memory >> 20)),
            ("kernel", read("/proc/version").split(" (").next().unwrap_or_default().trim().to_owned()),
            (
                "clock source",
                read("/sys/devices/system/clocksource/clocksource0/current_clocksource").trim().into(),
            ),
            ("compiler", told("rustc", &["--version"])),
            ("commit", told("git", &["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty"])),
            ("date", humantime::format_rfc3339_seconds(SystemTime::now()).to_string()),
            (
                "command",
                format!(
                    "cargo run --release --manifest-path benches/compare/Cargo.toml{}{}",
                    if words.is_empty() { "" } else { " -- " },
                    words.join(" ")
                ),
            ),
            (
                "work",
                format!(
                    "rounds: {}, shuffled (seed {}); bursts of 20 calls: {}; records: {}",
                    options.rounds, options.seed, options.bursts, options.records
                ),
            ),
            ("cores used", format!("{} (the loggers' own, then the producers')", list.join(", "))),
            ("files", format!("{} ({})", options.folder.display(), file_system(&options.folder))),
        ])
    }
}

fn told(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().ok().filter(|output| output.status.success());
    output.map_or_else(|| "unknown".into(), |output| String::from_utf8_lossy(&output.stdout).trim().into())
}

/// The type of the file system that a folder is on: that of the longest mount point above it.
fn file_system(folder: &std::path::Path) -> String {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let folder = folder.canonicalize().unwrap_or_default();
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map_or_else(|| "unknown file system".into(), |(_, kind)| kind.to_owned())
}
