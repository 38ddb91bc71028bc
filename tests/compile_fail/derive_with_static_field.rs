use ringlog::Encode;
use std::borrow::Cow;

#[derive(Encode)]
struct Order {
    name: Cow<'static, str>,
}

fn main() {}
