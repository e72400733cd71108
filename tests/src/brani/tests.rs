//! The simulator keeps its own rules.

use serde_json::{Value, json};

use super::{Brani, EMAIL, PASSWORD, Settings, TOKEN};

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().new_agent()
}

fn get(url: String, token: &str) -> (u16, Value) {
    let answer = agent().get(url).header("authorization", format!("Bearer {token}")).call();
    let mut answer = answer.expect("the vendor answers");
    let body = answer.body_mut().read_to_vec().expect("a whole answer");
    (answer.status().as_u16(), serde_json::from_slice(&body).unwrap_or_default())
}

fn log_in(brani: &Brani, password: &str) -> (u16, Value) {
    let mut answer = agent()
        .post(format!("{}/api/login/", brani.auth.url()))
        .send_form([("username", EMAIL), ("password", password)])
        .expect("the vendor answers");
    (answer.status().as_u16(), answer.body_mut().read_json().expect("JSON"))
}

fn page(brani: &Brani, more: &str) -> (u16, Vec<u64>) {
    let url = format!("{}/webhook/events/251?page_number=1&items_per_page=3{more}", brani.api.url());
    let (status, body) = get(url, TOKEN);
    let events = body["webhook_events"].as_array().cloned().unwrap_or_default();
    (status, events.iter().filter_map(|event| event["id"].as_u64()).collect())
}

#[test]
fn each_host_has_its_own_way_to_refuse() {
    let brani = Brani::start(Settings::default());
    assert_eq!(get(format!("{}/eshop/info", brani.api.url()), "wrong").0, 403);
    assert_eq!(get(format!("{}/eshop/info", brani.api.url()), TOKEN), (200, Value::Null));
    assert_eq!(get(format!("{}/api/settings/", brani.app.url()), "wrong").0, 401);
    assert_eq!(log_in(&brani, "wrong").0, 401);
    let (status, body) = log_in(&brani, PASSWORD);
    let token = body["access_token"].as_str().expect("a token");
    assert_eq!((status, get(format!("{}/api/settings/", brani.app.url()), token).0), (200, 200));
    brani.forget_tokens();
    assert_eq!(get(format!("{}/api/settings/", brani.app.url()), token).0, 401);
}

#[test]
fn the_list_is_newest_first_and_has_an_end() {
    let brani = Brani::start(Settings::default());
    brani.register("status_change", "http://127.0.0.1:9/hook");
    assert_eq!(page(&brani, "").0, 406, "an empty list has no page");
    brani.happen("status_change", "1", &json!(-1), 4);
    brani.happen("order_history", "1", &json!("nobody listens"), 1);
    assert_eq!(page(&brani, ""), (200, vec![4, 3, 2]));
    assert_eq!(page(&brani, "&inverted=true"), (200, vec![1, 2, 3]));
    assert_eq!(page(&brani, "&only_failed=true").0, 406);
    assert_eq!(page(&brani, "&from_date=2999-01-01%2000:00:00").0, 406);
}

#[test]
fn a_push_that_fails_is_tried_three_times_or_as_often_as_is_set() {
    for attempts in [3, 5] {
        let brani = Brani::start(Settings { attempts, ..Settings::default() });
        // Nothing listens there.
        brani.register("status_change", "http://127.0.0.1:9/hook");
        brani.happen("status_change", "1", &json!(5), 1);
        assert_eq!(brani.push().len() as u64, attempts);
        assert_eq!(brani.push(), []);
        assert_eq!(page(&brani, "&only_failed=true"), (200, vec![1]));
    }
}
