//! Every simulated vendor in one program, and an address at which they are told what to do: for the demo,
//! and for whoever wants to try a connector by hand.
//!
//! | Route | Does |
//! |---|---|
//! | `GET /_sim/stats` | by vendor: what it holds, its requests, breaches of its rules |
//! | `GET /_sim/table` | the same for people, a line for each vendor |
//!
//! and the routes of `baselinker`, `brani` and `optimakers`, where somebody beside Windlass does something. A
//! route that finds nothing answers 404.

mod baselinker;
mod brani;
mod optimakers;
mod vendors;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

pub use vendors::Vendors;

/// Serves until the program ends; `ready` is told the address.
pub async fn serve(vendors: Vendors, listen: SocketAddr, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let vendors = Arc::new(vendors);
    let routes = Router::new()
        .route("/_sim/stats", get(stats))
        .route("/_sim/table", get(table))
        .merge(baselinker::routes())
        .merge(brani::routes())
        .merge(optimakers::routes())
        .with_state(vendors);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    ready(listener.local_addr()?);
    axum::serve(listener, routes).await
}

async fn stats(State(vendors): State<Arc<Vendors>>) -> Json<Value> {
    Json(vendors.stats().into_iter().map(|(name, stats)| (name.to_owned(), stats)).collect())
}

async fn table(State(vendors): State<Arc<Vendors>>) -> String {
    vendors.table()
}
