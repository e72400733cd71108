//! What of an action is secret: kept while the run needs it, and gone in the moment it ends.

use windlass_db::{
    AgainState, CallCommit, IntentState, Lease, Millis, NewRun, Next, Output, Retention, Run, RunState,
    SealedOutput, SnoozeReason,
};

use crate::support::{Case, T0, commit, error, is_conflict, new_action, on_both};

on_both![
    sealed_input_and_state_last_as_long_as_the_run,
    a_sealed_state_takes_the_place_of_an_open_one,
    every_end_erases_what_was_sealed,
    a_held_run_keeps_its_secrets_until_it_is_resolved,
    a_run_whose_secrets_are_gone_is_not_retried,
    a_secret_output_is_taken_once,
    of_two_hosts_one_takes_a_secret_output,
    a_secret_output_that_nobody_takes_is_erased,
    a_run_that_failed_after_the_vendor_acted_keeps_its_output_and_is_not_retried,
];

/// Until when a secret output may be taken.
const UNTIL: Millis = T0 + 1_000;

async fn with_secrets(case: &Case, key: &str) -> (Run, Lease) {
    let shop = match case.db.connection("shop").await.unwrap() {
        Some(shop) => shop,
        None => case.connection("shop").await,
    };
    let new = NewRun { input_sealed: Some(b"sealed\0input".to_vec()), ..new_action(shop.id, key) };
    let (run, made) = case.db.action_enqueue(T0, &new).await.unwrap();
    assert!(made && run.has_secrets);
    case.take_one().await
}

fn again(state: AgainState) -> Next {
    let reason = SnoozeReason { code: "again".to_owned(), message: String::new() };
    Next::Snooze { until: T0, reason, state: Some(state) }
}

fn sealed_state() -> AgainState {
    AgainState::Sealed(b"sealed\0state".to_vec())
}

