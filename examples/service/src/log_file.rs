//! Reads the log file of either logger, and holds what is in it against the plan.

use crate::plan::{Kind, Record};
use crate::setup::Log;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// How many records of each sort there are.
pub(crate) type Counts = BTreeMap<Record<String>, u64>;

/// A line of a log file.
#[derive(Debug, PartialEq, Eq)]
struct Line<'l> {
    record: Record<&'l str>,
    status: Option<&'l str>,
    /// The field `id` of the span `request`, where the record is in one.
    request: Option<&'l str>,
}

/// What a log file holds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) counts: Counts,
    pub(crate) records: u64,
    /// Records that requests should have left, and are not there.
    pub(crate) missing: u64,
    /// Records that are there more often than they should be.
    pub(crate) double: u64,
    /// Records of requests that left no such record, or were not made.
    pub(crate) stray: u64,
    /// Lines that are no record.
    pub(crate) garbled: u64,
    /// One of each that is wrong.
    examples: Vec<String>,
}

impl Found {
    pub(crate) fn is_right(&self) -> bool {
        self.missing + self.double + self.stray + self.garbled == 0
    }

    fn note(&mut self, count: fn(&mut Self) -> &mut u64, what: impl FnOnce() -> String) {
        *count(self) += 1;
        if *count(self) == 1 {
            self.examples.push(what());
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, missing, double, stray, garbled, .. } = self;
        write!(f, "{records} records, {missing} missing, {double} double, {stray} stray, {garbled} garbled")?;
        self.examples.iter().try_for_each(|example| write!(f, "\n  {example}"))
    }
}

/// Holds a log file against the `requests` that were made.
pub(crate) fn check(log: Log, text: &str, requests: u32) -> Found {
    let mut found = Found::default();
    let mut left: HashMap<(u32, Record<String>), u64> = HashMap::new();
    for line in text.lines() {
        let Some(parsed) = parse(log, line) else {
            found.note(|found| &mut found.garbled, || format!("garbled: {line}"));
            continue;
        };
        found.records += 1;
        let record = parsed.sort();
        *found.counts.entry(record.clone()).or_default() += 1;
        match parsed.request.map(str::parse) {
            None => {}
            Some(Ok(id)) if id < requests => *left.entry((id, record)).or_default() += 1,
            Some(_) => found.note(|found| &mut found.stray, || format!("of no request: {line}")),
        }
    }
    for id in 0..requests {
        for Record { level, target, message } in Kind::of(id).records() {
            let (level, target, message) = (level.to_owned(), target.to_owned(), message.to_owned());
            let key = (id, Record { level, target, message });
            let counted = left.remove(&key);
            let told = |what: &str| format!("{what}, of request {id}: {:?}", key.1);
            match counted {
                Some(1) => {}
                Some(_) => found.note(|found| &mut found.double, || told("double")),
                None => found.note(|found| &mut found.missing, || told("missing")),
            }
        }
    }
    for (id, record) in left.into_keys() {
        found.note(|found| &mut found.stray, || format!("unexpected, of request {id}: {record:?}"));
    }
    found
}

impl Line<'_> {
    fn sort(&self) -> Record<String> {
        let Record { level, target, message } = self.record;
        let status = self.status.map_or(String::new(), |status| format!(" status={status}"));
        Record { level: level.to_owned(), target: target.to_owned(), message: format!("{message}{status}") }
    }
}

/// Takes a line of the default format apart. Spans have fields, all of them: so they are told from targets.
fn parse(log: Log, line: &str) -> Option<Line<'_>> {
    let (_time, rest) = line.split_once(' ')?;
    let (level, rest) = rest.trim_start().split_once(' ')?;
    let rest = rest.trim_start();
    let (target, spans, rest) = if log == Log::Ringlog {
        // [thread] target: span{…} message
        let (_thread, rest) = rest.strip_prefix('[')?.split_once("] ")?;
        let (target, rest) = rest.split_once(": ")?;
        let (spans, rest) = spans(rest);
        (target, spans, if spans.is_empty() { rest } else { rest.strip_prefix(' ')? })
    } else {
        // span{…}: target: message
        let (spans, rest) = spans(rest);
        let rest = if spans.is_empty() { rest } else { rest.strip_prefix(": ")? };
        let (target, rest) = rest.split_once(": ")?;
        (target, spans, rest)
    };
    let (message, fields) = rest.split_at(fields_at(rest));
    let request = spans.strip_prefix("request{").and_then(|fields| value(fields, " id="));
    let status = value(fields, " status=");
    Some(Line { record: Record { level, target, message }, status, request })
}

