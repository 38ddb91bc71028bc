//! The keys of a statement's fields, rendered once.
//!
//! A statement's records have the same fields, and mostly the same context around them. So the names come in the same
//! order each time, and the keys that they got the first time are there to be copied.

use crate::layout::{Escape, Output, Pen};

/// The keys of one object, in the order in which the names came last time.
#[derive(Debug, Default)]
pub(super) struct Keys {
    known: Vec<Key>,
}

#[derive(Debug)]
struct Key {
    name: &'static str,
    /// The name, changed where it was taken.
    key: String,
    /// `,"name":`.
    rendered: Box<str>,
    /// How that begins. Most are no longer.
    head: [u8; 32],
}

impl Keys {
    /// Prints `,"name":` for the name that comes as the `at`th. Names before it are those that came this time.
    #[inline(always)]
    pub(super) fn put(&mut self, at: usize, name: &'static str, taken: &[String], pen: &mut Pen<'_, '_>) {
        let key = match self.known.get(at) {
            Some(known) if std::ptr::eq(known.name, name) => known,
            _ => self.learn(at, name, taken),
        };
        pen.piece(&key.rendered, &key.head);
    }

    #[cold]
    #[inline(never)]
    fn learn(&mut self, at: usize, name: &'static str, taken: &[String]) -> &Key {
        self.known.truncate(at);
        let mut key = name.to_owned();
        while taken.contains(&key) || self.known.iter().any(|known| known.key == key) {
            key.push('_');
        }
        let rendered = format!(",{}:", quoted(&key)).into_boxed_str();
        let mut head = [0; 32];
        let len = rendered.len().min(head.len());
        head[..len].copy_from_slice(&rendered.as_bytes()[..len]);
        self.known.push(Key { name, key, rendered, head });
        &self.known[at]
    }
}

/// Text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut bytes = vec![b'"'];
    Output::new(&mut bytes, Escape::Json).value(text);
    bytes.push(b'"');
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(keys: &mut Keys, at: usize, name: &'static str, taken: &[String]) -> String {
        let mut bytes = Vec::new();
        Output::new(&mut bytes, Escape::Json).pen(|pen| keys.put(at, name, taken, pen));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_name_that_is_taken_is_changed_until_it_is_not() {
        let (mut keys, taken) = (Keys::default(), ["level".into(), "level_".into()]);
        for _ in 0..2 {
            let put: Vec<_> = ["level", "a", "a", "a_"]
                .into_iter()
                .enumerate()
                .map(|(at, name)| put(&mut keys, at, name, &taken))
                .collect();
            assert_eq!(put, [",\"level__\":", ",\"a\":", ",\"a_\":", ",\"a__\":"]);
        }
    }

    #[test]
    fn names_that_come_in_another_order_get_keys_anew() {
        let mut keys = Keys::default();
        assert_eq!(put(&mut keys, 0, "a", &[]), ",\"a\":");
        assert_eq!(put(&mut keys, 1, "b", &[]), ",\"b\":");
        assert_eq!(put(&mut keys, 0, "b", &[]), ",\"b\":");
        assert_eq!(put(&mut keys, 1, "a\"", &[]), ",\"a\\\"\":");
        let long = "a_name_of_more_than_thirty_two_characters";
        assert_eq!(put(&mut keys, 2, long, &[]), format!(",\"{long}\":"));
    }
}
