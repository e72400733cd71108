//! What is refused, and what has happened by then.

use serde_json::json;

use super::{Applied, account, connection};

#[test]
fn a_plan_that_things_have_moved_on_from_is_refused() {
    let applied = Applied::new();
    let vendor = account(1);
    applied.declare(&connection("shop", &vendor.url(), ""));
    applied.done();
    applied.declare(&connection("shop", &vendor.url(), "streams.orders.every = \"7m\"\nlabels.team = \"a\""));
    let plan = applied.plan();
    let hash = plan["hash"].as_str().expect("a hash");
    applied.host.ok(&["connection", "set", "shop", "--set", "reread_days=9"]);
    let refused = applied.apply(&["--expect", hash]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("(apply.moved)") && !refused.stdout.contains("done:"), "{refused:?}");

    // Whoever is faster than a request of the plan is not overwritten, either.
    let conflict = |path: &str, body: serde_json::Value| {
        let (status, problem) = applied.host.patch(path, &body);
        assert_eq!((status, &problem["code"]), (409, &"connection.moved".into()), "{problem}");
    };
    conflict("connections/shop", json!({ "revision": 1, "config": { "reread_days": 3 } }));
    conflict("connections/shop/streams/orders", json!({ "every": "7m", "was": { "every": "1d" } }));
    conflict("connections/shop/limits/requests", json!({ "max": 5, "was": { "max": 4 } }));
    let kept = applied.host.json(&["connection", "show", "shop"]);
    assert_eq!((&kept["revision"], &kept["config"]["reread_days"]), (&2.into(), &9.into()));
    let (status, _) =
        applied.host.patch("connections/shop", &json!({ "revision": 2, "config": { "reread_days": 3 } }));
    assert_eq!(status, 200);
}

#[test]
fn a_file_that_makes_no_sense_is_refused_with_its_place() {
    let applied = Applied::new();
    let check = |text: &str, code: i32, expected: &str| {
        applied.declare(text);
        let refused = applied.apply(&["--yes"]);
        assert_eq!(refused.code, code, "{refused:?}");
        assert!(refused.stderr.contains(expected), "{refused:?}");
        assert!(!refused.stderr.contains("hush"), "{refused:?}");
    };
    let shop = "[connections.shop]\nconnector = \"baselinker\"\n";
    let with = |more: &str| format!("{shop}{more}\n");
    check(&with("interval = \"5m\""), 2, "windlass.toml: line 3: connections.shop.interval: unknown field");
    check(
        &with("secrets.token = \"hush\""),
        2,
        "line 3: connections.shop.secrets.token: a secret does not stand",
    );
    check(&with("config.token = \"hush\""), 1, "connections.shop.config.token: token is a secret");
    check(
        &with("secrets.token = \"env:WINDLASS_NO_SUCH\""),
        3,
        "WINDLASS_NO_SUCH is not set, or empty (apply.secret)",
    );
    check(&with("config.reread_days = 900"), 1, "connections.shop.config.reread_days: ");
    check(
        "[connections.shop]\nconnector = \"nowhere\"",
        1,
        "connections.shop: there is no connector nowhere",
    );
    assert!(applied.connections().is_empty());
    // Nobody can be asked here.
    applied.declare(&connection("shop", "http://127.0.0.1:9", ""));
    let unasked = applied.apply(&[]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    assert!(
        unasked.stdout.contains("+ connection shop") && unasked.stderr.contains("--expect"),
        "{unasked:?}"
    );
    assert!(applied.connections().is_empty());
}

#[test]
fn what_fails_half_way_says_how_far_it_came_and_goes_on_the_next_time() {
    let applied = Applied::new();
    let vendor = account(1);
    // More than was approved: the host knows that, and the file's reader does not.
    let file = |max: u32| {
        let limit = format!("limits.requests.max = {max}");
        connection("left", &vendor.url(), &limit) + &connection("right", &vendor.url(), "")
    };
    applied.declare(&file(5_000));
    let failed = applied.apply(&["--yes"]);
    assert_eq!(failed.code, 1, "{failed:?}");
    for line in ["done: create connection left\n", "not done: create connection right\n"] {
        assert!(failed.stdout.contains(line), "{line}: {failed:?}");
    }
    let told = [
        "could not set limit requests of connection left",
        "(limit.number)",
        "1 of 3 steps are done (apply.incomplete)",
    ];
    assert!(told.iter().all(|told| failed.stderr.contains(told)), "{failed:?}");
    applied.declare(&file(500));
    let outcome = applied.host.json(&["apply", &applied.file, "--yes"]);
    let expected = ["set limit requests of connection left", "create connection right"];
    assert_eq!(outcome["outcome"]["done"], json!(expected), "{outcome}");
    applied.assert_settled();
}
