//! The least that works: no setup, no guard.
//!
//! The first record starts a logger that writes to standard error; the end of `main` waits until it has written.

use ringlog::{info, warn};

fn main() {
    info!("hello");
    let (name, attempts) = ("world", 3);
    info!("hello, {name}");
    warn!("said hello {attempts} times, {:.1} % of the target", 100.0 * f64::from(attempts) / 4.0);
}
