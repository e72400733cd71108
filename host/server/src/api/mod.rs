//! The HTTP API. The router is its table of contents; one noun is one file or folder.
//!
//! Lists are `{"items": […], "next": CURSOR or null}`; give `next` back as `cursor`. Times are RFC 3339
//! in UTC with milliseconds. Errors are [`Problem`](crate::problem::Problem)s.
//!
//! To add a noun: a file with its shapes and handlers, and its lines below.

mod actions;
mod auth;
mod changes;
mod connections;
mod connectors;
mod deliveries;
mod error;
mod estimate;
mod extract;
mod flows;
mod folder;
mod health;
mod hooks;
mod keys;
mod limits;
mod log;
mod options;
mod page;
mod records;
mod runs;
mod secrets;
mod streams;
mod time;
mod wait;
mod webhooks;

use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, delete, get, post, put},
};
pub use connectors::ask_view;
use serde_json::Value;
use windlass_db::{Connection, ConnectionKind, Stream};
use windlass_sandbox::{Connector, MOST_COMPONENT_BYTES, spec::Spec};

use crate::{connections::config_of, host::Host, problem::Problem, tokens::AdminToken};

/// Enough for an action with 100,000 lines of stock.
pub const MOST_JSON_BYTES: usize = 16 << 20;

/// What every handler has.
#[derive(Clone)]
pub struct Api {
    host: Arc<Host>,
    admin: AdminToken,
}

pub fn router(api: Api) -> Router {
    let connectors = Router::new()
        .route("/", get(connectors::list).post(connectors::install))
        .route("/{name}", get(connectors::show).delete(connectors::remove))
        .route("/{name}/versions/{version}", get(connectors::show_version))
        .route("/{name}/versions/{version}/approve", post(connectors::approve))
        .route("/{name}/versions/{version}/activate", post(connectors::activate))
        .route("/{name}/rollback", post(connectors::rollback))
        .route("/{name}/publisher", put(keys::set_publisher).delete(keys::forget_publisher))
        .layer(extract::at_most(MOST_COMPONENT_BYTES));
    let streams = Router::new()
        .route("/", get(streams::list))
        .route("/{stream}", get(streams::show).patch(streams::set))
        .route("/{stream}/sync", post(streams::sync))
        .route("/{stream}/records", get(records::list))
        .route("/{stream}/records/{key}", get(records::show))
        .route("/{stream}/changes", get(changes::list))
        .route("/{stream}/accept-deletions", post(streams::accept_deletions));
    let connection = Router::new()
        .route("/", get(connections::show).put(connections::replace))
        .route("/", axum::routing::patch(connections::change).delete(connections::delete))
        .route("/check", post(connections::check))
        .route("/compare-secrets", post(secrets::compare))
        .route("/pause", post(connections::pause))
        .route("/resume", post(connections::resume))
        .nest("/streams", streams)
        .route("/actions", get(actions::list))
        .route("/actions/{action}", get(actions::show).post(actions::act))
        .route("/limits", get(limits::list))
        .route("/limits/{limit}", get(limits::show).patch(limits::set))
        .route("/options", get(options::list))
        .route("/options/{property}", get(options::show))
        .route("/webhooks", get(webhooks::list))
        .route("/webhooks/{webhook}/rotate", post(webhooks::rotate))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries/{id}", get(deliveries::show))
        .route("/deliveries/{id}/replay", post(deliveries::replay))
        .route("/log", get(log::list));
    let flow = Router::new()
        .route("/", get(flows::show).patch(flows::change).delete(flows::delete))
        .route("/check", post(flows::check))
        .route("/pause", post(flows::pause))
        .route("/resume", post(flows::resume))
        .route("/options", get(options::list_of_flow))
        .route("/options/{property}", get(options::show_of_flow))
        .route("/held", get(flows::held))
        .route("/held/deliver", post(flows::deliver_all))
        .route("/held/{id}", axum::routing::delete(flows::drop_held))
        .route("/held/{id}/deliver", post(flows::deliver))
        .route("/log", get(log::of_flow));
    let runs = Router::new()
        .route("/", get(runs::list))
        .route("/{id}", get(runs::show))
        .route("/{id}/retry", post(runs::retry))
        .route("/{id}/cancel", post(runs::cancel))
        .route("/{id}/resolve", post(runs::resolve))
        .route("/{id}/replay", post(runs::replay).layer(extract::at_most(MOST_COMPONENT_BYTES)));
    let v1 = Router::new()
        .nest("/connectors", connectors)
        .route("/trusted-keys", get(keys::list).post(keys::trust))
        .route("/trusted-keys/{id}", delete(keys::distrust))
        .route("/folder", get(folder::show))
        .route("/connections", get(connections::list).post(connections::create))
        .nest("/connections/{name}", connection)
        .route("/flows", get(flows::list).post(flows::create))
        .nest("/flows/{name}", flow)
        .nest("/runs", runs)
        .layer(from_fn_with_state(api.clone(), auth::require_token));
    let hooks =
        Router::new().route("/{connection}/{webhook}/{secret}", any(hooks::receive)).fallback(hooks::nothing);
    Router::new()
        .nest("/v1", v1)
        .nest("/hooks", hooks)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::no_method)
        .layer(extract::at_most(MOST_JSON_BYTES))
        .layer(from_fn(error::catch_panic))
        .with_state(api)
}

impl Api {
    pub fn new(host: Arc<Host>, admin: AdminToken) -> Api {
        Api { host, admin }
    }

    async fn connection(&self, name: &str) -> Result<Connection, Problem> {
        let found = self.host.db.connection(name).await?;
        match found {
            Some(connection) if connection.kind == ConnectionKind::Connector => Ok(connection),
            Some(_) => Err(Problem::missing("connection", name)
                .hint(format!("{name} is a flow: `windlass flow show {name}`"))),
            None => {
                Err(Problem::missing("connection", name)
                    .hint("`windlass connection list` lists what there is"))
            }
        }
    }

    async fn flow(&self, name: &str) -> Result<Connection, Problem> {
        let found = self.host.db.connection(name).await?;
        let flow = found.filter(|flow| flow.kind == ConnectionKind::Flow);
        flow.ok_or_else(|| Problem::missing("flow", name).hint("`windlass flow list` lists what there is"))
    }

    async fn stream(&self, connection: &Connection, name: &str) -> Result<Stream, Problem> {
        let found = self.host.db.stream(connection.id, name).await?;
        found.ok_or_else(|| {
            Problem::missing("stream", name)
                .hint(format!("`windlass stream list {}` lists its streams", connection.name))
        })
    }

    /// Connection and stream of a path.
    async fn stream_of(&self, connection: &str, stream: &str) -> Result<(Connection, Stream), Problem> {
        let connection = self.connection(connection).await?;
        let stream = self.stream(&connection, stream).await?;
        Ok((connection, stream))
    }

    async fn connector(&self, connection: &Connection) -> Result<Arc<Connector>, Problem> {
        let Host { db, sandbox, registry, .. } = &*self.host;
        Ok(registry.of(db, sandbox, connection).await?)
    }
}

/// The configuration with the spec's defaults.
fn full_config(spec: &Spec, connection: &Connection) -> Result<Value, Problem> {
    Ok(spec.with_defaults(&config_of(connection)?))
}