/// The spans that `text` begins with, and the rest.
fn spans(text: &str) -> (&str, &str) {
    let (mut end, mut from) = (0, 0);
    while let Some(open) = text[from..].find(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if open == 0 || !text[from + open..].starts_with('{') {
            break;
        }
        let Some(close) = text[from + open..].find('}') else { break };
        end = from + open + close + 1;
        if !text[end..].starts_with(':') {
            break;
        }
        from = end + 1;
    }
    text.split_at(end)
}

/// Where the first ` name=` begins.
fn fields_at(text: &str) -> usize {
    let is_field = |&(at, _): &(usize, &str)| {
        let name = text[at + 1..].split(|c: char| !(c.is_alphanumeric() || "_.".contains(c))).next();
        name.is_some_and(|name| !name.is_empty() && text[at + 1 + name.len()..].starts_with('='))
    };
    text.match_indices(' ').find(is_field).map_or(text.len(), |(at, _)| at)
}

/// What stands behind `name`, up to a space or the end of the span.
fn value<'t>(fields: &'t str, name: &str) -> Option<&'t str> {
    let (_, value) = fields.split_once(name)?;
    value.split([' ', '}']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'l>(record: [&'l str; 3], status: Option<&'l str>, request: Option<&'l str>) -> Line<'l> {
        let [level, target, message] = record;
        Line { record: Record { level, target, message }, status, request }
    }

    #[test]
    fn both_formats_read_the_same() {
        let time = "2026-11-22T21:18:55.123456Z";
        let span = "request{method=GET uri=/books/ABC id=17}";
        let of_request = [
            (
                line(["DEBUG", "tower_http::trace", "finished processing"], Some("200"), Some("17")),
                "finished processing latency=0 ms status=200",
                "DEBUG",
                "tower_http::trace",
            ),
            (
                line(["INFO", "service", "WHERE symbol = ?1"], None, Some("17")),
                "WHERE symbol = ?1 took=5µs",
                " INFO",
                "service",
            ),
        ];
        for (expected, text, level, target) in of_request {
            let fmt = format!("{time} {level} {span}: {target}: {text}");
            let ring = format!("{time} {:<5} [a thread] {target}: {span} {text}", level.trim());
            assert_eq!(parse(Log::TracingAppender, &fmt).as_ref(), Some(&expected), "{fmt}");
            assert_eq!(parse(Log::Ringlog, &ring).as_ref(), Some(&expected), "{ring}");
        }
        let expected = Some(line(["WARN", "mio::poll", "registering with poller:"], None, None));
        let text = "mio::poll: registering with poller: token=Token(5)";
        assert_eq!(parse(Log::TracingAppender, &format!("{time}  WARN {text}")), expected);
        assert_eq!(parse(Log::Ringlog, &format!("{time} WARN  [main] {text}")), expected);
        assert_eq!(parse(Log::Ringlog, "2026-11-22T21:18:55.123456Z WARN  [mai"), None);
    }

    #[test]
    fn what_is_missing_or_double_is_counted() {
        let lines_of = |id| {
            let line = move |Record { level, target, message }: Record<&str>| {
                format!("T {level:>5} request{{method=GET uri=/ id={id}}}: {target}: {message}\n")
            };
            Kind::of(id).records().into_iter().map(line).collect::<Vec<_>>()
        };
        let all: Vec<String> = (0..50).flat_map(lines_of).collect();
        let check = |text: &str| check(Log::TracingAppender, text, 50);
        let right = check(&all.concat());
        assert!(right.is_right() && right.records == all.len() as u64, "{right}");
        let missing = check(&all[1..].concat());
        assert_eq!((missing.missing, missing.double, missing.stray), (1, 0, 0), "{missing}");
        let double = check(&(all.concat() + &all[7]));
        assert_eq!((double.missing, double.double, double.stray), (0, 1, 0), "{double}");
        let stray = check(&(all.concat() + &lines_of(50)[0]));
        assert_eq!((stray.missing, stray.double, stray.stray), (0, 0, 1), "{stray}");
        let torn = check(&(all.concat() + "T INF"));
        assert_eq!((torn.missing, torn.garbled), (0, 1), "{torn}");
    }
}