fn secret_output() -> Output {
    let sealed = SealedOutput { bytes: b"sealed\0output".to_vec(), until: UNTIL };
    Output { json: r#"{"token":"[secret]"}"#.to_owned(), sealed: Some(sealed) }
}

async fn sealed_input_and_state_last_as_long_as_the_run(case: Case) {
    let (run, lease) = with_secrets(&case, "k").await;
    assert_eq!(run.input_sealed.as_deref(), Some(&b"sealed\0input"[..]));
    case.db.commit(T0, &lease, commit(Vec::new(), again(sealed_state()))).await.unwrap();
    let (_, lease) = case.take_one().await;
    let retry = Next::Retry { at: T0, error: error("transient") };
    case.db.transition(T0, &lease, &retry).await.unwrap();
    let (run, _) = case.take_one().await;
    assert_eq!((run.input_sealed.is_some(), run.again), (true, Some(sealed_state())));
}

async fn a_sealed_state_takes_the_place_of_an_open_one(case: Case) {
    let (_, mut lease) = with_secrets(&case, "k").await;
    for state in [AgainState::Open("one".to_owned()), sealed_state(), AgainState::Open("three".to_owned())] {
        case.db.commit(T0, &lease, commit(Vec::new(), again(state.clone()))).await.unwrap();
        let (run, next) = case.take_one().await;
        assert_eq!(run.again, Some(state));
        lease = next;
    }
}

fn assert_erased(run: &Run) {
    assert_eq!((&run.input_sealed, &run.again, run.has_secrets), (&None, &None, true), "{:?}", run.state);
}

async fn every_end_erases_what_was_sealed(case: Case) {
    let ends = [
        (Next::Succeed { output: Some(secret_output()) }, RunState::Succeeded),
        (Next::Fail { error: error("rejected") }, RunState::Failed),
        (Next::FailWith { error: error("action.output"), output: secret_output() }, RunState::Failed),
        (Next::Cancel, RunState::Cancelled),
    ];
    for (number, (end, state)) in ends.into_iter().enumerate() {
        let (run, lease) = with_secrets(&case, &number.to_string()).await;
        case.db.commit(T0, &lease, commit(Vec::new(), again(sealed_state()))).await.unwrap();
        let (_, lease) = case.take_one().await;
        case.db.transition(T0, &lease, &end).await.unwrap();
        let ended = case.state(run.id).await;
        assert_eq!(ended.state, state);
        assert_erased(&ended);
    }
    let (run, lease) = with_secrets(&case, "waits").await;
    case.db.commit(T0, &lease, commit(Vec::new(), again(sealed_state()))).await.unwrap();
    assert_erased(&case.db.run_cancel(T0, run.id).await.unwrap());
}

async fn a_held_run_keeps_its_secrets_until_it_is_resolved(case: Case) {
    let hold = Next::Hold { error: error("action.held") };
    let mut runs = Vec::new();
    for key in ["done", "dropped", "sent again"] {
        let (run, lease) = with_secrets(&case, key).await;
        case.db.transition(T0, &lease, &hold).await.unwrap();
        assert!(case.state(run.id).await.input_sealed.is_some());
        runs.push(run.id);
    }
    assert_erased(&case.db.run_resolve_done(T0, runs[0], &secret_output()).await.unwrap());
    assert!(case.db.output_take(T0, runs[0]).await.unwrap().is_some());
    assert_erased(&case.db.run_resolve_drop(T0, runs[1]).await.unwrap());
    let again = case.db.run_resolve_send_again(T0, runs[2]).await.unwrap();
    assert!(again.input_sealed.is_some(), "it needs them");
}

async fn a_run_whose_secrets_are_gone_is_not_retried(case: Case) {
    let (run, lease) = with_secrets(&case, "k").await;
    case.db.transition(T0, &lease, &Next::Fail { error: error("rejected") }).await.unwrap();
    assert!(is_conflict(&case.db.run_retry(T0, run.id).await));
}

/// A run that has ended with a secret output.
async fn done(case: &Case) -> i64 {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    case.db.transition(T0, &lease, &Next::Succeed { output: Some(secret_output()) }).await.unwrap();
    run.id
}

async fn a_secret_output_is_taken_once(case: Case) {
    let run = done(&case).await;
    let ended = case.state(run).await;
    assert_eq!(ended.output.as_deref(), Some(r#"{"token":"[secret]"}"#));
    assert_eq!(ended.output_sealed_until, Some(UNTIL));
    assert_eq!(case.db.output_take(UNTIL - 1, run).await.unwrap().as_deref(), Some(&b"sealed\0output"[..]));
    assert_eq!(case.db.output_take(UNTIL - 1, run).await.unwrap(), None);
    assert_eq!(case.state(run).await.output_sealed_until, None);
}

async fn of_two_hosts_one_takes_a_secret_output(case: Case) {
    let run = done(&case).await;
    let other = case.other_host().await;
    let mut takers = tokio::task::JoinSet::new();
    for number in 0..8 {
        let db = if number % 2 == 0 { case.db.clone() } else { other.clone() };
        takers.spawn(async move { db.output_take(T0, run).await.unwrap().is_some() });
    }
    let taken = takers.join_all().await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
    other.close().await;
}

async fn a_secret_output_that_nobody_takes_is_erased(case: Case) {
    let run = done(&case).await;
    let keep = Retention {
        changes_ms: 9_000,
        runs_ms: 9_000,
        ledger_ms: 9_000,
        good_traces: 20,
        deliveries_ms: 9_000,
    };
    case.db.prune(UNTIL - 1, &keep).await.unwrap();
    assert_eq!(case.state(run).await.output_sealed_until, Some(UNTIL));
    assert_eq!(case.db.output_take(UNTIL, run).await.unwrap(), None, "its time is over");
    case.db.prune(UNTIL, &keep).await.unwrap();
    assert_eq!(case.state(run).await.output_sealed_until, None);
    assert_eq!(case.db.output_take(T0, run).await.unwrap(), None, "and it is gone");
}

async fn a_run_that_failed_after_the_vendor_acted_keeps_its_output_and_is_not_retried(case: Case) {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example/ship").await.unwrap();
    case.db.intent_end(T0, run.id, 1, IntentState::Answered).await.unwrap();
    let next = Next::FailWith { error: error("action.output"), output: Output::open("[1]") };
    let committed = CallCommit { settles_intents: true, ..commit(Vec::new(), next) };
    case.db.commit(T0, &lease, committed).await.unwrap();
    let failed = case.state(run.id).await;
    assert_eq!((failed.state, failed.output.as_deref()), (RunState::Failed, Some("[1]")));
    assert_eq!(failed.error, Some(error("action.output")));
    let intents = case.db.intents(run.id).await.unwrap();
    assert_eq!(intents[0].state, IntentState::Settled);
    assert!(is_conflict(&case.db.run_retry(T0, run.id).await));
}
