//! ringlog's protocols, compiled over loom.
//!
//! `protocol` is the library's own folder; `sync` gives it loom's types in the place of std's. The models
//! stand in `models/`, one file a protocol, each model named by its one claim. README.md lists their bounds, how
//! long they take, and the mutations that they catch.
#![cfg(test)]

mod models;
#[path = "../../src/protocol/mod.rs"]
#[allow(dead_code, reason = "models need not touch every name")]
mod protocol;
mod sync;
