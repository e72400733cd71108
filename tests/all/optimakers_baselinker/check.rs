//! Whether everything exists that the settings name. O6

use serde_json::json;

use super::Integration;

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
        "vatRates": [{ "baselinker": 23, "optimakers": 77 }],
    }));
    let check = integration.check();
    assert_eq!(check.code, 1, "{check:?}");
    for words in [
        "optimesOrderAttributeNote is `99`",
        "baselinkerOrderStatusToSend is `4711`",
        "vatRates.optimakers is `77`",
    ] {
        assert!(check.stdout.contains(words), "{words}: {check:?}");
    }
    assert_eq!(check.stdout.matches("error:").count(), 3, "{check:?}");
}
