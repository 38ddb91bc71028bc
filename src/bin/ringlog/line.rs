//! What an auditor reads in a line: whose it is, and the how-manieth.

use std::borrow::Cow;

/// The pattern that is read where none is given.
pub(crate) const DEFAULT_PATTERN: &str =
    "{time} {level:<5} [{thread}/{thread_id} {seq}] {target}:{in_spans} {message}{fields}";

/// A line that is a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'l> {
    pub(crate) thread: Cow<'l, str>,
    /// 0 for what the logger itself has to say.
    pub(crate) sequence: u64,
    /// Where the logger says that records of the thread were dropped: how many.
    pub(crate) dropped: u64,
}

/// What is to be read of a line of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Thread,
    ThreadId,
    Sequence,
    Other,
}

/// How lines are read.
#[derive(Debug)]
pub(crate) struct Form {
    /// Pieces up to the last one that is needed, each with the text behind it; the first is what the line begins with.
    begins: String,
    pieces: Vec<(Piece, String)>,
}

impl Form {
    /// Lines by a layout's pattern.
    pub(crate) fn of_pattern(pattern: &str) -> Result<Self, String> {
        ringlog::layout::Text::pattern(pattern).map_err(|fault| fault.to_string())?;
        let (mut begins, mut pieces) = (String::new(), Vec::<(Piece, String)>::new());
        let mut rest = pattern.chars().peekable();
        while let Some(character) = rest.next() {
            let literal = pieces.last_mut().map_or(&mut begins, |(_, behind)| behind);
            match character {
                '{' | '}' if rest.next_if_eq(&character).is_some() => literal.push(character),
                '{' => {
                    let placeholder: String = rest.by_ref().take_while(|&next| next != '}').collect();
                    let piece = match placeholder.split(':').next() {
                        Some("thread") => Piece::Thread,
                        Some("thread_id") => Piece::ThreadId,
                        Some("seq") => Piece::Sequence,
                        _ => Piece::Other,
                    };
                    pieces.push((piece, String::new()));
                }
                _ => literal.push(character),
            }
        }
        let find = |wanted| pieces.iter().position(|(piece, _)| *piece == wanted);
        let Some(sequence) = find(Piece::Sequence) else {
            return Err(format!("`{pattern}` has no {{seq}}, so there is nothing to check"));
        };
        // By its id a thread can be told from others of its name.
        let Some(thread) = find(Piece::ThreadId).or_else(|| find(Piece::Thread)) else {
            return Err(format!(
                "`{pattern}` has neither {{thread}} nor {{thread_id}}: whose numbers are they?"
            ));
        };
        let needed = sequence.max(thread);
        if let Some(place) = pieces[..needed].iter().position(|(_, behind)| behind.is_empty()) {
            return Err(format!(
                "`{pattern}`: there is no text between its placeholders {} and {}, so their values cannot be told apart",
                place + 1,
                place + 2
            ));
        }
        pieces.truncate(needed + 1);
        for (place, (piece, _)) in pieces.iter_mut().enumerate() {
            if place != sequence && place != thread {
                *piece = Piece::Other;
            }
        }
        Ok(Self { begins, pieces })
    }

    /// What a line says; none if it is no record.
    pub(crate) fn read<'l>(&self, line: &'l str) -> Option<Line<'l>> {
        if line.starts_with('{')
            && let Some(found) = read_json(line)
        {
            return Some(found);
        }
        let mut rest = line.strip_prefix(self.begins.as_str())?;
        let (mut thread, mut sequence) = (None, None);
        for (piece, behind) in &self.pieces {
            // What is aligned has spaces in front.
            rest = rest.trim_start_matches(' ');
            let (value, after) = match behind.as_str() {
                "" if *piece == Piece::Sequence => {
                    rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count())
                }
                "" => (rest, ""),
                behind => rest.split_once(behind)?,
            };
            match piece {
                Piece::Thread | Piece::ThreadId => thread = Some(value.trim_end()),
                Piece::Sequence => sequence = Some(value.trim_end().parse().ok()?),
                Piece::Other => {}
            }
            rest = after;
        }
        let (thread, sequence) = (thread?, sequence?);
        let dropped = if sequence == 0 { dropped(line) } else { 0 };
        Some(Line { thread: thread.into(), sequence, dropped })
    }
}

