//! ringlog's protocols together, compiled over shuttle: a small pipeline of all of them, with more threads and longer runs
//! than loom can explore. Schedules are chosen at random, and by priorities (PCT), which finds rare orders.
//!
//! Shuttle runs everything sequentially consistent: that orderings are strong enough is what `loom-tests` shows.
#![cfg(test)]

mod pipeline;
#[path = "../../src/protocol/mod.rs"]
#[allow(dead_code, reason = "the pipeline need not touch every name")]
mod protocol;
mod sync;
