//! Other hosts: each says that it lives and what it has loaded, and a switch waits for all that live.

use std::{collections::BTreeMap, time::Duration};

use windlass_db::DbError;

use crate::host::Host;

/// A host says every second that it lives; one that has missed several times is taken for dead.
const LIVES_MS: i64 = 5_000;
/// Long enough to compile the largest component on a busy machine. After that the switch is made all the
/// same: one host that cannot follow must not keep the others on an old version.
const LOAD_MOST: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A host that has not loaded a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateHost {
    pub name: String,
    pub why: String,
}

/// Says that this host lives. The only host of a database has nobody to tell.
pub async fn seen(host: &Host) -> Result<(), DbError> {
    if host.db.is_single_host() {
        return Ok(());
    }
    let loaded = serde_json::to_string(&host.registry.report()).unwrap_or_default();
    host.db.host_seen(host.db.now().await?, &host.name, &loaded).await
}

/// This host ends.
pub async fn leave(host: &Host) -> Result<(), DbError> {
    if host.db.is_single_host() { Ok(()) } else { host.db.host_gone(&host.name).await }
}

/// Waits until every live host has loaded the version, within a bound; gives those that have not.
pub async fn loaded_by_all(host: &Host, digest: &str) -> Result<Vec<LateHost>, DbError> {
    if host.db.is_single_host() {
        return Ok(Vec::new());
    }
    let started = tokio::time::Instant::now();
    loop {
        let late = late(host, digest).await?;
        let are_waited_for = late.iter().any(|(_, why)| why.is_none());
        if !are_waited_for || started.elapsed() >= LOAD_MOST || host.is_draining() {
            let why = || format!("it has not loaded it within {} s", LOAD_MOST.as_secs());
            let named = late.into_iter().map(|(name, said)| LateHost { name, why: said.unwrap_or_else(why) });
            return Ok(named.collect());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Hosts without the version, and why they cannot load it, if they have tried.
async fn late(host: &Host, digest: &str) -> Result<Vec<(String, Option<String>)>, DbError> {
    let seen = host.db.hosts_seen(host.db.now().await? - LIVES_MS).await?;
    let others = seen.into_iter().filter(|seen| seen.name != host.name);
    let without = others.filter_map(|seen| {
        let loaded: BTreeMap<String, Option<String>> = serde_json::from_str(&seen.loaded).unwrap_or_default();
        match loaded.get(digest) {
            Some(None) => None,
            Some(Some(why)) => Some((seen.name, Some(why.clone()))),
            None => Some((seen.name, None)),
        }
    });
    Ok(without.collect())
}
