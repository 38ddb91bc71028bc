use ringlog::Encode;

#[derive(Encode)]
union Bits {
    integer: u64,
    float: f64,
}

fn main() {}
