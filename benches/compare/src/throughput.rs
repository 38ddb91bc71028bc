//! How long it takes until records are in the file, what CPU time that costs, and how much memory.

use crate::{Load, Outcome, Peer, Report, Setup, Task, pin, usage};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Records of each producer before those that count, so that rings and buffers have been touched.
const WARM_UP: u64 = 10_000;
/// Time for the logger to write them.
const SETTLE: Duration = Duration::from_millis(50);

/// Fills in `logged`, `records`, `seconds`, `cpu_seconds`, `bytes` and `peak_bytes`.
pub(crate) fn measure<P: Peer>(
    task: &Task,
    setup: &Setup,
    Load { producers, in_turn }: Load,
    records: u64,
    report: &mut Report,
) -> Outcome<()> {
    let peer = P::start(setup)?;
    let share = records / producers as u64;
    let gate = Barrier::new(producers + 1);
    let (start, cpu) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..producers)
            .map(|index| {
                let (peer, gate, core) = (&peer, &gate, task.producer_core(index));
                scope.spawn(move || {
                    let pinned = core.map_or(Ok(()), |core| pin(core).map_err(|error| error.to_string()));
                    peer.prepare_thread();
                    log(peer, in_turn, WARM_UP);
                    gate.wait();
                    gate.wait();
                    log(peer, in_turn, share);
                    pinned
                })
            })
            .collect();
        gate.wait();
        std::thread::sleep(SETTLE);
        let before = (Instant::now(), usage::cpu_seconds()?);
        gate.wait();
        for thread in threads {
            thread.join().map_err(|_| "a producer panicked")??;
        }
        Ok::<_, Box<dyn std::error::Error>>(before)
    })?;
    peer.finish()?;
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), usage::cpu_seconds()? - cpu);
    report.put("peak_bytes", usage::peak_bytes().map(|bytes| bytes as f64));
    report.put("seconds", [seconds]);
    report.put("cpu_seconds", [cpu]);
    report.put("records", [(share * producers as u64) as f64]);
    report.put("logged", [((share + WARM_UP) * producers as u64) as f64]);
    report.put("bytes", [usage::bytes_in(setup.folder())? as f64]);
    Ok(())
}

fn log<P: Peer>(peer: &P, in_turn: bool, records: u64) {
    let (quantity, price) = black_box((100_u64, 12.5_f64));
    if in_turn {
        for number in 0..records {
            peer.m1_in_turn(number, quantity, price);
        }
    } else {
        for number in 0..records {
            peer.m1(number, quantity, price);
        }
    }
}
