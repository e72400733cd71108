//! Deliveries: repeats, order, and how each ends.

use windlass_db::{
    DeliveriesCommit, DeliveryEnd, DeliveryFilter, DeliveryState, NewDelivery, Received, Repeats, Retention,
    StorageWrite,
};

use crate::support::{
    Case, T0, deletions, error, go_on, is_conflict, is_lease_lost, is_missing, new_delivery, on_both,
    received, records, succeed, write,
};

on_both![
    what_came_is_kept_whole,
    an_event_is_kept_once_for_good,
    without_an_event_a_twin_is_dropped_while_the_first_waits,
    in_its_window_a_twin_is_dropped_after_that_not,
    the_order_within_a_value_is_kept_through_retries,
    what_came_after_a_retry_follows_it_also_when_it_is_overdue,
    a_group_is_bounded_in_bytes,
    an_end_is_written_once_under_the_lease,
    a_failed_delivery_is_kept_and_replayed,
    a_group_is_written_as_if_one_by_one,
    a_group_under_a_lost_lease_writes_nothing,
    deliveries_are_listed_newest_first,
    ended_deliveries_leave_in_time,
];

const AGAIN: i64 = T0 + 5_000;

fn again(counts: bool) -> DeliveryEnd {
    DeliveryEnd::Again { at: AGAIN, error: error("transient"), counts }
}

