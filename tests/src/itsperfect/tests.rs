//! The simulator, over the wire.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{
    Filters, InsertId, Listing, PASSWORD, Quota, Settings, Simulator, TOKEN, USERNAME, WEBSHOP_TOKEN,
};
use crate::simulator::{Fault, When};
use crate::timeline::Timeline;

/// Status, headers in lower case and body; or what broke.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn rows(&self, name: &str) -> Vec<Value> {
        self.json()[name].as_array().cloned().expect("a list under its name")
    }
}

fn start(settings: Settings) -> Simulator {
    Simulator::start(settings).expect("a loopback port")
}

fn send(simulator: &Simulator, target: &str, body: Option<&Value>, basic: bool) -> Result<Answer, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(2)))
        .build()
        .into();
    let url = format!("{}{target}", simulator.url());
    let known = format!("Basic {}", STANDARD.encode(format!("{USERNAME}:{PASSWORD}")));
    let answer = match body {
        None if basic => agent.get(url).header("Authorization", known).call(),
        None => agent.get(url).call(),
        Some(body) => agent
            .post(url)
            .header("Authorization", known)
            .header("Content-Type", "application/json")
            .send(body.to_string()),
    };
    let mut answer = answer.map_err(|error| error.to_string())?;
    let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let body = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    Ok(Answer { status: answer.status().as_u16(), headers, text: body })
}

/// GET of a path and its parameters, as an honest client makes it.
fn get(simulator: &Simulator, path_and_query: &str) -> Answer {
    let joint = if path_and_query.contains('?') { '&' } else { '?' };
    send(simulator, &format!("/api/v2/{path_and_query}{joint}token={TOKEN}"), None, true).unwrap()
}

fn post(simulator: &Simulator, order: &Value) -> Result<Answer, String> {
    send(simulator, &format!("/api/v2/orders?token={TOKEN}"), Some(order), true)
}

