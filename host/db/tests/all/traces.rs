//! Calls, traces and logs.

use windlass_db::{LogLevel, LogLine, Next, Pace, Retention, Trace};

use crate::support::{Case, T0, commit, error, go_on, on_both, succeed};

on_both![
    a_call_leaves_its_line_log_and_trace,
    the_pace_is_that_of_the_last_sync_that_succeeded,
    only_the_newest_good_traces_are_kept,
    the_newest_call_of_each_kind_is_replayed_first,
    a_log_with_nul_does_not_stand_in_the_way,
    a_check_leaves_its_log,
];

const KEEP: Retention = Retention {
    changes_ms: 1_000_000,
    runs_ms: 1_000_000,
    deliveries_ms: 1_000_000,
    ledger_ms: 1_000_000,
    good_traces: 2,
};

fn line(message: &str) -> LogLine {
    LogLine { at: T0, level: LogLevel::Warn, message: message.to_owned() }
}

async fn a_call_leaves_its_line_log_and_trace(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    let mut first = commit(Vec::new(), go_on());
    first.call.log = vec![line("one"), line("two")];
    first.call.trace = Some(Trace { bytes: vec![0, 1, 255] });
    let outcome = case.db.commit(T0, &lease, first).await.unwrap();
    case.db.commit(T0, &lease, commit(Vec::new(), succeed())).await.unwrap();
    let calls = case.db.calls(run.id).await.unwrap();
    let call = &calls[0];
    assert_eq!((calls.len(), call.id, call.attempt, call.duration_ms()), (2, outcome.call, 1, 40));
    assert_eq!((call.export.as_str(), call.digest.as_str(), call.has_trace), ("read", "d1", true));
    assert_eq!((call.cpu_us, call.requests, call.memory_bytes), (1_000, 1, 65_536));
    assert!(!calls[1].has_trace);
    assert_eq!(case.db.trace(call.id).await.unwrap().unwrap().bytes, [0, 1, 255]);
    assert!(case.db.trace(calls[1].id).await.unwrap().is_none());
    assert_eq!(case.db.run_log(run.id).await.unwrap(), [line("one"), line("two")]);
    let log = case.db.connection_log(orders.connection, None, 1).await.unwrap();
    assert_eq!(log[0].1, line("two"), "newest first");
    let older = case.db.connection_log(orders.connection, Some(log[0].0), 10).await.unwrap();
    assert_eq!(older.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>(), [line("one")]);
}

async fn the_pace_is_that_of_the_last_sync_that_succeeded(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    assert_eq!(case.db.stream_pace(orders.id).await.unwrap(), None);
    case.db.commit(T0, &lease, commit(Vec::new(), go_on())).await.unwrap();
    case.db.commit(T0, &lease, commit(Vec::new(), succeed())).await.unwrap();
    let (_, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(Vec::new(), Next::Fail { error: error("auth") })).await.unwrap();
    let pace = case.db.stream_pace(orders.id).await.unwrap();
    assert_eq!(pace, Some(Pace { calls: 2, requests: 2, took_ms: 80 }));
}

async fn the_newest_call_of_each_kind_is_replayed_first(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    let (_, action) = case.action(orders.connection, "k").await;
    let mut calls = Vec::new();
    for (lease, digest, failed) in [
        (&action, "d1", false),
        (&lease, "d1", false),
        (&lease, "d1", false),
        (&lease, "d1", true),
        (&lease, "d2", false),
    ] {
        let mut page = commit(Vec::new(), go_on());
        page.call.digest = digest.to_owned();
        page.call.error = failed.then(|| error("other"));
        page.call.trace = Some(Trace { bytes: vec![1] });
        calls.push(case.db.commit(T0, lease, page).await.unwrap().call);
    }
    let ids = async |digest: &str, limit: i64| -> Vec<i64> {
        let found = case.db.calls_to_replay(orders.connection, digest, limit).await.unwrap();
        found.iter().map(|call| call.id).collect()
    };
    assert_eq!(ids("d1", 10).await, [calls[2], calls[0], calls[1]]);
    assert_eq!(ids("d1", 2).await, [calls[2], calls[0]]);
    assert_eq!(ids("d2", 10).await, [calls[4]]);
}

async fn only_the_newest_good_traces_are_kept(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    let (act, action) = case.action(orders.connection, "k").await;
    for number in 0..5_u8 {
        for lease in [&lease, &action] {
            let mut page = commit(Vec::new(), go_on());
            page.call.trace = Some(Trace { bytes: vec![number] });
            if number == 1 {
                page.call.error = Some(error("vendor.down"));
                page.next = Next::Continue { lease_until: T0 };
            }
            case.db.commit(T0, lease, page).await.unwrap();
        }
    }
    assert!(!case.db.prune(T0, &KEEP).await.unwrap());
    for run in [run.id, act.id] {
        let kept: Vec<bool> = case.db.calls(run).await.unwrap().iter().map(|call| call.has_trace).collect();
        assert_eq!(kept, [false, true, false, true, true], "the failed one and two good ones");
    }
}

async fn a_log_with_nul_does_not_stand_in_the_way(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    let mut failed = commit(Vec::new(), Next::Fail { error: error("call\0trap") });
    failed.call.log = vec![line("a\0b")];
    failed.call.error = Some(error("call\0trap"));
    case.db.commit(T0, &lease, failed).await.unwrap();
    assert_eq!(case.db.run_log(run.id).await.unwrap(), [line("a\u{fffd}b")]);
    assert_eq!(case.state(run.id).await.error, Some(error("call\0trap")), "errors are kept as JSON");
}

async fn a_check_leaves_its_log(case: Case) {
    let shop = case.connection("shop").await;
    let early = LogLine { at: T0 + 9, ..line("who am I") };
    case.db.check_log(T0 + 5, shop.id, &[early]).await.unwrap();
    let log = case.db.connection_log(shop.id, None, 10).await.unwrap();
    assert_eq!((log.len(), log[0].1.at), (1, T0 + 5));
}
