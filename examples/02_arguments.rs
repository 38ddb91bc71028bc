//! Everything that `format!` takes, formatted on another thread.
//!
//! The log call copies the arguments into its ring. `#[derive(Encode)]` has your own types copied, too; a type that has
//! nothing but `Display` or `Debug` is formatted within the call.

use ringlog::{Builder, Encode, info, sink};
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Debug, Encode)]
enum Side {
    Buy,
    Sell { is_short: bool },
}

#[derive(Debug, Encode)]
struct Order {
    id: u64,
    side: Side,
    price: Option<f64>,
    tags: Vec<String>,
}

/// Not `Encode`: formatted on the spot.
struct Celsius(f64);

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} °C", self.0)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&lines);
    let keep = sink::Callback::new(move |bytes: &[u8]| {
        kept.lock().expect("no panic").push_str(&String::from_utf8_lossy(bytes));
    });
    let layout = ringlog::layout::Text::pattern("{message}")?;
    Builder::new().sink(keep.layout(layout)).sink(sink::Console::stdout()).init()?;

    let (id, width) = (0xcafe_u32, 12);
    info!("{id}, {id:#x}, {id:>width$}, {0} and {0:?}", "twice");
    let first = Order { id: 1, side: Side::Buy, price: Some(12.5), tags: vec!["dark".into(), "gtc".into()] };
    let second = Order { id: 2, side: Side::Sell { is_short: true }, price: None, tags: Vec::new() };
    info!("{first:?}, and in more lines: {second:#?}");
    info!("{:?} from {} in {:?}", [1, 2, 3], Ipv4Addr::LOCALHOST, Duration::from_micros(1_500));
    info!("{}", Celsius(21.55));
    ringlog::shutdown()?;

    let lines = lines.lock().expect("no panic");
    assert!(lines.contains(&format!("{id}, {id:#x}, {id:>width$}, {0} and {0:?}", "twice")));
    assert!(lines.contains(&format!("{first:?}")));
    assert!(lines.contains("21.6 °C"));
    Ok(())
}
