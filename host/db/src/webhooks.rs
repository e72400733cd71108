//! Webhooks: the address of each webhook of each connection, and the runs that work through what came.

use sqlx::AnyConnection;

use crate::dialect::Dialect;
use crate::query::{Found, Query, no_nul};
use crate::{Db, DbError, Millis};

/// A webhook's address: its secret part is known by its hash, and sealed.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub id: i64,
    pub connection: i64,
    pub name: String,
    /// A keyed hash of the secret part.
    pub address: String,
    /// The envelope of the secret part.
    pub sealed: Vec<u8>,
    /// When the address was made.
    pub addressed_at: Millis,
}

/// An address to be.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    pub name: String,
    pub address: String,
    pub sealed: Vec<u8>,
}

/// What came at a webhook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WebhookUse {
    pub last_delivery_at: Option<Millis>,
    pub waiting: i64,
    pub failed: i64,
}

/// A webhook with deliveries that are due and no run that works through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueWebhook {
    pub id: i64,
    pub connection: i64,
}

impl Db {
    /// Gives addresses to webhooks that have none; keeps those that are there.
    pub async fn webhooks_ensure(
        &self,
        now: Millis,
        connection: i64,
        webhooks: &[NewWebhook],
    ) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let text = "INSERT INTO webhooks (connection, name, address, sealed, addressed_at)
            SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT 1 FROM connections WHERE id = $1)
            ON CONFLICT (connection, name) DO NOTHING";
        for webhook in webhooks {
            bind_address(Query::new(text).bind(connection), webhook).bind(now).execute(&mut tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Replaces an address. From then on nothing is accepted at the former one, on any host.
    pub async fn webhook_rotate(
        &self,
        now: Millis,
        connection: i64,
        webhook: &NewWebhook,
    ) -> Result<Webhook, DbError> {
        let text = "UPDATE webhooks SET address = $3, sealed = $4, addressed_at = $5
            WHERE connection = $1 AND name = $2 RETURNING *";
        let query = bind_address(Query::new(text).bind(connection), webhook).bind(now);
        let row = query.optional(&mut *self.write().await?).await?;
        row.as_ref().map(found).transpose()?.ok_or_else(|| DbError::missing("webhook", &webhook.name))
    }

    /// All webhooks of a connection, by name, those included that no active version declares.
    pub async fn webhooks(&self, connection: i64) -> Result<Vec<Webhook>, DbError> {
        let query = Query::new("SELECT * FROM webhooks WHERE connection = $1 ORDER BY name").bind(connection);
        query.all(&mut *self.read().await?).await?.iter().map(found).collect()
    }

    pub async fn webhook(&self, id: i64) -> Result<Option<Webhook>, DbError> {
        let query = Query::new("SELECT * FROM webhooks WHERE id = $1").bind(id);
        query.optional(&mut *self.read().await?).await?.as_ref().map(found).transpose()
    }

    /// The webhook whose address has this hash.
    pub async fn webhook_at(&self, address: &str) -> Result<Option<Webhook>, DbError> {
        no_nul("the address", address)?;
        let query = Query::new("SELECT * FROM webhooks WHERE address = $1").bind(address);
        query.optional(&mut *self.read().await?).await?.as_ref().map(found).transpose()
    }

    pub async fn webhook_use(&self, webhook: i64) -> Result<WebhookUse, DbError> {
        let text = "SELECT
            (SELECT d.received_at FROM deliveries d WHERE d.webhook = $1 ORDER BY d.id DESC LIMIT 1) AS last_at,
            (SELECT COUNT(*) FROM deliveries WHERE webhook = $1 AND state = 'waiting') AS waiting,
            (SELECT COUNT(*) FROM deliveries WHERE webhook = $1 AND state = 'failed') AS failed";
        let row = Query::new(text).bind(webhook).one(&mut *self.read().await?).await?;
        Ok(WebhookUse {
            last_delivery_at: row.int_or_none("last_at")?,
            waiting: row.int("waiting")?,
            failed: row.int("failed")?,
        })
    }

    /// Webhooks whose deliveries are due, and which have no run that waits or runs. Takes as long as there
    /// are webhooks with waiting deliveries, however many those have.
    pub async fn webhooks_due(&self, now: Millis) -> Result<Vec<DueWebhook>, DbError> {
        let text = "WITH RECURSIVE waiting (id) AS (
                SELECT MIN(webhook) FROM deliveries WHERE state = 'waiting'
                UNION ALL SELECT (SELECT MIN(d.webhook) FROM deliveries d
                    WHERE d.state = 'waiting' AND d.webhook > waiting.id) FROM waiting
                WHERE waiting.id IS NOT NULL)
            SELECT w.id, w.connection FROM waiting JOIN webhooks w ON w.id = waiting.id
            WHERE (SELECT MIN(d.due_at) FROM deliveries d
                    WHERE d.webhook = w.id AND d.state = 'waiting') <= $1
                AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.webhook = w.id AND r.kind = 'webhook'
                    AND r.state IN ('queued', 'running'))";
        let rows = Query::new(text).bind(now).all(&mut *self.read().await?).await?;
        let due = |row: &Found| Ok(DueWebhook { id: row.int("id")?, connection: row.int("connection")? });
        rows.iter().map(due).collect()
    }

    /// Enqueues a run that works through the deliveries of a webhook; false if there is one already.
    pub async fn webhook_enqueue(&self, now: Millis, webhook: DueWebhook) -> Result<bool, DbError> {
        let text =
            "INSERT INTO runs (kind, triggered_by, state, connection, webhook, full_read, full_asked, attempt,
                due_at, cancel_asked, pages, records_seen, records_written, records_deleted,
                schema_mismatches, secrets_scrubbed, created_at, fence)
            SELECT 'webhook', 'webhook', 'queued', w.connection, w.id, 0, 0, 0,
                CAST($2 AS BIGINT), 0, 0, 0, 0, 0, 0, 0, CAST($2 AS BIGINT), 0
            FROM webhooks w WHERE w.id = $1
            ON CONFLICT DO NOTHING";
        let query = Query::new(text).bind(webhook.id).bind(now);
        Ok(query.execute(&mut *self.write().await?).await? == 1)
    }
}

