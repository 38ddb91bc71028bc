//! The floor: what is left of a design of rings and one backend thread when all is taken away that can be. It
//! is no logger.
//!
//! A call reads the counter and copies its arguments into a bare `rtrb` ring of 1 MiB of its thread's own; there
//! is no filter, no type of an argument, no count, no wake-up. The backend empties one ring after the other, in
//! no order among threads, and prints three statements by code written for them, in the form of ringlog's
//! default pattern.
//!
//! ```text
//!   M1 │ statement │ stamp │ words: 6 │ number │ quantity │ price │
//!   M2 │ statement │ stamp │ words    │ bytes  │ text … │ id      │
//!   M3 │ statement │ stamp │ words: 3 │
//!      │ PADDING … up to the ring's end, where a record would wrap
//! ```

use ringlog_compare::{Outcome, Peer, Setup, bare_clock_read, run};
use rtrb::{Consumer, Producer, RingBuffer};
use std::cell::UnsafeCell;
use std::fs::File;
use std::hint::spin_loop;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{JoinHandle, sleep, yield_now};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// 1 MiB, in words.
const CAPACITY: usize = 1 << 17;
/// What a record begins with, in words.
const FRAME: usize = 3;
/// The first word of a ring's unused end; no statement is there.
const PADDING: u64 = 0;
/// How many words are printed before their room is given back, and the next ring's turn comes.
const PORTION: usize = 1 << 12;
/// How many bytes are written at once.
const BATCH: usize = 1 << 16;
const IDLE: Duration = Duration::from_micros(50);
const NANOS: u64 = 1_000_000_000;

/// The statements; a record has the address of its own.
static STATEMENTS: [u8; 3] = [1, 2, 3];

#[inline(always)]
fn statement(index: usize) -> u64 {
    (&raw const STATEMENTS[index]).addr() as u64
}

thread_local! {
    static PRODUCER: UnsafeCell<MaybeUninit<Producer<u64>>> = const { UnsafeCell::new(MaybeUninit::uninit()) };
}

struct Floor {
    /// The worker ends when this is gone and all rings are empty.
    rings: Sender<Consumer<u64>>,
    worker: JoinHandle<io::Result<()>>,
}

impl Floor {
    fn create(path: &Path) -> io::Result<Self> {
        let (rings, new_rings) = channel();
        let lines = Lines::new(File::create(path)?);
        let worker = std::thread::spawn(|| work(new_rings, lines));
        Ok(Self { rings, worker })
    }
}

impl Peer for Floor {
    fn start(setup: &Setup) -> Outcome<Self> {
        Ok(Self::create(&setup.file())?)
    }

    fn prepare_thread(&self) {
        let (mut producer, consumer) = RingBuffer::new(CAPACITY);
        // Writes zeros, so that no call takes a page fault.
        drop(producer.write_chunk(CAPACITY));
        // SAFETY: nobody else reaches a thread's own, and no reference to it lives beyond a call.
        PRODUCER.with(|own| unsafe { (*own.get()).write(producer) });
        self.rings.send(consumer).expect("the worker lives");
    }

    #[inline(always)]
    fn m1(&self, number: u64, quantity: u64, price: f64) {
        put([statement(0), bare_clock_read(), 6, number, quantity, price.to_bits()]);
    }

    #[inline(always)]
    fn m2(&self, symbol: &str, id: u64) {
        let stamp = bare_clock_read();
        let words = FRAME + 2 + symbol.len().div_ceil(8);
        reserve(words, |slots| {
            let frame = [statement(1), stamp, words as u64, symbol.len() as u64];
            let (first, slots) = slots.split_first_chunk_mut().expect("as many as asked for");
            *first = frame.map(MaybeUninit::new);
            let (whole, rest) = symbol.as_bytes().as_chunks();
            for (slot, &bytes) in slots.iter_mut().zip(whole) {
                slot.write(u64::from_ne_bytes(bytes));
            }
            if !rest.is_empty() {
                let mut last = [0; 8];
                last[..rest.len()].copy_from_slice(rest);
                slots[whole.len()].write(u64::from_ne_bytes(last));
            }
            slots[slots.len() - 1].write(id);
        });
    }

    #[inline(always)]
    fn m3(&self) {
        put([statement(2), bare_clock_read(), FRAME as u64]);
    }

    fn finish(self) -> Outcome<()> {
        drop(self.rings);
        Ok(self.worker.join().map_err(|_| "the worker panicked")??)
    }
}

