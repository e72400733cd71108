//! The control API of a simulator that runs as a program, on a port of its own.
//!
//! | Route | Does |
//! |---|---|
//! | `GET /_sim/requests` | every request so far |
//! | `GET /_sim/stats` | counts, and breaches of the rules |
//! | `POST /_sim/faults` | scripts a fault: `{"when": {"nth": ["getOrders", 2]}, "fault": "reset"}` |
//! | `POST /_sim/orders` | `{"add": {"status": 8069}}`, `{"move": {"order": 1, "status": 8070}}`, `{"remove": {"order": 1}}`, `{"seed": {"orders": 10}}` |

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Seed, Simulator};
use crate::simulator::{Fault, When};

/// Serves until the program ends.
pub async fn serve(simulator: Arc<Simulator>, listen: SocketAddr) -> io::Result<()> {
    let routes = Router::new()
        .route("/_sim/requests", get(requests))
        .route("/_sim/stats", get(stats))
        .route("/_sim/faults", post(fault))
        .route("/_sim/orders", post(orders))
        .with_state(simulator);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("control http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await
}

#[derive(Deserialize)]
struct Line {
    when: When,
    fault: Fault,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Change {
    Add { status: i64, confirmed: Option<i64> },
    Move { order: i64, status: i64 },
    Remove { order: i64 },
    Seed(Seed),
}

async fn requests(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    Json(json!(simulator.requests()))
}

async fn stats(State(simulator): State<Arc<Simulator>>) -> Json<Value> {
    Json(json!({
        "orders": simulator.order_ids().len(),
        "requests": simulator.requests().len(),
        "most-in-a-minute": simulator.max_in_any_window(Duration::from_secs(60)),
        "violations": simulator.violations(),
    }))
}

async fn fault(State(simulator): State<Arc<Simulator>>, Json(line): Json<Line>) -> StatusCode {
    simulator.fault(line.when, line.fault);
    StatusCode::NO_CONTENT
}

async fn orders(
    State(simulator): State<Arc<Simulator>>,
    Json(change): Json<Change>,
) -> (StatusCode, Json<Value>) {
    let found = match change {
        Change::Add { status, confirmed } => {
            let id = simulator.add_order(status, confirmed.unwrap_or_else(|| simulator.unix_now()));
            return (StatusCode::CREATED, Json(json!({ "order": id })));
        }
        Change::Move { order, status } => simulator.move_order(order, status),
        Change::Remove { order } => simulator.remove_order(order),
        Change::Seed(seed) => {
            simulator.seed(seed);
            true
        }
    };
    let status = if found { StatusCode::OK } else { StatusCode::NOT_FOUND };
    (status, Json(json!({ "found": found })))
}
