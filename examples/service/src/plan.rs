//! What the load generator asks for, and which records each request leaves. A request's id decides what it is, so that
//! every round makes the same requests, whoever writes the records.

use crate::store::{DELETE, INSERT, Order, SELECT, Side};

/// How many connections there are at a time.
pub(crate) const CONNECTIONS: u32 = 8;

/// The symbol that nobody can trade.
pub(crate) const HALTED: &str = "HALT";

const SYMBOLS: [&str; 4] = ["ABC", "DEF", "GHI", "JKL"];

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Place,
    Book,
    /// Of the order that its connection has placed last.
    Cancel,
    CancelNone,
    Halted,
    Malformed,
}

const ON_A_CONNECTION: [Kind; 10] = [
    Kind::Place,
    Kind::Book,
    Kind::Place,
    Kind::Cancel,
    Kind::Book,
    Kind::Place,
    Kind::Halted,
    Kind::Book,
    Kind::Malformed,
    Kind::CancelNone,
];

/// A record, as far as it is the same each time. A field `status` counts as part of the message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Record<T> {
    pub(crate) level: T,
    pub(crate) target: T,
    pub(crate) message: T,
}

const fn record(level: &'static str, target: &'static str, message: &'static str) -> Record<&'static str> {
    Record { level, target, message }
}

impl Kind {
    /// Request `id` is made by connection `id % CONNECTIONS`.
    pub(crate) fn of(id: u32) -> Self {
        ON_A_CONNECTION[(id / CONNECTIONS) as usize % ON_A_CONNECTION.len()]
    }

    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Place => 201,
            Self::Book => 200,
            Self::Cancel => 204,
            Self::CancelNone => 404,
            Self::Halted => 503,
            Self::Malformed => 400,
        }
    }

    /// The records of such a request, each of which it leaves once, and no others.
    pub(crate) fn records(self) -> Vec<Record<&'static str>> {
        let own = |level, message| record(level, "service::service", message);
        let finished = |message| record("DEBUG", "tower_http::trace::on_response", message);
        let mut records = match self {
            Self::Place => vec![
                record("DEBUG", "sqlite", INSERT),
                own("INFO", "order placed"),
                finished("finished processing request status=201"),
            ],
            Self::Book => vec![
                record("DEBUG", "sqlite", SELECT),
                own("DEBUG", "book read"),
                finished("finished processing request status=200"),
            ],
            Self::Cancel => vec![
                record("DEBUG", "sqlite", DELETE),
                own("INFO", "order cancelled"),
                finished("finished processing request status=204"),
            ],
            Self::CancelNone => vec![
                record("DEBUG", "sqlite", DELETE),
                own("WARN", "no such order"),
                finished("finished processing request status=404"),
            ],
            Self::Halted => vec![
                own("WARN", "symbol is halted"),
                finished("finished processing request status=503"),
                record("ERROR", "tower_http::trace::on_failure", "response failed"),
            ],
            Self::Malformed => vec![
                record("TRACE", "axum::rejection", "rejecting request status=400"),
                finished("finished processing request status=400"),
            ],
        };
        records.push(record("DEBUG", "tower_http::trace::on_request", "started processing request"));
        records
    }
}

/// The method, path and body of request `id`; `placed` is the order that its connection has placed last.
pub(crate) fn request(id: u32, placed: i64) -> (&'static str, String, String) {
    let symbol = SYMBOLS[id as usize % SYMBOLS.len()];
    let order = |symbol: &str| {
        let side = if (id / CONNECTIONS).is_multiple_of(2) { Side::Buy } else { Side::Sell };
        let order = Order { symbol: symbol.to_owned(), side, px: 1 + id % 97, qty: 1 + id % 13 };
        serde_json::to_string(&order).expect("an order has text and numbers alone")
    };
    match Kind::of(id) {
        Kind::Place => ("POST", "/orders".to_owned(), order(symbol)),
        Kind::Halted => ("POST", "/orders".to_owned(), order(HALTED)),
        Kind::Malformed => ("POST", "/orders".to_owned(), "{\"symbol\": }".to_owned()),
        Kind::Book => ("GET", format!("/books/{symbol}"), String::new()),
        Kind::Cancel => ("DELETE", format!("/orders/{placed}"), String::new()),
        Kind::CancelNone => ("DELETE", "/orders/0".to_owned(), String::new()),
    }
}
