//! What is waited for: which sinks, how many of them, and how safe.

use super::lanes::{SinkId, Stage};

/// The sinks that a record goes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    sinks: &'static [SinkId],
}

impl Route {
    pub(crate) const fn new(sinks: &'static [SinkId]) -> Self {
        Self { sinks }
    }

    pub(crate) const fn sinks(&self) -> &'static [SinkId] {
        self.sinks
    }
}

/// How many of a record's sinks are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quorum {
    All,
    Any,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Written,
    AnyWritten,
    Durable,
    AnyDurable,
}

impl Want {
    /// Each by its number.
    pub(crate) const ALL: [Self; 4] = [Self::Written, Self::AnyWritten, Self::Durable, Self::AnyDurable];

    pub(crate) const fn stage(self) -> Stage {
        match self {
            Self::Written | Self::AnyWritten => Stage::Written,
            Self::Durable | Self::AnyDurable => Stage::Durable,
        }
    }

    pub(crate) const fn quorum(self) -> Quorum {
        match self {
            Self::Written | Self::Durable => Quorum::All,
            Self::AnyWritten | Self::AnyDurable => Quorum::Any,
        }
    }
}
