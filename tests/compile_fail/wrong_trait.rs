use ringlog::info;

struct Opaque;

fn main() {
    info!("{}", vec![1_u64]);
    info!("{:>8}", vec![1_u64]);
    info!("{:x}", 1.5);
    info!("{:?}", Opaque);
    info!(field = Opaque);
    info!(field = %Opaque, "x");
}
