//! `short SECONDS [TARGET]`: every target with each of its seeds, and then with mutations of them, for so many seconds in
//! all. Needs no more than a stable compiler; what it finds is written to `fuzz/artifacts/`.

use ringlog_fuzz::TARGETS;
use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// xorshift64*: a run can be repeated by its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) as usize
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() % end.max(1)
    }
}

/// One seed with some of its bytes changed, taken out, doubled, or taken from another.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        let end = (at + random.below(16)).min(bytes.len());
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            2 => drop(bytes.drain(at..end)),
            3 => bytes.extend_from_within(at..end),
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                bytes
                    .splice(at..end, other[from..(from + random.below(32)).min(other.len())].iter().copied());
            }
            _ => {
                let text =
                    ["{", "}", "=", ",", ":", "\n", "\0", "é", "18446744073709551616", "[[", "\"", "\u{1b}"];
                bytes.splice(at..at, text[random.below(text.len())].bytes());
            }
        }
    }
    bytes
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let seconds: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(20);
    let only = arguments.next();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets: Vec<_> =
        TARGETS.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)).collect();
    let each = Duration::from_secs(seconds) / targets.len().max(1) as u32;
    let seed = Instant::now().elapsed().as_nanos() as u64 ^ u64::from(std::process::id()) << 20 | 1;
    let (mut random, mut has_failed) = (Random(seed), targets.is_empty());
    for (name, target) in targets {
        let files = fs::read_dir(root.join("seeds").join(name)).expect("the target has a folder of seeds");
        let seeds: Vec<Vec<u8>> = files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
        let (start, mut runs) = (Instant::now(), 0_u64);
        while runs < seeds.len() as u64 || start.elapsed() < each {
            let bytes = seeds.get(runs as usize).cloned().unwrap_or_else(|| mutated(&seeds, &mut random));
            if catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_err() {
                let folder = root.join("artifacts").join(name);
                fs::create_dir_all(&folder).expect("a folder for what is found");
                let path = folder.join(format!("short-{seed}-{runs}"));
                fs::write(&path, &bytes).expect("what is found is written");
                eprintln!("{name} fails on {}", path.display());
                has_failed = true;
                break;
            }
            runs += 1;
        }
        println!("{name}: {runs} runs, {} seeds", seeds.len());
    }
    if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
