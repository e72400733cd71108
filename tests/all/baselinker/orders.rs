//! Orders arrive, once each, and their changes make one change each.

use serde_json::Value;
use windlass_tests::baselinker::{STATUSES, Seed, Settings};
use windlass_tests::shop::{Shop, ids};

const NEW: i64 = STATUSES[0].0;
const READY: i64 = STATUSES[1].0;

#[test]
fn all_orders_arrive_once_each_and_a_second_sync_writes_nothing() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok();
    shop.assert_whole();
    let (stored, changes) = (shop.orders(), shop.changes());
    assert_eq!(changes.len(), 250);
    assert!(changes.iter().all(|change| change.kind == "created"), "{changes:?}");
    shop.sync_ok();
    assert_eq!((shop.orders(), shop.changes()), (stored, changes));
    shop.assert_whole();
}

#[test]
fn more_orders_in_one_second_than_a_page_holds_all_arrive() {
    for date_counts_with_id in [true, false] {
        let seed = Seed { orders: 730, per_second: 365, ..Seed::default() };
        let shop = Shop::open(Settings { seed, date_counts_with_id, ..Settings::default() });
        shop.sync_ok();
        shop.assert_whole();
    }
}

#[test]
fn records_are_the_vendors_own_text_with_its_numbers_and_flags() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok();
    let orders = shop.orders();
    assert!(orders.iter().any(|order| order.contains(r#""delivery_price":21.6,"#)));
    assert!(orders.iter().any(|order| order.contains(r#""delivery_price":20,"#)));
    assert!(orders.iter().any(|order| order.contains(r#""payment_method_cod":"1""#)));
    assert!(orders.iter().any(|order| order.contains(r#"{"order_id":""#)), "ids that came as text stay text");
    assert!(orders.iter().all(|order| order.contains("Zażółć gęślą jaźń")));
}

#[test]
fn an_order_that_enters_the_filtered_status_makes_exactly_one_change() {
    let shop = Shop::open_with(Settings::default(), &[&format!("order_status={READY}")]);
    let all = shop.vendor.order_ids();
    for order in [all[3], all[120], all[249]] {
        shop.vendor.move_order(order, READY);
    }
    shop.sync_ok();
    assert_eq!(shop.changes().len(), 3);
    // The oldest order of all: no walk by date would meet it again.
    shop.vendor.move_order(all[0], READY);
    shop.sync_ok();
    shop.sync_ok();
    let changes = shop.changes();
    assert_eq!(changes.len(), 4, "{changes:?}");
    assert_eq!((changes[3].key.as_str(), changes[3].kind.as_str()), (all[0].to_string().as_str(), "created"));
    // One that leaves the status is not deleted: it is only not in the walk any more.
    shop.vendor.move_order(all[3], NEW);
    shop.sync_ok();
    assert_eq!(shop.changes().len(), 4);
    shop.assert_lawful();
}

#[test]
fn without_a_status_new_orders_are_found_and_old_ones_not_read_again() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok();
    let before = shop.vendor.requests().len();
    let last = 1_714_521_600 + 250 / 7;
    // One in the second that was the last, and one after it.
    shop.vendor.add_order(NEW, last);
    shop.vendor.add_order(NEW, last + 60);
    shop.sync_ok();
    shop.assert_whole();
    assert_eq!(shop.changes().len(), 252);
    let asked = shop.vendor.requests().len() - before;
    assert!(asked <= 4, "{asked} requests for two new orders");
}

#[test]
fn an_entry_of_the_journal_makes_an_old_order_be_read_again() {
    let shop = Shop::open(Settings { journal: true, ..Settings::default() });
    shop.sync_ok();
    let old = shop.vendor.order_ids()[10];
    shop.vendor.move_order(old, READY);
    shop.sync_ok();
    let changes = shop.changes();
    assert_eq!(changes.len(), 251);
    assert_eq!(
        (changes[250].key.as_str(), changes[250].kind.as_str()),
        (old.to_string().as_str(), "updated")
    );
    shop.assert_whole();
}

#[test]
fn a_full_read_changes_nothing_when_nothing_changed() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok();
    let before = shop.vendor.requests().len();
    shop.host.ok(&["sync", "shop", "orders", "--full"]);
    assert!(shop.vendor.requests().len() >= before + 3, "everything is read again");
    assert_eq!(shop.changes().len(), 250);
    shop.assert_whole();
}

#[test]
fn statuses_and_inventories_are_snapshots() {
    let shop = Shop::open(Settings { products: 3, ..Settings::default() });
    shop.host.ok(&["sync", "shop"]);
    let list = |stream| shop.host.ok(&["records", "shop", stream, "--format", "ndjson"]);
    assert_eq!(list("order-statuses").lines().count(), STATUSES.len());
    assert_eq!(list("inventories").lines().count(), 1);
    assert_eq!(ids(&shop.orders()).len(), 250, "sync without a stream syncs all");
    let kinds = ["orders", "order-statuses"].map(|name| shop.stream(name)["kind"].clone());
    assert_eq!(kinds, [Value::from("incremental"), Value::from("snapshot")]);
    shop.assert_lawful();
}
