//! What an address leads to: everything that a request is judged by, made once and kept.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use windlass_db::{Connection, DbError, NewDelivery, Webhook};
use windlass_sandbox::{
    egress::{Scrubber, Secret},
    spec,
};

use super::{Arrived, address, clean, identity, room::TargetRoom, verify};
use crate::{host::Host, run::credentials_of};

/// Addresses whose targets are kept: a few kilobytes each.
const MOST_KEPT: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// The targets that were asked for last.
pub struct Targets(Mutex<Kept>);

struct Kept {
    /// By the hash of their address.
    targets: LruCache<String, Arc<Target>>,
    /// By webhook: a target that is made anew has the room that the former one had.
    rooms: LruCache<i64, Arc<TargetRoom>>,
}

/// One webhook of one connection, as it was when this was made.
pub struct Target {
    pub declared: spec::Webhook,
    pub room: Arc<TargetRoom>,
    webhook: Webhook,
    connection: Connection,
    digest: String,
    secret: Option<Secret>,
    scrubber: Arc<Scrubber>,
}

#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// Too many addresses are looked up in this moment.
    #[error("too many addresses are looked up")]
    NoRoom,
    /// The connection's secrets, or its connector, cannot be had.
    #[error("{0}")]
    Unusable(String),
}

impl Default for Targets {
    fn default() -> Self {
        Targets(Mutex::new(Kept { targets: LruCache::new(MOST_KEPT), rooms: LruCache::new(MOST_KEPT) }))
    }
}

impl Targets {
    /// What stands at an address; none if nothing does. A kept target may have been changed on another host:
    /// that is noticed when its delivery is accepted.
    pub async fn find(
        &self,
        host: &Host,
        connection: &str,
        webhook: &str,
        secret: &str,
    ) -> Result<Option<Arc<Target>>, TargetError> {
        let hash = address::hash(&host.keys, secret);
        let kept = self.lock().targets.get(&hash).cloned();
        let target = match kept.filter(|target| target.is_active(host)) {
            Some(target) => Some(target),
            None => self.make(host, hash, secret).await?,
        };
        Ok(target.filter(|target| target.connection.name == connection && target.webhook.name == webhook))
    }

    /// Whether a kept target is still what stands at its address.
    pub async fn is_current(&self, host: &Host, target: &Target) -> Result<bool, TargetError> {
        let _turn = host.webhooks.room.look_up().await.map_err(|_| TargetError::NoRoom)?;
        let Some(webhook) = host.db.webhook(target.webhook.id).await? else { return Ok(false) };
        let connection = host.db.connection_by_id(webhook.connection).await?;
        let revision = connection.map(|connection| connection.revision);
        Ok(webhook.address == target.webhook.address && revision == Some(target.connection.revision))
    }

    /// Forgets what no longer holds, if nobody has yet.
    pub fn forget(&self, target: &Arc<Target>) {
        let mut kept = self.lock();
        let address = &target.webhook.address;
        if kept.targets.peek(address).is_some_and(|present| Arc::ptr_eq(present, target)) {
            kept.targets.pop(address);
        }
    }

    async fn make(
        &self,
        host: &Host,
        hash: String,
        secret: &str,
    ) -> Result<Option<Arc<Target>>, TargetError> {
        let _turn = host.webhooks.room.look_up().await.map_err(|_| TargetError::NoRoom)?;
        let Some(webhook) = address::find(host, secret).await? else { return Ok(None) };
        let room = self.lock().rooms.get_or_insert(webhook.id, Arc::default).clone();
        let Some(target) = Target::make(host, webhook, room).await? else { return Ok(None) };
        let mut kept = self.lock();
        // Others who asked at the same time have made it, too.
        if let Some(present) = kept.targets.get(&hash).filter(|present| present.is_like(&target)) {
            return Ok(Some(present.clone()));
        }
        let target = Arc::new(target);
        kept.targets.put(hash, target.clone());
        Ok(Some(target))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Target {
    /// None if the connection is gone, or the active version declares no such webhook.
    async fn make(
        host: &Host,
        webhook: Webhook,
        room: Arc<TargetRoom>,
    ) -> Result<Option<Target>, TargetError> {
        let Some(connection) = host.db.connection_by_id(webhook.connection).await? else { return Ok(None) };
        let connector = host.registry.of(&host.db, &host.sandbox, &connection).await;
        let connector = connector.map_err(|error| TargetError::Unusable(error.to_string()))?;
        let Some(declared) = connector.spec.webhook(&webhook.name).cloned() else { return Ok(None) };
        let credentials = credentials_of(host, &connector.spec, &connection).await;
        let credentials = credentials.map_err(|error| TargetError::Unusable(error.to_string()))?;
        let property = declared.verify.secret_property();
        Ok(Some(Target {
            secret: property.and_then(|name| credentials.get(name)).cloned(),
            scrubber: credentials.scrubber(),
            digest: connector.digest.clone(),
            room,
            declared,
            webhook,
            connection,
        }))
    }

    /// Whether it is the version its connection runs that declares it so.
    fn is_active(&self, host: &Host) -> bool {
        let Connection { id, connector, .. } = &self.connection;
        host.registry.last_digest_of(*id, connector).as_deref() == Some(self.digest.as_str())
    }

    fn is_like(&self, other: &Target) -> bool {
        (&self.digest, self.connection.revision) == (&other.digest, other.connection.revision)
    }

    /// The names of connection and webhook, for logs.
    pub fn names(&self) -> (&str, &str) {
        (&self.connection.name, &self.webhook.name)
    }

    /// Whether the request is the vendor's.
    pub fn verify(&self, arrived: &Arrived) -> Result<(), verify::Unverified> {
        verify::verify(&self.declared.verify, self.secret.as_ref().map(Secret::expose), arrived)
    }

    /// A verified request as it is kept: without secrets.
    pub fn delivery(&self, arrived: &Arrived) -> NewDelivery {
        let identity = identity::of(&self.declared, arrived);
        let secret = self.secret.as_ref().map(Secret::expose);
        let clean = clean::clean(&self.declared.verify, secret, &self.scrubber, arrived);
        NewDelivery {
            webhook: self.webhook.id,
            address: self.webhook.address.clone(),
            revision: self.connection.revision,
            identity: identity.bytes,
            repeats: identity.repeats,
            event_id: identity.event_id.map(|text| self.scrubber.scrub_text(&text)),
            ordering: identity.ordering.map(|text| self.scrubber.scrub_text(&text)),
            method: clean.method,
            query: clean.query,
            headers: serde_json::json!(clean.headers).to_string(),
            body: clean.body.into(),
        }
    }
}
