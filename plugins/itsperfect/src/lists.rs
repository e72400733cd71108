//! Streams that are the vendor's own lists, page by page.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_sdk::spec::Stream;
use windlass_sdk::{Page, ReadRequest, Result};

use crate::ItsPerfect;

/// Streams, and where the vendor has each, and the name under which the rows stand.
pub const WAREHOUSES: &str = "warehouses";
pub const COUNTRIES: &str = "countries";
pub const ITEMS: &str = "items";

/// Where a walk goes on.
#[derive(Serialize, Deserialize)]
struct Place {
    page: u64,
}

impl Default for Place {
    fn default() -> Self {
        Self { page: 1 }
    }
}

pub fn warehouses() -> Stream {
    list(WAREHOUSES, include_str!("warehouse.schema.json"))
        .title("Warehouses")
        .description("The ERP's warehouses, for settings that name one. `active` is 0 for one out of use.")
        .every("6h")
}

pub fn countries() -> Stream {
    list(COUNTRIES, include_str!("country.schema.json"))
        .title("Countries")
        .description("The ERP's own numbers of countries: an order's addresses name these.")
        .every("1d")
}

pub fn items() -> Stream {
    list(ITEMS, include_str!("item.schema.json"))
        .title("Items")
        .description("The catalogue: items with their colours, sizes and barcodes.")
        .every("6h")
}

fn list(name: &str, schema: &str) -> Stream {
    let schema: Value = serde_json::from_str(schema).expect("the schema file is JSON");
    Stream::snapshot(name).key("/id").schema(schema).enabled_by("active")
}

pub fn read(account: &ItsPerfect, name: &str, request: &ReadRequest) -> Result<Page> {
    let Place { page } = request.checkpoint_or_default()?;
    let listed = account.page(name, page, &[])?;
    let rows = listed.answer.pick(&format!("/{name}"), "/id")?;
    let found = Page::of(rows.keep_all()?).left(listed.pages.left(rows.len()));
    match listed.pages.next() {
        Some(page) => found.next(&Place { page }),
        None => Ok(found),
    }
}
