//! What a test does at the simulated vendor as the shop's owner, and what it asks about the account.

use std::io;
use std::time::Duration;

use serde_json::{Map, Value};

use super::journal::Event;
use super::methods::Effect;
use super::vendor::Vendor;
use super::{Seed, Settings, Simulator};
use crate::timeline::Timeline;

impl Simulator {
    pub fn start(settings: Settings) -> io::Result<Self> {
        Self::start_at(settings, Timeline::begin())
    }

    /// As [`start`](Self::start), with a clock that the test moves on.
    pub fn start_at(settings: Settings, timeline: Timeline) -> io::Result<Self> {
        Self::serve_at(settings.listen, Vendor::new(settings), timeline)
    }

    /// Blocks every known token, as if another program had gone over the limit.
    pub fn block(&self, length: Duration) {
        self.with(|vendor, now| vendor.block(now, length));
    }

    /// Makes the vendor know these tokens alone.
    pub fn set_tokens(&self, tokens: &[&str]) {
        let tokens = tokens.iter().map(|&token| token.to_owned()).collect();
        self.with(|vendor, _| vendor.settings.tokens = tokens);
    }

    pub fn seed(&self, seed: Seed) {
        self.with(|vendor, _| vendor.account.orders.seed(seed));
    }

    /// A new order, confirmed at `confirmed` (Unix seconds); returns its id.
    pub fn add_order(&self, status: i64, confirmed: i64) -> i64 {
        self.with(|vendor, _| {
            let id = vendor.account.orders.add(status, confirmed, Some(confirmed), Map::new());
            vendor.account.journal.add(id, Event::Created, 0, confirmed);
            id
        })
    }

    /// Moves an order as the shop's owner does. False when there is no such order.
    pub fn move_order(&self, id: i64, status: i64) -> bool {
        self.with(|vendor, now| {
            let now = now.unix_seconds();
            vendor.account.journal.add(id, Event::StatusChanged, status, now);
            vendor.account.orders.set_status(id, status, now)
        })
    }

    /// Changes an order's content; names and values as on the wire. False when there is no such order.
    pub fn change_order(&self, id: i64, fields: Map<String, Value>) -> bool {
        self.with(|vendor, _| vendor.account.orders.set_fields(id, fields))
    }

    pub fn remove_order(&self, id: i64) -> bool {
        self.with(|vendor, now| {
            vendor.account.journal.add(id, Event::Removed, 0, now.unix_seconds());
            vendor.account.orders.remove(id)
        })
    }

    /// Ids of all orders, as the vendor sorts them.
    pub fn order_ids(&self) -> Vec<i64> {
        self.with(|vendor, _| vendor.account.orders.all().map(|order| order.id).collect())
    }

    pub fn order_status(&self, id: i64) -> Option<i64> {
        self.with(|vendor, _| vendor.account.orders.get(id).map(|order| order.status))
    }

    /// The ids of orders whose field (as given to addOrder) holds `text`.
    pub fn orders_with(&self, field: &str, text: &str) -> Vec<i64> {
        self.with(|vendor, _| {
            let orders = vendor.account.orders.all();
            orders.filter(|order| order.text(field) == Some(text)).map(|order| order.id).collect()
        })
    }

    /// How many pieces of a product are in a warehouse.
    pub fn stock(&self, product: i64, warehouse: &str) -> Option<i64> {
        self.with(|vendor, _| vendor.account.catalog.quantity(product, warehouse))
    }

    pub fn remove_product(&self, product: i64) -> bool {
        self.with(|vendor, _| vendor.account.catalog.remove(product))
    }

    pub fn effects(&self) -> Vec<Effect> {
        self.with(|vendor, _| vendor.account.effects.clone())
    }
}
