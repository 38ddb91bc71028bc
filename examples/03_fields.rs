//! Fields: names and values that stay apart from the message, for people as text and for machines as JSON.

use ringlog::layout::{Json, Text};
use ringlog::{Builder, Secret, info, sink, warn};

#[derive(Debug)]
enum Side {
    Buy,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Builder::new()
        .sink(sink::Console::stdout().layout(Text::pattern("{level:<5} {message}{fields}")?))
        .sink(sink::Console::stdout().layout(Json::default()))
        .init()?;

    let (order_id, price, side) = (7_u64, 12.5, Side::Buy);
    info!(order_id, px = price, side = ?side, "filled");
    let peer = std::net::Ipv4Addr::LOCALHOST;
    warn!(peer = %peer, "http.status" = 503, tags = ["slow", "retried"], "request failed");

    // Never reaches the ring, let alone the file.
    let password = Secret::new("hunter2");
    info!(user = "ada", password, "logged in");
    Ok(())
}