/// How many records a notice says were dropped, if it does.
fn dropped(text: &str) -> u64 {
    let found = text.split_once("dropped ").and_then(|(_, told)| told.split_once(" records of thread "));
    match found {
        Some((count, of)) if of.contains(" between ") => count.parse().unwrap_or(0),
        _ => 0,
    }
}

fn read_json(line: &str) -> Option<Line<'_>> {
    let (mut thread, mut id, mut sequence, mut message) = (None, None, None, None);
    let mut rest = line.strip_prefix('{')?;
    while !rest.starts_with('}') {
        let (key, after) = json_value(rest)?;
        let (value, after) = json_value(after.trim_start().strip_prefix(':')?)?;
        match key.trim() {
            r#""thread""# => thread = Some(value.trim()),
            r#""thread_id""# => id = Some(value.trim()),
            r#""seq""# => sequence = value.trim().trim_matches('"').parse().ok(),
            r#""message""# => message = Some(value),
            _ => {}
        }
        let after = after.trim_start();
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    let sequence = sequence?;
    let dropped = if sequence == 0 { message.map_or(0, dropped) } else { 0 };
    Some(Line { thread: id.or(thread)?.trim_matches('"').into(), sequence, dropped })
}

/// Splits the first value off a text of JSON, as it is written; none where it does not end.
fn json_value(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b',' | b':' | b'}' | b']' if depth == 0 => return Some(text.split_at(at)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, line: &str) -> Option<(String, u64, u64)> {
        let form = Form::of_pattern(pattern).unwrap();
        form.read(line).map(|line| (line.thread.into_owned(), line.sequence, line.dropped))
    }

    #[test]
    fn a_line_is_read_by_its_pattern() {
        let line = "2026-11-22T21:18:55.123456789Z INFO  [main/17 42] app::orders: [x/1 2] filled";
        assert_eq!(read(DEFAULT_PATTERN, line), Some(("17".into(), 42, 0)));
        assert_eq!(
            read("{{{seq:>6}}} {thread:<8}| {message}", "{    12} a b     | x"),
            Some(("a b".into(), 12, 0))
        );
        assert_eq!(read("{thread_id} {message} #{seq}", "5 dropped by hand #7"), Some(("5".into(), 7, 0)));
        assert_eq!(read(DEFAULT_PATTERN, "   at main.rs:5"), None);
    }

    #[test]
    fn a_line_of_json_is_read_by_its_members() {
        let line = r#"{"a":{"seq":1},"thread":"a, \"b\"}","thread_id":17,"seq":42,"message":"x"}"#;
        assert_eq!(read(DEFAULT_PATTERN, line), Some(("17".into(), 42, 0)));
        let told =
            r#"{"thread":"t","seq":0,"message":"dropped 12 records of thread t between x and y: ring full"}"#;
        assert_eq!(read(DEFAULT_PATTERN, told), Some(("t".into(), 0, 12)));
        assert_eq!(read(DEFAULT_PATTERN, r#"{"seq":1,"thread":"t"#), None, "torn");
    }

    #[test]
    fn a_pattern_by_which_nothing_can_be_told_is_refused() {
        for (pattern, told) in [
            ("{time} {message}", "no {seq}"),
            ("{seq} {message}", "neither {thread} nor {thread_id}"),
            ("{message}{seq} {thread}", "cannot be told apart"),
            ("{sequence}", "one of time"),
        ] {
            let fault = Form::of_pattern(pattern).unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
    }
}
