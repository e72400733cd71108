//! What happened to orders, out of Brani's lists of events: one list for each registered webhook.
//!
//! A list grows while it is read, and newest first it moves under the reader. So it is read oldest first
//! (`inverted`), page by page, up to a page that is not there (406). Every walk begins three hours before
//! the newest event that was seen: times come without a zone, and go back an hour once a year; and nobody
//! knows whether an event can appear behind a newer one. An event that was met before is left out, because
//! what changes in it later is only how its delivery went.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::DateTime};
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::http::{Response, Rows};
use windlass_sdk::spec::Stream;
use windlass_sdk::{Error, Page, ReadRequest, Result, lenient};

use crate::api::judge;
use crate::webhooks::{self, Listed};
use crate::{Brani, Events};

pub const NAME: &str = "webhook-events";

/// Events on a page: the most that a client of the vendor is known to ask for.
const PAGE: u32 = 1000;
/// So far a walk goes back.
const OVERLAP_HOURS: i64 = 3;
/// Events that are remembered of a list, the newest: the checkpoint must stay well below a mebibyte. One
/// that was forgotten and is met again changes nothing, unless its delivery went on.
const MET_MAX: usize = 20_000;
/// Where the vendor's own walk begins.
const FIRST_TIME: &str = "2001-01-01 01:01:01";
const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";
/// Brani's answer to a page beyond the last.
const NO_SUCH_PAGE: u16 = 406;

/// The streams' checkpoint, format 1.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Checkpoint {
    /// What was read; with another choice of `events` it means nothing.
    events: Events,
    /// By webhook, the lists and how far each was read.
    lists: BTreeMap<u64, List>,
    /// The webhooks whose lists this walk has yet to read, the present one last.
    pending: Vec<Pending>,
    /// The page of the present list that is read next, from 1.
    page: u32,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Pending {
    webhook: u64,
    general: bool,
}

/// How far a list was read.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    /// The local time from which on it is read.
    from: String,
    /// Events since then that were met, each with its time.
    met: BTreeMap<u64, String>,
}

impl Default for List {
    fn default() -> Self {
        Self { from: FIRST_TIME.to_owned(), met: BTreeMap::new() }
    }
}

pub fn declaration() -> Stream {
    let or_null = |kind: &str| json!({ "type": [kind, "null"] });
    Stream::incremental(NAME)
        .title("Events")
        .description(
            "What happened to orders: packed, a parcel's number, another status, a line of history; and beside \
             orders, where such webhooks are registered. Read from Brani's list of every registered webhook, so \
             register some first; a push makes Windlass read it at once. Each event is one record, as it was \
             when it was first read: how its delivery goes on (`processed`, `fail_counter` and the like) is not \
             followed. Times are local ones, probably Prague's.",
        )
        .key("/id; for events beside orders, whose ids are others, `general/` and /id")
        .every("10m")
        .schema(json!({
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": { "type": "integer" },
                "webhook_id": or_null("integer"),
                "event_creation": { "type": "string", "description": "Local time without a zone." },
                "order_code": or_null("string"),
                "event_status_id": {
                    "type": ["integer", "null"],
                    "description": "Of a change of status; may be negative. See `eshop-info`.",
                },
                "event_package_number": or_null("string"),
                "event_order_history": or_null("string"),
                "date_successful": or_null("string"),
                "date_last_failed": or_null("string"),
                "last_errors": {},
                "fail_counter": or_null("integer"),
                "processed": { "type": ["integer", "boolean", "null"] },
                "created_at": { "type": "string", "description": "Of events beside orders." },
                "event_type": { "type": "string", "description": "Of events beside orders." },
                "payload": { "description": "Of events beside orders." },
            },
        }))
}

pub fn read(shop: &Brani, request: &ReadRequest) -> Result<Page> {
    if !request.keys.is_empty() {
        return Err(Error::rejected(
            "no-single-events",
            "Brani gives no single event; sync the stream instead",
        ));
    }
    let mut place: Checkpoint = request.checkpoint_or_default()?;
    if place.events != shop.events {
        place = Checkpoint { events: shop.events, ..Checkpoint::default() };
    }
    match place.pending.last().copied() {
        None => begin(shop, place),
        Some(pending) => read_list(shop, pending, place),
    }
}

/// Finds the lists of this walk.
fn begin(shop: &Brani, mut place: Checkpoint) -> Result<Page> {
    let listed = webhooks::list(shop)?;
    // The list of a webhook that is gone is gone with it.
    place.lists.retain(|webhook, _| listed.iter().any(|one| one.id == *webhook));
    let pending = |one: &Listed| Pending { webhook: one.id, general: one.is_general() };
    place.pending = listed.iter().map(pending).collect();
    place.page = 1;
    go_on(Page::new(), place)
}

