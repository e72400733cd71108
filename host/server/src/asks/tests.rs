//! Which differences wait for a person.

use serde_json::{Value, json};
use windlass_sandbox::spec::Spec;

use super::{Difference, Group, compare};

fn base() -> Value {
    json!({
        "spec": 1, "name": "shop", "version": "1.0.0", "title": "Shop",
        "config": {
            "type": "object",
            "properties": { "token": { "type": "string", "secret": true }, "region": { "type": "string" },
                "kept": { "type": "integer" }, "url": { "type": "string", "default": "https://eu.shop.example" },
                "most": { "type": "integer", "default": 100 } }
        },
        "hosts": ["https://api.shop.example/v1", "https://files.shop.example"],
        "auth": [{ "attach": [{ "header": "X-Token", "value": "{token}" }] }],
        "safe-requests": [{ "form": { "method": ["get*"] } }],
        "limits": [{ "name": "minute", "max": 100, "window-seconds": 60 }],
        "streams": [{ "name": "orders", "kind": "incremental", "schema": { "type": "object" }, "max-requests": 3 }],
        "actions": [{ "name": "add", "input": {}, "output": {}, "repeat": "lookup" }],
    })
}

fn spec(value: &Value) -> Spec {
    Spec::parse(&value.to_string()).unwrap()
}

