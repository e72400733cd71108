//! Receiving a delivery: what is handed to `webhooks.receive`, and what its outcome must be before the
//! host commits it.

use std::collections::BTreeMap;

use crate::{
    Sandbox,
    bindings::exports::windlass::connector::webhooks,
    call::{CallGrant, CallReport, Session, host},
    calls::guest_error,
    component::Connector,
    error::CallFailure,
    json::{Picked, check_key},
    limits::CallLimits,
    page::{Page, RawPage, finish},
};

/// What came to a webhook, verified and without its secret.
#[derive(Debug, Clone)]
pub struct DeliveryRequest {
    pub webhook: String,
    pub event_id: Option<String>,
    pub method: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub received_at: i64,
    pub attempt: u32,
}

/// What follows from a delivery, checked.
#[derive(Debug, Clone, Default)]
pub struct DeliveryOutcome {
    /// Records and deleted keys of each stream; nothing else of a page is used.
    pub streams: BTreeMap<String, Page>,
    /// Streams to be read soon, with single keys or whole.
    pub reads: Vec<(String, Vec<String>)>,
    pub actions: Vec<FollowUpAction>,
}

#[derive(Debug, Clone)]
pub struct FollowUpAction {
    pub action: String,
    /// As the connector wrote it; the caller checks it by the action's schema.
    pub input: String,
    pub key: String,
}

/// Keys of follow-up reads, and follow-up actions, of one delivery: each becomes part of a row in its
/// commit.
const MOST_FOLLOW_UPS: usize = 1_000;
/// Vendors show keys to people; ours must fit their fields.
const MOST_ACTION_KEY_BYTES: usize = 200;

impl Sandbox {
    pub async fn receive(
        &self,
        connector: &Connector,
        grant: CallGrant,
        delivery: &DeliveryRequest,
    ) -> CallReport<DeliveryOutcome> {
        let limits = grant.limits.clone();
        let body = async |mut session: Session| {
            let webhooks = connector.exports.webhooks.as_ref().ok_or(CallFailure::NoExport("webhooks"))?;
            let guest = webhooks.load(&mut session.store, &session.instance).map_err(host)?;
            let account = session.account.clone();
            let asked = request(delivery);
            let outcome =
                guest.call_receive(&mut session.store, &asked).await.map_err(|e| account.failure(e))?;
            check(outcome.map_err(guest_error)?, connector, &limits)
        };
        grant.run(self, &connector.pre, body).await
    }
}

fn request(delivery: &DeliveryRequest) -> webhooks::Delivery {
    webhooks::Delivery {
        webhook: delivery.webhook.clone(),
        event_id: delivery.event_id.clone(),
        method: delivery.method.clone(),
        query: delivery.query.clone(),
        headers: delivery.headers.clone(),
        body: delivery.body.clone(),
        received_at: delivery.received_at.max(0) as u64,
        attempt: delivery.attempt,
        extras: None,
    }
}

fn check(
    outcome: webhooks::DeliveryOutcome,
    connector: &Connector,
    limits: &CallLimits,
) -> Result<DeliveryOutcome, CallFailure> {
    let keys: usize = outcome.reads.iter().map(|read| read.keys.len().max(1)).sum();
    bounded("keys to be read", keys)?;
    bounded("actions", outcome.actions.len())?;
    for stream in outcome.reads.iter().map(|read| &read.stream) {
        declared(connector, stream)?;
    }
    for key in outcome.reads.iter().flat_map(|read| &read.keys) {
        check_key(key).map_err(|problem| output(format!("a key to be read {problem}")))?;
    }
    let mut made = DeliveryOutcome {
        streams: BTreeMap::new(),
        reads: outcome.reads.into_iter().map(|read| (read.stream, read.keys)).collect(),
        actions: outcome.actions.into_iter().map(|ask| action(ask, connector)).collect::<Result<_, _>>()?,
    };
    for (stream, raw) in by_stream(outcome.records, outcome.deleted) {
        declared(connector, &stream)?;
        let page = finish(raw, connector, &stream, limits)?;
        made.streams.insert(stream, page);
    }
    Ok(made)
}

fn by_stream(
    records: Vec<webhooks::StreamRecord>,
    deleted: Vec<webhooks::StreamKey>,
) -> BTreeMap<String, RawPage> {
    let mut streams: BTreeMap<String, RawPage> = BTreeMap::new();
    for record in records {
        let row = Picked { key: record.record.key, json: record.record.json.into() };
        streams.entry(record.stream).or_default().rows.push(row);
    }
    for gone in deleted {
        streams.entry(gone.stream).or_default().deleted.push(gone.key);
    }
    streams
}

fn declared(connector: &Connector, stream: &str) -> Result<(), CallFailure> {
    match connector.spec.stream(stream) {
        Some(_) => Ok(()),
        None => Err(output(format!(
            "the delivery's outcome names the stream {stream:?}, which the spec does not declare"
        ))),
    }
}

fn action(ask: webhooks::FollowUpAction, connector: &Connector) -> Result<FollowUpAction, CallFailure> {
    let webhooks::FollowUpAction { action: name, input, key } = ask;
    let wrong = |problem: String| output(format!("the follow-up action {name:?} {problem}"));
    connector.spec.action(&name).ok_or_else(|| wrong("is not declared by the spec".into()))?;
    let visible =
        !key.is_empty() && key.len() <= MOST_ACTION_KEY_BYTES && key.bytes().all(|b| b.is_ascii_graphic());
    if !visible {
        return Err(wrong(format!(
            "has a key that is not 1 to {MOST_ACTION_KEY_BYTES} visible ASCII characters"
        )));
    }
    Ok(FollowUpAction { input, action: name, key })
}

fn bounded(what: &str, count: usize) -> Result<(), CallFailure> {
    match count <= MOST_FOLLOW_UPS {
        true => Ok(()),
        false => Err(output(format!("the delivery asks for {count} {what}; the most is {MOST_FOLLOW_UPS}"))),
    }
}

fn output(message: String) -> CallFailure {
    CallFailure::Output(message)
}
