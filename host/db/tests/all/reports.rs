//! What vendors report as left binds every run on every host until their reset.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use windlass_db::{Ask, Booked, Booking, Db, LimitClaim, LimitRow, NoRoom, Report, Settle, Side};

use crate::support::{Case, T0, claim, on_both};

on_both![
    a_lower_report_binds_until_its_reset,
    a_higher_report_raises_nothing,
    what_the_answer_has_counted_is_not_counted_twice,
    the_kept_share_stays_out_of_what_is_left,
    what_others_have_used_is_not_left_to_them_again,
    answers_out_of_order_leave_the_lowest,
    a_report_of_one_host_binds_the_other,
    reports_with_later_resets_hold_beside_the_earlier,
    a_refusal_says_until_when_and_why,
    no_more_is_ever_sent_than_was_reported_left,
];

const WINDOW: i64 = 60_000;
const HORIZON: i64 = 92_000;
const RESET: i64 = T0 + 50_000;

async fn minute(case: &Case, claim: LimitClaim) -> LimitRow {
    case.limit(&claim).await
}

fn of(max: i64) -> LimitClaim {
    claim("m", max, WINDOW)
}

fn report(left: i64, since: i64, known: i64) -> Report {
    Report { left, since, known, until: RESET }
}

async fn book(db: &Db, now: i64, side: Side, limit: &LimitRow, want: i64) -> Result<Booking, (i64, NoRoom)> {
    let ask = Ask { limit: limit.id, want, ahead: want };
    match db.book(now, Some(7), side, &[ask], HORIZON).await.unwrap() {
        Booked::Yes(mut bookings) => Ok(bookings.remove(0)),
        Booked::No { until, why, .. } => Err((until, why)),
    }
}

/// Books, uses and settles: `used` requests, the last answered at `answered`.
async fn use_up(case: &Case, limit: &LimitRow, used: i64, answered: i64) {
    let booking = book(&case.db, answered, Side::Action, limit, used).await.unwrap();
    let settle = Settle { booking: booking.id, used, counts_until: answered + WINDOW };
    case.db.settle(answered, &[settle]).await.unwrap();
}

/// What is left to actions and to syncs.
async fn room(case: &Case, now: i64, limit: &LimitRow) -> (i64, i64) {
    let used = case.db.limits(now, &[limit.id]).await.unwrap().remove(0);
    (used.room(Side::Action), used.room(Side::Sync))
}

async fn a_lower_report_binds_until_its_reset(case: Case) {
    let limit = minute(&case, of(10)).await;
    use_up(&case, &limit, 2, T0).await;
    assert_eq!(room(&case, T0 + 1, &limit).await.0, 8);
    assert_eq!(case.db.limit_report(T0 + 1, limit.id, report(3, T0 + 1, 0)).await.unwrap().left, 3);
    assert_eq!(room(&case, T0 + 1, &limit).await.0, 3);
    use_up(&case, &limit, 3, T0 + 2).await;
    assert!(book(&case.db, T0 + 3, Side::Action, &limit, 1).await.is_err());
    assert_eq!(room(&case, RESET, &limit).await.0, 5, "then our own count alone");
}

async fn a_higher_report_raises_nothing(case: Case) {
    let limit = minute(&case, of(10)).await;
    use_up(&case, &limit, 4, T0).await;
    case.db.limit_report(T0 + 1, limit.id, report(9, T0 + 1, 0)).await.unwrap();
    assert_eq!(room(&case, T0 + 1, &limit).await.0, 6, "our own count");
    case.db.limit_report(T0 + 2, limit.id, report(2, T0 + 2, 0)).await.unwrap();
    case.db.limit_report(T0 + 3, limit.id, report(9, T0 + 3, 0)).await.unwrap();
    assert_eq!(room(&case, T0 + 3, &limit).await.0, 2, "the lower report holds to its reset");
    // A report that is over says nothing.
    let over = Report { until: T0 + 4, ..report(0, T0 + 4, 0) };
    case.db.limit_report(T0 + 4, limit.id, over).await.unwrap();
    assert_eq!(room(&case, T0 + 4, &limit).await.0, 2);
}

