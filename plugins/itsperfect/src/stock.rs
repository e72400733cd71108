//! The stream of stock: what our locations have, by barcode.
//!
//! The vendor lists items, in them warehouses, in them colours, in them sizes. A record is one size in
//! the warehouse of one location, with the location's name in front. Values stay as they were sent.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::spec::Stream;
use windlass_sdk::{Error, Page, ReadRequest, Result, log};

use crate::ItsPerfect;

pub const NAME: &str = "stock";

/// Where a walk goes on.
#[derive(Serialize, Deserialize)]
struct Position {
    /// Which of the mapped warehouses, in the order of the settings.
    warehouse: usize,
    page: u64,
}

impl Default for Position {
    fn default() -> Self {
        Self { warehouse: 0, page: 1 }
    }
}

pub fn declaration() -> Stream {
    Stream::snapshot(NAME)
        .title("Stock")
        .description(
            "What each of the `locations` has: every walk reads the whole stock of every mapped \
             warehouse. `availableStock` can be below 0. Sizes without a barcode are left out.",
        )
        .key("location/barcode")
        .every("1h")
        .enabled_by("active")
        .enabled_by("get_stock")
        .schema(json!({
            "type": "object",
            "required": ["location", "warehouseId", "barcode", "availableStock"],
            "properties": {
                "location": either(),
                "warehouseId": either(),
                "warehouse": { "type": "string" },
                "barcode": either(),
                "availableStock": either(),
                "stock": either(),
                "virtualStockReservation": either(),
                "itemId": either(),
                "itemNumber": either(),
                "colorId": either(),
                "colorNumber": either(),
                "color": { "type": "string" },
                "sizeId": either(),
                "size": either(),
                "secondSize": either(),
            },
        }))
}

pub fn read(account: &ItsPerfect, request: &ReadRequest) -> Result<Page> {
    let Position { warehouse, page } = request.checkpoint_or_default()?;
    let warehouses = account.mapped_warehouses();
    if warehouses.is_empty() {
        let message = "no location has a warehouse; add rows to `locations`, or set `get_stock` to false";
        return Err(Error::config("no-locations", message));
    }
    // The settings have changed since the walk began; the host begins it again.
    let Some(asked) = warehouses.get(warehouse) else { return Ok(Page::new()) };
    let listed = account.page(NAME, page, &[("warehouseId", asked)])?;
    let answer: Value = listed.answer.json()?;
    let stock = answer["stock"].as_array().ok_or_else(|| {
        Error::transient("unreadable-answer", "ItsPerfect's answer to `stock` has no list `stock`")
    })?;
    let found = account.records(stock, asked);
    match listed.pages.next() {
        Some(page) => found.next(&Position { warehouse, page }),
        None if warehouse + 1 < warehouses.len() => {
            found.next(&Position { warehouse: warehouse + 1, page: 1 })
        }
        None => Ok(found),
    }
}

impl ItsPerfect {
    /// The ids of the warehouses that locations name, each once.
    fn mapped_warehouses(&self) -> Vec<&str> {
        let mut ids = Vec::new();
        for id in self.locations.iter().map(|row| row.warehouse.as_str().trim()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// One record for every size and every location of the warehouse.
    fn records(&self, stock: &[Value], warehouse: &str) -> Page {
        let locations: Vec<_> =
            self.locations.iter().filter(|row| row.warehouse.as_str().trim() == warehouse).collect();
        let mut page = Page::new();
        let mut unmarked = 0;
        for place in sizes(stock, warehouse) {
            let Some(barcode) = text(place.size, "barcode").filter(|text| !text.is_empty()) else {
                unmarked += 1;
                continue;
            };
            for row in &locations {
                page = page.record(format!("{}/{barcode}", row.location), place.record(&row.location));
            }
        }
        if unmarked > 0 {
            log::info(format!("{unmarked} sizes in warehouse {warehouse} have no barcode and are left out"));
        }
        page
    }
}

/// One size, and what it lies in.
struct Place<'a> {
    item: &'a Value,
    warehouse: &'a Value,
    color: &'a Value,
    size: &'a Value,
}

/// All sizes in one warehouse. The same barcodes lie in other warehouses too, which an answer may hold
/// though they were not asked for.
fn sizes<'a>(stock: &'a [Value], id: &'a str) -> impl Iterator<Item = Place<'a>> {
    let warehouses = stock.iter().flat_map(|item| list(item, "warehouses").map(move |inner| (item, inner)));
    let asked = warehouses.filter(move |(_, inner)| text(inner, "warehouseId").as_deref() == Some(id));
    asked.flat_map(|(item, warehouse)| {
        let colors = list(warehouse, "colors");
        colors.flat_map(move |color| {
            list(color, "sizes").map(move |size| Place { item, warehouse, color, size })
        })
    })
}

impl Place<'_> {
    /// What stands at each level, but for the lists that hold the next one.
    fn record(&self, location: &Id) -> String {
        let mut record = Map::from_iter([("location".to_owned(), json!(location))]);
        for level in [self.warehouse, self.item, self.color, self.size] {
            let members = level.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array());
            record.extend(members.map(|(name, value)| (name.clone(), value.clone())));
        }
        Value::Object(record).to_string()
    }
}

/// The elements of a list; none where nothing is there.
fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, name: &str) -> Option<String> {
    lenient::text(&value.get(name)?.to_string()).map(|text| text.trim().to_owned())
}

/// A scalar that comes as text or as a number.
fn either() -> Value {
    json!({ "type": ["number", "string"] })
}
