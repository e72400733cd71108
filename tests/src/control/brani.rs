//! What Brani's packers do.
//!
//! | Route | Does |
//! |---|---|
//! | `POST /_sim/brani/pack` | packs an order: `{"order": "1001", "push": true}`; four events, pushed or not |

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Vendors;

/// What receives a push answers this, or has not received it.
const RECEIVED: u16 = 200;

pub fn routes() -> Router<Arc<Vendors>> {
    Router::new().route("/_sim/brani/pack", post(pack))
}

#[derive(Deserialize)]
struct Pack {
    order: String,
    /// Whether the receiver is told at once; else it has to look.
    push: bool,
}

async fn pack(
    State(vendors): State<Arc<Vendors>>,
    Json(pack): Json<Pack>,
) -> Result<Json<Value>, StatusCode> {
    if vendors.brani.order(&pack.order).is_none() {
        return Err(StatusCode::NOT_FOUND);
    }
    // A push waits for its receiver.
    let packed = tokio::task::spawn_blocking(move || packed(&vendors, &pack)).await;
    packed.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn packed(vendors: &Vendors, pack: &Pack) -> Value {
    let brani = &vendors.brani;
    let before = brani.event_ids().len();
    for (kind, value) in [
        ("balic_packed", Value::Null),
        ("package_number", json!("DR0123456789E")),
        ("status_change", json!(-1)),
        ("order_history", json!("Zabaleno")),
    ] {
        brani.happen(kind, &pack.order, &value, 1);
    }
    let pushes = if pack.push { brani.push() } else { Vec::new() };
    let received = pushes.iter().filter(|push| push.status == Some(RECEIVED)).count();
    json!({ "events": brani.event_ids().len() - before, "pushes": pushes.len(), "received": received })
}
