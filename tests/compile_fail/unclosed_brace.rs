use ringlog::info;

fn main() {
    let id = 1;
    info!("order {id qty");
    info!("order } qty");
}
