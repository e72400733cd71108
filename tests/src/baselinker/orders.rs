//! The account's orders, and how they look on the wire.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Most orders in one answer of getOrders.
pub const PAGE: usize = 100;
/// The status of seeded orders, and some others: id, name, colour.
pub const STATUSES: [(i64, &str, &str); 4] = [
    (8069, "New orders", "#ff9900"),
    (8070, "Ready to ship", "#3366cc"),
    (8071, "Sent", "#339933"),
    (8072, "Cancelled", "#999999"),
];
/// Every so many orders one is shown with ids and dates as text, as the vendor did before 2023-08-16.
const OLD_STYLE_EVERY: i64 = 13;

/// Orders to put into the account.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Seed {
    pub orders: usize,
    /// How many are confirmed in one second.
    pub per_second: usize,
    /// Unix time of the first.
    pub first_second: i64,
    pub status: i64,
}

impl Default for Seed {
    fn default() -> Self {
        // 2024-05-01T00:00:00Z: long ago, so that no walk over the last days reads it again.
        Self { orders: 250, per_second: 7, first_second: 1_714_521_600, status: STATUSES[0].0 }
    }
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: i64,
    pub status: i64,
    pub added: i64,
    /// None while unconfirmed.
    pub confirmed: Option<i64>,
    pub in_status_since: i64,
    /// What addOrder and setOrderFields wrote, over the made-up content.
    pub fields: Map<String, Value>,
}

/// Selection of getOrders; the members stand for its parameters.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub order_id: Option<i64>,
    pub confirmed_from: i64,
    pub added_from: i64,
    pub id_from: i64,
    pub status: Option<i64>,
    pub email: Option<String>,
    pub unconfirmed: bool,
}

#[derive(Default)]
pub struct Orders {
    /// By confirmation (0 while unconfirmed), then id: the order of the vendor's answers.
    sorted: BTreeMap<(i64, i64), Order>,
    place: HashMap<i64, (i64, i64)>,
    last_id: i64,
}

impl Orders {
    pub fn seed(&mut self, seed: Seed) {
        let per_second = seed.per_second.max(1);
        for index in 0..seed.orders {
            let at = seed.first_second + (index / per_second) as i64;
            self.add(seed.status, at - 90, Some(at), Map::new());
        }
    }

    /// Returns the new order's id.
    pub fn add(
        &mut self,
        status: i64,
        added: i64,
        confirmed: Option<i64>,
        fields: Map<String, Value>,
    ) -> i64 {
        // Ids as long as the vendor's, and with gaps.
        self.last_id = if self.last_id == 0 { 143_476_260 } else { self.last_id + 1 + self.last_id % 3 };
        let id = self.last_id;
        let since = confirmed.unwrap_or(added);
        self.insert(Order { id, status, added, confirmed, in_status_since: since, fields });
        id
    }

    pub fn get(&self, id: i64) -> Option<&Order> {
        self.sorted.get(self.place.get(&id)?)
    }

    /// False when there is no such order.
    pub fn set_status(&mut self, id: i64, status: i64, now: i64) -> bool {
        self.change(id, |order| {
            order.status = status;
            order.in_status_since = now;
        })
    }

    pub fn set_fields(&mut self, id: i64, fields: Map<String, Value>) -> bool {
        self.change(id, |order| order.fields.extend(fields))
    }

    pub fn remove(&mut self, id: i64) -> bool {
        self.place.remove(&id).and_then(|place| self.sorted.remove(&place)).is_some()
    }

    /// All orders, by confirmation and id.
    pub fn all(&self) -> impl Iterator<Item = &Order> {
        self.sorted.values()
    }

    pub fn select<'a>(&'a self, filter: &'a Filter) -> impl Iterator<Item = &'a Order> {
        let from = (filter.confirmed_from, i64::MIN);
        let fits = |order: &&Order| {
            filter.order_id.is_none_or(|id| order.id == id)
                && order.added >= filter.added_from
                && order.id >= filter.id_from
                && filter.status.is_none_or(|status| order.status == status)
                && (filter.unconfirmed || order.confirmed.is_some())
                && filter.email.as_ref().is_none_or(|email| *email == order.email())
        };
        self.sorted.range(from..).map(|(_, order)| order).filter(fits)
    }

    fn insert(&mut self, order: Order) {
        let place = (order.confirmed.unwrap_or(0), order.id);
        self.place.insert(order.id, place);
        self.sorted.insert(place, order);
    }

    fn change(&mut self, id: i64, change: impl FnOnce(&mut Order)) -> bool {
        let order = self.place.get(&id).and_then(|place| self.sorted.get_mut(place));
        order.map(change).is_some()
    }
}

