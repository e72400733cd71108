//! How a version takes the place of another, and goes again.

use windlass_db::{
    Activation, After, Back, Connection, ConnectionChange, DbError, Judged, Lease, OwnWhy, Parts, Stage,
    Stream, StreamWrite, Switch,
};

use crate::support::{Case, T0, commit, fits, go_on, new_connection, new_version, on_both, switch, write};

on_both![
    a_version_is_tried_on_one_connection_and_given_to_all,
    an_undone_version_leaves_everything_as_it_was,
    a_connection_that_does_not_fit_stays_behind_until_it_is_changed,
    a_checkpoint_is_kept_until_the_version_is_confirmed,
    what_an_undone_version_read_moves_no_checkpoint,
    of_several_versions_each_goes_back_to_the_checkpoint_of_the_one_before,
    of_two_decisions_one_is_made,
    the_connection_that_shows_soonest_is_first,
    hosts_are_seen_until_they_are_silent,
];

/// Version 1 is active for two connections, and version 2 is being loaded.
async fn loading(case: &Case) -> [Connection; 2] {
    for number in ["1", "2"] {
        case.db.version_add(T0, &new_version(number), number.as_bytes()).await.unwrap();
    }
    case.db.switch(T0, &switch("1", &[])).await.unwrap();
    let mut made = Vec::new();
    for name in ["left", "right"] {
        let new = windlass_db::NewConnection { digest: "1".to_owned(), ..new_connection(name) };
        let id = case.db.connection_id().await.unwrap();
        made.push(case.db.connection_create(T0, id, &new).await.unwrap());
    }
    case.db.activation_load(T0 + 1, "shopkeeper", "2", Some("1")).await.unwrap();
    made.try_into().unwrap()
}

async fn activation(case: &Case) -> Activation {
    case.db.activation("shopkeeper").await.unwrap().unwrap()
}

async fn runs(case: &Case, connection: &Connection) -> String {
    case.db.version_run_by(connection.id).await.unwrap().unwrap()
}

fn to_all<'a>(judged: &'a [Judged]) -> Switch<'a> {
    Switch { after: After::Watch, ..switch("2", judged) }
}

fn undo<'a>(judged: &'a [Judged], back: Option<Back>, evidence: Option<&'a str>) -> Switch<'a> {
    let after = After::Undo { digest: "2", reason: "it failed", evidence };
    Switch { after, back, ..switch("1", judged) }
}

async fn a_version_is_tried_on_one_connection_and_given_to_all(case: Case) {
    let [left, right] = loading(&case).await;
    assert_eq!(runs(&case, &left).await, "1", "nothing runs it yet");
    case.db.activation_first(T0 + 2, "shopkeeper", "2", &fits(&left)).await.unwrap();
    assert_eq!((runs(&case, &left).await, runs(&case, &right).await), ("2".into(), "1".into()));
    case.db.activation_count("2", 7).await.unwrap();
    let first = activation(&case).await;
    assert_eq!((first.stage, first.calls, first.since), (Stage::First, 7, T0 + 2));
    assert_eq!((first.first.as_deref(), first.former.as_deref()), (Some("left"), Some("1")));
    let in_use = case.db.versions_in_use().await.unwrap();
    assert_eq!((in_use.own, in_use.open), (vec![(left.id, "2".to_owned())], vec![first]));
    case.db.switch(T0 + 3, &to_all(&[fits(&left), fits(&right)])).await.unwrap();
    assert_eq!((runs(&case, &left).await, runs(&case, &right).await), ("2".into(), "2".into()));
    assert_eq!(case.db.connection_by_id(left.id).await.unwrap().unwrap().own, None);
    assert_eq!((activation(&case).await.stage, activation(&case).await.calls), (Stage::All, 0));
    assert!(case.db.activation_confirm(T0 + 4, "shopkeeper", "2").await.unwrap());
    assert!(!case.db.activation_confirm(T0 + 4, "shopkeeper", "2").await.unwrap());
    assert!(case.db.versions_in_use().await.unwrap().open.is_empty());
}

