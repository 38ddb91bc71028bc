//! A service that answers a request only when its audit record is on stable storage.
//!
//! ```text
//! cargo run --release --example durable_audit -- [FOLDER]
//! ```
//!
//! A payment service on tokio listens on loopback. Each request is a line, `transfer <id> <cents>`; it is audited by a logger
//! of its own, and answered when the promise is kept that the service was started with: none, *written*, or *durable*.
//! Clients send one request after the other, each on its own connection. At the end every answered transfer is looked for
//! in the audit file, and the cost of the promise is printed: requests a second and the latency that the clients saw.
//!
//! FOLDER is where the audit file lies, and so which disk is measured; the folder for temporary files by default.

use hdrhistogram::Histogram;
use ringlog::sink::{File, OnError};
use ringlog::{Builder, Level, Logger, Runtime, error, info, info_async};
use std::collections::HashSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What an answer promises.
#[derive(Clone, Copy, Debug)]
enum Promise {
    Nothing,
    Written,
    Durable,
}

const CLIENTS: [usize; 3] = [1, 8, 64];
const RUN: Duration = Duration::from_millis(700);

fn main() -> Outcome<()> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_io().build()?;
    println!(
        "{:<10}{:>8}{:>12}{:>12}{:>12}{:>12}",
        "promise", "clients", "requests/s", "p50 µs", "p99 µs", "p99.9 µs"
    );
    for promise in [Promise::Nothing, Promise::Written, Promise::Durable] {
        for clients in CLIENTS {
            let (answered, latency) = tokio.block_on(measure(&folder, promise, clients))?;
            let micros = |quantile| latency.value_at_quantile(quantile) as f64 / 1e3;
            println!(
                "{:<10}{clients:>8}{:>12.0}{:>12.1}{:>12.1}{:>12.1}",
                format!("{promise:?}").to_lowercase(),
                answered as f64 / RUN.as_secs_f64(),
                micros(0.5),
                micros(0.99),
                micros(0.999),
            );
        }
    }
    Ok(())
}

/// Runs service and clients: how many requests were answered, and how long that took in nanoseconds.
async fn measure(folder: &Path, promise: Promise, clients: usize) -> Outcome<(usize, Histogram<u64>)> {
    let path = folder.join(format!("ringlog-durable-audit-{}.log", std::process::id()));
    // The audit has a file of its own. If that fails, its records go to another one: a transfer that cannot be
    // audited at all is not answered.
    let second = File::append(path.with_extension("spare"))?;
    let runtime = Builder::new().filter("warn,audit=info").sink(ringlog::sink::Console::stderr()).start()?;
    let audit = runtime
        .logger("audit")
        .level(Level::Info)
        .sink(File::create(&path)?.on_error(OnError::fallback(second)))
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let service = tokio::spawn(serve(listener, audit, promise));
    let mut running = JoinSet::new();
    for client in 0..clients {
        running.spawn(async move { send(TcpStream::connect(address).await?, client).await });
    }
    let (mut answered, mut latency) = (Vec::new(), Histogram::<u64>::new(3)?);
    while let Some(client) = running.join_next().await {
        let (ids, times) = client??;
        answered.extend(ids);
        latency.add(times)?;
    }
    service.abort();
    audited(&runtime, &path, &answered)?;
    std::fs::remove_file(path.with_extension("spare"))?;
    std::fs::remove_file(&path)?;
    Ok((answered.len(), latency))
}

/// The service: one task for each connection.
async fn serve(listener: TcpListener, audit: Logger, promise: Promise) -> Outcome<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let audit = audit.clone();
        tokio::spawn(async move {
            if let Err(problem) = answer(stream, &audit, promise).await {
                error!(logger: audit, peer = %peer, "connection ended: {problem}");
            }
        });
    }
}

async fn answer(mut stream: TcpStream, audit: &Logger, promise: Promise) -> Outcome<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let Some((id, cents)) = parse(&line) else {
            writer.write_all(b"malformed\n").await?;
            continue;
        };
        let kept = match promise {
            Promise::Nothing => {
                info!(logger: audit, id, cents, "transfer");
                Ok(())
            }
            Promise::Written => info_async!(logger: audit, id, cents, "transfer").await,
            Promise::Durable => info_async!(logger: audit, id, cents, "transfer").durable().await,
        };
        let reply: &[u8] = if kept.is_ok() { b"done\n" } else { b"not audited\n" };
        writer.write_all(reply).await?;
    }
    Ok(())
}

/// `transfer <id> <cents>`
fn parse(line: &str) -> Option<(u64, u64)> {
    let (id, cents) = line.strip_prefix("transfer ")?.split_once(' ')?;
    Some((id.parse().ok()?, cents.parse().ok()?))
}

/// A client: one request after the other. The ids that were answered, and the nanoseconds that each took.
async fn send(mut stream: TcpStream, client: usize) -> Outcome<(Vec<u64>, Histogram<u64>)> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.split();
    let mut replies = BufReader::new(reader).lines();
    let (mut ids, mut latency) = (Vec::new(), Histogram::<u64>::new(3)?);
    let start = Instant::now();
    let mut id = client as u64 * 1_000_000_000;
    while start.elapsed() < RUN {
        id += 1;
        let sent = Instant::now();
        writer.write_all(format!("transfer {id} {}\n", id % 10_000).as_bytes()).await?;
        let reply = replies.next_line().await?;
        if reply.as_deref() != Some("done") {
            return Err(format!("transfer {id}: {reply:?}").into());
        }
        latency.record(sent.elapsed().as_nanos() as u64)?;
        ids.push(id);
    }
    Ok((ids, latency))
}

/// Looks for each answered transfer in the audit file.
fn audited(runtime: &Runtime, path: &Path, answered: &[u64]) -> Outcome<()> {
    let report = runtime.shutdown()?;
    let text = std::fs::read_to_string(path)?;
    let id = |line: &str| line.split_once(" id=")?.1.split(' ').next()?.parse::<u64>().ok();
    let ids: HashSet<u64> = text.lines().filter_map(id).collect();
    match answered.iter().find(|id| !ids.contains(id)) {
        Some(id) => Err(format!("transfer {id} was answered, and is not in the audit").into()),
        None if report.total.written != answered.len() as u64 => {
            Err(format!("{} answered, {} written", answered.len(), report.total.written).into())
        }
        None => Ok(()),
    }
}
