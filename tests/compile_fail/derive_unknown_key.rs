use ringlog::Encode;

#[derive(Encode)]
#[encode(krate = ringlog)]
struct Order {
    id: u64,
}

fn main() {}
