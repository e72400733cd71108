//! The same route written by hand: reads, verifies and understands a delivery, and keeps nothing of it, or
//! inserts it by itself.

use std::{hint::black_box, net::Ipv4Addr, path::Path, sync::Arc};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use tokio::net::TcpListener;
use windlass_db::{ConnectionState, Db, NewConnection, NewDelivery, NewWebhook, Repeats, Webhook};

use super::load::Address;

pub async fn keeps_nothing(token: &'static str) -> Result<Address> {
    let webhook = Webhook {
        id: 1,
        connection: 1,
        name: "orders".to_owned(),
        address: "secret".to_owned(),
        sealed: Vec::new(),
        addressed_at: 0,
    };
    let forget = async move |State(webhook): State<Arc<Webhook>>, headers: HeaderMap, body: Bytes| {
        let proved = headers.get("x-token").is_some_and(|given| given.as_bytes() == token.as_bytes());
        match delivery(&webhook, &headers, body) {
            Ok(delivery) if proved && black_box(&delivery).webhook == 1 => (StatusCode::OK, "taken"),
            _ => (StatusCode::BAD_REQUEST, "not understood"),
        }
    };
    let route = Router::new().route("/hooks/shop/orders/secret", post(forget));
    serve(route.with_state(Arc::new(webhook)), token).await
}

pub async fn inserts_each(folder: &Path) -> Result<Address> {
    let db = Db::open(&format!("sqlite://{}", folder.join("windlass.db").display())).await?;
    let webhook = webhook(&db).await?;
    let state = Arc::new((db, webhook));
    let keep = async |State(state): State<Arc<(Db, Webhook)>>, headers: HeaderMap, body: Bytes| {
        let (db, webhook) = &*state;
        let kept = async {
            let delivery = delivery(webhook, &headers, body)?;
            anyhow::Ok(db.deliveries_accept(db.now().await?, vec![delivery]).await?)
        };
        match kept.await {
            Ok(_) => (StatusCode::OK, "taken"),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not kept"),
        }
    };
    serve(Router::new().route("/hooks/shop/orders/secret", post(keep)).with_state(state), "none").await
}

/// Answers for as long as the benchmark runs.
async fn serve(router: Router, token: &str) -> Result<Address> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let host = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Address { host, path: "/hooks/shop/orders/secret".to_owned(), token: token.to_owned() })
}

async fn webhook(db: &Db) -> Result<Webhook> {
    let new = NewConnection {
        name: "shop".to_owned(),
        connector: "none".to_owned(),
        config: "{}".to_owned(),
        labels: "{}".to_owned(),
        state: ConnectionState::Active,
        secrets: Vec::new(),
        streams: Vec::new(),
        digest: String::new(),
        unique: Vec::new(),
    };
    let (id, now) = (db.connection_id().await?, db.now().await?);
    db.connection_create(now, id, &new).await?;
    let address = NewWebhook { name: "orders".to_owned(), address: "secret".to_owned(), sealed: Vec::new() };
    db.webhooks_ensure(now, id, &[address]).await?;
    db.webhook_at("secret").await?.context("the webhook exists")
}

fn delivery(webhook: &Webhook, headers: &HeaderMap, body: Bytes) -> Result<NewDelivery> {
    let json: serde_json::Value = serde_json::from_slice(&body)?;
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    let event_id = text("event").context("an event has an id")?;
    let pairs = headers.iter().map(|(name, value)| [name.as_str(), value.to_str().unwrap_or_default()]);
    Ok(NewDelivery {
        webhook: webhook.id,
        address: webhook.address.clone(),
        revision: 1,
        identity: event_id.as_bytes().to_vec(),
        repeats: Repeats::Always,
        event_id: Some(event_id),
        ordering: text("order"),
        method: "POST".to_owned(),
        query: String::new(),
        headers: serde_json::to_string(&pairs.collect::<Vec<_>>())?,
        body: body.to_vec(),
    })
}
