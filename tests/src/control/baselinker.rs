//! What the owner of the BaseLinker shop does.
//!
//! | Route | Does |
//! |---|---|
//! | `GET /_sim/requests` | every request so far |
//! | `POST /_sim/faults` | scripts a fault: `{"when": {"nth": ["getOrders", 2]}, "fault": "reset"}` |
//! | `POST /_sim/orders` | `{"add": {"status": 8069}}`, `{"move": {"order": 1, "status": 8070}}`, `{"remove": {"order": 1}}`, `{"seed": {"orders": 10}}` |
//! | `GET /_sim/orders/ID` | the status of an order |

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Vendors;
use crate::baselinker::Seed;
use crate::simulator::{Fault, When};

pub fn routes() -> Router<Arc<Vendors>> {
    Router::new()
        .route("/_sim/requests", get(requests))
        .route("/_sim/faults", post(fault))
        .route("/_sim/orders", post(orders))
        .route("/_sim/orders/{order}", get(order))
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

async fn requests(State(vendors): State<Arc<Vendors>>) -> Json<Value> {
    Json(json!(vendors.baselinker.requests()))
}

async fn fault(State(vendors): State<Arc<Vendors>>, Json(line): Json<Line>) -> StatusCode {
    vendors.baselinker.fault(line.when, line.fault);
    StatusCode::NO_CONTENT
}

async fn orders(
    State(vendors): State<Arc<Vendors>>,
    Json(change): Json<Change>,
) -> (StatusCode, Json<Value>) {
    let shop = &vendors.baselinker;
    let found = match change {
        Change::Add { status, confirmed } => {
            let id = shop.add_order(status, confirmed.unwrap_or_else(|| shop.unix_now()));
            return (StatusCode::CREATED, Json(json!({ "order": id })));
        }
        Change::Move { order, status } => shop.move_order(order, status),
        Change::Remove { order } => shop.remove_order(order),
        Change::Seed(seed) => {
            shop.seed(seed);
            true
        }
    };
    let status = if found { StatusCode::OK } else { StatusCode::NOT_FOUND };
    (status, Json(json!({ "found": found })))
}

async fn order(
    State(vendors): State<Arc<Vendors>>,
    Path(order): Path<i64>,
) -> Result<Json<Value>, StatusCode> {
    let status = vendors.baselinker.order_status(order).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(json!({ "order": order, "status": status })))
}
