//! Short lists that are read whole: order statuses and inventories.

use serde_json::json;
use windlass_sdk::http::Rows;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::Stream;
use windlass_sdk::{Error, KeptRows, Result};

use crate::BaseLinker;

pub const ORDER_STATUSES: &str = "order-statuses";
pub const INVENTORIES: &str = "inventories";

pub fn order_statuses() -> Stream {
    let id = json!({ "type": ["integer", "string"] });
    Stream::snapshot(ORDER_STATUSES)
        .title("Order statuses")
        .description("The account's order statuses, for settings that name one.")
        .key("/id")
        .every("6h")
        .schema(json!({
            "type": "object",
            "required": ["id", "name"],
            "properties": {
                "id": id,
                "name": { "type": "string" },
                "name_for_customer": { "type": "string" },
                "color": { "type": "string" },
            },
        }))
}

pub fn inventories() -> Stream {
    let id = json!({ "type": ["integer", "string"] });
    Stream::snapshot(INVENTORIES)
        .title("Inventories")
        .description("The account's catalogues.")
        .key("/inventory_id")
        .every("1d")
        .schema(json!({
            "type": "object",
            "required": ["inventory_id", "name"],
            "properties": {
                "inventory_id": id,
                "name": { "type": "string" },
                "description": { "type": "string" },
                "languages": { "type": "array" },
                "default_language": { "type": "string" },
                "price_groups": { "type": "array" },
                "warehouses": { "type": "array" },
                "default_warehouse": { "type": "string" },
            },
        }))
}

pub fn read_order_statuses(account: &BaseLinker) -> Result<KeptRows> {
    account.call("getOrderStatusList", &json!({}))?.pick("/statuses", "/id")?.keep_all()
}

pub fn read_inventories(account: &BaseLinker) -> Result<KeptRows> {
    inventory_rows(account)?.keep_all()
}

pub fn inventory_ids(account: &BaseLinker) -> Result<Vec<Id>> {
    let ids = inventory_rows(account)?.fields(&["/inventory_id"]).into_iter().flatten().flatten();
    ids.map(|json| serde_json::from_str(&json))
        .collect::<Result<_, _>>()
        .map_err(|error| Error::other("inventory-id", format!("an inventory's id cannot be read: {error}")))
}

fn inventory_rows(account: &BaseLinker) -> Result<Rows> {
    account.call("getInventories", &json!({}))?.pick("/inventories", "/inventory_id")
}
