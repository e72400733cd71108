//! What several calls of `receive` leave, in one transaction: each delivery's end with all that its call
//! produced. They are written as if committed one after the other.

use std::collections::{BTreeMap, HashSet};

use sqlx::AnyConnection;

use super::page::{PageOutcome, Writer};
use super::{CallLine, CommitOutcome, Next, StreamWrite, length};
use crate::runs::{Counts, Fenced, fence, insert, move_on, read_soon};
use crate::{
    Db, DbError, DeliveryEnd, Lease, Millis, NewRun, ReadSoon, RecordWrite, Settle, StorageWrite, deliveries,
    intents, limits, storage, traces,
};

/// One delivery that was received.
#[derive(Debug, Clone)]
pub struct Received {
    pub delivery: i64,
    /// None if there was nothing to call.
    pub call: Option<CallLine>,
    pub end: DeliveryEnd,
    /// At most one for each stream, without a walk.
    pub streams: Vec<StreamWrite>,
    pub storage: Vec<StorageWrite>,
    pub reads: Vec<ReadSoon>,
    /// Each is enqueued unless there is one with its key.
    pub actions: Vec<NewRun>,
}

/// In the order in which they were received.
#[derive(Debug, Clone)]
pub struct DeliveriesCommit {
    pub received: Vec<Received>,
    pub settle: Vec<Settle>,
    pub next: Next,
}

impl Received {
    /// A delivery that no call was made for.
    pub fn without_call(delivery: i64, end: DeliveryEnd) -> Received {
        Received {
            delivery,
            call: None,
            end,
            streams: Vec::new(),
            storage: Vec::new(),
            reads: Vec::new(),
            actions: Vec::new(),
        }
    }
}

impl Db {
    /// Writes everything, or nothing. [`DbError::LeaseLost`] if the run is no longer ours. `call` of the
    /// outcome is the last call's.
    pub async fn commit_deliveries(
        &self,
        now: Millis,
        lease: &Lease,
        commit: DeliveriesCommit,
    ) -> Result<CommitOutcome, DbError> {
        let mut tx = self.begin().await?;
        let run = fence(&mut tx, self.dialect(), lease).await?;
        let mut counts = Counts::default();
        let (mut writes, mut reads, mut actions) = (Vec::new(), Vec::new(), Vec::new());
        let mut call = 0;
        for received in commit.received {
            counts.pages += 1;
            if let Some(line) = received.call {
                counts.digest = Some(line.digest.clone());
                counts.secrets_scrubbed += line.secrets_scrubbed;
                call = traces::write(&mut tx, &run, line).await?;
            }
            deliveries::end(&mut tx, now, run.id, received.delivery, &received.end).await?;
            storage::write(&mut tx, run.connection, received.storage).await?;
            writes.extend(received.streams);
            reads.extend(received.reads);
            actions.extend(received.actions);
        }
        // Runs before streams: a commit that ends a run holds that run and then wants the stream.
        self.follow_up(&mut tx, now, &run, reads, actions).await?;
        let page = self.write_streams(&mut tx, now, &run, writes, &mut counts).await?;
        limits::settle_all(&mut tx, now, &commit.settle).await?;
        intents::settle_answered(&mut tx, run.id).await?;
        move_on(&mut tx, now, lease, &run, &commit.next, counts).await?;
        tx.commit().await?;
        Ok(super::outcome(call, &run, page))
    }

    async fn follow_up(
        &self,
        tx: &mut AnyConnection,
        now: Millis,
        run: &Fenced,
        reads: Vec<ReadSoon>,
        actions: Vec<NewRun>,
    ) -> Result<(), DbError> {
        for read in one_of_each(reads) {
            read_soon(tx, self.dialect(), now, run.connection, read).await?;
        }
        for action in actions {
            insert(tx, now, &action).await?;
        }
        Ok(())
    }

    async fn write_streams(
        &self,
        tx: &mut AnyConnection,
        now: Millis,
        run: &Fenced,
        writes: Vec<StreamWrite>,
        counts: &mut Counts,
    ) -> Result<PageOutcome, DbError> {
        let origin = format!("webhook:{}", run.id);
        let writer =
            Writer { now, dialect: self.dialect(), connection: run.connection, origin, succeeds: false };
        let mut page = PageOutcome::default();
        for write in joined(writes) {
            counts.seen += length(&write.records);
            counts.schema_mismatches += write.schema_mismatches;
            counts.schema_pointer = counts.schema_pointer.take().or_else(|| write.schema_pointer.clone());
            page.add(writer.write(tx, write).await?);
        }
        counts.written = page.created + page.updated;
        counts.deleted = page.deleted;
        Ok(page)
    }
}

/// By stream, and joined as long as no key comes twice: each delivery makes its own change, and a burst of
/// different keys is written at once.
fn joined(writes: Vec<StreamWrite>) -> Vec<StreamWrite> {
    let mut by_stream: BTreeMap<i64, Vec<(StreamWrite, HashSet<String>)>> = BTreeMap::new();
    for write in writes {
        let keys: HashSet<String> = keys(&write).cloned().collect();
        let of_stream = by_stream.entry(write.stream).or_default();
        match of_stream.last_mut().filter(|(_, met)| met.is_disjoint(&keys)) {
            Some((last, met)) => {
                last.records.extend(write.records);
                last.deleted.extend(write.deleted);
                last.schema_mismatches += write.schema_mismatches;
                last.schema_pointer = last.schema_pointer.take().or(write.schema_pointer);
                met.extend(keys);
            }
            None => of_stream.push((write, keys)),
        }
    }
    by_stream.into_values().flatten().map(|(write, _)| write).collect()
}

/// One walk, and one read of all keys, of each stream.
fn one_of_each(reads: Vec<ReadSoon>) -> impl Iterator<Item = ReadSoon> {
    let mut keys_of: BTreeMap<(i64, bool), Vec<String>> = BTreeMap::new();
    for read in reads {
        keys_of.entry((read.stream, read.keys.is_empty())).or_default().extend(read.keys);
    }
    keys_of.into_iter().map(|((stream, _), keys)| ReadSoon { stream, keys })
}

fn keys(write: &StreamWrite) -> impl Iterator<Item = &String> {
    write.records.iter().map(|RecordWrite { key, .. }| key).chain(&write.deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(stream: i64, keys: &[&str], deleted: &[&str]) -> StreamWrite {
        let record = |key: &&str| RecordWrite {
            key: (*key).to_owned(),
            json: "{}".to_owned(),
            hash: [0; 32],
            version: None,
        };
        StreamWrite {
            stream,
            records: keys.iter().map(record).collect(),
            deleted: deleted.iter().map(|key| (*key).to_owned()).collect(),
            checkpoint: None,
            checkpoint_state: 0,
            read_from_state: None,
            walk: None,
            left: None,
            schema_mismatches: 1,
            schema_pointer: None,
        }
    }

    #[test]
    fn writes_are_joined_until_a_key_comes_again() {
        let writes =
            vec![write(2, &["a"], &[]), write(1, &["a"], &[]), write(2, &["b"], &[]), write(2, &[], &["a"])];
        let joined: Vec<_> = joined(writes)
            .iter()
            .map(|write| (write.stream, write.records.len(), write.deleted.len(), write.schema_mismatches))
            .collect();
        assert_eq!(joined, [(1, 1, 0, 1), (2, 2, 0, 2), (2, 0, 1, 1)]);
    }
}
