//! A run is made again from its traces: by the version that made it, and by the next one.

use serde_json::{Value, json};
use windlass_tests::host::{Host, Setup, guest};
use windlass_tests::replay::assert_same;

use super::{NAME, ON, Shop, assert_says, connect, refusal, vendor::Vendor};

/// A host with the former version, which has read two pages of stock and two warehouses.
fn former(policy: &str) -> Shop {
    let variables = vec![("WINDLASS_REPLAY_POLICY".to_owned(), policy.to_owned())];
    let host = Host::start(Setup { variables, ..Setup::default() });
    host.ok(&["connector", "install", &path("switches-loose"), "--yes"]);
    let shop = Shop { host, vendor: Vendor::start() };
    assert_eq!(connect(&shop.host, &shop.vendor, NAME, ON).code, 0);
    shop.vendor.set_pages(2);
    let warehouse = |id: u32, active: bool| json!({ "id": id, "name": format!("W{id}"), "active": active });
    shop.vendor.set_warehouses(&[warehouse(1, true), warehouse(2, false)]);
    shop.host.ok(&["sync", NAME, "warehouses"]);
    shop.host.ok(&["sync", NAME, "stock"]);
    shop
}

fn path(guest_name: &str) -> String {
    guest(guest_name).to_str().expect("paths of tests are UTF-8").to_owned()
}

fn run_of(shop: &Shop, stream: &str) -> String {
    shop.host.json(&["run", "list", "--connection", NAME, "--stream", stream])["items"][0]["id"].to_string()
}

#[test]
fn a_run_is_the_same_again_and_another_version_shows_exactly_its_difference() {
    let shop = former("warn");
    shop.host.ok(&["act", NAME, "create-order", "--input", "{}", "--key", "k"]);
    let asked = shop.vendor.requests(None);
    assert_same(&shop.host, &["read", "act"]);
    let (stock, warehouses) = (run_of(&shop, "stock"), run_of(&shop, "warehouses"));
    let told = shop.host.ok(&["run", "replay", &stock]);
    assert_says(&told, &[&format!("run {stock}: 2 calls the same")]);
    // It drops a parameter of the requests, so that there is no answer to go on with.
    let next = path("switches");
    let differs = shop.host.cli(&["run", "replay", &stock, "--with", &next, "--json"]);
    assert_eq!(differs.code, 1, "{differs:?}");
    let replay: Value = serde_json::from_str(&differs.stdout).expect("JSON");
    assert_eq!((&replay["result"], &replay["with"]["version"]), (&json!("differs"), &json!("1.1.0")));
    let url = |query: &str| format!("GET {}/stock?{query}", shop.vendor.url());
    for (page, call) in replay["calls"].as_array().expect("a list").iter().enumerate() {
        let (was, now) = (url(&format!("page={page}&all=true")), url(&format!("page={page}")));
        let expected = json!([{ "part": "requests", "name": "1", "was": was, "now": now }]);
        assert_eq!(call["differences"], expected, "{call}");
    }
    // Of the records the one member that it reads otherwise.
    let differs = shop.host.cli(&["run", "replay", &warehouses, "--with", &next]);
    assert_eq!(differs.code, 1, "{differs:?}");
    let (_, differences) = differs.stdout.split_once("read: differs\n").expect("the call is shown");
    assert_eq!(differences, "  records 2 /active\n    - true\n    + false\n");
    // Of an installed version the digest is enough.
    let digest = shop.host.json(&["connector", "show", "switches"])["digest"].clone();
    let (_, own) =
        shop.host.post(&format!("runs/{stock}/replay"), json!({ "digest": digest }).to_string().as_bytes());
    assert_eq!(own["result"], "same", "{own}");
    // A version of something else is refused.
    let other = shop.host.cli(&["run", "replay", &stock, "--with", &path("member")]);
    assert_says(refusal(&other), &["run.other-connector"]);
    // The install of the next version tells of it, and goes on.
    let installed = shop.host.cli(&["connector", "install", &next, "--yes"]);
    assert_eq!(installed.code, 0, "{installed:?}");
    assert_says(&installed.stderr, &["switches 1.1.0 does otherwise in 3 calls", "records 2 /active"]);
    // The version that made the calls still makes them the same.
    assert_same(&shop.host, &["read", "act"]);
    assert_eq!(shop.vendor.requests(None), asked, "a replay asks nobody");
}

#[test]
fn a_host_that_is_told_to_stop_refuses_a_version_that_does_otherwise() {
    let shop = former("stop");
    let refused = shop.host.cli(&["connector", "install", &path("switches"), "--yes"]);
    assert_says(refusal(&refused), &["connector.replay-differs", "switches 1.1.0 does otherwise than 1.0.0"]);
    let versions = shop.host.json(&["connector", "show", "switches"])["versions"].clone();
    assert_eq!(versions.as_array().map(Vec::len), Some(1), "nothing of it is kept: {versions}");
    // What is the same is welcome.
    let again = shop.host.cli(&["connector", "install", &path("switches-loose"), "--yes"]);
    assert_eq!(again.code, 0, "{again:?}");
}
