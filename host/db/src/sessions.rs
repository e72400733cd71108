//! Sessions at vendors: one row for each credential, and one login at a time.
//!
//! A row is in one of four states: nothing known, a session, a turn (somebody logs in; it ends by itself
//! like a lease), or a refusal (nobody logs in until it is lifted). A turn is fenced: when it was lost,
//! or the session was dropped meanwhile, what it brings is not written.

use sqlx::AnyConnection;

use crate::query::{Found, Query, no_nul};
use crate::{Db, DbError, Millis};

/// What is known of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    Open {
        number: i64,
        sealed: Vec<u8>,
    },
    /// The caller's turn to log in, under this number. `former`: the last session, sealed.
    Turn {
        number: i64,
        former: Option<Vec<u8>>,
    },
    /// Somebody else logs in, until then at the latest.
    Busy {
        until: Millis,
    },
    /// What the vendor said to the last login.
    Refused {
        message: String,
    },
}

impl Db {
    /// The session of a credential, or the turn to log in for `turn_ms`. A session of the number `refused`
    /// is no longer good. Notes that the connection uses the credential.
    pub async fn session(
        &self,
        now: Millis,
        connection: i64,
        scope: &str,
        refused: Option<i64>,
        turn_ms: i64,
    ) -> Result<SessionState, DbError> {
        no_nul("the session's scope", scope)?;
        let known = "SELECT s.* FROM sessions s JOIN session_users u ON u.scope = s.scope
            WHERE s.scope = $1 AND u.connection = $2";
        let query = Query::new(known).bind(scope).bind(connection);
        // As a rule there is a session: then nothing is written.
        if let Some(row) = query.optional(&mut *self.read().await?).await?
            && let Some(open) = open(&row, now, refused)?
        {
            return Ok(open);
        }
        let mut tx = self.begin().await?;
        note_user(&mut tx, scope, connection).await?;
        let locked = format!("SELECT * FROM sessions WHERE scope = $1 {}", self.dialect().lock());
        let row = Query::new(locked).bind(scope).one(&mut tx).await?;
        let state = match state(&row, now, refused)? {
            Some(state) => state,
            None => {
                let number = row.int("fence")? + 1;
                let text = "UPDATE sessions SET fence = $2, turn_until = $3 WHERE scope = $1";
                Query::new(text).bind(scope).bind(number).bind(now + turn_ms).execute(&mut tx).await?;
                SessionState::Turn { number, former: row.bytes_or_none("sealed")? }
            }
        };
        tx.commit().await?;
        Ok(state)
    }

    /// Ends a turn with a session, used until `renew_at`. False if the turn was lost: nothing is written.
    pub async fn session_open(
        &self,
        scope: &str,
        turn: i64,
        sealed: &[u8],
        renew_at: Option<Millis>,
    ) -> Result<bool, DbError> {
        let text = "UPDATE sessions SET number = $2, sealed = $3, renew_at = $4, turn_until = NULL
            WHERE scope = $1 AND fence = $2";
        let query = Query::new(text).bind(scope).bind(turn).bind(sealed).bind(renew_at);
        Ok(query.execute(&mut *self.write().await?).await? == 1)
    }

    /// Ends a turn: the vendor refused the login. The former session is dropped.
    pub async fn session_refuse(
        &self,
        now: Millis,
        scope: &str,
        turn: i64,
        message: &str,
    ) -> Result<(), DbError> {
        let text = "UPDATE sessions SET refusal = $3, refused_at = $4, turn_until = NULL,
                number = NULL, sealed = NULL, renew_at = NULL
            WHERE scope = $1 AND fence = $2";
        let query = Query::new(text).bind(scope).bind(turn).bind(message).bind(now);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// Ends a turn without a result.
    pub async fn session_give_back(&self, scope: &str, turn: i64) -> Result<(), DbError> {
        let query = Query::new("UPDATE sessions SET turn_until = NULL WHERE scope = $1 AND fence = $2");
        query.bind(scope).bind(turn).execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// Ends every turn: the only host of a database has just started.
    pub async fn sessions_give_back(&self) -> Result<u64, DbError> {
        let text = "UPDATE sessions SET turn_until = NULL, fence = fence + 1 WHERE turn_until IS NOT NULL";
        Query::new(text).execute(&mut *self.write().await?).await
    }

    /// Lifts refusals that are as old as `before` or older: a person asks to try again.
    pub async fn sessions_lift(&self, connection: i64, before: Millis) -> Result<(), DbError> {
        let text = "UPDATE sessions SET refusal = NULL, refused_at = NULL WHERE refused_at <= $2
            AND scope IN (SELECT scope FROM session_users WHERE connection = $1)";
        let query = Query::new(text).bind(connection).bind(before);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }
}

/// Forgets all that is known of the credentials of a connection, whose secrets change. The rows stay, so
/// that a login that is under way finds its turn lost.
pub(crate) async fn drop_all(tx: &mut AnyConnection, connection: i64) -> Result<(), DbError> {
    let text = "UPDATE sessions SET fence = fence + 1, turn_until = NULL, number = NULL, sealed = NULL,
            renew_at = NULL, refusal = NULL, refused_at = NULL
        WHERE scope IN (SELECT scope FROM session_users WHERE connection = $1)";
    Query::new(text).bind(connection).execute(tx).await?;
    Ok(())
}

async fn note_user(tx: &mut AnyConnection, scope: &str, connection: i64) -> Result<(), DbError> {
    let session = "INSERT INTO sessions (scope, fence) VALUES ($1, 0) ON CONFLICT (scope) DO NOTHING";
    Query::new(session).bind(scope).execute(tx).await?;
    let user = "INSERT INTO session_users (scope, connection) VALUES ($1, $2)
        ON CONFLICT (scope, connection) DO NOTHING";
    Query::new(user).bind(scope).bind(connection).execute(tx).await?;
    Ok(())
}

/// None if it is time to log in.
fn state(row: &Found, now: Millis, refused: Option<i64>) -> Result<Option<SessionState>, DbError> {
    if let Some(open) = open(row, now, refused)? {
        return Ok(Some(open));
    }
    if let Some(message) = row.text_or_none("refusal")? {
        return Ok(Some(SessionState::Refused { message }));
    }
    let turn = row.int_or_none("turn_until")?.filter(|until| *until > now);
    Ok(turn.map(|until| SessionState::Busy { until }))
}

fn open(row: &Found, now: Millis, refused: Option<i64>) -> Result<Option<SessionState>, DbError> {
    let (number, sealed) = (row.int_or_none("number")?, row.bytes_or_none("sealed")?);
    let is_due = row.int_or_none("renew_at")?.is_some_and(|at| at <= now);
    Ok(match (number, sealed) {
        (Some(number), Some(sealed)) if refused != Some(number) && !is_due => {
            Some(SessionState::Open { number, sealed })
        }
        _ => None,
    })
}
