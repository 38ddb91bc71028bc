//! The workers: who drains which ring, and how the records become batches.

mod counts;
mod idle;
mod kept;
mod link;
mod merge;
mod notice;
mod pinning;
mod task;
mod watch;
mod worker;

pub use idle::IdleStrategy;
pub(crate) use link::SinkLink;
pub(crate) use worker::{Command, Handle, Signals, Succession, Worker};
