fn main() {
    let id = 7;
    let _guard = ringlog::context!(id, "a message");
}
