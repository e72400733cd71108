//! R4: parameters stand where the connection says, for a vendor that looks nowhere else.

use windlass_tests::cases::check_all;
use windlass_tests::restigo::{Location, Settings};

use super::{NAME, Supplier, json};

#[test]
fn every_call_works_wherever_the_vendor_looks_for_parameters() {
    let cases = [
        (Location::ByMethod, None),
        (Location::Query, Some("parameter_location=query")),
        (Location::Body, Some("parameter_location=body")),
        (Location::Header, Some("parameter_location=header")),
    ];
    check_all(&cases, 2, |&(parameters, setting)| {
        let settings = Settings { parameters, ..Settings::default() };
        let numbers = r#"customer_numbers=["123"]"#;
        let supplier = Supplier::open_with(
            settings,
            &[Some(numbers), setting].into_iter().flatten().collect::<Vec<_>>(),
        );
        supplier.host.ok(&["sync", NAME]);
        assert_eq!(supplier.records("clients").len(), 1);
        let created = json(&supplier.done("create-pricing", r#"{"name":"מחירון & חדש = 100%"}"#, "a"));
        assert_eq!(
            supplier.vendor.lists_named("מחירון & חדש = 100%"),
            [created["pricing_id"].as_i64().unwrap()]
        );
        let found = json(&supplier.done("find-items", r#"{"item_name":"מוצר 5"}"#, "b"));
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        let prices = r#"{"pricing_id":4515,"customer_number":"556781","items":[{"catalog_number":"0101","price_after_discount":21.6}]}"#;
        supplier.done("upsert-items", prices, "c");
        supplier.done(
            "remove-items",
            r#"{"pricing_id":4515,"customer_number":"556781","items":["0101"]}"#,
            "d",
        );
        supplier.done("remove-client", r#"{"pricing_id":4515,"customer_number":"556781"}"#, "e");
        assert_eq!(supplier.bodies("POST pricings/items"), [prices], "the guide shows this body");
        supplier.assert_lawful();
    });
}

#[test]
fn a_wrong_place_is_told_and_makes_nothing() {
    let settings = Settings { parameters: Location::Query, ..Settings::default() };
    let supplier = Supplier::open(settings);
    let output = supplier.act("create-pricing", r#"{"name":"חדש"}"#, "k");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("The name field is required"), "{output:?}");
    assert_eq!(supplier.vendor.lists_named("חדש").len(), 0);
    let whats: Vec<_> = supplier.vendor.violations().into_iter().map(|violation| violation.what).collect();
    assert_eq!(whats, ["POST pricings does not read name from its Body"]);
}
