//! `#[derive(Encode)]` brings no warning into a strict crate, not even one that forbids `unsafe`.

#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic, missing_docs, unused_qualifications, rust_2018_idioms)]
#![deny(unreachable_pub, single_use_lifetimes, unused_results, clippy::undocumented_unsafe_blocks)]

use ringlog::{Encode, info};

/// An order.
#[derive(Encode, Debug)]
pub struct Order<'a, T> {
    /// Its number.
    pub id: u64,
    /// What it is for.
    pub symbol: &'a str,
    /// And more.
    pub more: T,
}

/// What happens to it.
#[derive(Encode, Debug)]
pub enum Event {
    /// It is taken.
    Taken,
    /// It is filled.
    Filled {
        /// How much of it.
        qty: u64,
    },
}

#[test]
fn the_derived_types_are_logged() {
    let order = Order { id: 1, symbol: "ABC", more: Event::Filled { qty: 3 } };
    info!(id = order.id, "{order:?} {:?}", Event::Taken);
    assert_eq!(
        ringlog::__private::render!("{order:?}"),
        r#"Order { id: 1, symbol: "ABC", more: Filled { qty: 3 } }"#
    );
}
