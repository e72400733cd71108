//! L3: products and stock are snapshots, a thousand on a page.

use windlass_tests::baselinker::Settings;
use windlass_tests::cases::check_all;
use windlass_tests::connection::{assert_gapless, changes, records};
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Fault, Stage, When};

use crate::kill::{Kills, Point};

/// The first product that the simulator has.
const FIRST: i64 = 2_685;

fn open(products: usize) -> Shop {
    Shop::open(Settings { products, ..Settings::default() })
}

#[test]
fn products_and_stock_arrive_as_they_are_and_a_second_sync_writes_nothing() {
    // 2,000 fill their last page.
    for (count, pages) in [(2_500, 3), (2_000, 3), (0, 1)] {
        let shop = open(count);
        for (stream, method) in
            [("products", "getInventoryProductsList"), ("stock", "getInventoryProductsStock")]
        {
            for _ in 0..2 {
                shop.host.ok(&["sync", NAME, stream]);
                assert_eq!(changes(&shop.host, NAME, stream).len(), count);
            }
            assert_eq!(shop.vendor.calls(method).len(), 2 * pages);
        }
        if count > 0 {
            let text = r#"{"id":2685,"ean":"","sku":"SKU-2685","name":"Product 2685","prices":{"105":20.5},"stock":{"bl_205":5,"shop_2824":4}}"#;
            assert_eq!(records(&shop.host, NAME, "products")[0], text);
            let text = r#"{"product_id":2685,"stock":{"bl_205":5,"shop_2824":4},"variants":[]}"#;
            assert_eq!(records(&shop.host, NAME, "stock")[0], text);
            let first = &changes(&shop.host, NAME, "products")[0];
            assert_eq!(first.key, "307/2685");
        }
        shop.assert_lawful();
    }
}

#[test]
fn a_product_that_is_gone_is_deleted_after_two_walks() {
    let shop = open(1_200);
    let sync = || shop.host.ok(&["sync", NAME, "stock"]);
    sync();
    // All that follow move up by one: the walk over a page's end must not lose any.
    assert!(shop.vendor.remove_product(FIRST + 3));
    sync();
    sync();
    let changes = changes(&shop.host, NAME, "stock");
    assert_eq!(changes.len(), 1_201);
    assert_eq!((changes[1_200].key.as_str(), changes[1_200].kind.as_str()), ("307/2688", "deleted"));
}

#[test]
fn pages_that_break_and_hosts_that_die_lose_and_double_nothing() {
    let points = (1..=3).flat_map(|page| {
        let at = |stage| Point::at(page, stage).of("getInventoryProducts");
        [at(Stage::Acted), at(Stage::HalfAnswered), Point::after_answer(page, 5).of("getInventoryProducts")]
    });
    check_all(&points.collect::<Vec<_>>(), 4, |&point| {
        let shop = open(2_500);
        shop.vendor.fault(When::Nth("getInventoryProductsList".into(), 2), Fault::TruncatedJson);
        let kills = Kills::arm(&shop.host, &shop.vendor, &[point]);
        let asked = shop.host.begin(&["sync", NAME, "products"]);
        kills.wait();
        shop.host.restart();
        drop(asked);
        shop.host.ok(&["sync", NAME, "products"]);
        let changes = changes(&shop.host, NAME, "products");
        assert_eq!(changes.len(), 2_500);
        assert_gapless(&changes);
        shop.assert_lawful();
    });
}
