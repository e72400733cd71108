//! What a person sees of a plan, and which requests follow from it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_sandbox::spec::Spec;

use super::{
    check, file,
    file::Declared,
    plan::Plan,
    show, steps,
    thing::{There, Thing},
};

fn there(connections: &[Value], flows: &[Value]) -> There {
    let things = |things: &[Value]| {
        let things = things.iter().map(|thing| serde_json::from_value::<Thing>(thing.clone()).unwrap());
        things.map(|thing| (thing.name.clone(), thing)).collect()
    };
    let stream = json!({ "name": "orders", "kind": "snapshot", "schema": {} });
    let rate = json!({ "type": "array", "items": { "type": "object" } });
    let shop = json!({
        "spec": 1, "name": "vendor", "version": "1.0.0", "title": "Vendor",
        "config": { "type": "object", "required": ["url"], "properties": {
            "url": { "type": "string" }, "rates": rate, "nick": { "type": "string" },
            "token": { "type": "string", "secret": true },
        } },
        "streams": [stream],
        "limits": [{ "name": "minute", "max": 100, "window-seconds": 60 }],
    });
    let bridge = json!({
        "spec": 1, "name": "bridge", "version": "1.0.0", "title": "Bridge",
        "roles": {
            "from": { "connector": "vendor", "follows": ["orders"] },
            "to": { "connector": "vendor", "asks": ["add"] },
        },
    });
    let specs = [shop, bridge].map(|spec| Spec::parse(&spec.to_string()).unwrap());
    let specs = specs.into_iter().map(|spec| (spec.name.clone(), spec)).collect();
    There { connections: things(connections), flows: things(flows), specs }
}

fn shop(name: &str) -> Value {
    json!({
        "name": name, "connector": "vendor", "state": "active", "revision": 3, "labels": { "team": "a" },
        "config": { "url": "http://a", "rates": [{ "id": 1, "vat": 23 }], "nick": "n" }, "secrets": ["token"],
    })
}

fn bridge() -> Value {
    json!({
        "name": "bridge", "flow": "bridge", "state": "active", "revision": 1, "labels": {}, "config": {},
        "connect": { "from": "left", "to": "right" },
    })
}

fn declared(text: &str) -> Vec<Declared> {
    file::parse(text).unwrap()
}

/// The plan without the line of its hash.
#[track_caller]
fn check(text: &str, there: &There, expected: &str) {
    let declared = declared(text);
    assert_eq!(check::problems(&declared, there), [""; 0]);
    let plan = Plan::of(&declared, there);
    let shown = show::plan(&plan).replace(&plan.hash, "HASH");
    assert_eq!(shown.trim_end(), expected.trim());
}

const ALL: &str = r#"
[connections.left]
connector = "vendor"
config = { url = "http://a", rates = [{ id = 1, vat = 23 }] }
secrets = { token = "env:TOKEN" }
labels = { team = "a" }
streams.orders = { every = "30m" }
limits.minute = { max = 50 }
[connections.right]
connector = "vendor"
config = { url = "http://b" }
paused = true
[connections.gone]
absent = true
[flows.bridge]
flow = "bridge"
connect = { from = "left", to = "right" }
"#;

#[test]
fn what_is_made_from_nothing_is_shown_whole() {
    let expected = r#"
= connection gone
+ connection left (vendor)
    config.rates             [{"id":1,"vat":23}]
    config.url               http://a
    secrets.token            env:TOKEN
    labels.team              a
    streams.orders.schedule  30m
    limits.minute.max        50
+ connection right (vendor)
    paused      yes
    config.url  http://b
+ flow bridge (bridge)
    connect.from  left
    connect.to    right

plan HASH: 3 to create, 1 as declared
"#;
    check(ALL, &there(&[], &[]), expected);
}

