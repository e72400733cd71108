//! A sync that is killed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use windlass_tests::asked::long;
use windlass_tests::baselinker::{Seed, Settings};
use windlass_tests::cases::check_all;
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Limit, Stage};

use super::{Kills, Point};

/// Hosts that run at a time; each is two processes on a machine that may have two cores.
const AT_ONCE: usize = 4;
/// Of the vendor's 100 requests, those that syncs may make: a tenth is kept for actions.
const SYNC_SHARE: usize = 90;
/// Points after an answer, in milliseconds: from "before it is read" to "after the commit".
const LATER_MS: [u64; 5] = [1, 3, 8, 20, 60];

#[test]
fn a_sync_killed_at_any_point_of_a_page_loses_and_doubles_nothing() {
    let stages = [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered];
    let points = (1..=3).flat_map(|request| {
        let within = stages.map(|stage| Point::at(request, stage));
        within.into_iter().chain(LATER_MS.map(|ms| Point::after_answer(request, ms)))
    });
    check_all(&points.collect::<Vec<_>>(), AT_ONCE, |&point| check(250, &[point]));
}

#[test]
fn a_sync_killed_again_and_again_ends_whole() {
    let seeds: Vec<u64> = (0..if long() { 60 } else { 6 }).collect();
    check_all(&seeds, AT_ONCE, |&seed| check(1_950, &random_points(seed, 4)));
}

/// The walk needs more requests than a window allows, so what the dead hosts had used must be known to
/// the next one. The vendor here allows just what is meant for syncs: the rest is kept for actions and
/// would hide a few requests too many.
#[test]
fn hosts_killed_near_the_limit_never_exceed_it_together() {
    // A short block, so that a failure does not take ten minutes.
    let limit = Limit { max: SYNC_SHARE, block: Duration::from_secs(3), ..Limit::default() };
    let points = [15, 30, 45, 60].map(|request| Point::at(request, Stage::Acted));
    let shop = check_with(Settings { seed: seed(10_450), limit, ..Settings::default() }, &points);
    let most = shop.vendor.max_in_any_window(limit.window);
    assert!(most <= SYNC_SHARE, "{most} requests of syncs in {:?}", limit.window);
}

fn check(orders: usize, points: &[Point]) {
    check_with(Settings { seed: seed(orders), ..Settings::default() }, points);
}

fn check_with(settings: Settings, points: &[Point]) -> Shop {
    let orders = settings.seed.orders;
    let shop = Shop::open(settings);
    let kills = Kills::arm(&shop.host, &shop.vendor, points);
    let asked = shop.host.begin(&["sync", NAME, "orders"]);
    for _ in points {
        kills.wait();
        shop.host.restart();
    }
    drop(asked);
    // Joins the run that the restarted host goes on with, or finds it done and changes nothing.
    shop.sync_ok();
    shop.assert_whole();
    let changes = shop.changes();
    assert_eq!(changes.len(), orders, "each order makes one change");
    shop.sync_ok();
    assert_eq!(shop.changes(), changes, "a second sync changes nothing");
    shop
}

fn seed(orders: usize) -> Seed {
    Seed { orders, ..Seed::default() }
}

/// Points that are one to four requests apart; the last of four comes before the walk's twentieth page.
fn random_points(seed: u64, count: usize) -> Vec<Point> {
    let mut dice = StdRng::seed_from_u64(seed);
    let stages = [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered];
    let mut request = 0;
    let mut point = || {
        request += dice.random_range(1..=4);
        let stage = *stages.choose(&mut dice).expect("there are stages");
        let ms = if stage == Stage::Answered { dice.random_range(0..40) } else { 0 };
        Point { later: Duration::from_millis(ms), ..Point::at(request, stage) }
    };
    (0..count).map(|_| point()).collect()
}
