//! Rolling files behind a runtime: many threads, a system that takes no more, and SIGKILL.

use super::Place;
use super::common::close;
use super::property::in_order;
use ringlog::layout::Text;
use ringlog::sink::RollingFile;
use ringlog::{Builder, info, info_async};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

#[test]
fn records_of_many_threads_are_in_the_files_once_they_are_waited_for() {
    let place = Place::new();
    let file = RollingFile::builder(place.path("app.log")).max_size(5_000).open().unwrap();
    let handle = file.handle();
    let layout = Text::pattern("{message}").unwrap();
    let runtime = Builder::new().sink(file.layout(layout)).start().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (runtime, handle) = (&runtime, &handle);
            scope.spawn(move || {
                for number in 0..2_000 {
                    info!(logger: runtime, "{thread} {number}");
                    if number % 500 == 0 {
                        handle.rotate();
                    }
                }
                info_async!(logger: runtime, "{thread} done").durable().wait().unwrap();
            });
        }
    });
    let archives = place.files().len() - 1;
    let names = (1..=archives).rev().map(|index| format!("app.log.{index}")).chain(["app.log".to_owned()]);
    let all: String = names.map(|name| place.read(&name)).collect();
    for thread in 0..4 {
        let prefix = format!("{thread} ");
        let found: Vec<&str> = all.lines().filter_map(|line| line.strip_prefix(&prefix)).collect();
        let wanted: Vec<String> = (0..2_000).map(|number: u32| number.to_string()).collect();
        assert_eq!(found[..2_000], wanted);
        assert_eq!(found[2_000..], ["done"]);
    }
    assert!(archives >= 5, "{archives}");
    close(&runtime);
}

/// A test in a process of its own.
fn child(test: &str, part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("RINGLOG_CHILD", part);
    command
}

/// Whether this process is a child, and what it is told.
fn part() -> Option<String> {
    std::env::var("RINGLOG_CHILD").ok()
}

#[test]
fn where_the_system_takes_no_more_records_fail_whole_and_go_on_later() {
    const NAME: &str = "service::where_the_system_takes_no_more_records_fail_whole_and_go_on_later";
    if part().is_none() {
        let output = child(NAME, "log").output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        return assert!(output.status.success() && stdout.contains("1 passed"), "{stdout} {stderr}");
    }
    // SAFETY: these calls change the limits and the disposition of this process, which runs this test alone.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        let limit = libc::rlimit { rlim_cur: 10_000, rlim_max: libc::RLIM_INFINITY };
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
    let place = Place::new();
    let file = place.builder().open().unwrap();
    let handle = file.handle();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    let runtime = Builder::new()
        .sink(file.layout(Text::pattern("{message}").unwrap()))
        .on_error(move |event| told.lock().unwrap().push(event.to_string()))
        .start()
        .unwrap();
    let mut written = String::new();
    for round in 0..2 {
        let mut failed = 0;
        for number in 0..300 {
            let line = format!("{round} {number} {}", "x".repeat(100));
            match info_async!(logger: runtime, "{line}").wait() {
                Ok(()) => written.extend([line.as_str(), "\n"]),
                Err(_) => failed += 1,
            }
        }
        assert!(failed > 100, "{failed}");
        handle.rotate();
    }
    info_async!(logger: runtime, "last").wait().unwrap();
    let found = place.read("app.log.2") + &place.read("app.log.1") + &place.read("app.log");
    assert!(found == written + "last\n", "whole records, and those that were acknowledged");
    let events = events.lock().unwrap();
    assert!(events[0].contains("app.log: cannot be written to: File too large"), "{events:?}");
    drop(events);
    close(&runtime);
}

