//! What the vendor and the network do wrong is survived, and what it forbids is obeyed.

use std::time::Duration;

use serde_json::json;
use windlass_tests::asked::long;
use windlass_tests::baselinker::{Seed, Settings};
use windlass_tests::cases::check_all;
use windlass_tests::eventually::eventually;
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Fault, Limit, When, Window};

#[test]
fn a_page_that_broke_is_read_again_and_nothing_is_lost() {
    use Fault::*;
    let mut faults = vec![Reset, AnswerLost, ResetMidBody, Html500, TruncatedJson, SlowBody(20)];
    if long() {
        // Costs the whole time-out of a request.
        faults.push(Silent);
    }
    let on_each_page = |fault: Fault| (1..=3).map(move |page| (page, fault.clone()));
    let cases: Vec<_> = faults.into_iter().flat_map(on_each_page).collect();
    check_all(&cases, 4, |(page, fault)| {
        let shop = Shop::open(Settings::default());
        shop.vendor.fault(When::Nth("getOrders".into(), *page), fault.clone());
        shop.sync_ok();
        shop.assert_whole();
        assert_eq!(shop.changes().len(), 250);
    });
}

#[test]
fn a_vendor_that_breaks_one_request_in_three_is_read_to_the_end() {
    let shop = Shop::open(Settings::default());
    shop.vendor.fault(When::Random { seed: 3, one_in: 3 }, Fault::Html500);
    shop.sync_ok();
    shop.assert_whole();
}

#[test]
fn a_refusal_under_http_200_fails_the_run_in_the_vendors_words() {
    let shop = Shop::open(Settings::default());
    let message = "Shop closed for stocktaking".to_owned();
    shop.vendor.fault(When::Always, Fault::Refuse { code: "ERROR_STOCKTAKING".into(), message });
    let output = shop.sync();
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("Shop closed for stocktaking"), "{output:?}");
    let error = shop.runs()[0]["error"].clone();
    assert_eq!((&error["vendor_code"], &error["blame"]), (&json!("ERROR_STOCKTAKING"), &json!("vendor")));
    assert_eq!(shop.orders().len(), 0);
    assert_eq!(shop.vendor.requests().len(), 1, "a refusal is not tried again");
}

#[test]
fn a_stream_that_fails_is_told_where_people_look() {
    let shop = Shop::open(Settings::default());
    let message = "Shop closed for stocktaking".to_owned();
    shop.vendor
        .fault(When::Nth("getOrders".into(), 1), Fault::Refuse { code: "ERROR_STOCKTAKING".into(), message });
    assert_eq!(shop.sync().code, 1);
    let listed = shop.host.ok(&["stream", "list"]);
    assert!(listed.contains("failing: rejected"), "{listed}");
    let doctor = shop.host.cli(&["doctor"]);
    let expected = format!("{NAME}/orders fails: ");
    assert!(doctor.code == 1 && doctor.stdout.contains(&expected), "{doctor:?}");
    let run = shop.runs()[0]["id"].clone();
    let log = shop.host.log();
    assert!(log.contains("a run failed ") && log.contains(&format!("run={run}")), "{log}");
    shop.sync_ok();
    let doctor = shop.host.cli(&["doctor"]);
    assert!(doctor.code == 0 && !doctor.stdout.contains("fails"), "{doctor:?}");
}

#[test]
fn a_refused_token_stops_the_schedule_until_it_is_replaced() {
    let shop = Shop::open(Settings::default());
    shop.vendor.set_tokens(&["2000123-4000567-ANOTHERTOKENTHATTHESHOPHASNOT"]);
    let output = shop.sync();
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(shop.runs()[0]["error"]["vendor_code"], "ERROR_AUTH_TOKEN", "{output:?}");
    eventually("the schedule says why it stopped", Duration::from_secs(30), || {
        shop.stream("orders")["stopped"]["code"].as_str().map(str::to_owned)
    });
    let refused = shop.vendor.requests().len();
    assert!(refused <= 2, "a refused token is not tried again and again: {refused} requests");

    let right = shop.host.secret_file("right", "2000123-4000567-ANOTHERTOKENTHATTHESHOPHASNOT");
    shop.host.ok(&["connection", "set", NAME, "--secret", &format!("token=@{}", right.display())]);
    shop.sync_ok();
    assert_eq!(shop.orders().len(), 250);
    assert!(shop.stream("orders")["stopped"].is_null());
}

/// The vendor blocks the token in the middle of the walk, as it does when another program went over
/// the limit. The run waits and goes on by itself.
#[test]
fn a_block_is_obeyed_until_the_moment_that_its_message_names() {
    let shop = Shop::open(Settings { seed: Seed { orders: 950, ..Seed::default() }, ..Settings::default() });
    let sync = shop.host.begin(&["sync", NAME, "orders"]);
    eventually("the walk is under way", Duration::from_secs(60), || {
        (shop.vendor.requests().len() >= 2).then_some(())
    });
    shop.vendor.block(Duration::from_secs(4));
    let waiting = eventually("the limit shows the block", Duration::from_secs(30), || {
        let (_, limits) = shop.host.get("connections/shop/limits");
        limits["items"][0]["blocked_until"].as_str().map(str::to_owned)
    });
    assert!(waiting.contains('T'), "{waiting}");
    assert!(sync.end());
    shop.assert_whole();
}

/// A clock of the vendor that counts by full minutes is no reason to send more.
#[test]
fn more_pages_than_a_minute_allows_take_longer_than_a_minute() {
    let limit = Limit { kind: Window::Fixed, ..Limit::default() };
    let seed = Seed { orders: 10_450, ..Seed::default() };
    let shop = Shop::open(Settings { seed, limit, ..Settings::default() });
    shop.sync_ok();
    shop.assert_whole();
    let requests = shop.vendor.requests();
    let took = requests[requests.len() - 1].at - requests[0].at;
    assert!(requests.len() > 100 && took >= Duration::from_secs(59), "{} in {took:?}", requests.len());
}
