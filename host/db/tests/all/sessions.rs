//! Sessions: one login at a time, a refusal that is remembered, tokens that go with their secrets.

use windlass_db::{ConnectionChange, Db, Parts, SealedSecret, SessionState};

use crate::support::{Case, T0, on_both};

on_both![
    one_host_has_the_turn_and_the_others_get_its_session,
    a_session_is_used_until_its_time_or_until_it_is_refused,
    a_turn_that_was_lost_writes_nothing,
    a_refusal_is_kept_until_somebody_lifts_it,
    a_change_of_secrets_drops_session_refusal_and_turn,
    a_session_goes_with_its_last_connection,
    the_only_host_ends_the_turns_of_the_one_before,
];

const SCOPE: &str = "shop/0123";
const TURN_MS: i64 = 15_000;

async fn look(db: &Db, now: i64, connection: i64, refused: Option<i64>) -> SessionState {
    db.session(now, connection, SCOPE, refused, TURN_MS).await.unwrap()
}

/// The number of the turn that the caller must have got.
async fn turn(db: &Db, now: i64, connection: i64, refused: Option<i64>) -> i64 {
    match look(db, now, connection, refused).await {
        SessionState::Turn { number, .. } => number,
        other => panic!("it is not the caller's turn: {other:?}"),
    }
}

fn open(number: i64, sealed: &[u8]) -> SessionState {
    SessionState::Open { number, sealed: sealed.to_vec() }
}

async fn change(case: &Case, name: &str, secrets: Vec<SealedSecret>) {
    let connection = case.db.connection(name).await.unwrap().unwrap();
    let change = ConnectionChange {
        revision: connection.revision,
        config: connection.config,
        labels: connection.labels,
        secrets,
        unset: Vec::new(),
        due: Vec::new(),
        off: Parts::default(),
        digest: String::new(),
        unique: Vec::new(),
        bound: None,
    };
    case.db.connection_update(T0, connection.id, &change).await.unwrap();
}

async fn one_host_has_the_turn_and_the_others_get_its_session(case: Case) {
    let (left, right) = (case.connection("left").await.id, case.connection("right").await.id);
    let other = case.other_host().await;
    let number = turn(&case.db, T0, left, None).await;
    let busy = SessionState::Busy { until: T0 + TURN_MS };
    assert_eq!(look(&other, T0 + 1, right, None).await, busy);
    assert_eq!(look(&case.db, T0 + 1, left, None).await, busy);
    assert!(case.db.session_open(SCOPE, number, b"token", Some(T0 + 60_000)).await.unwrap());
    for (db, connection) in [(&case.db, left), (&other, right)] {
        assert_eq!(look(db, T0 + 2, connection, None).await, open(number, b"token"));
    }
}

async fn a_session_is_used_until_its_time_or_until_it_is_refused(case: Case) {
    let shop = case.connection("shop").await.id;
    let first = turn(&case.db, T0, shop, None).await;
    case.db.session_open(SCOPE, first, b"one", Some(T0 + 1_000)).await.unwrap();
    assert_eq!(look(&case.db, T0 + 999, shop, None).await, open(first, b"one"));
    let SessionState::Turn { number: second, former } = look(&case.db, T0 + 1_000, shop, None).await else {
        panic!("its time is over");
    };
    assert_eq!(former.as_deref(), Some(&b"one"[..]));
    case.db.session_open(SCOPE, second, b"two", None).await.unwrap();
    assert_eq!(look(&case.db, T0 + 1_000_000_000, shop, None).await, open(second, b"two"));
    // Whoever was refused with the first one is given the second.
    assert_eq!(look(&case.db, T0, shop, Some(first)).await, open(second, b"two"));
    let third = turn(&case.db, T0, shop, Some(second)).await;
    assert!(third > second && second > first);
}

