//! The connector against a scripted Brani. The numbers in the tests' comments are those of the
//! requirements: G for all connectors, B for this one.

mod app;
mod eshop;
mod events;
mod orders;
mod spec;
mod verdicts;
mod webhooks;

use brani::Brani;
use serde_json::{Value, json};
use windlass_sdk::testing::TestHost;

const API: &str = "https://api.brani.cz";
const APP: &str = "https://balic.brani.cz";

fn host() -> TestHost<Brani> {
    TestHost::new(json!({}))
}

/// An order with what Brani requires and nothing else.
fn order() -> Value {
    json!({
        "code": "2024-17",
        "creationTime": "2023-12-31T23:59:59+00:00",
        "email": "jana@example.cz",
        "phone": "+420 600 000 000",
        "deliveryAddress": { "fullName": "Jana Nováková" },
        "billingAddress": null,
        "price": { "toPay": "0", "withVat": "249.90", "currencyCode": "CZK" },
        "notes": {},
        "items": [{
            "code": "A1", "name": "Čaj", "amount": "2", "amountUnit": "ks", "weight": "0.25",
            "itemType": "product", "productGuid": null,
        }],
    })
}
