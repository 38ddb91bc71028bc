use ringlog::info;

fn main() {
    info!("order {id}", id = 1, id = 2);
    info!("order {id} {}", id = 1, 2);
}
