use ringlog::info;

fn main() {
    info!("order {:y}", 1);
    info!("order {:#?x}", 1);
}
