//! B2: orders.

use serde_json::{Value, json};
use windlass_sdk::testing::{self, Answer};
use windlass_sdk::{ErrorKind, Result};

use crate::{API, host, order};

fn upsert(order: &Value) -> Result<Value> {
    let mut host = host();
    host.vendor(|_| Answer::json(json!({ "detail": "Uspesne ulozeno" })));
    host.act("upsert-order", "k", order)
}

#[test]
fn an_order_is_wrapped_and_otherwise_sent_as_it_is() {
    let mut host = host();
    let mut order = order();
    order["items"][0]["content_customs_code"] = json!("0902");
    order["invented"] = json!({ "kept": [1.50] });
    host.expect("POST", &format!("{API}/order/upsert"))
        .json(json!({ "data": order }))
        .answer(Answer::json(json!({ "detail": "Uspesne ulozeno" })));
    assert_eq!(host.act("upsert-order", "k", &order).unwrap(), json!({ "detail": "Uspesne ulozeno" }));
}

#[test]
fn both_forms_are_taken() {
    let mut at_the_top = order();
    at_the_top["companyId"] = json!("12345678");
    at_the_top["vatId"] = json!("CZ12345678");
    let mut inside = order();
    inside["billingAddress"] = json!({
        "fullName": "Jana Nováková", "street": "Dlouhá", "city": "Praha", "zip": "110 00", "countryCode": "CZ",
        "companyId": "12345678", "vatId": "CZ12345678", "taxId": null, "addressesEqual": false,
    });
    inside["status"] = json!({ "id": -2 });
    inside["billingMethodCode"] = json!(1);
    inside["shippingDetails"] = json!({ "branchId": "1", "carrierId": 7 });
    for order in [at_the_top, inside] {
        upsert(&order).unwrap();
    }
}

/// Every attribute of the vendor's has its place in the schema.
#[test]
fn every_attribute_is_named_in_the_schema() {
    let spec = testing::spec::<brani::Brani>();
    let schema = &spec["actions"][1]["input"];
    let named = |pointer: &str, names: &[&str]| {
        for name in names {
            assert!(schema.pointer(pointer).unwrap().get(name).is_some(), "{pointer} {name}");
        }
    };
    named(
        "/properties",
        &[
            "code",
            "creationTime",
            "email",
            "phone",
            "deliveryAddress",
            "billingAddress",
            "price",
            "notes",
            "items",
            "billingMethodCode",
            "paymentMethodGuid",
            "shippingGuid",
            "shippingDetails",
            "status",
            "paid",
            "cashDeskOrder",
            "companyId",
            "vatId",
            "taxId",
            "adminUrl",
            "vs",
            "externalCode",
        ],
    );
    let address = [
        "fullName",
        "company",
        "street",
        "houseNumber",
        "city",
        "district",
        "additional",
        "zip",
        "countryCode",
        "regionName",
    ];
    named("/properties/deliveryAddress/properties", &address);
    named("/properties/billingAddress/properties", &address);
    named("/properties/billingAddress/properties", &["companyId", "vatId", "taxId", "addressesEqual"]);
    named(
        "/properties/items/items/properties",
        &[
            "code",
            "name",
            "amount",
            "amountUnit",
            "weight",
            "itemType",
            "productGuid",
            "itemId",
            "itemPriceWithVat",
            "vatRate",
            "ean",
            "variantName",
            "brand",
            "supplierName",
            "stockLocation",
            "remark",
            "additionalField",
            "image",
            "adminUrl",
            "status",
            "surchargeParameters",
        ],
    );
}

#[test]
fn what_brani_would_not_take_never_leaves() {
    for (pointer, wrong) in [
        ("/code", json!("")),
        ("/price/toPay", json!(249.9)),
        ("/price/withVat", json!("249,90")),
        ("/items/0/weight", json!("a lot")),
        ("/items/0/itemType", json!("book")),
        ("/billingAddress", json!({ "fullName": "Jana Nováková" })),
        ("/creationTime", json!("2023-12-31 23:59:59")),
    ] {
        let mut order = order();
        *order.pointer_mut(pointer).unwrap() = wrong;
        let mut host = host();
        let error = host.act("upsert-order", "k", &order).unwrap_err();
        assert_eq!((error.kind, host.sent().len()), (ErrorKind::Rejected, 0), "{pointer}: {error}");
    }
}

/// The test's clock stands at midnight of 2024-01-01 in UTC.
#[test]
fn a_clock_that_is_a_little_ahead_is_waited_for() {
    let mut host = host();
    let mut ahead = order();
    ahead["creationTime"] = json!("2024-01-01T01:09:59+01:00");
    host.expect("POST", &format!("{API}/order/upsert")).answer(Answer::json(json!({ "detail": "ok" })));
    host.act("upsert-order", "k", &ahead).unwrap();
    assert_eq!(host.now_ms(), 1_704_067_200_000 + 600_000);
    ahead["creationTime"] = json!("2024-01-01T02:00:00+01:00");
    let error = host.act("upsert-order", "l", &ahead).unwrap_err();
    assert_eq!(error.code, "creation-time");
}

#[test]
fn an_order_is_deleted_by_its_code() {
    let mut host = host();
    let url = format!("{API}/order/delete?order_code=2024%2F17+a");
    host.expect("DELETE", &url).answer(Answer::text(200, ""));
    host.expect("DELETE", &url).answer(Answer::json(json!({ "detail": "Smazano" })));
    let unknown = Answer::text(404, r#"{"detail":"Objednavka neexistuje"}"#);
    host.expect("DELETE", &url).answer(unknown);
    host.expect("DELETE", &url).answer(Answer::text(404, "<html>nginx</html>"));
    let mut delete = |key: &str| host.act("delete-order", key, &json!({ "code": "2024/17 a" }));
    assert_eq!(delete("1").unwrap()["found"], true);
    assert_eq!(delete("2").unwrap()["found"], true);
    assert_eq!(delete("3").unwrap()["found"], false);
    assert_eq!(delete("4").unwrap_err().kind, ErrorKind::Rejected);
}
