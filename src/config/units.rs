//! Values with units: durations, sizes, levels; each says what would be right when it is something else.

use crate::level::Level;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;
use std::time::Duration;

/// A number of bytes: `4096`, `"64KiB"`, `"1.5GB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

/// A time: `"250ms"`, `"1h 30m"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time(pub(super) Duration);

/// A time, or `false` for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOrNever(pub(super) Option<Duration>);

/// A level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Least(pub(super) Level);

/// A level or `"off"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeastOrOff(pub(super) Option<Level>);

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of bytes, such as 4096 or \"64KiB\"")
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<Size, E> {
        Ok(Size(bytes))
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
        let bytes = u64::try_from(bytes);
        bytes
            .map(Size)
            .map_err(|_| E::custom("a size is not negative: use a number such as 4096 or \"64KiB\""))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
        let size: Result<bytesize::ByteSize, _> = text.trim().parse();
        size.map(|size| Size(size.as_u64())).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct TimeVisitor {
    or_never: bool,
}

impl Visitor<'_> for TimeVisitor {
    type Value = Option<Duration>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration with its unit, such as \"250ms\" or \"1h 30m\"")?;
        if self.or_never { f.write_str(", or false for none") } else { Ok(()) }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        if self.or_never && !value { Ok(None) } else { Err(E::invalid_type(Unexpected::Bool(value), &self)) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let time = humantime::parse_duration(text.trim());
        time.map(Some).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = deserializer.deserialize_any(TimeVisitor { or_never: false })?;
        Ok(Self(time.unwrap_or_default()))
    }
}

impl<'de> Deserialize<'de> for TimeOrNever {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor { or_never: true }).map(Self)
    }
}

impl<'de> Deserialize<'de> for Least {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for LeastOrOff {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word.eq_ignore_ascii_case("off") {
            return Ok(Self(None));
        }
        let level = word.parse();
        level.map(|level| Self(Some(level))).map_err(|error| D::Error::custom(format!("{error}, off")))
    }
}
