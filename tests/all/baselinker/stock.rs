//! L4: stock is set in chunks, once in effect, and what was not written is named.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use windlass_tests::baselinker::Settings;
use windlass_tests::cases::check_all;
use windlass_tests::host::Output;
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Fault, Stage, When};

use crate::kill::{Kills, Point};

const METHOD: &str = "updateInventoryProductsStock";
const WAREHOUSE: &str = "bl_205";
const FIRST: i64 = 2_685;
const PRODUCTS: i64 = 2_500;

fn open() -> Shop {
    Shop::open(Settings { products: PRODUCTS as usize, ..Settings::default() })
}

/// Another quantity than the simulator begins with.
fn quantity(product: i64) -> i64 {
    product + 100
}

fn all_products() -> Map<String, Value> {
    let product = |id: i64| (id.to_string(), json!({ WAREHOUSE: quantity(id) }));
    (FIRST..FIRST + PRODUCTS).map(product).collect()
}

fn update(shop: &Shop, products: &Map<String, Value>, key: &str) -> Output {
    let input = json!({ "inventory_id": 307, "products": products }).to_string();
    // Too long for a command line.
    let file = shop.host.aside_file(&format!("{key}.json"), input.as_bytes());
    let input = format!("@{}", file.display());
    shop.host.cli(&["act", NAME, "update-stock", "--input", &input, "--key", key, "--wait", "120"])
}

fn output(done: &Output) -> Value {
    assert_eq!(done.code, 0, "{done:?}");
    serde_json::from_str(&done.stdout).expect("an action prints its output as JSON")
}

/// How often each product came over the wire.
fn sent(shop: &Shop) -> BTreeMap<String, usize> {
    let mut sent = BTreeMap::new();
    for request in shop.vendor.calls(METHOD) {
        let products = request.parameters["products"].as_object().expect("products are an object").clone();
        assert!(products.len() <= 1_000, "the vendor takes 1,000 at most");
        products.into_iter().for_each(|(product, _)| *sent.entry(product).or_default() += 1);
    }
    sent
}

#[track_caller]
fn assert_written(shop: &Shop) {
    for product in FIRST..FIRST + PRODUCTS {
        assert_eq!(shop.vendor.stock(product, WAREHOUSE), Some(quantity(product)), "product {product}");
    }
}

#[test]
fn stock_of_2500_products_is_written_in_three_chunks() {
    let shop = open();
    assert_eq!(output(&update(&shop, &all_products(), "k")), json!({ "updated": PRODUCTS }));
    assert_eq!(shop.vendor.calls(METHOD).len(), 3);
    assert!(sent(&shop).values().all(|&times| times == 1));
    assert_eq!(sent(&shop).len(), PRODUCTS as usize);
    assert_written(&shop);
    shop.assert_lawful();
}

#[test]
fn each_product_is_written_once_in_effect_wherever_the_host_is_killed() {
    let stages = [Stage::Arrived, Stage::Acted, Stage::Answered];
    let points = (1..=3).flat_map(|chunk| {
        let later = [3, 15, 60].map(|ms| Point::after_answer(chunk, ms));
        stages.map(|stage| Point::at(chunk, stage)).into_iter().chain(later).collect::<Vec<_>>()
    });
    check_all(&points.collect::<Vec<_>>(), 4, |&point| {
        let shop = open();
        let kills = Kills::arm(&shop.host, &shop.vendor, &[point]);
        let products = all_products();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| update(&shop, &products, "k"));
            kills.wait();
            shop.host.restart();
            // The command asks again by itself when its host is back.
            assert_eq!(output(&asked.join().expect("no panic")), json!({ "updated": PRODUCTS }));
        });
        let sent = sent(&shop);
        assert_eq!(sent.len(), PRODUCTS as usize);
        let repeated = sent.values().filter(|&&times| times > 1).count();
        assert!(
            sent.values().all(|&times| times <= 2) && repeated <= 1_000,
            "one chunk at most is sent again"
        );
        assert_written(&shop);
        assert_eq!(shop.runs().len(), 1, "the same key is the same run");
        shop.assert_lawful();
    });
}

