//! The streams: the vendor's lists, and single records of them.

use serde_json::json;
use windlass_sdk::spec::Stream;
use windlass_sdk::{Error, Page, ReadRequest, Result};

use crate::Optimakers;
use crate::pages::Place;
use crate::profile::Paths;

/// Streams that webhooks write.
pub const ORDERS: &str = "orders";
pub const PRODUCTS: &str = "products";

/// Rows of one page, where the vendor has none. The host takes 10,000 at most, and a commit of half of it
/// is short.
const PAGE_MAX: usize = 5_000;

/// One list of the vendor.
pub struct List {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    every: &'static str,
    path: fn(&Paths) -> &str,
}

/// All streams.
pub fn all() -> [List; 6] {
    [
        List {
            name: ORDERS,
            title: "Orders",
            description: "Orders as Optimakers sends them. The webhook reads a changed order at once; what \
                          it misses is seen by the next walk, which reads all orders.",
            every: "10m",
            path: |paths| &paths.orders,
        },
        List {
            name: PRODUCTS,
            title: "Products",
            description: "Products as Optimakers sends them. The webhook reads a changed product at once \
                          and removes a deleted one.",
            every: "6h",
            path: |paths| &paths.products,
        },
        List {
            name: "statuses",
            title: "Order statuses",
            description: "In Optimakers: Ustawienia > Statusy encji, entity Zamówienie.",
            every: "6h",
            path: |paths| &paths.statuses,
        },
        List {
            name: "attributes",
            title: "Attributes",
            description: "In Optimakers: Ustawienia > Atrybuty, entity Zamówienie. There are none until \
                          somebody adds them.",
            every: "6h",
            path: |paths| &paths.attributes,
        },
        List {
            name: "vat-rates",
            title: "VAT rates",
            description: "In Optimakers: Ustawienia > Handel > Stawki VAT.",
            every: "6h",
            path: |paths| &paths.vat_rates,
        },
        List {
            name: "currencies",
            title: "Currencies",
            description: "In Optimakers: Ustawienia > Handel > Waluty.",
            every: "6h",
            path: |paths| &paths.currencies,
        },
    ]
}

/// The list of a stream.
pub fn find(stream: &str) -> Option<List> {
    all().into_iter().find(|list| list.name == stream)
}

impl List {
    pub fn declaration(&self) -> Stream {
        // Nothing is known of a record but that it has an id, and the profile says where.
        Stream::snapshot(self.name)
            .title(self.title)
            .description(self.description)
            .key("`answer.id` of the profile")
            .every(self.every)
            .schema(json!({ "type": "object" }))
    }

    pub fn read(&self, account: &Optimakers, request: &ReadRequest) -> Result<Page> {
        let path = (self.path)(&account.profile.paths);
        if !request.keys.is_empty() {
            return request.keys.iter().try_fold(Page::new(), |page, key| one(account, path, key, page));
        }
        if account.is_paged() { page(account, path, request) } else { whole(account, path, request) }
    }
}

fn page(account: &Optimakers, path: &str, request: &ReadRequest) -> Result<Page> {
    let place: Place = request.checkpoint_or_default()?;
    let (rows, next) = place.read(account, path)?;
    let found = Page::of(rows.keep_all()?);
    match next {
        Some(next) => found.next(&next),
        None => Ok(found),
    }
}

/// One answer holds everything, of which a page takes what the host commits at once.
fn whole(account: &Optimakers, path: &str, request: &ReadRequest) -> Result<Page> {
    let rows = account.page(path, 0)?;
    let after: Option<String> = request.checkpoint_or_default()?;
    let (found, rest) = rows.keep_after(after.as_deref(), PAGE_MAX)?;
    match rest {
        Some(after) => Page::of(found).next(&after),
        None => Ok(Page::of(found)),
    }
}

/// Adds a single record to a page, or its absence.
fn one(account: &Optimakers, path: &str, key: &str, page: Page) -> Result<Page> {
    let answer = account.request_one("GET", path, key)?.send()?;
    if account.says_gone(&answer) {
        return Ok(page.deleted(key));
    }
    let record = account.judge(answer)?.field(&account.profile.answer.record)?;
    let record = record.filter(|json| json.starts_with('{')).ok_or_else(|| {
        let place = &account.profile.answer.record;
        let message = format!(
            "Optimakers' answer holds no record at `{place}`; correct `answer.record` of the profile"
        );
        Error::config("no-record", message)
    })?;
    Ok(page.record(key, record))
}
