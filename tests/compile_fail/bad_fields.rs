use ringlog::info;

fn main() {
    let (id, qty) = (1, 2);
    info!(id = , "order");
    info!(%id qty, "order");
    info!(id, missing, "order");
}
