//! What the customer has in the instance.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Dialect, Settings};

/// Ids and names of the settings, as people made them.
pub const STATUSES: [(u64, &str); 4] =
    [(1, "Nowe"), (2, "W realizacji"), (3, "Z BaseLinkera"), (4, "Wysłane")];
pub const ATTRIBUTES: [(u64, &str); 7] = [
    (11, "Metoda dostawy"),
    (12, "Cena dostawy"),
    (13, "Metoda płatności"),
    (14, "Dodatkowe pole 1"),
    (15, "Dodatkowe pole 2"),
    (16, "Uwagi"),
    (20, "Login klienta"),
];
pub const VAT_RATES: [(u64, &str); 5] = [(51, "23%"), (52, "8%"), (53, "5%"), (54, "0%"), (55, "zw.")];
pub const CURRENCIES: [(u64, &str); 3] = [(61, "PLN"), (62, "EUR"), (63, "CZK")];

/// The first ids; orders and products count on from them.
const FIRST_ORDER: u64 = 9_001;
const FIRST_PRODUCT: u64 = 501;

/// Records by id.
pub type Records = BTreeMap<u64, Value>;

/// The lists of an instance.
pub struct Instance {
    pub orders: Records,
    pub products: Records,
    next_order: u64,
}

impl Instance {
    pub fn new(settings: &Settings) -> Self {
        let mut instance = Self { orders: Records::new(), products: Records::new(), next_order: FIRST_ORDER };
        for _ in 0..settings.orders {
            instance.add_order(by_hand(&settings.dialect));
        }
        for id in FIRST_PRODUCT..FIRST_PRODUCT + settings.products {
            instance.products.insert(id, product(id));
        }
        instance
    }

    /// Enters an order; the id that it gets.
    pub fn add_order(&mut self, content: Value) -> u64 {
        let id = self.next_order;
        self.next_order += 1;
        let mut order = json!({ "id": id, "number": format!("ZS/{id}"), "realised": false });
        if let (Some(order), Value::Object(content)) = (order.as_object_mut(), content) {
            order.extend(content);
        }
        self.orders.insert(id, order);
        id
    }

    /// A list by its path.
    pub fn list(&self, path: &str, dialect: &Dialect) -> Option<Records> {
        let named = |rows: &[(u64, &str)]| {
            rows.iter().map(|&(id, name)| (id, json!({ "id": id, "name": name }))).collect()
        };
        Some(match path {
            path if path == dialect.orders => self.orders.clone(),
            "products" => self.products.clone(),
            "statuses" => named(&STATUSES),
            "attributes" => named(&ATTRIBUTES),
            "vat-rates" => named(&VAT_RATES),
            "currencies" => named(&CURRENCIES),
            _ => return None,
        })
    }
}

/// An order that nobody sent: it has no reference.
fn by_hand(dialect: &Dialect) -> Value {
    json!({ dialect.reference: null, dialect.status: 1, "currencyId": 61, dialect.lines: [], "attributes": [] })
}

/// With a zero at the end of the price, as a decimal column keeps it.
fn product(id: u64) -> Value {
    let price = format!("{}.{}0", 10 + id % 90, id % 10);
    let price: Value = serde_json::from_str(&price).unwrap_or_default();
    json!({ "id": id, "name": format!("Kubek „{id}” żółty"), "sku": format!("K-{id:05}"), "price": price })
}
