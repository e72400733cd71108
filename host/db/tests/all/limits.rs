//! Booking, settling, blocks and the ledger.

use windlass_db::{Ask, Booked, Booking, LimitClaim, LimitRow, NoRoom, Retention, Settle, Side};

use crate::support::{Case, T0, claim, is_missing, on_both};

on_both![
    permits_count_until_their_window_is_over,
    all_asks_are_booked_or_none,
    actions_keep_their_share,
    what_is_left_to_others_is_not_booked,
    unused_permits_are_returned,
    booking_ahead_stays_within_its_share,
    a_booking_lost_in_a_crash_counts_as_used,
    a_block_refuses_and_is_never_shortened,
    the_longest_refusal_binds,
    more_than_a_limit_ever_has_is_refused_for_a_window,
    two_hosts_never_book_more_than_there_is,
    the_ledger_is_kept_beyond_its_window,
    ensuring_keeps_blocks_and_use,
];

const WINDOW: i64 = 60_000;
const HORIZON: i64 = 32_000;

fn limit(scope: &str, max: i64, leave: i64, keep: i64) -> LimitClaim {
    LimitClaim { leave_to_others: leave, keep_for_actions: keep, ..claim(scope, max, WINDOW) }
}

fn ask(limit: &LimitRow, want: i64, ahead: i64) -> Ask {
    Ask { limit: limit.id, want, ahead }
}

async fn book(case: &Case, now: i64, side: Side, asks: &[Ask]) -> Result<Vec<Booking>, i64> {
    match case.db.book(now, Some(7), side, asks, HORIZON).await.unwrap() {
        Booked::Yes(bookings) => Ok(bookings),
        Booked::No { until, .. } => Err(until),
    }
}

fn permits(bookings: &[Booking]) -> Vec<i64> {
    bookings.iter().map(|booking| booking.permits).collect()
}

async fn permits_count_until_their_window_is_over(case: Case) {
    let minute = case.limit(&limit("m", 3, 0, 0)).await;
    for at in 0..3 {
        let booked = book(&case, T0 + at, Side::Sync, &[ask(&minute, 1, 1)]).await.unwrap();
        let settle = Settle { booking: booked[0].id, used: 1, counts_until: T0 + 100 * at + WINDOW };
        case.db.settle(T0 + at, &[settle]).await.unwrap();
    }
    assert_eq!(book(&case, T0 + 5, Side::Sync, &[ask(&minute, 1, 1)]).await.unwrap_err(), T0 + WINDOW);
    assert_eq!(book(&case, T0 + 5, Side::Sync, &[ask(&minute, 2, 2)]).await.unwrap_err(), T0 + 100 + WINDOW);
    let used = &case.db.limits(T0 + 5, &[minute.id, 999]).await.unwrap()[0];
    assert_eq!((used.used, used.booked, used.frees_at), (3, 0, Some(T0 + WINDOW)));
    assert!(book(&case, T0 + WINDOW - 1, Side::Sync, &[ask(&minute, 1, 1)]).await.is_err());
    assert!(book(&case, T0 + WINDOW, Side::Sync, &[ask(&minute, 1, 1)]).await.is_ok());
}

async fn all_asks_are_booked_or_none(case: Case) {
    let minute = case.limit(&limit("m", 10, 0, 0)).await;
    let hour = case.limit(&limit("h", 1, 0, 0)).await;
    let asks = [ask(&hour, 1, 1), ask(&minute, 2, 2)];
    let booked = book(&case, T0, Side::Sync, &asks).await.unwrap();
    assert_eq!((booked[0].limit, booked[1].limit), (hour.id, minute.id), "in the order of the asks");
    assert_eq!(permits(&booked), [1, 2]);
    assert!(book(&case, T0, Side::Sync, &asks).await.is_err());
    assert_eq!(case.db.ledger(minute.id, None, 10).await.unwrap().len(), 1, "nothing of the second stayed");
    let unknown = Ask { limit: 999, want: 1, ahead: 1 };
    assert!(is_missing(&case.db.book(T0, None, Side::Sync, &[ask(&minute, 1, 1), unknown], HORIZON).await));
    assert_eq!(case.db.ledger(minute.id, None, 10).await.unwrap().len(), 1);
}

