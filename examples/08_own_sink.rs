//! A sink and a layout of your own.
//!
//! The sink keeps the last lines in memory, for a status page; the layout prints records as tab-separated values.

use ringlog::layout::{Escape, Layout, Timestamps, Writer};
use ringlog::sink::Sink;
use ringlog::{Builder, Record, info, sink};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

#[derive(Debug)]
struct Tabs;

impl Layout for Tabs {
    fn writer(&self) -> Box<dyn Writer> {
        let mut time = Timestamps::utc();
        Box::new(move |record: &Record<'_>, bytes: &mut Vec<u8>| {
            time.write(record.unix_nanos(), bytes);
            bytes.push(b'\t');
            bytes.extend_from_slice(record.place().level.as_str().as_bytes());
            bytes.push(b'\t');
            record.message(bytes, Escape::Text)?;
            bytes.push(b'\n');
            Ok(())
        })
    }
}

/// The last lines, for whoever asks.
#[derive(Clone, Debug, Default)]
struct Recent(Arc<Mutex<VecDeque<String>>>);

impl Recent {
    const LINES: usize = 100;

    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("no panic").iter().cloned().collect()
    }
}

impl Sink for Recent {
    fn name(&self) -> String {
        "recent lines".into()
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        let text = std::str::from_utf8(batch).map_err(io::Error::other)?;
        let mut lines = self.0.lock().expect("no panic");
        for line in text.lines() {
            if lines.len() == Self::LINES {
                lines.pop_front();
            }
            lines.push_back(line.to_owned());
        }
        Ok(())
    }

    /// There is no stable storage: a record is durable when it is written.
    fn can_sync(&self) -> bool {
        false
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recent = Recent::default();
    Builder::new().sink(sink::with(recent.clone()).layout(Tabs)).init()?;
    for number in 0..1_000 {
        info!("request {number}");
    }
    ringlog::flush()?;
    let lines = recent.lines();
    assert_eq!(lines.len(), Recent::LINES);
    assert!(lines.last().is_some_and(|line| line.ends_with("\tINFO\trequest 999")));
    println!("{}", lines[lines.len() - 3..].join("\n"));
    Ok(())
}
