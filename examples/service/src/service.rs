//! The service: an order book over HTTP. It logs through `tracing`, in the span that tower-http has for each request,
//! on whichever thread the request is at work.

use crate::Failure;
use crate::plan::HALTED;
use crate::store::{Order, Rung, Store};
use axum::extract::{Path, State};
use axum::http::{HeaderName, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use serde::Serialize;
use std::error::Error;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tracing::{Span, debug, error, info, info_span, warn};

/// The header in which a request tells its id.
pub(crate) const REQUEST_ID: &str = "x-request-id";

type Shared = Arc<Mutex<Store>>;

/// What went wrong with a request.
#[derive(Debug)]
enum Refused {
    Halted,
    NoSuchOrder,
    Broken,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Halted => (StatusCode::SERVICE_UNAVAILABLE, "the symbol is halted").into_response(),
            Self::NoSuchOrder => (StatusCode::NOT_FOUND, "there is no such order").into_response(),
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

#[derive(Serialize)]
struct Placed {
    order: i64,
}

#[derive(Serialize)]
struct Book {
    symbol: String,
    rungs: Vec<Rung>,
}

/// Serves on a free port of loopback, which it prints, until the standard input ends.
pub(crate) fn run(database: &std::path::Path) -> Result<(), Failure> {
    let store = Arc::new(Mutex::new(Store::open(database)?));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        info!("serving");
        println!("{address}");
        std::io::stdout().flush()?;
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                warn!(%error, "a connection will be slow");
            }
        });
        axum::serve(listener, router(store)).with_graceful_shutdown(end_of_input()).await?;
        info!("served");
        Ok(())
    })
}

async fn end_of_input() {
    let mut ignored = [0; 64];
    while matches!(tokio::io::stdin().read(&mut ignored).await, Ok(1..)) {}
}

fn router(store: Shared) -> Router {
    let header = HeaderName::from_static(REQUEST_ID);
    let trace = TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
        let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or("");
        info_span!("request", method = %request.method(), uri = %request.uri(), id = %id)
    });
    let layers = tower::ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(header.clone(), MakeRequestUuid))
        .layer(trace)
        .layer(PropagateRequestIdLayer::new(header));
    Router::new()
        .route("/orders", post(place))
        .route("/orders/{order}", delete(cancel))
        .route("/books/{symbol}", get(book))
        .layer(layers)
        .with_state(store)
}

async fn place(State(store): State<Shared>, Json(order): Json<Order>) -> Result<impl IntoResponse, Refused> {
    if order.symbol == HALTED {
        warn!(symbol = order.symbol, "symbol is halted");
        return Err(Refused::Halted);
    }
    let number = blocking(store, move |store| {
        let number = store.place(&order)?;
        info!(order = number, symbol = order.symbol, px = order.px, qty = order.qty, side = ?order.side, "order placed");
        Ok(number)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(Placed { order: number })))
}

async fn cancel(State(store): State<Shared>, Path(order): Path<i64>) -> Result<StatusCode, Refused> {
    if blocking(store, move |store| store.cancel(order)).await? {
        info!(order, "order cancelled");
        Ok(StatusCode::NO_CONTENT)
    } else {
        warn!(order, "no such order");
        Err(Refused::NoSuchOrder)
    }
}

async fn book(State(store): State<Shared>, Path(symbol): Path<String>) -> Result<Json<Book>, Refused> {
    let (rungs, symbol) = blocking(store, move |store| Ok((store.book(&symbol)?, symbol))).await?;
    debug!(symbol, rungs = rungs.len(), "book read");
    Ok(Json(Book { symbol, rungs }))
}

/// Does `work` on a thread that may wait, within the request's span.
async fn blocking<T: Send + 'static>(
    store: Shared,
    work: impl FnOnce(&Store) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, Refused> {
    let span = Span::current();
    let done = tokio::task::spawn_blocking(move || {
        span.in_scope(|| work(&store.lock().unwrap_or_else(PoisonError::into_inner)))
    });
    let broken = |error: &(dyn Error + 'static)| {
        error!(error, "the store failed");
        Refused::Broken
    };
    done.await.map_err(|error| broken(&error))?.map_err(|error| broken(&error))
}
