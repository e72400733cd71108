//! Sessions at vendors: sealed in the database, found by a keyed hash of the credential, and opened by
//! one login at a time over all hosts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use windlass_db::{DbError, SealedSecret, SessionState};
use windlass_sandbox::egress::{Credential, LOGIN_TIMEOUT, Look, Opened, Secret, Session, Sessions, Turn};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::lease::LEASE_MS;
use crate::host::Host;

/// A turn to log in lasts as long as a lease, which a login never outlives: it has
/// [`LOGIN_TIMEOUT`], and two seconds to wait for a limit.
const TURN_MS: i64 = LEASE_MS;
const _: () = assert!(LOGIN_TIMEOUT.as_millis() as i64 + 2_000 < TURN_MS);
/// A host that died leaves its turn taken: whoever waits longer than that gets the turn itself.
const LONGEST_WAIT: Duration = Duration::from_millis(TURN_MS as u64 + 5_000);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A session is renewed so long before its end, so that it outlives the longest request; one that lasts
/// less than twice as long at half of its time.
const RENEW_BEFORE_MS: i64 = 60_000;
/// One command of a person asks for several streams at once, which must not be as many logins: a refusal
/// that is younger is an answer to that command.
const YOUNG_REFUSAL_MS: i64 = 5_000;
/// Sessions belong to no single connection; no connection has the id 0.
const NO_CONNECTION: i64 = 0;

/// The sessions that a connection uses.
pub struct ConnectionSessions {
    pub host: Arc<Host>,
    pub connector: String,
    pub connection: i64,
}

/// What is sealed of a session.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
struct Kept {
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
}

/// A person asks to try again: a login that was refused may be made once more.
pub async fn lift_refusals(host: &Host, connection: i64) -> Result<(), DbError> {
    let now = host.db.now().await?;
    host.db.sessions_lift(connection, now - YOUNG_REFUSAL_MS).await
}

#[async_trait]
impl Sessions for ConnectionSessions {
    async fn look(&self, credential: &Credential, refused: Option<i64>) -> Result<Look, String> {
        let scope: Arc<str> =
            format!("{}/{}", self.connector, self.host.keys.identity(&credential.parts())).into();
        let began = Instant::now();
        loop {
            let now = self.host.db.now().await.map_err(failed)?;
            let state = self.host.db.session(now, self.connection, &scope, refused, TURN_MS).await;
            match state.map_err(failed)? {
                SessionState::Open { number, sealed } => {
                    let kept = self.unseal(&scope, sealed)?;
                    let token = Secret::new(kept.token.clone());
                    return Ok(Look::Session(Session { scope, number, token }));
                }
                SessionState::Turn { number, former } => {
                    let former = former.map(|sealed| self.unseal(&scope, sealed)).transpose()?;
                    let refresh = former.and_then(|kept| kept.refresh.clone()).map(Secret::new);
                    return Ok(Look::Turn(Turn { scope, number, taken_at: now, refresh }));
                }
                SessionState::Refused { message } => return Ok(Look::Refused(message)),
                SessionState::Busy { .. } if began.elapsed() < LONGEST_WAIT => {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                SessionState::Busy { .. } => {
                    return Err(
                        "another run is logging in with the same credentials, and has not come to an end"
                            .to_owned(),
                    );
                }
            }
        }
    }

    async fn open(&self, turn: Turn, opened: Opened) -> Result<Session, String> {
        let Turn { scope, number, taken_at, .. } = turn;
        let kept = Kept {
            token: opened.token.expose().to_owned(),
            refresh: opened.refresh.or(turn.refresh).map(|secret| secret.expose().to_owned()),
        };
        let text = Zeroizing::new(serde_json::to_string(&kept).map_err(failed)?);
        let sealed = self.host.keys.seal(NO_CONNECTION, &field(&scope), &text).map_err(failed)?.sealed;
        let renew_at = opened.lifetime.map(|lifetime| renew_at(taken_at, lifetime));
        match self.host.db.session_open(&scope, number, &sealed, renew_at).await.map_err(failed)? {
            true => Ok(Session { scope, number, token: opened.token }),
            false => Err("the login took too long, or the secrets were changed meanwhile".to_owned()),
        }
    }

    async fn refuse(&self, turn: Turn, message: &str) {
        let message = message.replace('\0', "\u{fffd}");
        let refused = async {
            let now = self.host.db.now().await?;
            self.host.db.session_refuse(now, &turn.scope, turn.number, &message).await
        };
        self.note(refused.await, "that a login was refused");
    }

    async fn give_back(&self, turn: Turn) {
        self.note(self.host.db.session_give_back(&turn.scope, turn.number).await, "that a login failed");
    }
}

impl ConnectionSessions {
    fn unseal(&self, scope: &str, sealed: Vec<u8>) -> Result<Kept, String> {
        let sealed = SealedSecret { field: field(scope), sealed };
        let text = self.host.keys.open(NO_CONNECTION, &sealed).map_err(failed)?;
        serde_json::from_str(text.expose()).map_err(|_| "a kept session cannot be read".to_owned())
    }

    /// Without the note the turn ends by itself, and somebody logs in once more.
    fn note(&self, noted: Result<(), DbError>, what: &str) {
        if let Err(error) = noted {
            tracing::error!(%error, connection = self.connection, "cannot note {what}");
        }
    }
}

fn field(scope: &str) -> String {
    format!("session {scope}")
}

fn renew_at(taken_at: i64, lifetime: Duration) -> i64 {
    let lifetime = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
    taken_at.saturating_add((lifetime - RENEW_BEFORE_MS).max(lifetime / 2))
}

fn failed(error: impl std::fmt::Display) -> String {
    format!("the host cannot look after the session: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_renewed_a_minute_before_its_end_or_at_half_of_it() {
        let check = |seconds, expected: i64| {
            assert_eq!(renew_at(1_000, Duration::from_secs(seconds)), 1_000 + expected);
        };
        check(3_600, 3_540_000);
        check(120, 60_000);
        check(60, 30_000);
        check(1, 500);
        assert!(renew_at(i64::MAX / 2, Duration::MAX) > i64::MAX / 2);
    }
}
