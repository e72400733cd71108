//! B4: the walk over the events.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, Sent, Synced, TestHost};

use crate::host;

/// Brani's lists by webhook, the oldest event first: id and time.
#[derive(Clone, Default)]
struct Lists(Rc<RefCell<Vec<List>>>);

#[derive(Clone, Default)]
struct List {
    webhook: u64,
    kind: &'static str,
    events: Vec<(u64, String)>,
    /// Happens before the next page is answered.
    soon: Vec<(u64, String)>,
    /// Whether answers say how many events there are.
    totals: bool,
}

impl Lists {
    fn of(lists: &[List]) -> Self {
        Lists(Rc::new(RefCell::new(lists.to_vec())))
    }

    fn add(&self, id: u64, time: &str) {
        self.0.borrow_mut()[0].events.push((id, time.to_owned()));
    }

    fn host(&self) -> TestHost<brani::Brani> {
        let host = host();
        let lists = self.clone();
        host.vendor(move |sent| lists.answer(sent));
        host
    }

    fn answer(&self, sent: &Sent) -> Answer {
        let url = sent.url.strip_prefix("https://api.brani.cz/webhook").expect("a path of webhooks");
        if url.is_empty() {
            return self.registered();
        }
        let (path, query) = url.split_once('?').expect("a page is asked for");
        let id: u64 = path.rsplit('/').next().unwrap().parse().unwrap();
        let field = |name: &str| {
            let mut pairs = form_urlencoded(query);
            pairs.find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
        };
        assert_eq!((field("inverted").as_str(), field("items_per_page").as_str()), ("true", "1000"));
        let mut lists = self.0.borrow_mut();
        let list = lists.iter_mut().find(|list| list.webhook == id).expect("a registered webhook");
        let soon = std::mem::take(&mut list.soon);
        list.events.extend(soon);
        list.page(path.contains("/general/"), field("page_number").parse().unwrap(), &field("from_date"))
    }

    fn registered(&self) -> Answer {
        let webhooks: Vec<_> = self
            .0
            .borrow()
            .iter()
            .map(|list| json!({ "id": list.webhook, "event_type": list.kind, "webhook_url": "https://x" }))
            .collect();
        Answer::json(json!({ "webhook_urls": webhooks }))
    }
}

