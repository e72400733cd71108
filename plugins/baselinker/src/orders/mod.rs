//! The stream of orders.
//!
//! With `order_status` a sync walks all orders that are in that status now. Without it a sync walks
//! what was confirmed since the last one (once an hour again the last days), and then reads again
//! the orders that the journal names.

mod checkpoint;
mod journal;

use serde_json::{Map, Value, json};
use windlass_sdk::spec::Stream;
use windlass_sdk::{Error, ErrorKind, Page, ReadRequest, Result, clock};

use self::checkpoint::{Checkpoint, Step};
use crate::BaseLinker;
use crate::walk::{Next, Position};

pub const NAME: &str = "orders";

/// How often the last days are walked again.
const REREAD_EVERY_SECONDS: u64 = 60 * 60;
const DAY_SECONDS: u64 = 24 * 60 * 60;

pub fn declaration() -> Stream {
    let schema = serde_json::from_str(include_str!("order.schema.json"));
    Stream::incremental(NAME)
        .title("Orders")
        .description(
            "Confirmed orders. With `order_status`: every sync reads all orders that are in that \
             status then; an order that leaves it stays as it was last read. Without: every sync \
             reads newly confirmed orders, and orders that the account's journal names. The \
             journal is off until BaseLinker's support switches it on, and covers 3 days; without \
             it, changes of orders confirmed more than `reread_days` ago are missed, and others \
             are seen within an hour. Removed orders are noticed by the journal alone.",
        )
        .key("/order_id")
        .every("5m")
        .schema(schema.expect("the schema file is JSON"))
}

pub fn read(account: &BaseLinker, request: &ReadRequest) -> Result<Page> {
    if !request.keys.is_empty() {
        return request.keys.iter().try_fold(Page::new(), |page, key| read_one(account, key, page));
    }
    let mut place: Checkpoint = request.checkpoint_or_default()?;
    if place.status != account.order_status {
        place = Checkpoint { status: account.order_status, ..Checkpoint::default() };
    }
    match place.step {
        Step::Start => start(account, place),
        Step::JournalEnd => find_journal_end(account, place),
        Step::Walk => walk(account, place),
        Step::Journal => read_journal(account, place),
        Step::Reread => reread(account, place),
    }
}

/// Decides what this sync does, and does the first of it.
fn start(account: &BaseLinker, mut place: Checkpoint) -> Result<Page> {
    place.step = Step::Walk;
    if account.order_status.is_some() {
        place.walk = Position::default();
        return walk(account, place);
    }
    let now = clock::now_seconds();
    if now >= place.reread_at + REREAD_EVERY_SECONDS {
        let from = now.saturating_sub(u64::from(account.reread_days) * DAY_SECONDS);
        if place.walk.second > from {
            place.walk = Position::at(from);
        }
        place.reread_at = now;
    }
    if place.log.is_none() {
        place.step = Step::JournalEnd;
        return find_journal_end(account, place);
    }
    walk(account, place)
}

/// Before the first walk: what the journal holds already is older than what the walk will read.
fn find_journal_end(account: &BaseLinker, mut place: Checkpoint) -> Result<Page> {
    let news = journal::read_after(account, place.log.unwrap_or(0))?;
    if news.is_empty() {
        place.step = Step::Walk;
    }
    place.log = Some(news.last.unwrap_or(place.log.unwrap_or(0)));
    Page::new().next(&place)
}

fn walk(account: &BaseLinker, mut place: Checkpoint) -> Result<Page> {
    let mut filter = Map::new();
    if let Some(status) = place.status {
        filter.insert("status_id".into(), json!(status));
    }
    let rows = place.walk.read(account, &filter)?;
    let page = Page::of(rows.keep_all()?);
    match place.walk.after(&rows)? {
        Next::Page(position) => {
            place.walk = position;
            page.next(&place)
        }
        Next::End(position) if place.status.is_none() => {
            place.walk = position;
            place.step = Step::Journal;
            page.next(&place)
        }
        Next::End(_) => page.last(&place.at_start()),
    }
}

/// Gathers the orders that the journal names, up to its end, before any is read: reading takes
/// long, and a busy journal would never end.
fn read_journal(account: &BaseLinker, mut place: Checkpoint) -> Result<Page> {
    let news = journal::read_after(account, place.log.unwrap_or(0))?;
    if let Some(last) = news.last {
        place.log = Some(last);
        place.remember(news.orders);
        if place.has_room() {
            return Page::new().next(&place);
        }
    }
    after_journal(Page::new(), place)
}

fn reread(account: &BaseLinker, mut place: Checkpoint) -> Result<Page> {
    let page = match place.pending.pop() {
        Some(order) => read_one(account, &order.to_string(), Page::new())?,
        None => Page::new(),
    };
    after_journal(page, place)
}

fn after_journal(page: Page, mut place: Checkpoint) -> Result<Page> {
    if place.pending.is_empty() {
        return page.last(&place.at_start());
    }
    place.step = Step::Reread;
    page.next(&place)
}

/// Adds one order to a page, or its absence.
fn read_one(account: &BaseLinker, key: &str, page: Page) -> Result<Page> {
    let id = key.parse::<u64>().map_or_else(|_| json!(key), Value::from);
    let rows = match account.call("getOrders", &json!({ "order_id": id })) {
        Ok(answer) => answer.pick("/orders", "/order_id")?,
        Err(error) if says_no_such_order(&error) => return Ok(page.deleted(key)),
        Err(error) => return Err(error),
    };
    if rows.is_empty() {
        return Ok(page.deleted(key));
    }
    Ok(page.rows(rows.keep_all()?))
}

/// The code for an unknown order was never seen, its message was.
fn says_no_such_order(error: &Error) -> bool {
    error.kind == ErrorKind::Rejected && error.message.contains("Invalid order_id")
}
