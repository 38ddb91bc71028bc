//! The keys of a statement's fields, rendered once.
//!
//! A statement's records have the same fields, and mostly the same context around them. So the names come in the same
//! order each time, and the keys that they got the first time are there to be copied.

use crate::layout::{Escape, Output};

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
}

impl Keys {
    /// `,"name":` for the name that comes as the `at`th. Names before it are those that came this time.
    #[inline]
    pub(super) fn rendered(&mut self, at: usize, name: &'static str, taken: &[String]) -> &str {
        if !self.known.get(at).is_some_and(|known| std::ptr::eq(known.name, name)) {
            self.learn(at, name, taken);
        }
        &self.known[at].rendered
    }

    #[cold]
    #[inline(never)]
    fn learn(&mut self, at: usize, name: &'static str, taken: &[String]) {
        self.known.truncate(at);
        let mut key = name.to_owned();
        while taken.contains(&key) || self.known.iter().any(|known| known.key == key) {
            key.push('_');
        }
        let rendered = format!(",{}:", quoted(&key)).into();
        self.known.push(Key { name, key, rendered });
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

    #[test]
    fn a_name_that_is_taken_is_changed_until_it_is_not() {
        let (mut keys, taken) = (Keys::default(), ["level".into(), "level_".into()]);
        for _ in 0..2 {
            let rendered: Vec<_> = ["level", "a", "a", "a_"]
                .into_iter()
                .enumerate()
                .map(|(at, name)| keys.rendered(at, name, &taken).to_owned())
                .collect();
            assert_eq!(rendered, [",\"level__\":", ",\"a\":", ",\"a_\":", ",\"a__\":"]);
        }
    }

    #[test]
    fn names_that_come_in_another_order_get_keys_anew() {
        let mut keys = Keys::default();
        assert_eq!(keys.rendered(0, "a", &[]), ",\"a\":");
        assert_eq!(keys.rendered(1, "b", &[]), ",\"b\":");
        assert_eq!(keys.rendered(0, "b", &[]), ",\"b\":");
        assert_eq!(keys.rendered(1, "a\"", &[]), ",\"a\\\"\":");
    }
}
