//! Headers that belong to the host: neither a connector nor a spec sets them.

/// Hop-by-hop and framing headers would let two parties disagree on where a request ends; `Host` and
/// the forwarding family would let a request pass for another's; the method overrides would let an
/// unsafe request pass for a safe one.
const OWNED: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-real-ip",
];
const OWNED_FAMILIES: &[&str] = &["proxy-", "x-forwarded-"];

/// Whether only the host may set the header. Case does not matter.
pub(crate) fn is_owned_by_the_host(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    OWNED.contains(&name.as_str()) || OWNED_FAMILIES.iter().any(|family| name.starts_with(family))
}
