//! The JSON layout at work.
//!
//! What is the same for all records of a statement, a thread and a logger is rendered with the first one of them: the
//! members that these say, the keys of all others, and the quotes and commas between them. Each member has its comma in
//! front; the first one of all is turned into the object's brace.

use super::keys::{Keys, quoted};
use super::value::{Values, put_simple};
use super::{Fields, Json, Member, Times};
use crate::callsite::Statement;
use crate::encode::{Value, Visit};
use crate::layout::constant::Remembered;
use crate::layout::output::FAILED;
use crate::layout::time::timestamps;
use crate::layout::{Escape, Output, Timestamps, Writer};
use crate::record::Record;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

/// Lines of JSON at work in one worker.
pub(super) struct JsonWriter {
    /// For records that are in no spans, and for those that may be in some.
    steps: [Vec<Step>; 2],
    layout: Prepared,
    time: Timestamps,
    sites: Vec<Site>,
    /// By the address of the statement, a place in `sites`.
    places: HashMap<usize, usize, BuildHasherDefault<AddressHasher>>,
    /// The last entry of `places` that was looked up. No statement is at address 0.
    last: (usize, usize),
}

/// What is the same for all records.
struct Prepared {
    json: Json,
    /// What fields beside the members can't be called.
    taken: Vec<String>,
    /// `,"fields":`, `,"context":`, `,"spans":`, where these are not always there.
    fields_key: String,
    context_key: String,
    spans_key: String,
    /// What fields of spans can't be called.
    span_taken: [String; 1],
}

enum Step {
    /// What is the same for all records.
    Text(String),
    /// What is the same for all records of a statement, a thread and a logger.
    Constant(Vec<Part>, Remembered),
    Time,
    Message,
    Sequence,
    Spans,
}

/// A part of what is the same.
enum Part {
    Text(String),
    Member(Member),
    /// The logger's name, behind its key, where it has one.
    Logger(String),
}

/// The names that came with a statement.
#[derive(Default)]
struct Site {
    fields: Keys,
    context: Keys,
    /// Of each span, from the outermost in.
    spans: Vec<Keys>,
}

impl JsonWriter {
    pub(super) fn new(json: &Json) -> Self {
        let taken = match &json.fields {
            Fields::Flat => json.taken().map(|(name, _)| name.to_owned()).collect(),
            Fields::Under(_) | Fields::Nowhere => Vec::new(),
        };
        let key = |name: &str| format!(",{}:", quoted(name));
        let key_of = |wanted: Member| {
            let found = json.members.iter().find(|(member, _)| *member == wanted);
            found.map(|(_, name)| key(name)).unwrap_or_default()
        };
        let layout = Prepared {
            taken,
            fields_key: match &json.fields {
                Fields::Under(name) => key(name),
                Fields::Flat | Fields::Nowhere => String::new(),
            },
            context_key: json.context.as_deref().map(key).unwrap_or_default(),
            spans_key: key_of(Member::Spans),
            span_taken: ["name".to_owned()],
            json: json.clone(),
        };
        let time = timestamps(json.local);
        let (steps, sites) = ([false, true].map(|spans| Step::all(json, spans)), vec![Site::default()]);
        Self { steps, layout, time, sites, places: HashMap::default(), last: (0, 0) }
    }

    /// The place of what is known of a statement.
    #[inline]
    fn site(&mut self, statement: &'static Statement) -> usize {
        let address = std::ptr::from_ref(statement).addr();
        if self.last.0 != address {
            self.last = (address, self.look_up(address));
        }
        self.last.1
    }

    #[inline(never)]
    fn look_up(&mut self, address: usize) -> usize {
        let Self { places, sites, .. } = self;
        *places.entry(address).or_insert_with(|| {
            sites.push(Site::default());
            sites.len() - 1
        })
    }
}

