//! Is the host alive, and can it work?

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::Api;
use crate::problem::Problem;

/// `{"status": "alive", "version": "0.1.0"}`: the process answers.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive", "version": env!("CARGO_PKG_VERSION") }))
}

/// `{"status": "ready", "database": "SQLite"}`: the database answers too; it is `SQLite` or `PostgreSQL`.
pub async fn ready(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    let unready =
        |error| Problem::new(503, "host.not-ready", format!("the database does not answer: {error}"));
    api.host.db.now().await.map_err(unready)?;
    Ok(Json(json!({ "status": "ready", "database": api.host.database() })))
}
