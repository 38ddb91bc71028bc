use ringlog::info;

fn main() {
    info!(parent: 1, "order");
    info!(target: "a", target: "b", "order");
}
