//! B6: the application's own API, behind a login.

use std::time::Duration;

use serde_json::json;
use windlass_tests::brani::{EMAIL, PASSWORD, Settings, TOKEN};
use windlass_tests::cases::check_all;
use windlass_tests::eventually::eventually;
use windlass_tests::host::Begun;
use windlass_tests::simulator::{Fault, When};

use super::{NAME, Shop};

const SOON: Duration = Duration::from_secs(30);
/// For so long a token is good, where it is not good for ever.
const LIFE: Duration = Duration::from_secs(3600);
/// A part of a login's answer takes this long, so that others come while it is under way.
const SLOW_MS: u64 = 100;

fn remark(text: &str) -> serde_json::Value {
    json!({
        "method": "POST", "path": "/api/packing/set_remark/",
        "body": { "eshop_id": 4711, "is_multieshop_request": false, "order_code": "7", "remark": text },
    })
}

/// B6
#[test]
fn the_settings_are_read_by_a_user_who_logs_in_once() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok("settings");
    shop.sync_ok("settings");
    let records = shop.records("settings");
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["filters"][0]["orders"], 12, "`calculate_filters` was asked for");
    let stored = windlass_tests::connection::records(&shop.host, NAME, "settings");
    assert!(stored[0].contains("\"weight_limit\":31.5"), "{stored:?}");
    assert_eq!(shop.vendor.logins(), 1);
    shop.vendor.forget_tokens();
    shop.sync_ok("settings");
    assert_eq!(shop.vendor.logins(), 2);
    assert!(shop.runs().iter().all(|run| run["state"] == "succeeded"));
    shop.assert_lawful();
}

/// B6: whether the login said how long its token is good or not, and however the runs meet. A walk of this
/// API is one request, so the token expires between two of them.
#[test]
fn a_token_that_expires_costs_one_login_and_fails_no_run() {
    check_all(&[false, true], 2, |&tells_life| {
        let settings =
            Settings { token_life: Some(LIFE.as_secs() as i64), tells_life, ..Settings::default() };
        let timeline = settings.timeline.clone();
        let shop = Shop::open(settings);
        shop.sync_ok("settings");
        timeline.skip(LIFE);
        shop.sync_ok("settings");
        assert_eq!(shop.vendor.logins(), 2);

        // Two runs at once find it expired.
        timeline.skip(LIFE);
        shop.vendor.auth.fault(When::Always, Fault::SlowBody(SLOW_MS));
        let get = json!({ "method": "GET", "path": "/api/settings/" }).to_string();
        let runs = [
            shop.host.begin(&["sync", NAME, "settings"]),
            shop.host.begin(&["act", NAME, "app-request", "--input", &get, "--key", "one"]),
        ];
        assert!(runs.into_iter().all(Begun::end));
        assert_eq!(shop.vendor.logins(), 3);
        let runs = shop.runs();
        assert_eq!(runs.len(), 4);
        for run in runs {
            assert_eq!((&run["state"], &run["attempt"]), (&json!("succeeded"), &json!(1)), "{run}");
        }
        shop.assert_lawful();
    });
}

/// B6, G5: a connection that never asks the application needs no user there.
#[test]
fn without_a_user_all_but_the_application_works() {
    let shop = Shop::open_with(Settings::default(), &[], &[("token", TOKEN)]);
    shop.sync_ok("eshop-info");
    shop.sync_ok("webhook-events");
    let check = shop.host.json(&["connection", "check", NAME]);
    assert!(check.to_string().contains("`email` and `password` are not set"), "{check}");
    let output = shop.sync("settings");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("`email` and `password` are not set"), "{output:?}");
    assert_eq!(shop.runs()[0]["error"]["code"], "config");
    assert_eq!((shop.vendor.logins(), shop.vendor.app.requests().len()), (0, 0));
    assert_eq!(eventually("the schedule stops", SOON, || shop.stopped("settings")), "config");
    assert_eq!((shop.stopped("eshop-info"), shop.stopped("webhook-events")), (None, None));
}

/// B6: one try, and only what needs the login stops.
#[test]
fn a_wrong_password_is_tried_once_and_stops_the_settings_alone() {
    let settings = Settings { password: "changed at Brani".into(), ..Settings::default() };
    let shop = Shop::open(settings);
    let output = shop.sync("settings");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("Nespravne prihlasovaci udaje"), "{output:?}");
    assert_eq!(eventually("the schedule stops", SOON, || shop.stopped("settings")), "auth");
    let refused = shop.act("app-request", &remark("nikdy"), "one");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!((shop.vendor.logins(), shop.vendor.remarks().len()), (1, 0));
    shop.sync_ok("eshop-info");
    assert_eq!((shop.stopped("eshop-info"), shop.stopped("webhook-events")), (None, None));
}

/// B6
#[test]
fn a_login_without_a_token_is_an_auth_error() {
    let shop = Shop::open(Settings::default());
    let answer = Fault::Instead { acts: false, status: 200, body: r#"{"detail":"two-factor"}"#.into() };
    shop.vendor.auth.fault(When::Always, answer);
    let output = shop.sync("settings");
    assert!(output.stderr.contains("no token at /access_token"), "{output:?}");
    assert_eq!((&shop.runs()[0]["error"]["code"], shop.vendor.logins()), (&json!("auth"), 1));
}

/// B6
#[test]
fn the_rest_of_the_application_is_asked_by_hand() {
    let shop = Shop::open(Settings::default());
    let get = json!({ "method": "GET", "path": "/api/settings/", "query": { "calculate_filters": true } });
    let answer = shop.done("app-request", &get, "one");
    assert_eq!((&answer["status"], &answer["body"]["packer"]["name"]), (&json!(200), &json!("Balič 1")));
    shop.vendor.forget_tokens();
    assert_eq!(shop.done("app-request", &remark("křehké"), "two")["status"], 201);
    assert_eq!(shop.vendor.remarks(), [("7".to_owned(), "křehké".to_owned())]);
    let unknown = json!({ "method": "DELETE", "path": "/api/nothing/" });
    assert_eq!(shop.act("app-request", &unknown, "three").code, 1);
    // A GET may be repeated, and is; what changes something is not, and waits for a person.
    shop.vendor.app.fault(When::Nth("GET /api/settings/".into(), 1), Fault::AnswerLost);
    assert_eq!(shop.done("app-request", &get, "four")["status"], 200);
    shop.vendor.app.fault(When::Nth("POST /api/packing/set_remark/".into(), 1), Fault::AnswerLost);
    let held = shop.act("app-request", &remark("jednou"), "five");
    assert!(held.code == 1 && held.stderr.contains("may have reached the vendor"), "{held:?}");
    assert_eq!((&shop.runs()[0]["state"], shop.vendor.remarks().len()), (&json!("held"), 2));
}

/// B6: the user's name stands in the vendor's log, not in ours.
#[test]
fn neither_user_nor_token_is_told() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok("settings");
    let secrets = [shop.vendor.tokens(), vec![PASSWORD.into(), TOKEN.into(), EMAIL.into()]].concat();
    assert_eq!(secrets.len(), 4);
    let run = shop.host.get(&format!("runs/{}", shop.runs()[0]["id"])).1.to_string();
    assert!(run.contains("/api/login/"), "the login has its line: {run}");
    for secret in secrets {
        assert!(!run.contains(&secret) && !shop.host.log().contains(&secret), "{secret}");
    }
}
