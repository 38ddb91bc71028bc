//! A TCP order gateway on loopback, as a user of ringlog would write it: sessions log every order, fill and
//! reject, to a file and (warnings only) to standard error; clients send orders; and at the end the log is read
//! back and compared with what the clients have sent.
//!
//! ```text
//! cargo run --release --example gateway [-- --seconds 3 --clients 4 --file gateway.log]
//! ```
//!
//! The line protocol: `NEW <id> <symbol> <B|S> <quantity> <price>` is answered by `FILL <id> <quantity> <price>` or
//! `REJECT <id> <reason>`.

use hdrhistogram::Histogram;
use ringlog::{Builder, Encode, IdleStrategy, info, register_thread, sink, warn};
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

type Failure = Box<dyn Error + Send + Sync>;

/// Which way an order goes. Its `Display` runs on ringlog's worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
enum Side {
    Buy,
    Sell,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }
}

/// An order as it came over the wire.
#[derive(Clone, Copy, Debug)]
struct Order<'line> {
    id: u64,
    symbol: &'line str,
    side: Side,
    quantity: u32,
    price: f64,
}

impl<'line> Order<'line> {
    fn parse(line: &'line str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        if words.next()? != "NEW" {
            return None;
        }
        let id = words.next()?.parse().ok()?;
        let symbol = words.next()?;
        let side = match words.next()? {
            "B" => Side::Buy,
            "S" => Side::Sell,
            _ => return None,
        };
        Some(Self {
            id,
            symbol,
            side,
            quantity: words.next()?.parse().ok()?,
            price: words.next()?.parse().ok()?,
        })
    }

    /// Why the gateway takes no such order.
    fn objection(&self) -> Option<&'static str> {
        if self.quantity == 0 {
            Some("no quantity")
        } else if !(0.01..=100_000.0).contains(&self.price) {
            Some("price out of bounds")
        } else if self.quantity > 9_000 {
            Some("too large")
        } else {
            None
        }
    }
}

/// What a session has done: how many orders it took, and what its log calls cost.
struct Session {
    taken: u64,
    calls: Histogram<u64>,
}

/// Serves one client until it hangs up.
fn serve(session: usize, stream: TcpStream) -> Result<Session, Failure> {
    register_thread();
    let peer = stream.peer_addr()?;
    stream.set_nodelay(true)?;
    let mut replies = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let (mut line, mut reply) = (String::new(), String::new());
    let mut done = Session { taken: 0, calls: Histogram::new(3)? };
    info!("session {session} opened by {peer}");
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            break;
        }
        reply.clear();
        match Order::parse(&line) {
            None => {
                warn!("session {session} sent what is no order: {:?}", line.trim_end());
                reply.push_str("REJECT 0 syntax\n");
            }
            Some(order) => {
                done.taken += 1;
                let Order { id, symbol, side, quantity, price } = order;
                let start = Instant::now();
                info!("session {session} order {id} {side} {quantity} {symbol} at {price:.2}");
                done.calls.record(start.elapsed().as_nanos() as u64)?;
                use fmt::Write;
                match order.objection() {
                    None => {
                        info!("session {session} fill {id} {quantity} at {price}");
                        writeln!(reply, "FILL {id} {quantity} {price}")?;
                    }
                    Some(reason) => {
                        warn!("session {session} reject {id}: {reason}");
                        writeln!(reply, "REJECT {id} {reason}")?;
                    }
                }
            }
        }
        replies.write_all(reply.as_bytes())?;
    }
    info!("session {session} closed after {} orders", done.taken);
    Ok(done)
}

/// What a client has sent and got back.
struct Sent {
    ids: Vec<u64>,
    fills: u64,
    rejects: u64,
}

/// Sends orders, a window of them at a time, until the time is up.
fn trade(client: usize, gateway: std::net::SocketAddr, until: Instant) -> Result<Sent, Failure> {
    const WINDOW: u64 = 16;
    const SYMBOLS: [&str; 4] = ["EURUSD", "BTCEUR", "ESZ6", "AAPL"];
    let stream = TcpStream::connect(gateway)?;
    stream.set_nodelay(true)?;
    let mut orders = stream.try_clone()?;
    let mut replies = BufReader::new(stream);
    let mut sent = Sent { ids: Vec::new(), fills: 0, rejects: 0 };
    let (mut message, mut reply) = (String::new(), String::new());
    let mut next = (client as u64 + 1) * 1_000_000_000;
    while Instant::now() < until {
        message.clear();
        for id in next..next + WINDOW {
            use fmt::Write;
            let side = if id % 2 == 0 { 'B' } else { 'S' };
            // One order in 4,096 is too large, so that there is something to warn of.
            let quantity = if id % 4_096 == 1 { 10_000 } else { 1 + id % 900 };
            let price = 100.0 + (id % 1_000) as f64 / 8.0;
            writeln!(message, "NEW {id} {} {side} {quantity} {price}", SYMBOLS[id as usize % SYMBOLS.len()])?;
            sent.ids.push(id);
        }
        next += WINDOW;
        orders.write_all(message.as_bytes())?;
        for _ in 0..WINDOW {
            reply.clear();
            replies.read_line(&mut reply)?;
            match reply.split(' ').next() {
                Some("FILL") => sent.fills += 1,
                Some("REJECT") => sent.rejects += 1,
                _ => return Err(format!("client {client} got {reply:?}").into()),
            }
        }
    }
    Ok(sent)
}

