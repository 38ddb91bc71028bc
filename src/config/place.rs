//! Which key stands at a place of the text, and where a key stands.
//!
//! serde passes values on without their places, and other formats have none: so they are looked up when there
//! is something to say of one, in the parser's own tree of the text.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A place in the text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: Option<usize>,
    /// As `sinks[0].path`.
    pub(super) key: Option<String>,
}

/// What stands at a byte of the text.
pub(super) fn of_offset(text: &str, offset: usize) -> Place {
    let mut innermost = None;
    visit(text, &mut |key, span| {
        // A table's span need not hold those below it: of all that fit the one that begins last is the
        // innermost.
        if span.contains(&offset) || span.start == offset {
            let is_inner = innermost.as_ref().is_none_or(|(start, _)| *start <= span.start);
            if is_inner {
                innermost = Some((span.start, key.to_owned()));
            }
        }
    });
    Place { line: Some(line(text, offset)), key: innermost.map(|(_, key)| key) }
}

/// Where a key stands; where it is missing, where the innermost of the tables stands that it belongs to.
pub(super) fn of_key(text: &str, wanted: &str) -> Place {
    let mut found: Option<(usize, usize)> = None;
    visit(text, &mut |key, span| {
        let fits =
            wanted.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        if fits
            && found.is_none_or(|(len, start)| key.len() > len || (key.len() == len && span.start < start))
        {
            found = Some((key.len(), span.start));
        }
    });
    Place { line: found.map(|(_, start)| line(text, start)), key: Some(wanted.to_owned()) }
}

fn line(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// Visits each key with its span and that of its value. A text that is no TOML has none.
fn visit(text: &str, visitor: &mut dyn FnMut(&str, Range<usize>)) {
    let (table, _) = DeTable::parse_recoverable(text);
    visit_table("", table.get_ref(), visitor);
}

fn visit_table(above: &str, table: &DeTable<'_>, visitor: &mut dyn FnMut(&str, Range<usize>)) {
    for (name, value) in table {
        let dot = if above.is_empty() { "" } else { "." };
        let key = format!("{above}{dot}{}", name.get_ref());
        visitor(&key, name.span());
        visit_value(&key, value, visitor);
    }
}

fn visit_value(key: &str, value: &Spanned<DeValue<'_>>, visitor: &mut dyn FnMut(&str, Range<usize>)) {
    visitor(key, value.span());
    match value.get_ref() {
        DeValue::Table(table) => visit_table(key, table, visitor),
        DeValue::Array(array) => {
            for (place, value) in array.iter().enumerate() {
                visit_value(&format!("{key}[{place}]"), value, visitor);
            }
        }
        _ => {}
    }
}
