//! What a connection may reach: what its spec asks for, as far as the operator allows.

use std::{net::IpAddr, sync::Arc};

use serde_json::Value;
use url::{Host, Url};

use super::{
    address::{Cidr, judge},
    message::HttpError,
    transport::Reach,
};
use crate::spec::{Attach, HostRule, Login, Spec, is_under, normalise_address, text_of};

/// What the operator adds to the public internet: `--allow-private`.
#[derive(Debug, Clone, Default)]
pub struct OperatorPolicy {
    pub allow_private: Vec<Cidr>,
}

/// The one place that decides what is reached, and what is attached there. Pure: it resolves no
/// name; the addresses behind a name are judged by the same rules when it is dialled.
#[derive(Debug, Clone)]
pub struct Grant {
    id: Arc<str>,
    hosts: Vec<HostRule>,
    auth: Vec<AuthRule>,
    allow_private: Arc<[Cidr]>,
}

/// An address that may be asked, in the form in which it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowed {
    pub url: Url,
    pub reach: Reach,
}

#[derive(Debug, Clone)]
struct AuthRule {
    /// None: every host of the grant.
    host: Option<HostRule>,
    prefix: Option<String>,
    attach: Vec<Attach>,
    login: Option<Arc<Login>>,
}

impl Grant {
    /// Fills the spec's hosts from a configuration (with its defaults). An error when a configured
    /// address cannot be used.
    pub fn new(spec: &Spec, config: &Value, policy: &OperatorPolicy) -> Result<Grant, String> {
        let value_of = |name: &str| config.get(name).and_then(text_of);
        let mut hosts = Vec::new();
        for template in &spec.hosts {
            hosts.extend(HostRule::parse(template, value_of)?);
        }
        let mut auth = Vec::new();
        for rule in &spec.auth {
            let host = rule.host.as_ref().map(|template| HostRule::parse(template, value_of)).transpose()?;
            // A rule for a host that is not configured concerns nothing.
            if host != Some(None) {
                auth.push(AuthRule {
                    host: host.flatten(),
                    prefix: rule.path_prefix.clone(),
                    attach: rule.attach.clone(),
                    login: rule.attach.iter().find_map(login_of),
                });
            }
        }
        let allow_private: Arc<[Cidr]> = policy.allow_private.clone().into();
        Ok(Grant { id: identity(spec, &hosts, &allow_private), hosts, auth, allow_private })
    }

    /// Judges an address as the guest wrote it. The error says which setting is missing.
    pub(super) fn check(&self, address: &str) -> Result<Allowed, HttpError> {
        let url = normalise_address(address).map_err(HttpError::overstepped)?;
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            Some(Host::Domain(_)) | None => None,
        };
        let rules: Vec<&HostRule> = self.hosts.iter().filter(|rule| rule.covers(&url)).collect();
        let plain = url.scheme() == "http" && !rules.iter().any(|rule| rule.allows_plain_http());
        let policy =
            literal.map_or(Ok(()), |address| judge(address, &self.allow_private, plain && !rules.is_empty()));
        match (rules.is_empty(), policy) {
            (false, Ok(())) => Ok(Allowed { url, reach: self.reach(plain) }),
            (false, Err(message)) => Err(HttpError::denied(message)),
            (true, Ok(())) => Err(HttpError::overstepped(self.not_asked_for(&url))),
            (true, Err(message)) => {
                Err(HttpError::overstepped(format!("{}; besides, {message}", self.not_asked_for(&url))))
            }
        }
    }

    /// What is attached to a request; the first rule that fits decides.
    pub(super) fn attachments(&self, url: &Url) -> &[Attach] {
        self.rule(url).map_or(&[], |rule| &rule.attach)
    }

    /// The login whose session is attached to a request.
    pub(super) fn login(&self, url: &Url) -> Option<&Arc<Login>> {
        self.rule(url)?.login.as_ref()
    }

    fn rule(&self, url: &Url) -> Option<&AuthRule> {
        let fits = |rule: &&AuthRule| {
            rule.host.as_ref().is_none_or(|host| host.covers(url))
                && rule.prefix.as_ref().is_none_or(|prefix| is_under(url.path(), prefix))
        };
        self.auth.iter().find(fits)
    }

    fn reach(&self, private_only: bool) -> Reach {
        Reach { grant: self.id.clone(), allow_private: self.allow_private.clone(), private_only }
    }

    fn not_asked_for(&self, url: &Url) -> String {
        let asked: Vec<String> = self.hosts.iter().map(HostRule::to_string).collect();
        let asked = if asked.is_empty() { "nothing".to_owned() } else { asked.join(", ") };
        let wanted = format!("{}{}", url.origin().ascii_serialization(), url.path());
        format!("{wanted} is not in the spec's `hosts` ({asked}); the connector must ask for it there")
    }
}

fn login_of(attachment: &Attach) -> Option<Arc<Login>> {
    match attachment {
        Attach::Login { login } => Some(Arc::new(Login::clone(login))),
        Attach::OAuth2 { oauth2 } => Some(Arc::new(oauth2.login())),
        Attach::Header { .. } | Attach::Query { .. } | Attach::Basic { .. } => None,
    }
}

/// Equal for grants that reach the same.
fn identity(spec: &Spec, hosts: &[HostRule], allow_private: &[Cidr]) -> Arc<str> {
    let hosts = hosts.iter().map(HostRule::to_string);
    let ranges = allow_private.iter().map(Cidr::to_string);
    let parts: Vec<String> = hosts.chain(ranges).collect();
    format!("{} {}", spec.name, parts.join(" ")).into()
}
