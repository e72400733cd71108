//! Where a connector may send requests: scheme, host, port, path prefix.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use super::placeholders;

/// One entry of `hosts` with its placeholders filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRule {
    scheme: String,
    host: String,
    port: u16,
    /// Without a slash at its end; empty for the whole host.
    prefix: String,
    /// The spec itself says `http://`, not a configured address.
    plain_by_spec: bool,
}

impl HostRule {
    /// Reads `scheme://host[:port][/path-prefix]`, or `{property}[/path-prefix]` where the property
    /// holds an address. None when a property has no value: the rule then grants nothing.
    pub fn parse(
        template: &str,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<HostRule>, String> {
        let configured = whole_address(template).is_some();
        let Some(address) = address(template, value_of)? else { return Ok(None) };
        let url = normalise_address(&address)?;
        if url.query().is_some() {
            return Err(format!("{address} has a query, which cannot be granted"));
        }
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(format!("{address}: hosts are named one by one, without `*`"));
        }
        Ok(Some(HostRule {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            prefix: url.path().trim_end_matches('/').to_owned(),
            plain_by_spec: !configured && url.scheme() == "http",
        }))
    }

    /// Whether a normalised address stands under this rule.
    pub fn covers(&self, url: &Url) -> bool {
        url.scheme() == self.scheme
            && url.host_str() == Some(&self.host)
            && url.port_or_known_default() == Some(self.port)
            && is_under(url.path(), &self.prefix)
    }

    /// Whether the rule allows plain http to any address, because the operator read it in the spec.
    pub fn allows_plain_http(&self) -> bool {
        self.plain_by_spec
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if !matches!((self.scheme.as_str(), self.port), ("https", 443) | ("http", 80)) {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.prefix)
    }
}

/// The address that a template stands for, in either of the two forms of [`HostRule::parse`]. None when a
/// property has no value.
pub(crate) fn address(
    template: &str,
    value_of: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, String> {
    match whole_address(template) {
        Some((property, rest)) => Ok(value_of(property).map(|base| join(&base, rest))),
        None => expand_parts(template, value_of),
    }
}

/// An address in the one form in which it is checked, matched and sent: host in lower-case ASCII
/// without a dot at its end, dot segments resolved, no needless percent-encoding, no fragment.
pub(crate) fn normalise_address(address: &str) -> Result<Url, String> {
    let mut url =
        Url::parse(address).map_err(|error| format!("`{address}` is not an absolute address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{}` is not a scheme for requests; use https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "credentials inside an address are not allowed; the spec's `auth` attaches them".to_owned()
        );
    }
    url.set_fragment(None);
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        url.set_host(Some(&host)).map_err(|error| format!("`{address}` has no usable host: {error}"))?;
    }
    let path = plain_path(url.path());
    url.set_path(&path);
    if hides_dots(url.path()) {
        return Err(format!(
            "the path of {address} hides a `.` or `..` behind an encoding; write it plainly"
        ));
    }
    Ok(url)
}

/// Whether `path` is `prefix` or below it, counted in whole segments. Doubled slashes count as one,
/// as most servers read them.
pub(crate) fn is_under(path: &str, prefix: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    prefix.split('/').filter(|segment| !segment.is_empty()).all(|wanted| segments.next() == Some(wanted))
}

/// Whether a server that decodes once more than it should, or drops `;` parameters, could read a
/// dot segment out of the path, and so serve another one than we judged.
fn hides_dots(path: &str) -> bool {
    let mut text = path.to_owned();
    loop {
        let is_dots = |part: &str| matches!(part.split(';').next(), Some("." | ".."));
        if text.split(['/', '\\']).any(is_dots) {
            return true;
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
}

/// `{base_url}` and what follows it, if the template begins so.
fn whole_address(template: &str) -> Option<(&str, &str)> {
    let (property, rest) = template.strip_prefix('{')?.split_once('}')?;
    (rest.is_empty() || rest.starts_with('/')).then_some((property, rest))
}

fn join(base: &str, rest: &str) -> String {
    if rest.is_empty() { base.to_owned() } else { format!("{}{rest}", base.trim_end_matches('/')) }
}

/// Values inside an address may not change its shape: a tenant named `evil.example/` is refused.
fn expand_parts(template: &str, value_of: impl Fn(&str) -> Option<String>) -> Result<Option<String>, String> {
    for name in placeholders::names(template) {
        let Some(value) = value_of(name) else { return Ok(None) };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        if value.is_empty() || value.split('.').any(str::is_empty) || !value.chars().all(plain) {
            return Err(format!(
                "`{name}` stands inside an address, so it may hold letters, digits, `-`, `_`, `~` and single dots only"
            ));
        }
    }
    Ok(placeholders::expand(template, value_of))
}

/// Decodes what needs no encoding, so that no request is matched under one name and served under
/// another.
fn plain_path(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') => {
                plain.push(char::from(byte));
            }
            Some(byte) => plain.push_str(&format!("%{byte:02X}")),
            None => plain.push_str("%25"),
        }
        rest = &rest[at + if code.is_some() { 3 } else { 1 }..];
    }
    plain + rest
}
