//! Flows: bound to connections, following their streams, holding changes, asking for actions.

use windlass_db::{
    AskedAction, Bound, ChangeKind, Connection, FeedPosition, FlowWrite, FollowedChange, FollowedStream,
    HeldWrite, Lease, NewConnection, NewRun, RoleBinding, Run, RunFilter, Stream, Trigger,
};

use crate::support::{
    Case, LEASE_MS, T0, commit, deletions, is_conflict, is_lease_lost, is_outdated, new_action,
    new_connection, on_both, records, succeed, write,
};

on_both![
    a_flow_is_shown_the_records_that_are_there_and_then_their_changes,
    several_changes_of_a_record_are_shown_as_one,
    changes_that_are_no_longer_kept_are_made_up_for,
    a_flow_is_due_while_there_is_something_to_show,
    an_action_is_asked_for_once_whatever_is_shown_again,
    what_a_flow_does_needs_its_lease,
    a_held_change_waits_until_it_is_delivered,
    a_newer_change_takes_the_place_of_a_held_one,
    another_configuration_shows_what_was_held_again,
    a_role_bound_anew_is_followed_from_its_first_record,
    what_was_asked_for_before_a_change_is_not_written,
    a_bound_connection_is_not_deleted,
    a_flow_and_a_connection_do_not_share_a_name,
    what_a_flow_asked_for_is_its_origin,
];

/// A flow `bridge` from the orders of `shop` to `store`.
pub struct Bridge {
    pub flow: Connection,
    pub orders: Stream,
    pub store: Connection,
}

pub async fn bridge(case: &Case) -> Bridge {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["a", "b", "c"]))).await;
    let store = case.connection("store").await;
    let roles = [("from", orders.connection), ("to", store.id)];
    let bound = bound(&roles, &orders);
    let new = NewConnection { streams: Vec::new(), ..new_connection("bridge") };
    let id = case.db.connection_id().await.unwrap();
    let flow = case.db.flow_create(T0, id, &new, &bound).await.unwrap();
    Bridge { flow, orders, store }
}

fn bound(roles: &[(&str, i64)], orders: &Stream) -> Bound {
    let binding = |&(role, connection): &(&str, i64)| RoleBinding { role: role.to_owned(), connection };
    Bound {
        roles: roles.iter().map(binding).collect(),
        follows: vec![FollowedStream { role: "from".to_owned(), stream: orders.id }],
    }
}

pub fn configured(revision: i64, bound: Option<Bound>) -> windlass_db::ConnectionChange {
    windlass_db::ConnectionChange {
        revision,
        config: r#"{"rate":7}"#.to_owned(),
        labels: "{}".to_owned(),
        secrets: Vec::new(),
        unset: Vec::new(),
        due: Vec::new(),
        off: windlass_db::Parts::default(),
        digest: String::new(),
        unique: Vec::new(),
        bound,
    }
}

impl Bridge {
    pub async fn at(&self, case: &Case) -> FeedPosition {
        let feeds = case.db.flow_feeds(self.flow.id).await.unwrap();
        assert_eq!(feeds.len(), 1);
        feeds[0].at.clone()
    }

    pub async fn next(&self, case: &Case, limit: i64) -> (Vec<FollowedChange>, FeedPosition) {
        let feeds = case.db.flow_feeds(self.flow.id).await.unwrap();
        case.db.flow_next(self.flow.id, &feeds[0], limit).await.unwrap()
    }

    async fn run(&self, case: &Case) -> (Run, Lease) {
        assert!(case.db.flow_enqueue(T0, self.flow.id, Trigger::Schedule).await.unwrap());
        case.take_one().await
    }

    /// Moves on by one run that writes this.
    pub async fn write(&self, case: &Case, flow: FlowWrite) {
        let (_, lease) = self.run(case).await;
        let commit = windlass_db::CallCommit { flow: Some(flow), ..commit(Vec::new(), succeed()) };
        case.db.commit(T0, &lease, commit).await.unwrap();
    }

