//! The load generator: connections that are kept alive, each with a thread that asks and waits for the answer.

use crate::Failure;
use crate::plan::{self, CONNECTIONS, Kind};
use crate::service::REQUEST_ID;
use hdrhistogram::Histogram;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// What became of the requests that count, which are those after the warm-up.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) per_second: f64,
    /// Nanoseconds from the first byte that is sent to the last that is received.
    pub(crate) latencies: Histogram<u64>,
}

/// Makes the requests `0..warm_up` and then `warm_up..requests`.
///
/// # Errors
///
/// When a connection breaks, or an answer has another status than the plan says.
pub(crate) fn run(address: SocketAddr, warm_up: u32, requests: u32) -> Result<Load, Failure> {
    let warm = Barrier::new(CONNECTIONS as usize);
    let done: Vec<Result<_, Failure>> = std::thread::scope(|scope| {
        let connect = |first: u32| {
            let warm = &warm;
            scope.spawn(move || {
                let mut client = Client::connect(address);
                let mut ask = |ids: std::ops::Range<u32>| -> Result<_, Failure> {
                    let client = client.as_mut().map_err(|error| error.to_string())?;
                    client.ask(ids.skip(first as usize).step_by(CONNECTIONS as usize))
                };
                let warmed = ask(0..warm_up);
                // Whatever has gone wrong: the others wait for this thread too.
                warm.wait();
                warmed?;
                let started = Instant::now();
                Ok((started, ask(warm_up..requests)?, Instant::now()))
            })
        };
        let threads: Vec<_> = (0..CONNECTIONS).map(connect).collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread of the load panics")).collect()
    });
    let done = done.into_iter().collect::<Result<Vec<_>, _>>()?;
    let started = done.iter().map(|(started, ..)| *started).min().expect("there are connections");
    let ended = done.iter().map(|(.., ended)| *ended).max().expect("there are connections");
    let mut all = histogram();
    for (_, latencies, _) in &done {
        all.add(latencies)?;
    }
    let per_second = all.len() as f64 / (ended - started).as_secs_f64();
    Ok(Load { per_second, latencies: all })
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are few enough")
}

/// A connection.
struct Client {
    stream: TcpStream,
    received: Vec<u8>,
    /// The order that was placed last.
    placed: i64,
}

impl Client {
    fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream, received: Vec::new(), placed: 0 })
    }

    fn ask(&mut self, ids: impl Iterator<Item = u32>) -> Result<Histogram<u64>, Failure> {
        let mut latencies = histogram();
        for id in ids {
            let (method, path, body) = plan::request(id, self.placed);
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{REQUEST_ID}: {id}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let sent = Instant::now();
            self.stream.write_all(request.as_bytes())?;
            let (status, answer) = self.receive()?;
            let took = sent.elapsed();
            if status != Kind::of(id).status() {
                return Err(format!("request {id}, {method} {path}: status {status}, {answer}").into());
            }
            if status == 201 {
                let placed: serde_json::Value = serde_json::from_str(&answer)?;
                self.placed = placed["order"].as_i64().ok_or("an order has a number")?;
            }
            latencies.record(u64::try_from(took.as_nanos())?)?;
        }
        Ok(latencies)
    }

    /// Status and body of an answer.
    fn receive(&mut self) -> Result<(u16, String), Failure> {
        self.received.clear();
        loop {
            let mut chunk = [0; 4096];
            let count = self.stream.read(&mut chunk)?;
            if count == 0 {
                return Err("the service has closed a connection".into());
            }
            self.received.extend_from_slice(&chunk[..count]);
            if let Some(answer) = parse(std::str::from_utf8(&self.received)?)? {
                return Ok(answer);
            }
        }
    }
}

/// Status and body, once all has been received. The service gives the length of each body that there is.
fn parse(received: &str) -> Result<Option<(u16, String)>, Failure> {
    let Some((head, body)) = received.split_once("\r\n\r\n") else { return Ok(None) };
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("an answer has a status")?;
    let length = lines.filter_map(|line| line.split_once(": ")).find(|(name, _)| *name == "content-length");
    let length: usize = length.map_or(Ok(0), |(_, length)| length.parse())?;
    Ok((body.len() >= length).then_some((status.parse()?, body.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_body() {
        let whole = "HTTP/1.1 201 Created\r\ncontent-length: 11\r\n\r\n{\"order\":7}";
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]).unwrap(), None, "{end}");
        }
        assert_eq!(parse(whole).unwrap(), Some((201, "{\"order\":7}".to_owned())));
        let empty = "HTTP/1.1 204 No Content\r\nx-request-id: 3\r\n\r\n";
        assert_eq!(parse(empty).unwrap(), Some((204, String::new())));
    }
}
