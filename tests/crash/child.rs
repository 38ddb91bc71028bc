//! The process that is ended.

use super::LIMIT;
use super::notes::Notes;
use super::plan::{End, Plan, Random, line};
use ringlog::layout::Text;
use ringlog::{Builder, info, info_async, sink};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

static IS_ENDING: AtomicBool = AtomicBool::new(false);

type Shared = &'static Notes<AtomicU64>;

pub(crate) fn live(folder: &Path, seed: Option<u64>, life: Option<u64>) -> ExitCode {
    let (seed, life) = (seed.unwrap_or_default(), life.unwrap_or_default());
    let (plan, notes) = (Plan::of(seed, life), Notes::share(folder, life));
    limit();
    if plan.is_early {
        thread::spawn(move || end(&plan, notes));
    }
    start(folder, &plan);
    for thread in 0..plan.threads {
        thread::spawn(move || log(seed, life, thread, &plan, notes));
    }
    match () {
        () if plan.is_early => wait_for_the_end(),
        () if plan.is_elsewhere => {
            thread::spawn(move || end(&plan, notes));
            wait_for_the_end()
        }
        () => end(&plan, notes),
    }
}

/// A child that hangs is killed, and leaves no core dump in any case.
fn limit() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the limit is valid for the call.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        libc::alarm(LIMIT.as_secs() as u32);
    }
}

fn start(folder: &Path, plan: &Plan) {
    let plain = sink::File::append(folder.join("plain.log")).unwrap();
    let rolling = sink::RollingFile::builder(folder.join("rolling/app.log")).max_size(plan.max_size);
    #[cfg(feature = "gzip")]
    let rolling = if plan.is_compressed { rolling.compress(sink::Compression::Gzip) } else { rolling };
    let layout = || Text::pattern("{message}").unwrap();
    Builder::new()
        .filter("info")
        .workers(plan.workers)
        .ring_capacity(plan.ring_capacity)
        .flush_on_signals([libc::SIGTERM])
        .sink(plain.layout(layout()))
        .sink(rolling.open().unwrap().layout(layout()))
        .init()
        .unwrap();
}

fn log(seed: u64, life: u64, thread: usize, plan: &Plan, notes: Shared) {
    let mut random = Random::new(&[seed, life, thread as u64]);
    for number in 0.. {
        let text = line(seed, life, thread, number);
        let note = |row: &[AtomicU64]| row[thread].store(number + 1, SeqCst);
        if random.below(plan.waits.0) != 0 {
            info!("{text}");
            note(&notes.logged);
            continue;
        }
        let record = info_async!("{text}");
        note(&notes.logged);
        let (result, row) = if random.below(plan.waits.1) == 0 {
            (record.durable().wait(), &notes.durable)
        } else {
            (record.wait(), &notes.written)
        };
        match result {
            Ok(()) => note(row),
            Err(_) if IS_ENDING.load(SeqCst) => {}
            Err(error) => {
                eprintln!("{error}");
                notes.failed[thread].fetch_add(1, SeqCst);
            }
        }
    }
}

fn end(plan: &Plan, notes: Shared) -> ExitCode {
    thread::sleep(plan.delay);
    IS_ENDING.store(true, SeqCst);
    if plan.end.flushes() {
        for (logged, promised) in notes.logged.iter().zip(&notes.promised) {
            promised.store(logged.load(SeqCst), SeqCst);
        }
    }
    // SAFETY: the calls take numbers alone; the write is the fault that is asked for.
    unsafe {
        match plan.end {
            End::Kill => libc::kill(libc::getpid(), libc::SIGKILL),
            End::Term => libc::kill(libc::getpid(), libc::SIGTERM),
            End::Quit => libc::_exit(3),
            End::Fault => {
                std::ptr::dangling_mut::<u64>().write_volatile(1);
                0
            }
            End::Abort => std::process::abort(),
            End::StackOverflow => thread::spawn(|| overflow(0)).join().map_or(0, |_| 0),
            End::Exit => std::process::exit(4),
            End::Return => return ExitCode::from(5),
            End::Panic => panic!("of main"),
        }
    };
    wait_for_the_end()
}

#[expect(unconditional_recursion, reason = "the stack is to overflow")]
#[inline(never)]
fn overflow(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    overflow(depth + 1) + room[63]
}

fn wait_for_the_end() -> ! {
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}
