//! What the connector declares.

use brani::Brani;
use serde_json::{Value, json};
use windlass_sdk::testing;

fn spec() -> Value {
    testing::spec::<Brani>()
}

fn column(part: &str, member: &str) -> Vec<Value> {
    spec()[part].as_array().unwrap().iter().map(|one| one[member].clone()).collect()
}

/// B6, G4, G5
#[test]
fn only_the_token_is_required_and_every_property_says_where_it_comes_from() {
    let config = spec()["config"].clone();
    assert_eq!(config["required"], json!(["token"]));
    let properties = config["properties"].as_object().unwrap();
    for secret in ["token", "email", "password"] {
        assert_eq!(properties[secret]["secret"], true, "{secret}");
    }
    assert_eq!(properties["email"]["identifier"], true);
    assert_eq!(properties["events"]["enum"], json!(["all", "undelivered"]));
    assert_eq!(properties["events"]["default"], "all");
    for (name, property) in properties {
        let description = property["description"].as_str().unwrap();
        let place =
            ["support@brani.cz", "balic.brani.cz", "In Brani's guide", "Ours to choose", "ours to choose"];
        assert!(place.iter().any(|words| description.contains(words)), "{name}: {description}");
    }
}

/// G3, B6
#[test]
fn each_host_gets_its_own_credentials() {
    assert_eq!(spec()["hosts"], json!(["{base_url}", "{auth_url}", "{app_url}/api"]));
    let auth = spec()["auth"].clone();
    assert_eq!(auth[0], json!({ "host": "{auth_url}", "attach": [] }));
    assert_eq!(auth[1]["host"], "{app_url}/api");
    assert_eq!(
        auth[1]["attach"],
        json!([{ "login": {
            "request": {
                "method": "POST", "url": "{auth_url}/api/login/",
                "form": { "username": "{email}", "password": "{password}" },
            },
            "token": "/access_token", "expires-in": "/expires_in",
            "apply": { "header": "Authorization", "value": "Bearer {token}" },
        } }])
    );
    assert_eq!(auth[2]["attach"], json!([{ "header": "Authorization", "value": "Bearer {token}" }]));
}

/// B1 to B6
#[test]
fn streams_actions_and_the_webhook_are_declared() {
    assert_eq!(column("streams", "name"), ["eshop-info", "webhook-events", "settings"]);
    let names = ["set-eshop-info", "upsert-order", "delete-order", "register-webhooks", "app-request"];
    assert_eq!(column("actions", "name"), names);
    assert_eq!(column("actions", "repeat"), ["vendor-key", "vendor-key", "vendor-key", "lookup", "none"]);
    assert_eq!(column("actions", "ordering")[1..3], ["/code", "/code"]);
    assert_eq!(spec()["safe-requests"], json!([]), "only GET reads");
    assert_eq!(column("webhooks", "name"), ["events"]);
    assert_eq!(column("webhooks", "verify"), [json!({ "kind": "address" })]);
    assert_eq!(column("webhooks", "answer"), [json!({ "status": 200 })]);
}
