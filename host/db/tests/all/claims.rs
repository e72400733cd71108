//! Connections that share a limit and say different things of it, and what a person sets.

use windlass_db::{LimitChange, LimitClaim, LimitSetting, Sharer};

use crate::support::{Case, T0, claim, is_missing, is_outdated, on_both};

on_both![
    the_lowest_claim_binds,
    the_lowest_is_what_leaves_least,
    another_credential_takes_its_claim_along,
    a_deleted_connection_claims_nothing,
    a_deleted_connection_cannot_claim,
    a_setting_keeps_what_is_not_changed,
    a_setting_is_changed_from_what_was_seen,
    a_setting_goes_with_its_connection,
];

const WINDOW: i64 = 60_000;

fn of(max: i64) -> LimitClaim {
    claim("shared", max, WINDOW)
}

async fn bound(case: &Case, connection: i64, claim: &LimitClaim) -> i64 {
    case.db.limits_claim(connection, std::slice::from_ref(claim)).await.unwrap()[0].max
}

async fn the_lowest_claim_binds(case: Case) {
    let (left, right) = (case.connection("left").await.id, case.connection("right").await.id);
    assert_eq!(bound(&case, left, &of(750)).await, 750);
    assert_eq!(bound(&case, right, &of(600)).await, 600);
    assert_eq!(bound(&case, left, &of(750)).await, 600, "whoever speaks last");
    assert_eq!(bound(&case, left, &of(500)).await, 500);
    assert_eq!(bound(&case, left, &of(900)).await, 600);
    assert_eq!(bound(&case, right, &of(1_000)).await, 900, "raising lets the next one bind");
    let row = case.db.limits_claim(right, &[of(1_000)]).await.unwrap().remove(0);
    let sharer = |connection: &str, max| Sharer {
        connection: connection.to_owned(),
        max,
        leave_to_others: 0,
        keep_for_actions: 0,
    };
    let sharers = case.db.limit_sharers(row.id).await.unwrap();
    assert_eq!(sharers, [sharer("left", 900), sharer("right", 1_000)]);
}

async fn the_lowest_is_what_leaves_least(case: Case) {
    let (left, right) = (case.connection("left").await.id, case.connection("right").await.id);
    bound(&case, left, &LimitClaim { leave_to_others: 300, keep_for_actions: 5, ..of(750) }).await;
    let row = case.db.limits_claim(right, &[of(500)]).await.unwrap().remove(0);
    assert_eq!((row.max, row.leave_to_others, row.keep_for_actions), (750, 300, 5));
}

async fn another_credential_takes_its_claim_along(case: Case) {
    let (left, right) = (case.connection("left").await.id, case.connection("right").await.id);
    bound(&case, left, &of(750)).await;
    let shared = case.db.limits_claim(right, &[of(100)]).await.unwrap().remove(0);
    case.db.limits_claim(right, &[claim("own", 100, WINDOW)]).await.unwrap();
    let used = case.db.limits(T0, &[shared.id]).await.unwrap().remove(0);
    assert_eq!(used.row.max, 750, "nobody says 100 of it any more");
    case.db.limits_claim(left, &[]).await.unwrap();
    let used = case.db.limits(T0, &[shared.id]).await.unwrap().remove(0);
    assert_eq!(used.row.max, 750, "a limit that nobody claims stays as it was");
}

async fn a_deleted_connection_claims_nothing(case: Case) {
    let (left, right) = (case.connection("left").await.id, case.connection("right").await.id);
    let shared = case.db.limits_claim(left, &[of(750)]).await.unwrap().remove(0);
    assert_eq!(bound(&case, right, &of(600)).await, 600);
    case.db.connection_delete(right, false).await.unwrap();
    assert_eq!(case.db.limits(T0, &[shared.id]).await.unwrap()[0].row.max, 750);
}

async fn a_deleted_connection_cannot_claim(case: Case) {
    assert!(is_missing(&case.db.limits_claim(999, &[of(750)]).await));
    assert!(is_missing(&case.db.limit_set(999, "minute", None, LimitChange::default()).await));
}

async fn a_setting_keeps_what_is_not_changed(case: Case) {
    let shop = case.connection("shop").await.id;
    let set = async |change: LimitChange| {
        case.db.limit_set(shop, "minute", None, change).await.unwrap();
        case.db.limit_settings(shop).await.unwrap().remove(0)
    };
    let max = LimitChange { max: Some(Some(50)), ..LimitChange::default() };
    let expected = LimitSetting { name: "minute".into(), max: Some(50), ..LimitSetting::default() };
    assert_eq!(set(max).await, expected);
    let leave = LimitChange { leave_to_others: Some(Some(5)), ..LimitChange::default() };
    assert_eq!(set(leave).await, LimitSetting { leave_to_others: Some(5), ..expected.clone() });
    let keep = LimitChange { max: Some(None), keep_for_actions: Some(Some(0)), ..LimitChange::default() };
    let expected =
        LimitSetting { max: None, leave_to_others: Some(5), keep_for_actions: Some(0), ..expected };
    assert_eq!(set(keep).await, expected);
}

async fn a_setting_is_changed_from_what_was_seen(case: Case) {
    let shop = case.connection("shop").await.id;
    let none = LimitSetting::default();
    let max = |max| LimitChange { max: Some(max), ..LimitChange::default() };
    let other = LimitSetting { max: Some(60), ..none.clone() };
    let odd = case.db.limit_set(shop, "minute", Some(&other), max(Some(50))).await;
    assert!(is_outdated(&odd), "nothing is set yet");
    case.db.limit_set(shop, "minute", Some(&none), max(Some(50))).await.unwrap();
    let late = case.db.limit_set(shop, "minute", Some(&none), max(Some(40))).await;
    assert!(is_outdated(&late), "{late:?}");
    let seen = LimitSetting { max: Some(50), ..none };
    case.db.limit_set(shop, "minute", Some(&seen), max(Some(40))).await.unwrap();
    assert_eq!(case.db.limit_settings(shop).await.unwrap()[0].max, Some(40));
}

async fn a_setting_goes_with_its_connection(case: Case) {
    let shop = case.connection("shop").await.id;
    let max = LimitChange { max: Some(Some(50)), ..LimitChange::default() };
    case.db.limit_set(shop, "minute", None, max).await.unwrap();
    case.db.connection_delete(shop, false).await.unwrap();
    assert!(case.db.limit_settings(shop).await.unwrap().is_empty());
}
