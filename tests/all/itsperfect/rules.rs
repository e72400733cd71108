//! What may stand twice, and what the settings may choose from.

use windlass_tests::host::Output;
use windlass_tests::itsperfect::{OLD_WAREHOUSE, Settings};

use super::erp::{Erp, NAME, connect};

fn set(erp: &Erp, name: &str, setting: &str) -> Output {
    erp.host.cli(&["connection", "set", name, "--set", setting])
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

/// I4
#[test]
fn a_location_appears_once_over_all_connections() {
    let erp = Erp::open(Settings::default(), &[r#"locations=[{"location":"Amsterdam","warehouse":3}]"#]);
    connect(&erp.host, "second", &erp.vendor, &[r#"locations=[{"location":"Berlin","warehouse":3}]"#]);
    let twice =
        set(&erp, NAME, r#"locations=[{"location":"A","warehouse":3},{"location":"A","warehouse":4}]"#);
    assert_ne!(twice.code, 0, "{twice:?}");
    assert_says(&twice.stderr, &["/locations/1/location", "a location has one warehouse"]);
    let taken = set(&erp, "second", r#"locations=[{"location":"Amsterdam","warehouse":4}]"#);
    assert_ne!(taken.code, 0, "{taken:?}");
    assert_says(&taken.stderr, &["`Amsterdam`", "connection erp", "a location has one warehouse"]);
    // Given back, it may stand elsewhere.
    erp.host.ok(&["connection", "set", NAME, "--unset", "locations"]);
    let moved = set(&erp, "second", r#"locations=[{"location":"Amsterdam","warehouse":4}]"#);
    assert_eq!(moved.code, 0, "{moved:?}");
}

/// I4
#[test]
fn one_warehouse_at_two_locations_is_a_warning() {
    let erp = Erp::open(Settings::default(), &["get_stock=true"]);
    let both = r#"locations=[{"location":"A","warehouse":3},{"location":"B","warehouse":"3"}]"#;
    let output = set(&erp, NAME, both);
    assert_eq!(output.code, 0, "{output:?}");
    assert_says(&output.stderr, &["/locations/1/warehouse", "/locations/0/warehouse"]);
    // Both have its stock, and it is asked for once.
    erp.sync_ok("stock");
    let whole = erp.vendor.stock_of(3).len();
    assert_eq!((erp.records("stock").len(), erp.vendor.calls("GET stock").len()), (2 * whole, 1));
}

/// I4: the same number names other warehouses in another ERP.
#[test]
fn a_warehouse_of_another_connection_is_no_repeat() {
    let erp = Erp::open(Settings::default(), &[r#"locations=[{"location":"A","warehouse":3}]"#]);
    connect(&erp.host, "second", &erp.vendor, &[]);
    let output = set(&erp, "second", r#"locations=[{"location":"B","warehouse":3}]"#);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(!output.stderr.contains("warehouse"), "{output:?}");
}

/// I5, I6
#[test]
fn an_account_and_an_attribute_have_one_row() {
    let erp = Erp::open(Settings::default(), &[]);
    for (rows, named) in [
        (r#"accounts=[{"account":"17","warehouse":3},{"account":17,"warehouse":4}]"#, "/accounts/1/account"),
        (
            r#"extension_attributes=[{"name":"a","value":"1"},{"name":"a","value":"2"}]"#,
            "/extension_attributes/1/name",
        ),
    ] {
        let output = set(&erp, NAME, rows);
        assert_ne!(output.code, 0, "{output:?}");
        assert_says(&output.stderr, &[named]);
    }
    // One warehouse serves many accounts.
    let shared = r#"accounts=[{"account":"a","warehouse":3},{"account":"b","warehouse":3}]"#;
    let output = set(&erp, NAME, shared);
    assert_eq!((output.code, output.stderr.contains("warehouse")), (0, false), "{output:?}");
}

/// I7
#[test]
fn warehouses_are_chosen_by_name_and_those_out_of_use_are_marked() {
    let erp = Erp::open(Settings::default(), &[]);
    erp.sync_ok("warehouses");
    for property in ["locations.warehouse", "accounts.warehouse"] {
        let table = erp.host.ok(&["connection", "options", NAME, property]);
        let old =
            table.lines().find(|line| line.starts_with(&OLD_WAREHOUSE.to_string())).expect("the old one");
        assert_says(old, &["Old hall", "inactive"]);
        let main = table.lines().find(|line| line.starts_with('3')).expect("the main one");
        assert!(main.contains("Main") && !main.contains("inactive"), "{table}");
    }
    let chosen = format!(r#"locations=[{{"location":"A","warehouse":{OLD_WAREHOUSE}}}]"#);
    let output = set(&erp, NAME, &chosen);
    assert_eq!(output.code, 0, "{output:?}");
    assert_says(&output.stderr, &["is not active at the vendor any more"]);
    assert_says(&erp.host.ok(&["connection", "show", NAME]), &["Old hall"]);
}

/// I11
#[test]
fn an_unknown_time_zone_is_refused() {
    let erp = Erp::open(Settings::default(), &[]);
    let output = set(&erp, NAME, "reset_zone=Amsterdam");
    assert_ne!(output.code, 0, "{output:?}");
    assert_says(&output.stderr, &["reset_zone"]);
}
