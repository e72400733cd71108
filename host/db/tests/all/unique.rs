//! Values that stand in one connection of a connector only.

use windlass_db::{Connection, ConnectionChange, Db, DbError, Judged, NewConnection, Parts, UniqueValue};

use crate::support::{Case, T0, fits, new_connection, new_version, on_both, switch};

on_both![
    a_value_stands_in_one_connection,
    of_many_made_at_once_one_has_it,
    a_change_takes_and_gives_back,
    a_deleted_connection_has_nothing,
    another_connector_may_have_it,
    what_only_warns_is_kept_and_told,
    a_version_that_adds_a_rule_sees_every_connection,
    whoever_was_judged_by_a_former_version_is_turned_away,
];

fn value(value: &str, pointer: &str) -> UniqueValue {
    UniqueValue {
        field: "locations.location".to_owned(),
        value: value.to_owned(),
        pointer: pointer.to_owned(),
        refuses: true,
    }
}

fn with(name: &str, values: &[&str]) -> NewConnection {
    let unique = values.iter().enumerate();
    let unique = unique.map(|(at, text)| value(text, &format!("/locations/{at}/location"))).collect();
    NewConnection { unique, ..new_connection(name) }
}

async fn create(db: &Db, new: &NewConnection) -> Result<Connection, DbError> {
    db.connection_create(T0, db.connection_id().await.unwrap(), new).await
}

fn change(revision: i64, values: &[&str]) -> ConnectionChange {
    let NewConnection { config, labels, unique, digest, .. } = with("any", values);
    let parts = Parts::default();
    let (secrets, unset, due) = (Vec::new(), Vec::new(), Vec::new());
    let bound = None;
    ConnectionChange { revision, config, labels, secrets, unset, due, off: parts, digest, unique, bound }
}