impl Writer for JsonWriter {
    fn write(&mut self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result {
        let start = bytes.len();
        let has_names = record.has_fields() || record.may_have_spans();
        // Of a statement without names nothing is kept: they share one.
        let site = if has_names { self.site(record.statement) } else { 0 };
        let Self { steps, layout, time, sites, .. } = self;
        let Site { fields, context, spans } = &mut sites[site];
        Output::new(bytes, Escape::Json).pen(|pen| {
            for step in &mut steps[usize::from(record.may_have_spans())] {
                match step {
                    Step::Text(text) => pen.trusted(text),
                    Step::Constant(parts, remembered) => {
                        remembered.append(record, pen, |bytes| {
                            print_parts(parts, record, layout.json.safe_integers, bytes)
                        });
                    }
                    Step::Time => match layout.json.times.unit() {
                        None => time.put(record.unix_nanos(), pen),
                        Some(unit) => {
                            pen.through(|out| layout.number(record.unix_nanos() / unit, out.bytes()));
                        }
                    },
                    Step::Message => {
                        if pen.through(|out| record.print_message(out)).is_err() {
                            pen.trusted(FAILED);
                        }
                    }
                    Step::Sequence => pen.through(|out| layout.number(record.sequence(), out.bytes())),
                    Step::Spans => pen.through(|out| layout.spans(record, spans, out.bytes())),
                }
            }
        });
        let is_apart = layout.json.context.is_some();
        let visit =
            |visit: &mut dyn Visit| if is_apart { record.own_fields(visit) } else { record.fields(visit) };
        if has_names {
            match layout.json.fields {
                Fields::Flat => layout.fields(bytes, fields, &layout.taken, visit),
                Fields::Under(_) => layout.object(bytes, &layout.fields_key, fields, visit),
                Fields::Nowhere => {}
            }
            if is_apart {
                layout.object(bytes, &layout.context_key, context, |visit| record.context(visit));
            }
        }
        match bytes.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => bytes.push(b'{'),
        }
        append(bytes, "}\n");
        Ok(())
    }
}

impl Prepared {
    // Out of line, or the digits of each number that a layout may ask for are made for each record.
    #[inline(never)]
    fn number(&self, number: u64, bytes: &mut Vec<u8>) {
        Values::new(bytes, self.json.safe_integers).value(Value::U64(number));
    }

    /// Prints the spans that the record is in, behind their key, if there are any.
    fn spans(&self, record: &Record<'_>, keys: &mut Vec<Keys>, bytes: &mut Vec<u8>) {
        let mut depth = 0;
        record.spans(&mut |span| {
            if depth == 0 {
                append(bytes, &self.spans_key);
            }
            append(bytes, if depth == 0 { "[" } else { "," });
            append(bytes, "{\"name\":");
            Values::new(bytes, false).value(Value::Str(span.name()));
            if keys.len() == depth {
                keys.push(Keys::default());
            }
            self.fields(bytes, &mut keys[depth], &self.span_taken, |visit| span.fields(visit));
            bytes.push(b'}');
            depth += 1;
        });
        if depth > 0 {
            bytes.push(b']');
        }
    }

    /// Prints the fields that `visit` visits.
    #[inline]
    fn fields(
        &self,
        bytes: &mut Vec<u8>,
        keys: &mut Keys,
        taken: &[String],
        visit: impl FnOnce(&mut dyn Visit),
    ) {
        let values = Values::new(bytes, self.json.safe_integers);
        visit(&mut FieldsVisitor { values, keys, taken, at: 0 });
    }

    /// The same as an object, behind its key, if there are any.
    fn object(&self, bytes: &mut Vec<u8>, key: &str, keys: &mut Keys, visit: impl FnOnce(&mut dyn Visit)) {
        let before = bytes.len();
        append(bytes, key);
        let start = bytes.len();
        self.fields(bytes, keys, &[], visit);
        match bytes.get_mut(start) {
            Some(comma) => {
                *comma = b'{';
                bytes.push(b'}');
            }
            None => bytes.truncate(before),
        }
    }
}

struct FieldsVisitor<'v> {
    values: Values<'v>,
    keys: &'v mut Keys,
    taken: &'v [String],
    at: usize,
}

