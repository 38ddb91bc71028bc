//! What is the same for all records of one statement, thread and logger: rendered once, and copied from then on.

use super::Pen;
use crate::record::Record;

/// How many texts are remembered. Others that fall on the same place are rendered again in turn.
const PLACES: usize = 64;

/// Remembers what was rendered for the last statements, threads and loggers.
pub(super) struct Remembered(Box<[Place; PLACES]>);

struct Place {
    key: Key,
    text: Vec<u8>,
    /// How the text begins. Most are no longer.
    head: [[u8; BLOCK]; 2],
}

const BLOCK: usize = 64;

/// Statements and loggers are told apart by their addresses: neither is freed while the worker runs.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
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
        const { assert!(PLACES == 1 << 6) };
        let mixed =
            self.statement as u64 ^ self.thread.rotate_left(24) ^ (self.logger as u64).rotate_left(48);
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
    }
}

impl Remembered {
    pub(super) fn new() -> Self {
        Self(Box::new(std::array::from_fn(|_| Place {
            key: Key::default(),
            text: Vec::new(),
            head: [[0; BLOCK]; 2],
        })))
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
        let place = &mut self.0[key.place()];
        if place.key != key {
            place.renew(key, render);
        }
        let ([first, second], len) = (&place.head, place.text.len());
        if len <= BLOCK {
            pen.block(first, len);
        } else if len <= 2 * BLOCK {
            pen.block(first, BLOCK);
            pen.block(second, len - BLOCK);
        } else {
            pen.through(|out| out.bytes().extend_from_slice(&place.text));
        }
    }
}

impl Place {
    #[cold]
    #[inline(never)]
    fn renew(&mut self, key: Key, render: impl FnOnce(&mut Vec<u8>)) {
        self.text.clear();
        // Should `render` panic, there is no key that fits what it leaves.
        self.key = Key::default();
        render(&mut self.text);
        let head = self.head.as_flattened_mut();
        let len = self.text.len().min(head.len());
        head[..len].copy_from_slice(&self.text[..len]);
        self.key = key;
    }
}

#[cfg(test)]
mod tests {
    use crate::layout::{Layout as _, Text};
    use crate::{Level, ThreadInfo};

    /// Statements that differ in nothing but their address, and threads with the same name and id.
    #[test]
    fn statements_threads_and_loggers_are_told_apart() {
        use crate::__private::{Callsite, Place, Statement, record};
        let place =
            |line| Place { level: Level::Info, target: "t", module: "m", file: "f", line, format: "" };
        let statements: Vec<&'static Statement> = (0..500)
            .map(|line| {
                let callsite = Box::leak(Box::new(Callsite::new(place(line))));
                let statement = Statement::new(callsite, |_, _, _| Ok(()));
                &*Box::leak(Box::new(statement))
            })
            .collect();
        let threads: Vec<ThreadInfo> = (0..3).map(|id| ThreadInfo::new(format!("thread-{id}"), 7)).collect();
        let mut writer = Text::pattern("{line}|{thread}|{logger}|{message}").unwrap().writer();
        for _ in 0..2 {
            for statement in &statements {
                for thread in &threads {
                    for logger in ["audit", "fills"] {
                        let mut bytes = Vec::new();
                        // SAFETY: the statement takes no arguments.
                        let record = unsafe { record(statement, &[], 0, thread, logger) };
                        writer.write(&record, &mut bytes).unwrap();
                        let line = statement.callsite.place().line;
                        let expected = format!("{line}|{}|{logger}|\n", thread.name);
                        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
                    }
                }
            }
        }
    }
}
