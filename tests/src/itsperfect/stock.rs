//! Stock: items, in them warehouses, in them colours, in them sizes. Amounts come as text and as numbers
//! side by side.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::catalog::{COLORS, Item, SIZES, warehouse_name};

/// Amounts that a test has set, over the made-up ones: by warehouse and barcode.
#[derive(Default)]
pub struct Stock {
    set: BTreeMap<(i64, String), i64>,
}

impl Stock {
    pub fn set(&mut self, warehouse: i64, barcode: &str, amount: i64) {
        self.set.insert((warehouse, barcode.to_owned()), amount);
    }

    /// What can be sold; below 0 when more is promised than is there.
    pub fn amount(&self, item: &Item, warehouse: i64, color: usize, size: usize) -> i64 {
        let made_up = (item.id * 7 + warehouse * 5 + (color * 3 + size) as i64) % 23 - 2;
        self.set.get(&(warehouse, item.barcode(color, size))).copied().unwrap_or(made_up)
    }

    /// One element of `stock`.
    pub fn row(&self, item: &Item, warehouses: &[i64]) -> Value {
        let warehouses: Vec<_> = warehouses.iter().map(|&id| self.warehouse(item, id)).collect();
        json!({"itemId": item.id, "itemNumber": item.number(), "warehouses": warehouses})
    }

    fn warehouse(&self, item: &Item, id: i64) -> Value {
        let color = |(index, (number, name)): (usize, &(&str, &str))| {
            let sizes: Vec<_> = (0..SIZES.len()).map(|size| self.size(item, id, index, size)).collect();
            json!({"colorId": 40 + index, "colorNumber": number, "color": name, "sizes": sizes})
        };
        let colors: Vec<_> = COLORS.iter().enumerate().map(color).collect();
        json!({"warehouseId": id, "warehouse": warehouse_name(id), "colors": colors})
    }

    fn size(&self, item: &Item, warehouse: i64, color: usize, size: usize) -> Value {
        let amount = self.amount(item, warehouse, color, size);
        // The sample has `stock` as text beside `availableStock` as a number; the reverse is seen too.
        let available =
            if (item.id + size as i64) % 5 == 0 { json!(amount.to_string()) } else { json!(amount) };
        json!({
            "sizeId": 60 + size, "size": SIZES[size], "secondSize": "", "barcode": item.barcode(color, size),
            "stock": (amount + 1).to_string(), "virtualStockReservation": "1", "availableStock": available,
            "expectedStock": "0.000",
        })
    }
}
