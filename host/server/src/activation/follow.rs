//! A host follows what is in use: it loads the code, and gives connections what their version brings.

use std::collections::HashMap;

use windlass_db::{Connection, ConnectionKind, InUse};
use windlass_sandbox::spec::Spec;

use crate::{
    connections::ensure_streams,
    flows,
    host::Host,
    problem::Problem,
    registry::{Followed, RegistryError},
    webhooks,
};

/// Loads what is in use, switches this host to it, and gives connections that run another version than
/// before the streams and webhook addresses that it brings.
pub async fn follow(host: &Host) -> Result<InUse, RegistryError> {
    let Followed { in_use, differs } = host.registry.follow(&host.db, &host.sandbox).await?;
    if !differs {
        return Ok(in_use);
    }
    let connections = [host.db.connections().await?, host.db.flows().await?].concat();
    let mut run: HashMap<i64, String> = HashMap::with_capacity(connections.len());
    for connection in &connections {
        let Some(digest) = host.registry.digest_of(connection) else { continue };
        // Where it cannot be loaded, that was said when it was tried.
        let Some(connector) = host.registry.loaded(&digest) else { continue };
        if !host.registry.was_followed(connection.id, &digest) {
            bring(host, connection, &connector.spec).await;
        }
        run.insert(connection.id, digest);
    }
    host.registry.followed(run);
    Ok(in_use)
}

/// One bad connection must not keep the others from being followed.
async fn bring(host: &Host, connection: &Connection, spec: &Spec) {
    let brought: Result<(), Problem> = match connection.kind {
        ConnectionKind::Connector => ensure_streams(host, connection, spec).await,
        ConnectionKind::Flow => flows::follow_version(host, connection, spec).await,
    };
    if let Err(error) = brought {
        tracing::error!(connection = connection.name, %error, "cannot add the streams of a version");
    }
    if let Err(error) = webhooks::ensure(host, connection, spec).await {
        tracing::error!(connection = connection.name, %error, "cannot add the webhooks of a version");
    }
}