#[inline(always)]
fn put<const WORDS: usize>(record: [u64; WORDS]) {
    reserve(WORDS, |slots| {
        *slots.first_chunk_mut().expect("as many as asked for") = record.map(MaybeUninit::new);
    });
}

/// Has `write` fill `words` words of the thread's ring, all of them, and commits them.
#[inline(always)]
fn reserve(words: usize, write: impl FnOnce(&mut [MaybeUninit<u64>])) {
    let own = PRODUCER.with(UnsafeCell::get);
    // SAFETY: a thread is prepared before it logs, as `Peer` says, and nobody else reaches its own.
    let producer = unsafe { (*own).assume_init_mut() };
    loop {
        if let Ok(mut chunk) = producer.write_chunk_uninit(words)
            && let (slots, []) = chunk.as_mut_slices()
        {
            write(slots);
            // SAFETY: `write` has filled all of them.
            unsafe { chunk.commit_all() };
            return;
        }
        make_room(producer, words);
    }
}

/// Fills the ring's end up where the record would wrap, or waits a while.
#[cold]
#[inline(never)]
fn make_room(producer: &mut Producer<u64>, words: usize) {
    let Ok(mut chunk) = producer.write_chunk_uninit(words) else {
        (0..64).for_each(|_| spin_loop());
        return yield_now();
    };
    // Nothing wraps where there was no room before, and is now.
    if let (end, [_, ..]) = chunk.as_mut_slices() {
        let len = end.len();
        end.fill(MaybeUninit::new(PADDING));
        // SAFETY: so many have just been written.
        unsafe { chunk.commit(len) };
    }
}

fn work(new_rings: Receiver<Consumer<u64>>, mut lines: Lines) -> io::Result<()> {
    let mut rings: Vec<(Consumer<u64>, Vec<u8>)> = Vec::new();
    loop {
        // What was logged before the end was told is found in this pass, or in one before another idle one.
        let news = new_rings.try_recv();
        let is_last = news == Err(TryRecvError::Disconnected);
        if let Ok(ring) = news {
            let head = format!("Z INFO  [{}] {}: ", rings.len() + 1, module_path!());
            rings.push((ring, head.into_bytes()));
        }
        let mut is_idle = true;
        for (ring, head) in &mut rings {
            let chunk = ring.read_chunk(ring.slots()).expect("as many as there are");
            // What lies behind the wrap comes in the next pass.
            let (words, _) = chunk.as_slices();
            let mut rest = words;
            while !rest.is_empty() && words.len() - rest.len() < PORTION {
                rest = lines.add(rest, head)?;
            }
            let done = words.len() - rest.len();
            is_idle &= done == 0;
            chunk.commit(done);
        }
        if is_idle {
            lines.write()?;
            if is_last {
                return Ok(());
            }
            sleep(IDLE);
        }
    }
}

/// What is printed and not written yet.
struct Lines {
    file: File,
    bytes: Vec<u8>,
    /// A stamp, its time since 1970, and the stamps' length: a linear relation, measured once.
    stamp: u64,
    unix_nanos: u64,
    nanos_a_tick: f64,
    /// The second that is rendered, in nanoseconds since 1970: `2026-11-22T21:18:55.`
    second: u64,
    rendered: [u8; 20],
}

impl Lines {
    fn new(file: File) -> Self {
        let (start, stamp) = (Instant::now(), bare_clock_read());
        let unix_nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        sleep(Duration::from_millis(20));
        let nanos = start.elapsed().as_nanos() as f64;
        let nanos_a_tick = nanos / bare_clock_read().wrapping_sub(stamp) as f64;
        let bytes = Vec::with_capacity(2 * BATCH);
        Self { file, bytes, stamp, unix_nanos, nanos_a_tick, second: 0, rendered: [0; 20] }
    }