async fn an_undone_version_leaves_everything_as_it_was(case: Case) {
    let [left, right] = loading(&case).await;
    let both = [fits(&left), fits(&right)];
    case.db.activation_first(T0 + 2, "shopkeeper", "2", &both[0]).await.unwrap();
    case.db.switch(T0 + 3, &undo(&both, None, None)).await.unwrap();
    assert_eq!((runs(&case, &left).await, runs(&case, &right).await), ("1".into(), "1".into()));
    let undone = activation(&case).await;
    assert_eq!((undone.stage, undone.reason.as_deref()), (Stage::Undone, Some("it failed")));
    let bad =
        |versions: Vec<windlass_db::Version>| versions.iter().filter_map(|v| v.bad_at).collect::<Vec<_>>();
    assert_eq!(bad(case.db.versions().await.unwrap()), [0; 0], "a person's word does not make it bad");
    // Again, and undone by itself when all run it.
    case.db.activation_load(T0 + 4, "shopkeeper", "2", Some("1")).await.unwrap();
    case.db.switch(T0 + 5, &to_all(&both)).await.unwrap();
    case.db.switch(T0 + 6, &undo(&both, None, Some(r#"{"run":1}"#))).await.unwrap();
    assert_eq!(runs(&case, &left).await, "1");
    assert_eq!(bad(case.db.versions().await.unwrap()), [T0 + 6]);
    case.db.version_approve("shopkeeper", "2", None).await.unwrap();
    assert_eq!(bad(case.db.versions().await.unwrap()), [T0 + 6], "only a person lifts it");
    case.db.version_approve("shopkeeper", "2", Some(T0 + 7)).await.unwrap();
    assert_eq!(bad(case.db.versions().await.unwrap()), [0; 0]);
}

fn changed(connection: &Connection, digest: &str) -> ConnectionChange {
    ConnectionChange {
        revision: connection.revision,
        config: "{}".to_owned(),
        labels: "{}".to_owned(),
        secrets: Vec::new(),
        unset: Vec::new(),
        due: Vec::new(),
        off: Parts::default(),
        digest: digest.to_owned(),
        unique: Vec::new(),
        bound: None,
    }
}

async fn a_connection_that_does_not_fit_stays_behind_until_it_is_changed(case: Case) {
    let [left, right] = loading(&case).await;
    let unfit = Judged { unfit: Some("/country: it is missing".to_owned()), ..fits(&right) };
    case.db.switch(T0 + 2, &to_all(&[fits(&left), unfit])).await.unwrap();
    assert_eq!((runs(&case, &left).await, runs(&case, &right).await), ("2".into(), "1".into()));
    let own = case.db.connection_by_id(right.id).await.unwrap().unwrap().own.unwrap();
    assert_eq!((own.why, own.reason.as_deref()), (OwnWhy::Unfit, Some("/country: it is missing")));
    // One that follows the active version may not be judged by another, one that stays behind by its own.
    let wrong = case.db.connection_update(T0, left.id, &changed(&left, "1")).await;
    assert!(matches!(wrong, Err(DbError::Outdated)), "{wrong:?}");
    let right = case.db.connection_update(T0, right.id, &changed(&right, "1")).await.unwrap();
    assert_eq!(right.own, Some(own));
    let right = case.db.connection_update(T0, right.id, &changed(&right, "2")).await.unwrap();
    assert_eq!((right.own.clone(), runs(&case, &right).await), (None, "2".to_owned()));
}

fn page(stream: &Stream, checkpoint: &str, from: i64, state: i64) -> StreamWrite {
    StreamWrite {
        checkpoint: Some(checkpoint.to_owned()),
        checkpoint_state: state,
        read_from_state: Some(from),
        ..write(stream, Vec::new())
    }
}

async fn checkpoint(case: &Case, stream: &Stream) -> (Option<String>, i64) {
    let stream = case.again(stream).await;
    (stream.checkpoint, stream.checkpoint_state)
}

/// The first connection's orders are read up to a checkpoint of format 1, and read on.
async fn read_to(case: &Case, to: &str) -> ([Judged; 2], Stream, Lease) {
    let [left, right] = loading(case).await;
    let orders = case.db.stream(left.id, "orders").await.unwrap().unwrap();
    let (_, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![page(&orders, to, 0, 1)], go_on())).await.unwrap();
    ([fits(&left), fits(&right)], orders, lease)
}

async fn a_checkpoint_is_kept_until_the_version_is_confirmed(case: Case) {
    let (both, orders, lease) = read_to(&case, "p1").await;
    let items = case.db.stream(orders.connection, "items").await.unwrap().unwrap();
    let back = Some(Back { from: 2, to: 1 });
    for is_confirmed in [false, true] {
        case.db.activation_load(T0, "shopkeeper", "2", Some("1")).await.unwrap();
        case.db.switch(T0 + 2, &to_all(&both)).await.unwrap();
        case.db.checkpoint_migrated(&lease, orders.id, Some("m1"), 1, 2).await.unwrap();
        let read = vec![page(&orders, "m2", 2, 2), page(&items, "i1", 0, 2)];
        case.db.commit(T0, &lease, commit(read, go_on())).await.unwrap();
        if is_confirmed {
            assert!(case.db.activation_confirm(T0 + 3, "shopkeeper", "2").await.unwrap());
            case.db.switch(T0 + 4, &Switch { back, ..switch("1", &both) }).await.unwrap();
            assert_eq!(checkpoint(&case, &orders).await, (None, 1), "it is read again from the start");
        } else {
            case.db.switch(T0 + 4, &undo(&both, back, None)).await.unwrap();
            assert_eq!(checkpoint(&case, &orders).await, (Some("p1".to_owned()), 1));
        }
        assert_eq!(checkpoint(&case, &items).await, (None, 1), "the former version never wrote one");
        let reset = "nobody but this test reads on with an older format";
        case.db.commit(T0, &lease, commit(vec![page(&items, reset, 1, 0)], go_on())).await.unwrap();
    }
}

async fn what_an_undone_version_read_moves_no_checkpoint(case: Case) {
    let (both, orders, lease) = read_to(&case, "p1").await;
    case.db.switch(T0 + 2, &to_all(&both)).await.unwrap();
    case.db.checkpoint_migrated(&lease, orders.id, Some("m1"), 1, 2).await.unwrap();
    // A call of the new version is under way when it is undone, and so is a migration.
    case.db.switch(T0 + 3, &undo(&both, Some(Back { from: 2, to: 1 }), None)).await.unwrap();
    let late = StreamWrite { records: crate::support::records(&["late"]), ..page(&orders, "m2", 2, 2) };
    case.db.commit(T0, &lease, commit(vec![late], go_on())).await.unwrap();
    assert_eq!(checkpoint(&case, &orders).await, (Some("p1".to_owned()), 1));
    assert_eq!(case.keys(&orders).await, ["late"], "its records are no less true");
    let late = case.db.checkpoint_migrated(&lease, orders.id, Some("m1"), 2, 3).await;
    assert!(matches!(late, Err(DbError::Outdated)), "{late:?}");
}

/// Formats 1, 2, 2 and 3 follow each other, none of them confirmed, and are undone in turn.
async fn of_several_versions_each_goes_back_to_the_checkpoint_of_the_one_before(case: Case) {
    let (both, orders, lease) = read_to(&case, "one").await;
    case.db.checkpoint_migrated(&lease, orders.id, Some("two"), 1, 2).await.unwrap();
    case.db.commit(T0, &lease, commit(vec![page(&orders, "two-b", 2, 2)], go_on())).await.unwrap();
    for (back, expected) in [
        // The next version has the same format: the former one goes on where it was.
        (Back { from: 2, to: 2 }, Some("two-b")),
        (Back { from: 3, to: 2 }, Some("two-b")),
        (Back { from: 2, to: 1 }, None),
    ] {
        if back.from == 3 {
            case.db.checkpoint_migrated(&lease, orders.id, Some("three"), 2, 3).await.unwrap();
        }
        case.db.switch(T0 + 2, &to_all(&both)).await.unwrap();
        case.db.switch(T0 + 3, &undo(&both, Some(back), None)).await.unwrap();
        let expected = (expected.map(str::to_owned), back.to);
        assert_eq!(checkpoint(&case, &orders).await, expected, "{back:?}");
        case.db.activation_load(T0 + 4, "shopkeeper", "2", Some("1")).await.unwrap();
    }
}

async fn of_two_decisions_one_is_made(case: Case) {
    let [left, right] = loading(&case).await;
    let both = [fits(&left), fits(&right)];
    case.db.activation_first(T0 + 2, "shopkeeper", "2", &both[0]).await.unwrap();
    let other = case.other_host().await;
    let (all, back) = (to_all(&both), undo(&both, None, Some("{}")));
    let (widened, undone) = tokio::join!(case.db.switch(T0 + 3, &all), other.switch(T0 + 3, &back));
    assert!(undone.is_ok(), "{undone:?}");
    assert!(widened.is_ok() || matches!(widened, Err(DbError::Outdated)), "{widened:?}");
    // In either order it is undone in the end.
    assert_eq!((activation(&case).await.stage, runs(&case, &left).await), (Stage::Undone, "1".to_owned()));
    let late = case.db.activation_first(T0 + 4, "shopkeeper", "2", &both[0]).await;
    assert!(matches!(late, Err(DbError::Outdated)), "{late:?}");
    let again = case.db.switch(T0 + 4, &undo(&both, None, None)).await;
    assert!(matches!(again, Err(DbError::Outdated)), "{again:?}");
    case.db.activation_load(T0 + 5, "shopkeeper", "2", Some("1")).await.unwrap();
    assert!(case.db.activation_give_up(T0 + 6, "shopkeeper", "2", "gone").await.unwrap());
    other.close().await;
}

async fn the_connection_that_shows_soonest_is_first(case: Case) {
    let [left, right] = loading(&case).await;
    let soonest = async |among: &[i64]| case.db.soonest_connection("shopkeeper", among).await.unwrap();
    let both = [left.id, right.id];
    assert_eq!(soonest(&both).await, Some(left.id), "by name");
    let orders = case.db.stream(right.id, "orders").await.unwrap().unwrap();
    case.db.streams_due_at(right.id, &[(orders.id, Some(T0 - 1))]).await.unwrap();
    assert_eq!(soonest(&both).await, Some(right.id), "it is due before");
    let orders = case.db.stream(left.id, "orders").await.unwrap().unwrap();
    let _running = case.sync(&orders).await;
    assert_eq!(soonest(&both).await, Some(left.id), "it runs");
    case.db.connection_set_state(left.id, windlass_db::ConnectionState::Paused).await.unwrap();
    assert_eq!(soonest(&both).await, Some(right.id), "the other is paused");
    assert_eq!(soonest(&both[..1]).await, Some(left.id));
    assert_eq!(soonest(&[]).await, None);
}

async fn hosts_are_seen_until_they_are_silent(case: Case) {
    case.db.host_seen(T0, "a", "{}").await.unwrap();
    case.db.host_seen(T0, "b", "{}").await.unwrap();
    case.db.host_seen(T0 + 5, "a", r#"{"d1":null}"#).await.unwrap();
    let names = async |since| {
        let seen = case.db.hosts_seen(since).await.unwrap();
        seen.into_iter().map(|host| format!("{} {}", host.name, host.loaded)).collect::<Vec<_>>()
    };
    assert_eq!(names(T0).await, [r#"a {"d1":null}"#, "b {}"]);
    assert_eq!(names(T0 + 1).await, [r#"a {"d1":null}"#]);
    case.db.hosts_forget(T0 + 1).await.unwrap();
    case.db.host_gone("a").await.unwrap();
    assert!(names(0).await.is_empty());
}
