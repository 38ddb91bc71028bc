//! The order book, in SQLite. What SQLite does is told through the `log` crate, as by older libraries.

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, params};
use rusqlite_migration::{M, Migrations};
use serde::{Deserialize, Serialize};
use std::path::Path;

pub(crate) const INSERT: &str = "INSERT INTO orders (symbol, side, px, qty) VALUES (?1, ?2, ?3, ?4)";
pub(crate) const SELECT: &str =
    "SELECT side, px, sum(qty) FROM orders WHERE symbol = ?1 GROUP BY side, px ORDER BY side, px LIMIT 5";
pub(crate) const DELETE: &str = "DELETE FROM orders WHERE id = ?1";

/// The orders, in a file.
#[derive(Debug)]
pub(crate) struct Store(Connection);

/// An order that somebody wants to place.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) symbol: String,
    pub(crate) side: Side,
    pub(crate) px: u32,
    pub(crate) qty: u32,
}

/// Whether it is to buy or to sell.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Buy,
    Sell,
}

/// How much is wanted at a price.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Rung {
    side: String,
    px: u32,
    qty: u64,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, rusqlite_migration::Error> {
        let mut connection = Connection::open(path)?;
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(profiled));
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Migrations::new(vec![M::up(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, symbol TEXT, side TEXT, px INTEGER, qty INTEGER); \
             CREATE INDEX book ON orders (symbol, side, px, qty);",
        )])
        .to_latest(&mut connection)?;
        Ok(Self(connection))
    }

    /// The order's number.
    pub(crate) fn place(&self, order: &Order) -> rusqlite::Result<i64> {
        let side = if order.side == Side::Buy { "buy" } else { "sell" };
        let mut insert = self.0.prepare_cached(INSERT)?;
        insert.insert(params![order.symbol, side, order.px, order.qty])
    }

    /// Whether there was such an order.
    pub(crate) fn cancel(&self, order: i64) -> rusqlite::Result<bool> {
        Ok(self.0.prepare_cached(DELETE)?.execute([order])? == 1)
    }

    pub(crate) fn book(&self, symbol: &str) -> rusqlite::Result<Vec<Rung>> {
        let mut select = self.0.prepare_cached(SELECT)?;
        let rungs = select
            .query_map([symbol], |row| Ok(Rung { side: row.get(0)?, px: row.get(1)?, qty: row.get(2)? }))?;
        rungs.collect()
    }
}

/// SQLite has come to the end of a statement.
fn profiled(event: TraceEvent<'_>) {
    if let TraceEvent::Profile(statement, took) = event {
        log::debug!(target: "sqlite", "{} took={took:?}", statement.sql());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_what_was_placed_and_not_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("orders.db")).unwrap();
        let order = |side, px, qty| Order { symbol: "ABC".to_owned(), side, px, qty };
        store.place(&order(Side::Sell, 12, 5)).unwrap();
        store.place(&order(Side::Buy, 10, 1)).unwrap();
        store.place(&order(Side::Buy, 10, 2)).unwrap();
        let cancelled = store.place(&order(Side::Buy, 11, 4)).unwrap();
        assert!(store.cancel(cancelled).unwrap());
        assert!(!store.cancel(cancelled).unwrap());
        let rung = |side: &str, px, qty| Rung { side: side.to_owned(), px, qty };
        assert_eq!(store.book("ABC").unwrap(), [rung("buy", 10, 3), rung("sell", 12, 5)]);
        assert_eq!(store.book("XYZ").unwrap(), []);
    }
}