#[test]
fn what_differs_is_shown_from_old_to_new() {
    let text = r#"
[connections.left]
connector = "vendor"
config = { url = "http://z", rates = [{ id = 1, vat = 8 }, { id = 2 }] }
secrets = { token = "@token.txt" }
labels = { group = "b" }
unset = ["nick"]
paused = true
streams.orders = { every = "never", paused = true }
limits.minute = { max = "default", leave = 5 }
[connections.right]
connector = "vendor"
config = { url = "http://a" }
[connections.old]
absent = true
[flows.bridge]
flow = "bridge"
connect = { from = "right", to = "left" }
"#;
    let mut there = there(&[shop("left"), shop("right"), shop("old")], &[bridge()]);
    let left = there.connections.get_mut("left").unwrap();
    left.streams
        .insert("orders".to_owned(), from(json!({ "name": "orders", "every": "15m", "paused": false })));
    left.limits.insert("minute".to_owned(), from(json!({ "max": 50 })));
    let expected = r#"
~ connection left (vendor)
    paused                   no → yes
    config.rates.0.vat       23 → 8
    config.rates.1           not set → {"id":2}
    config.url               http://a → http://z
    secrets.token            set anew from @token.txt
    config.nick              n → not set
    labels.group             not set → b
    labels.team              a → not set
    streams.orders.schedule  15m → never
    streams.orders.paused    no → yes
    limits.minute.max        50 → as approved
    limits.minute.leave      as approved → 5
= connection right (vendor)
    left alone: config.rates, config.nick, secrets.token
~ flow bridge (bridge)
    connect.from  left → right
    connect.to    right → left
    note: from: orders of right is followed from its first record on, and what was held of the former is let go; what the flow remembers stays
    note: to: what the flow asks for goes to left from now on
- connection old (vendor)
    note: its records and changes are deleted with it

plan HASH: 2 to change, 1 to delete, 1 as declared
"#;
    check(text, &there, expected);
}

#[test]
fn what_is_as_declared_is_no_change() {
    let mut there = there(&[shop("left")], &[]);
    let text = "[connections.left]\nconnector = \"vendor\"\nconfig.url = \"http://a\"\nsecrets.token = \"env:T\"\npaused = false\n";
    let is_changed = |there: &There| Plan::of(&declared(text), there).changes().count();
    assert_eq!(is_changed(&there), 1, "the secret is another one");
    there.connections.get_mut("left").unwrap().same = BTreeSet::from(["token".to_owned()]);
    assert_eq!(is_changed(&there), 0);
}

#[test]
fn the_hash_is_of_what_is_to_be_done_and_what_it_was_planned_from() {
    let text = "[connections.left]\nconnector = \"vendor\"\nconfig.url = \"http://z\"\n";
    let hash = |text: &str, there: &There| Plan::of(&declared(text), there).hash;
    let now = || there(&[shop("left"), shop("right")], &[]);
    let planned = hash(text, &now());
    assert_eq!((planned.len(), &planned), (32, &hash(text, &now())));
    let unchanged = "[connections.right]\nconnector = \"vendor\"\n";
    assert_eq!(planned, hash(&format!("{text}{unchanged}"), &now()));
    assert_ne!(planned, hash(&text.replace("//z", "//y"), &now()));
    let mut moved = now();
    moved.connections.get_mut("left").unwrap().revision = 4;
    assert_ne!(planned, hash(text, &moved));
    // Of a secret only where it is found.
    let secret = |reference: &str| format!("{text}secrets.token = \"{reference}\"\n");
    assert_ne!(hash(&secret("env:A"), &now()), hash(&secret("env:B"), &now()));
}

