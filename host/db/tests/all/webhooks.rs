//! Webhooks: addresses, and the runs that work through what came.

use windlass_db::{Accepted, DueWebhook, RunKind, RunState};

use crate::support::{Case, T0, is_missing, new_delivery, new_webhook, on_both, received, succeed};

on_both![
    an_address_stays_until_it_is_rotated,
    a_former_address_takes_nothing_more,
    a_webhook_has_one_run_at_a_time,
    only_webhooks_with_due_deliveries_are_due,
    a_deleted_connection_takes_its_deliveries_along,
];

async fn an_address_stays_until_it_is_rotated(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let other = windlass_db::NewWebhook { address: "other".into(), ..new_webhook("orders", shop.id) };
    case.db.webhooks_ensure(T0 + 1, shop.id, &[other, new_webhook("stock", shop.id)]).await.unwrap();
    let names: Vec<_> =
        case.db.webhooks(shop.id).await.unwrap().into_iter().map(|webhook| webhook.name).collect();
    assert_eq!(names, ["orders", "stock"]);
    let found = case.db.webhook_at(&webhook.address).await.unwrap().unwrap();
    assert_eq!((found.id, found.sealed, found.addressed_at), (webhook.id, vec![1, 2], T0));

    let fresh = windlass_db::NewWebhook { address: "fresh".into(), ..new_webhook("orders", shop.id) };
    let rotated = case.db.webhook_rotate(T0 + 5, shop.id, &fresh).await.unwrap();
    assert_eq!((rotated.id, rotated.addressed_at), (webhook.id, T0 + 5));
    assert!(case.db.webhook_at(&webhook.address).await.unwrap().is_none());
    assert_eq!(case.db.webhook_at("fresh").await.unwrap().unwrap().id, webhook.id);
    assert!(is_missing(&case.db.webhook_rotate(T0, shop.id, &new_webhook("none", shop.id)).await));
    case.db.webhooks_ensure(T0, 999, &[new_webhook("orders", 999)]).await.unwrap();
    assert!(case.db.webhooks(999).await.unwrap().is_empty(), "a connection that is gone gets none");
}

async fn a_former_address_takes_nothing_more(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let kept = async |delivery| case.db.deliveries_accept(T0, vec![delivery]).await.unwrap()[0];
    assert_eq!(kept(new_delivery(&webhook, "1")).await, Accepted::Kept);
    let fresh = windlass_db::NewWebhook { address: "fresh".into(), ..new_webhook("orders", shop.id) };
    let rotated = case.db.webhook_rotate(T0, shop.id, &fresh).await.unwrap();
    assert_eq!(kept(new_delivery(&webhook, "2")).await, Accepted::Stale);
    let other_revision = windlass_db::NewDelivery { revision: 2, ..new_delivery(&rotated, "2") };
    assert_eq!(kept(other_revision).await, Accepted::Stale);
    let both = vec![new_delivery(&webhook, "3"), new_delivery(&rotated, "4")];
    let accepted = case.db.deliveries_accept(T0, both).await.unwrap();
    assert_eq!(accepted, [Accepted::Stale, Accepted::Kept]);
    assert_eq!(case.next_events(T0, &rotated).await, ["1", "4"]);
}

async fn a_webhook_has_one_run_at_a_time(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let due = DueWebhook { id: webhook.id, connection: shop.id };
    assert!(case.db.webhook_enqueue(T0, due).await.unwrap());
    assert!(!case.db.webhook_enqueue(T0, due).await.unwrap(), "one waits");
    let (run, lease) = case.take_one().await;
    assert_eq!(
        (run.kind, run.webhook, run.webhook_name.as_deref()),
        (RunKind::Webhook, Some(webhook.id), Some("orders"))
    );
    assert!(!case.db.webhook_enqueue(T0, due).await.unwrap(), "one runs");
    case.db.transition(T0, &lease, &succeed()).await.unwrap();
    assert_eq!(case.state(run.id).await.state, RunState::Succeeded);
    assert!(case.db.webhook_enqueue(T0, due).await.unwrap());
}

async fn only_webhooks_with_due_deliveries_are_due(case: Case) {
    let (shop, other) = (case.connection("shop").await, case.connection("other").await);
    let (webhook, idle) = (case.webhook(shop.id).await, case.webhook(other.id).await);
    assert_eq!(case.db.webhooks_due(T0).await.unwrap(), []);
    case.deliver(T0 + 10, &webhook, &[("1", "a"), ("2", "a")]).await;
    assert_eq!(case.db.webhooks_due(T0 + 9).await.unwrap(), []);
    let due = DueWebhook { id: webhook.id, connection: shop.id };
    assert_eq!(case.db.webhooks_due(T0 + 10).await.unwrap(), [due]);
    let lease = case.receiving(&webhook).await;
    assert_eq!(case.db.webhooks_due(T0 + 10).await.unwrap(), [], "it has a run");
    case.deliver(T0 + 10, &idle, &[("1", "a")]).await;
    let both = DueWebhook { id: idle.id, connection: other.id };
    assert_eq!(case.db.webhooks_due(T0 + 10).await.unwrap(), [both]);
    for _ in 0..2 {
        case.end_next(T0 + 10, &webhook, &lease, windlass_db::DeliveryEnd::Processed).await;
    }
    case.db.transition(T0, &lease, &succeed()).await.unwrap();
    assert_eq!(case.db.webhooks_due(T0 + 10).await.unwrap(), [both], "nothing waits");
    let used = case.db.webhook_use(webhook.id).await.unwrap();
    assert_eq!((used.last_delivery_at, used.waiting, used.failed), (Some(T0 + 10), 0, 0));
}

async fn a_deleted_connection_takes_its_deliveries_along(case: Case) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    case.deliver(T0, &webhook, &[("1", "a")]).await;
    let lease = case.receiving(&webhook).await;
    let next = case.db.deliveries_next(T0, webhook.id, 10, 100).await.unwrap();
    case.db.connection_delete(shop.id, true).await.unwrap();
    assert!(case.db.delivery(shop.id, next[0].id()).await.unwrap().is_none());
    assert!(case.db.deliveries_next(T0, webhook.id, 10, 100).await.unwrap().is_empty());
    let late = case.db.deliveries_accept(T0, vec![new_delivery(&webhook, "2")]).await.unwrap();
    assert_eq!(late, [Accepted::Stale]);
    let commit = windlass_db::DeliveriesCommit {
        received: vec![received(next[0].id())],
        settle: Vec::new(),
        next: succeed(),
    };
    assert!(crate::support::is_lease_lost(&case.db.commit_deliveries(T0, &lease, commit).await));
}
