//! The JSON layout at work.
//!
//! What is the same for all records of a statement is rendered with its first one: the members that the source says,
//! the keys of all others, and the quotes and commas between them. Each member has its comma in front; the first one
//! of all is turned into the object's brace.

use super::keys::{Keys, quoted};
use super::value::Values;
use super::{Fields, Json, Member, Times};
use crate::callsite::{Place, Statement};
use crate::encode::{Value, Visit};
use crate::layout::output::FAILED;
use crate::layout::time::timestamps;
use crate::layout::{Escape, Output, Timestamps, Writer};
use crate::record::Record;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

/// Lines of JSON at work in one worker.
pub(super) struct JsonWriter {
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
    /// What differs from record to record.
    steps: Vec<Step>,
    /// What fields beside the members can't be called.
    taken: Vec<String>,
    /// `,"fields":`, `,"context":`, `,"logger":`, `,"spans":`, where these are not always there.
    fields_key: String,
    context_key: String,
    logger_key: String,
    spans_key: String,
    /// What fields of spans can't be called.
    span_taken: [String; 1],
}

/// A member that differs from record to record.
#[derive(Clone, Copy)]
enum Step {
    Time,
    Message,
    Thread,
    ThreadId,
    Sequence,
    Logger,
    Spans,
}

/// What is known of a statement.
struct Site {
    /// What stands before each step, and behind the last one.
    constants: Box<[Box<str>]>,
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
            steps: json.members.iter().filter_map(|(member, _)| member.step()).collect(),
            taken,
            fields_key: match &json.fields {
                Fields::Under(name) => key(name),
                Fields::Flat | Fields::Nowhere => String::new(),
            },
            context_key: json.context.as_deref().map(key).unwrap_or_default(),
            logger_key: key_of(Member::Logger),
            spans_key: key_of(Member::Spans),
            span_taken: ["name".to_owned()],
            json: json.clone(),
        };
        let time = timestamps(json.local);
        Self { layout, time, sites: Vec::new(), places: HashMap::default(), last: (0, 0) }
    }

    /// What is known of a statement.
    #[inline]
    fn site(&mut self, statement: &'static Statement) -> (&Prepared, &mut Timestamps, &mut Site) {
        let address = std::ptr::from_ref(statement).addr();
        if self.last.0 != address {
            self.last = (address, self.look_up(address, statement));
        }
        (&self.layout, &mut self.time, &mut self.sites[self.last.1])
    }

    #[inline(never)]
    fn look_up(&mut self, address: usize, statement: &'static Statement) -> usize {
        let Self { places, sites, layout, .. } = self;
        *places.entry(address).or_insert_with(|| {
            let constants = constants(&layout.json, statement.callsite.place());
            sites.push(Site {
                constants,
                fields: Keys::default(),
                context: Keys::default(),
                spans: Vec::new(),
            });
            sites.len() - 1
        })
    }
}

impl Writer for JsonWriter {
    fn write(&mut self, record: &Record<'_>, bytes: &mut Vec<u8>) -> fmt::Result {
        let start = bytes.len();
        let (layout, time, Site { constants, fields, context, spans }) = self.site(record.statement);
        for (constant, &step) in constants.iter().zip(&layout.steps) {
            append(bytes, constant);
            layout.step(step, record, time, spans, bytes);
        }
        if let Some(constant) = constants.last() {
            append(bytes, constant);
        }
        let is_apart = layout.json.context.is_some();
        let visit =
            |visit: &mut dyn Visit| if is_apart { record.own_fields(visit) } else { record.fields(visit) };
        match layout.json.fields {
            Fields::Flat => layout.fields(bytes, fields, &layout.taken, visit),
            Fields::Under(_) => layout.object(bytes, &layout.fields_key, fields, visit),
            Fields::Nowhere => {}
        }
        if is_apart {
            layout.object(bytes, &layout.context_key, context, |visit| record.context(visit));
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
    #[inline]
    fn step(
        &self,
        step: Step,
        record: &Record<'_>,
        time: &mut Timestamps,
        spans: &mut Vec<Keys>,
        bytes: &mut Vec<u8>,
    ) {
        match step {
            Step::Time => match self.json.times {
                Times::Rfc3339 => time.write(record.unix_nanos(), bytes),
                Times::UnixMillis => self.number(record.unix_nanos() / 1_000_000, bytes),
                Times::UnixMicros => self.number(record.unix_nanos() / 1_000, bytes),
                Times::UnixNanos => self.number(record.unix_nanos(), bytes),
            },
            Step::Message => {
                if record.message(bytes, Escape::Json).is_err() {
                    append(bytes, FAILED);
                }
            }
            Step::Thread => {
                let mut out = Output::new(bytes, Escape::Json);
                match record.thread().name.as_str() {
                    "" => out.unsigned(record.thread().id),
                    name => out.value(name),
                }
            }
            Step::ThreadId => self.number(record.thread().id, bytes),
            Step::Sequence => self.number(record.sequence(), bytes),
            Step::Logger => {
                if !record.logger().is_empty() {
                    append(bytes, &self.logger_key);
                    Values::new(bytes, false).value(Value::Str(record.logger()));
                }
            }
            Step::Spans => {
                if record.may_have_spans() {
                    self.spans(record, spans, bytes);
                }
            }
        }
    }

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
    #[inline]
    fn field(&mut self, name: &'static str, value: Value<'_>) {
        append(self.values.bytes, self.keys.rendered(self.at, name, self.taken));
        self.at += 1;
        self.values.value(value);
    }
}

impl Member {
    fn step(self) -> Option<Step> {
        match self {
            Self::Time => Some(Step::Time),
            Self::Message => Some(Step::Message),
            Self::Thread => Some(Step::Thread),
            Self::ThreadId => Some(Step::ThreadId),
            Self::Sequence => Some(Step::Sequence),
            Self::Logger => Some(Step::Logger),
            Self::Spans => Some(Step::Spans),
            Self::Level | Self::Target | Self::Module | Self::File | Self::Line => None,
        }
    }
}

/// What stands before each step of a statement's records, and behind the last one.
fn constants(json: &Json, place: &Place) -> Box<[Box<str>]> {
    let mut constants = Vec::new();
    let mut text = String::new();
    for (member, name) in &json.members {
        // What is not always there brings its key along.
        if !matches!(member, Member::Logger | Member::Spans) {
            text += &format!(",{}:", quoted(name));
        }
        let quotes = match member {
            Member::Level => {
                text += &quoted(place.level.as_str());
                continue;
            }
            Member::Target => {
                text += &quoted(place.target);
                continue;
            }
            Member::Module => {
                text += &quoted(place.module);
                continue;
            }
            Member::File => {
                text += &quoted(place.file);
                continue;
            }
            Member::Line => {
                text += &place.line.to_string();
                continue;
            }
            Member::Message | Member::Thread => "\"",
            Member::Time if json.times == Times::Rfc3339 => "\"",
            Member::Time | Member::ThreadId | Member::Sequence | Member::Logger | Member::Spans => "",
        };
        text += quotes;
        constants.push(std::mem::replace(&mut text, quotes.to_owned()).into());
    }
    constants.push(text.into());
    constants.into()
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
