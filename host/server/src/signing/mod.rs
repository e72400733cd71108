//! Who made a component, and whether that is believed.
//!
//! Three questions, in the order of an install: is the signature true ([`verify`], which refuses a wrong
//! one whatever the policy), may the component be installed without one (`policy`), and is the name its
//! publisher's ([`claim`]). A name belongs to the key of its first signed version, until a person gives it to
//! another.

mod keys;
pub mod minisign;
mod policy;

use std::sync::Arc;

use windlass_db::{Origin, Publisher};

pub use keys::{change_publisher, forget_publisher, trust};
pub use policy::Policy;

use crate::{host::Host, problem::Problem};
use minisign::{PublicKey, Signature};
use policy::{Refusal, Signed, Word};

/// What came with a component.
pub struct Offer {
    pub source: Source,
    pub signature: Option<Signature>,
}

/// Where a component was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Sent by somebody with a token.
    Upload,
    /// A file in the watched folder.
    Folder(String),
    /// In a registry, by its digest: `oci://…@sha256:…`.
    Oci(String),
}

/// A component whose signature, if it has one that can be verified, is true.
pub struct Verified {
    signed: Signed,
    /// Why it is taken all the same, for whoever installs it.
    pub warning: Option<String>,
}

impl Offer {
    /// Without a signature, on the word of whoever sends it.
    pub fn upload() -> Offer {
        Offer { source: Source::Upload, signature: None }
    }

    /// Reads the signature that came beside the component.
    pub fn new(source: Source, signature: Option<&str>) -> Result<Offer, Problem> {
        let read = |text| {
            Signature::parse(text).ok_or_else(|| {
                Problem::unprocessable("connector.signature", "the signature is not one of minisign").hint(
                    "sign the component with `minisign -S -m FILE`, and give the FILE.minisig it writes",
                )
            })
        };
        Ok(Offer { source, signature: signature.map(read).transpose()? })
    }

    /// The component's origin as it is kept.
    pub fn origin(&self, digest: &str, verified: &Verified) -> Origin {
        let key_id = match &verified.signed {
            Signed::By { key_id, .. } => Some(key_id.clone()),
            _ => None,
        };
        Origin {
            digest: digest.to_owned(),
            source: self.source.text(),
            signature: self.signature.as_ref().map(|signature| signature.text.clone()),
            key_id,
        }
    }
}

impl Source {
    pub fn text(&self) -> String {
        match self {
            Source::Upload => "upload".to_owned(),
            Source::Folder(file) => format!("folder: {file}"),
            Source::Oci(reference) => reference.clone(),
        }
    }

    fn word(&self) -> Word {
        match self {
            Source::Upload => Word::Admin,
            Source::Folder(_) | Source::Oci(_) => Word::Nobody,
        }
    }
}

impl Verified {
    /// What is known of it, for people.
    pub fn says(&self) -> String {
        match &self.signed {
            Signed::No => "not signed".to_owned(),
            Signed::ByUnknown { key_id } => format!("by {key_id}, not trusted and so not verified"),
            Signed::By { key_id, .. } => format!("by {key_id}, verified"),
        }
    }
}

/// Verifies the signature of bytes that nobody has looked at yet, and asks the policy.
pub async fn verify(host: &Host, wasm: &Arc<Vec<u8>>, offer: &Offer) -> Result<Verified, Problem> {
    let signed = match offer.signature.clone() {
        None => Signed::No,
        Some(signature) => signed_by(host, wasm.clone(), signature).await?,
    };
    let admitted = policy::admits(host.settings.signature_policy, offer.source.word(), &signed);
    let warning = admitted.map_err(|refusal| refused(&refusal, "the component", &signed, None))?;
    let warning = warning.map(|why| format!("the component is taken although {why}"));
    if let Some(warning) = &warning {
        tracing::warn!(source = offer.source.text(), "{warning}");
    }
    Ok(Verified { signed, warning })
}

/// Gives the name to the publisher of its first signed version, and to no other. An administrator's own word
/// is taken against it, and told.
pub async fn claim(host: &Host, name: &str, offer: &Offer, verified: &mut Verified) -> Result<(), Problem> {
    let publisher = match &verified.signed {
        Signed::By { key_id, public } => {
            let us = Publisher { connector: name.to_owned(), key_id: key_id.clone(), public: public.clone() };
            Some(host.db.publisher_pin(host.db.now().await?, &us).await?)
        }
        _ => host.db.publisher(name).await?,
    };
    policy::may_be_named(offer.source.word(), &verified.signed, publisher.as_ref())
        .map_err(|refusal| refused(&refusal, name, &verified.signed, publisher.as_ref()))?;
    if let (Signed::No, Some(publisher)) = (&verified.signed, publisher) {
        let key = publisher.key_id;
        let warning = format!("{name} belongs to the publisher with the key {key}, and this is not signed");
        tracing::warn!(source = offer.source.text(), "{warning}");
        verified.warning = Some(warning);
    }
    Ok(())
}

/// A wrong signature is refused; so is one whose key only has the id of a trusted one.
async fn signed_by(host: &Host, wasm: Arc<Vec<u8>>, signature: Signature) -> Result<Signed, Problem> {
    let key_id = signature.key_id.clone();
    let trusted = host.db.trusted_keys().await?.into_iter().find(|key| key.id == key_id);
    let Some(trusted) = trusted else { return Ok(Signed::ByUnknown { key_id }) };
    let key = PublicKey::parse(&trusted.public)
        .ok_or_else(|| Problem::host(format!("the trusted key {key_id} cannot be read")))?;
    // Hashing megabytes is no work for an async thread.
    let is_true = tokio::task::spawn_blocking(move || signature.is_of(&key, &wasm));
    match is_true.await.map_err(Problem::host)? {
        true => Ok(Signed::By { key_id, public: trusted.public }),
        false => {
            let detail = format!("the signature is not that of {key_id} over these bytes");
            Err(Problem::unprocessable("connector.signature", detail)
                .hint("the file or its signature was changed or damaged: fetch both again, and do not trust this one"))
        }
    }
}

fn refused(refusal: &Refusal, what: &str, signed: &Signed, publisher: Option<&Publisher>) -> Problem {
    let theirs = publisher.map(|publisher| publisher.key_id.as_str()).unwrap_or_default();
    let ours = match signed {
        Signed::By { key_id, .. } | Signed::ByUnknown { key_id } => key_id.as_str(),
        Signed::No => "nobody",
    };
    match refusal {
        Refusal::Unsigned => {
            let whose = if theirs.is_empty() { String::new() } else { format!(", and belongs to {theirs}") };
            Problem::conflict("connector.unsigned", format!("{what} is not signed{whose}")).hint(
                "put FILE.minisig beside it (`minisign -S -m FILE`), or install the file yourself with \
                 `windlass connector install`; `--signature-policy warn` takes unsigned ones",
            )
        }
        Refusal::UnknownKey => {
            let detail = format!("{what} is signed by the key {ours}, which is not trusted");
            Problem::conflict("connector.signer-unknown", detail)
                .hint("if it is the publisher's key: `windlass connector key trust MINISIGN.PUB`, then install again")
        }
        Refusal::OtherPublisher => {
            let detail =
                format!("{what} belongs to the publisher with the key {theirs}; this is signed by {ours}");
            Problem::conflict("connector.publisher", detail).hint(format!(
                "if its publisher has really changed: `windlass connector publisher {what} --key {ours}`, then install again"
            ))
        }
    }
}