/// Of webhooks that are there, by id: the hash of the address, and the revision of the connection. Their
/// addresses stay as they are until the transaction ends.
pub(crate) async fn standing(
    tx: &mut AnyConnection,
    dialect: Dialect,
    ids: &[i64],
) -> Result<Vec<(i64, String, i64)>, DbError> {
    // Filled up to a power of two with the last one, so that few texts are prepared.
    let length = ids.len().next_power_of_two();
    let places: Vec<String> = (1..=length).map(|place| format!("${place}")).collect();
    let text = format!(
        "SELECT w.id, w.address, c.revision FROM webhooks w JOIN connections c ON c.id = w.connection
         WHERE w.id IN ({}) ORDER BY w.id {}",
        places.join(", "),
        dialect.lock_shared_of("w")
    );
    let bind = |query: Query, place: usize| query.bind(ids[place.min(ids.len() - 1)]);
    let rows = (0..length).fold(Query::new(text), bind).all(tx).await?;
    rows.iter().map(|row| Ok((row.int("id")?, row.text("address")?, row.int("revision")?))).collect()
}

fn bind_address(query: Query, webhook: &NewWebhook) -> Query {
    query.bind(webhook.name.as_str()).bind(webhook.address.as_str()).bind(webhook.sealed.as_slice())
}

fn found(row: &Found) -> Result<Webhook, DbError> {
    Ok(Webhook {
        id: row.int("id")?,
        connection: row.int("connection")?,
        name: row.text("name")?,
        address: row.text("address")?,
        sealed: row.bytes("sealed")?,
        addressed_at: row.int("addressed_at")?,
    })
}