async fn actions_keep_their_share(case: Case) {
    let minute = case.limit(&limit("m", 10, 0, 2)).await;
    book(&case, T0, Side::Sync, &[ask(&minute, 8, 8)]).await.unwrap();
    assert!(book(&case, T0, Side::Sync, &[ask(&minute, 1, 1)]).await.is_err());
    book(&case, T0, Side::Action, &[ask(&minute, 2, 2)]).await.unwrap();
    assert!(book(&case, T0, Side::Action, &[ask(&minute, 1, 1)]).await.is_err());
}

async fn what_is_left_to_others_is_not_booked(case: Case) {
    let minute = case.limit(&limit("m", 10, 4, 0)).await;
    assert!(book(&case, T0, Side::Action, &[ask(&minute, 7, 7)]).await.is_err());
    assert!(book(&case, T0, Side::Action, &[ask(&minute, 6, 6)]).await.is_ok());
}

async fn unused_permits_are_returned(case: Case) {
    let minute = case.limit(&limit("m", 4, 0, 0)).await;
    let booked = book(&case, T0, Side::Sync, &[ask(&minute, 4, 4)]).await.unwrap();
    let settle = |used| Settle { booking: booked[0].id, used, counts_until: T0 + WINDOW };
    case.db.settle(T0 + 1, &[settle(1)]).await.unwrap();
    case.db.settle(T0 + 2, &[settle(0)]).await.unwrap();
    let used = &case.db.limits(T0 + 3, &[minute.id]).await.unwrap()[0];
    assert_eq!((used.used, used.booked), (1, 0), "settled once");
    let row = &case.db.ledger(minute.id, None, 1).await.unwrap()[0];
    assert_eq!((row.permits, row.run, row.settled, row.booked_at), (1, Some(7), true, T0));
    let rest = book(&case, T0 + 3, Side::Sync, &[ask(&minute, 3, 3)]).await.unwrap();
    case.db
        .settle(T0 + 4, &[Settle { booking: rest[0].id, used: 0, counts_until: T0 + WINDOW }])
        .await
        .unwrap();
    assert_eq!(case.db.limits(T0 + 4, &[minute.id]).await.unwrap()[0].used, 1, "unused ones stop at once");
}

async fn booking_ahead_stays_within_its_share(case: Case) {
    let minute = case.limit(&limit("m", 100, 0, 0)).await;
    assert_eq!(permits(&book(&case, T0, Side::Sync, &[ask(&minute, 1, 3)]).await.unwrap()), [3]);
    assert_eq!(
        permits(&book(&case, T0, Side::Sync, &[ask(&minute, 1, 9)]).await.unwrap()),
        [2],
        "5 % in all"
    );
    assert_eq!(
        permits(&book(&case, T0, Side::Sync, &[ask(&minute, 1, 9)]).await.unwrap()),
        [1],
        "what is wanted"
    );
    assert_eq!(permits(&book(&case, T0, Side::Sync, &[ask(&minute, 92, 99)]).await.unwrap()), [92]);
    assert_eq!(
        permits(&book(&case, T0, Side::Sync, &[ask(&minute, 2, 9)]).await.unwrap()),
        [2],
        "as far as there is room"
    );
    assert!(book(&case, T0, Side::Sync, &[ask(&minute, 1, 9)]).await.is_err());
}

async fn a_booking_lost_in_a_crash_counts_as_used(case: Case) {
    let minute = case.limit(&limit("m", 1, 0, 0)).await;
    book(&case, T0, Side::Sync, &[ask(&minute, 1, 1)]).await.unwrap();
    case.db.rescue(T0, true).await.unwrap();
    let again = case.other_host().await;
    let Booked::No { until, .. } =
        again.book(T0 + 1, None, Side::Action, &[ask(&minute, 1, 1)], HORIZON).await.unwrap()
    else {
        panic!("the lost permit still counts")
    };
    assert_eq!(until, T0 + HORIZON + WINDOW);
    assert!(book(&case, until, Side::Sync, &[ask(&minute, 1, 1)]).await.is_ok());
    again.close().await;
}

async fn a_block_refuses_and_is_never_shortened(case: Case) {
    let minute = case.limit(&limit("m", 10, 0, 0)).await;
    case.db.limit_block(minute.id, T0 + 600_000, "The vendor said: blocked for 10 minutes.").await.unwrap();
    case.db.limit_block(minute.id, T0 + 5_000, "Shorter.").await.unwrap();
    let no = case.db.book(T0, None, Side::Action, &[ask(&minute, 1, 1)], HORIZON).await.unwrap();
    let Booked::No { limit, until, why } = no else { panic!("it is blocked") };
    assert_eq!((limit, until), (minute.id, T0 + 600_000));
    assert_eq!(why, NoRoom::Blocked("The vendor said: blocked for 10 minutes.".into()));
    assert!(book(&case, T0 + 600_000, Side::Sync, &[ask(&minute, 1, 1)]).await.is_ok());
}