fn read_list(shop: &Brani, pending: Pending, mut place: Checkpoint) -> Result<Page> {
    let list = place.lists.entry(pending.webhook).or_default();
    let Some(answer) = ask(shop, pending, &list.from, place.page)? else {
        return close(Page::new(), place);
    };
    let rows = answer.pick("/webhook_events", "/id")?;
    let page = if pending.general {
        general_page(&rows, &list.new_in(&rows, "/created_at")?)
    } else {
        Page::of(rows.keep(&list.new_in(&rows, "/event_creation")?)?)
    };
    if rows.is_empty() || is_last(&answer)? {
        return close(page, place);
    }
    // As far as the walk has come, pages are counted anew: what Brani drops at the old end, or what is
    // delivered meanwhile, would move the pages that follow.
    place.page = if list.move_on() { 1 } else { place.page + 1 };
    go_on(page, place)
}

/// Records of events whose ids are not those of the events of orders.
fn general_page(rows: &Rows, new: &[u32]) -> Page {
    let (keys, texts) = (rows.keys(), rows.fields(&[""]));
    let events = keys
        .iter()
        .zip(texts)
        .enumerate()
        .filter(|(index, _)| u32::try_from(*index).is_ok_and(|index| new.contains(&index)));
    events.fold(Page::new(), |page, (_, (id, mut texts))| match texts.pop().flatten() {
        Some(json) => page.record(format!("general/{id}"), json),
        None => page,
    })
}

/// None: there is no such page.
fn ask(shop: &Brani, pending: Pending, from: &str, page: u32) -> Result<Option<Response>> {
    let Pending { webhook, general } = pending;
    let path = if general { "/webhook/events/general" } else { "/webhook/events" };
    let mut request = shop
        .call("GET", &format!("{path}/{webhook}"))
        .query("page_number", page)
        .query("items_per_page", PAGE)
        .query("from_date", from)
        .query("inverted", true);
    if shop.events == Events::Undelivered {
        request = request.query("only_failed", true);
    }
    let answer = request.send()?;
    if answer.status() == NO_SUCH_PAGE {
        return Ok(None);
    }
    judge(answer).map(Some)
}

/// Whether the answer itself says that nothing follows. If it does not, the next page is asked for.
fn is_last(answer: &Response) -> Result<bool> {
    let number =
        |pointer| -> Result<Option<i64>> { Ok(answer.field(pointer)?.as_deref().and_then(lenient::integer)) };
    Ok(match (number("/page")?, number("/items_per_page")?, number("/total_items")?) {
        (Some(page), Some(size), Some(total)) if size > 0 => page.saturating_mul(size) >= total,
        _ => false,
    })
}

/// The present list is through.
fn close(page: Page, mut place: Checkpoint) -> Result<Page> {
    if let Some(list) = place.pending.pop().and_then(|done| place.lists.get_mut(&done.webhook)) {
        list.move_on();
    }
    place.page = 1;
    go_on(page, place)
}

fn go_on(page: Page, place: Checkpoint) -> Result<Page> {
    if place.pending.is_empty() { page.last(&place) } else { page.next(&place) }
}

impl List {
    /// The rows that were not met before; `time` is the JSON Pointer of their time.
    fn new_in(&mut self, rows: &Rows, time: &str) -> Result<Vec<u32>> {
        let mut new = Vec::new();
        for (index, (id, time)) in (0..).zip(rows.integers("/id").into_iter().zip(rows.scalars(time))) {
            let id = id.and_then(|id| u64::try_from(id).ok());
            let id = id.ok_or_else(|| Error::other("event-id", "an event's `id` is no whole number"))?;
            if self.met.insert(id, time.unwrap_or_default()).is_none() {
                new.push(index);
            }
        }
        while self.met.len() > MET_MAX {
            self.met.pop_first();
        }
        Ok(new)
    }

    /// Lets the next page begin three hours before the newest event, and forgets what lies before. False
    /// if that is no further on than before.
    fn move_on(&mut self) -> bool {
        let Some(from) = self.met.values().filter_map(|time| earlier(time)).max() else { return false };
        if from <= self.from {
            return false;
        }
        self.met.retain(|_, time| *time >= from);
        self.from = from;
        true
    }
}

/// Three hours before a local time; none for what is no such time.
fn earlier(time: &str) -> Option<String> {
    let time: DateTime = DateTime::strptime(TIME_FORMAT, time.get(..19)?.replace('T', " ")).ok()?;
    Some(time.checked_sub(OVERLAP_HOURS.hours()).ok()?.strftime(TIME_FORMAT).to_string())
}
