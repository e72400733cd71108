//! Items and price lists. The vendor has no pages: every answer is a whole list, of which a page takes
//! what the host commits at once.

use schemars::JsonSchema;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::Stream;
use windlass_sdk::{Page, ReadRequest, Result};

use crate::Restigo;
use crate::decimal::Decimal;

/// One answer holds every record, so any number of keys is found in it.
const MOST_KEYS: u32 = 1_000;

pub const ITEMS: &str = "items";
pub const PRICINGS: &str = "pricings";

/// Rows of one page. The host takes 10,000 at most, and a commit of half of it is short.
const PAGE_MAX: usize = 5_000;

/// An active item.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used: records stay as they came")]
struct Item {
    item_id: Id,
    item_name: String,
}

/// A price list.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used: records stay as they came")]
struct Pricing {
    pricing_id: Id,
    pricing_name: String,
    clients: Vec<Client>,
    catalog_items: Vec<PricedItem>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used: records stay as they came")]
struct Client {
    client_id: Id,
    client_name: String,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used: records stay as they came")]
struct PricedItem {
    item_id: Id,
    item_name: String,
    price_after_discount: Decimal,
}

pub fn items() -> Stream {
    Stream::snapshot(ITEMS)
        .keys_at_once(MOST_KEYS)
        .title("Items")
        .description(
            "The supplier's active items, by Restigo's id. Restigo does not say their catalog numbers \
             here, by which prices are set.",
        )
        .key("/item_id")
        .every("6h")
        .schema_of::<Item>()
}

pub fn pricings() -> Stream {
    Stream::snapshot(PRICINGS)
        .keys_at_once(MOST_KEYS)
        .title("Price lists")
        .description("The supplier's price lists, each with its customers and its items' prices.")
        .key("/pricing_id")
        .every("1h")
        .schema_of::<Pricing>()
}

/// Reads the next page of a list, or single records of it: the vendor finds nothing by id, so both
/// come out of the whole list.
pub fn read(account: &Restigo, path: &str, key: &str, request: &ReadRequest) -> Result<Page> {
    let rows = account.get(path, None)?.pick("", key)?;
    if !request.keys.is_empty() {
        let (found, missing) = rows.keep_keys(&request.keys)?;
        return Ok(missing.into_iter().fold(Page::of(found), Page::deleted));
    }
    let after: Option<String> = request.checkpoint_or_default()?;
    let (found, rest) = rows.keep_after(after.as_deref(), PAGE_MAX)?;
    match rest {
        Some(after) => Page::of(found).next(&after),
        None => Ok(Page::of(found)),
    }
}
