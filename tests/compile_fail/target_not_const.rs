use ringlog::info;

fn main() {
    let target = "orders";
    info!(target: target, "order");
    info!(target: 5, "order");
}
