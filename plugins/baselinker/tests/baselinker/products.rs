//! The streams of products and stock. The numbers in comments are those of the requirements.

use baselinker::BaseLinker;
use serde_json::{Map, Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, TestHost};

use crate::vendor::{URL, methods, refusal, success};

fn host() -> TestHost<BaseLinker> {
    TestHost::new(json!({}))
}

fn expect_inventories(host: &TestHost<BaseLinker>, ids: &[u64]) {
    let inventories: Value = ids.iter().map(|id| json!({ "inventory_id": id, "name": "a" })).collect();
    let answer = success(json!({ "inventories": inventories }));
    host.expect("POST", URL).form("method", "getInventories").answer(answer);
}

fn expect_page(host: &TestHost<BaseLinker>, method: &str, inventory: u64, page: u32, answer: Answer) {
    let parameters = json!({ "inventory_id": inventory, "page": page });
    host.expect("POST", URL).form("method", method).form("parameters", parameters).answer(answer);
}

fn products(ids: std::ops::Range<u64>) -> Answer {
    if ids.is_empty() {
        // An empty map of a PHP back end.
        return success(json!({ "products": [] }));
    }
    let product =
        |id: u64| (id.to_string(), json!({ "id": id, "name": "a", "prices": [], "stock": { "bl_1": 2 } }));
    success(json!({ "products": ids.map(product).collect::<Map<_, _>>() }))
}

/// L3
#[test]
fn products_of_every_inventory_are_walked_page_by_page() {
    const LIST: &str = "getInventoryProductsList";
    let mut host = host();
    expect_inventories(&host, &[307, 308, 309]);
    expect_page(&host, LIST, 307, 1, products(0..1000));
    expect_page(&host, LIST, 307, 2, products(1000..2000));
    // The last page was full: only the next one shows that it was the last.
    expect_page(&host, LIST, 307, 3, products(0..0));
    expect_page(&host, LIST, 308, 1, products(0..0));
    expect_page(&host, LIST, 309, 1, products(7..8));
    let synced = host.sync("products").unwrap();
    assert_eq!((synced.pages, synced.records.len(), synced.differing.len()), (6, 2001, 0));
    assert_eq!(host.records("products")["309/7"]["stock"], json!({ "bl_1": 2 }));
    assert!(host.records("products").contains_key("307/7"), "inventories may share an id");
    assert_eq!(host.checkpoint("products"), None);
}

/// L3, G1
#[test]
fn stock_stays_as_it_came() {
    const STOCK: &str = "getInventoryProductsStock";
    let mut host = host();
    expect_inventories(&host, &[307]);
    let text =
        r#"{"status":"SUCCESS","products":{"9":{"product_id":9,"stock":{"bl_205":1.50},"variants":[]}}}"#;
    expect_page(&host, STOCK, 307, 1, Answer::text(200, text));
    let synced = host.sync("stock").unwrap();
    assert_eq!(synced.keys(), ["307/9"]);
    assert_eq!(synced.records[0].1.to_string(), r#"{"product_id":9,"stock":{"bl_205":1.50},"variants":[]}"#);
}

#[test]
fn an_account_without_inventories_has_no_products() {
    let mut host = host();
    expect_inventories(&host, &[]);
    assert_eq!(host.sync("products").unwrap().pages, 1);
}

#[test]
fn an_inventory_that_goes_during_the_walk_is_left_out_and_another_refusal_is_told() {
    const LIST: &str = "getInventoryProductsList";
    let mut host = host();
    let refused = || refusal("ERROR_BAD_PARAMETER", "Invalid inventory_id");
    expect_inventories(&host, &[307, 308]);
    expect_page(&host, LIST, 307, 1, refused());
    expect_inventories(&host, &[308]);
    expect_page(&host, LIST, 308, 1, products(1..2));
    assert_eq!(host.sync("products").unwrap().keys(), ["308/1"]);

    expect_inventories(&host, &[307]);
    expect_page(&host, LIST, 307, 1, refused());
    expect_inventories(&host, &[307]);
    let error = host.sync("products").unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "ERROR_BAD_PARAMETER"));
}

#[test]
fn single_products_are_not_read_and_nothing_is_asked() {
    let mut host = host();
    assert_eq!(host.read_keys("stock", &["307/1"]).unwrap_err().code, "single-records");
    assert_eq!(methods(&host.sent()).len(), 0);
}
