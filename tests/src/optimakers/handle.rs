//! What a test does at the simulated instance as its people, and what it asks about it.

use std::io;

use serde_json::{Value, json};

use super::instance::Instance;
use super::order::text;
use super::vendor::Vendor;
use super::{Settings, Simulator};

impl Simulator {
    pub fn start(settings: Settings) -> io::Result<Self> {
        Self::serve(settings.listen, Vendor::new(settings))
    }

    /// Changes what the instance holds.
    pub fn change<T>(&self, change: impl FnOnce(&mut Instance) -> T) -> T {
        self.with(|vendor, _| change(&mut vendor.instance))
    }

    /// Ids of the orders of a reference; one at the end of an honest test.
    pub fn orders_with(&self, reference: &str) -> Vec<u64> {
        self.with(|vendor, _| {
            let name = vendor.settings.dialect.reference;
            let orders = vendor.instance.orders.iter();
            orders.filter(|(_, order)| text(&order[name]) == reference).map(|(id, _)| *id).collect()
        })
    }

    pub fn order(&self, id: u64) -> Option<Value> {
        self.change(|instance| instance.orders.get(&id).cloned())
    }

    pub fn order_ids(&self) -> Vec<u64> {
        self.change(|instance| instance.orders.keys().copied().collect())
    }

    pub fn product_ids(&self) -> Vec<u64> {
        self.change(|instance| instance.products.keys().copied().collect())
    }

    /// Zrealizowane: yes or no, in the order's form.
    pub fn set_realised(&self, id: u64, realised: bool) {
        self.change(|instance| {
            let order = instance.orders.get_mut(&id).expect("an order that is there");
            order["realised"] = json!(realised);
        });
    }

    /// The body of a delivery, as the stand-in words it.
    pub fn delivery(event: &str, id: u64) -> String {
        json!({ "event": event, "id": id }).to_string()
    }
}
