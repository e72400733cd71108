//! Resolves a name once, and hands out only addresses that may be dialled.

use std::{fmt, net::SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{address::judge, transport::Reach};

/// The system's resolver behind the address rules of one grant. The connector dials exactly what
/// this returns, so a second answer of the name server changes nothing.
pub(super) struct CheckedResolver {
    pub reach: Reach,
}

/// The name leads nowhere that may be dialled.
#[derive(Debug)]
pub(super) struct DeniedAddress(pub String);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = allowed(name.as_str(), found, &reach)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Judges every address of a name.
pub(super) fn allowed(
    name: &str,
    found: impl Iterator<Item = SocketAddr>,
    reach: &Reach,
) -> Result<Vec<SocketAddr>, DeniedAddress> {
    let mut refusal = None;
    let mut allowed = Vec::new();
    for address in found {
        match judge(address.ip(), &reach.allow_private, reach.private_only) {
            Ok(()) => allowed.push(address),
            Err(message) => refusal = refusal.or(Some(message)),
        }
    }
    match refusal {
        Some(message) if allowed.is_empty() => {
            Err(DeniedAddress(format!("the name {name} leads to a forbidden place: {message}")))
        }
        _ => Ok(allowed),
    }
}

impl fmt::Display for DeniedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DeniedAddress {}
