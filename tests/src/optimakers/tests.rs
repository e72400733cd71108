//! The simulator, over the wire.

use serde_json::{Value, json};

use super::{API_KEY, Dialect, KeyPlace, Lookup, Settings, Simulator};

/// One request: status and body; text where it is no JSON.
fn ask(simulator: &Simulator, method: &str, path: &str, key: &str, body: Option<Value>) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("{}{path}", simulator.url());
    let request = ureq::http::Request::builder().method(method).uri(url);
    let request = request.header("Authorization", format!("Bearer {key}")).header("X-Api-Key", key);
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let mut answer = agent.run(request.body(body).expect("a request")).expect("an answer");
    let text = answer.body_mut().read_to_string().expect("a whole answer");
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn call(simulator: &Simulator, call: &str, body: Option<Value>) -> (u16, Value) {
    let (method, path) = call.split_once(' ').expect("a method and a path");
    ask(simulator, method, path, API_KEY, body)
}

fn start(settings: Settings) -> Simulator {
    Simulator::start(settings).expect("a loopback port")
}

#[test]
fn lists_have_pages_and_an_end() {
    let simulator = start(Settings { page_max: 100, ..Settings::default() });
    let rows = |page: u32| {
        let (status, body) = call(&simulator, &format!("GET /api/v1/products?page={page}&limit=200"), None);
        assert_eq!(status, 200);
        body["data"].as_array().unwrap().len()
    };
    assert_eq!([1, 2, 3, 4].map(rows), [100, 100, 50, 0]);
    for list in ["orders", "statuses", "attributes", "vat-rates", "currencies"] {
        let (_, body) = call(&simulator, &format!("GET /api/v1/{list}"), None);
        assert!(body["data"][0]["id"].is_number(), "{list}");
    }
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn an_order_is_made_each_time_it_is_sent_and_selected_by_its_reference() {
    let simulator = start(Settings::default());
    let order = json!({
        "externalId": "17", "statusId": 3, "currencyId": "61",
        "items": [{ "name": "a", "quantity": 1, "grossPrice": 2, "vatRateId": 51 }],
    });
    let make = || call(&simulator, "POST /api/v1/orders", Some(order.clone()));
    assert_eq!((make().0, make().0), (201, 201));
    assert_eq!(simulator.orders_with("17").len(), 2);
    let (_, found) = call(&simulator, "GET /api/v1/orders?externalId=17", None);
    assert_eq!(found["data"].as_array().unwrap().len(), 2);
}

#[test]
fn ids_that_do_not_exist_are_refused_by_name() {
    let simulator = start(Settings::default());
    let line = |rate: u64| json!([{ "name": "a", "quantity": 1, "grossPrice": 2, "vatRateId": rate }]);
    for (order, words) in [
        (json!({ "statusId": 9 }), "there is no status 9"),
        (json!({ "currencyId": "9" }), "there is no currency 9"),
        (json!({ "items": line(9) }), "there is no VAT rate 9"),
        (json!({ "attributes": [{ "attributeId": 9 }] }), "there is no attribute 9"),
        (json!({ "customer": { "attributes": [{ "attributeId": 9 }] } }), "there is no attribute 9"),
        (json!({ "items": [{ "name": "a", "vatRateId": 51 }] }), "a has no price or no quantity"),
    ] {
        let (status, body) = call(&simulator, "POST /api/v1/orders", Some(order));
        assert_eq!((status, body["error"].as_str()), (422, Some(words)));
    }
    assert_eq!(simulator.order_ids().len(), 3);
}

#[test]
fn an_order_is_changed_and_what_is_not_there_is_not() {
    let simulator = start(Settings::default());
    let id = simulator.order_ids()[0];
    let change = |id: u64| {
        let changes = json!({ "realised": true, "statusId": 4 });
        call(&simulator, &format!("PATCH /api/v1/orders/{id}"), Some(changes)).0
    };
    assert_eq!([change(id), change(1)], [200, 404]);
    let (_, body) = call(&simulator, &format!("GET /api/v1/orders/{id}"), None);
    assert_eq!((&body["data"]["realised"], &body["data"]["statusId"]), (&json!(true), &json!(4)));
}

#[test]
fn the_key_counts_in_its_place_alone() {
    for (key_place, asked) in [
        (KeyPlace::Bearer, ""),
        (KeyPlace::Header, ""),
        (KeyPlace::Query, "?api_key=syneo-employee-key-7c41e0a95b38d2f6"),
    ] {
        let simulator = start(Settings { key_place, ..Settings::default() });
        let path = format!("/api/v1/statuses{asked}");
        assert_eq!(ask(&simulator, "GET", &path, API_KEY, None).0, 200, "{key_place:?}");
        let (status, body) = ask(&simulator, "GET", "/api/v1/statuses", "wrong", None);
        assert_eq!((status, body["error"].as_str()), (401, Some("the API key is not valid")));
    }
}

#[test]
fn a_lookup_does_what_it_is_set_to() {
    for (lookup, expected) in [(Lookup::Honoured, 0), (Lookup::Ignored, 3), (Lookup::Nothing, 0)] {
        let simulator = start(Settings { lookup, ..Settings::default() });
        let (_, body) = call(&simulator, "GET /api/v1/orders?externalId=17", None);
        assert_eq!(body["data"].as_array().unwrap().len(), expected, "{lookup:?}");
    }
}

#[test]
fn another_dialect_is_another_wire() {
    let simulator = start(Settings { dialect: Dialect::other(), ..Settings::default() });
    let (_, rows) = call(&simulator, "GET /rest/zamowienia?strona=0", None);
    assert_eq!(rows.as_array().unwrap().len(), 3);
    let (status, made) = call(&simulator, "POST /rest/zamowienia", Some(json!({ "numerObcy": "17" })));
    assert_eq!((status, simulator.orders_with("17")), (201, vec![made["id"].as_u64().unwrap()]));
    assert_eq!(call(&simulator, "GET /api/v1/orders", None).0, 404);
}

#[test]
fn what_no_client_may_send_is_noted() {
    let simulator = start(Settings::default());
    call(&simulator, "GET /api/v1/orders?colour=red", None);
    call(&simulator, "POST /api/v1/orders", Some(json!({ "colour": "red" })));
    assert_eq!(call(&simulator, "DELETE /api/v1/orders", None).0, 404);
    let noted: Vec<_> = simulator.violations().into_iter().map(|violation| violation.request).collect();
    assert_eq!(noted, [1, 2, 3]);
}
