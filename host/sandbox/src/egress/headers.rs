//! Which headers a guest may set.

use super::{attach::header_of, grant::Grant};
use crate::spec::{Attach, is_owned_by_the_host};

/// Checks the guest's headers. The error names the first one that is refused, and why.
pub(super) fn check(headers: &[(String, String)], grant: &Grant, max: usize) -> Result<(), String> {
    if headers.len() > max {
        return Err(format!("the request has {} headers; at most {max} are sent", headers.len()));
    }
    headers.iter().try_for_each(|(name, value)| check_one(name, value, grant))
}

/// Whether the guest's query has a parameter that `auth` attaches: two of a kind could be read
/// either way.
pub(super) fn check_query(url: &url::Url, grant: &Grant) -> Result<(), String> {
    let attached = grant.all_attachments().filter_map(|attachment| match attachment {
        Attach::Query { query, .. } => Some(query),
        _ => None,
    });
    for query in attached {
        if url.query_pairs().any(|(name, _)| name == query.as_str()) {
            return Err(format!("the parameter `{query}` is attached by the spec's `auth`; leave it out"));
        }
    }
    Ok(())
}

fn check_one(name: &str, value: &str, grant: &Grant) -> Result<(), String> {
    let is_name_byte = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_name_byte) {
        return Err(format!("`{}` is not a header name", name.escape_debug()));
    }
    if !value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~' | 0x80..)) {
        return Err(format!(
            "the value of the header `{name}` has a line break or another control character"
        ));
    }
    if is_owned_by_the_host(name) {
        return Err(format!("the header `{name}` is set by the host alone; leave it out"));
    }
    if name.eq_ignore_ascii_case("cookie") {
        return Err(
            "the header `cookie` carries sessions; if the vendor needs one, attach it by the spec's `auth`"
                .to_owned(),
        );
    }
    if grant.all_attachments().filter_map(header_of).any(|attached| attached.eq_ignore_ascii_case(name)) {
        return Err(format!("the header `{name}` is attached by the spec's `auth`; leave it out"));
    }
    Ok(())
}
