//! What becomes of deliveries: once each, in order, and never lost.

use serde_json::{Value, json};

use super::hooked::{Hooked, NAME, TOKEN, event, status};

#[test]
fn a_repeat_is_answered_alike_and_has_no_effect() {
    let hooked = Hooked::start();
    for _ in 0..3 {
        hooked.taken(&event("once", "a"));
    }
    hooked.delivery("once", "processed");
    hooked.taken(&event("once", "a"));
    // Another try of the same event may look different.
    let again = json!({ "event": "once", "order": "a", "try": 2 });
    hooked.taken(&again);
    assert_eq!(hooked.deliveries().len(), 1);
    // The same event at another webhook is another one.
    hooked.send("body", &[], json!({ "event": "once", "order": "a", "token": TOKEN }).to_string().as_bytes());
    hooked.drained();
    assert_eq!(hooked.events()["a"], ["once", "once"]);
    // Without an event id an equal body is new when the first was received, but for its window.
    for (webhook, expected) in [("open", 3), ("window", 1)] {
        let body = event(webhook, "b").to_string();
        for _ in 0..3 {
            hooked.send(webhook, &[], body.as_bytes());
            hooked.drained();
        }
        let kept = hooked.deliveries().iter().filter(|one| one["webhook"] == webhook).count();
        assert_eq!(kept, expected, "{webhook}");
    }
}

#[test]
fn deliveries_of_one_order_are_received_in_the_order_they_came() {
    let hooked = Hooked::start();
    let order = |number: usize| ["a", "b", "c"][number % 3];
    // All are there before the first is received, however slowly they come.
    hooked.host.ok(&["connection", "pause", NAME]);
    for number in 0..60 {
        let slow = number == 3;
        let mut body = event(format!("{number:03}"), order(number));
        body["do"] = if slow { "fail-twice" } else { "record" }.into();
        hooked.taken(&body);
    }
    hooked.host.ok(&["connection", "resume", NAME]);
    hooked.drained();
    let events = hooked.events();
    for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
        let expected: Vec<String> = (place..60).step_by(3).map(|number| format!("{number:03}")).collect();
        assert_eq!(events[name], expected, "{name}");
    }
    // The others did not wait for the one that failed.
    let ended = |event: &str| hooked.delivery(event, "processed")["ended_at"].to_string();
    assert!(ended("003") > ended("058"), "{} {}", ended("003"), ended("058"));
    assert_eq!(hooked.delivery("003", "processed")["attempt"], 3);
    windlass_tests::replay::assert_same(&hooked.host, &["receive"]);
}

#[test]
fn what_cannot_be_received_is_kept_with_its_reason_and_replayed() {
    let hooked = Hooked::start();
    let doing = |event: &str, what: &str| json!({ "event": event, "order": event, "do": what });
    for (event, what) in [("r", "reject"), ("p", "panic"), ("n", "nonsense"), ("c", "call")] {
        hooked.taken(&doing(event, what));
    }
    assert_eq!(status(&hooked.send("orders", &[("x-token", TOKEN)], b"no JSON")), 200);
    let check = |event: &str, code: &str, blame: &str, message: &str| {
        let failed = hooked.delivery(event, "failed");
        let error = &failed["error"];
        assert_eq!((error["code"].as_str(), error["blame"].as_str()), (Some(code), Some(blame)), "{failed}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains(message)), "{failed}");
        failed
    };
    check("r", "rejected", "vendor", "this is not wanted");
    check("p", "call.trap", "connector", "it cannot be received");
    check("n", "call.output", "connector", "which the spec does not declare");
    check("c", "call.denied", "connector", "may make 0 requests");
    assert!(hooked.events().is_empty());
    let listed = hooked.host.ok(&["delivery", "list", NAME, "--state", "failed"]);
    assert_eq!(listed.lines().count(), 6, "{listed}");
    let failed = hooked.delivery("r", "failed");
    let id = failed["id"].to_string();
    let shown = hooked.host.ok(&["delivery", "show", NAME, &id]);
    for expected in ["rejected", "x-token: [secret]", r#""do":"reject""#, "POST"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    // It is received again, and rejected again; another version might take it.
    let said = hooked.host.ok(&["delivery", "replay", NAME, &id]);
    assert!(said.contains("waits again"), "{said}");
    hooked.drained();
    let again = hooked.delivery("r", "failed");
    assert_ne!(again["run"], failed["run"]);
    let wrong = hooked.host.cli(&["delivery", "replay", NAME, "999999"]);
    assert!(wrong.code == 1 && wrong.stderr.contains("delivery.missing"), "{wrong:?}");
    // One that went well may be replayed, too.
    hooked.taken(&event("good", "g"));
    let good = hooked.delivery("good", "processed")["id"].to_string();
    hooked.host.ok(&["delivery", "replay", NAME, &good]);
    hooked.drained();
    assert_eq!(hooked.events()["g"], ["good", "good"]);
}

#[test]
fn a_paused_connection_keeps_what_comes_and_receives_it_later() {
    let hooked = Hooked::start();
    hooked.host.ok(&["connection", "pause", NAME]);
    for number in 0..5 {
        hooked.taken(&event(number, "a"));
    }
    assert_eq!(status(&hooked.send("orders", &[("x-token", "x")], b"{}")), 401);
    hooked.host.stop();
    hooked.host.restart();
    hooked.taken(&event(5, "a"));
    let waiting = hooked.deliveries();
    assert!(waiting.len() == 6 && waiting.iter().all(|one| one["state"] == "waiting"), "{waiting:?}");
    assert!(hooked.events().is_empty());
    hooked.host.ok(&["connection", "resume", NAME]);
    hooked.drained();
    assert_eq!(hooked.events()["a"], ["0", "1", "2", "3", "4", "5"]);
}

#[test]
fn what_a_run_received_is_seen_with_its_calls() {
    let hooked = Hooked::start();
    hooked.taken(&event("seen", "a"));
    let run = hooked.delivery("seen", "processed")["run"].to_string();
    let shown = hooked.host.json(&["run", "show", &run]);
    assert_eq!((&shown["kind"], &shown["webhook"]), (&Value::from("webhook"), &Value::from("orders")));
    let calls = shown["calls"].as_array().expect("a run shows its calls");
    assert!(!calls.is_empty() && calls.iter().all(|call| call["export"] == "receive"), "{shown}");
    let changes = hooked.host.json(&["changes", NAME, "orders"]);
    assert_eq!(changes["items"][0]["origin"], format!("webhook:{run}"));
}
