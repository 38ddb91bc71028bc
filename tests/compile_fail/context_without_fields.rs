fn main() {
    let _context = ringlog::context_fields!();
}
