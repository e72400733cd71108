//! What may be reached, and what is refused with which sentence.

use serde_json::{Value, json};

use super::grant;

const API: &[&str] = &["https://api.shop.example/v1"];

/// The address as it would be sent, or the refusal.
fn sent(hosts: &[&str], config: Value, ranges: &[&str], address: &str) -> Result<String, String> {
    let checked = grant(hosts, &config, ranges)?.check(address);
    checked.map(|allowed| allowed.url.to_string()).map_err(|error| error.message)
}

#[track_caller]
fn refused(hosts: &[&str], ranges: &[&str], address: &str, part: &str) {
    let refusal = sent(hosts, json!({}), ranges, address).expect_err(address);
    assert!(refusal.contains(part), "{refusal}");
}

/// Asked by the spec, allowed by the operator: both are needed, and what is missing is named.
#[test]
fn the_grant_is_what_is_asked_and_allowed() {
    let (asked, missing) = (&["http://127.0.0.1:8080"][..], "not in the spec's `hosts`");
    let (open, hint) = (&["127.0.0.0/8"][..], "--allow-private 127.0.0.0/8");
    let there = "http://127.0.0.1:8080/orders";
    assert_eq!(sent(asked, json!({}), open, there).as_deref(), Ok(there));
    refused(asked, &[], there, hint);
    refused(&[], open, there, missing);
    refused(&[], &[], there, missing);
    refused(&[], &[], there, hint);
    refused(API, &[], "https://evil.example/", "(https://api.shop.example/v1)");
    refused(asked, &[], "http://127.0.0.1:8080/", "a loopback address");
}

#[test]
fn scheme_host_port_and_prefix_must_all_fit() {
    let fits = |address: &str| sent(API, json!({}), &[], address);
    assert!(fits("https://api.shop.example/v1").is_ok());
    assert!(fits("https://api.shop.example/v1/orders?page=2").is_ok());
    for address in [
        "http://api.shop.example/v1",
        "https://api.shop.example:8443/v1",
        "https://shop.example/v1",
        "https://api.shop.example.evil.example/v1",
        "https://evil.example/api.shop.example/v1",
        "https://api.shop.example/v10",
        "https://api.shop.example/v2",
        "https://api.shop.example/",
        "https://user:pw@api.shop.example/v1",
        "https://api.shop.example@evil.example/v1",
        "ftp://api.shop.example/v1",
        "/v1/orders",
        "",
    ] {
        assert!(fits(address).is_err(), "{address}");
    }
}

#[test]
fn one_address_has_one_form() {
    let form = |address: &str| sent(API, json!({}), &[], address);
    let plain = Ok("https://api.shop.example/v1/a");
    assert_eq!(form("HTTPS://API.Shop.Example:443/v1/a#part").as_deref(), plain);
    assert_eq!(form("https://api.shop.example./v1/a").as_deref(), plain);
    assert_eq!(form("https://api.shop.example/v2/../v1/%61").as_deref(), plain);
    assert_eq!(form("https://api.shop.example\\v1\\a").as_deref(), plain);
    assert_eq!(
        form("https://api.shop.example/v1/a%2fb%zz").as_deref(),
        Ok("https://api.shop.example/v1/a%2Fb%25zz")
    );
    let idn = sent(&["https://bücher.example"], json!({}), &[], "https://xn--bcher-kva.example/");
    assert!(idn.is_ok(), "{idn:?}");
}

#[test]
fn no_spelling_leaves_the_prefix() {
    for path in [
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "/v1/.%2E/admin",
        "/v1/..%2fadmin",
        "/v1/..%5cadmin",
        "/v1/%252e%252e/admin",
        "/v1/..;/admin",
        "/v1/..;a=b/admin",
        "/v1%2fadmin",
        "/v1%2f..%2fadmin",
        "/v1\\..\\admin",
    ] {
        let address = format!("https://api.shop.example{path}");
        assert!(sent(API, json!({}), &[], &address).is_err(), "{path}");
    }
}

#[test]
fn odd_spellings_of_loopback_are_loopback() {
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        let rule = format!("http://{host}");
        refused(&[&rule], &[], &format!("http://{host}/"), "--allow-private");
    }
}

#[test]
fn a_configured_address_is_granted_exactly() {
    let config = json!({ "base_url": "https://shop.example/store/", "tenant": "acme" });
    let hosts = &["{base_url}/rest", "https://{tenant}.vendor.example"];
    let fits = |address: &str| sent(hosts, config.clone(), &[], address).is_ok();
    assert!(fits("https://shop.example/store/rest/V1/orders") && fits("https://acme.vendor.example/"));
    assert!(!fits("https://shop.example/store/admin") && !fits("https://other.vendor.example/"));
    assert!(sent(hosts, json!({}), &[], "https://shop.example/store/rest").is_err(), "nothing is configured");
}

#[test]
fn a_configured_value_cannot_change_the_shape_of_an_address() {
    for tenant in ["evil.example/", "evil.example#", "a@evil", "a:1", "", "a..b", "..", "a b", "a\\b", "a%2f"]
    {
        assert!(
            grant(&["https://{tenant}.vendor.example"], &json!({ "tenant": tenant }), &[]).is_err(),
            "{tenant}"
        );
    }
    for base in ["shop.example", "https://u:p@shop.example", "https://shop.example/?a=b", "file:///etc"] {
        assert!(grant(&["{base_url}"], &json!({ "base_url": base }), &[]).is_err(), "{base}");
    }
}

#[test]
fn plain_http_needs_the_spec_or_a_private_address() {
    let by_spec = grant(&["http://api.shop.example"], &json!({}), &[]).expect("valid");
    assert!(!by_spec.check("http://api.shop.example/").expect("allowed").reach.private_only);
    let configured =
        |base: &str, ranges: &[&str]| grant(&["{base_url}"], &json!({ "base_url": base }), ranges);
    let named = configured("http://erp.local", &[]).expect("valid");
    assert!(named.check("http://erp.local/").expect("judged when dialled").reach.private_only);
    let literal =
        configured("http://8.8.8.8", &[]).expect("valid").check("http://8.8.8.8/").expect_err("public");
    let literal = literal.message;
    assert!(literal.contains("use https, or start the host with --allow-private 8.8.8.8/32"), "{literal}");
    let home = configured("http://192.168.1.20", &["192.168.0.0/16"]).expect("valid");
    assert!(home.check("http://192.168.1.20/").is_ok());
}
