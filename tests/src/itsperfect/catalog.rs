//! Warehouses, countries and items. What follows from an index is made up when it is asked for.

use serde_json::{Value, json};

use super::{OLD_WAREHOUSE, SHOP_WAREHOUSE, WAREHOUSES};

/// Number and name of each item's colours.
pub const COLORS: [(&str, &str); 2] = [("010", "Écru"), ("990", "Black")];
pub const SIZES: [&str; 3] = ["S", "M", "L"];
/// Every so many items one has a size that was given no barcode.
const UNMARKED_EVERY: i64 = 10;
const FIRST_ITEM: i64 = 1001;

#[derive(Clone, Copy, Debug)]
pub struct Item {
    pub id: i64,
}

impl Item {
    pub fn nth(index: usize) -> Self {
        Self { id: FIRST_ITEM + index as i64 }
    }

    pub fn number(&self) -> String {
        format!("ST-{:05}", self.id)
    }

    /// Empty for a size that has none. The same in every warehouse.
    pub fn barcode(&self, color: usize, size: usize) -> String {
        if self.id % UNMARKED_EVERY == 0 && size == 2 {
            return String::new();
        }
        format!("8719{:06}{color}{size}7", self.id)
    }

    /// Prices come as text or as numbers, with as many decimals as somebody typed.
    pub fn row(&self) -> Value {
        let price: Value = match self.id % 3 {
            0 => json!("21.60"),
            1 => serde_json::from_str("21.60").expect("a number"),
            _ => json!(45),
        };
        let color = |&(number, name): &(&str, &str)| {
            json!({"color": name, "colorNumber": number, "discountPercentage": "0.00",
                "salesListPrice": price, "images": [{"id": self.id * 10, "url": "https://img.example/1.jpg"}]})
        };
        let sizes = SIZES.map(|size| json!({"size": size, "secondSize": ""}));
        let barcodes = (0..COLORS.len() * SIZES.len()).map(|index| {
            let (color, size) = (index / SIZES.len(), index % SIZES.len());
            json!({"barcode": self.barcode(color, size), "color": {"color": COLORS[color].1},
                "size": {"size": SIZES[size], "secondSize": ""}})
        });
        json!({
            "id": self.id, "item": format!("Coat № {}", self.id), "itemNumber": self.number(),
            "salesListPrice": price, "description": {"en": "Warm & dry", "nl": "Warm én droog"},
            "season": {"season": "AW26"}, "itemGroup": {"itemGroup": "Coats"},
            "dimensions": {"width": "0", "height": 0, "depth": "0", "weight": "1.250"},
            "video": {"code": ""}, "colors": COLORS.iter().map(color).collect::<Vec<_>>(), "sizes": sizes,
            "barcodes": barcodes.collect::<Vec<_>>(), "webshopCategories": [{"id": 1, "category": {"en": "All"},
            "categoryId": 0}], "relatedItems": [], "active": 1,
        })
    }
}

pub fn warehouse_name(id: i64) -> &'static str {
    match id {
        3 => "Main",
        4 => "Outlet",
        SHOP_WAREHOUSE => "Shop Zürich",
        _ => "Old hall",
    }
}

pub fn warehouses() -> Vec<Value> {
    let ids = WAREHOUSES.into_iter().chain([OLD_WAREHOUSE]);
    let row = |id: i64| {
        json!({
            "id": id, "active": i64::from(id != OLD_WAREHOUSE), "warehouse": warehouse_name(id),
            "street": "Keizersgracht", "housenumber": "1", "housenumberExtension": "", "address2": "",
            "postalCode": "1015 AA", "city": "Amsterdam", "country": {"id": 1, "iso": "NL", "country": "Netherlands"},
            "phone": "", "email": "", "subsidiary": {"id": 1, "subsidiary": "NL"}, "retail": 0, "retailStock": 0,
            "retailTransit": 0, "retailDropshipment": 0,
        })
    };
    ids.map(row).collect()
}

pub fn countries() -> Vec<Value> {
    let known =
        [(1, "NL", "Netherlands"), (2, "DE", "Germany"), (3, "CH", "Switzerland"), (4, "PL", "Poland")];
    known.map(|(id, iso2, country)| json!({"id": id.to_string(), "iso2": iso2, "country": country})).into()
}