#[test]
fn a_chunk_that_broke_is_sent_again() {
    use Fault::*;
    let faults = [AnswerLost, Reset, TruncatedJson, Html500];
    check_all(&faults, 4, |fault| {
        let shop = open();
        shop.vendor.fault(When::Nth(METHOD.into(), 2), fault.clone());
        assert_eq!(output(&update(&shop, &all_products(), "k")), json!({ "updated": PRODUCTS }));
        assert_eq!(shop.vendor.calls(METHOD).len(), 4);
        assert_written(&shop);
    });
}

/// SUCCESS with warnings is a failure in part: the rest is written, and every product that is not has its
/// reason in the error's detail.
#[test]
fn products_that_were_not_written_are_named_with_their_reasons() {
    let shop = open();
    let mut products = all_products();
    // In the first chunk, in the last, and a warehouse that mirrors a shop.
    products.insert("1".into(), json!({ WAREHOUSE: 1 }));
    products.insert("9".into(), json!({ WAREHOUSE: 1 }));
    products.insert("2690".into(), json!({ "shop_2824": 1 }));
    let done = update(&shop, &products, "k");
    assert_eq!(done.code, 1, "{done:?}");
    for words in
        ["3 of 2502", "1 (Product not found)", "2690 (Warehouse cannot be written)", "9 (Product not found)"]
    {
        assert!(done.stderr.contains(words), "{words}: {}", done.stderr);
    }
    let run = shop.runs()[0].clone();
    assert_eq!((&run["state"], &run["error"]["vendor_code"]), (&json!("failed"), &json!("partly-failed")));
    let detail = shop.run(&run["id"])["error"]["detail"].clone();
    assert_eq!(detail["updated"], 2_499, "{detail}");
    assert_eq!(
        detail["warnings"],
        json!({ "1": "Product not found", "2690": "Warehouse cannot be written", "9": "Product not found" })
    );
    assert_eq!(shop.vendor.stock(2_691, WAREHOUSE), Some(quantity(2_691)));
    assert_eq!(shop.vendor.calls(METHOD).len(), 3, "nothing is sent twice");
    shop.assert_lawful();
}

#[test]
fn a_product_with_two_quantities_is_refused_before_any_request() {
    let shop = open();
    let input = r#"{"inventory_id":307,"products":{"2685":{"bl_205":1},"2685":{"bl_205":2}}}"#;
    let done = shop.host.cli(&["act", NAME, "update-stock", "--input", input]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("2685"), "{done:?}");
    assert_eq!(shop.vendor.calls(METHOD).len(), 0);
}

/// The older update is in doubt and sent again; the newer one of the same inventory waits for it.
#[test]
fn a_repeat_does_not_overwrite_a_newer_quantity() {
    let shop = open();
    shop.vendor.fault(When::Nth(METHOD.into(), 1), Fault::AnswerLost);
    let of = |quantity: i64| {
        let products = json!({ FIRST.to_string(): { WAREHOUSE: quantity } });
        products.as_object().expect("an object").clone()
    };
    std::thread::scope(|scope| {
        let older = scope.spawn(|| update(&shop, &of(1), "older"));
        windlass_tests::eventually::eventually(
            "the older is sent",
            std::time::Duration::from_secs(30),
            || (shop.vendor.calls(METHOD).len() == 1).then_some(()),
        );
        assert_eq!(output(&update(&shop, &of(2), "newer")), json!({ "updated": 1 }));
        assert_eq!(output(&older.join().expect("no panic")), json!({ "updated": 1 }));
    });
    assert_eq!(shop.vendor.stock(FIRST, WAREHOUSE), Some(2));
    assert_eq!(shop.vendor.calls(METHOD).len(), 3);
}
