//! Requests that are made inside a session.
//!
//! A session that the vendor no longer accepts is told by a status that the spec names, 401 by default:
//! by it the vendor says that it has *not* carried the request out. So the host opens a new session and
//! sends the request once more, whatever its method: as an attempt of its own, which takes its own
//! permits and, when it is unsafe, its own intent; the intent of the first one is settled by that answer.
//! Once only, and never for a session that this call has opened itself: a vendor that gives tokens and
//! then refuses them would be asked for ever.
//!
//! A login has no intent: repeating one that was lost is harmless, and no person needs to look.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Egress, Ended, HttpError, HttpErrorKind, Requests, WireAnswer,
    login::{Judged, PreparedLogin, judge},
    message::Answer,
    prepare::Prepared,
    session::{Look, Session, Turn},
};
use crate::meter::MemoryMeter;

impl Egress {
    /// `place`: of the request in the trace.
    pub(super) async fn ask_in_session(
        &self,
        place: usize,
        request: Prepared,
        login: &PreparedLogin,
        memory: &Arc<MemoryMeter>,
    ) -> Result<WireAnswer, HttpError> {
        let first = self.session(login, None).await?;
        let answer = self.perform(request.with_header(login.session_header(&first.token)?)).await?;
        if !login.login.renew_on.contains(&answer.status) || self.has_opened(&first) {
            return Ok(answer);
        }
        let (refused, scrubbed) = self.scrub(Ok(answer));
        let refused = refused.map(|answer| answer.counted(memory).0);
        self.trace.repeat(place, refused, scrubbed, (self.clock)());
        let second = self.session(login, Some(first.number)).await?;
        self.perform(request.with_header(login.session_header(&second.token)?)).await
    }

    /// The present session of a credential, or a new one.
    async fn session(&self, login: &PreparedLogin, refused: Option<i64>) -> Result<Session, HttpError> {
        let session = match self.sessions.look(&login.credential, refused).await.map_err(unavailable)? {
            Look::Session(session) => session,
            Look::Refused(message) => return Err(HttpError::new(HttpErrorKind::Auth, remembered(&message))),
            Look::Turn(turn) => self.log_in(login, turn).await?,
        };
        self.credentials.add_session(&session.token);
        Ok(session)
    }

    async fn log_in(&self, login: &PreparedLogin, turn: Turn) -> Result<Session, HttpError> {
        let judged = match self.send_login(login, &turn).await {
            Ok(answer) => judge(&login.login, &answer, &self.scrubber()),
            Err(error) => Judged::Failed(error),
        };
        match judged {
            Judged::Opened(opened) => {
                self.credentials.add_session(&opened.token);
                let session = self.sessions.open(turn, opened).await.map_err(unavailable)?;
                self.opened().push((session.scope.clone(), session.number));
                Ok(session)
            }
            Judged::Refused(message) => {
                self.sessions.refuse(turn, &message).await;
                Err(HttpError::new(HttpErrorKind::Auth, message))
            }
            Judged::Failed(error) => {
                self.sessions.give_back(turn).await;
                Err(error)
            }
        }
    }

    /// Counts and sends a login. Its line in the trace has no headers and no bodies.
    async fn send_login(&self, login: &PreparedLogin, turn: &Turn) -> Result<WireAnswer, HttpError> {
        let request = login.request(&self.spec, turn);
        let url = login.address.as_str();
        let place = self.trace.begin(&request.wire.method, url, &[], &Bytes::new(), (self.clock)());
        self.trace.hide(place);
        let outcome = match self.limiter.admit(&request.costs).await {
            Ok(permit) => {
                let outcome = self.transport.send(request.wire).await;
                self.limiter.ended(permit, Ended::of(&outcome)).await;
                outcome.map_err(super::http_error)
            }
            Err(refusal) => Err(super::rate_limited(refusal)),
        };
        let outcome = outcome.map_err(|error| HttpError {
            message: format!("the login failed: {}", self.scrubber().scrub_text(&error.message)),
            ..error
        });
        self.trace.end(place, bare(&outcome), 0, (self.clock)());
        outcome
    }

    /// Whether this call has opened the session itself.
    fn has_opened(&self, session: &Session) -> bool {
        self.opened().iter().any(|(scope, number)| *scope == session.scope && *number == session.number)
    }
}

fn bare(outcome: &Result<WireAnswer, HttpError>) -> Result<Answer, HttpError> {
    let answer = outcome.as_ref().map_err(Clone::clone)?;
    Ok(Answer { status: answer.status, headers: Vec::new(), body: Bytes::new() })
}

fn remembered(message: &str) -> String {
    format!(
        "{message} (so it was answered before; a login is not tried again until somebody changes the secrets or asks with `windlass connection check NAME`)"
    )
}

fn unavailable(message: String) -> HttpError {
    HttpError::new(HttpErrorKind::Transport, message)
}