impl Order {
    pub fn email(&self) -> String {
        let made_up = || format!("customer-{}@example.org", self.id % 97);
        self.fields.get("email").and_then(Value::as_str).map_or_else(made_up, str::to_owned)
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// The order as getOrders shows it. Types are those of a real answer: flags as "0" and "1",
    /// numbers now whole and now not, an empty map as `[]`.
    pub fn wire(&self, custom_extra_fields: bool) -> Value {
        let parts = [self.identity(), payment(self.id), delivery(self.id), invoice(self.id)];
        let mut members: Map<String, Value> = parts.into_iter().flatten().collect();
        members.insert("email".into(), json!(self.email()));
        members.extend(self.fields.clone());
        if custom_extra_fields {
            members.insert("custom_extra_fields".into(), json!([]));
        }
        if self.id % OLD_STYLE_EVERY == 0 {
            for name in ["order_id", "order_status_id", "date_confirmed", "date_add", "date_in_status"] {
                members[name] = json!(members[name].to_string());
            }
        }
        Value::Object(members)
    }

    fn identity(&self) -> Map<String, Value> {
        let id = self.id;
        members(json!({
            "order_id": id, "shop_order_id": 2_824_000 + id % 10_000, "external_order_id": format!("EXT-{id}"),
            "order_source": "shop", "order_source_id": 2824, "order_source_info": "-",
            "order_status_id": self.status, "confirmed": self.confirmed.is_some(),
            "date_confirmed": self.confirmed.unwrap_or(0), "date_add": self.added,
            "date_in_status": self.in_status_since, "user_login": format!("buyer{}", id % 97), "phone": "693123123",
            "user_comments": "", "admin_comments": "Zażółć gęślą jaźń", "extra_field_1": "", "extra_field_2": "",
        }))
    }
}

fn payment(id: i64) -> Map<String, Value> {
    members(json!({
        "currency": "PLN", "payment_method": "Cash on delivery",
        "payment_method_cod": if id % 4 == 0 { "1" } else { "0" },
        "payment_done": if id % 2 == 0 { json!(0) } else { json!(21.6) },
    }))
}

fn delivery(id: i64) -> Map<String, Value> {
    members(json!({
        "delivery_method": "Courier", "delivery_price": amount(id), "delivery_package_module": "",
        "delivery_package_nr": "", "delivery_fullname": format!("Anna Nowak {}", id % 97), "delivery_company": "",
        "delivery_address": "Długa 12", "delivery_city": "Wrocław", "delivery_state": "", "delivery_postcode": "50-001",
        "delivery_country": "Poland", "delivery_country_code": "PL", "delivery_point_id": "", "delivery_point_name": "",
        "delivery_point_address": "", "delivery_point_postcode": "", "delivery_point_city": "",
    }))
}

fn invoice(id: i64) -> Map<String, Value> {
    members(json!({
        "invoice_fullname": "", "invoice_company": "", "invoice_nip": "", "invoice_address": "", "invoice_city": "",
        "invoice_state": "", "invoice_postcode": "", "invoice_country": "", "invoice_country_code": "",
        "want_invoice": "0", "order_page": format!("https://orders.example/{id}/"),
        "pick_state": 0, "pack_state": 0, "products": [product(id)],
    }))
}

fn members(object: Value) -> Map<String, Value> {
    if let Value::Object(members) = object { members } else { Map::new() }
}

fn product(id: i64) -> Value {
    json!({
        "storage": "shop", "storage_id": 1, "order_product_id": id * 10, "product_id": format!("{}", 5400 + id % 50),
        "variant_id": "0", "name": "Product", "attributes": "Colour: green", "sku": format!("SKU-{}", id % 50), "ean": "",
        "location": "", "warehouse_id": 100_001, "auction_id": "0", "price_brutto": amount(id + 1), "tax_rate": 23,
        "quantity": 1 + id % 3, "weight": 1, "bundle_id": 0,
    })
}

/// Whole amounts come as whole numbers.
fn amount(id: i64) -> Value {
    if id % 3 == 0 { json!(20) } else { json!(21.6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_orders_come_by_confirmation_and_then_by_id() {
        let mut orders = Orders::default();
        orders.seed(Seed { orders: 20, per_second: 7, first_second: 1000, ..Seed::default() });
        let times: Vec<_> = orders.all().map(|order| order.confirmed.unwrap()).collect();
        assert_eq!(times[..8], [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1001]);
        assert!(orders.all().map(|order| order.id).is_sorted());
    }

    #[test]
    fn a_filter_selects_at_or_after_its_second() {
        let mut orders = Orders::default();
        orders.seed(Seed { orders: 20, per_second: 7, first_second: 1000, ..Seed::default() });
        let from = |second| Filter { confirmed_from: second, ..Filter::default() };
        assert_eq!(orders.select(&from(1001)).count(), 13);
        assert_eq!(orders.select(&from(1003)).count(), 0);
    }

    #[test]
    fn some_orders_have_their_ids_as_text() {
        let mut orders = Orders::default();
        orders.seed(Seed { orders: 40, ..Seed::default() });
        let old = orders.all().filter(|order| order.wire(false)["order_id"].is_string()).count();
        assert!((1..20).contains(&old), "{old} of 40");
    }
}
