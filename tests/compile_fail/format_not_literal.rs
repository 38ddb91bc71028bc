use ringlog::info;

fn main() {
    let text = String::from("order");
    info!(text.as_str());
    info!(b"order");
}