#[test]
fn every_form_of_an_address_reaches_the_same_list() {
    let simulator = start(Settings::default());
    for target in ["items/?token=T&limit=10", "items?limit=10&token=T", "items/&token=T&limit=10"] {
        let answer =
            send(&simulator, &format!("/api/v2/{}", target.replace("=T", &format!("={TOKEN}"))), None, true);
        assert_eq!(answer.unwrap().rows("items").len(), 10, "{target}");
    }
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn pages_are_told_in_headers_alone() {
    let simulator = start(Settings::default());
    let last = get(&simulator, "items/?page=3&limit=10");
    assert_eq!(last.rows("items").len(), 5);
    let told = ["current-page", "page-count", "total-count"]
        .map(|name| last.header(&format!("x-pagination-{name}")).unwrap_or("none").to_owned());
    assert_eq!(told, ["3", "3", "25"]);
    assert_eq!(last.json().as_object().unwrap().len(), 1, "nothing of it in the body");
    assert_eq!(get(&simulator, "items/").rows("items").len(), 25, "all without a limit");
    simulator.set_items(0);
    assert_eq!(get(&simulator, "items/?page=1").header("x-pagination-page-count"), Some("0"));
    simulator.set(|settings| settings.listing = Listing { headers: false, ..Listing::default() });
    assert_eq!(get(&simulator, "items/").header("x-pagination-page-count"), None);
}

#[test]
fn an_answer_to_a_wrong_token_echoes_it() {
    let simulator = start(Settings::default());
    let answer = send(&simulator, "/api/v2/stock?token=1523a-wrong", None, true).unwrap();
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"], "The authentication token (1523a-wrong) is not correct");
}

#[test]
fn token_and_basic_authentication_are_needed_together_unless_basic_is_off() {
    let simulator = start(Settings::default());
    let plain = |simulator: &Simulator| {
        send(simulator, &format!("/api/v2/warehouses?token={TOKEN}"), None, false).unwrap().status
    };
    assert_eq!(plain(&simulator), 401);
    simulator.set(|settings| settings.basic = false);
    assert_eq!(plain(&simulator), 200);
}

#[test]
fn a_webshop_token_reaches_its_own_stock_and_little_else() {
    let simulator = start(Settings::default());
    let ask =
        |path: &str| send(&simulator, &format!("/api/v2/{path}?token={WEBSHOP_TOKEN}"), None, true).unwrap();
    let stock = ask("stock");
    assert_eq!(stock.rows("stock")[0]["warehouses"].as_array().unwrap().len(), 1);
    assert_eq!([ask("orders").status, ask("items").status, ask("warehouses").status], [200, 401, 401]);
}

#[test]
fn amounts_prices_and_ids_have_the_mixed_types_of_the_wire() {
    let simulator = start(Settings::default());
    let items = get(&simulator, "items/").text;
    assert!(items.contains(r#""salesListPrice":21.60,"#) && items.contains(r#""salesListPrice":"21.60","#));
    let stock = get(&simulator, "stock?warehouseId=3").text;
    assert!(stock.contains(r#""stock":""#) && stock.contains(r#""availableStock":""#));
    assert!(stock.contains(r#""availableStock":-"#), "more can be promised than is there");
    let orders = get(&simulator, "orders/").text;
    assert!(orders.contains(r#"{"id":"500"#) && orders.contains(r#"{"id":500"#));
}

#[test]
fn a_barcode_lies_in_several_warehouses_and_an_answer_may_hold_them_all() {
    for (mixed_stock, expected) in [(true, 3), (false, 1)] {
        let simulator = start(Settings { mixed_stock, ..Settings::default() });
        let rows = get(&simulator, "stock?warehouseId=4").rows("stock");
        let warehouses = rows[0]["warehouses"].as_array().unwrap().clone();
        assert_eq!(warehouses.len(), expected);
        let barcode = |warehouse: &Value| warehouse["colors"][0]["sizes"][0]["barcode"].clone();
        assert!(warehouses.iter().all(|warehouse| barcode(warehouse) == barcode(&warehouses[0])));
    }
}

#[test]
fn one_item_its_stock_and_an_unknown_order() {
    let simulator = start(Settings::default());
    assert_eq!(get(&simulator, "items/1003/").rows("items")[0]["itemNumber"], "ST-01003");
    assert_eq!(get(&simulator, "items/1003/stock").rows("stock")[0]["itemId"], 1003);
    let unknown = get(&simulator, "orders/7/");
    assert_eq!((unknown.status, unknown.text.as_str()), (200, ""));
}

#[test]
fn a_new_order_has_its_id_as_number_or_text_or_not_at_all() {
    for (insert_id, expected) in [
        (InsertId::Number, json!(50_013)),
        (InsertId::Text, json!("50013")),
        (InsertId::Missing, Value::Null),
    ] {
        let simulator = start(Settings { insert_id, ..Settings::default() });
        let answer = post(&simulator, &json!({"reference": "A-1", "amount": "21.60"})).unwrap();
        assert_eq!((answer.status, &answer.json()["insertId"]), (200, &expected));
        assert_eq!(simulator.orders_with("reference", "A-1"), [50_013]);
    }
}

#[test]
fn a_filter_over_orders_selects_or_does_what_is_set() {
    let simulator = start(Settings::default());
    simulator.add_order("A 1");
    let rows = |simulator: &Simulator| get(simulator, "orders/?filter=reference+eq+A+1").rows("orders").len();
    assert_eq!(rows(&simulator), 1);
    simulator.set(|settings| settings.filters = Filters::Ignored);
    assert_eq!(rows(&simulator), 13);
    simulator.set(|settings| settings.filters = Filters::Nothing);
    assert_eq!(rows(&simulator), 0);
    simulator.set(|settings| settings.filters = Filters::Refused(500));
    assert_eq!(get(&simulator, "orders/?filter=reference+eq+A+1").status, 500);
    assert_eq!(get(&simulator, "orders/?limit=5").rows("orders")[0]["id"], 50_001);
    simulator.set(|settings| settings.newest_first = true);
    assert_eq!(get(&simulator, "orders/?limit=5").rows("orders")[0]["reference"], "A 1");
}

#[test]
fn past_the_hourly_limit_requests_fail_and_are_noted() {
    let quota = Quota { max: 5, status: 404, ..Quota::default() };
    let simulator = start(Settings { quota, ..Settings::default() });
    assert_eq!(get(&simulator, "warehouses").header("x-request-limit-remaining"), Some("4"));
    simulator.use_by_others(3);
    let last = get(&simulator, "warehouses");
    assert_eq!((last.status, last.header("x-request-limit-remaining")), (200, Some("0")));
    let refused = get(&simulator, "warehouses");
    assert_eq!((refused.status, refused.header("x-request-limit-remaining")), (404, Some("0")));
    assert!(refused.header("x-request-limit-date").unwrap().ends_with(":00:00"));
    assert_eq!(simulator.violations()[0].what, "one request too many");
}

#[test]
fn what_no_client_may_send_is_noted() {
    let simulator = start(Settings::default());
    get(&simulator, "items/?colour=red");
    get(&simulator, "stock?page=1&page=2");
    post(&simulator, &json!([1])).unwrap();
    send(&simulator, "/api/v3/items", None, true).unwrap();
    let violations: Vec<_> = simulator.violations().into_iter().map(|violation| violation.request).collect();
    assert_eq!(violations, [1, 2, 3, 4]);
}

#[test]
fn each_fault_breaks_the_answer_in_its_own_way() {
    let broken = [
        (Fault::Reset, 0),
        (Fault::AnswerLost, 1),
        (Fault::ResetMidBody, 1),
        (Fault::TruncatedJson, 1),
        (Fault::Html500, 0),
        (Fault::Instead { acts: true, status: 200, body: "created".into() }, 1),
        (Fault::EchoTokenInError, 0),
    ];
    for (fault, created) in broken {
        let simulator = start(Settings { orders: 0, ..Settings::default() });
        simulator.fault(When::Nth("POST orders".into(), 1), fault.clone());
        let answer = post(&simulator, &json!({"reference": "A-1"})).map(|answer| answer.text);
        let is_good = answer.is_ok_and(|text| {
            serde_json::from_str::<Value>(&text).is_ok_and(|body| body["insertId"].is_number())
        });
        assert!(!is_good, "{fault:?}");
        assert_eq!(simulator.orders().len(), created, "{fault:?}");
    }
}

#[test]
fn skipped_time_has_passed_for_the_vendor_too() {
    let timeline = Timeline::begin();
    let simulator = start(Settings { timeline: timeline.clone(), ..Settings::default() });
    get(&simulator, "warehouses");
    timeline.skip(Duration::from_secs(3600));
    get(&simulator, "warehouses");
    let [first, second] = [0, 1].map(|index| simulator.requests()[index].clone());
    let hour = Duration::from_secs(3600)..Duration::from_secs(3610);
    assert!(hour.contains(&(second.at - first.at)), "{first:?} {second:?}");
    assert!((3_600_000..3_610_000).contains(&(second.unix_ms - first.unix_ms)), "{first:?} {second:?}");
    assert_eq!(simulator.max_in_any_window(Duration::from_secs(3600)), 1);
}
