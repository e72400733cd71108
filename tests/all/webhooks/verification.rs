//! Who may deliver.

use serde_json::json;

use super::hooked::{Hooked, TOKEN, event, post, status};

/// Signed with `SIGNING`, by openssl.
const SIGNED: &str = r#"{"event":"signed","order":"12"}"#;
const HEX: &str = "74e52ae461dca500285b0b801f14eeb49f06329c125a0d9f60a3d0f2dd655614";
const BASE64: &str = "dOUq5GHcpQAoWwuAHxTutJ8GMpwSWg2fYKPQ8t1lVhQ=";

#[test]
fn only_what_the_vendor_proves_is_kept() {
    let hooked = Hooked::start();
    let body = event("good", 1).to_string();
    let check = |expected: u16, webhook: &str, headers: &[(&str, &str)], body: &str| {
        let told = hooked.send(webhook, headers, body.as_bytes());
        assert_eq!(status(&told), expected, "{webhook} {headers:?} {body}: {told:?}");
    };
    check(200, "orders", &[("x-token", TOKEN)], &body);
    for wrong in ["", "x", &TOKEN[1..], &format!("{TOKEN}!"), &TOKEN.to_uppercase(), &"x".repeat(4_000)] {
        check(401, "orders", &[("x-token", wrong)], &event("forged", 12).to_string());
        check(401, "hex", &[("x-signature", wrong)], SIGNED);
        check(401, "base64", &[("x-signature", wrong)], SIGNED);
    }
    let log = hooked.host.log();
    let told = log.lines().filter(|line| line.contains("does not prove to be the vendor's"));
    assert_eq!(
        told.filter(|line| line.contains("webhook=\"orders\"")).count(),
        1,
        "once, not each time: {log}"
    );
    check(401, "orders", &[], &body);
    check(401, "orders", &[("x-token", TOKEN), ("x-token", "x")], &body);
    check(401, "query", &[("x-token", TOKEN)], &body);
    check(401, "body", &[], &json!({ "event": "forged", "order": "12", "token": "x" }).to_string());
    check(401, "body", &[], "no JSON");
    check(200, "body", &[], &json!({ "event": "body", "order": "2", "token": TOKEN }).to_string());
    check(200, "hex", &[("x-signature", &format!("sha256={HEX}"))], SIGNED);
    check(401, "hex", &[("x-signature", HEX)], SIGNED);
    check(401, "hex", &[("x-signature", &format!("sha256={HEX}"))], &SIGNED.replace("12", "13"));
    // Two webhooks may be received at the same time, and here they write to the same place.
    hooked.drained();
    check(200, "base64", &[("x-signature", BASE64)], SIGNED);
    check(401, "base64", &[("x-signature", BASE64)], &SIGNED.replace("12", "13"));
    let query = format!("{}?a=1&token={}", hooked.url("query"), TOKEN.replace(' ', "%20"));
    assert_eq!(status(&post(&query, &[], event("query", 3).to_string().as_bytes())), 200);
    assert_eq!(hooked.send("open", &[], b"{\"event\":\"open\",\"order\":\"4\"}"), Some((201, String::new())));

    hooked.drained();
    let mut kept: Vec<_> = hooked.deliveries().iter().map(|one| one["webhook"].to_string()).collect();
    kept.sort();
    assert_eq!(kept, ["\"base64\"", "\"body\"", "\"hex\"", "\"open\"", "\"orders\"", "\"query\""]);
    let received: Vec<String> = hooked.events().into_values().flatten().collect();
    assert_eq!(received, ["good", "signed", "signed", "body", "query", "open"]);
}

#[test]
fn without_its_secret_a_webhook_keeps_the_vendor_waiting() {
    let hooked = Hooked::start();
    hooked.host.ok(&["connection", "set", "shop", "--unset", "token"]);
    let told = hooked.deliver(&event("early", 1));
    assert_eq!(status(&told), 503, "{told:?}");
    assert_eq!(status(&hooked.send("orders", &[("x-token", "")], b"{}")), 503);
    // A new secret holds for the next delivery, and the former one no longer.
    let file = hooked.host.secret_file("token", "another one");
    hooked.host.ok(&["connection", "set", "shop", "--secret", &format!("token=@{}", file.display())]);
    assert_eq!(status(&hooked.deliver(&event("old", 1))), 401);
    let body = event("new", 1).to_string();
    assert_eq!(status(&hooked.send("orders", &[("x-token", "another one")], body.as_bytes())), 200);
    hooked.delivery("new", "processed");
    assert_eq!(hooked.deliveries().len(), 1);
}