/// What waits for approval when `pointer` is replaced by `value`, or removed with null.
fn waits(pointer: &str, value: Value) -> Vec<(Group, Difference)> {
    let mut changed = base();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    match (changed.pointer_mut(parent).unwrap(), value) {
        (Value::Object(members), Value::Null) => drop(members.shift_remove(member)),
        (Value::Object(members), value) => drop(members.insert(member.to_owned(), value)),
        (Value::Array(elements), Value::Null) => drop(elements.remove(member.parse().unwrap())),
        (Value::Array(elements), value) if member == "-" => elements.push(value),
        (Value::Array(elements), value) => elements[member.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    let compared = compare(Some(&spec(&base())), &spec(&changed));
    compared.into_iter().filter(|c| c.needs_approval).map(|c| (c.ask.group, c.difference)).collect()
}

#[test]
fn a_first_version_asks_for_everything() {
    let compared = compare(None, &spec(&base()));
    assert!(compared.iter().all(|c| c.needs_approval && c.difference == Difference::Added));
    let texts: Vec<String> = compared.iter().map(|c| c.ask.text()).collect();
    assert_eq!(
        texts,
        [
            "https://api.shop.example/v1",
            "https://files.shop.example",
            "to every host: header X-Token: {token}",
            "token (secret)",
            "with form method=get*",
            "at most 100 requests in 60 s by credential",
            "a repeat is looked up first, 60 s after the last request",
            "incremental: it never deletes by itself",
            "at most 3 request(s) in one call",
            "at most 1 request(s) in one call",
        ]
    );
}

#[test]
fn the_same_asks_swap_silently() {
    assert!(waits("/title", json!("Another title")).is_empty());
    assert!(waits("/streams/0/every", json!("5m")).is_empty());
    // Switches, options and uniqueness protect the operator, and ask for nothing.
    let unique = json!({ "type": "string", "unique": { "within": "connector" } });
    assert!(waits("/config/properties/region", unique).is_empty());
    let on = json!({ "type": "boolean", "default": true });
    assert!(waits("/config/properties/on", on).is_empty());
}

#[test]
fn asking_for_less_swaps_silently() {
    assert!(waits("/hosts/1", Value::Null).is_empty());
    assert!(waits("/auth/0", Value::Null).is_empty());
    assert!(waits("/limits/0/max", json!(50)).is_empty());
    assert!(waits("/streams/0/max-requests", json!(2)).is_empty());
    assert!(waits("/actions/0", Value::Null).is_empty());
    assert!(waits("/safe-requests/0", Value::Null).is_empty());
}

#[test]
fn asking_for_more_waits() {
    let check = |pointer: &str, value: Value, group: Group, difference: Difference| {
        assert_eq!(waits(pointer, value), [(group, difference)], "{pointer}");
    };
    check("/hosts/-", json!("https://evil.example"), Group::Hosts, Difference::Added);
    check("/auth/0/attach/0/header", json!("X-Other"), Group::Auth, Difference::Changed);
    check("/config/properties/region/secret", json!(true), Group::Secrets, Difference::Added);
    check("/safe-requests/-", json!({ "method": ["POST"] }), Group::SafeRequests, Difference::Added);
    check("/limits/0/max", json!(101), Group::Limits, Difference::Changed);
    check("/limits/0/window-seconds", json!(30), Group::Limits, Difference::Changed);
    check("/limits/0/leave-to-others", json!("{kept}"), Group::Limits, Difference::Changed);
    check("/limits/0/reset-zone", json!("Europe/Amsterdam"), Group::Limits, Difference::Changed);
    check("/limits/0/counts", json!([{ "match": {}, "cost": 0 }]), Group::Limits, Difference::Changed);
    check("/actions/0/repeat", json!("vendor-key"), Group::Actions, Difference::Changed);
    check("/actions/0/settle-seconds", json!(1), Group::Actions, Difference::Changed);
    let secret = json!({ "properties": { "pin": { "secret": true } } });
    check("/actions/0/input", secret.clone(), Group::Actions, Difference::Changed);
    check("/actions/0/output", secret, Group::Actions, Difference::Changed);
    check("/streams/0/kind", json!("snapshot"), Group::Streams, Difference::Changed);
    check("/streams/0/key", json!("/id"), Group::Streams, Difference::Changed);
    check("/streams/0/max-requests", json!(4), Group::Budgets, Difference::Changed);
    let webhook = json!([{ "name": "orders", "verify": { "kind": "address" } }]);
    check("/webhooks", webhook, Group::Webhooks, Difference::Added);
}

#[test]
fn another_default_of_an_address_or_a_limit_waits() {
    let mut value = base();
    value["hosts"] = json!(["{url}"]);
    value["auth"][0]["host"] = json!("{url}");
    value["limits"][0]["max"] = json!("{most}");
    let approved = spec(&value);
    let texts: Vec<String> = compare(None, &approved).iter().map(|c| c.ask.text()).collect();
    let expected =
        "{url}, the address in the connection's configuration; {url} is https://eu.shop.example by default";
    assert_eq!(texts[0], expected);
    let limit = "at most 100 requests (unless most says otherwise) in 60 s by credential";
    assert!(texts.iter().any(|text| text == limit), "{texts:?}");
    for (property, default, groups) in [
        ("url", json!("https://evil.example"), &[Group::Hosts, Group::Auth][..]),
        ("most", json!(5_000), &[Group::Limits][..]),
        ("most", json!("many"), &[Group::Limits][..]),
        ("most", json!(50), &[][..]),
        ("kept", json!(7), &[][..]),
    ] {
        let mut changed = value.clone();
        changed["config"]["properties"][property]["default"] = default;
        let compared = compare(Some(&approved), &spec(&changed));
        let waiting: Vec<_> = compared.iter().filter(|c| c.needs_approval).map(|c| c.ask.group).collect();
        assert_eq!(waiting, groups, "{property}");
    }
}

#[test]
fn two_removals_are_a_gain_and_wait() {
    assert_eq!(waits("/limits/0", Value::Null), [(Group::Limits, Difference::Removed)]);
    let mut plain = base();
    plain["config"]["properties"]["token"] = json!({ "type": "string" });
    plain["auth"] = json!([]);
    let compared = compare(Some(&spec(&base())), &spec(&plain));
    let waiting: Vec<_> = compared.iter().filter(|c| c.needs_approval).map(|c| c.ask.group).collect();
    assert_eq!(waiting, [Group::Secrets]);
}

#[test]
fn every_member_of_a_login_is_asked_for() {
    let whole = json!({ "login": {
        "request": { "url": "https://api.shop.example/v1/login", "form": { "key": "{token}", "to": "{region}" } },
        "token": "/session", "expires-in": "/seconds", "lifetime-seconds": 60, "refused-on": [500],
        "renew-on": [401, 403], "apply": { "header": "X-Session", "value": "s={token}" },
    } });
    let mut value = base();
    value["auth"][0]["attach"] = json!([whole]);
    let approved = spec(&value);
    let ask = compare(None, &approved).remove(2).ask.text();
    assert_eq!(
        ask,
        "to every host: login by POST https://api.shop.example/v1/login with form key={token} and to={region}; \
         token at /session; good for the seconds at /seconds; good for 60 s; refused with 500; made again on \
         401|403; sent in header X-Session: s={token}"
    );
    for (pointer, other) in [
        ("/request/method", json!("PUT")),
        ("/request/url", json!("https://files.shop.example")),
        ("/request/form/key", json!("{region}")),
        ("/token", json!("/other")),
        ("/expires-in", json!("/other")),
        ("/lifetime-seconds", json!(61)),
        ("/refused-on", json!([400])),
        ("/renew-on", json!([401])),
        ("/apply/header", json!("X-Other")),
        ("/apply/value", json!("{token}")),
    ] {
        let mut changed = value.clone();
        let login = &mut changed["auth"][0]["attach"][0]["login"];
        match login.pointer_mut(pointer) {
            Some(place) => *place = other,
            None => login["request"]["method"] = other,
        }
        let compared = compare(Some(&approved), &spec(&changed));
        assert!(compared.iter().any(|c| c.needs_approval), "{pointer}");
    }
}
