//! The simulator, over the wire.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Body;
use ureq::http::Response;

use super::{
    APPLICATION, PASSWORD, PERMISSIONS, Right, Settings, Simulator, TOKEN, USERNAME, WRONG_PERMISSIONS,
};
use crate::simulator::{Fault, When};

fn start(settings: Settings) -> Simulator {
    Simulator::start(settings).expect("a loopback port")
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.timeout_global(Some(Duration::from_secs(2))).build().into()
}

fn get(simulator: &Simulator, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let request = agent().get(format!("{}{path}", simulator.base_url()));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    read(request.header("Content-Type", "application/json").call().expect("an answer"))
}

/// As the company.
fn company(simulator: &Simulator, path: &str) -> (u16, Value) {
    get(simulator, path, &[("X-ERP-TOKEN", TOKEN)])
}

fn sign_in(simulator: &Simulator, application: &str, password: &str) -> (u16, Value) {
    let request = agent().post(format!("{}/auth/signin-external-app/", simulator.base_url()));
    let request = request.header("X-ERP-REQUESTOR", application).header("Content-Type", "application/json");
    let body = json!({ "username": USERNAME, "password": password }).to_string();
    read(request.send(body).expect("an answer"))
}

fn read(mut answer: Response<Body>) -> (u16, Value) {
    let body = answer.body_mut().read_to_string().expect("a whole answer");
    (answer.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::Null))
}

fn slugs(permissions: &Value) -> Vec<&str> {
    let permissions = permissions.as_array().expect("a list");
    permissions.iter().map(|one| one["permission"].as_str().expect("a slug")).collect()
}

#[test]
fn one_answer_holds_everything_a_token_may_see() {
    let simulator = start(Settings::default());
    for (path, count) in [("/artikels/", 40), ("/klanten/", 25), ("/categories/", 2)] {
        let (status, body) = company(&simulator, path);
        assert_eq!((status, body["data"].as_array().map(Vec::len)), (200, Some(count)), "{path}");
    }
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn amounts_keep_their_zero_and_can_be_text() {
    let simulator = start(Settings::default());
    let price = |simulator: &Simulator| company(simulator, "/artikels/").1["data"][0].clone();
    assert_eq!(price(&simulator)["verkoopprijs_excl"].to_string(), "18.60");
    let texts = start(Settings { amounts_as_text: true, ..Settings::default() });
    assert_eq!(price(&texts)["verkoopprijs_excl"], "18.60");
}

#[test]
fn a_row_is_asked_for_by_its_id_and_may_come_alone() {
    let simulator = start(Settings::default());
    assert_eq!(company(&simulator, "/artikels/?id=1003").1["data"][0]["naam"], "Artikel 2 — één café-tafel");
    assert_eq!(company(&simulator, "/artikels/?id=7").1["data"], json!([]));
    let alone = start(Settings { single_as_object: true, ..Settings::default() });
    assert_eq!(company(&alone, "/categories/?id=3").1["data"]["naam"], "Verlichting");
}

#[test]
fn each_right_opens_its_own_resources() {
    let simulator = start(Settings::default());
    simulator.set_rights(TOKEN, &[Right::Clients]);
    let status = |path| company(&simulator, path).0;
    assert_eq!(["/artikels/", "/categories/", "/klanten/"].map(status), [401, 401, 200]);
    let (_, refused) = company(&simulator, "/artikels/");
    assert_eq!(refused["status"], "NOT_AUTHORIZED");
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("artikels")), "{refused}");
    assert_eq!(get(&simulator, "/klanten/", &[]).0, 401);
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn a_user_signs_in_and_is_told_of_by_the_token() {
    let simulator = start(Settings::default());
    let (status, signed_in) = sign_in(&simulator, APPLICATION, PASSWORD);
    assert_eq!((status, slugs(&signed_in["permissions"])), (200, PERMISSIONS.to_vec()));
    let token = signed_in["token"].as_str().unwrap();
    let ask = |path| get(&simulator, path, &[("X-ERP-TOKEN", token), ("X-ERP-REQUESTOR", APPLICATION)]);
    assert_eq!(ask("/auth/get-user/").1["email"], USERNAME);
    assert_eq!(slugs(&ask("/auth/get-permissions/").1["permissions"]), PERMISSIONS);
    simulator.sign_all_users_out();
    assert_eq!(ask("/auth/get-user/").0, 401);
    // A user's token opens nothing of the company's.
    assert_eq!(get(&simulator, "/artikels/", &[("X-ERP-TOKEN", token)]).0, 401);
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn a_wrong_application_signs_in_with_wrong_permissions() {
    let simulator = start(Settings::default());
    let (status, signed_in) = sign_in(&simulator, "timeap", PASSWORD);
    assert_eq!((status, slugs(&signed_in["permissions"])), (200, WRONG_PERMISSIONS.to_vec()));
}

#[test]
fn a_wrong_password_is_refused_with_a_message() {
    let simulator = start(Settings::default());
    let (status, body) = sign_in(&simulator, APPLICATION, "wrong");
    assert_eq!((status, body["message"].is_string()), (401, true));
    assert_eq!(simulator.user_tokens().len(), 0);
}

#[test]
fn what_no_client_does_is_noted() {
    let simulator = start(Settings::default());
    assert_eq!(company(&simulator, "/artikels").0, 301);
    assert_eq!(company(&simulator, "/klanten/?since=2024").0, 200);
    assert_eq!(company(&simulator, "/orders/").0, 404);
    assert_eq!(sign_in(&simulator, "TimeApp", PASSWORD).0, 200);
    let both = [("X-ERP-TOKEN", TOKEN), ("X-ERP-REQUESTOR", APPLICATION)];
    assert_eq!(get(&simulator, "/klanten/", &both).0, 200);
    let sent = agent().post(format!("{}/artikels/", simulator.base_url())).send("{}").expect("an answer");
    assert_eq!(sent.status(), 405);
    let noted: Vec<_> = simulator.violations().into_iter().map(|violation| violation.request).collect();
    // The last has no content type either.
    assert_eq!(noted, [1, 2, 3, 4, 5, 6, 6]);
}

#[test]
fn a_token_can_come_back_in_an_error_and_in_data() {
    let simulator = start(Settings::default());
    simulator.fault(When::Request(1), Fault::EchoTokenInError);
    simulator.fault(When::Request(2), Fault::EchoTokenInData);
    let (status, body) = company(&simulator, "/artikels/");
    assert!(status == 500 && body["message"].as_str().unwrap().contains(TOKEN), "{body}");
    let (_, body) = company(&simulator, "/artikels/");
    assert!(body["data"][0]["interne_notitie"].as_str().unwrap().contains(TOKEN), "{body}");
}
