//! Which network addresses may be dialled: public ones, and what the operator adds.

use std::{fmt, net::IpAddr, str::FromStr, sync::LazyLock};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};

/// A range of addresses, such as `127.0.0.0/8` or `fd00::/8`; a single address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr(IpNet);

/// The text is not a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a range of addresses such as 127.0.0.0/8, 192.168.1.20 or fd00::/8")]
pub struct CidrError(String);

/// What is not the public internet, by the registries of special-purpose addresses (RFC 6890 and
/// its successors). The first range that holds an address names it.
const SPECIAL: &[(&str, &str)] = &[
    ("0.0.0.0/8", "an unspecified address"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "a carrier-grade NAT address"),
    ("127.0.0.0/8", "a loopback address"),
    ("169.254.0.0/16", "a link-local address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "a protocol-assignment address"),
    ("192.0.2.0/24", "a documentation address"),
    ("192.88.99.0/24", "a 6to4 relay address"),
    ("192.168.0.0/16", "a private address"),
    ("198.18.0.0/15", "a benchmarking address"),
    ("198.51.100.0/24", "a documentation address"),
    ("203.0.113.0/24", "a documentation address"),
    ("224.0.0.0/4", "a multicast address"),
    ("255.255.255.255/32", "the broadcast address"),
    ("240.0.0.0/4", "a reserved address"),
    ("::/128", "an unspecified address"),
    ("::1/128", "a loopback address"),
    ("::ffff:0:0/96", "an IPv4 address mapped into IPv6"),
    ("::/96", "an IPv4 address inside an IPv6 one"),
    ("64:ff9b::/96", "a NAT64 address"),
    ("64:ff9b:1::/48", "a NAT64 address"),
    ("2001::/32", "a Teredo address"),
    ("2001::/23", "a protocol-assignment address"),
    ("2001:db8::/32", "a documentation address"),
    ("2002::/16", "a 6to4 address"),
    ("3fff::/20", "a documentation address"),
    ("fc00::/7", "a private address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a site-local address"),
    ("ff00::/8", "a multicast address"),
];

/// All of IPv6 that is given out to the public internet.
const PUBLIC_V6: &str = "2000::/3";

static SPECIAL_RANGES: LazyLock<Vec<(IpNet, &str)>> =
    LazyLock::new(|| SPECIAL.iter().map(|(range, what)| (known(range), *what)).collect());
static PUBLIC_V6_RANGE: LazyLock<IpNet> = LazyLock::new(|| known(PUBLIC_V6));

impl Cidr {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
        let range = text.parse::<IpNet>().ok().or_else(single);
        range.map(|range| Cidr(range.trunc())).ok_or_else(|| CidrError(text.to_owned()))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Whether an address may be dialled. The error names the setting that would allow it.
pub(super) fn judge(address: IpAddr, allow_private: &[Cidr], private_only: bool) -> Result<(), String> {
    if allow_private.iter().any(|range| range.contains(address)) {
        return Ok(());
    }
    let hint = format!("start the host with --allow-private {}", narrowest(address));
    match special(address) {
        Some(what) => Err(format!("{address} is {what}; to allow it, {hint}")),
        None if private_only => {
            Err(format!("plain http to {address} shows everything to everybody; use https, or {hint}"))
        }
        None => Ok(()),
    }
}

fn special(address: IpAddr) -> Option<&'static str> {
    let named = SPECIAL_RANGES.iter().find(|(range, _)| range.contains(&address)).map(|(_, what)| *what);
    named.or_else(|| {
        let unassigned = address.is_ipv6() && !PUBLIC_V6_RANGE.contains(&address);
        unassigned.then_some("an address outside of the public internet")
    })
}

/// The least that would help. Loopback is one machine, whatever the number.
fn narrowest(address: IpAddr) -> String {
    if address.is_ipv4() && address.is_loopback() {
        return "127.0.0.0/8".to_owned();
    }
    IpNet::from(address).to_string()
}

fn known(range: &str) -> IpNet {
    range.parse().expect("a range written in this file")
}
