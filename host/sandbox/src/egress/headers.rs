//! Which headers a guest may set.

use super::attach::header_of;
use crate::spec::{Attach, is_owned_by_the_host};

/// Checks the guest's headers for an address to which `attached` is attached. The error names the first
/// one that is refused, and why. Where the spec attaches nothing, a guest may send what its caller gave
/// it under the same name: the token of a user, say.
pub(super) fn check(headers: &[(String, String)], attached: &[Attach], max: usize) -> Result<(), String> {
    if headers.len() > max {
        return Err(format!("the request has {} headers; at most {max} are sent", headers.len()));
    }
    headers.iter().try_for_each(|(name, value)| check_one(name, value, attached))
}

/// Whether the guest's query has a parameter that `auth` attaches: two of a kind could be read
/// either way.
pub(super) fn check_query(url: &url::Url, attached: &[Attach]) -> Result<(), String> {
    let queries = attached.iter().filter_map(|attachment| match attachment {
        Attach::Query { query, .. } => Some(query),
        _ => None,
    });
    for query in queries {
        if url.query_pairs().any(|(name, _)| name == query.as_str()) {
            return Err(format!("the parameter `{query}` is attached by the spec's `auth`; leave it out"));
        }
    }
    Ok(())
}

fn check_one(name: &str, value: &str, attached: &[Attach]) -> Result<(), String> {
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
    if attached.iter().filter_map(header_of).any(|header| header.eq_ignore_ascii_case(name)) {
        return Err(format!("the header `{name}` is attached by the spec's `auth`; leave it out"));
    }
    Ok(())
}
