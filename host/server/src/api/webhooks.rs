//! A connection's webhooks and their addresses.

use axum::{Json, extract::State};
use serde::Serialize;
use windlass_db::{Connection, Webhook};
use windlass_sandbox::spec::{self, VerifyKind};

use super::{Api, extract::Names, page::Page, time};
use crate::{
    host::Host,
    problem::Problem,
    webhooks::{self, ensure, fresh, opened},
};

/// `{"name": "orders", "title": "…", "verified_by": "secret", "address": "https://…", "path": "/hooks/…",
/// "addressed_at": "…", "last_delivery_at": "…", "waiting": 0, "failed": 0}`; `address` is null when the
/// host does not know where vendors reach it. The one place where an address is shown.
#[derive(Serialize)]
pub struct WebhookView {
    name: String,
    title: Option<String>,
    verified_by: &'static str,
    address: Option<String>,
    path: String,
    addressed_at: String,
    last_delivery_at: Option<String>,
    waiting: i64,
    failed: i64,
}

pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<Page<WebhookView>>, Problem> {
    let connection = api.connection(&name).await?;
    let connector = api.connector(&connection).await?;
    ensure(&api.host, &connection, &connector.spec).await?;
    let mut views = Vec::new();
    for webhook in api.host.db.webhooks(connection.id).await? {
        if let Some(declared) = connector.spec.webhook(&webhook.name) {
            views.push(view(&api.host, &connection, declared, &webhook).await?);
        }
    }
    Ok(Json(Page::whole(views)))
}

/// Gives a new address; nothing is accepted at the former one any more.
pub async fn rotate(
    State(api): State<Api>,
    Names((name, webhook)): Names<(String, String)>,
) -> Result<Json<WebhookView>, Problem> {
    let connection = api.connection(&name).await?;
    let connector = api.connector(&connection).await?;
    let declared = connector.spec.webhook(&webhook).ok_or_else(|| missing(&connection, &webhook))?;
    ensure(&api.host, &connection, &connector.spec).await?;
    let fresh = fresh(&api.host.keys, connection.id, &webhook).map_err(Problem::host)?;
    let now = api.host.db.now().await?;
    let webhook = api.host.db.webhook_rotate(now, connection.id, &fresh).await?;
    Ok(Json(view(&api.host, &connection, declared, &webhook).await?))
}

pub fn missing(connection: &Connection, webhook: &str) -> Problem {
    let name = &connection.name;
    Problem::missing("webhook", webhook).hint(format!("`windlass webhook list {name}` lists its webhooks"))
}

async fn view(
    host: &Host,
    connection: &Connection,
    declared: &spec::Webhook,
    webhook: &Webhook,
) -> Result<WebhookView, Problem> {
    let secret = opened(&host.keys, webhook).map_err(Problem::host)?;
    let url = |public| webhooks::url(public, &connection.name, &webhook.name, &secret);
    let used = host.db.webhook_use(webhook.id).await?;
    Ok(WebhookView {
        name: webhook.name.clone(),
        title: declared.title.clone(),
        verified_by: match declared.verify.kind {
            VerifyKind::Secret => "secret",
            VerifyKind::HmacSha256 => "hmac-sha-256",
            VerifyKind::Address => "address",
        },
        address: host.settings.public_url.as_ref().map(|public| url(public).expose().to_owned()),
        path: webhooks::path(&connection.name, &webhook.name, &secret),
        addressed_at: time::text(webhook.addressed_at),
        last_delivery_at: used.last_delivery_at.map(time::text),
        waiting: used.waiting,
        failed: used.failed,
    })
}
