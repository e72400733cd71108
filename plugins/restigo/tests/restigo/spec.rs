//! What the connector declares.

use restigo::Restigo;
use serde_json::{Value, json};
use windlass_sdk::testing::{self, Answer};

use crate::{API, host_with};

fn spec() -> Value {
    testing::spec::<Restigo>()
}

fn column(part: &str, member: &str) -> Vec<Value> {
    spec()[part].as_array().unwrap().iter().map(|one| one[member].clone()).collect()
}

/// R1, G4
#[test]
fn the_configuration_says_what_is_secret_and_where_each_value_comes_from() {
    let config = spec()["config"].clone();
    assert_eq!(config["required"], json!(["token"]));
    let properties = config["properties"].as_object().unwrap();
    assert_eq!(properties["token"]["secret"], true);
    assert_eq!(properties["environment"]["default"], "production");
    assert_eq!(properties["environment"]["enum"], json!(["production", "development"]));
    assert_eq!(properties["parameter_location"]["enum"], json!(["query", "body", "header"]));
    assert_eq!(properties["customer_numbers"]["items"]["minLength"], 1);
    for (name, property) in properties {
        let description = property["description"].as_str().unwrap();
        let place = [
            "No screen shows it",
            "Restigo says so",
            "In the guide",
            "guide does not show",
            "guide names no",
        ];
        assert!(place.iter().any(|words| description.contains(words)), "{name}: {description}");
    }
}

/// G3
#[test]
fn both_systems_and_a_set_address_may_be_reached() {
    let development = "https://suppliers-dev.restigo.co.il/api/departments/thirdParty";
    assert_eq!(spec()["hosts"], json!([API, development, "{base_url}"]));
    assert_eq!(spec()["auth"], json!([{ "attach": [{ "header": "token", "value": "{token}" }] }]));
    for (config, address) in [
        (json!({}), API),
        (json!({ "environment": "production" }), API),
        (json!({ "environment": "development" }), development),
        (
            json!({ "environment": "development", "base_url": "http://127.0.0.1:9/sim//" }),
            "http://127.0.0.1:9/sim/api/departments/thirdParty",
        ),
    ] {
        let mut host = host_with(config);
        host.expect("GET", &format!("{address}/items")).answer(Answer::json(json!([{ "item_id": 1 }])));
        assert_eq!(host.check().unwrap().message.unwrap(), "the supplier has 1 active items");
    }
}

/// R2, R3
#[test]
fn streams_and_actions_are_declared() {
    assert_eq!(column("streams", "name"), ["items", "pricings", "clients"]);
    assert_eq!(column("streams", "kind"), ["snapshot"; 3]);
    let names = [
        "find-items",
        "find-pricings",
        "get-client",
        "create-pricing",
        "upsert-items",
        "remove-items",
        "remove-client",
    ];
    assert_eq!(column("actions", "name"), names);
    let same = "vendor-key";
    assert_eq!(column("actions", "repeat"), [same, same, same, "lookup", same, same, same]);
    let list = "/pricing_id";
    assert_eq!(column("actions", "ordering")[3..], ["/name", list, list, list]);
    assert_eq!(spec()["safe-requests"], json!([]), "only GET reads");
}
