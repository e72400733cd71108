//! What the connector declares.

use optimakers::Optimakers;
use serde_json::{Value, json};
use windlass_sdk::testing::{self, TestHost};

fn spec() -> Value {
    testing::spec::<Optimakers>()
}

fn names(part: &str) -> Vec<String> {
    let declared = spec()[part].as_array().unwrap().clone();
    declared.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// O2
#[test]
fn streams_actions_and_webhooks_are_declared() {
    assert_eq!(names("streams"), ["orders", "products", "statuses", "attributes", "vat-rates", "currencies"]);
    assert_eq!(names("actions"), ["create-order", "update-order"]);
    assert_eq!(names("webhooks"), ["events", "events-query", "events-body"]);
    let spec = spec();
    assert_eq!(spec["actions"][0]["repeat"], "lookup");
    assert_eq!(spec["actions"][1]["repeat"], "vendor-key");
}

/// O1: the secret that is set says where the key goes.
#[test]
fn the_key_goes_into_one_of_three_places() {
    let attach = [
        json!({ "header": "Authorization", "value": "Bearer {api_key}" }),
        json!({ "header": "X-Api-Key", "value": "{api_key_header}" }),
        json!({ "query": "api_key", "value": "{api_key_query}" }),
    ];
    assert_eq!(spec()["auth"], json!([{ "attach": attach }]));
    assert_eq!(spec()["hosts"], json!(["{base_url}"]));
}

/// O2: the token is compared by the host, in the place that the webhook's address stands for.
#[test]
fn the_security_token_is_a_shared_secret_in_one_of_three_places() {
    let verified: Vec<_> =
        spec()["webhooks"].as_array().unwrap().iter().map(|webhook| webhook["verify"].clone()).collect();
    let by = |place: &str, name: &str| json!({ "kind": "secret", "in": place, "name": name, "secret": "{webhook_token}" });
    assert_eq!(verified, [by("header", "X-Webhook-Token"), by("query", "token"), by("body", "/token")]);
}

/// O1, G5: an address and one of the keys are enough; the token is for webhooks alone.
#[test]
fn an_address_and_a_key_are_required() {
    let config = &spec()["config"];
    assert_eq!(config["required"], json!(["base_url"]));
    let keys: Vec<_> =
        config["anyOf"].as_array().unwrap().iter().map(|one| one["required"][0].clone()).collect();
    assert_eq!(keys, ["api_key", "api_key_header", "api_key_query"]);
    for secret in ["api_key", "api_key_header", "api_key_query", "webhook_token"] {
        assert_eq!(config["properties"][secret]["secret"], true, "{secret}");
    }
    let made = |config: Value| std::panic::catch_unwind(|| drop(TestHost::<Optimakers>::new(config))).is_ok();
    assert!(made(json!({ "base_url": "https://test.syneo.pl" })));
    assert!(!made(json!({})));
    assert!(!made(json!({ "base_url": "test.syneo.pl" })));
}

/// G4
#[test]
fn every_property_says_where_optimakers_shows_it() {
    let spec = spec();
    for (name, property) in spec["config"]["properties"].as_object().unwrap() {
        let description = property["description"].as_str().unwrap();
        let place =
            ["In Optimakers:", "in the browser", "The same key", "No screen of Optimakers", "ours to choose"];
        assert!(place.iter().any(|words| description.contains(words)), "{name}: {description}");
    }
}

/// O1: what is invented is called so where an operator reads it.
#[test]
fn the_spec_says_what_is_invented() {
    let spec = spec();
    assert!(spec["description"].as_str().unwrap().contains("invented stand-in"));
    let profile = &spec["config"]["properties"]["profile"];
    assert!(profile["description"].as_str().unwrap().contains("invented stand-in"), "{profile}");
    assert_eq!(profile["default"]["prefix"], "/api/v1");
    assert_eq!(profile["default"]["names"]["lines.vat_rate"], "vatRateId");
}

/// O1: a misspelt member of the profile is found when it is set.
#[test]
fn the_profile_knows_its_members() {
    let made = |profile: Value| {
        let config = json!({ "base_url": "https://test.syneo.pl", "profile": profile });
        std::panic::catch_unwind(|| drop(TestHost::<Optimakers>::new(config))).is_ok()
    };
    assert!(made(json!({ "names": { "lines.vat_rate": "vat" }, "paging": { "page_parameter": "" } })));
    for wrong in [
        json!({ "pfad": "/" }),
        json!({ "names": { "lines.vat": "vat" } }),
        json!({ "answer": { "rows": "data" } }),
        json!({ "update_method": "GET" }),
    ] {
        assert!(!made(wrong.clone()), "{wrong}");
    }
}
