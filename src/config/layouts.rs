//! Layouts as a configuration has them.

use super::document::{Layout, Member, Times};
use super::error::Fault;
use crate::layout::{Json, Member as Of, Text, Times as TimesOf};
use std::collections::BTreeMap;

/// The members of `Json::new()`.
const DEFAULT_MEMBERS: [Member; 6] =
    [Member::Time, Member::Level, Member::Target, Member::Thread, Member::Logger, Member::Message];

/// A text layout; coloured, where the configuration does not say, if `ansi`.
pub(super) fn text(key: &str, layout: &Layout, ansi: bool) -> Result<Text, Fault> {
    let pattern = layout.pattern.as_deref().unwrap_or(Text::DEFAULT_PATTERN);
    let text = Text::pattern(pattern).map_err(|error| Fault::of(format!("{key}.pattern"), error))?;
    let text = if layout.raw == Some(true) { text.raw() } else { text };
    let text = text.ansi(layout.ansi.unwrap_or(ansi));
    if layout.local_time != Some(true) {
        return Ok(text);
    }
    #[cfg(feature = "local-time")]
    return Ok(text.local_time());
    #[cfg(not(feature = "local-time"))]
    Err(needs(format!("{key}.local_time"), "local-time"))
}

/// A layout of JSON lines.
pub(super) fn json(key: &str, layout: &Layout) -> Result<Json, Fault> {
    let wrong = |option: &str| {
        let key = format!("{key}.{option}");
        move |error| Fault::of(key, error)
    };
    let mut json = Json::empty();
    let members = layout.members.as_deref().unwrap_or(&DEFAULT_MEMBERS);
    for (place, member) in members.iter().enumerate() {
        if members[..place].contains(member) {
            let reason = format!("`{}` stands twice: name each member once", name_of(*member));
            return Err(Fault::new(format!("{key}.members[{place}]"), reason));
        }
        let name = layout.names.as_ref().and_then(|names| names.get(member));
        let option =
            name.map_or_else(|| format!("members[{place}]"), |_| format!("names.{}", name_of(*member)));
        let name = name.map_or(name_of(*member), String::as_str);
        json = json.member(of(*member), name).map_err(wrong(&option))?;
    }
    if let Some(member) = layout.names.iter().flat_map(BTreeMap::keys).find(|name| !members.contains(name)) {
        let reason = "it names a member that is not printed: put it into `members`, or leave it out";
        return Err(Fault::new(format!("{key}.names.{}", name_of(*member)), reason));
    }
    if layout.fields == Some(false) {
        if layout.fields_under.is_some() {
            let reason = "with `fields = false` there are none to stand there: leave one of them out";
            return Err(Fault::new(format!("{key}.fields_under"), reason));
        }
        json = json.without_fields();
    }
    if let Some(name) = &layout.fields_under {
        json = json.fields_under(name).map_err(wrong("fields_under"))?;
    }
    if let Some(name) = &layout.context_under {
        json = json.context_under(name).map_err(wrong("context_under"))?;
    }
    if let Some(times) = layout.times {
        json = json.times(match times {
            Times::Rfc3339 => TimesOf::Rfc3339,
            Times::UnixMillis => TimesOf::UnixMillis,
            Times::UnixMicros => TimesOf::UnixMicros,
            Times::UnixNanos => TimesOf::UnixNanos,
        });
    }
    if layout.safe_integers == Some(true) {
        json = json.safe_integers();
    }
    if layout.local_time != Some(true) {
        return Ok(json);
    }
    #[cfg(feature = "local-time")]
    return Ok(json.local_time());
    #[cfg(not(feature = "local-time"))]
    Err(needs(format!("{key}.local_time"), "local-time"))
}

/// A value that the crate was built without.
#[allow(dead_code, reason = "there is nothing to refuse where all features are on")]
pub(super) fn needs(key: String, feature: &str) -> Fault {
    Fault::new(key, format!("this program was built without ringlog's feature `{feature}`, which this needs"))
}

fn of(member: Member) -> Of {
    match member {
        Member::Time => Of::Time,
        Member::Level => Of::Level,
        Member::Target => Of::Target,
        Member::Module => Of::Module,
        Member::File => Of::File,
        Member::Line => Of::Line,
        Member::Thread => Of::Thread,
        Member::ThreadId => Of::ThreadId,
        Member::Seq => Of::Sequence,
        Member::Logger => Of::Logger,
        Member::Message => Of::Message,
    }
}

fn name_of(member: Member) -> &'static str {
    match member {
        Member::Time => "time",
        Member::Level => "level",
        Member::Target => "target",
        Member::Module => "module",
        Member::File => "file",
        Member::Line => "line",
        Member::Thread => "thread",
        Member::ThreadId => "thread_id",
        Member::Seq => "seq",
        Member::Logger => "logger",
        Member::Message => "message",
    }
}
