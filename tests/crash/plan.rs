//! What a seed says: how a child is set up, when and how it ends, and what its lines look like.

use std::time::Duration;

/// Children that follow each other in one folder.
pub(crate) const LIVES: u64 = 3;

/// Threads that log, at most.
pub(crate) const THREADS: usize = 4;

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// SIGKILL.
    Kill,
    /// `_exit`.
    Quit,
    /// SIGSEGV, by an access to no memory.
    Fault,
    Abort,
    StackOverflow,
    /// `std::process::exit`.
    Exit,
    Return,
    /// Of `main`.
    Panic,
    /// SIGTERM, which was asked for.
    Term,
}

impl End {
    const FLUSHING: [Self; 7] =
        [Self::Fault, Self::Abort, Self::StackOverflow, Self::Exit, Self::Return, Self::Panic, Self::Term];

    /// Whether what was logged before is to be written.
    pub(crate) fn flushes(self) -> bool {
        Self::FLUSHING.contains(&self)
    }

    /// Whether it is `main` alone that can end so.
    pub(crate) fn is_of_main(self) -> bool {
        matches!(self, Self::Return | Self::Panic)
    }

    pub(crate) fn is_told_by(self, signal: Option<i32>, code: Option<i32>) -> bool {
        match self {
            Self::Kill => signal == Some(libc::SIGKILL),
            Self::Fault => signal == Some(libc::SIGSEGV),
            Self::Abort | Self::StackOverflow => signal == Some(libc::SIGABRT),
            Self::Term => signal == Some(libc::SIGTERM),
            Self::Quit => code == Some(3),
            Self::Exit => code == Some(4),
            Self::Return => code == Some(5),
            Self::Panic => code == Some(101),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) end: End,
    /// Whether a thread of its own ends the process, and not `main`.
    pub(crate) is_elsewhere: bool,
    /// Whether that thread is there before the logger is.
    pub(crate) is_early: bool,
    pub(crate) delay: Duration,
    pub(crate) threads: usize,
    pub(crate) workers: usize,
    pub(crate) ring_capacity: usize,
    pub(crate) max_size: u64,
    #[cfg_attr(not(feature = "gzip"), expect(dead_code, reason = "there is nothing to compress with"))]
    pub(crate) is_compressed: bool,
    /// One of so many records is waited for, and one of so many of those until it is durable.
    pub(crate) waits: (u64, u64),
}

impl Plan {
    pub(crate) fn of(seed: u64, life: u64) -> Self {
        let mut random = Random::new(&[seed, life]);
        let is_killed = random.below(2) == 0;
        let end = match random.below(8) {
            0 if is_killed => End::Quit,
            _ if is_killed => End::Kill,
            _ => End::FLUSHING[random.below(7) as usize],
        };
        // Short ones as often as long ones.
        let longest = 64 << random.below(9);
        Self {
            end,
            is_elsewhere: !end.is_of_main() && random.below(2) == 0,
            is_early: is_killed && random.below(8) == 0,
            delay: Duration::from_micros(random.below(longest)),
            threads: 1 + random.below(THREADS as u64) as usize,
            workers: 1 + random.below(2) as usize,
            ring_capacity: 1 << (13 + random.below(3)),
            max_size: 1 << (11 + random.below(6)),
            is_compressed: random.below(2) == 0,
            waits: (1 << random.below(12), 1 << random.below(6)),
        }
    }
}

/// A record's line: no two are alike, and from each a part can be told from the whole.
pub(crate) fn line(seed: u64, life: u64, thread: usize, number: u64) -> String {
    let mut random = Random::new(&[seed, life, thread as u64, number]);
    let longest = if random.below(64) == 0 { 3_000 } else { 80 };
    let filler = (0..random.below(longest)).map(|_| char::from(b'a' + random.below(26) as u8));
    format!("{life} {thread} {number} {}.", filler.collect::<String>())
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seeds: &[u64]) -> Self {
        let mut random = Self(0);
        for seed in seeds {
            random.0 ^= seed;
            random.0 = random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
