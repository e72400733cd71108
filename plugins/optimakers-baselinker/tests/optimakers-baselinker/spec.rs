//! What the flow declares. O3

use optimakers_baselinker::Integration;
use serde_json::{Value, json};
use windlass_sdk::testing;

fn spec() -> Value {
    testing::flow_spec::<Integration>()
}

/// The source's own spelling.
const PARAMETERS: [&str; 10] = [
    "baselinkerOrderStatusToImport",
    "baselinkerOrderStatusToSend",
    "optimesOrderStatus",
    "optimesOrderAttributeDeliveryMethod",
    "optimesOrderAttributeDeliveryPrice",
    "optimesOrderAttributePaymentMethod",
    "optimesOrderAttributeAdditionalField1",
    "optimesOrderAttributeAdditionalField2",
    "optimesOrderAttributeNote",
    "optimesCustomerAttributeLogin",
];

#[test]
fn the_parameters_are_spelled_as_in_the_source() {
    let spec = spec();
    let names: Vec<_> = spec["config"]["properties"].as_object().unwrap().keys().cloned().collect();
    let expected: Vec<_> = PARAMETERS.iter().chain(&["vatRates", "currencies", "optimakersOrder"]).collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), expected);
    assert_eq!(spec["config"]["required"], json!(PARAMETERS[..3]));
}

/// Ids can be picked as well as typed.
#[test]
fn every_id_is_picked_from_a_stream_of_a_role() {
    let spec = spec();
    let properties = &spec["config"]["properties"];
    let stream = |name: &str| match name {
        name if name.starts_with("baselinker") => ("baselinker", "order-statuses"),
        "optimesOrderStatus" => ("optimakers", "statuses"),
        _ => ("optimakers", "attributes"),
    };
    for name in PARAMETERS {
        let (role, stream) = stream(name);
        let options = json!({ "role": role, "stream": stream, "value": "/id", "label": "/name" });
        assert_eq!(properties[name]["options-from"], options, "{name}");
        assert_eq!(properties[name]["type"], json!(["integer", "string"]), "{name}");
    }
    for (table, stream) in [("vatRates", "vat-rates"), ("currencies", "currencies")] {
        let row = &properties[table]["items"]["properties"];
        assert_eq!(row["optimakers"]["options-from"]["stream"], stream);
        assert_eq!(row["optimakers"]["options-from"]["role"], "optimakers");
        let unique = &row["baselinker"]["unique"];
        assert_eq!((&unique["within"], &unique["on-repeat"]), (&json!("connection"), &json!("refuse")));
    }
}

/// G4
#[test]
fn every_parameter_says_where_the_vendors_show_it() {
    let spec = spec();
    for name in PARAMETERS {
        let description = spec["config"]["properties"][name]["description"].as_str().unwrap();
        assert!(description.contains("In BaseLinker:") || description.contains("In Optimakers:"), "{name}");
    }
}

#[test]
fn a_flow_has_roles_and_nothing_else() {
    let spec = spec();
    assert_eq!(
        spec["roles"],
        json!({
            "baselinker": { "connector": "baselinker", "follows": ["orders"], "asks": ["set-order-status"] },
            "optimakers": { "connector": "optimakers", "follows": ["orders"], "asks": ["create-order"] },
        })
    );
    for part in ["hosts", "auth", "limits", "streams", "actions", "webhooks"] {
        assert_eq!(spec[part], json!([]), "{part}");
    }
}

#[test]
fn a_misspelt_setting_is_refused() {
    let made =
        |more: Value| std::panic::catch_unwind(|| drop(crate::Flow::new(&crate::config_with(more)))).is_ok();
    assert!(made(json!({})));
    assert!(!made(json!({ "optimesOrderStatu": 1 })));
    assert!(!made(json!({ "vatRates": [{ "baselinker": 23 }] })));
    assert!(!made(json!({ "vatRates": [{ "baselinker": 23, "optimakers": 1, "colour": 2 }] })));
    assert!(!made(json!({ "optimakersOrder": { "realised": "realised" } })));
    assert!(made(json!({ "vatRates": [{ "baselinker": -0.02, "optimakers": "1" }] })));
}
