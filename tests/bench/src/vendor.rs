//! A vendor in memory: BaseLinker's `getOrders` over a fixed set of orders, without a network.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use windlass_sandbox::egress::{Transport, TransportError, WireAnswer, WireRequest};

pub const ORDERS: u64 = 100_000;
/// The vendor's own page.
const PAGE: u64 = 100;
/// Confirmation of the first order; one a second follows.
const FIRST_SECOND: u64 = 1_700_000_000;

/// Answers from memory. Pages are made once, so that making them is not measured.
pub struct Memory {
    orders: Vec<String>,
}

impl Memory {
    pub fn new() -> Arc<Memory> {
        Arc::new(Memory { orders: (0..ORDERS).map(order).collect() })
    }

    /// The page of orders confirmed at `second` or later.
    fn page(&self, second: u64) -> Bytes {
        let from = second.saturating_sub(FIRST_SECOND).min(ORDERS);
        let to = (from + PAGE).min(ORDERS);
        let rows = self.orders[from as usize..to as usize].join(",");
        Bytes::from(format!(r#"{{"status":"SUCCESS","orders":[{rows}]}}"#))
    }
}

/// About 830 bytes, as on the wire.
fn order(index: u64) -> String {
    let (id, second) = (1_000_000 + index, FIRST_SECOND + index);
    let address = "ul. Marszałkowska 1 m. 2, 00-001 Warszawa";
    serde_json::json!({
        "order_id": id, "shop_order_id": index, "order_source": "shop", "order_source_id": 12,
        "order_status_id": 7, "confirmed": true, "date_add": second, "date_confirmed": second,
        "date_in_status": second, "user_login": format!("user{index}"), "phone": "+48 600 700 800",
        "email": format!("user{index}@shop.example"), "currency": "PLN", "payment_method": "PayU",
        "payment_method_cod": "0", "payment_done": 21.6, "delivery_price": 12.99,
        "delivery_method": "Kurier", "delivery_fullname": "Jan Kowalski", "delivery_address": address,
        "invoice_fullname": "Jan Kowalski", "invoice_address": address, "want_invoice": "0",
        "extra_field_1": "", "extra_field_2": "", "custom_extra_fields": [],
        "products": [{"storage": "db", "product_id": "5434", "name": "Kubek ceramiczny", "sku": "K-1",
            "quantity": 2, "price_brutto": 21.6, "tax_rate": 23, "weight": 1}]
    })
    .to_string()
}

#[async_trait]
impl Transport for Memory {
    async fn send(&self, request: WireRequest) -> Result<WireAnswer, TransportError> {
        let form: std::collections::HashMap<_, _> =
            url::form_urlencoded::parse(&request.body).into_owned().collect();
        let parameters: serde_json::Value =
            form.get("parameters").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let body = match form.get("method").map(String::as_str) {
            Some("getOrders") => self.page(parameters["date_confirmed_from"].as_u64().unwrap_or_default()),
            Some("getJournalList") => Bytes::from_static(br#"{"status":"SUCCESS","logs":[]}"#),
            _ => Bytes::from_static(
                br#"{"status":"ERROR","error_code":"ERROR_UNKNOWN_METHOD","error_message":""}"#,
            ),
        };
        Ok(WireAnswer {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body,
        })
    }
}
