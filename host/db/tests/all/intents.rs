//! Intents: durable before the request, settled with the call.

use windlass_db::{IntentState, Next};

use crate::support::{Case, LEASE_MS, T0, commit, error, is_nul, on_both, succeed};

on_both![
    ordinals_count_over_attempts,
    an_outcome_is_written_late_and_once,
    a_commit_settles_what_was_answered,
    a_commit_without_a_verdict_settles_nothing,
    requests_of_one_call_get_ordinals_of_their_own,
    addresses_with_nul_are_refused,
];

async fn states(case: &Case, run: i64) -> Vec<IntentState> {
    case.db.intents(run).await.unwrap().iter().map(|intent| intent.state).collect()
}

async fn ordinals_count_over_attempts(case: Case) {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    assert_eq!(case.db.intent_open(T0 + 1, &lease, 1, "POST", "https://shop.example/a").await.unwrap(), 1);
    case.db.rescue(T0, true).await.unwrap();
    let (again, lease) = case.take_one().await;
    assert_eq!(
        case.db.intent_open(T0 + 2, &lease, again.attempt, "PUT", "https://shop.example/b").await.unwrap(),
        2
    );
    let intents = case.db.intents(run.id).await.unwrap();
    let first = &intents[0];
    assert_eq!((first.ordinal, first.attempt, first.method.as_str(), first.at), (1, 1, "POST", T0 + 1));
    assert_eq!((first.state, first.ended_at), (IntentState::Open, None), "a crash leaves it open");
    assert_eq!((intents[1].attempt, intents[1].url.as_str()), (2, "https://shop.example/b"));
}

async fn an_outcome_is_written_late_and_once(case: Case) {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    let ordinal = case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example").await.unwrap();
    case.db.rescue(T0, true).await.unwrap();
    case.db.intent_end(T0 + 9, run.id, ordinal, IntentState::Answered).await.unwrap();
    case.db.intent_end(T0 + 10, run.id, ordinal, IntentState::NotSent).await.unwrap();
    let intents = case.db.intents(run.id).await.unwrap();
    assert_eq!((intents[0].state, intents[0].ended_at), (IntentState::Answered, Some(T0 + 9)));
}

/// Three intents: open, not sent, answered.
async fn three(case: &Case) -> (i64, windlass_db::Lease) {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    for _ in 0..3 {
        case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example").await.unwrap();
    }
    case.db.intent_end(T0, run.id, 2, IntentState::NotSent).await.unwrap();
    case.db.intent_end(T0, run.id, 3, IntentState::Answered).await.unwrap();
    (run.id, lease)
}

async fn a_commit_settles_what_was_answered(case: Case) {
    let (run, lease) = three(&case).await;
    let mut done = commit(Vec::new(), succeed());
    done.settles_intents = true;
    case.db.commit(T0, &lease, done).await.unwrap();
    assert_eq!(states(&case, run).await, [IntentState::Open, IntentState::NotSent, IntentState::Settled]);
}

async fn a_commit_without_a_verdict_settles_nothing(case: Case) {
    let (run, lease) = three(&case).await;
    let failed = commit(Vec::new(), Next::Retry { at: T0, error: error("call.trap") });
    case.db.commit(T0, &lease, failed).await.unwrap();
    assert_eq!(states(&case, run).await, [IntentState::Open, IntentState::NotSent, IntentState::Answered]);
}

async fn requests_of_one_call_get_ordinals_of_their_own(case: Case) {
    let shop = case.connection("shop").await;
    let (_, lease) = case.action(shop.id, "k").await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (db, lease) = (case.db.clone(), lease.clone());
        requests.spawn(async move {
            db.intent_open(T0, &lease, 1, "POST", "https://shop.example").await.unwrap()
        });
    }
    let mut ordinals = requests.join_all().await;
    ordinals.sort_unstable();
    assert_eq!(ordinals, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(case.db.renew(T0, "host", &[lease], LEASE_MS).await.unwrap(), Vec::<i64>::new());
}

async fn addresses_with_nul_are_refused(case: Case) {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    assert!(is_nul(&case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example/\0").await));
    assert!(states(&case, run.id).await.is_empty());
}
