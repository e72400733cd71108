//! Versions are swapped back and forth under load.

use windlass_tests::asked::long;
use windlass_tests::versioned::Made;

use super::Shops;

#[test]
fn swaps_under_load_fail_lose_double_and_refuse_nothing() {
    let (connections, swaps) = if long() { (8, 100) } else { (3, 4) };
    let shops = Shops::open(connections);
    let sent = shops.under_load(|| {
        for swap in 0..swaps {
            if swap % 2 == 0 {
                let said =
                    shops.host.ok(&["connector", "install", &Made::good("2.0.0").file(&shops.host), "--yes"]);
                assert!(said.contains("first; for all after 10 good calls"), "{said}");
                shops.stands("2.0.0", "all");
            } else {
                shops.host.ok(&["connector", "rollback", "versioned"]);
                shops.stands("1.0.0", "undone");
            }
        }
    });
    assert!(sent > 0);
    shops.assert_whole(sent);
}

#[test]
fn a_rollback_takes_one_step_at_any_stage_and_a_connector_in_use_stays() {
    let shops = Shops::open(2);
    let installed = shops.install(Made::good("2.0.0"));
    assert_eq!(installed.code, 0, "{installed:?}");
    assert_eq!(shops.standing(), ("1.0.0".to_owned(), "first".to_owned()));
    let connector = shops.connector();
    let first = connector["activation"]["first"].as_str().expect("one is first");
    let other = shops.names.iter().find(|name| *name != first).expect("there are two");
    let shown = shops.host.ok(&["connection", "show", first]);
    assert!(shown.contains("2.0.0") && shown.contains("it is the first to try this version"), "{shown}");
    assert!(shops.host.ok(&["connection", "show", other]).contains("1.0.0"));
    shops.host.ok(&["connector", "rollback", "versioned"]);
    assert_eq!(shops.standing(), ("1.0.0".to_owned(), "undone".to_owned()));
    assert!(shops.host.ok(&["connection", "show", first]).contains("1.0.0"));
    // To a version by name: for all at once.
    shops.host.ok(&["connector", "rollback", "versioned", "--to", "2.0.0"]);
    assert_eq!(shops.standing(), ("2.0.0".to_owned(), "confirmed".to_owned()));
    shops.host.ok(&["connector", "rollback", "versioned"]);
    assert_eq!(shops.standing(), ("1.0.0".to_owned(), "confirmed".to_owned()));
    let refused = shops.host.cli(&["connector", "remove", "versioned"]);
    assert!(refused.code == 1 && refused.stderr.contains("connector.in-use"), "{refused:?}");
    for name in &shops.names {
        shops.host.ok(&["connection", "delete", name]);
    }
    shops.host.ok(&["connector", "remove", "versioned"]);
    assert_eq!(shops.host.get("connectors/versioned").0, 404);
    let compiled =
        shops.host.files().into_iter().filter(|file| file.extension().is_some_and(|e| e == "cwasm"));
    assert_eq!(compiled.count(), 0, "its compiled code is gone");
}
