use ringlog::log;

fn main() {
    log!("order");
    log!();
}
