use ringlog::info;

fn main() {
    info!("order {}", 1, 2);
    info!("order {id}", id = 1, qty = 2);
}
