//! Options come from the records of a stream.

use serde_json::{Value, json};

use super::{NAME, Shop, assert_says};

fn warehouses() -> [Value; 4] {
    [
        json!({ "id": 1, "name": "Main", "active": 1 }),
        json!({ "id": "2", "name": "Süd", "active": "1" }),
        json!({ "id": 3, "name": "Old", "active": 0 }),
        json!({ "id": 4, "active": true }),
    ]
}

#[test]
fn before_the_stream_was_synced_there_are_none_and_that_is_said() {
    let shop = Shop::open(&["active=true", "fallback=9"]);
    let listed = shop.host.json(&["connection", "options", NAME]);
    let names: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|item| item["property"].as_str().unwrap()).collect();
    assert_eq!(names, ["fallback", "locations.warehouse"]);
    let output = shop.host.cli(&["connection", "options", NAME, "fallback"]);
    assert_says(&output.stdout, &["there is no such option"]);
    assert_says(&output.stderr, &["`windlass sync shop warehouses` reads them"]);
    let (_, options) = shop.host.get("connections/shop/options/fallback");
    assert_eq!((&options["synced"], &options["items"]), (&json!(false), &json!([])));
    // Nothing is known yet, so nothing is odd.
    let shown = shop.host.json(&["connection", "show", NAME]);
    assert_eq!(shown["warnings"], json!([]));
    assert_eq!(shown["choices"][0]["known"], Value::Null);
}

#[test]
fn options_are_listed_searched_and_paged() {
    let shop = Shop::open(&["active=true"]);
    shop.vendor.set_warehouses(&warehouses());
    shop.host.ok(&["sync", NAME, "warehouses"]);
    let list = |arguments: &[&str]| {
        let arguments = [&["connection", "options", NAME, "locations.warehouse"], arguments].concat();
        let listed = shop.host.json(&arguments);
        let found = listed["items"].as_array().unwrap().clone();
        found.into_iter().map(|option| option["value"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["1", "\"2\"", "3", "4"], "values as the records have them");
    assert_eq!(list(&["--search", "SÜD"]), ["\"2\""]);
    assert_eq!(list(&["--search", "3"]), ["3"]);
    assert_eq!(list(&["--limit", "2"]), ["1", "\"2\""]);
    let table = shop.host.ok(&["connection", "options", NAME, "locations.warehouse"]);
    let expected = "VALUE  LABEL\n1      Main\n2      Süd\n3      Old    inactive\n4\n";
    assert_eq!(table, expected);
    let (_, first) = shop.host.get("connections/shop/options/fallback?limit=3");
    assert_eq!((first["synced"].clone(), first["as_of"].clone()), (json!(true), json!(4)));
    let cursor = first["next"].as_str().unwrap();
    let (_, rest) = shop.host.get(&format!("connections/shop/options/fallback?limit=3&cursor={cursor}"));
    assert_eq!(rest["items"], json!([{ "value": 4, "label": null, "active": true }]));
    assert_eq!(rest["next"], Value::Null);
    let (status, none) = shop.host.get("connections/shop/options/base_url");
    assert_eq!((status, &none["code"]), (404, &json!("options.missing")));
    assert_says(none["hint"].as_str().unwrap(), &["fallback", "locations.warehouse"]);
}

#[test]
fn what_was_chosen_is_shown_with_its_label_and_what_is_no_option_is_a_warning() {
    let shop = Shop::open(&["active=true"]);
    shop.vendor.set_warehouses(&warehouses());
    shop.host.ok(&["sync", NAME, "warehouses"]);
    let rows = json!([{ "location": "A", "warehouse": 2 }, { "location": "B", "warehouse": 3 }]);
    let set = shop.set_ok(&format!("locations={rows}"));
    assert_says(&set.stderr, &["/locations/1/warehouse: `3` is not active at the vendor any more"]);
    let shown = shop.host.ok(&["connection", "show", NAME]);
    assert_says(
        &shown,
        &["/locations/0/warehouse  2      Süd", "/locations/1/warehouse  3      Old    inactive"],
    );
    let set = shop.set_ok("fallback=77");
    assert_says(&set.stderr, &["/fallback: `77` is none of the options that stream warehouses gave"]);
    assert_says(&set.stdout, &["/fallback               77            not an option"]);
    let check = shop.host.cli(&["connection", "check", NAME]);
    assert_eq!(check.code, 0, "a warning refuses nothing: {check:?}");
    assert_says(&check.stderr, &["`77` is none of the options"]);
    let doctor = shop.host.cli(&["doctor"]);
    assert_eq!(doctor.code, 0, "nobody must act: {doctor:?}");
    assert_says(&doctor.stdout, &["note", "shop: /fallback: `77` is none of the options"]);
    // The operator was right, and the vendor has it now.
    shop.vendor.set_warehouses(&[&warehouses()[..], &[json!({ "id": 77, "name": "New" })]].concat());
    shop.host.ok(&["sync", NAME, "warehouses"]);
    let shown = shop.host.json(&["connection", "show", NAME]);
    let chosen = json!({
        "property": "fallback", "pointer": "/fallback", "value": 77, "label": "New", "known": true, "active": true,
    });
    assert_eq!(shown["choices"][0], chosen);
}
