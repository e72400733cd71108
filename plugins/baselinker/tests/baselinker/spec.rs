//! What the connector declares.

use baselinker::BaseLinker;
use serde_json::{Value, json};
use windlass_sdk::testing::{self, TestHost};

fn spec() -> Value {
    testing::spec::<BaseLinker>()
}

fn names(part: &str) -> Vec<String> {
    let declared = spec()[part].as_array().unwrap().clone();
    declared.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// L1, G4
#[test]
fn the_configuration_says_what_is_secret_and_where_each_value_is_shown() {
    let config = &spec()["config"];
    let properties = config["properties"].as_object().unwrap();
    assert_eq!(config["required"], json!(["token"]));
    assert_eq!(properties["token"]["secret"], true);
    assert_eq!(properties["order_status"]["options-from"]["stream"], "order-statuses");
    assert_eq!(properties["time_zone"]["default"], "Europe/Warsaw");
    assert_eq!(properties["reread_days"]["default"], 3);
    assert_eq!(properties["base_url"]["default"], "https://api.baselinker.com");
    for (name, property) in properties {
        let description = property["description"].as_str().unwrap();
        let place = ["In BaseLinker", "screens do not show", "no screen of BaseLinker"];
        assert!(place.iter().any(|words| description.contains(words)), "{name}: {description}");
    }
}

/// L5
#[test]
fn a_hundred_requests_a_minute_are_shared_by_the_token() {
    let limit = &spec()["limits"][0];
    assert_eq!([&limit["max"], &limit["window-seconds"]], [&json!("{requests_per_minute}"), &json!(60)]);
    assert_eq!(spec()["config"]["properties"]["requests_per_minute"]["default"], 100);
    assert_eq!(limit["shared-by"], "credential");
    assert_eq!(limit["shared-properties"], json!(["token"]));
    assert!(limit.get("counts").is_none(), "every method counts");
}

/// L3, L4
#[test]
fn streams_and_actions_are_declared() {
    assert_eq!(names("streams"), ["orders", "order-statuses", "inventories", "products", "stock"]);
    assert_eq!(names("actions"), ["set-order-status", "set-order-statuses", "add-order", "update-stock"]);
    let actions = spec()["actions"].clone();
    let repeats: Vec<_> = actions.as_array().unwrap().iter().map(|one| &one["repeat"]).collect();
    assert_eq!(repeats, ["vendor-key", "vendor-key", "lookup", "vendor-key"]);
}

/// L2
#[test]
fn the_orders_say_which_changes_can_be_missed() {
    let description = spec()["streams"][0]["description"].as_str().unwrap().to_owned();
    assert!(description.contains("missed"), "{description}");
}

#[test]
fn only_reading_methods_are_safe() {
    assert_eq!(spec()["safe-requests"], json!([{ "method": ["POST"], "form": { "method": ["get*"] } }]));
}

#[test]
fn a_misspelt_property_is_refused() {
    let made = std::panic::catch_unwind(|| TestHost::<BaseLinker>::new(json!({ "statuss": 1 })));
    assert!(made.is_err());
}