    /// Prints the first record, and gives what is behind it: nothing behind padding.
    fn add<'w>(&mut self, words: &'w [u64], head: &[u8]) -> io::Result<&'w [u64]> {
        if words[0] == PADDING {
            return Ok(&[]);
        }
        let (record, rest) = words.split_at(words[2] as usize);
        self.add_time(record[1]);
        self.bytes.extend_from_slice(head);
        match record[FRAME..] {
            [number, quantity, price] if record[0] == statement(0) => {
                self.bytes.extend_from_slice(b"order ");
                self.add_integer(number);
                self.bytes.extend_from_slice(b" qty ");
                self.add_integer(quantity);
                self.bytes.extend_from_slice(b" px ");
                let mut buffer = zmij::Buffer::new();
                self.bytes.extend_from_slice(buffer.format(f64::from_bits(price)).as_bytes());
            }
            [len, ref text @ .., id] if record[0] == statement(1) => {
                self.bytes.extend_from_slice(b"symbol ");
                let end = self.bytes.len() + len as usize;
                text.iter().for_each(|word| self.bytes.extend_from_slice(&word.to_ne_bytes()));
                self.bytes.truncate(end);
                self.bytes.extend_from_slice(b" id ");
                self.add_integer(id);
            }
            _ => self.bytes.extend_from_slice(b"nothing to add"),
        }
        self.bytes.push(b'\n');
        if self.bytes.len() >= BATCH {
            self.write()?;
        }
        Ok(rest)
    }

    fn add_integer(&mut self, number: u64) {
        self.bytes.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    fn add_time(&mut self, stamp: u64) {
        let nanos = stamp.wrapping_sub(self.stamp).cast_signed() as f64 * self.nanos_a_tick;
        let time = self.unix_nanos.wrapping_add_signed(nanos as i64);
        let mut fraction = time.wrapping_sub(self.second);
        if fraction >= NANOS {
            fraction = time % NANOS;
            self.second = time - fraction;
            let second = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_nanos(self.second));
            // Its `Z` comes behind the fraction.
            self.rendered.copy_from_slice(second.to_string().as_bytes());
            self.rendered[19] = b'.';
        }
        self.bytes.extend_from_slice(&self.rendered);
        // With a digit in front, for the zeros.
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(NANOS + fraction).as_bytes();
        self.bytes.extend_from_slice(digits.last_chunk::<9>().expect("ten digits"));
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }
}

fn main() -> ExitCode {
    run::<Floor>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in the file, after `log` has been run on one thread for each of `threads`.
    fn written(name: &str, threads: u64, log: impl Fn(&Floor, u64) + Sync) -> String {
        let path = std::env::temp_dir().join(format!("ringlog-compare-floor-{}-{name}", std::process::id()));
        let floor = Floor::create(&path).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let (floor, log) = (&floor, &log);
                scope.spawn(move || {
                    floor.prepare_thread();
                    log(floor, thread);
                });
            }
        });
        floor.finish().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        text
    }

    #[test]
    fn lines_are_those_of_the_default_pattern() {
        let before = SystemTime::now();
        let text = written("pattern", 1, |floor, _| {
            floor.m1(7, 100, 12.5);
            floor.m2("a symbol of 24 bytes ...", 8);
            floor.m2("nine byte", 9);
            floor.m2("", 10);
            floor.m3();
        });
        let mut messages = Vec::new();
        for line in text.lines() {
            let (time, rest) = line.split_once(' ').unwrap();
            assert_eq!(time.len(), "2026-11-22T21:18:55.123456789Z".len());
            let time = humantime::parse_rfc3339(time).unwrap();
            assert!(
                time.duration_since(before).unwrap_or_else(|error| error.duration())
                    < Duration::from_secs(60)
            );
            messages.push(rest.strip_prefix("INFO  [1] peer_floor: ").unwrap());
        }
        let wanted = [
            "order 7 qty 100 px 12.5",
            "symbol a symbol of 24 bytes ... id 8",
            "symbol nine byte id 9",
            "symbol  id 10",
            "nothing to add",
        ];
        assert_eq!(messages, wanted);
    }

    #[test]
    fn nothing_is_lost_where_rings_wrap_and_are_full() {
        const RECORDS: u64 = 50_000;
        let text = written("wrap", 2, |floor, thread| {
            for number in 0..RECORDS {
                match number % 3 {
                    0 => floor.m1(number, thread, 0.5),
                    1 => floor.m2("text", number),
                    _ => floor.m3(),
                }
            }
        });
        for thread in ["[1]", "[2]"] {
            let mut numbers = text.lines().filter(|line| line.contains(thread)).zip(0..);
            for (line, number) in &mut numbers {
                let is_it = match number % 3 {
                    0 => line.contains(&format!(": order {number} qty ")),
                    1 => line.ends_with(&format!(": symbol text id {number}")),
                    _ => line.ends_with(": nothing to add"),
                };
                assert!(is_it, "{number}: {line}");
            }
            assert_eq!(text.lines().filter(|line| line.contains(thread)).count() as u64, RECORDS);
        }
        assert_eq!(text.lines().count() as u64, 2 * RECORDS);
    }
}
