//! Attaches credentials to a request, as the spec's `auth` says.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::{credentials::Credentials, grant::Grant};
use crate::spec::{Attach, Basic, Spec, expand, names, text_of};

/// RFC 3986: what is left as it is in a query value.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Attaches what the grant says for this address. A credential with a property that has no value is
/// left out: it is optional, or the configuration would not be valid. An error names the property
/// whose value cannot be sent.
pub(super) fn attach(
    grant: &Grant,
    config: &Value,
    credentials: &Credentials,
    url: &mut Url,
    headers: &mut Vec<(String, String)>,
) -> Result<(), String> {
    for attachment in grant.attachments(&url.clone()) {
        match attachment {
            Attach::Header { header, value } => {
                if let Some(text) = fill(value, config, credentials) {
                    headers.push((header.to_ascii_lowercase(), sendable(header, value, &text)?));
                }
            }
            Attach::Query { query, value } => {
                if let Some(text) = fill(value, config, credentials) {
                    append_query(url, query, &text);
                }
            }
            Attach::Basic { basic } => {
                if let Some(pair) = pair(basic, config, credentials) {
                    headers.push((
                        "authorization".to_owned(),
                        format!("Basic {}", STANDARD.encode(pair.as_bytes())),
                    ));
                }
            }
            // What a login gives comes later: a session may have to be opened for it.
            Attach::Login { .. } | Attach::OAuth2 { .. } => {}
        }
    }
    Ok(())
}

/// The header that an attachment sets.
pub(super) fn header_of(attachment: &Attach) -> Option<&str> {
    match attachment {
        Attach::Header { header, .. } => Some(header),
        Attach::Basic { .. } | Attach::OAuth2 { .. } => Some("authorization"),
        Attach::Login { login } => Some(&login.apply.header),
        Attach::Query { .. } => None,
    }
}

/// `user:password` of every Basic credential in the spec that is configured.
pub(super) fn basic_pairs<'a>(
    spec: &'a Spec,
    config: &'a Value,
    credentials: &'a Credentials,
) -> impl Iterator<Item = Zeroizing<String>> + 'a {
    spec.auth.iter().flat_map(|rule| &rule.attach).filter_map(|attachment| match attachment {
        Attach::Basic { basic } => pair(basic, config, credentials),
        _ => None,
    })
}

fn pair(basic: &Basic, config: &Value, credentials: &Credentials) -> Option<Zeroizing<String>> {
    let username = fill(&basic.username, config, credentials)?;
    let password = fill(&basic.password, config, credentials)?;
    Some(Zeroizing::new(format!("{}:{}", *username, *password)))
}

/// A template with secrets and configuration filled in; secrets win. None when one has no value.
pub(super) fn fill(template: &str, config: &Value, credentials: &Credentials) -> Option<Zeroizing<String>> {
    expand(template, |name| value_of(name, config, credentials)).map(Zeroizing::new)
}

/// The names in a template that have no value.
pub(super) fn missing<'t>(template: &'t str, config: &Value, credentials: &Credentials) -> Vec<&'t str> {
    names(template).filter(|name| value_of(name, config, credentials).is_none()).collect()
}

fn value_of(name: &str, config: &Value, credentials: &Credentials) -> Option<String> {
    match credentials.get(name) {
        Some(secret) => Some(secret.expose().to_owned()),
        None => config.get(name).and_then(text_of),
    }
}

/// Visible ASCII and spaces: other bytes would be read differently at the other end, or end the
/// header.
pub(super) fn sendable(header: &str, template: &str, text: &str) -> Result<String, String> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) && text.trim() == text {
        return Ok(text.to_owned());
    }
    Err(format!(
        "the value of {template} cannot be sent in the header `{header}`: it has a line break, an outer space or a \
         character that is not ASCII; set it again"
    ))
}

fn append_query(url: &mut Url, name: &str, value: &str) {
    let encode = |text| utf8_percent_encode(text, UNRESERVED);
    let query = match url.query().filter(|query| !query.is_empty()) {
        Some(query) => format!("{query}&{}={}", encode(name), encode(value)),
        None => format!("{}={}", encode(name), encode(value)),
    };
    url.set_query(Some(&query));
}
