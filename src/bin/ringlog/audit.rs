//! The accounts of a log's threads, by the sequence numbers of their records.

use crate::line::Line;
use std::collections::BTreeMap;
use std::fmt;

/// How many gaps of a thread are named.
const NAMED: usize = 8;

/// What a log says of its threads.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// By thread, in the order in which they began: a name, or an id, comes again with the next process.
    lives: BTreeMap<String, Vec<Life>>,
    /// Lines that are no records.
    others: u64,
}

/// The records of one thread.
#[derive(Debug, Default)]
struct Life {
    records: u64,
    /// The number after the greatest that was seen.
    next: u64,
    /// Numbers that were passed over: from, to below.
    gaps: BTreeMap<u64, u64>,
    /// Records that the log says were dropped.
    dropped: u64,
    /// Numbers that came twice, and how many more there were.
    doubles: Vec<u64>,
    more_doubles: u64,
    /// Records behind younger ones of their thread.
    late: u64,
    /// The line of its first record.
    first: String,
}

impl Audit {
    /// Takes a record in.
    pub(crate) fn add(&mut self, line: &Line<'_>, text: &str) {
        if !self.lives.contains_key(&*line.thread) {
            self.lives.insert(line.thread.clone().into_owned(), vec![Life::default()]);
        }
        let Some(lives) = self.lives.get_mut(&*line.thread) else { return };
        let has_begun = lives.last().is_some_and(|life| life.records > 0);
        // The first one again, word for word, is there twice; another first one is that of another process.
        if line.sequence == 1 && has_begun && lives.iter().all(|life| life.first != text) {
            lives.push(Life::default());
        }
        let Some(life) = lives.last_mut() else { return };
        match line.sequence {
            0 => life.dropped += line.dropped,
            number => life.add(number, text),
        }
    }

    /// Counts a line that is no record.
    pub(crate) fn pass(&mut self) {
        self.others += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lives.is_empty()
    }

    /// Whether every record is there, once, in its order.
    pub(crate) fn is_whole(&self) -> bool {
        self.lives.values().flatten().all(Life::is_whole)
    }
}

impl Life {
    fn add(&mut self, number: u64, text: &str) {
        if self.records == 0 {
            text.clone_into(&mut self.first);
            self.next = 1;
        }
        self.records += 1;
        if number >= self.next {
            if number > self.next {
                self.gaps.insert(self.next, number);
            }
            self.next = number + 1;
        } else if let Some((from, to)) = self.gap_around(number) {
            self.late += 1;
            self.gaps.remove(&from);
            if from < number {
                self.gaps.insert(from, number);
            }
            if number + 1 < to {
                self.gaps.insert(number + 1, to);
            }
        } else if self.doubles.len() < NAMED {
            self.doubles.push(number);
        } else {
            self.more_doubles += 1;
        }
    }

    fn gap_around(&self, number: u64) -> Option<(u64, u64)> {
        let (&from, &to) = self.gaps.range(..=number).next_back()?;
        (number < to).then_some((from, to))
    }

    fn missing(&self) -> u64 {
        self.gaps.iter().map(|(from, to)| to - from).sum()
    }

    fn is_whole(&self) -> bool {
        self.missing() <= self.dropped && self.doubles.is_empty() && self.late == 0
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (thread, lives) in &self.lives {
            for (place, life) in lives.iter().enumerate() {
                write!(f, "thread {thread}")?;
                if place > 0 {
                    write!(f, ", begun again")?;
                }
                writeln!(f, ": {life}")?;
            }
        }
        let lives = || self.lives.values().flatten();
        let records: u64 = lives().map(|life| life.records).sum();
        let threads = lives().count();
        write!(f, "{records} records of {threads} threads")?;
        if self.others > 0 {
            write!(f, ", and {} lines that are none", self.others)?;
        }
        f.write_str(if self.is_whole() { ": nothing is missing\n" } else { ": NOT as it should be\n" })
    }
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records", self.records)?;
        let (missing, dropped) = (self.missing(), self.dropped);
        if dropped > 0 {
            write!(f, "; {dropped} dropped, as the log says")?;
        }
        if missing > dropped {
            write!(f, "; {} missing, among", missing - dropped)?;
            for (place, (from, to)) in self.gaps.iter().take(NAMED).enumerate() {
                let comma = if place == 0 { "" } else { "," };
                match to - from {
                    1 => write!(f, "{comma} {from}")?,
                    _ => write!(f, "{comma} {from}-{}", to - 1)?,
                }
            }
            if self.gaps.len() > NAMED {
                write!(f, ", and {} gaps more", self.gaps.len() - NAMED)?;
            }
        }
        if self.late > 0 {
            write!(f, "; {} behind younger ones", self.late)?;
        }
        if !self.doubles.is_empty() {
            write!(f, "; there twice:")?;
            for (place, number) in self.doubles.iter().enumerate() {
                write!(f, "{} {number}", if place == 0 { "" } else { "," })?;
            }
            if self.more_doubles > 0 {
                write!(f, ", and {} more", self.more_doubles)?;
            }
        }
        Ok(())
    }
}