impl List {
    fn page(&self, general: bool, page: usize, from: &str) -> Answer {
        let time = if general { "created_at" } else { "event_creation" };
        let due: Vec<_> = self.events.iter().filter(|(_, at)| at.as_str() >= from).collect();
        let rows: Vec<Value> = due
            .iter()
            .skip((page - 1) * 1000)
            .take(1000)
            .map(|(id, at)| json!({ "id": id, time: at, "webhook_id": self.webhook }))
            .collect();
        if rows.is_empty() {
            return Answer::text(406, r#"{"detail":"Not Acceptable"}"#);
        }
        let mut body = json!({ "webhook_events": rows });
        if self.totals {
            body["total_items"] = json!(due.len());
            body["items_per_page"] = json!(1000);
            body["page"] = json!(page);
        }
        Answer::json(body)
    }
}

/// The pairs of a query.
fn form_urlencoded(query: &str) -> impl Iterator<Item = (String, String)> {
    let decoded = |text: &str| text.replace('+', " ").replace("%3A", ":");
    query.split('&').filter_map(move |pair| {
        let (name, value) = pair.split_once('=')?;
        Some((decoded(name), decoded(value)))
    })
}

fn at(minute: u64) -> String {
    format!("2025-06-{:02} {:02}:{:02}:00", 1 + minute / 1440, minute / 60 % 24, minute % 60)
}

fn list(webhook: u64, kind: &'static str, ids: std::ops::Range<u64>) -> List {
    List { webhook, kind, events: ids.map(|id| (id, at(id))).collect(), ..List::default() }
}

fn ids(synced: &Synced) -> Vec<u64> {
    synced.keys().iter().map(|key| key.parse().unwrap()).collect()
}

fn pages(host: &TestHost<brani::Brani>) -> usize {
    host.sent().iter().filter(|sent| sent.url.contains("/events/")).count()
}

#[test]
fn every_event_of_every_webhook_is_met_once() {
    for totals in [false, true] {
        let orders = List { totals, ..list(3, "status_change", 0..4_321) };
        let lists =
            Lists::of(&[orders, list(8, "balic_packed", 10_000..10_007), list(9, "order_history", 0..0)]);
        let mut host = lists.host();
        let synced = host.sync("webhook-events").unwrap();
        let mut met = ids(&synced);
        met.sort_unstable();
        assert_eq!(met, (0..4_321).chain(10_000..10_007).collect::<Vec<_>>());
        let again = host.sync("webhook-events").unwrap();
        assert_eq!(again.records.len(), 0, "nothing happened");
        lists.add(4_321, &at(4_321));
        assert_eq!(ids(&host.sync("webhook-events").unwrap()), [4_321]);
    }
}

#[test]
fn a_second_walk_asks_for_the_last_hours_alone() {
    let lists = Lists::of(&[List { totals: true, ..list(3, "status_change", 0..2_500) }]);
    let mut host = lists.host();
    host.sync("webhook-events").unwrap();
    let before = pages(&host);
    host.sync("webhook-events").unwrap();
    assert_eq!(pages(&host) - before, 1);
    assert!(
        host.sent().last().unwrap().url.contains("from_date=2025-06-02+14%3A39%3A00"),
        "{:?}",
        host.sent().last()
    );
}

#[test]
fn what_happens_while_the_list_is_read_is_met_too() {
    let mut orders = list(3, "status_change", 0..1_500);
    orders.soon = (1_500..3_700).map(|id| (id, at(id))).collect();
    let lists = Lists::of(&[orders]);
    let mut host = lists.host();
    assert_eq!(ids(&host.sync("webhook-events").unwrap()), (0..3_700).collect::<Vec<_>>());
}

/// A mass change of orders: the checkpoint has its bound all the same.
#[test]
fn a_crowd_of_events_leaves_a_checkpoint_that_fits() {
    let crowd =
        List { events: (0..30_000).map(|id| (id, at(7))).collect(), ..list(3, "status_change", 0..0) };
    let mut host = Lists::of(&[crowd]).host();
    assert_eq!(host.sync("webhook-events").unwrap().records.len(), 30_000);
    assert!(host.checkpoint("webhook-events").unwrap().len() < 1 << 20);
}

#[test]
fn more_events_in_a_minute_than_a_page_holds_are_all_met() {
    let crowd = List { events: (0..3_500).map(|id| (id, at(7))).collect(), ..list(3, "status_change", 0..0) };
    let mut host = Lists::of(&[crowd]).host();
    assert_eq!(host.sync("webhook-events").unwrap().records.len(), 3_500);
}

/// When summer time ends, an hour of local times comes twice.
#[test]
fn an_event_whose_local_time_went_back_is_met() {
    let lists = Lists::of(&[list(3, "status_change", 0..0)]);
    lists.add(1, "2025-10-26 02:59:59");
    let mut host = lists.host();
    host.sync("webhook-events").unwrap();
    lists.add(2, "2025-10-26 02:00:01");
    assert_eq!(ids(&host.sync("webhook-events").unwrap()), [2]);
}

#[test]
fn events_beside_orders_have_ids_of_their_own() {
    let lists = Lists::of(&[list(3, "status_change", 5..7), list(4, "task_created", 5..7)]);
    let mut host = lists.host();
    let mut keys: Vec<_> =
        host.sync("webhook-events").unwrap().keys().into_iter().map(str::to_owned).collect();
    keys.sort();
    assert_eq!(keys, ["5", "6", "general/5", "general/6"]);
    assert_eq!(host.records("webhook-events")["general/5"]["created_at"], at(5));
    assert!(host.sent().iter().any(|sent| sent.url.contains("/webhook/events/general/4?")));
}

#[test]
fn without_a_webhook_there_is_nothing_to_walk() {
    let mut host = Lists::of(&[]).host();
    assert_eq!(host.sync("webhook-events").unwrap().records.len(), 0);
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn undelivered_events_are_asked_for_alone_and_a_change_of_mind_starts_again() {
    let lists = Lists::of(&[list(3, "status_change", 0..5)]);
    let mut host = lists.host();
    host.configure(&json!({ "events": "undelivered" }));
    assert_eq!(host.sync("webhook-events").unwrap().records.len(), 5);
    let asked = |host: &TestHost<brani::Brani>| host.sent().last().unwrap().url.contains("only_failed=true");
    assert!(asked(&host));
    host.configure(&json!({}));
    assert_eq!(host.sync("webhook-events").unwrap().records.len(), 5, "what was delivered is still to come");
    assert!(!asked(&host));
}

#[test]
fn a_webhook_that_is_gone_and_comes_back_is_walked_from_its_beginning() {
    let lists = Lists::of(&[list(3, "status_change", 0..2), list(4, "order_history", 10..12)]);
    let mut host = lists.host();
    host.sync("webhook-events").unwrap();
    let gone = lists.0.borrow_mut().pop().unwrap();
    host.sync("webhook-events").unwrap();
    assert!(!host.checkpoint("webhook-events").unwrap().contains(r#""4""#));
    lists.0.borrow_mut().push(gone);
    assert_eq!(ids(&host.sync("webhook-events").unwrap()), [10, 11]);
}

#[test]
fn single_events_cannot_be_read() {
    let error = host().read_keys("webhook-events", &["7"]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rejected);
}
