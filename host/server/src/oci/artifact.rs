//! What a manifest says, both ways.

use std::collections::BTreeMap;

use oci_client::{
    client::{Config, ImageLayer},
    manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest},
};
use serde::Serialize;
use windlass_sandbox::{Connector, MOST_COMPONENT_BYTES, digest};

use super::OciError;

/// What the CNCF's layout of Wasm artifacts says.
const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
const LAYER_TYPE: &str = "application/wasm";
/// The layout has no place of its own for them; other readers pass over annotations that they do not know.
const SPEC: &str = "windlass:connector/spec";
const SIGNATURE: &str = "windlass:connector/signature";

/// A component to be pushed.
pub struct Artifact {
    pub config: Config,
    pub layer: ImageLayer,
    pub manifest: OciImageManifest,
}

/// A component that was found, and not fetched yet.
pub struct Resolved {
    /// What was found, by its digest: `oci://…@sha256:…`.
    pub reference: String,
    pub layer: OciDescriptor,
    /// What the component says of itself, by whoever pushed it. The host asks the component.
    pub spec: Option<String>,
    /// The text of a `.minisig`.
    pub signature: Option<String>,
}

/// The config's content. (`created` is what readers expect to be there.)
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WasmConfig {
    created: String,
    architecture: &'static str,
    os: &'static str,
    layer_digests: Vec<String>,
    component: Interfaces,
}

#[derive(Serialize)]
struct Interfaces {
    exports: Vec<String>,
    imports: Vec<String>,
}

impl Artifact {
    /// `created` is when the component was: the same file makes the same artifact.
    pub fn new(
        connector: &Connector,
        wasm: Vec<u8>,
        signature: Option<String>,
        created: String,
    ) -> Result<Artifact, OciError> {
        let (imports, exports) = connector.interfaces();
        let config = WasmConfig {
            created,
            architecture: "wasm",
            os: "wasip2",
            layer_digests: vec![format!("sha256:{}", connector.digest)],
            component: Interfaces { exports, imports },
        };
        let config = serde_json::to_vec(&config).map_err(|error| OciError::NotOurs(error.to_string()))?;
        let config = Config::new(config, CONFIG_TYPE.to_owned(), None);
        let layer = ImageLayer::new(wasm, LAYER_TYPE.to_owned(), None);
        let mut annotations = BTreeMap::from([
            ("org.opencontainers.image.title".to_owned(), connector.spec.name.clone()),
            ("org.opencontainers.image.version".to_owned(), connector.spec.version.to_string()),
            (SPEC.to_owned(), connector.spec_json.clone()),
        ]);
        annotations.extend(signature.map(|text| (SIGNATURE.to_owned(), text)));
        let mut manifest = OciImageManifest::build(std::slice::from_ref(&layer), &config, Some(annotations));
        manifest.media_type = Some(OCI_IMAGE_MEDIA_TYPE.to_owned());
        Ok(Artifact { config, layer, manifest })
    }
}

impl Resolved {
    /// Reads a manifest; refuses what is not one component.
    pub fn read(reference: String, manifest: OciImageManifest) -> Result<Resolved, OciError> {
        let refuse = |why: String| Err(OciError::NotOurs(format!("{reference} is not a component: {why}")));
        if manifest.config.media_type != CONFIG_TYPE {
            return refuse(format!("its config is {}, not {CONFIG_TYPE}", manifest.config.media_type));
        }
        let layers = manifest.layers.len();
        let layer = match manifest.layers.into_iter().next() {
            Some(layer) if layers == 1 && layer.media_type == LAYER_TYPE => layer,
            _ => return refuse(format!("it has {layers} layers and not one of the type {LAYER_TYPE}")),
        };
        if u64::try_from(layer.size).is_ok_and(|size| size > MOST_COMPONENT_BYTES as u64) {
            return refuse(format!("it has over {} MiB", MOST_COMPONENT_BYTES >> 20));
        }
        let mut annotations = manifest.annotations.unwrap_or_default();
        let (spec, signature) = (annotations.remove(SPEC), annotations.remove(SIGNATURE));
        Ok(Resolved { reference, layer, spec, signature })
    }

    /// The layer's bytes, if they are what the manifest says.
    pub fn verified(&self, wasm: Vec<u8>) -> Result<Vec<u8>, OciError> {
        let found = format!("sha256:{}", digest(&wasm));
        match found == self.layer.digest {
            true => Ok(wasm),
            false => Err(OciError::NotOurs(format!(
                "the layer of {} is {found}, not {}",
                self.reference, self.layer.digest
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Resolved;

    fn read(config: &str, layers: &[(&str, i64)]) -> Result<Resolved, String> {
        let layer = |(kind, size): &(&str, i64)| json!({ "mediaType": kind, "size": size, "digest": format!("sha256:{}", super::digest(b"wasm")) });
        let manifest = json!({
            "schemaVersion": 2,
            "config": { "mediaType": config, "size": 1, "digest": "sha256:00" },
            "layers": layers.iter().map(layer).collect::<Vec<_>>(),
            "annotations": { "windlass:connector/spec": "{}", "other": "x" },
        });
        let manifest = serde_json::from_value(manifest).unwrap();
        Resolved::read("oci://r/a@sha256:1".to_owned(), manifest).map_err(|error| error.to_string())
    }

    #[test]
    fn only_one_component_is_read() {
        let ours = "application/vnd.wasm.config.v0+json";
        let found = read(ours, &[("application/wasm", 4)]).unwrap();
        assert_eq!((found.spec.as_deref(), found.signature.as_deref()), (Some("{}"), None));
        assert_eq!(found.verified(b"wasm".to_vec()).unwrap(), b"wasm");
        assert!(found.verified(b"was".to_vec()).unwrap_err().to_string().contains("not sha256:"));
        for (config, layers, why) in [
            ("application/vnd.oci.image.config.v1+json", &[("application/wasm", 4)][..], "its config is"),
            (ours, &[], "it has 0 layers"),
            (ours, &[("application/wasm", 4), ("application/wasm", 4)], "it has 2 layers"),
            (ours, &[("application/x-tar", 4)], "not one of the type"),
            (ours, &[("application/wasm", 65 << 20)], "it has over 64 MiB"),
        ] {
            let refusal = read(config, layers).err().unwrap();
            assert!(refusal.contains(why), "{refusal}");
        }
    }
}