/// A run that has booked ahead uses its permits one after the other, and is told each time.
async fn what_the_answer_has_counted_is_not_counted_twice(case: Case) {
    let limit = minute(&case, of(100)).await;
    let booking = book(&case.db, T0, Side::Sync, &limit, 5).await.unwrap();
    for used in 1..=5 {
        let told = report(100 - used, T0 + used, used);
        let left = case.db.limit_report(T0 + used, limit.id, told).await.unwrap().left;
        assert_eq!(left, 95, "what is booked and not used is still to come");
    }
    let settle = Settle { booking: booking.id, used: 5, counts_until: T0 + 6 + WINDOW };
    case.db.settle(T0 + 6, &[settle]).await.unwrap();
    assert_eq!(room(&case, T0 + 7, &limit).await.0, 95);
}

async fn the_kept_share_stays_out_of_what_is_left(case: Case) {
    let limit = minute(&case, LimitClaim { keep_for_actions: 4, ..of(100) }).await;
    case.db.limit_report(T0, limit.id, report(6, T0, 0)).await.unwrap();
    assert_eq!(room(&case, T0, &limit).await, (6, 2));
    assert!(book(&case.db, T0, Side::Sync, &limit, 3).await.is_err());
    book(&case.db, T0, Side::Sync, &limit, 2).await.unwrap();
    assert!(book(&case.db, T0, Side::Sync, &limit, 1).await.is_err(), "syncs stop");
    book(&case.db, T0, Side::Action, &limit, 4).await.unwrap();
    assert!(book(&case.db, T0, Side::Action, &limit, 1).await.is_err());
}

async fn what_others_have_used_is_not_left_to_them_again(case: Case) {
    let limit = minute(&case, LimitClaim { leave_to_others: 20, ..of(100) }).await;
    use_up(&case, &limit, 10, T0).await;
    // 10 are ours, 15 of others: 5 more are theirs.
    case.db.limit_report(T0 + 1, limit.id, report(75, T0 + 1, 0)).await.unwrap();
    assert_eq!(room(&case, T0 + 1, &limit).await.0, 70, "as our own count: 100 - 20 - 10");
    // Others have had 30, more than was left to them.
    case.db.limit_report(T0 + 2, limit.id, report(60, T0 + 2, 0)).await.unwrap();
    assert_eq!(room(&case, T0 + 2, &limit).await.0, 60);
}

async fn answers_out_of_order_leave_the_lowest(case: Case) {
    let limit = minute(&case, of(100)).await;
    let booking = book(&case.db, T0, Side::Sync, &limit, 2).await.unwrap();
    // The later request is answered first; the earlier one may still be counted.
    let left = case.db.limit_report(T0 + 20, limit.id, report(8, T0 + 2, 1)).await.unwrap().left;
    assert_eq!(left, 7);
    let left = case.db.limit_report(T0 + 30, limit.id, report(9, T0 + 1, 1)).await.unwrap().left;
    assert_eq!(left, 8);
    assert_eq!(room(&case, T0 + 30, &limit).await.0, 7);
    let settle = Settle { booking: booking.id, used: 2, counts_until: T0 + 30 + WINDOW };
    case.db.settle(T0 + 30, &[settle]).await.unwrap();
    assert_eq!(room(&case, T0 + 30, &limit).await.0, 7, "at most one less than there may be");
}

async fn a_report_of_one_host_binds_the_other(case: Case) {
    let other = case.other_host().await;
    let limit = minute(&case, of(100)).await;
    case.db.limit_report(T0, limit.id, report(3, T0, 0)).await.unwrap();
    book(&other, T0 + 1, Side::Sync, &limit, 2).await.unwrap();
    assert!(book(&other, T0 + 1, Side::Sync, &limit, 2).await.is_err());
    // What the other host settled after the request was sent is not taken for counted.
    let booking = book(&other, T0 + 1, Side::Sync, &limit, 1).await.unwrap();
    let settle = Settle { booking: booking.id, used: 1, counts_until: T0 + 15 + WINDOW };
    other.settle(T0 + 15, &[settle]).await.unwrap();
    let left = case.db.limit_report(T0 + 20, limit.id, report(3, T0 + 10, 0)).await.unwrap().left;
    assert_eq!(left, 0, "3 left, 2 booked and 1 answered later");
    other.close().await;
}

async fn reports_with_later_resets_hold_beside_the_earlier(case: Case) {
    let limit = minute(&case, of(100)).await;
    let until = |left, until| Report { until, ..report(left, T0, 0) };
    case.db.limit_report(T0, limit.id, until(2, T0 + 10)).await.unwrap();
    case.db.limit_report(T0, limit.id, until(5, T0 + 20)).await.unwrap();
    for (now, expected) in [(T0, 2), (T0 + 10, 5), (T0 + 20, 100)] {
        assert_eq!(room(&case, now, &limit).await.0, expected);
    }
    // However many there are, none is lost.
    for step in 1..=40 {
        case.db.limit_report(T0, limit.id, until(5 + step, T0 + 20 + step)).await.unwrap();
    }
    assert!(room(&case, T0 + 59, &limit).await.0 <= 45);
    assert_eq!(room(&case, T0 + 60, &limit).await.0, 100);
}

