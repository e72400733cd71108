//! What a test does at the simulated vendor as the ERP's owner, and what it asks about it.

use std::io;

use serde_json::{Map, Value, json};

use super::catalog::{COLORS, Item, SIZES};
use super::orders::Order;
use super::vendor::Vendor;
use super::{Settings, Simulator};

impl Simulator {
    pub fn start(settings: Settings) -> io::Result<Self> {
        Self::serve_at(settings.listen, Vendor::new(settings.clone()), settings.timeline)
    }

    /// Changes the vendor's rules.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        self.with(|vendor, _| change(&mut vendor.settings));
    }

    /// Other programs make requests: they count too.
    pub fn use_by_others(&self, requests: usize) {
        self.with(|vendor, now| vendor.count.others(&vendor.settings.quota, now, requests));
    }

    pub fn orders(&self) -> Vec<Order> {
        self.with(|vendor, _| vendor.orders.all().to_vec())
    }

    /// Ids of orders whose field holds this text.
    pub fn orders_with(&self, field: &str, text: &str) -> Vec<i64> {
        let orders = self.orders().into_iter();
        let holds = |order: &Order| order.fields.get(field) == Some(&json!(text));
        orders.filter(holds).map(|order| order.id).collect()
    }

    /// An order that came another way; returns its id.
    pub fn add_order(&self, reference: &str) -> i64 {
        let fields = Map::from_iter([("reference".to_owned(), json!(reference))]);
        self.with(|vendor, _| vendor.orders.add(fields))
    }

    pub fn remove_order(&self, id: i64) {
        self.with(|vendor, _| vendor.orders.remove(id));
    }

    pub fn set_items(&self, items: usize) {
        self.set(|settings| settings.items = items);
    }

    pub fn set_stock(&self, warehouse: i64, barcode: &str, amount: i64) {
        self.with(|vendor, _| vendor.stock.set(warehouse, barcode, amount));
    }

    /// Barcode and what can be sold, of everything in a warehouse that has a barcode.
    pub fn stock_of(&self, warehouse: i64) -> Vec<(String, i64)> {
        let places = || (0..COLORS.len()).flat_map(|color| (0..SIZES.len()).map(move |size| (color, size)));
        self.with(|vendor, _| {
            let items = (0..vendor.settings.items).map(Item::nth);
            let rows = items.flat_map(|item| places().map(move |(color, size)| (item, color, size)));
            let amount = |(item, color, size): (Item, usize, usize)| {
                (item.barcode(color, size), vendor.stock.amount(&item, warehouse, color, size))
            };
            rows.map(amount).filter(|(barcode, _)| !barcode.is_empty()).collect()
        })
    }

    /// What was sent as new orders, in the order it came.
    pub fn sent_orders(&self) -> Vec<Value> {
        self.calls("POST orders").into_iter().map(|request| request.parameters).collect()
    }
}
