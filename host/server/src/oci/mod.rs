//! Components in OCI registries, as the CNCF's Wasm artifacts: a config of its own type and one layer, the
//! component. The spec and the signature stand in the manifest, so that what a connector asks for can be read
//! before its code is fetched.
//!
//! Only the command line speaks to registries. A host does not: it stays closed to all but its vendors.

mod artifact;
mod credentials;
mod registry;

pub use artifact::{Artifact, Resolved};
pub use registry::Registry;

/// How a reference begins.
pub const SCHEME: &str = "oci://";

/// Why a registry does not give or take a component.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    #[error("`{0}` names nothing in a registry: {1}")]
    Reference(String, String),
    #[error("cannot read the registry's credentials: {0}")]
    Credentials(String),
    #[error("{0}")]
    Registry(String),
    /// Something is there, and it is not a component of ours.
    #[error("{0}")]
    NotOurs(String),
}

impl OciError {
    pub fn hint(&self) -> &'static str {
        match self {
            OciError::Reference(..) => "write it like oci://registry.example/connectors/shop:1.0.0",
            OciError::Credentials(_) => {
                "`docker login REGISTRY` writes them; DOCKER_CONFIG names their folder"
            }
            OciError::Registry(_) => {
                "is the name right, may you read it (`docker login REGISTRY`), and does it speak https? \
                 Plain http is spoken on loopback and with --plain-http"
            }
            OciError::NotOurs(_) => "`windlass connector push FILE oci://…` makes what is expected here",
        }
    }
}