    pub fn moved(&self, at: FeedPosition) -> FlowWrite {
        FlowWrite {
            revision: self.flow.revision,
            role: "from".to_owned(),
            stream: self.orders.id,
            moved: Some(at),
            dealt_with: Vec::new(),
            held: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// Shows everything there is without doing anything.
    pub async fn catch_up(&self, case: &Case) {
        while case.db.flows_due(10).await.unwrap() == [self.flow.id] {
            let (_, at) = self.next(case, 100).await;
            self.write(case, self.moved(at)).await;
        }
    }

    pub fn asked(&self, key: &str) -> AskedAction {
        let run = NewRun { trigger: Trigger::Flow, ..new_action(self.store.id, key) };
        AskedAction { run, role: "to".to_owned(), change: change(2, "b") }
    }
}

/// A change as a flow was shown it.
pub fn change(sequence: i64, key: &str) -> FollowedChange {
    FollowedChange {
        sequence,
        key: key.to_owned(),
        kind: ChangeKind::Created,
        origin: "sync:1".to_owned(),
        at: T0,
        json: Some("{}".to_owned()),
        failed: Vec::new(),
    }
}

fn lines(changes: &[FollowedChange]) -> Vec<String> {
    changes.iter().map(|c| format!("{} {} {}", c.sequence, c.kind.as_str(), c.key)).collect()
}

async fn a_flow_is_shown_the_records_that_are_there_and_then_their_changes(case: Case) {
    let bridge = bridge(&case).await;
    let (shown, at) = bridge.next(&case, 2).await;
    assert_eq!(lines(&shown), ["1 created a", "2 created b"]);
    assert_eq!(shown[0].json.as_deref(), Some(r#"{"id":"a"}"#));
    assert_eq!(at, FeedPosition { position: 3, shown_key: Some("b".to_owned()) });
    bridge.write(&case, bridge.moved(at)).await;
    // What changes meanwhile is not missed.
    case.page(&bridge.orders, write(&bridge.orders, records(&["aa"]))).await;
    let (shown, at) = bridge.next(&case, 2).await;
    assert_eq!(lines(&shown), ["3 created c"]);
    assert_eq!(at, FeedPosition { position: 3, shown_key: None });
    bridge.write(&case, bridge.moved(at)).await;
    case.page(&bridge.orders, deletions(&bridge.orders, &["b"])).await;
    let (shown, at) = bridge.next(&case, 10).await;
    assert_eq!(lines(&shown), ["4 created aa", "5 deleted b"]);
    assert_eq!((shown[0].json.is_some(), shown[1].json.is_none()), (true, true));
    assert_eq!(at, FeedPosition { position: 5, shown_key: None });
}

async fn several_changes_of_a_record_are_shown_as_one(case: Case) {
    let bridge = bridge(&case).await;
    bridge.catch_up(&case).await;
    for text in ["1", "2"] {
        let write = write(&bridge.orders, vec![crate::support::record("new", text)]);
        case.page(&bridge.orders, write).await;
    }
    case.page(&bridge.orders, write(&bridge.orders, vec![crate::support::record("a", "7")])).await;
    let (shown, at) = bridge.next(&case, 10).await;
    assert_eq!(lines(&shown), ["5 created new", "6 updated a"]);
    assert_eq!(shown[0].json.as_deref(), Some("2"));
    assert_eq!(at.position, 6);
}

async fn changes_that_are_no_longer_kept_are_made_up_for(case: Case) {
    let bridge = bridge(&case).await;
    bridge.catch_up(&case).await;
    case.page(&bridge.orders, write(&bridge.orders, records(&["d"]))).await;
    let keep = windlass_db::Retention {
        changes_ms: 1,
        runs_ms: 10_000,
        ledger_ms: 10_000,
        good_traces: 20,
        deliveries_ms: 10_000,
    };
    case.db.prune(T0 + 1_000, &keep).await.unwrap();
    let (shown, at) = bridge.next(&case, 10).await;
    assert_eq!((shown.len(), at.shown_key.as_deref()), (0, Some("")));
    bridge.write(&case, bridge.moved(at)).await;
    let (shown, at) = bridge.next(&case, 10).await;
    assert_eq!(shown.len(), 4, "all records are shown again");
    assert_eq!(at, FeedPosition { position: 4, shown_key: None });
}

async fn a_flow_is_due_while_there_is_something_to_show(case: Case) {
    let bridge = bridge(&case).await;
    assert_eq!(case.db.flows_due(10).await.unwrap(), [bridge.flow.id]);
    let (_, lease) = bridge.run(&case).await;
    assert!(case.db.flows_due(10).await.unwrap().is_empty(), "it has a run");
    assert!(!case.db.flow_enqueue(T0, bridge.flow.id, Trigger::Manual).await.unwrap());
    case.db.commit(T0, &lease, commit(Vec::new(), succeed())).await.unwrap();
    bridge.catch_up(&case).await;
    assert!(case.db.flows_due(10).await.unwrap().is_empty(), "everything was shown");
    case.page(&bridge.orders, write(&bridge.orders, records(&["d"]))).await;
    assert_eq!(case.db.flows_due(10).await.unwrap(), [bridge.flow.id]);
    case.db.connection_set_state(bridge.flow.id, windlass_db::ConnectionState::Paused).await.unwrap();
    assert!(case.db.flows_due(10).await.unwrap().is_empty(), "it is paused");
}

async fn an_action_is_asked_for_once_whatever_is_shown_again(case: Case) {
    let bridge = bridge(&case).await;
    for _ in 0..2 {
        let actions = vec![bridge.asked("one"), bridge.asked("two")];
        bridge.write(&case, FlowWrite { actions, ..bridge.moved(bridge.at(&case).await) }).await;
        let taken = case.db.take(T0, "host", LEASE_MS, 10).await.unwrap();
        for (_, lease) in taken {
            case.db.commit(T0, &lease, commit(Vec::new(), succeed())).await.unwrap();
        }
    }
    let filter = RunFilter { connection: Some(bridge.store.id), limit: 10, ..RunFilter::default() };
    assert_eq!(case.db.runs(&filter).await.unwrap().len(), 2);
    let last = case.db.last_asked(bridge.flow.id, bridge.store.id, "ship").await.unwrap().unwrap();
    assert_eq!((last.key.as_deref(), last.changed_at, last.finished_at), (Some("b"), Some(T0), Some(T0)));
    assert!(case.db.last_asked(bridge.flow.id, bridge.store.id, "other").await.unwrap().is_none());
}

async fn what_a_flow_does_needs_its_lease(case: Case) {
    let bridge = bridge(&case).await;
    let (_, lease) = bridge.run(&case).await;
    case.db.rescue(T0, true).await.unwrap();
    let (_, at) = bridge.next(&case, 10).await;
    let flow = FlowWrite { actions: vec![bridge.asked("one")], ..bridge.moved(at) };
    let lost = windlass_db::CallCommit { flow: Some(flow), ..commit(Vec::new(), succeed()) };
    assert!(is_lease_lost(&case.db.commit(T0, &lease, lost).await));
    assert_eq!(bridge.at(&case).await.shown_key.as_deref(), Some(""));
    let filter = RunFilter { connection: Some(bridge.store.id), limit: 10, ..RunFilter::default() };
    assert!(case.db.runs(&filter).await.unwrap().is_empty());
}

async fn a_held_change_waits_until_it_is_delivered(case: Case) {
    let bridge = bridge(&case).await;
    let (shown, at) = bridge.next(&case, 10).await;
    let hold =
        |change: &FollowedChange, reason: &str| HeldWrite { change: change.clone(), reason: reason.into() };
    let held = vec![hold(&shown[0], "no rate for 7 %"), hold(&shown[1], "no currency")];
    bridge.write(&case, FlowWrite { held, ..bridge.moved(at) }).await;
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 2);
    assert!(case.db.held_due(bridge.flow.id, 10).await.unwrap().is_empty());
    assert!(case.db.flows_due(10).await.unwrap().is_empty(), "nobody has said to go on");
    let listed = case.db.held_changes(bridge.flow.id, 0, 10).await.unwrap();
    assert_eq!((listed[0].reason.as_str(), listed[0].change.key.as_str()), ("no rate for 7 %", "a"));
    assert_eq!(case.db.held_changes(bridge.flow.id, listed[0].id, 10).await.unwrap().len(), 1);

    assert_eq!(case.db.held_deliver(bridge.flow.id, Some(listed[1].id)).await.unwrap(), 1);
    assert_eq!(case.db.flows_due(10).await.unwrap(), [bridge.flow.id]);
    let due = case.db.held_due(bridge.flow.id, 10).await.unwrap();
    assert_eq!((due.len(), lines(&[due[0].change.clone()])), (1, vec!["2 created b".to_owned()]));
    assert_eq!(due[0].change.json.as_deref(), Some(r#"{"id":"b"}"#));
    let dealt_with = vec![due[0].change.clone()];
    let unmoved = FlowWrite { moved: None, dealt_with, ..bridge.moved(bridge.at(&case).await) };
    bridge.write(&case, unmoved).await;
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 1);
    assert_eq!(case.db.held_deliver(bridge.flow.id, Some(9_999)).await.unwrap(), 0);
}

async fn a_newer_change_takes_the_place_of_a_held_one(case: Case) {
    let bridge = bridge(&case).await;
    let (shown, at) = bridge.next(&case, 10).await;
    let held = vec![HeldWrite { change: shown[0].clone(), reason: "first".to_owned() }];
    bridge.write(&case, FlowWrite { held, ..bridge.moved(at) }).await;
    case.db.held_deliver(bridge.flow.id, None).await.unwrap();
    case.page(&bridge.orders, write(&bridge.orders, vec![crate::support::record("a", "8")])).await;
    let (shown, at) = bridge.next(&case, 10).await;
    let held = vec![HeldWrite { change: shown[0].clone(), reason: "second".to_owned() }];
    bridge.write(&case, FlowWrite { held, ..bridge.moved(at) }).await;
    let listed = case.db.held_changes(bridge.flow.id, 0, 10).await.unwrap();
    assert_eq!((listed.len(), listed[0].reason.as_str(), listed[0].due), (1, "second", false));
    assert_eq!((listed[0].change.sequence, listed[0].change.json.as_deref()), (4, Some("8")));
    // A record that is gone by now is shown as gone.
    case.page(&bridge.orders, deletions(&bridge.orders, &["a"])).await;
    let listed = case.db.held_changes(bridge.flow.id, 0, 10).await.unwrap();
    assert_eq!((listed[0].change.kind, listed[0].change.json.is_none()), (ChangeKind::Deleted, true));
}

async fn another_configuration_shows_what_was_held_again(case: Case) {
    let bridge = bridge(&case).await;
    let (shown, at) = bridge.next(&case, 10).await;
    let held = vec![HeldWrite { change: shown[0].clone(), reason: "no rate".to_owned() }];
    bridge.write(&case, FlowWrite { held, ..bridge.moved(at) }).await;
    case.db.connection_update(T0, bridge.flow.id, &configured(1, None)).await.unwrap();
    assert_eq!(case.db.held_due(bridge.flow.id, 10).await.unwrap().len(), 1);
    assert_eq!(case.db.flows_due(10).await.unwrap(), [bridge.flow.id]);
}

async fn a_role_bound_anew_is_followed_from_its_first_record(case: Case) {
    let bridge = bridge(&case).await;
    let (shown, at) = bridge.next(&case, 2).await;
    let held = vec![HeldWrite { change: shown[0].clone(), reason: "no rate".to_owned() }];
    bridge.write(&case, FlowWrite { held, ..bridge.moved(at.clone()) }).await;
    let other = case.connection("other").await;
    let rebound = [("from", bridge.orders.connection), ("to", other.id)];
    let change_to = configured(1, Some(bound(&rebound, &bridge.orders)));
    case.db.connection_update(T0, bridge.flow.id, &change_to).await.unwrap();
    assert_eq!(bridge.at(&case).await, at, "what it followed already it follows on");
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 1);

    let orders = case.db.stream(other.id, "orders").await.unwrap().unwrap();
    case.page(&orders, write(&orders, records(&["x"]))).await;
    let change_from = configured(1, Some(bound(&[("from", other.id), ("to", bridge.store.id)], &orders)));
    let change_from = windlass_db::ConnectionChange { revision: 2, ..change_from };
    case.db.connection_update(T0, bridge.flow.id, &change_from).await.unwrap();
    let feeds = case.db.flow_feeds(bridge.flow.id).await.unwrap();
    let first = FeedPosition { position: 1, shown_key: Some(String::new()) };
    assert_eq!((feeds.len(), feeds[0].stream, &feeds[0].at), (1, orders.id, &first));
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0, "what was held is of the former one");
    let roles = case.db.flow_roles(bridge.flow.id).await.unwrap();
    assert_eq!(roles.iter().map(|role| role.connection).collect::<Vec<_>>(), [other.id, bridge.store.id]);
}

async fn what_was_asked_for_before_a_change_is_not_written(case: Case) {
    let bridge = bridge(&case).await;
    let (_, at) = bridge.next(&case, 10).await;
    let (_, lease) = bridge.run(&case).await;
    case.db.connection_update(T0, bridge.flow.id, &configured(1, None)).await.unwrap();
    let flow = FlowWrite { actions: vec![bridge.asked("one")], ..bridge.moved(at) };
    let late = windlass_db::CallCommit { flow: Some(flow), ..commit(Vec::new(), succeed()) };
    assert!(is_outdated(&case.db.commit(T0, &lease, late).await));
    let feeds = case.db.flow_feeds(bridge.flow.id).await.unwrap();
    assert_eq!(feeds[0].moved_at, None);
    let gone = case.db.flow_move(T0, &lease, "to", bridge.orders.id, &feeds[0].at).await;
    assert!(is_outdated(&gone), "that role follows nothing");
}

async fn a_bound_connection_is_not_deleted(case: Case) {
    let bridge = bridge(&case).await;
    assert!(is_conflict(&case.db.connection_delete(bridge.store.id, true).await));
    assert!(is_conflict(&case.db.connection_delete(bridge.orders.connection, true).await));
    case.db.connection_delete(bridge.flow.id, false).await.unwrap();
    case.db.connection_delete(bridge.store.id, false).await.unwrap();
    assert!(case.db.flows().await.unwrap().is_empty());
}

async fn a_flow_and_a_connection_do_not_share_a_name(case: Case) {
    let bridge = bridge(&case).await;
    let id = case.db.connection_id().await.unwrap();
    assert!(is_conflict(&case.db.connection_create(T0, id, &new_connection("bridge")).await));
    let connections = case.db.connections().await.unwrap();
    assert!(connections.iter().all(|connection| connection.id != bridge.flow.id));
    assert_eq!(case.db.flows().await.unwrap().len(), 1);
    let roles = case.db.flow_roles(bridge.flow.id).await.unwrap();
    assert_eq!(roles[1], RoleBinding { role: "to".to_owned(), connection: bridge.store.id });
}

async fn what_a_flow_asked_for_is_its_origin(case: Case) {
    let bridge = bridge(&case).await;
    let actions = vec![bridge.asked("one")];
    bridge.write(&case, FlowWrite { actions, ..bridge.moved(bridge.at(&case).await) }).await;
    let (run, lease) = case.take_one().await;
    let items = case.db.stream(bridge.store.id, "items").await.unwrap().unwrap();
    let written = commit(vec![write(&items, records(&["x"]))], succeed());
    case.db.commit(T0, &lease, written).await.unwrap();
    let changes = case.db.changes(items.id, 0, 10).await.unwrap().changes;
    assert_eq!(changes[0].origin, format!("flow:bridge:{}", run.id));
}
