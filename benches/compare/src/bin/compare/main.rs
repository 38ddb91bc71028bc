//! Measures ringlog beside its peers, and writes a table and plots.
//!
//! ```text
//! cargo run --release --manifest-path benches/compare/Cargo.toml
//! ```
//!
//! Builds each peer, starts each of them once a round for each kind of work, in shuffled order, and takes
//! medians over the rounds. `README.md` beside the manifest says what is measured, how, and what is not.

mod binaries;
mod machine;
mod options;
mod page;
mod plot;
mod roster;
mod session;
mod summary;
mod table;

use machine::Machine;
use options::{Command, Options, USAGE};
use ringlog_compare::Outcome;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};
use summary::Summary;

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Ok(Command::Measure(options)) => match compare(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("compare: {error}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("compare: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn compare(options: &Options) -> Outcome<()> {
    // What can fail, fails before minutes have gone into it.
    fs::create_dir_all(&options.out).map_err(|error| format!("{}: {error}", options.out.display()))?;
    let binaries = binaries::build(&options.peers)?;
    let machine = Machine::look(options);
    let runs = session::measure(options, &binaries);
    let summary = Summary::of(&options.peers, &runs, &binaries);
    let markdown = table::markdown(&summary, &machine);
    let plots = plot::all(&summary)?;
    write(&options.out, "table.md", &markdown)?;
    write(&options.out, "summary.csv", &table::summary_csv(&summary))?;
    write(&options.out, "runs.csv", &table::runs_csv(&runs))?;
    for plot in &plots {
        write(&options.out, plot.file, &plot.svg)?;
    }
    write(&options.out, "index.html", &page::html(&summary, &machine, &plots))?;
    println!("{markdown}\nwritten to {}", options.out.canonicalize()?.display());
    if summary.peers.iter().all(|peer| peer.used == 0) {
        return Err("no run came to its end".into());
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> Outcome<()> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}
