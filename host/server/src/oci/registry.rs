//! Speaking to a registry.

use std::{net::IpAddr, time::Duration};

use axum::http::HeaderValue;
use futures_util::TryStreamExt;
use oci_client::{
    Client, Reference,
    client::{ClientConfig, ClientProtocol},
    manifest::OCI_IMAGE_MEDIA_TYPE,
    secrets::RegistryAuth,
};
use windlass_sandbox::digest;

use super::{Artifact, OciError, Resolved, SCHEME, credentials};

const CONNECT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer.
const READ: Duration = Duration::from_secs(60);

/// One name in a registry.
pub struct Registry {
    client: Client,
    auth: RegistryAuth,
    reference: Reference,
}

impl Registry {
    /// Asks nothing yet. Plain http is spoken on loopback, and elsewhere only if a person says so.
    pub fn of(reference: &str, plain_http: bool) -> Result<Registry, OciError> {
        let name = reference.strip_prefix(SCHEME).unwrap_or(reference);
        let named: Reference =
            name.parse().map_err(|error| OciError::Reference(reference.to_owned(), format!("{error}")))?;
        let protocol = match plain_http || is_loopback(named.resolve_registry()) {
            true => ClientProtocol::Http,
            false => ClientProtocol::Https,
        };
        // Another part of the program may have been first, with the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = ClientConfig {
            protocol,
            connect_timeout: Some(CONNECT),
            read_timeout: Some(READ),
            // One component is for every machine.
            platform_resolver: None,
            ..ClientConfig::default()
        };
        let client = Client::try_from(config).map_err(|error| OciError::Registry(error.to_string()))?;
        Ok(Registry { client, auth: credentials::of(named.resolve_registry())?, reference: named })
    }

    /// Reads the manifest alone.
    pub async fn resolve(&self) -> Result<Resolved, OciError> {
        let found = self.client.pull_image_manifest(&self.reference, &self.auth).await;
        let (manifest, digest) = found.map_err(|error| self.failed(&error))?;
        Resolved::read(self.pinned(&digest), manifest)
    }

    /// Fetches the component; what is not what the manifest says is refused.
    pub async fn fetch(&self, resolved: &Resolved) -> Result<Vec<u8>, OciError> {
        let layer = self.client.pull_blob_stream(&self.reference, &resolved.layer).await;
        let mut layer = layer.map_err(|error| self.failed(&error))?;
        let (mut wasm, most) = (Vec::new(), usize::try_from(resolved.layer.size).unwrap_or(0));
        while let Some(piece) = layer.try_next().await.map_err(|error| self.failed(&error))? {
            if wasm.len() + piece.len() > most {
                let why = format!("the layer of {} is longer than its manifest says", resolved.reference);
                return Err(OciError::NotOurs(why));
            }
            wasm.extend_from_slice(&piece);
        }
        resolved.verified(wasm)
    }

    /// Gives what was pushed by its digest: `oci://…@sha256:…`. The tag is the last to know.
    pub async fn push(&self, artifact: Artifact) -> Result<String, OciError> {
        let Artifact { config, layer, manifest } = artifact;
        self.client.store_auth_if_needed(self.reference.resolve_registry(), &self.auth).await;
        for (name, bytes) in
            [(&manifest.layers[0].digest, layer.data), (&manifest.config.digest, config.data)]
        {
            let pushed = self.client.push_blob(&self.reference, bytes, name).await;
            pushed.map_err(|error| self.failed(&error))?;
        }
        // Written here: the client's own form of JSON leaves line ends in texts as they are.
        let body = serde_json::to_vec(&manifest).map_err(|error| self.failed(&error))?;
        let pinned = self.pinned(&format!("sha256:{}", digest(&body)));
        let kind = HeaderValue::from_static(OCI_IMAGE_MEDIA_TYPE);
        let pushed = self.client.push_manifest_raw(&self.reference, body, kind).await;
        pushed.map_err(|error| self.failed(&error))?;
        Ok(pinned)
    }

    fn pinned(&self, digest: &str) -> String {
        format!("{SCHEME}{}/{}@{digest}", self.reference.registry(), self.reference.repository())
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> OciError {
        OciError::Registry(format!("{SCHEME}{}: {error}", self.reference.whole()))
    }
}

/// Whether a registry (`HOST` or `HOST:PORT`) is on this machine.
fn is_loopback(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for registry in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.0.1", "[::1]:5000"] {
            assert!(is_loopback(registry), "{registry}");
        }
        for registry in ["localhost.example:5000", "10.0.0.1:5000", "registry.example", "127.0.0.1.example"] {
            assert!(!is_loopback(registry), "{registry}");
        }
    }
}
