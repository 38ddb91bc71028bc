//! Tuples, `Option`, `Result`.
