//! Building the peers.

use crate::roster::Entry;
use indicatif::{ProgressBar, ProgressStyle};
use ringlog_compare::Outcome;
use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// For each peer's name its binary, or why there is none.
pub(crate) type Binaries = BTreeMap<&'static str, Result<PathBuf, String>>;

/// Builds each peer with the same cargo, in release mode, each with its own feature alone. One that does not
/// build leaves the others alone.
pub(crate) fn build(peers: &[&'static Entry]) -> Outcome<Binaries> {
    // target/release/compare, whatever its target directory is.
    let target = env::current_exe()?.ancestors().nth(2).ok_or("no target directory")?.to_owned();
    let progress = ProgressBar::new(peers.len() as u64).with_style(
        ProgressStyle::with_template("building  {wide_bar} {pos}/{len} {msg:<20}").expect("a sound template"),
    );
    let mut binaries = Binaries::new();
    for peer in peers {
        progress.set_message(peer.name);
        binaries.insert(peer.name, build_one(peer, &target));
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(binaries)
}

fn build_one(peer: &Entry, target: &Path) -> Result<PathBuf, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--locked", "--color", "never", "--bin", peer.binary])
        .args(peer.feature.iter().flat_map(|feature| ["--features", feature]))
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        let error = told.lines().find(|line| line.starts_with("error")).unwrap_or("no error told");
        return Err(format!("does not build on this toolchain: {error}"));
    }
    Ok(target.join("release").join(peer.binary))
}
