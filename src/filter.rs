//! Which statements are enabled.

use crate::callsite::Callsite;
use crate::level::Level;

/// Which levels of which targets are let through.
#[derive(Clone, Debug)]
pub struct Filter;

/// A directive that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad filter")]
pub struct FilterError;

pub(crate) fn register(callsite: &'static Callsite) -> bool {
    let on = callsite.place().level >= Level::Info;
    callsite.set_enabled(on);
    on
}
