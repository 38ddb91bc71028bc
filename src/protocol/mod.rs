//! The lock-free protocols and nothing else.
//!
//! Each file tells its protocol before the code: the variables, who writes each, the invariants, and the race
//! that decided the design. They import `crate::sync` alone, so that `loom-tests` compiles the same files over
//! loom and models them.

pub(crate) mod beacons;
pub(crate) mod countdown;
pub(crate) mod drops;
pub(crate) mod failures;
pub(crate) mod flush_cell;
pub(crate) mod handover;
pub(crate) mod intake;
pub(crate) mod lanes;
pub(crate) mod seqlock;
pub(crate) mod settle;
pub(crate) mod tickets;
pub(crate) mod waiters;
pub(crate) mod wake;
pub(crate) mod waker_slot;
pub(crate) mod want;
