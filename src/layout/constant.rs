//! What is the same for all records of one statement, thread and logger: rendered once, and copied from then on.

use super::Pen;
use crate::record::Record;
use std::collections::HashMap;

/// The places where a text is looked for first. Of those that fall on the same one the last one used has it.
const PLACES: usize = 1024;

/// As many texts are kept: with the table of their keys, 2 MiB. Who uses more of them has them rendered again, all in turn.
const MOST: usize = 8192;

/// Remembers what was rendered for statements, threads and loggers.
pub(super) struct Remembered {
    /// The texts used last, by their indices.
    places: Box<[(Key, usize); PLACES]>,
    /// The index of each text.
    known: HashMap<Key, usize>,
    texts: Vec<Text>,
    /// What is being rendered.
    rendered: Vec<u8>,
}

struct Text {
    len: usize,
    /// How it begins. Most are no longer.
    head: [[u8; BLOCK]; 2],
    /// All of it, if it is longer.
    long: Box<[u8]>,
}

const BLOCK: usize = 64;

/// Statements and loggers are told apart by their addresses: neither is freed while the worker runs.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Key {
    statement: usize,
    thread: u64,
    logger: usize,
}

impl Key {
    #[inline]
    fn of(record: &Record<'_>) -> Self {
        Self {
            statement: std::ptr::from_ref(record.place()).addr(),
            thread: record.thread().serial(),
            logger: record.logger().as_ptr().addr(),
        }
    }

    /// Fibonacci hashing: the high bits of a product depend on all of the factor's.
    #[inline]
    fn place(self) -> usize {
        const { assert!(PLACES.is_power_of_two()) };
        let mixed =
            self.statement as u64 ^ self.thread.rotate_left(24) ^ (self.logger as u64).rotate_left(48);
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - PLACES.ilog2())) as usize
    }
}

impl Remembered {
    pub(super) fn new() -> Self {
        // No record has the key that the places start out with, as its statement has an address.
        Self {
            places: Box::new([Default::default(); PLACES]),
            known: HashMap::new(),
            texts: Vec::new(),
            rendered: Vec::new(),
        }
    }

    /// Appends the record's text, which `render` makes where it is not remembered.
    #[inline(always)]
    pub(super) fn append(
        &mut self,
        record: &Record<'_>,
        pen: &mut Pen<'_, '_>,
        render: impl FnOnce(&mut Vec<u8>),
    ) {
        let key = Key::of(record);
        let (last, index) = &self.places[key.place()];
        let index = if *last == key { *index } else { self.find(key, render) };
        let Text { len, head: [first, second], long } = &self.texts[index];
        let len = *len;
        if len <= BLOCK {
            pen.block(first, len);
        } else if len <= 2 * BLOCK {
            pen.block(first, BLOCK);
            pen.block(second, len - BLOCK);
        } else {
            pen.through(|out| out.bytes().extend_from_slice(long));
        }
    }

    /// The index of a text that its place does not tell, and tells from now on.
    #[cold]
    #[inline(never)]
    fn find(&mut self, key: Key, render: impl FnOnce(&mut Vec<u8>)) -> usize {
        let index = match self.known.get(&key) {
            Some(index) => *index,
            None => self.add(key, render),
        };
        self.places[key.place()] = (key, index);
        index
    }

    fn add(&mut self, key: Key, render: impl FnOnce(&mut Vec<u8>)) -> usize {
        if self.texts.len() == MOST {
            self.places.fill(Default::default());
            self.known.clear();
            self.texts.clear();
        }
        self.rendered.clear();
        render(&mut self.rendered);
        let mut text = Text { len: self.rendered.len(), head: [[0; BLOCK]; 2], long: Box::default() };
        match text.head.as_flattened_mut().get_mut(..text.len) {
            Some(head) => head.copy_from_slice(&self.rendered),
            None => text.long = self.rendered.as_slice().into(),
        }
        let index = self.texts.len();
        self.texts.push(text);
        self.known.insert(key, index);
        index
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, PLACES, Remembered};
    use crate::__private::{Callsite, Output, Place, Statement, record};
    use crate::layout::{Escape, Layout as _, Pen, Text};
    use crate::{Level, Record, ThreadInfo};

