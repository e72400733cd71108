//! What a configured address would meet on this host, said before the first request meets it.
//!
//! Only a help: the wall stands in the sandbox, which judges every address again when it is dialled.

use std::net::IpAddr;

use serde_json::Value;
use url::{Host, Url};
use windlass_sandbox::{
    egress::Cidr,
    spec::{HostRule, Spec},
};

/// Sentences about addresses that this host will deny, each with the flag that would allow it.
pub(super) fn denied(spec: &Spec, config: &Value, allowed: &[Cidr]) -> Vec<String> {
    let value_of =
        |name: &str| config.get(name).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
    let rules = spec.hosts.iter().filter_map(|template| HostRule::parse(template, value_of).ok().flatten());
    rules.filter_map(|rule| judge(&rule.to_string(), allowed)).collect()
}

fn judge(address: &str, allowed: &[Cidr]) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let ip = match url.host()? {
        Host::Ipv4(ip) => IpAddr::V4(ip),
        Host::Ipv6(ip) => IpAddr::V6(ip),
        Host::Domain(name) if name == "localhost" || name.ends_with(".localhost") => {
            IpAddr::from([127, 0, 0, 1])
        }
        Host::Domain(_) => return None,
    };
    let private = match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    if !private || allowed.iter().any(|range| range.contains(ip)) {
        return None;
    }
    let range = if ip.is_loopback() && ip.is_ipv4() { "127.0.0.0/8".to_owned() } else { ip.to_string() };
    Some(format!("requests to {address} will be denied: start the host with --allow-private {range}"))
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn private_addresses_need_the_flag() {
        let check = |address: &str, expected: Option<&str>| {
            let sentence = judge(address, &["10.0.0.0/8".parse().unwrap()]);
            let flag = sentence.as_deref().and_then(|text| text.rsplit_once(' ')).map(|(_, range)| range);
            assert_eq!(flag, expected, "{address}");
        };
        check("http://127.0.0.1:8080/api", Some("127.0.0.0/8"));
        check("http://localhost", Some("127.0.0.0/8"));
        check("https://192.168.1.20", Some("192.168.1.20"));
        check("http://[::1]:1", Some("::1"));
        check("https://10.1.2.3", None);
        check("https://api.vendor.example", None);
    }
}
