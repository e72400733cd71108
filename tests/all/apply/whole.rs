//! From nothing to what is declared, and from there on.

use windlass_tests::baselinker::TOKEN;
use windlass_tests::leaks::assert_none;

use super::{Applied, account, connection, flow};

#[test]
fn a_file_is_planned_and_applied_and_applied_again_without_a_change() {
    let applied = Applied::new();
    applied.host.install_guest("flow-guest");
    let vendor = account(1);
    let schedule = "labels = { team = \"a\" }\nstreams.orders = { every = \"120m\", paused = true }\n\
        limits.requests = { max = 500, keep-for-actions = 50 }";
    let file = [
        connection("left", &vendor.url(), schedule),
        connection("right", &vendor.url(), "paused = true"),
        flow("left", "right"),
        "paused = true\n".to_owned(),
    ];
    applied.declare(&file.concat());
    let planned = applied.apply(&["--plan"]);
    assert_eq!(planned.code, 0, "{planned:?}");
    for line in [
        "+ connection left (baselinker)",
        "streams.orders.schedule           2h",
        "+ flow bridge",
        "3 to create",
    ] {
        assert!(planned.stdout.contains(line), "{line}: {}", planned.stdout);
    }
    assert!(applied.connections().is_empty(), "a plan changes nothing");
    let plan = applied.plan();
    let hash = plan["hash"].as_str().expect("a hash");
    assert!(planned.stdout.contains(&format!("plan {hash}:")), "{planned:?}");

    let done = applied.apply(&["--expect", hash]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("done: create connection left\n"), "{done:?}");
    for said in [&planned.stdout, &plan.to_string(), &done.stdout, &done.stderr] {
        assert_none(TOKEN, "what is said", said.as_bytes());
    }
    let show = |arguments: &[&str]| applied.host.json(arguments);
    let left = show(&["connection", "show", "left"]);
    assert_eq!((&left["labels"]["team"], &left["state"]), (&"a".into(), &"active".into()));
    assert_eq!(show(&["connection", "show", "right"])["state"], "paused");
    let orders = show(&["stream", "show", "left", "orders"]);
    assert_eq!((&orders["every"], &orders["paused"]), (&"2h".into(), &true.into()));
    let limit = &show(&["limit", "list", "left"])["items"][0];
    assert_eq!((&limit["set"]["max"], &limit["set"]["keep_for_actions"]), (&500.into(), &50.into()));
    let bridge = show(&["flow", "show", "bridge"]);
    assert_eq!((&bridge["connect"]["to"], &bridge["state"]), (&"right".into(), &"paused".into()));
    assert_eq!(applied.host.json(&["connection", "check", "left"])["ok"], true);
    applied.assert_settled();
}

#[test]
fn only_what_differs_is_changed_and_what_is_not_named_is_left_alone() {
    let applied = Applied::new();
    let vendor = account(1);
    applied.declare(&connection("shop", &vendor.url(), ""));
    applied.done();
    applied.host.ok(&["connection", "set", "shop", "--set", "reread_days=9", "--label", "by=hand"]);
    applied.host.secret_file("other", "wrong-token-that-the-vendor-does-not-know");
    let other = "[connections.shop]\nconnector = \"baselinker\"\nsecrets.token = \"@other\"\npaused = true\n\
        limits.requests.max = 70\nstreams.orders.every = \"never\"\nunset = [\"requests_per_minute\"]\n";
    applied.declare(other);
    let plan = applied.apply(&["--plan"]);
    for line in [
        "secrets.token               set anew from @other",
        "config.requests_per_minute  1000 → not set",
        "paused                      no → yes",
        "limits.requests.max         as approved → 70",
        "left alone: config.base_url, config.reread_days",
    ] {
        assert!(plan.stdout.contains(line), "{line}: {}", plan.stdout);
    }
    applied.done();
    let shop = applied.host.json(&["connection", "show", "shop"]);
    assert_eq!((&shop["config"]["reread_days"], &shop["labels"]["by"]), (&9.into(), &"hand".into()));
    assert_eq!(
        (&shop["config"]["requests_per_minute"], &shop["state"]),
        (&serde_json::Value::Null, &"paused".into())
    );
    assert_eq!(
        applied.host.cli(&["connection", "check", "shop"]).code,
        1,
        "the vendor does not know that token"
    );
    applied.assert_settled();

    // The same reference, and another secret behind it.
    applied.host.secret_file("other", TOKEN);
    let plan = applied.plan();
    assert_eq!(plan["items"][0]["differences"][0]["property"], "secrets.token", "{plan}");
    applied.done();
    assert_eq!(applied.host.json(&["connection", "check", "shop"])["ok"], true);
    applied.declare("[connections.shop]\nabsent = true\n");
    assert!(applied.done().contains("done: delete connection shop"));
    assert!(applied.connections().is_empty());
    applied.assert_settled();
}
