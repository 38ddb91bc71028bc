#![deny(unused_must_use)]

fn main() {
    ringlog::context!(id = 7);
}
