//! Which addresses may be dialled.

use std::net::IpAddr;

use super::super::{Cidr, address::judge};

fn allowed(address: &str, ranges: &[&str], private_only: bool) -> Result<(), String> {
    let ranges: Vec<Cidr> = ranges.iter().map(|range| range.parse().expect("a range")).collect();
    judge(address.parse::<IpAddr>().expect("an address"), &ranges, private_only)
}

#[test]
fn only_the_public_internet_is_dialled_unless_the_operator_adds() {
    let public =
        ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "193.0.0.1", "2606:4700::1111", "2a00:1450::1"];
    for address in public {
        assert_eq!(allowed(address, &[], false), Ok(()), "{address}");
    }
    let special = [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "100::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
        "5f00::1",
    ];
    for address in special {
        let refusal = allowed(address, &[], false).expect_err(address);
        assert!(refusal.contains("--allow-private "), "{refusal}");
        let all = ["0.0.0.0/0", "::/0"];
        assert_eq!(allowed(address, &all, true), Ok(()), "{address}");
    }
}

#[test]
fn a_refusal_can_be_typed_as_it_stands() {
    let hint = |address: &str| {
        let refusal = allowed(address, &[], false).expect_err("private");
        refusal.rsplit(' ').next().expect("a last word").to_owned()
    };
    assert_eq!(hint("127.0.0.1"), "127.0.0.0/8");
    assert_eq!(hint("169.254.169.254"), "169.254.169.254/32");
    assert_eq!(hint("fd00::1"), "fd00::1/128");
    for address in ["127.0.0.1", "169.254.169.254", "fd00::1", "::ffff:127.0.0.1"] {
        assert_eq!(allowed(address, &[&hint(address)], false), Ok(()));
    }
}

#[test]
fn a_range_of_ipv4_does_not_cover_its_disguises() {
    assert!(allowed("::ffff:127.0.0.1", &["127.0.0.0/8"], false).is_err());
    assert!(allowed("64:ff9b::7f00:1", &["127.0.0.0/8"], false).is_err());
}

#[test]
fn plain_http_to_a_configured_address_stays_at_home() {
    assert!(allowed("8.8.8.8", &[], true).is_err());
    assert_eq!(allowed("8.8.8.8", &["8.8.8.8"], true), Ok(()));
}

#[test]
fn ranges_are_read_as_people_write_them() {
    let read = |text: &str| text.parse::<Cidr>().map(|range| range.to_string());
    assert_eq!(read("127.0.0.1/8").as_deref(), Ok("127.0.0.0/8"));
    assert_eq!(read("192.168.1.20").as_deref(), Ok("192.168.1.20/32"));
    assert_eq!(read("fd00::/8").as_deref(), Ok("fd00::/8"));
    for text in ["", "localhost", "127.0.0.0/33", "10/8"] {
        assert!(read(text).is_err(), "{text}");
    }
}