    /// Statements that differ in nothing but their line and address.
    fn statements(count: u32) -> Vec<&'static Statement> {
        let statement = |line| {
            let place = Place { level: Level::Info, target: "t", module: "m", file: "f", line, format: "" };
            let callsite = Box::leak(Box::new(Callsite::new(place)));
            &*Box::leak(Box::new(Statement::new(callsite, |_, _, _| Ok(()))))
        };
        (0..count).map(statement).collect()
    }

    /// A record of a statement that takes no arguments.
    fn of<'r>(statement: &'static Statement, thread: &'r ThreadInfo, logger: &'r str) -> Record<'r> {
        // SAFETY: the statement reads no words, and is given none.
        unsafe { record(statement, &[], 0, thread, logger) }
    }

    /// Threads have the same name and id.
    #[test]
    fn statements_threads_and_loggers_are_told_apart() {
        let statements = statements(1_000);
        let threads: Vec<ThreadInfo> = (0..3).map(|id| ThreadInfo::new(format!("thread-{id}"), 7)).collect();
        let mut writer = Text::pattern("{line}|{thread}|{logger}|{message}").unwrap().writer();
        for _ in 0..2 {
            for statement in &statements {
                for thread in &threads {
                    for logger in ["audit", "fills"] {
                        let mut bytes = Vec::new();
                        writer.write(&of(statement, thread, logger), &mut bytes).unwrap();
                        let line = statement.callsite.place().line;
                        let expected = format!("{line}|{}|{logger}|\n", thread.name);
                        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
                    }
                }
            }
        }
    }

    #[test]
    fn texts_of_every_length_are_what_was_rendered() {
        let thread = ThreadInfo::new("main", 7);
        let mut remembered = Remembered::new();
        let statements = statements(200);
        for _ in 0..2 {
            for statement in &statements {
                let text = "0123456789".repeat(20)[..statement.callsite.place().line as usize].to_owned();
                let mut bytes = Vec::new();
                Pen::write(&mut Output::new(&mut bytes, Escape::None), |pen| {
                    remembered.append(&of(statement, &thread, ""), pen, |bytes| {
                        bytes.extend_from_slice(text.as_bytes());
                    });
                    pen.trusted("|");
                });
                assert_eq!(String::from_utf8(bytes).unwrap(), text + "|");
            }
        }
    }

    /// How often texts are rendered, when so many statements log in turn.
    fn rendered(statements: &[&'static Statement], rounds: usize) -> usize {
        let thread = ThreadInfo::new("main", 7);
        let (mut remembered, mut rendered) = (Remembered::new(), 0);
        for statement in statements.iter().cycle().take(rounds * statements.len()) {
            let (mut bytes, text) = (Vec::new(), statement.callsite.place().line.to_string());
            Pen::write(&mut Output::new(&mut bytes, Escape::None), |pen| {
                remembered.append(&of(statement, &thread, ""), pen, |bytes| {
                    rendered += 1;
                    bytes.extend_from_slice(text.as_bytes());
                });
            });
            assert_eq!(bytes, text.as_bytes());
        }
        rendered
    }

    /// Among so many are some that fall on the same place.
    #[test]
    fn a_text_is_rendered_once() {
        assert_eq!(rendered(&statements(3 * PLACES as u32), 3), 3 * PLACES);
    }

    #[test]
    fn where_there_are_too_many_for_all_to_be_kept_each_is_its_own_still() {
        let statements = statements(MOST as u32 + 1);
        assert_eq!(rendered(&statements[..MOST], 2), MOST);
        assert_eq!(rendered(&statements, 2), 2 * (MOST + 1));
    }
}
