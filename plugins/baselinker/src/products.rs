//! Products and their stock: two streams that are walked alike, inventory by inventory, page by page.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_sdk::http::Rows;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::Stream;
use windlass_sdk::{Error, ErrorKind, Page, ReadRequest, Result};

use crate::{BaseLinker, lists};

pub const PRODUCTS: &str = "products";
pub const STOCK: &str = "stock";

/// Rows of a page; fewer mean an inventory's last.
const PAGE_MAX: usize = 1000;
/// The page, and the inventories again when this one is refused.
const REQUESTS_MAX: u32 = 2;

/// Where a walk goes on.
#[derive(Default, Deserialize, Serialize)]
struct Place {
    /// Inventories to be walked, the present one first; none before they are known.
    inventories: Option<Vec<Id>>,
    page: u32,
}

pub fn products() -> Stream {
    Stream::snapshot(PRODUCTS)
        .title("Products")
        .description(
            "The products of every inventory, as BaseLinker lists them: numbers, name, prices and \
             stock, without variants. BaseLinker counts pages, so a product that moves up while the \
             list is read can be missed once; only one that two reads in a row miss is deleted.",
        )
        .key("inventory_id/product_id")
        .every("1h")
        .max_requests(REQUESTS_MAX)
        .schema(json!({
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": { "type": ["integer", "string"] },
                "ean": { "type": "string" },
                "sku": { "type": "string" },
                "name": { "type": "string" },
                "prices": map(),
                "stock": map(),
            },
        }))
}

pub fn stock() -> Stream {
    Stream::snapshot(STOCK)
        .title("Stock")
        .description(
            "How many pieces of every product, and of its variants, are in which warehouse. A product \
             that moves up while the list is read can be missed once, and is read by the next one.",
        )
        .key("inventory_id/product_id")
        .every("15m")
        .max_requests(REQUESTS_MAX)
        .schema(json!({
            "type": "object",
            "required": ["stock"],
            "properties": {
                "product_id": { "type": ["integer", "string"] },
                "stock": map(),
                "reservations": map(),
                "variants": map(),
            },
        }))
}

pub fn read_products(account: &BaseLinker, request: &ReadRequest) -> Result<Page> {
    read(account, request, "getInventoryProductsList")
}

pub fn read_stock(account: &BaseLinker, request: &ReadRequest) -> Result<Page> {
    read(account, request, "getInventoryProductsStock")
}

fn read(account: &BaseLinker, request: &ReadRequest, method: &str) -> Result<Page> {
    if !request.keys.is_empty() {
        let message = format!("single records of `{}` are not read; sync the stream", request.stream);
        return Err(Error::other("single-records", message));
    }
    let place: Place = request.checkpoint_or_default()?;
    let Some(inventories) = place.inventories else {
        return end_or_next(Page::new(), lists::inventory_ids(account)?);
    };
    let Some((inventory, rest)) = inventories.split_first() else { return Ok(Page::new()) };
    let parameters = json!({ "inventory_id": inventory, "page": place.page });
    let rows = match account.call(method, &parameters) {
        Ok(answer) => answer.pick_members("/products", "")?,
        Err(error) if is_gone(account, inventory, &error)? => return end_or_next(Page::new(), rest.to_vec()),
        Err(error) => return Err(error),
    };
    let page = records(inventory, &rows);
    if rows.len() < PAGE_MAX {
        return end_or_next(page, rest.to_vec());
    }
    page.next(&Place { page: place.page + 1, inventories: Some(inventories) })
}

/// The walk goes on with the first of these inventories.
fn end_or_next(page: Page, inventories: Vec<Id>) -> Result<Page> {
    if inventories.is_empty() {
        return Ok(page);
    }
    page.next(&Place { inventories: Some(inventories), page: 1 })
}

/// Whether an inventory was refused because it was removed during the walk. The code for that is unknown.
fn is_gone(account: &BaseLinker, inventory: &Id, error: &Error) -> Result<bool> {
    Ok(error.kind == ErrorKind::Rejected && !lists::inventory_ids(account)?.contains(inventory))
}

/// Records under the inventory's id: nobody says that two inventories share no product id.
fn records(inventory: &Id, rows: &Rows) -> Page {
    let texts = rows.fields(&[""]).into_iter().filter_map(|mut cells| cells.swap_remove(0));
    let rows = rows.keys().into_iter().zip(texts);
    rows.fold(Page::new(), |page, (product, json)| page.record(format!("{inventory}/{product}"), json))
}

/// An empty map comes as an empty list.
fn map() -> Value {
    json!({ "type": ["object", "array"] })
}
