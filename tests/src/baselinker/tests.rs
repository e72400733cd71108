//! The simulator, over the wire.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Seed, Settings, Simulator, TOKEN};
use crate::simulator::{Fault, Limit, Outcome, Stage, When};

/// One call as an honest client makes it: HTTP status and body, or what broke.
fn call(simulator: &Simulator, method: &str, parameters: Value) -> Result<(u16, Value), String> {
    post(simulator, TOKEN, method, &parameters.to_string()).and_then(|(status, body)| {
        let body = serde_json::from_str(&body).map_err(|error| format!("{error}: {body}"))?;
        Ok((status, body))
    })
}

fn post(simulator: &Simulator, token: &str, method: &str, parameters: &str) -> Result<(u16, String), String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(2)))
        .build()
        .into();
    let request = agent.post(format!("{}/connector.php", simulator.url())).header("X-BLToken", token);
    let mut answer = request
        .send_form([("method", method), ("parameters", parameters)])
        .map_err(|error| error.to_string())?;
    let body = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    Ok((answer.status().as_u16(), body))
}

fn start(settings: Settings) -> Simulator {
    Simulator::start(settings).expect("a loopback port")
}

#[test]
fn orders_come_a_hundred_at_a_time_and_equal_seconds_can_be_split_by_a_page() {
    let simulator = start(Settings::default());
    let (_, page) = call(&simulator, "getOrders", json!({"date_confirmed_from": 0})).unwrap();
    let orders = page["orders"].as_array().unwrap();
    assert_eq!((page["status"].as_str(), orders.len()), (Some("SUCCESS"), 100));
    // 100 is no multiple of 7: the last second of the page goes on.
    let last = orders[99]["date_confirmed"].as_i64().unwrap();
    let (_, rest) = call(&simulator, "getOrders", json!({"date_confirmed_from": last})).unwrap();
    assert_eq!(rest["orders"][0]["order_id"], orders[98]["order_id"]);
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn amounts_flags_and_ids_have_the_mixed_types_of_the_wire() {
    let simulator = start(Settings::default());
    let ask = json!({"include_custom_extra_fields": true});
    let (_, page) = call(&simulator, "getOrders", ask).unwrap();
    let orders = page["orders"].as_array().unwrap();
    assert!(orders.iter().any(|order| order["payment_method_cod"] == "1"));
    assert!(orders.iter().any(|order| order["delivery_price"] == json!(20)));
    assert!(orders.iter().any(|order| order["delivery_price"] == json!(21.6)));
    assert!(orders.iter().any(|order| order["order_id"].is_string()));
    assert!(orders.iter().all(|order| order["custom_extra_fields"] == json!([])));
}

#[test]
fn a_failure_comes_under_http_200() {
    let simulator = start(Settings::default());
    let (status, body) = call(&simulator, "getEverything", json!({})).unwrap();
    assert_eq!((status, body["error_code"].as_str()), (200, Some("ERROR_UNKNOWN_METHOD")));
    let (status, body) = post(&simulator, "1-2-WRONG", "getOrders", "{}").unwrap();
    assert_eq!(status, 200);
    assert!(body.contains("ERROR_AUTH_TOKEN"), "{body}");
}

#[test]
fn one_request_too_many_blocks_the_token_until_the_moment_in_the_message() {
    let limit = Limit { max: 2, ..Limit::default() };
    let simulator = start(Settings { limit, ..Settings::default() });
    let ask = || call(&simulator, "getOrderStatusList", json!({})).unwrap().1;
    assert_eq!((ask()["status"].as_str(), ask()["status"].as_str()), (Some("SUCCESS"), Some("SUCCESS")));
    let blocked = ask();
    assert_eq!(blocked["error_code"], "ERROR_BLOCKED_TOKEN");
    let message = blocked["error_message"].as_str().unwrap();
    let until = message.strip_prefix("Query limit exceeded, token blocked until ").unwrap();
    let until: jiff::civil::DateTime = until.parse().unwrap();
    let until = until.to_zoned(Settings::default().zone).unwrap().timestamp();
    let left = until.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((590..=601).contains(&left), "{message}: {left} s left");
    ask();
    let violations: Vec<_> = simulator.violations().into_iter().map(|violation| violation.what).collect();
    assert_eq!(violations, ["one request too many", "a request during a block"]);
}

#[test]
fn what_no_client_may_send_is_noted() {
    let simulator = start(Settings::default());
    call(&simulator, "getOrders", json!({"with_commision": true})).unwrap();
    post(&simulator, TOKEN, "getOrders", "no JSON").unwrap();
    assert!(ureq::get(format!("{}/connector.php", simulator.url())).call().is_err());
    let violations: Vec<_> = simulator.violations().into_iter().map(|violation| violation.request).collect();
    assert_eq!(violations, [1, 2, 3]);
}

#[test]
fn an_added_order_is_found_again_by_its_extra_field_and_its_email() {
    let simulator = start(Settings::default());
    let order =
        json!({"order_status_id": 8069, "email": "a@b.example", "extra_field_1": "key +1", "products": []});
    let (_, added) = call(&simulator, "addOrder", order).unwrap();
    let id = added["order_id"].as_i64().unwrap();
    assert_eq!(simulator.orders_with("extra_field_1", "key +1"), [id]);
    let (_, found) = call(&simulator, "getOrdersByEmail", json!({"email": "a@b.example"})).unwrap();
    assert_eq!(found["orders"][0]["order_id"], id);
    let (_, whole) = call(&simulator, "getOrders", json!({"order_id": id})).unwrap();
    assert_eq!(whole["orders"][0]["extra_field_1"], "key +1");
    assert_eq!(simulator.effects().len(), 1);
}

#[test]
fn a_status_is_changed_and_an_unknown_order_is_refused() {
    let simulator = start(Settings::default());
    let id = simulator.order_ids()[3];
    let (_, body) = call(&simulator, "setOrderStatus", json!({"order_id": id, "status_id": 8071})).unwrap();
    assert_eq!(body, json!({"status": "SUCCESS"}));
    assert_eq!(simulator.order_status(id), Some(8071));
    let (_, body) = call(&simulator, "setOrderStatus", json!({"order_id": 1, "status_id": 8071})).unwrap();
    assert_eq!(body["error_message"], "Invalid order_id");
}

#[test]
fn the_journal_is_empty_until_it_is_switched_on() {
    for journal in [false, true] {
        let simulator = start(Settings { journal, ..Settings::default() });
        let id = simulator.order_ids()[0];
        simulator.move_order(id, 8070);
        let (_, body) =
            call(&simulator, "getJournalList", json!({"last_log_id": 0, "logs_types": [18]})).unwrap();
        assert_eq!(body["logs"].as_array().unwrap().len(), usize::from(journal));
    }
}

#[test]
fn a_stock_update_warns_of_what_it_could_not_write() {
    let simulator = start(Settings { products: 3, ..Settings::default() });
    let products = json!({"2685": {"bl_205": 9}, "2686": {"shop_2824": 1}, "1": {"bl_205": 1}});
    let ask = json!({"inventory_id": 307, "products": products});
    let (_, body) = call(&simulator, "updateInventoryProductsStock", ask).unwrap();
    assert_eq!((body["status"].as_str(), body["counter"].as_i64()), (Some("SUCCESS"), Some(1)));
    assert_eq!(body["warnings"].as_object().unwrap().len(), 2);
    let (_, stock) = call(&simulator, "getInventoryProductsStock", json!({"inventory_id": 307})).unwrap();
    assert_eq!(stock["products"]["2685"]["stock"]["bl_205"], 9);
    let (_, page) =
        call(&simulator, "getInventoryProductsList", json!({"inventory_id": 307, "page": 2})).unwrap();
    assert_eq!(page["products"], json!([]));
}

#[test]
fn each_fault_breaks_the_answer_in_its_own_way() {
    let broken = [
        (Fault::Reset, None),
        (Fault::AnswerLost, Some(8070)),
        (Fault::ResetMidBody, Some(8070)),
        (Fault::TruncatedJson, Some(8070)),
        (Fault::Html500, None),
        (Fault::Silent, None),
    ];
    for (fault, acted) in broken {
        let simulator = start(Settings::default());
        simulator.fault(When::Request(1), fault.clone());
        let id = simulator.order_ids()[0];
        let answer = call(&simulator, "setOrderStatus", json!({"order_id": id, "status_id": 8070}));
        assert!(answer.is_err(), "{fault:?}: {answer:?}");
        assert_eq!(simulator.effects().first().and_then(|effect| effect.status), acted, "{fault:?}");
    }
}

#[test]
fn a_slow_body_and_an_echoed_token_come_whole() {
    let simulator = start(Settings { seed: Seed { orders: 1, ..Seed::default() }, ..Settings::default() });
    simulator.fault(When::Request(1), Fault::SlowBody(1));
    simulator.fault(When::Request(2), Fault::EchoTokenInData);
    simulator.fault(When::Request(3), Fault::EchoTokenInError);
    let ask = || call(&simulator, "getOrders", json!({})).unwrap().1;
    assert_eq!(ask()["status"], "SUCCESS");
    assert!(ask()["orders"][0]["admin_comments"].as_str().unwrap().contains(TOKEN));
    assert!(ask()["error_message"].as_str().unwrap().contains(TOKEN));
}

#[test]
fn a_watcher_sees_every_stage_in_order_before_the_request_goes_on() {
    let simulator = start(Settings::default());
    let (sender, stages) = std::sync::mpsc::channel();
    simulator.watch(move |moment| sender.send((moment.request, moment.stage)).unwrap());
    call(&simulator, "getOrderStatusList", json!({})).unwrap();
    let expected = [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered];
    for stage in expected {
        assert_eq!(stages.recv_timeout(Duration::from_secs(5)).unwrap(), (1, stage));
    }
    assert_eq!(simulator.requests()[0].outcome, Outcome::Answered);
}
