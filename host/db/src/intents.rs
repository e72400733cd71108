//! Intents: written before the first byte of an unsafe request, so that a crash is never blind.

use sqlx::AnyConnection;

use crate::query::{Found, Query};
use crate::runs::fence;
use crate::words::words;
use crate::{Db, DbError, Lease, Millis};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentState {
    Open,
    /// No byte left.
    NotSent,
    /// The whole answer came.
    Answered,
    /// Answered, and then the call committed or returned a verdict; or a person resolved it.
    Settled,
}

words!(IntentState { Open => "open", NotSent => "not-sent", Answered => "answered", Settled => "settled" });

#[derive(Debug, Clone)]
pub struct Intent {
    pub run: i64,
    /// Counts from 1 over all attempts of the run.
    pub ordinal: i64,
    pub attempt: i64,
    pub method: String,
    /// Without credentials, as before injection.
    pub url: String,
    pub state: IntentState,
    /// When it was opened.
    pub at: Millis,
    /// When its outcome was written.
    pub ended_at: Option<Millis>,
}

impl Db {
    /// Durable when it returns, fenced by the lease. Gives the ordinal.
    pub async fn intent_open(
        &self,
        now: Millis,
        lease: &Lease,
        attempt: i64,
        method: &str,
        url: &str,
    ) -> Result<i64, DbError> {
        let mut tx = self.begin().await?;
        // The run's row stays locked, so that two requests of one call get two ordinals.
        let run = fence(&mut tx, self.dialect(), lease).await?;
        let text = "INSERT INTO intents (run, ordinal, attempt, method, url, state, at)
            SELECT $1, COALESCE(MAX(ordinal), 0) + 1, $2, $3, $4, 'open', $5 FROM intents WHERE run = $1
            RETURNING ordinal";
        let query = Query::new(text).bind(run.id).bind(attempt).bind(method).bind(url).bind(now);
        let ordinal = query.one(&mut tx).await?.int("ordinal")?;
        tx.commit().await?;
        Ok(ordinal)
    }

    /// How the request ended. Not fenced: the truth may be written late. An intent that a person has
    /// settled stays settled.
    pub async fn intent_end(
        &self,
        now: Millis,
        run: i64,
        ordinal: i64,
        state: IntentState,
    ) -> Result<(), DbError> {
        let text =
            "UPDATE intents SET state = $3, ended_at = $4 WHERE run = $1 AND ordinal = $2 AND state = 'open'";
        let query = Query::new(text).bind(run).bind(ordinal).bind(state.as_str()).bind(now);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// All intents of a run, in order.
    pub async fn intents(&self, run: i64) -> Result<Vec<Intent>, DbError> {
        let query = Query::new("SELECT * FROM intents WHERE run = $1 ORDER BY ordinal").bind(run);
        query.all(&mut *self.read().await?).await?.iter().map(intent).collect()
    }
}

/// Whether the vendor may have acted on a request of this run that nothing settled.
pub(crate) async fn in_doubt(tx: &mut AnyConnection, run: i64) -> Result<bool, DbError> {
    let text = "SELECT COUNT(*) AS doubts FROM intents WHERE run = $1 AND state IN ('open', 'answered')";
    Ok(Query::new(text).bind(run).one(tx).await?.int("doubts")? > 0)
}

/// The call committed or returned a verdict: its answered intents are no longer in doubt.
pub(crate) async fn settle_answered(tx: &mut AnyConnection, run: i64) -> Result<(), DbError> {
    let query = Query::new("UPDATE intents SET state = 'settled' WHERE run = $1 AND state = 'answered'");
    query.bind(run).execute(tx).await?;
    Ok(())
}

/// A person has decided: nothing is in doubt any more.
pub(crate) async fn settle_all(tx: &mut AnyConnection, run: i64) -> Result<(), DbError> {
    let query =
        Query::new("UPDATE intents SET state = 'settled' WHERE run = $1 AND state IN ('open', 'answered')");
    query.bind(run).execute(tx).await?;
    Ok(())
}

fn intent(row: &Found) -> Result<Intent, DbError> {
    Ok(Intent {
        run: row.int("run")?,
        ordinal: row.int("ordinal")?,
        attempt: row.int("attempt")?,
        method: row.text("method")?,
        url: row.text("url")?,
        state: row.word("state", IntentState::parse)?,
        at: row.int("at")?,
        ended_at: row.int_or_none("ended_at")?,
    })
}
