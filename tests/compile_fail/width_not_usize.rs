use ringlog::info;

fn main() {
    let width = 4_i32;
    info!("{:width$}", 1);
}