/// The value that was refused, where, and where it stands: `A at /x: left at /y`.
#[track_caller]
fn refusal<T>(result: Result<T, DbError>) -> String {
    match result {
        Err(DbError::Repeated { value, pointer, connection, there }) => {
            format!("{value} at {pointer}: {connection} at {there}")
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused"),
    }
}

async fn a_value_stands_in_one_connection(case: Case) {
    create(&case.db, &with("left", &["A", "B"])).await.unwrap();
    let refused = create(&case.db, &with("right", &["C", "B"])).await;
    assert_eq!(refusal(refused), "B at /locations/1/location: left at /locations/1/location");
    assert!(case.db.connection("right").await.unwrap().is_none(), "nothing of it was written");
    create(&case.db, &with("right", &["C"])).await.unwrap();
}

async fn of_many_made_at_once_one_has_it(case: Case) {
    let other = case.other_host().await;
    let mut making = tokio::task::JoinSet::new();
    for number in 0..8 {
        let db = if number % 2 == 0 { case.db.clone() } else { other.clone() };
        // In either order, so that two who wait for each other would be seen.
        let values = if number % 3 == 0 { ["A", "B"] } else { ["B", "A"] };
        making.spawn(async move { create(&db, &with(&format!("c{number}"), &values)).await });
    }
    let made = making.join_all().await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    made.into_iter().filter(Result::is_err).for_each(|made| drop(refusal(made)));
    other.close().await;
}

async fn a_change_takes_and_gives_back(case: Case) {
    let left = create(&case.db, &with("left", &["A"])).await.unwrap();
    let right = create(&case.db, &with("right", &["B"])).await.unwrap();
    let refused = case.db.connection_update(T0, right.id, &change(1, &["B", "A"])).await;
    assert_eq!(refusal(refused), "A at /locations/1/location: left at /locations/0/location");
    assert_eq!(case.db.connection_by_id(right.id).await.unwrap().unwrap().revision, 1);
    // The rows of a connection may change places.
    case.db.connection_update(T0, left.id, &change(1, &["C", "A"])).await.unwrap();
    case.db.connection_update(T0, left.id, &change(2, &["C"])).await.unwrap();
    case.db.connection_update(T0, right.id, &change(1, &["A"])).await.unwrap();
    create(&case.db, &with("third", &["B"])).await.unwrap();
}

async fn a_deleted_connection_has_nothing(case: Case) {
    let left = create(&case.db, &with("left", &["A"])).await.unwrap();
    case.db.connection_delete(left.id, false).await.unwrap();
    create(&case.db, &with("right", &["A"])).await.unwrap();
}

async fn another_connector_may_have_it(case: Case) {
    create(&case.db, &with("left", &["A"])).await.unwrap();
    let other = NewConnection { connector: "other".to_owned(), ..with("right", &["A"]) };
    create(&case.db, &other).await.unwrap();
}

async fn what_only_warns_is_kept_and_told(case: Case) {
    let warns = |name: &str| {
        let mut new = with(name, &["A", "B"]);
        new.unique.iter_mut().for_each(|value| value.refuses = false);
        new.unique[1].value = name.to_owned();
        new
    };
    let left = create(&case.db, &warns("left")).await.unwrap();
    assert!(case.db.repeated_values(left.id).await.unwrap().is_empty());
    let right = create(&case.db, &warns("right")).await.unwrap();
    for (connection, other) in [(left, "right"), (right, "left")] {
        let repeated = case.db.repeated_values(connection.id).await.unwrap();
        let [one] = repeated.as_slice() else { panic!("{repeated:?}") };
        let found = (one.value.as_str(), one.pointer.as_str(), one.other.as_str());
        assert_eq!(found, ("A", "/locations/0/location", other));
    }
}

async fn version(case: &Case, number: &str) {
    case.db.version_add(T0, &new_version(number), number.as_bytes()).await.unwrap();
}

fn judged(connection: &Connection, values: &[&str]) -> Judged {
    let unique = with("any", values).unique;
    Judged { unique, ..fits(connection) }
}

async fn a_version_that_adds_a_rule_sees_every_connection(case: Case) {
    version(&case, "1").await;
    version(&case, "2").await;
    case.db.switch(T0, &switch("1", &[])).await.unwrap();
    let by_the_first = |name: &str| NewConnection { digest: "1".to_owned(), ..with(name, &[]) };
    let left = create(&case.db, &by_the_first("left")).await.unwrap();
    let right = create(&case.db, &by_the_first("right")).await.unwrap();
    let activate = async |judged: &[Judged]| case.db.switch(T0, &switch("2", judged)).await;
    let unseen = activate(&[judged(&left, &["A"])]).await;
    assert!(matches!(unseen, Err(DbError::Outdated)), "{unseen:?}");
    let mut changed = judged(&right, &["B"]);
    changed.revision = 7;
    assert!(matches!(activate(&[judged(&left, &["A"]), changed]).await, Err(DbError::Outdated)));
    let repeated = activate(&[judged(&left, &["A"]), judged(&right, &["A"])]).await;
    assert_eq!(refusal(repeated), "A at /locations/0/location: left at /locations/0/location");
    let active = case.db.active_digests().await.unwrap();
    assert_eq!(active, [("shopkeeper".to_owned(), "1".to_owned())], "nothing was switched");
    activate(&[judged(&left, &["A"]), judged(&right, &["B"])]).await.unwrap();
    let taken = NewConnection { digest: "2".to_owned(), ..with("third", &["B"]) };
    assert!(refusal(create(&case.db, &taken).await).contains("right"));
    // The former version has no rule, and so nothing is compared any more.
    let none = [judged(&left, &[]), judged(&right, &[])];
    case.db.switch(T0, &switch("1", &none)).await.unwrap();
    let free = NewConnection { digest: "1".to_owned(), ..with("third", &["B"]) };
    create(&case.db, &free).await.unwrap();
}

async fn whoever_was_judged_by_a_former_version_is_turned_away(case: Case) {
    version(&case, "1").await;
    version(&case, "2").await;
    case.db.switch(T0, &switch("1", &[])).await.unwrap();
    let by = |digest: &str| NewConnection { digest: digest.to_owned(), ..with("left", &["A"]) };
    let left = create(&case.db, &by("1")).await.unwrap();
    case.db.switch(T0, &switch("2", &[judged(&left, &["A"])])).await.unwrap();
    let late = ConnectionChange { digest: "1".to_owned(), ..change(1, &["B"]) };
    let refused = case.db.connection_update(T0, left.id, &late).await;
    assert!(matches!(refused, Err(DbError::Outdated)), "{refused:?}");
    let late = NewConnection { name: "right".to_owned(), unique: Vec::new(), ..by("1") };
    assert!(matches!(create(&case.db, &late).await, Err(DbError::Outdated)));
    let judged_again = ConnectionChange { digest: "2".to_owned(), ..change(1, &["B"]) };
    case.db.connection_update(T0, left.id, &judged_again).await.unwrap();
}
