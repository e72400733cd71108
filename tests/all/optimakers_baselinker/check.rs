//! Whether everything exists that the settings name, and what may be chosen for them. O3, O6

use serde_json::json;

use super::{FLOW, Integration};

#[test]
fn what_does_not_exist_is_named() {
    let integration = Integration::without_flow(1);
    for stream in ["statuses", "attributes", "vat-rates", "currencies"] {
        integration.host.ok(&["sync", "erp", stream]);
    }
    integration.host.ok(&["sync", "shop", "order-statuses"]);
    integration.create(&json!({
        "optimesOrderAttributeNote": 99,
        "baselinkerOrderStatusToSend": "4711",
        "optimesOrderStatus": 88,
        "vatRates": [{ "baselinker": 23, "optimakers": 77 }],
        "currencies": [{ "baselinker": "PLN", "optimakers": 66 }],
    }));
    let check = integration.check();
    assert_eq!(check.code, 1, "{check:?}");
    for words in [
        "optimesOrderAttributeNote is `99`",
        "baselinkerOrderStatusToSend is `4711`",
        "optimesOrderStatus is `88`",
        "vatRates.optimakers is `77`",
        "currencies.optimakers is `66`",
        // Where to add it, as the guide says.
        "In Optimakers: Ustawienia > Atrybuty, entity Zamówienie; it must be added there first",
        "Ustawienia > Handel > Waluty",
    ] {
        assert!(check.stdout.contains(words), "{words}: {check:?}");
    }
    assert_eq!(check.stdout.matches("error:").count(), 5, "{check:?}");
}

/// Ids can be picked from what the vendors have. O3
#[test]
fn what_may_be_chosen_is_read_from_both_connections() {
    let integration = Integration::open(1);
    let listed = integration.host.json(&["flow", "options", FLOW]);
    let listed = listed["items"].as_array().expect("a list");
    assert_eq!(listed.len(), 12);
    let find = |name: &str| listed.iter().find(|listed| listed["property"] == name).expect("it has options");
    let status = find("baselinkerOrderStatusToSend");
    assert_eq!((&status["connection"], &status["synced"]), (&json!("shop"), &json!(false)));
    assert_eq!(status["hint"], "`windlass sync shop order-statuses` reads them");
    assert_eq!(find("vatRates.optimakers")["connection"], "erp");

    integration.host.ok(&["sync", "erp", "vat-rates"]);
    integration.host.ok(&["sync", "shop", "order-statuses"]);
    let rates = integration.host.ok(&["flow", "options", FLOW, "vatRates.optimakers", "--search", "8%"]);
    assert!(rates.contains("52") && !rates.contains("51"), "{rates}");
    let path = format!("flows/{FLOW}/options/baselinkerOrderStatusToSend?limit=2");
    let (_, statuses) = integration.host.get(&path);
    assert_eq!((statuses["items"].as_array().map(Vec::len), &statuses["synced"]), (Some(2), &json!(true)));
    let output = integration.host.cli(&["flow", "options", FLOW, "optimakersOrder"]);
    assert!(output.code == 1 && output.stderr.contains("these have options: "), "{output:?}");
}
