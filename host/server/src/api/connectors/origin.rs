//! Where a component came from and who signed it, as requests say it and answers show it.

use axum::http::HeaderMap;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use windlass_db::Origin;

use crate::{
    problem::Problem,
    signing::{Offer, Source, minisign},
};

/// Base64 of the text of a `.minisig`.
const SIGNATURE_HEADER: &str = "windlass-signature";
/// As long as the reference of a registry gets, with its digest.
const MOST_SOURCE_BYTES: usize = 1 << 10;

#[derive(Serialize)]
pub struct SignatureView {
    key: String,
    comment: String,
}

/// What an install offers beside the bytes.
pub fn offer(told: Option<String>, headers: &HeaderMap) -> Result<Offer, Problem> {
    Offer::new(source(told)?, signature(headers)?.as_deref())
}

/// A signature that nobody has verified says nothing.
pub fn signature_view(origin: &Origin) -> Option<SignatureView> {
    let (key, text) = (origin.key_id.clone()?, origin.signature.as_deref()?);
    Some(SignatureView { key, comment: minisign::trusted_comment(text).to_owned() })
}

fn source(told: Option<String>) -> Result<Source, Problem> {
    let Some(told) = told else { return Ok(Source::Upload) };
    let is_pinned = told.starts_with("oci://") && told.contains("@sha256:");
    match is_pinned && told.len() <= MOST_SOURCE_BYTES && !told.contains(char::is_control) {
        true => Ok(Source::Oci(told)),
        false => Err(Problem::bad_param("source", "is oci://HOST/REPOSITORY@sha256:DIGEST")),
    }
}

fn signature(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(header) = headers.get(SIGNATURE_HEADER) else { return Ok(None) };
    let text = BASE64_STANDARD.decode(header.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Some).ok_or_else(|| {
        Problem::bad_request("connector.signature", "the header Windlass-Signature is not base64 of a text")
            .hint("give it as `base64 -w0 FILE.minisig` writes it")
    })
}
