//! Accepting deliveries: many in one commit, so that one wait for the disk serves them all.

use std::collections::{BTreeSet, HashMap};

use sqlx::AnyConnection;

use crate::query::{Query, Value};
use crate::{Db, DbError, Millis, batch, webhooks};

/// A verified delivery to be kept. Texts hold no NUL, or the whole group is refused.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub webhook: i64,
    /// What it was verified by: the hash of the address, and the revision of the connection.
    pub address: String,
    pub revision: i64,
    /// What a repeat has too.
    pub identity: Vec<u8>,
    pub repeats: Repeats,
    /// The vendor's event id.
    pub event_id: Option<String>,
    /// Deliveries of one webhook with an equal value are processed in the order they came.
    pub ordering: Option<String>,
    pub method: String,
    pub query: String,
    /// A JSON array of pairs.
    pub headers: String,
    pub body: Vec<u8>,
}

/// For how long another one with the same identity is a repeat, and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// As long as the first is kept.
    Always,
    /// While the first waits.
    WhileWaiting,
    /// So many milliseconds, and while the first waits.
    Within(Millis),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It, or the one that it repeats, is on disk.
    Kept,
    /// It was verified by something that no longer holds; nothing was kept.
    Stale,
}

impl Db {
    /// Keeps deliveries in one transaction, in their order: all are on disk when this returns. Gives one
    /// answer for each.
    pub async fn deliveries_accept(
        &self,
        now: Millis,
        deliveries: Vec<NewDelivery>,
    ) -> Result<Vec<Accepted>, DbError> {
        let ids: BTreeSet<i64> = deliveries.iter().map(|delivery| delivery.webhook).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.begin().await?;
        let standing = webhooks::standing(&mut tx, self.dialect(), &ids).await?;
        let standing: HashMap<i64, (String, i64)> =
            standing.into_iter().map(|(id, address, revision)| (id, (address, revision))).collect();
        let holds = |delivery: &NewDelivery| {
            standing.get(&delivery.webhook).is_some_and(|(address, revision)| {
                *address == delivery.address && *revision == delivery.revision
            })
        };
        let mut accepted = Vec::with_capacity(deliveries.len());
        let mut rows = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            if !holds(&delivery) {
                accepted.push(Accepted::Stale);
                continue;
            }
            if matches!(delivery.repeats, Repeats::Within(_)) {
                forget_old_twin(&mut tx, now, &delivery).await?;
            }
            accepted.push(Accepted::Kept);
            rows.push(row(now, delivery));
        }
        let head =
            "INSERT INTO deliveries (state, attempt, received_at, due_at, webhook, identity, identity_until,
            event_id, ordering, method, query, headers, size, body)";
        let shared = ["waiting".into(), 0.into(), now.into(), now.into()];
        batch::insert_new(&mut tx, head, &shared, rows, without_body).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}

/// Another body that is equal counts as a new one after the window; the first must not be in its way.
async fn forget_old_twin(tx: &mut AnyConnection, now: Millis, delivery: &NewDelivery) -> Result<(), DbError> {
    let text = "UPDATE deliveries SET identity = NULL
        WHERE webhook = $1 AND identity = $2 AND state <> 'waiting' AND identity_until <= $3";
    let query = Query::new(text).bind(delivery.webhook).bind(delivery.identity.as_slice()).bind(now);
    query.execute(tx).await?;
    Ok(())
}

/// What is unique of a row, and little else.
fn without_body(row: &[Value]) -> Vec<Value> {
    let mut row = row.to_vec();
    if let Some(body) = row.last_mut() {
        *body = Vec::new().into();
    }
    row
}

fn row(now: Millis, delivery: NewDelivery) -> Vec<Value> {
    let identity_until = match delivery.repeats {
        Repeats::Always => None,
        Repeats::WhileWaiting => Some(now),
        Repeats::Within(window) => Some(now + window),
    };
    let size = i64::try_from(delivery.body.len()).unwrap_or(i64::MAX);
    vec![
        delivery.webhook.into(),
        delivery.identity.into(),
        identity_until.into(),
        delivery.event_id.into(),
        delivery.ordering.into(),
        delivery.method.into(),
        delivery.query.into(),
        delivery.headers.into(),
        size.into(),
        delivery.body.into(),
    ]
}
