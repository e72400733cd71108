//! Which records of a page are new, changed or gone, and writing those alone.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use sqlx::AnyConnection;

use super::{RecordWrite, StreamWrite};
use crate::changes::NewChange;
use crate::query::{Query, Value, no_nul};
use crate::walks::key_hash;
use crate::{ChangeKind, DbError, Millis, batch};

/// What a page does to the records that are there.
pub(super) struct Plan {
    pub upserts: Vec<(ChangeKind, RecordWrite)>,
    pub deletes: Vec<String>,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
}

/// A record as it stands before the page.
struct Present {
    hash: Vec<u8>,
    version: Option<String>,
}

/// Compares the page with what is there; the stream's row is locked, so nothing moves meanwhile.
pub(super) async fn plan(tx: &mut AnyConnection, write: &StreamWrite) -> Result<Plan, DbError> {
    let records = last_of_each_key(write)?;
    let named: HashSet<&str> = records.iter().map(|record| record.key.as_str()).collect();
    let mut deleted: Vec<&str> = write.deleted.iter().map(String::as_str).collect();
    deleted.sort_unstable();
    deleted.dedup();
    deleted.retain(|key| !named.contains(key));
    let keys: Vec<&str> =
        records.iter().map(|record| record.key.as_str()).chain(deleted.iter().copied()).collect();
    let versioned = records.iter().any(|record| record.version.is_some());
    let present = present(tx, write.stream, &keys, versioned).await?;

    let mut upserts = Vec::new();
    let (mut created, mut updated, mut unchanged) = (0, 0, 0);
    for record in records {
        match present.get(&record.key) {
            None => {
                created += 1;
                upserts.push((ChangeKind::Created, record.clone()));
            }
            Some(former) if former.hash == record.hash || is_older(record, former) => unchanged += 1,
            Some(_) => {
                updated += 1;
                upserts.push((ChangeKind::Updated, record.clone()));
            }
        }
    }
    let deletes = deleted.into_iter().filter(|key| present.contains_key(*key)).map(str::to_owned).collect();
    Ok(Plan { upserts, deletes, created, updated, unchanged })
}

/// Writes records whose changes follow `sequence`.
pub(super) async fn upsert(
    tx: &mut AnyConnection,
    now: Millis,
    stream: i64,
    sequence: i64,
    records: Vec<(ChangeKind, RecordWrite)>,
) -> Result<Vec<NewChange>, DbError> {
    let mut changes = Vec::with_capacity(records.len());
    let mut rows = Vec::with_capacity(records.len());
    for (sequence, (kind, record)) in (sequence + 1..).zip(records) {
        let hash = record.hash.to_vec();
        changes.push(NewChange { key: record.key.clone(), kind, hash: Some(hash.clone()) });
        let hashed = key_hash(&record.key);
        rows.push(vec![
            Value::from(record.key),
            hashed.into(),
            record.json.into(),
            hash.into(),
            record.version.into(),
            sequence.into(),
        ]);
    }
    let head = "INSERT INTO records (stream, written_at, key, key_hash, json, hash, version, sequence)";
    let tail = "ON CONFLICT (stream, key) DO UPDATE SET json = excluded.json, hash = excluded.hash,
        version = excluded.version, sequence = excluded.sequence, written_at = excluded.written_at";
    batch::insert(tx, head, tail, &[stream.into(), now.into()], rows).await?;
    Ok(changes)
}

pub(super) async fn delete(
    tx: &mut AnyConnection,
    stream: i64,
    keys: Vec<String>,
) -> Result<Vec<NewChange>, DbError> {
    for key in &keys {
        let query = Query::new("DELETE FROM records WHERE stream = $1 AND key = $2");
        query.bind(stream).bind(key.as_str()).execute(tx).await?;
    }
    Ok(keys.into_iter().map(|key| NewChange { key, kind: ChangeKind::Deleted, hash: None }).collect())
}

fn last_of_each_key(write: &StreamWrite) -> Result<Vec<&RecordWrite>, DbError> {
    let mut last = HashMap::with_capacity(write.records.len());
    for (place, record) in write.records.iter().enumerate() {
        no_nul("the record's key", &record.key)?;
        no_nul("the record's JSON", &record.json)?;
        no_nul("the record's version", record.version.as_deref().unwrap_or(""))?;
        last.insert(record.key.as_str(), place);
    }
    for key in &write.deleted {
        no_nul("the deleted key", key)?;
    }
    let is_last = |(place, record): &(usize, &RecordWrite)| last.get(record.key.as_str()) == Some(place);
    Ok(write.records.iter().enumerate().filter(is_last).map(|(_, record)| record).collect())
}

async fn present(
    tx: &mut AnyConnection,
    stream: i64,
    keys: &[&str],
    versioned: bool,
) -> Result<HashMap<String, Present>, DbError> {
    let of_key = "FROM records r WHERE r.stream = $1 AND r.key = wanted.key";
    // Most streams have no version: then it is not looked up a second time.
    let version =
        if versioned { format!("(SELECT r.version {of_key})") } else { "CAST(NULL AS TEXT)".into() };
    let columns = format!("(SELECT r.hash {of_key}) AS hash, {version} AS version");
    let mut present = HashMap::with_capacity(keys.len());
    for row in batch::look_up(tx, &columns, stream, keys).await? {
        if let Some(hash) = row.bytes_or_none("hash")? {
            present.insert(row.text("key")?, Present { hash, version: row.text_or_none("version")? });
        }
    }
    Ok(present)
}

/// An older version never replaces a newer one.
fn is_older(record: &RecordWrite, former: &Present) -> bool {
    match (&record.version, &former.version) {
        (Some(new), Some(old)) => compare_versions(new, old) == Ordering::Less,
        _ => false,
    }
}

/// As numbers when both are, otherwise as text.
fn compare_versions(one: &str, other: &str) -> Ordering {
    if let (Ok(one), Ok(other)) = (one.parse::<i128>(), other.parse::<i128>()) {
        return one.cmp(&other);
    }
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) if one.is_finite() && other.is_finite() => one.total_cmp(&other),
        _ => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers_or_as_text() {
        let check =
            |one, other, expected| assert_eq!(compare_versions(one, other), expected, "{one} {other}");
        check("9", "10", Ordering::Less);
        check("9.5", "10", Ordering::Less);
        check("2024-09-30", "2024-10-01", Ordering::Less);
        check("9007199254740993", "9007199254740992", Ordering::Greater);
        check("a", "10", Ordering::Greater);
    }
}
