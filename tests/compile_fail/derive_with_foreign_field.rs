use ringlog::Encode;

struct Opaque;

#[derive(Encode)]
struct Order {
    id: u64,
    opaque: Opaque,
}

#[derive(Encode)]
enum Event {
    Taken(Opaque),
}

fn main() {}