/// Reads the log back: each client's orders must be there, each once, in the order in which they were sent.
fn check(path: &Path, sent: &[Sent]) -> Result<(), Failure> {
    let mut logged: HashMap<u64, Vec<u64>> = HashMap::new();
    let (mut fills, mut rejects) = (0, 0);
    for line in BufReader::new(std::fs::File::open(path)?).lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let Some(at) = words.iter().position(|&word| word == "session") else { continue };
        match words.get(at + 2) {
            Some(&"order") => {
                let id: u64 = words[at + 3].parse()?;
                logged.entry(id / 1_000_000_000).or_default().push(id);
            }
            Some(&"fill") => fills += 1,
            Some(&"reject") => rejects += 1,
            _ => {}
        }
    }
    for (client, sent) in sent.iter().enumerate() {
        let found = logged.remove(&(client as u64 + 1)).unwrap_or_default();
        if found != sent.ids {
            let first = found.iter().zip(&sent.ids).position(|(found, sent)| found != sent);
            return Err(format!(
                "client {client}: {} orders sent, {} in the log; the first that differs is number {first:?}",
                sent.ids.len(),
                found.len()
            )
            .into());
        }
    }
    let (sent_fills, sent_rejects) = sent.iter().fold((0, 0), |sum, s| (sum.0 + s.fills, sum.1 + s.rejects));
    if (fills, rejects) != (sent_fills, sent_rejects) {
        return Err(format!(
            "{sent_fills} fills and {sent_rejects} rejects were answered, {fills} and {rejects} are in the log"
        )
        .into());
    }
    Ok(())
}

/// The command line: `--seconds`, `--clients`, `--file`.
struct Options {
    seconds: f64,
    clients: usize,
    file: PathBuf,
}

impl Options {
    fn parse() -> Result<Self, Failure> {
        let mut options =
            Self { seconds: 3.0, clients: 4, file: std::env::temp_dir().join("ringlog-gateway.log") };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--seconds" => options.seconds = value.parse()?,
                "--clients" => options.clients = value.parse()?,
                "--file" => options.file = value.into(),
                _ => return Err(format!("{name}: use --seconds, --clients, --file").into()),
            }
        }
        Ok(options)
    }
}

fn run() -> Result<(), Failure> {
    let options = Options::parse()?;
    Builder::new()
        .workers(1)
        .pin([0])
        .idle(IdleStrategy::backoff())
        .ring_capacity(1 << 20)
        .sink(sink::File::create(&options.file)?)
        .sink(sink::Console::stderr().level(ringlog::Level::Warn))
        .init()?;

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    info!("listening on {address}");
    let until = Instant::now() + Duration::from_secs_f64(options.seconds);
    let clients: Vec<_> = (0..options.clients)
        .map(|client| {
            let name = format!("client-{client}");
            thread::Builder::new().name(name).spawn(move || trade(client, address, until))
        })
        .collect::<io::Result<_>>()?;
    let sessions: Vec<_> = (0..options.clients)
        .map(|session| {
            let (stream, _) = listener.accept()?;
            thread::Builder::new().name(format!("session-{session}")).spawn(move || serve(session, stream))
        })
        .collect::<io::Result<_>>()?;

    let mut sent = Vec::new();
    for client in clients {
        sent.push(client.join().map_err(|_| "a client panicked")??);
    }
    let (mut taken, mut calls) = (0, Histogram::<u64>::new(3)?);
    for session in sessions {
        let session = session.join().map_err(|_| "a session panicked")??;
        taken += session.taken;
        calls.add(&session.calls)?;
    }
    info!("{taken} orders taken");
    let report = ringlog::shutdown()?;

    println!("orders taken     {taken}");
    println!("records written  {}", report.total.written);
    println!("records dropped  {}", report.total.dropped);
    println!("records failed   {}", report.total.failed);
    println!(
        "log call         median {} ns, p99.9 {} ns (with the two clock reads that time it)",
        calls.value_at_quantile(0.5),
        calls.value_at_quantile(0.999)
    );
    if report.total.attempted != report.total.written {
        return Err(format!("{} records were logged", report.total.attempted).into());
    }
    check(&options.file, &sent)?;
    println!("checked          every order has its line in {}, in order", options.file.display());
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {error}");
            ExitCode::FAILURE
        }
    }
}
