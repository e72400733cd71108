//! A connection's secrets while they are in memory.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use zeroize::Zeroizing;

use super::scrub::Scrubber;

/// Tokens that are looked for at one time: the present ones of several logins, and those before them,
/// which a vendor may still repeat. Each costs another look at every body.
const SESSIONS_KNOWN: usize = 4;

/// A secret text: erased when dropped, and silent in every output.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// How a field is scrubbed: an identifier is a name, such as a user name, which may stand in data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    Secret,
    Identifier,
}

/// The secrets of one connection, by property of the spec's `config`.
#[derive(Debug, Default)]
pub struct Credentials {
    fields: BTreeMap<String, (Secret, CredentialKind)>,
    /// Building it takes longer than a small call: once is enough.
    scrubber: OnceLock<Arc<Scrubber>>,
    /// Tokens of sessions that were used, the newest last, each with what finds it.
    sessions: Mutex<Vec<(Secret, Scrubber)>>,
}

impl Credentials {
    pub fn new(fields: impl IntoIterator<Item = (String, Secret, CredentialKind)>) -> Self {
        let fields = fields.into_iter().map(|(name, secret, kind)| (name, (secret, kind))).collect();
        Credentials { fields, scrubber: OnceLock::new(), sessions: Mutex::default() }
    }

    /// The properties that have a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// Knows all of them in all their forms.
    pub fn scrubber(&self) -> Arc<Scrubber> {
        self.scrubber.get_or_init(|| Arc::new(Scrubber::new(self))).clone()
    }

    /// From now on the token of a session is looked for in all that comes back.
    pub(super) fn add_session(&self, token: &Secret) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.iter().any(|(known, _)| known.expose() == token.expose()) {
            return;
        }
        let alone = [("token".to_owned(), token.clone(), CredentialKind::Secret)];
        sessions.push((token.clone(), Scrubber::new(&Credentials::new(alone))));
        let beyond = sessions.len().saturating_sub(SESSIONS_KNOWN);
        sessions.drain(..beyond);
    }

    /// A scrubber that knows the tokens of sessions too.
    pub(super) fn with_sessions(&self, scrubber: &Arc<Scrubber>) -> Arc<Scrubber> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        match sessions.is_empty() {
            true => scrubber.clone(),
            false => Arc::new(scrubber.and(sessions.iter().map(|(_, scrubber)| scrubber))),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.fields.get(name).map(|(secret, _)| secret)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Secret, CredentialKind)> {
        self.fields.values().map(|(secret, kind)| (secret, *kind))
    }
}
