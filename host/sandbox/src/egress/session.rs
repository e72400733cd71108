//! Sessions: what a login gave, kept for all calls and hosts that share the credential.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::credentials::Secret;

/// Where sessions are kept. One login at a time for each credential, over all hosts.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session of a credential, or the turn to log in. Waits while another call has the turn; an
    /// error when that takes too long. `refused` is the number of a session that the vendor no longer
    /// accepts: a newer one is given, or the turn.
    async fn look(&self, credential: &Credential, refused: Option<i64>) -> Result<Look, String>;

    /// Ends a turn with a session, which is kept when it returns. An error when the turn was lost
    /// meanwhile, or the credential changed.
    async fn open(&self, turn: Turn, opened: Opened) -> Result<Session, String>;

    /// Ends a turn: the vendor does not accept the credential, and must not be asked again before a
    /// person has done something.
    async fn refuse(&self, turn: Turn, message: &str);

    /// Ends a turn without a result: the next one to look tries again.
    async fn give_back(&self, turn: Turn);
}

/// Names a credential at a login: equal for equal logins with equal secrets. It holds them, so that it
/// is hashed before it is kept.
pub struct Credential(Vec<Zeroizing<String>>);

impl Credential {
    pub(super) fn new(parts: Vec<Zeroizing<String>>) -> Self {
        Credential(parts)
    }

    pub fn parts(&self) -> Vec<&str> {
        self.0.iter().map(|part| part.as_str()).collect()
    }
}

/// What is known of a credential.
pub enum Look {
    Session(Session),
    Turn(Turn),
    /// What the vendor said to an earlier login.
    Refused(String),
}

/// A session that the vendor has given.
#[derive(Debug, Clone)]
pub struct Session {
    /// Names the credential without revealing it.
    pub scope: Arc<str>,
    /// Which of the credential's sessions it is.
    pub number: i64,
    pub token: Secret,
}

/// The turn to log in: nobody else does meanwhile. Dropping it leaves it taken until its time is over.
#[derive(Debug)]
pub struct Turn {
    pub scope: Arc<str>,
    pub number: i64,
    /// When it was taken; Unix milliseconds, by the clock of those who keep sessions.
    pub taken_at: i64,
    /// The refresh token that the session before came with.
    pub refresh: Option<Secret>,
}

/// What a login gave.
pub struct Opened {
    pub token: Secret,
    /// From the moment of the login on; none if nobody knows.
    pub lifetime: Option<Duration>,
    /// Replaces the refresh token that was used.
    pub refresh: Option<Secret>,
}