async fn the_longest_refusal_binds(case: Case) {
    let minute = case.limit(&limit("m", 1, 0, 0)).await;
    let hour = case.limit(&limit("h", 1, 0, 0)).await;
    book(&case, T0, Side::Sync, &[ask(&minute, 1, 1), ask(&hour, 1, 1)]).await.unwrap();
    case.db.limit_block(minute.id, T0 + 900_000, "blocked").await.unwrap();
    let no =
        case.db.book(T0, None, Side::Sync, &[ask(&hour, 1, 1), ask(&minute, 1, 1)], HORIZON).await.unwrap();
    let Booked::No { limit, until, why } = no else { panic!("both are full") };
    assert_eq!((limit, until, why), (minute.id, T0 + 900_000, NoRoom::Blocked("blocked".into())));
}

async fn more_than_a_limit_ever_has_is_refused_for_a_window(case: Case) {
    let minute = case.limit(&limit("m", 5, 0, 1)).await;
    assert_eq!(book(&case, T0, Side::Sync, &[ask(&minute, 5, 5)]).await.unwrap_err(), T0 + WINDOW);
}

async fn two_hosts_never_book_more_than_there_is(case: Case) {
    let minute = case.limit(&limit("m", 50, 0, 0)).await;
    let hour = case.limit(&limit("h", 40, 0, 0)).await;
    let other = case.other_host().await;
    let mut hosts = tokio::task::JoinSet::new();
    for number in 0..6 {
        let db = if number % 2 == 0 { case.db.clone() } else { other.clone() };
        let mut asks = vec![ask(&minute, 1, 2), ask(&hour, 1, 1)];
        if number % 3 == 0 {
            asks.reverse();
        }
        hosts.spawn(async move {
            let mut booked = 0;
            for _ in 0..20 {
                if matches!(db.book(T0, None, Side::Sync, &asks, HORIZON).await.unwrap(), Booked::Yes(_)) {
                    booked += 1;
                }
            }
            booked
        });
    }
    let calls: i64 = hosts.join_all().await.into_iter().sum();
    let used = case.db.limits(T0, &[minute.id, hour.id]).await.unwrap();
    assert!(used[0].used <= 50 && used[1].used <= 40, "{used:?}");
    assert_eq!(used[1].used, calls);
    other.close().await;
}

async fn the_ledger_is_kept_beyond_its_window(case: Case) {
    let minute = case.limit(&limit("m", 5, 0, 0)).await;
    book(&case, T0, Side::Sync, &[ask(&minute, 1, 1)]).await.unwrap();
    book(&case, T0 + 9, Side::Sync, &[ask(&minute, 2, 2)]).await.unwrap();
    let keep = Retention { changes_ms: 0, runs_ms: 0, ledger_ms: 1_000, good_traces: 0 };
    case.db.prune(T0 + HORIZON + WINDOW + 1_000, &keep).await.unwrap();
    let rows = case.db.ledger(minute.id, None, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.permits).collect::<Vec<_>>(), [2, 1], "newest first");
    assert_eq!(case.db.ledger(minute.id, Some(rows[0].id), 10).await.unwrap().len(), 1);
    case.db.prune(T0 + HORIZON + WINDOW + 1_001, &keep).await.unwrap();
    assert_eq!(case.db.ledger(minute.id, None, 10).await.unwrap().len(), 1);
}

async fn ensuring_keeps_blocks_and_use(case: Case) {
    let minute = case.limit(&limit("m", 5, 0, 0)).await;
    book(&case, T0, Side::Sync, &[ask(&minute, 2, 2)]).await.unwrap();
    case.db.limit_block(minute.id, T0 + 9, "blocked").await.unwrap();
    let again = case.limit(&limit("m", 7, 1, 2)).await;
    assert_eq!((again.id, again.max, again.leave_to_others, again.keep_for_actions), (minute.id, 7, 1, 2));
    assert_eq!(again.blocked_until, Some(T0 + 9));
    assert_eq!(case.db.limits(T0, &[minute.id]).await.unwrap()[0].used, 2);
}
