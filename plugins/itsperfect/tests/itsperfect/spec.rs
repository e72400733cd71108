//! What the connector declares.

use itsperfect::ItsPerfect;
use serde_json::{Value, json};
use windlass_sdk::testing::{self, TestHost};

fn spec() -> Value {
    testing::spec::<ItsPerfect>()
}

fn names(part: &str) -> Vec<String> {
    let declared = spec()[part].as_array().unwrap().clone();
    declared.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// I1
#[test]
fn only_the_three_secrets_are_required_and_every_switch_is_off() {
    let config = &spec()["config"];
    assert_eq!(config["required"], json!(["username", "password", "token"]));
    let properties = config["properties"].as_object().unwrap();
    let secrets: Vec<_> = properties.iter().filter(|(_, property)| property["secret"] == true).collect();
    assert_eq!(
        secrets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["username", "password", "token"]
    );
    assert_eq!(properties["username"]["identifier"], true);
    for switch in ["active", "create_orders", "get_stock"] {
        assert_eq!(properties[switch]["default"], false, "{switch}");
    }
    assert_eq!(properties["requests_per_hour"]["default"], 750);
    assert_eq!(properties["leave_to_others"]["default"], 0);
    assert_eq!(properties["lookup_field"]["default"], "reference");
}

/// G4
#[test]
fn every_property_says_where_the_vendor_shows_it() {
    let spec = spec();
    for (name, property) in spec["config"]["properties"].as_object().unwrap() {
        let description = property["description"].as_str().unwrap();
        let place = [
            "In ItsPerfect:",
            "in the browser",
            "screen of ItsPerfect",
            "screen of it",
            "ItsPerfect's page",
            "not documented",
        ];
        assert!(place.iter().any(|words| description.contains(words)), "{name}: {description}");
    }
}

/// I4, I5, I6
#[test]
fn rows_need_both_halves_and_no_unknown_member() {
    let properties = &spec()["config"]["properties"];
    let rows = |name: &str| properties[name]["items"].clone();
    assert_eq!(rows("locations")["required"], json!(["location", "warehouse"]));
    assert_eq!(rows("accounts")["required"], json!(["account", "warehouse"]));
    assert_eq!(rows("extension_attributes")["required"], json!(["name", "value"]));
    for name in ["locations", "accounts", "extension_attributes"] {
        assert_eq!(rows(name)["additionalProperties"], false, "{name}");
    }
}

/// G3
#[test]
fn an_address_is_needed_in_one_of_two_forms() {
    let made = |config: Value| std::panic::catch_unwind(|| drop(TestHost::<ItsPerfect>::new(config))).is_ok();
    assert!(made(json!({ "tenant": "acme" })));
    assert!(made(json!({ "base_url": "https://erp.example" })));
    assert!(!made(json!({})));
    assert!(!made(json!({ "tenant": "acme.evil/" })));
}

/// I3
#[test]
fn token_and_basic_authentication_go_with_every_request() {
    let attach = [
        json!({ "query": "token", "value": "{token}" }),
        json!({ "basic": { "username": "{username}", "password": "{password}" } }),
    ];
    assert_eq!(spec()["auth"], json!([{ "attach": attach }]));
    assert_eq!(spec()["safe-requests"], json!([]));
}

/// I11
#[test]
fn one_erp_has_one_limit_an_hour_and_its_headers_are_read() {
    let limit = &spec()["limits"][0];
    assert_eq!([&limit["max"], &limit["window-seconds"]], [&json!("{requests_per_hour}"), &json!(3600)]);
    assert_eq!(limit["shared-by"], "host");
    assert_eq!(limit["remaining-header"], "X-Request-Limit-Remaining");
    assert_eq!(limit["reset-header"], "X-Request-Limit-Date");
    assert!(limit.get("counts").is_none(), "every request counts");
}

/// I7 to I10
#[test]
fn streams_and_the_action_are_declared() {
    assert_eq!(names("streams"), ["warehouses", "countries", "items", "stock"]);
    assert_eq!(names("actions"), ["create-order"]);
    let spec = spec();
    assert_eq!(spec["actions"][0]["repeat"], "lookup");
    let warehouses = &spec["streams"][0]["schema"];
    assert_eq!(warehouses["required"], json!(["id", "warehouse", "active"]));
    let types = ["id", "warehouse", "active"].map(|name| warehouses["properties"][name]["type"].clone());
    assert_eq!(types, ["integer", "string", "integer"]);
    assert_eq!(warehouses["properties"]["warehouse"]["title"], "Name");
}
