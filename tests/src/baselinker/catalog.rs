//! The account's inventories, products and stock.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Products on one page of the product and stock lists.
pub const PAGE: usize = 1000;
/// Most products in one stock update.
pub const UPDATE_MAX: usize = 1000;
pub const INVENTORY: i64 = 307;
const WAREHOUSE: &str = "bl_205";
/// Mirrors a shop's own stock: cannot be written.
const MIRRORED: &str = "shop_2824";

/// One inventory with two warehouses, one of which mirrors a shop.
#[derive(Default)]
pub struct Catalog {
    products: BTreeMap<i64, BTreeMap<String, i64>>,
}

impl Catalog {
    pub fn seed(&mut self, products: usize) {
        for id in 2_685..2_685 + products as i64 {
            let stock = [(WAREHOUSE.to_owned(), id % 40), (MIRRORED.to_owned(), id % 7)];
            self.products.insert(id, stock.into());
        }
    }

    pub fn inventories(&self) -> Value {
        json!({"inventories": [{
            "inventory_id": INVENTORY, "name": "Default", "description": "", "languages": ["pl"],
            "default_language": "pl", "price_groups": [105], "default_price_group": 105,
            "warehouses": [WAREHOUSE, MIRRORED], "default_warehouse": WAREHOUSE, "reservations": false, "is_default": true,
        }]})
    }

    /// `page` counts from 1.
    pub fn list(&self, page: usize) -> Value {
        let product = |(id, stock): (&i64, &BTreeMap<String, i64>)| {
            let product = json!({"id": id, "ean": "", "sku": format!("SKU-{id}"), "name": format!("Product {id}"),
                "prices": {"105": 20.5}, "stock": stock});
            (id.to_string(), product)
        };
        json!({"products": map(self.page(page).map(product).collect())})
    }

    pub fn stock(&self, page: usize) -> Value {
        let product = |(id, stock): (&i64, &BTreeMap<String, i64>)| {
            (id.to_string(), json!({"product_id": id, "stock": stock, "variants": []}))
        };
        json!({"products": map(self.page(page).map(product).collect())})
    }

    pub fn data(&self, ids: &[i64]) -> Value {
        let product = |id: &i64| {
            let stock = self.products.get(id)?;
            let product = json!({"ean": "", "sku": format!("SKU-{id}"), "tags": [], "tax_rate": 23, "weight": 0.25,
                "height": 0, "width": 0, "length": 0, "star": 0, "category_id": 3_945, "manufacturer_id": 0,
                "prices": {"105": 20.5}, "stock": stock, "locations": [], "text_fields": {"name": format!("Product {id}")},
                "images": [], "links": [], "variants": [], "is_bundle": false, "average_cost": 0});
            Some((id.to_string(), product))
        };
        json!({"products": map(ids.iter().filter_map(product).collect())})
    }

    /// Sets absolute quantities. Keys that cannot be written are warnings, not failures.
    pub fn update(&mut self, products: &Map<String, Value>) -> Value {
        let mut counter = 0;
        let mut warnings = Map::new();
        for (key, quantities) in products {
            match self.update_one(key, quantities) {
                Ok(()) => counter += 1,
                Err(warning) => drop(warnings.insert(key.clone(), json!(warning))),
            }
        }
        json!({"counter": counter, "warnings": map(warnings)})
    }

    pub fn quantity(&self, product: i64, warehouse: &str) -> Option<i64> {
        self.products.get(&product)?.get(warehouse).copied()
    }

    pub fn remove(&mut self, product: i64) -> bool {
        self.products.remove(&product).is_some()
    }

    fn update_one(&mut self, key: &str, quantities: &Value) -> Result<(), &'static str> {
        let stock =
            key.parse().ok().and_then(|id: i64| self.products.get_mut(&id)).ok_or("Product not found")?;
        for (warehouse, quantity) in quantities.as_object().ok_or("Invalid quantities")? {
            if warehouse != WAREHOUSE {
                return Err("Warehouse cannot be written");
            }
            let quantity = quantity.as_i64().ok_or("Invalid quantity")?;
            stock.insert(warehouse.clone(), quantity);
        }
        Ok(())
    }

    fn page(&self, page: usize) -> impl Iterator<Item = (&i64, &BTreeMap<String, i64>)> {
        self.products.iter().skip(page.saturating_sub(1) * PAGE).take(PAGE)
    }
}

/// An empty map is an empty array on the wire, as a PHP back end writes it.
fn map(members: Map<String, Value>) -> Value {
    if members.is_empty() { json!([]) } else { Value::Object(members) }
}
