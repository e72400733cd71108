//! The host is killed while it asks; what it has afterwards is whole.

use serde_json::{Value, json};
use windlass_tests::cases::check_all;
use windlass_tests::cloudspot::{PASSWORD, PERMISSIONS, Settings, USERNAME};
use windlass_tests::simulator::Stage;

use super::{Erp, NAME};
use crate::kill::{Kills, Point};

fn points() -> Vec<Point> {
    let stages = [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered];
    let later = [2, 10, 40].map(|ms| Point::after_answer(1, ms));
    stages.map(|stage| Point::at(1, stage)).into_iter().chain(later).collect()
}

/// An article arrives once, also when the list needs two pages and the host dies between them.
#[test]
fn a_sync_killed_at_any_point_loses_and_doubles_nothing() {
    check_all(&points(), 3, |&point| {
        let erp = Erp::open(Settings { artikels: 5_400, ..Settings::default() });
        let kills = Kills::arm(&erp.host, &erp.vendor, &[point]);
        let asked = erp.host.begin(&["sync", NAME, "artikels"]);
        kills.wait();
        erp.host.restart();
        drop(asked);
        erp.sync_ok("artikels");
        assert_eq!((erp.records("artikels").len(), erp.changes("artikels").len()), (5_400, 5_400));
        erp.assert_lawful();
    });
}

/// Signing in twice is signing in once: the caller who asks again under the same key gets a token.
#[test]
fn a_sign_in_killed_at_any_point_ends_with_a_token() {
    check_all(&points(), 3, |&point| {
        let erp = Erp::open(Settings::default());
        let kills = Kills::arm(&erp.host, &erp.vendor, &[point]);
        let input = json!({ "username": USERNAME, "password": PASSWORD }).to_string();
        let file = erp.host.aside_file("input.json", input.as_bytes());
        let input = format!("@{}", file.display());
        let ask = ["act", NAME, "authenticate", "--input", &input, "--key", "sign-in-1", "--wait", "120"];
        let asked = erp.host.begin(&ask);
        kills.wait();
        erp.host.restart();
        drop(asked);
        let output: Value = serde_json::from_str(&erp.host.ok(&ask)).expect("the output is JSON");
        assert_eq!(output["permissions"], json!(PERMISSIONS));
        let tokens = erp.vendor.user_tokens();
        assert!((1..=2).contains(&tokens.len()), "one repeat at most: {tokens:?}");
        erp.assert_lawful();
    });
}
