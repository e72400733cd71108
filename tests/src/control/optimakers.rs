//! What the people at the Optimakers instance do.
//!
//! | Route | Does |
//! |---|---|
//! | `GET /_sim/optimakers/orders/REFERENCE` | the ids of the orders of a reference |
//! | `POST /_sim/optimakers/realise` | sets orders realised: `{"reference": "1"}` |

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Vendors;

pub fn routes() -> Router<Arc<Vendors>> {
    Router::new()
        .route("/_sim/optimakers/orders/{reference}", get(orders))
        .route("/_sim/optimakers/realise", post(realise))
}

#[derive(Deserialize)]
struct Realise {
    reference: String,
}

async fn orders(State(vendors): State<Arc<Vendors>>, Path(reference): Path<String>) -> Json<Value> {
    Json(json!({ "orders": vendors.optimakers.orders_with(&reference) }))
}

async fn realise(
    State(vendors): State<Arc<Vendors>>,
    Json(realise): Json<Realise>,
) -> Result<Json<Value>, StatusCode> {
    let orders = vendors.optimakers.orders_with(&realise.reference);
    orders.iter().for_each(|&id| vendors.optimakers.set_realised(id, true));
    if orders.is_empty() { Err(StatusCode::NOT_FOUND) } else { Ok(Json(json!({ "orders": orders }))) }
}