async fn a_refusal_says_until_when_and_why(case: Case) {
    let limit = minute(&case, LimitClaim { keep_for_actions: 4, ..of(100) }).await;
    case.db.limit_report(T0, limit.id, report(3, T0, 0)).await.unwrap();
    let no = book(&case.db, T0, Side::Sync, &limit, 1).await.unwrap_err();
    assert_eq!(no, (RESET, NoRoom::Reported { left: 3 }));
    case.db.limit_block(limit.id, RESET + 9, "blocked").await.unwrap();
    let no = book(&case.db, T0, Side::Action, &limit, 9).await.unwrap_err();
    assert_eq!(no, (RESET + 9, NoRoom::Blocked("blocked".into())));
}

/// A vendor with clock windows that other programs use too. Hosts book, send, and hear late and out of
/// order what was left; whatever was told to any of them is kept by all.
async fn no_more_is_ever_sent_than_was_reported_left(case: Case) {
    let other = case.other_host().await;
    for seed in 0..4 {
        let mut vendor =
            Vendor { random: StdRng::seed_from_u64(seed), counted: Vec::new(), told: Vec::new() };
        let limit = case.limit(&claim(&format!("seed {seed}"), 30, WINDOW)).await;
        let mut now = T0 + seed as i64 * 1_000;
        for step in 0..200 {
            now += vendor.random.random_range(1..1_500);
            let host = if step % 3 == 0 { &other } else { &case.db };
            vendor.a_run(host, &limit, now).await;
        }
        let broken = vendor.told.iter().find(|told| !vendor.kept(told));
        assert!(broken.is_none(), "seed {seed}: {broken:?}");
        assert!(vendor.counted.iter().filter(|counted| counted.run.is_some()).count() > 40, "it was used");
    }
    other.close().await;
}

struct Vendor {
    random: StdRng,
    /// In the order in which the vendor counted.
    counted: Vec<Counted>,
    told: Vec<Told>,
}

struct Counted {
    at: i64,
    /// None: of another program.
    run: Option<usize>,
}

#[derive(Debug)]
struct Told {
    /// The run that was told, and how many had been counted in all.
    run: usize,
    after: usize,
    left: i64,
    until: i64,
}

impl Vendor {
    /// Books some, sends fewer, and reports what each answer says; the answers come in any order.
    async fn a_run(&mut self, host: &Db, limit: &LimitRow, now: i64) {
        if self.random.random_bool(0.15) {
            self.counted.push(Counted { at: now, run: None });
        }
        let want = self.random.random_range(1..5);
        let Ok(booking) = book(host, now, Side::Sync, limit, want).await else { return };
        let run = self.told.len();
        let used = self.random.random_range(1..=want);
        let mut answers: Vec<_> = (0..used).map(|_| self.count(now, run)).collect();
        if self.random.random_bool(0.4) {
            answers.reverse();
        }
        // All were sent before any was answered, so each answer has surely counted its own request only.
        for (left, until) in answers {
            host.limit_report(now + 1, limit.id, Report { left, since: now, known: 1, until }).await.unwrap();
        }
        if self.random.random_bool(0.95) {
            let settle = Settle { booking: booking.id, used, counts_until: now + 1 + WINDOW };
            host.settle(now + 1, &[settle]).await.unwrap();
        }
    }

    fn count(&mut self, at: i64, run: usize) -> (i64, i64) {
        self.counted.push(Counted { at, run: Some(run) });
        let until = (at / WINDOW + 1) * WINDOW;
        let in_window = self.counted.iter().filter(|counted| counted.at >= until - WINDOW).count();
        let left = (30 - in_window as i64).max(0);
        self.told.push(Told { run, after: self.counted.len(), left, until });
        (left, until)
    }

    /// What runs that began later sent before the reset, and what of the same run was still on its way,
    /// fit into what was left.
    fn kept(&self, told: &Told) -> bool {
        let after = self.counted[told.after..].iter().filter(|counted| counted.at < told.until);
        let (same, later): (Vec<_>, Vec<_>) =
            after.filter_map(|counted| counted.run).partition(|run| *run <= told.run);
        later.is_empty() || (same.len() + later.len()) as i64 <= told.left
    }
}