async fn a_turn_that_was_lost_writes_nothing(case: Case) {
    let shop = case.connection("shop").await.id;
    let lost = turn(&case.db, T0, shop, None).await;
    let taken = turn(&case.db, T0 + TURN_MS, shop, None).await;
    assert!(!case.db.session_open(SCOPE, lost, b"late", None).await.unwrap());
    case.db.session_refuse(T0, SCOPE, lost, "late").await.unwrap();
    case.db.session_give_back(SCOPE, lost).await.unwrap();
    let busy = SessionState::Busy { until: T0 + 2 * TURN_MS };
    assert_eq!(look(&case.db, T0 + TURN_MS, shop, None).await, busy);
    case.db.session_give_back(SCOPE, taken).await.unwrap();
    turn(&case.db, T0 + TURN_MS, shop, None).await;
}

async fn a_refusal_is_kept_until_somebody_lifts_it(case: Case) {
    let (shop, stranger) = (case.connection("shop").await.id, case.connection("stranger").await.id);
    let number = turn(&case.db, T0, shop, None).await;
    case.db.session_refuse(T0 + 5, SCOPE, number, "wrong password").await.unwrap();
    let refused = SessionState::Refused { message: "wrong password".to_owned() };
    assert_eq!(look(&case.db, T0 + 1_000_000_000, shop, None).await, refused);
    case.db.sessions_lift(stranger, T0 + 5).await.unwrap();
    case.db.sessions_lift(shop, T0 + 4).await.unwrap();
    assert_eq!(look(&case.db, T0 + 6, shop, None).await, refused);
    case.db.sessions_lift(shop, T0 + 5).await.unwrap();
    turn(&case.db, T0 + 6, shop, None).await;
}

async fn a_change_of_secrets_drops_session_refusal_and_turn(case: Case) {
    let shop = case.connection("shop").await.id;
    let token = || vec![SealedSecret { field: "token".to_owned(), sealed: vec![1] }];
    let first = turn(&case.db, T0, shop, None).await;
    case.db.session_open(SCOPE, first, b"one", None).await.unwrap();
    change(&case, "shop", Vec::new()).await;
    assert_eq!(look(&case.db, T0, shop, None).await, open(first, b"one"), "only secrets matter");
    change(&case, "shop", token()).await;
    let SessionState::Turn { number: second, former } = look(&case.db, T0, shop, None).await else {
        panic!("the session is dropped");
    };
    assert_eq!(former, None, "and so is all that was kept with it");
    change(&case, "shop", token()).await;
    assert!(!case.db.session_open(SCOPE, second, b"two", None).await.unwrap());
    let third = turn(&case.db, T0, shop, None).await;
    case.db.session_refuse(T0, SCOPE, third, "wrong").await.unwrap();
    change(&case, "shop", token()).await;
    turn(&case.db, T0, shop, None).await;
}

async fn a_session_goes_with_its_last_connection(case: Case) {
    let (left, right) = (case.connection("left").await.id, case.connection("right").await.id);
    let number = turn(&case.db, T0, left, None).await;
    case.db.session_open(SCOPE, number, b"token", None).await.unwrap();
    assert_eq!(look(&case.db, T0, right, None).await, open(number, b"token"));
    case.db.connection_delete(left, false).await.unwrap();
    assert_eq!(look(&case.db, T0, right, None).await, open(number, b"token"));
    case.db.connection_delete(right, false).await.unwrap();
    let again = case.connection("again").await.id;
    let SessionState::Turn { former, .. } = look(&case.db, T0, again, None).await else {
        panic!("nothing is left of the session");
    };
    assert_eq!(former, None);
}

async fn the_only_host_ends_the_turns_of_the_one_before(case: Case) {
    let shop = case.connection("shop").await.id;
    let dead = turn(&case.db, T0, shop, None).await;
    assert_eq!(case.db.sessions_give_back().await.unwrap(), 1);
    assert!(!case.db.session_open(SCOPE, dead, b"late", None).await.unwrap());
    turn(&case.db, T0, shop, None).await;
    assert_eq!(case.db.sessions_give_back().await.unwrap(), 1);
}
