//! A value appears once, in a connection or in all connections of the connector.

use serde_json::json;
use windlass_tests::host::Output;

use super::{NAME, Shop, assert_says, connect, pair, refusal, vendor::Vendor};

/// `locations=[…]` with these locations, each with a warehouse of its own.
pub fn locations(names: &[&str]) -> String {
    let rows = names.iter().zip(1..).map(|(name, n)| json!({ "location": name, "warehouse": n }));
    format!("locations={}", serde_json::Value::from(rows.collect::<Vec<_>>()))
}

#[test]
fn a_row_is_not_repeated_in_a_connection() {
    let shop = Shop::open(&[]);
    let set = shop.set(&locations(&["A", "B", "A"]));
    let said = refusal(&set);
    assert_says(said, &["`A` stands at /locations/0/location too", "connection.config"]);
    assert_says(said, &["give every location one warehouse"]);
    let refused = shop.host.cli(&["connection", "set", NAME, "--set", &locations(&["A", "A"]), "--json"]);
    assert_says(&refused.stderr, &["/config/locations/1/location"]);
    assert_eq!(shop.host.json(&["connection", "show", NAME])["revision"], 1, "nothing was written");
}

#[test]
fn a_value_stands_in_one_connection_until_it_is_given_back() {
    let shop = Shop::open(&[&locations(&["A", "B"])]);
    let refused = shop.connect("other", &[&locations(&["C", "B"])]);
    let said = refusal(&refused);
    assert_says(said, &["`B` stands in connection shop at /locations/1/location too", "connection.repeated"]);
    assert_says(said, &["/config/locations/1/location", "give every location one warehouse"]);
    assert_eq!(shop.host.cli(&["connection", "show", "other"]).code, 1, "it was not made");
    shop.connect_ok("other", &[&locations(&["C"])]);
    let set = |name: &str, names: &[&str]| -> Output {
        shop.host.cli(&["connection", "set", name, "--set", &locations(names)])
    };
    assert_says(refusal(&set("other", &["C", "A"])), &["stands in connection shop"]);
    // Its own rows may change places.
    assert_eq!(set(NAME, &["B", "A"]).code, 0);
    assert_eq!(set(NAME, &["B"]).code, 0);
    assert_eq!(set("other", &["C", "A"]).code, 0, "what was given back is free");
    shop.host.ok(&["connection", "delete", NAME]);
    assert_eq!(set("other", &["B"]).code, 0);
    // Emptied or left out, nothing stands anywhere.
    shop.host.ok(&["connection", "set", "other", "--unset", "locations"]);
    shop.connect_ok("third", &[&locations(&["B"])]);
}

#[test]
fn a_repeat_that_only_warns_is_told_to_both() {
    let row = |location: &str| format!("locations={}", json!([{ "location": location, "warehouse": 7 }]));
    let shop = Shop::open(&[&row("A")]);
    let made = shop.connect("other", &[&row("B")]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_says(&made.stderr, &["/locations/0/warehouse: `7` stands in connection shop too"]);
    let doctor = shop.host.cli(&["doctor"]);
    let notes = [
        "other: /locations/0/warehouse: `7`",
        "shop: /locations/0/warehouse: `7` stands in connection other",
    ];
    assert_says(&doctor.stdout, &notes);
    let twice = json!([{ "location": "A", "warehouse": 8 }, { "location": "C", "warehouse": 8 }]);
    let set = shop.set_ok(&format!("locations={twice}"));
    assert_says(&set.stderr, &["/locations/1/warehouse: `8` stands at /locations/0/warehouse too"]);
    let (_, other) = shop.host.get("connections/other");
    assert_eq!(other["warnings"], json!([]), "it stands alone now");
}

#[test]
fn of_connections_made_at_once_on_two_hosts_one_has_the_value() {
    let (pair, vendor) = (pair(), Vendor::start());
    for round in 0..4 {
        let value = locations(&[&format!("L{round}")]);
        let made: Vec<Output> = std::thread::scope(|scope| {
            let make = |number: usize| {
                let name = format!("c{round}-{number}");
                let value = value.clone();
                let host = [&*pair.first, &pair.second][number % 2];
                let vendor = &vendor;
                scope.spawn(move || connect(host, vendor, &name, &[&value]))
            };
            let making: Vec<_> = (0..4).map(make).collect();
            making.into_iter().map(|made| made.join().expect("a command runs")).collect()
        });
        let won = made.iter().filter(|made| made.code == 0).count();
        assert_eq!(won, 1, "{made:?}");
        for lost in made.iter().filter(|made| made.code != 0) {
            assert_says(refusal(lost), &["connection.repeated", &format!("connection c{round}-")]);
        }
    }
}
