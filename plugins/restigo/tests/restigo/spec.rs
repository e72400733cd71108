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
    assert_eq!(spec()["hosts"], json!([API, development, "{base_url}", "{documents_url}"]));
    let token = json!([{ "header": "token", "value": "{token}" }]);
    let set = "{base_url}/api/departments/thirdParty";
    for (rule, host) in [API, development, set].into_iter().enumerate() {
        assert_eq!(spec()["auth"][rule], json!({ "host": host, "attach": token }), "the API alone");
    }
    let given = json!([{ "header": "authorization", "value": "{documents_authorization}" }]);
    assert_eq!(spec()["auth"][3], json!({ "host": "{documents_url}", "attach": given }));
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

/// R2, R3, R5, R6
#[test]
fn streams_and_actions_are_declared() {
    assert_eq!(column("streams", "name"), ["items", "pricings", "clients", "daily-documents"]);
    assert_eq!(column("streams", "kind"), ["snapshot", "snapshot", "snapshot", "incremental"]);
    let names = [
        "find-items",
        "find-pricings",
        "get-client",
        "create-pricing",
        "upsert-items",
        "remove-items",
        "remove-client",
        "push-documents",
        "deliver-documents",
    ];
    assert_eq!(column("actions", "name"), names);
    let same = "vendor-key";
    assert_eq!(column("actions", "repeat"), [same, same, same, "lookup", same, same, same, same, same]);
    let list = "/pricing_id";
    assert_eq!(column("actions", "ordering")[3..], ["/name", list, list, list, "/account_code", "/name"]);
    assert_eq!(spec()["safe-requests"], json!([]), "only GET reads");
}

/// R5
#[test]
fn what_the_guide_does_not_say_of_files_is_set_and_said_to_be_invented() {
    let properties = spec()["config"]["properties"].clone();
    let defaults = [
        ("file_name", json!("{account_code}-{date}.xml")),
        ("root_element", json!("Documents")),
        ("line_element", json!("Line")),
        ("documents_method", json!("put")),
    ];
    for (name, default) in defaults {
        assert_eq!(properties[name]["default"], default);
        assert!(properties[name]["description"].as_str().unwrap().contains("invented"), "{name}");
    }
    for (name, default) in
        [("keep_days", json!(35)), ("time_zone", json!("Asia/Jerusalem")), ("empty_files", json!(false))]
    {
        assert_eq!(properties[name]["default"], default);
    }
    assert_eq!(properties["documents_authorization"]["secret"], true);
    let takes = |more: Value| std::panic::catch_unwind(|| drop(host_with(more))).is_ok();
    assert!(takes(json!({ "file_name": "x{date}{account_code}", "root_element": "_a.b-1" })));
    for refused in ["{date}.xml", "{account_code}.xml", "a/{date}{account_code}", ".{date}{account_code}"] {
        assert!(!takes(json!({ "file_name": refused })), "{refused}");
    }
    for refused in ["1a", "a b", "", "מסמכים", "a>"] {
        assert!(!takes(json!({ "root_element": refused })), "{refused}");
    }
    assert!(!takes(json!({ "customers": ["a/b"] })));
}