/// Needs a file system of its own, which not every system lets its users mount.
#[test]
fn a_full_file_system_takes_whole_records_or_none_and_goes_on_when_there_is_room() {
    const NAME: &str =
        "service::a_full_file_system_takes_whole_records_or_none_and_goes_on_when_there_is_room";
    if let Some(folder) = part() {
        let path = Path::new(&folder).join("logs/app.log");
        let file = RollingFile::builder(&path).max_size(20_000).open().unwrap();
        let layout = Text::pattern("{message}").unwrap();
        let runtime = Builder::new().sink(file.layout(layout)).on_error(|_| {}).start().unwrap();
        let filler = Path::new(&folder).join("filler");
        let mut durable = String::new();
        for number in 0..3_000 {
            match number {
                1_000 => drop(std::fs::write(&filler, vec![0; 1 << 20]).unwrap_err()),
                2_000 => std::fs::remove_file(&filler).unwrap(),
                _ => {}
            }
            let line = format!("record {number} {}", "x".repeat(50));
            match info_async!(logger: runtime, "{line}").durable().wait() {
                Ok(()) => durable.extend([&line[..], "\n"]),
                Err(error) => assert!(error.to_string().contains("No space left"), "{error}"),
            }
        }
        let report = close(&runtime);
        assert!(report.total.failed > 500, "{report:?}");
        let archives = std::fs::read_dir(path.parent().unwrap()).unwrap().count() - 1;
        let names = (1..=archives).rev().map(|index| format!("{}.{index}", path.display()));
        let all =
            names.chain([path.display().to_string()]).map(|name| std::fs::read_to_string(name).unwrap());
        assert!(all.collect::<String>() == durable, "what was acknowledged, and nothing else");
        return;
    }
    let unshared = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-ec", script]);
        command
    };
    if !unshared("true").output().is_ok_and(|output| output.status.success()) {
        return eprintln!("no mount of its own to be had here: not tried");
    }
    let folder = tempfile::tempdir().unwrap();
    let script =
        "mount -t tmpfs -o size=512k tmpfs \"$RINGLOG_CHILD\"; exec \"$0\" --exact \"$1\" --nocapture";
    let mut command = unshared(script);
    command.arg(std::env::current_exe().unwrap()).arg(NAME).env("RINGLOG_CHILD", folder.path());
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout} {stderr}");
}

fn open_to_be_killed(path: &Path) -> RollingFile {
    let builder = RollingFile::builder(path).max_size(1_000);
    #[cfg(feature = "gzip")]
    let builder = builder.compress(ringlog::sink::Compression::Gzip);
    builder.open().unwrap()
}

#[test]
fn what_was_durable_when_a_process_was_killed_stands_once_and_in_order() {
    const NAME: &str = "service::what_was_durable_when_a_process_was_killed_stands_once_and_in_order";
    const END: &str = " and no more";
    if let Some(part) = part() {
        let (round, path) = part.split_once(' ').unwrap();
        let layout = Text::pattern("{message}").unwrap();
        let runtime = Builder::new().sink(open_to_be_killed(Path::new(path)).layout(layout)).start().unwrap();
        for number in 0.. {
            info_async!(logger: runtime, "{round} {number}{END}").durable().wait().unwrap();
            println!("durable {number}");
        }
    }
    let place = Place::new();
    let mut durable = Vec::new();
    for round in 0..12 {
        let part = format!("{round} {}", place.path("app.log").display());
        let mut running = child(NAME, &part).stdout(Stdio::piped()).spawn().unwrap();
        let acknowledged = BufReader::new(running.stdout.take().unwrap())
            .lines()
            .filter_map(|line| line.unwrap().rsplit_once("durable ")?.1.parse::<usize>().ok());
        durable.push(acknowledged.take(1 + 17 * round).last().unwrap());
        running.kill().unwrap();
        running.wait().unwrap();
    }
    open_to_be_killed(&place.path("app.log")).handle().wait_until_tidy();
    let all: String = in_order(&place, false).iter().map(|name| place.read(name)).collect();
    let whole: Vec<(usize, usize)> = all
        .lines()
        .filter_map(|line| {
            let (round, number) = line.strip_suffix(END)?.split_once(' ')?;
            Some((round.parse().ok()?, number.parse().ok()?))
        })
        .collect();
    assert!(all.lines().count() - whole.len() <= durable.len(), "each kill tears one line at most");
    assert!(whole.is_sorted(), "in order");
    for (round, durable) in durable.into_iter().enumerate() {
        let found: Vec<usize> =
            whole.iter().filter(|(of, _)| *of == round).map(|(_, number)| *number).collect();
        assert_eq!(found, (0..found.len()).collect::<Vec<_>>(), "round {round}: once and without a gap");
        assert!(found.len() > durable, "round {round}: {} records, durable up to {durable}", found.len());
    }
}