async fn what_came_is_kept_whole(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let body: Vec<u8> = (0..=255).collect();
    let new = NewDelivery { body: body.clone(), ordering: Some("12".into()), ..new_delivery(&webhook, "e") };
    case.db.deliveries_accept(T0, vec![new]).await.unwrap();
    let found = case.db.deliveries_next(T0, webhook.id, 1, 1).await.unwrap().remove(0);
    assert_eq!((found.method.as_str(), found.query.as_str(), &found.body), ("POST", "a=1", &body));
    assert_eq!(found.headers, r#"[["content-type","application/json"]]"#);
    let line = &found.line;
    assert_eq!((line.webhook_name.as_str(), line.state, line.size), ("orders", DeliveryState::Waiting, 256));
    assert_eq!((line.event_id.as_deref(), line.ordering.as_deref()), (Some("e"), Some("12")));
    assert_eq!((line.received_at, line.due_at, line.attempt, line.run), (T0, T0, 0, None));
    let again = case.db.delivery(shop.id, found.id()).await.unwrap().unwrap();
    assert_eq!(again.body, body);
    assert!(case.db.delivery(shop.id + 1, found.id()).await.unwrap().is_none(), "another connection's");
}

async fn an_event_is_kept_once_for_good(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let other = case.connection("other").await;
    let others = case.webhook(other.id).await;
    case.deliver(T0, &webhook, &[("1", "a"), ("1", "a"), ("2", "a")]).await;
    case.deliver(T0, &webhook, &[("2", "a")]).await;
    case.deliver(T0, &others, &[("1", "a")]).await;
    assert_eq!(case.next_events(T0, &webhook).await, ["1", "2"]);
    assert_eq!(case.next_events(T0, &others).await, ["1"]);
    let lease = case.receiving(&webhook).await;
    case.end_next(T0, &webhook, &lease, DeliveryEnd::Processed).await;
    case.end_next(T0, &webhook, &lease, DeliveryEnd::Failed { error: error("rejected") }).await;
    case.deliver(T0 + 86_400_000, &webhook, &[("1", "a"), ("2", "a")]).await;
    assert!(case.next_events(T0 + 86_400_000, &webhook).await.is_empty());
}

async fn without_an_event_a_twin_is_dropped_while_the_first_waits(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let twin = || NewDelivery { repeats: Repeats::WhileWaiting, ..new_delivery(&webhook, "x") };
    case.db.deliveries_accept(T0, vec![twin(), twin()]).await.unwrap();
    let lease = case.receiving(&webhook).await;
    case.end_next(T0, &webhook, &lease, again(true)).await;
    case.db.deliveries_accept(T0 + 1, vec![twin()]).await.unwrap();
    assert_eq!(case.next_events(AGAIN, &webhook).await.len(), 1, "the first still waits");
    case.end_next(AGAIN, &webhook, &lease, DeliveryEnd::Processed).await;
    case.db.deliveries_accept(AGAIN, vec![twin()]).await.unwrap();
    assert_eq!(case.next_events(AGAIN, &webhook).await.len(), 1, "this one is new");
    case.end_next(AGAIN, &webhook, &lease, DeliveryEnd::Failed { error: error("rejected") }).await;
    case.db.deliveries_accept(AGAIN, vec![twin()]).await.unwrap();
    assert_eq!(case.next_events(AGAIN, &webhook).await.len(), 1, "a failed one waits for nothing");
}

async fn in_its_window_a_twin_is_dropped_after_that_not(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let twin = || vec![NewDelivery { repeats: Repeats::Within(1_000), ..new_delivery(&webhook, "x") }];
    case.db.deliveries_accept(T0, twin()).await.unwrap();
    let lease = case.receiving(&webhook).await;
    case.db.deliveries_accept(T0 + 2_000, twin()).await.unwrap();
    assert_eq!(case.next_events(T0 + 2_000, &webhook).await.len(), 1, "the first waits");
    case.end_next(T0, &webhook, &lease, DeliveryEnd::Processed).await;
    case.db.deliveries_accept(T0 + 999, twin()).await.unwrap();
    assert!(case.next_events(T0 + 999, &webhook).await.is_empty(), "inside the window");
    case.db.deliveries_accept(T0 + 1_000, twin()).await.unwrap();
    assert_eq!(case.next_events(T0 + 1_000, &webhook).await.len(), 1, "behind it");
    case.end_next(T0 + 3_000, &webhook, &lease, DeliveryEnd::Processed).await;
    case.db.deliveries_accept(T0 + 3_000, twin()).await.unwrap();
    assert_eq!(case.next_events(T0 + 3_000, &webhook).await.len(), 1, "ended after its window");
}

async fn the_order_within_a_value_is_kept_through_retries(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    case.deliver(T0, &webhook, &[("a1", "a"), ("b1", "b"), ("a2", "a")]).await;
    assert_eq!(case.next_events(T0, &webhook).await, ["a1", "b1", "a2"]);
    let lease = case.receiving(&webhook).await;
    case.end_next(T0, &webhook, &lease, again(true)).await;
    case.deliver(T0 + 1, &webhook, &[("a3", "a"), ("b2", "b")]).await;
    assert_eq!(case.next_events(T0 + 1, &webhook).await, ["b1", "b2"], "a2 and a3 wait behind a1");
    assert_eq!(case.db.webhooks_due(T0 + 1).await.unwrap(), []);
    case.end_next(T0 + 1, &webhook, &lease, DeliveryEnd::Processed).await;
    case.end_next(T0 + 1, &webhook, &lease, DeliveryEnd::Processed).await;
    assert!(case.next_events(AGAIN - 1, &webhook).await.is_empty());
    assert_eq!(case.next_events(AGAIN, &webhook).await, ["a1", "a2", "a3"]);
    // What comes when all are due again stands behind them, too.
    case.deliver(AGAIN + 1, &webhook, &[("a4", "a")]).await;
    assert_eq!(case.next_events(AGAIN + 1, &webhook).await, ["a1", "a2", "a3", "a4"]);
    case.end_next(AGAIN, &webhook, &lease, DeliveryEnd::Failed { error: error("rejected") }).await;
    assert_eq!(case.next_events(AGAIN, &webhook).await, ["a2", "a3"], "given up, it holds nobody back");
}

async fn what_came_after_a_retry_follows_it_also_when_it_is_overdue(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    case.deliver(T0, &webhook, &[("a1", "a"), ("b1", "b")]).await;
    let lease = case.receiving(&webhook).await;
    case.end_next(T0, &webhook, &lease, again(true)).await;
    // Nobody looks until the retry is long due.
    case.deliver(T0 + 1, &webhook, &[("a2", "a")]).await;
    assert_eq!(case.next_events(AGAIN + 9, &webhook).await, ["b1", "a1"]);
    case.end_next(AGAIN + 9, &webhook, &lease, DeliveryEnd::Processed).await;
    assert_eq!(case.next_events(AGAIN + 9, &webhook).await, ["a1", "a2"]);
    // One that follows others which were put off themselves.
    case.deliver(AGAIN - 1, &webhook, &[("a3", "a")]).await;
    case.end_next(AGAIN + 9, &webhook, &lease, DeliveryEnd::Failed { error: error("rejected") }).await;
    assert_eq!(case.next_events(AGAIN + 9, &webhook).await, ["a2", "a3"]);
}

async fn a_group_is_bounded_in_bytes(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let sized = |event: &str| NewDelivery { body: vec![0; 100], ..new_delivery(&webhook, event) };
    case.db.deliveries_accept(T0, vec![sized("1"), sized("2"), sized("3")]).await.unwrap();
    let count =
        async |limit, bytes| case.db.deliveries_next(T0, webhook.id, limit, bytes).await.unwrap().len();
    assert_eq!(count(10, 250).await, 2);
    assert_eq!(count(10, 10).await, 1, "a large one comes alone");
    assert_eq!(count(2, 1_000).await, 2);
}

async fn an_end_is_written_once_under_the_lease(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    case.deliver(T0, &webhook, &[("1", "a")]).await;
    let lease = case.receiving(&webhook).await;
    let id = case.db.deliveries_next(T0, webhook.id, 1, 1).await.unwrap()[0].id();
    case.end_next(T0, &webhook, &lease, again(false)).await;
    let line = case.db.delivery(shop.id, id).await.unwrap().unwrap().line;
    assert_eq!((line.state, line.due_at, line.attempt), (DeliveryState::Waiting, AGAIN, 0), "not an attempt");
    case.end_next(AGAIN, &webhook, &lease, again(true)).await;
    case.end_next(AGAIN, &webhook, &lease, DeliveryEnd::Processed).await;
    let line = case.db.delivery(shop.id, id).await.unwrap().unwrap().line;
    assert_eq!((line.state, line.attempt, line.run), (DeliveryState::Processed, 2, Some(lease.run)));
    assert_eq!((line.ended_at, line.error), (Some(AGAIN), None));
    // An end that comes late changes nothing.
    let late = Received { end: again(true), ..received(id) };
    let commit = DeliveriesCommit { received: vec![late], settle: Vec::new(), next: succeed() };
    case.db.commit_deliveries(AGAIN, &lease, commit).await.unwrap();
    assert_eq!(case.db.delivery(shop.id, id).await.unwrap().unwrap().line.state, DeliveryState::Processed);
    let run = case.state(lease.run).await;
    assert_eq!((run.pages, run.digest.as_deref()), (4, Some("d1")));
    assert_eq!(case.db.calls(lease.run).await.unwrap().len(), 4);
}

async fn a_failed_delivery_is_kept_and_replayed(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    case.deliver(T0, &webhook, &[("1", "a")]).await;
    let lease = case.receiving(&webhook).await;
    let id = case.db.deliveries_next(T0, webhook.id, 1, 1).await.unwrap()[0].id();
    assert!(is_conflict(&case.db.delivery_replay(T0, shop.id, id).await), "it waits anyway");
    case.end_next(T0, &webhook, &lease, DeliveryEnd::Failed { error: error("rejected") }).await;
    let found = case.db.delivery(shop.id, id).await.unwrap().unwrap();
    assert_eq!(found.error().unwrap().code, "rejected");
    assert_eq!(case.db.webhook_use(webhook.id).await.unwrap().failed, 1);
    let line = case.db.delivery_replay(T0 + 7, shop.id, id).await.unwrap();
    assert_eq!((line.state, line.attempt, line.due_at), (DeliveryState::Waiting, 0, T0 + 7));
    assert!(line.error.is_none() && line.ended_at.is_none());
    case.end_next(T0 + 7, &webhook, &lease, DeliveryEnd::Processed).await;
    assert!(case.db.delivery_replay(T0 + 8, shop.id, id).await.is_ok(), "also one that went well");
    assert!(is_missing(&case.db.delivery_replay(T0, shop.id + 1, id).await), "another connection's");
}

async fn a_group_is_written_as_if_one_by_one(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let orders = case.db.stream(shop.id, "orders").await.unwrap().unwrap();
    let items = case.db.stream(shop.id, "items").await.unwrap().unwrap();
    case.deliver(T0, &webhook, &[("1", "a"), ("2", "b"), ("3", "c")]).await;
    let lease = case.receiving(&webhook).await;
    let next = case.db.deliveries_next(T0, webhook.id, 10, 1_000).await.unwrap();
    let one = |place: usize, streams, value: &str| Received {
        streams,
        storage: vec![StorageWrite { key: "last".into(), value: Some(value.into()) }],
        ..received(next[place].id())
    };
    let group = vec![
        one(0, vec![write(&orders, records(&["x"])), write(&items, records(&["i"]))], "one"),
        one(1, vec![write(&orders, records(&["y"]))], "two"),
        one(2, vec![deletions(&orders, &["x"])], "three"),
    ];
    let commit = DeliveriesCommit { received: group, settle: Vec::new(), next: go_on() };
    let outcome = case.db.commit_deliveries(T0, &lease, commit).await.unwrap();
    assert_eq!((outcome.created, outcome.deleted), (3, 1));
    assert_eq!(case.changes(&orders, 0).await, ["1 created x", "2 created y", "3 deleted x"]);
    assert_eq!(case.keys(&items).await, ["i"]);
    let page = case.db.changes(orders.id, 0, 1).await.unwrap();
    assert_eq!(page.changes[0].origin, format!("webhook:{}", lease.run));
    assert_eq!(case.db.storage_get(shop.id, "last").await.unwrap().as_deref(), Some(&b"three"[..]));
    assert!(case.again(&orders).await.last_success_at.is_none(), "no sync has succeeded");
}

async fn a_group_under_a_lost_lease_writes_nothing(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let orders = case.db.stream(shop.id, "orders").await.unwrap().unwrap();
    case.deliver(T0, &webhook, &[("1", "a")]).await;
    let lease = case.receiving(&webhook).await;
    let next = case.db.deliveries_next(T0, webhook.id, 1, 1).await.unwrap();
    case.db.rescue(T0 + 60_000, false).await.unwrap();
    let group = || {
        let one = Received { streams: vec![write(&orders, records(&["x"]))], ..received(next[0].id()) };
        DeliveriesCommit { received: vec![one], settle: Vec::new(), next: succeed() }
    };
    assert!(is_lease_lost(&case.db.commit_deliveries(T0, &lease, group()).await));
    assert!(case.keys(&orders).await.is_empty());
    assert_eq!(case.next_events(T0, &webhook).await, ["1"]);
    let (_, lease) = case.db.take(T0 + 60_000, "other", 15_000, 1).await.unwrap().remove(0);
    case.db.commit_deliveries(T0, &lease, group()).await.unwrap();
    assert_eq!(case.keys(&orders).await, ["x"]);
}

async fn deliveries_are_listed_newest_first(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    case.db.webhooks_ensure(T0, shop.id, &[crate::support::new_webhook("stock", shop.id)]).await.unwrap();
    let stock = case.db.webhooks(shop.id).await.unwrap().remove(1);
    case.deliver(T0, &webhook, &[("1", "a"), ("2", "a")]).await;
    case.deliver(T0, &stock, &[("3", "a")]).await;
    case.deliver(T0, &webhook, &[("4", "a")]).await;
    let lease = case.receiving(&webhook).await;
    case.end_next(T0, &webhook, &lease, DeliveryEnd::Processed).await;
    let list = async |webhooks: &[i64], filter: DeliveryFilter| {
        let lines = case.db.deliveries(webhooks, &filter).await.unwrap();
        let events = lines.iter().map(|line| line.event_id.clone().unwrap());
        (events.collect::<Vec<_>>().join(" "), lines.last().map(|line| line.id))
    };
    let all = [webhook.id, stock.id];
    let few = DeliveryFilter { limit: 3, ..DeliveryFilter::default() };
    let (events, last) = list(&all, few.clone()).await;
    assert_eq!(events, "4 3 2");
    assert_eq!(list(&all, DeliveryFilter { before: last, ..few.clone() }).await.0, "1");
    assert_eq!(list(&[stock.id], few.clone()).await.0, "3");
    let waiting = DeliveryFilter { state: Some(DeliveryState::Waiting), limit: 10, ..few };
    assert_eq!(list(&[webhook.id], waiting).await.0, "4 2");
}

async fn ended_deliveries_leave_in_time(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    case.deliver(T0, &webhook, &[("1", "a"), ("2", "b"), ("3", "c")]).await;
    let lease = case.receiving(&webhook).await;
    case.end_next(T0, &webhook, &lease, DeliveryEnd::Processed).await;
    case.end_next(T0, &webhook, &lease, DeliveryEnd::Failed { error: error("rejected") }).await;
    let keep = Retention {
        changes_ms: 1_000_000,
        runs_ms: 1_000_000,
        deliveries_ms: 1_000,
        ledger_ms: 1_000_000,
        good_traces: 20,
    };
    let count = async || {
        let filter = DeliveryFilter { limit: 10, ..DeliveryFilter::default() };
        case.db.deliveries(&[webhook.id], &filter).await.unwrap().len()
    };
    case.db.prune(T0 + 1_000, &keep).await.unwrap();
    assert_eq!(count().await, 3);
    case.db.prune(T0 + 1_001, &keep).await.unwrap();
    assert_eq!(count().await, 1, "what waits is never too old");
}