impl Visit for FieldsVisitor<'_> {
    fn field(&mut self, name: &'static str, value: Value<'_>) {
        let Self { values, keys, taken, at } = self;
        let safe_integers = values.safe_integers;
        let is_done = Output::new(values.bytes, Escape::Json).pen(|pen| {
            keys.put(*at, name, taken, pen);
            put_simple(value, safe_integers, pen)
        });
        *at += 1;
        if !is_done {
            values.other(value);
        }
    }
}

impl Times {
    /// Nanoseconds in what the time is a number of.
    #[inline]
    fn unit(self) -> Option<u64> {
        match self {
            Self::Rfc3339 => None,
            Self::UnixMillis => Some(1_000_000),
            Self::UnixMicros => Some(1_000),
            Self::UnixNanos => Some(1),
        }
    }
}

impl Step {
    /// What a layout's members come to, with spans or without.
    fn all(json: &Json, spans: bool) -> Vec<Self> {
        let (mut steps, mut run) = (Vec::new(), Vec::new());
        for (member, name) in &json.members {
            let key = format!(",{}:", quoted(name));
            let (step, quotes) = match member {
                Member::Time if json.times == Times::Rfc3339 => (Self::Time, "\""),
                Member::Time => (Self::Time, ""),
                Member::Message => (Self::Message, "\""),
                Member::Sequence => (Self::Sequence, ""),
                Member::Spans if spans => {
                    // They bring their key along.
                    steps.extend([Self::same(&mut run), Self::Spans]);
                    continue;
                }
                Member::Spans => continue,
                Member::Logger => {
                    run.push(Part::Logger(key));
                    continue;
                }
                _ => {
                    run.extend([Part::Text(key), Part::Member(*member)]);
                    continue;
                }
            };
            run.push(Part::Text(key + quotes));
            steps.extend([Self::same(&mut run), step]);
            run.push(Part::Text(quotes.to_owned()));
        }
        steps.push(Self::same(&mut run));
        steps
    }

    /// Parts that stand one behind the other.
    fn same(parts: &mut Vec<Part>) -> Self {
        let texts = parts.iter().map(|part| if let Part::Text(text) = part { Some(&**text) } else { None });
        match texts.collect() {
            Some(text) => {
                parts.clear();
                Self::Text(text)
            }
            None => Self::Constant(std::mem::take(parts), Remembered::new()),
        }
    }
}

/// Prints what is the same for all records of a statement, a thread and a logger.
fn print_parts(parts: &[Part], record: &Record<'_>, safe_integers: bool, bytes: &mut Vec<u8>) {
    let place = record.place();
    for part in parts {
        let mut values = Values::new(bytes, safe_integers);
        match part {
            Part::Text(text) => append(bytes, text),
            Part::Logger(_) if record.logger().is_empty() => {}
            Part::Logger(key) => {
                append(values.bytes, key);
                values.value(Value::Str(record.logger()));
            }
            Part::Member(member) => values.value(match member {
                Member::Level => Value::Str(place.level.as_str()),
                Member::Target => Value::Str(place.target),
                Member::Module => Value::Str(place.module),
                Member::File => Value::Str(place.file),
                Member::Line => Value::U64(place.line.into()),
                Member::ThreadId => Value::U64(record.thread().id),
                _ => match record.thread().name.as_str() {
                    "" => Value::Display(&record.thread().id),
                    name => Value::Str(name),
                },
            }),
        }
    }
}

/// Addresses of statics are all different already; they only have to be spread.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_usize(self.0 as usize ^ usize::from(byte)));
    }

    #[inline]
    fn write_usize(&mut self, address: usize) {
        // Fibonacci hashing (Knuth, "The Art of Computer Programming", volume 3, 6.4). The map looks at both ends.
        let product = (address as u64 >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ product >> 32;
    }
}

#[inline(always)]
fn append(bytes: &mut Vec<u8>, text: &str) {
    Output::new(bytes, Escape::None).trusted(text);
}
