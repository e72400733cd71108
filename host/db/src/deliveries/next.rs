//! Which deliveries of a webhook are processed next.

use super::Delivery;
use super::read::delivery;
use crate::query::Query;
use crate::{Db, DbError, Millis};

impl Db {
    /// Up to `limit` due deliveries of a webhook, oldest first, with bodies of up to `most_bytes` together
    /// (one at least).
    ///
    /// Within an ordering value the order is kept so: `due_at` never falls as the id rises. One that came
    /// before an earlier one is, or was, due again is put off until the same time, when it is met here.
    pub async fn deliveries_next(
        &self,
        now: Millis,
        webhook: i64,
        limit: i64,
        most_bytes: i64,
    ) -> Result<Vec<Delivery>, DbError> {
        loop {
            let (free, behind) = self.candidates(now, webhook, limit, most_bytes).await?;
            if !behind.is_empty() {
                self.put_off(&behind).await?;
            }
            if !free.is_empty() || behind.is_empty() {
                return self.deliveries_whole(&free).await;
            }
        }
    }

    /// Ids of those that may be processed, and those that must wait with their time.
    async fn candidates(
        &self,
        now: Millis,
        webhook: i64,
        limit: i64,
        most_bytes: i64,
    ) -> Result<(Vec<i64>, Vec<(i64, Millis)>), DbError> {
        let text = "SELECT d.id, d.size, (SELECT MAX(o.due_at) FROM deliveries o
                WHERE o.webhook = d.webhook AND o.ordering = d.ordering AND o.state = 'waiting'
                    AND o.due_at > o.received_at AND o.due_at > d.due_at AND o.id < d.id) AS behind
            FROM deliveries d WHERE d.webhook = $1 AND d.state = 'waiting' AND d.due_at <= $2
            ORDER BY d.due_at, d.id LIMIT $3";
        let query = Query::new(text).bind(webhook).bind(now).bind(limit);
        let (mut free, mut behind, mut bytes) = (Vec::new(), Vec::new(), 0);
        for row in query.all(&mut *self.read().await?).await? {
            let id = row.int("id")?;
            match row.int_or_none("behind")? {
                Some(until) => behind.push((id, until)),
                None => {
                    bytes += row.int("size")?;
                    if bytes > most_bytes && !free.is_empty() {
                        break;
                    }
                    free.push(id);
                }
            }
        }
        Ok((free, behind))
    }

    async fn put_off(&self, behind: &[(i64, Millis)]) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let text = "UPDATE deliveries SET due_at = $2 WHERE id = $1 AND state = 'waiting' AND due_at < $2";
        for (id, until) in behind {
            Query::new(text).bind(*id).bind(*until).execute(&mut tx).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn deliveries_whole(&self, ids: &[i64]) -> Result<Vec<Delivery>, DbError> {
        let Some(last) = ids.last() else { return Ok(Vec::new()) };
        // Filled up to a power of two, so that few texts are prepared.
        let length = ids.len().next_power_of_two();
        let places: Vec<String> = (1..=length).map(|place| format!("${place}")).collect();
        let text = format!(
            "SELECT d.*, (SELECT w.name FROM webhooks w WHERE w.id = d.webhook) AS webhook_name
             FROM deliveries d WHERE d.id IN ({}) ORDER BY d.due_at, d.id",
            places.join(", ")
        );
        let bind = |query: Query, place: usize| query.bind(*ids.get(place).unwrap_or(last));
        let rows = (0..length).fold(Query::new(text), bind).all(&mut *self.read().await?).await?;
        rows.iter().map(delivery).collect()
    }
}