#[test]
fn what_the_host_would_refuse_is_found_before() {
    let check = |text: &str, expected: &str| {
        let found = check::problems(&declared(text), &there(&[shop("left"), shop("right")], &[bridge()]));
        assert_eq!(found, expected.lines().collect::<Vec<_>>());
    };
    let left = "[connections.left]\nconnector = \"vendor\"\n";
    let with = |more: &str| format!("{left}{more}");
    check(
        &with("config.uri = 1"),
        "connections.left.config.uri: vendor knows the properties url, rates, nick, token",
    );
    check(
        &with("config.token = \"hush\""),
        "connections.left.config.token: token is a secret: put where it is found under `secrets`",
    );
    check(&with("secrets.url = \"env:A\""), "connections.left.secrets.url: url is no secret of vendor");
    check(&with("streams.items.paused = true"), "connections.left.streams.items: vendor has no stream items");
    check(&with("limits.hour.max = 1"), "connections.left.limits.hour: vendor has no limit hour");
    check(
        "[connections.left]\nconnector = \"bridge\"",
        "connections.left: bridge is a flow, and this is a connection",
    );
    check("[connections.bridge]\nconnector = \"vendor\"", "connections.bridge: bridge is a flow on the host");
    let flow = "[flows.other]\nflow = \"bridge\"\n";
    check(
        flow,
        "flows.other.connect: the role from wants a connection of vendor\nflows.other.connect: the role to wants a connection of vendor",
    );
    check(
        &format!("{flow}connect = {{ from = \"left\", to = \"nowhere\", odd = \"left\" }}"),
        "flows.other.connect.odd: bridge has no role odd\nflows.other.connect.to: there is no connection nowhere, and the file makes none",
    );
    check(
        &format!("{flow}connect = {{ from = \"left\", to = \"right\" }}\n[connections.left]\nabsent = true"),
        "connections.left: the flow bridge is bound to it: bind that to another, or let it be absent too\n\
        flows.other.connect.from: the connection left is to be absent",
    );
    let gone = "[connections.left]\nabsent = true\n[flows.bridge]\n";
    check(
        &format!("{gone}flow = \"bridge\"\nconnect.to = \"right\""),
        "connections.left: the flow bridge is bound to it: bind that to another, or let it be absent too",
    );
    check(&format!("{gone}flow = \"bridge\"\nconnect.from = \"right\""), "");
    check(&format!("{gone}absent = true"), "");
    let found = check::problems(&declared(&with("config.url = 7")), &there(&[], &[]));
    assert!(found.len() == 1 && found[0].starts_with("connections.left.config.url: "), "{found:?}");
    let found = check::problems(&declared(left), &there(&[], &[]));
    assert!(found.len() == 1 && found[0].contains("url"), "{found:?}");
}

#[test]
fn flows_come_after_their_connections_and_go_before_them() {
    let text = "[connections.left]\nabsent = true\n[connections.right]\nconnector = \"vendor\"\nlabels.a = \"b\"\n\
        [flows.bridge]\nabsent = true\n[flows.other]\nflow = \"bridge\"\nconnect = { from = \"right\", to = \"right\" }\n";
    let there = there(&[shop("left"), shop("right")], &[bridge()]);
    let declared = declared(text);
    let plan = Plan::of(&declared, &there);
    let given = super::secrets::Given::read(&declared, std::path::Path::new("")).unwrap();
    let steps = steps(&plan, &declared, &there, &given);
    let told: Vec<_> = steps.iter().map(|step| step.what.as_str()).collect();
    let expected = [
        "delete flow bridge",
        "change labels.a, labels.team of connection right",
        "create flow other",
        "delete connection left",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_connection_is_paused_before_it_is_changed_and_resumed_after_it() {
    let steps_to = |paused: bool, state: &str| {
        let text = format!(
            "[connections.left]\nconnector = \"vendor\"\nconfig.url = \"http://z\"\npaused = {paused}"
        );
        let mut left = shop("left");
        left["state"] = state.into();
        let there = there(&[left], &[]);
        let declared = declared(&text);
        let given = super::secrets::Given::read(&declared, std::path::Path::new("")).unwrap();
        let steps = steps(&Plan::of(&declared, &there), &declared, &there, &given);
        steps.into_iter().map(|step| step.what).collect::<Vec<_>>()
    };
    let change = "change config.url of connection left";
    assert_eq!(steps_to(true, "active"), ["pause connection left", change]);
    assert_eq!(steps_to(false, "paused"), [change, "resume connection left"]);
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}
