use ringlog::info;

fn main() {
    info!("order {} qty {}", 1);
    info!("order {order_id}");
    info!();
}
