//! Where vendors deliver to.

use std::fs;

use serde_json::json;
use windlass_tests::host::Setup;

use super::follow_ups::Vendor;
use super::hooked::{Hooked, NAME, TOKEN, event, paths, post, status};

const PUBLIC: &str = "https://in.example/windlass";

fn public() -> Setup {
    Setup { variables: vec![("WINDLASS_PUBLIC_URL".to_owned(), PUBLIC.to_owned())], ..Setup::default() }
}

/// The secret part of an address.
fn secret(path: &str) -> &str {
    path.rsplit('/').next().expect("a path has a last part")
}

#[test]
fn what_is_no_address_is_told_so_alike() {
    let hooked = Hooked::start();
    let (path, url) = (hooked.paths["orders"].clone(), hooked.host.url());
    let secret = secret(&path);
    let other = hooked.paths["query"].replace("/query/", "/orders/");
    let mut told = Vec::new();
    for wrong in [
        path[..path.len() - 1].to_owned(),
        format!("{path}x"),
        format!("{path}/x"),
        path.replace("/shop/", "/other/"),
        path.replace("/orders/", "/query/"),
        other,
        format!("/hooks/shop/nothing/{secret}"),
        format!("/hooks/shop/orders/{}", secret.to_lowercase()),
        "/hooks/shop/orders/%FF".to_owned(),
        "/hooks/shop/orders/".to_owned(),
        "/hooks/shop".to_owned(),
        "/hooks".to_owned(),
    ] {
        let answer = post(&format!("{url}{wrong}"), &[("x-token", TOKEN)], b"{}");
        told.push((wrong, answer));
    }
    for (wrong, answer) in &told {
        assert_eq!((status(answer), answer), (404, &told[0].1), "{wrong}");
    }
    assert!(hooked.deliveries().is_empty());
}

#[test]
fn a_rotated_address_takes_over_at_once() {
    let hooked = Hooked::start();
    let former = hooked.url("orders");
    hooked.taken(&event(1, "a"));
    let rotated = hooked.host.ok(&["webhook", "rotate", NAME, "orders"]);
    assert!(
        rotated.contains("takes nothing any more") && rotated.contains("/hooks/shop/orders/"),
        "{rotated}"
    );
    let body = event(2, "a").to_string();
    assert_eq!(status(&post(&former, &[("x-token", TOKEN)], body.as_bytes())), 404);
    let hooked = Hooked { paths: paths(&hooked.host, NAME), ..hooked };
    assert_ne!(hooked.url("orders"), former);
    hooked.taken(&event(3, "a"));
    hooked.drained();
    assert_eq!(hooked.events()["a"], ["1", "3"]);
    let missing = hooked.host.cli(&["webhook", "rotate", NAME, "nothing"]);
    assert!(missing.code == 1 && missing.stderr.contains("webhook.missing"), "{missing:?}");
}

#[test]
fn the_vendor_gets_the_address_and_the_connector_the_placeholder() {
    let vendor = Vendor::start();
    let hooked = Hooked::start_with(public(), &[&format!("base_url={}", vendor.url())]);
    let output = hooked.host.ok(&["act", NAME, "register", "--input", "{}"]);
    let address = format!("{PUBLIC}{}", hooked.paths["orders"]);
    assert!(vendor.registered().contains(&address), "{}", vendor.registered());
    assert!(output.contains("{webhook-url:orders}"), "{output}");
    let secret = secret(&hooked.paths["orders"]);
    assert!(!output.contains(secret), "{output}");
    let run = hooked.runs("action")[0]["id"].to_string();
    let shown = hooked.host.json(&["run", "show", &run]).to_string();
    assert!(shown.contains("{webhook-url:orders}") && !shown.contains(secret), "{shown}");

    let without = Hooked::start_with(Setup::default(), &[&format!("base_url={}", vendor.url())]);
    let refused = without.host.cli(&["act", NAME, "register", "--input", "{}"]);
    assert!(refused.code == 1 && refused.stderr.contains("--public-url"), "{refused:?}");
}

#[test]
fn the_secret_part_stands_only_where_the_address_is_shown() {
    let hooked = Hooked::start_with(public(), &[]);
    let secret = secret(&hooked.paths["orders"]).to_owned();
    // A proxy tells the address in headers; a careless vendor in the body.
    let path = hooked.paths["orders"].clone();
    let body = json!({ "event": path, "order": "12", "from": format!("https://x{path}"), "do": "panic" });
    let headers = [("x-token", TOKEN), ("x-original-uri", &path), ("referer", &path)];
    assert_eq!(status(&hooked.send("orders", &headers, body.to_string().as_bytes())), 200);
    assert_eq!(status(&hooked.send("orders", &[], b"{}")), 401);
    assert_eq!(status(&post(&format!("{}/x", hooked.url("orders")), &[], b"{}")), 404);
    hooked.drained();
    let id = hooked.deliveries()[0]["id"].to_string();
    let mut said = vec![hooked.host.log()];
    for arguments in [
        &["delivery", "list", NAME][..],
        &["delivery", "show", NAME, &id],
        &["run", "list"],
        &["connection", "show", NAME],
        &["records", NAME, "orders"],
    ] {
        said.push(hooked.host.ok(arguments));
        said.push(hooked.host.json(arguments).to_string());
    }
    for run in hooked.runs("webhook") {
        said.push(hooked.host.json(&["run", "show", &run["id"].to_string()]).to_string());
    }
    for text in &said {
        assert!(!text.contains(&secret) && !text.contains(TOKEN), "{text}");
    }
    assert!(hooked.host.ok(&["webhook", "list", NAME]).contains(&format!("{PUBLIC}{path}")));
    let in_files = || {
        let holds =
            |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        hooked.host.files().into_iter().find(|file| {
            let bytes = fs::read(file).unwrap_or_default();
            holds(&bytes, &secret) || holds(&bytes, TOKEN)
        })
    };
    assert_eq!(in_files(), None);
    hooked.host.stop();
    assert_eq!(in_files(), None);
}
