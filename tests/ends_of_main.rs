//! The ends of a `main` of one's own, which tests under the usual harness have not: this program runs itself again.

use ringlog::layout::Text;
use ringlog::{Builder, OnFork, info, sink};
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;

const LINES: usize = 20_000;

fn main() -> ExitCode {
    if let Ok(case) = env::var("RINGLOG_CASE") {
        return end(&case);
    }
    for (case, code) in [("return", 3), ("panic", 101), ("exit-handler", 4)] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let output = Command::new(env::current_exe().unwrap())
            .env("RINGLOG_CASE", case)
            .env("RINGLOG_FILE", &log)
            .env_remove("RINGLOG")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{case}: {output:?}");
        check(case, &log);
        println!("{case}: ok");
    }
    ExitCode::SUCCESS
}

/// Every line that was logged is there, once and in order; the panic's last.
fn check(case: &str, log: &Path) {
    let text = fs::read_to_string(log).unwrap();
    let mut lines = text.lines();
    for line in 0..LINES {
        assert_eq!(lines.next(), Some(&*format!("line {line}")), "{case}");
    }
    match case {
        "panic" => assert!(text.ends_with("of main\n"), "{case}"),
        "exit-handler" => assert_eq!(lines.next(), Some("last words")),
        _ => assert_eq!(lines.next(), None, "{case}"),
    }
}

fn end(case: &str) -> ExitCode {
    let file = sink::File::create(env::var_os("RINGLOG_FILE").unwrap()).unwrap();
    let sink = file.layout(Text::pattern("{message}").unwrap());
    Builder::new().filter("info").on_fork(OnFork::Silent).sink(sink).init().unwrap();
    // Nobody ends this thread, and nobody waits for it.
    thread::spawn(|| {
        loop {
            ringlog::trace!("not at this level");
            thread::yield_now();
        }
    });
    for line in 0..LINES {
        info!("line {line}");
    }
    match case {
        "panic" => {
            std::panic::set_hook(Box::new(|panic| info!("{panic}")));
            panic!("of main");
        }
        "exit-handler" => {
            // Called ahead of the logger's own, which was registered before it.
            extern "C" fn last_words() {
                info!("last words");
            }
            // SAFETY: the function does not unwind.
            unsafe { libc::atexit(last_words) };
            std::process::exit(4);
        }
        _ => ExitCode::from(3),
    }
}
