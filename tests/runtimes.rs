//! A thread that goes from runtime to runtime, the global one among them, while they end and others begin: its rings change
//! places, and each record gets where it was sent.

mod common;

use common::{Captured, captured_by, close, close_global};
use ringlog::{Builder, Completion, Runtime, info, info_async};
use std::thread;

/// A runtime and what was sent to it.
struct Place {
    /// None is the global one.
    runtime: Option<Runtime>,
    captured: Captured,
    sent: Vec<String>,
}

impl Place {
    fn start(is_global: bool) -> Self {
        // So small that rings are full, and records too long for them.
        let builder = Builder::new().ring_capacity(1 << 10);
        if is_global {
            let captured = Captured::new();
            builder.sink(captured.sink()).init().unwrap();
            Self { runtime: None, captured, sent: Vec::new() }
        } else {
            let (runtime, captured) = captured_by(builder);
            Self { runtime: Some(runtime), captured, sent: Vec::new() }
        }
    }

    fn send(&mut self, number: u64, text: &str) {
        match &self.runtime {
            None => info!("{} {}", number, text),
            Some(runtime) => info!(logger: runtime, "{} {}", number, text),
        }
        self.sent.push(format!("{number} {text}"));
    }

    fn send_async(&mut self, number: u64) -> Completion {
        self.sent.push(format!("{number}"));
        match &self.runtime {
            None => info_async!("{}", number),
            Some(runtime) => info_async!(logger: runtime, "{}", number),
        }
    }

    fn end(self) {
        let report = self.runtime.as_ref().map_or_else(close_global, close);
        assert_eq!(report.total.attempted, self.sent.len() as u64);
        assert!(self.captured.lines() == self.sent, "{:?}\n{:?}", self.captured.lines(), self.sent);
        if self.runtime.is_none() {
            assert!(info_async!("after the end").wait().is_err());
        }
    }
}

/// A number below `limit`: the same ones in each run.
fn random(state: &mut u64, limit: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % limit
}

#[test]
fn records_get_where_they_were_sent_however_runtimes_come_and_go() {
    let text = "a text of some length, ".repeat(20);
    let mut state = 0x9e37_79b9_7f4a_7c15;
    // The global runtime comes late: others have the thread's seat before.
    let mut places: Vec<Place> = (0..3).map(|_| Place::start(false)).collect();
    for number in 0..20_000 {
        let place = random(&mut state, places.len() as u64) as usize;
        let len = random(&mut state, text.len() as u64) as usize;
        match random(&mut state, 100) {
            0 => {
                let is_global = places.len() == 3 || places[place].runtime.is_none();
                if places.len() == 4 {
                    places.swap_remove(place).end();
                }
                places.push(Place::start(is_global));
            }
            1 => {
                // Where another one came first the global one takes the seat from it. The rings may be of threads that have ended.
                thread::scope(|scope| {
                    scope.spawn(|| {
                        for _ in 0..2 {
                            places.iter_mut().for_each(|place| place.send(number, "of another thread"));
                        }
                    });
                });
                for place in &mut places {
                    assert_eq!(place.send_async(number).wait(), Ok(()));
                }
            }
            2..10 => assert_eq!(places[place].send_async(number).wait(), Ok(())),
            10..60 => places[place].send(number, &text[..len / 20]),
            _ => places[place].send(number, &text[..len]),
        }
    }
    places.into_iter().for_each(Place::end);
}
