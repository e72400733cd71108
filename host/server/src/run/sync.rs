//! A sync run: pages of one stream, one call and one commit each, until there are no more.

use std::sync::Arc;

use serde_json::Value;
use windlass_db::{
    AgainState, CommitOutcome, DbError, Next, RecordWrite, Run, Stream, StreamWrite, Trigger, WalkStep,
};
use windlass_sandbox::{
    CallFailure, CallReport, Page, PageRecord, ReadRequest,
    egress::Intents,
    spec::{self, StreamKind},
};

use super::{
    ahead::commit_and_read,
    blame::operator_error,
    finish::{Left, Made, account, after_failure, commit, snooze, stop_schedule, transition},
    intents::RunIntents,
    lease::{Held, LEASE_MS},
    migrate::migrate,
    present::{Absent, Present},
};
use crate::{activation::Trial, host::Host, time};

/// A walk may delete this share of the live records, in thousandths, before a person is asked.
const MOST_DELETED_PERMILLE: i64 = 500;

/// When a run that waits for a person looks whether there was one.
const LOOK_AGAIN_MS: i64 = 60_000;

/// What carries over from page to page.
pub(super) struct Walk {
    pub run: Run,
    pub stream: Stream,
    /// Pages committed since the run was taken.
    pub pages: i64,
}

/// A page that was read, or why it was not; nothing of it is committed.
pub(super) struct Read {
    made: Made,
    report: CallReport<Page>,
}

/// How the run goes on.
enum Step {
    /// With the commit of this page.
    Read(Box<Read>),
    /// With another page, when it has been looked what has changed.
    On,
    Over,
}

pub async fn run(host: &Arc<Host>, run: Run, held: &Held<'_>) -> Result<(), DbError> {
    let stream = match run.stream {
        Some(id) => host.db.stream_by_id(id).await?,
        None => None,
    };
    // Its stream was deleted meanwhile, and the run with it.
    let Some(stream) = stream else { return Ok(()) };
    let mut walk = Walk { run, stream, pages: 0 };
    let (mut former, mut run_by) = (None, None);
    loop {
        let present = match Present::look(host, &walk.run, former.take()).await? {
            Ok(present) => present,
            Err(Absent::Deleted) => return Ok(()),
            Err(Absent::Error(error)) => {
                let now = host.db.now().await?;
                return host.db.transition(now, &held.lease, &Next::Fail { error: *error }).await;
            }
        };
        let digest = &present.context.connector.digest;
        if run_by.as_ref().is_some_and(|run_by| run_by != digest) {
            // With the version its checkpoint may have gone back, too.
            walk.again(host).await?;
        }
        run_by = Some(digest.clone());
        let mut step = begin(host, &present, held, &mut walk).await?;
        while let Step::Read(read) = step {
            step = end(host, &present, held, &mut walk, *read).await?;
        }
        if matches!(step, Step::Over) {
            return Ok(());
        }
        former = Some(present);
    }
}

impl Walk {
    /// Stands where it does when a page is committed.
    fn advance(&mut self, write: &StreamWrite) {
        self.pages += 1;
        if let Some(checkpoint) = &write.checkpoint {
            self.stream.checkpoint = Some(checkpoint.clone());
            self.stream.checkpoint_state = write.checkpoint_state;
        }
    }

    /// Reads the stream again, whose checkpoint somebody else has changed.
    pub async fn again(&mut self, host: &Host) -> Result<(), DbError> {
        if let Some(stream) = host.db.stream_by_id(self.stream.id).await? {
            self.stream = stream;
        }
        Ok(())
    }
}

async fn begin(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &mut Walk,
) -> Result<Step, DbError> {
    if let Some(next) = before_the_call(host, present, walk).await? {
        transition(host, held, &present.limiter, next).await?;
        return Ok(Step::Over);
    }
    let state = i64::from(present.context.connector.spec.state);
    if walk.stream.checkpoint.is_some() && walk.stream.checkpoint_state != state {
        return migrate(host, present, held, walk).await.map(|on| if on { Step::On } else { Step::Over });
    }
    let intents = Arc::new(RunIntents::of(host, held, &walk.run));
    Ok(call(host, present, held, walk, intents).await?.map_or(Step::Over, Step::Read))
}

/// Reads one page; none if the version has no such stream.
pub(super) async fn call(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &Walk,
    intents: Arc<dyn Intents>,
) -> Result<Option<Box<Read>>, DbError> {
    let connector = &present.context.connector;
    let Some(stream) = connector.spec.stream(&walk.stream.name) else { return Ok(None) };
    let request = request(walk, stream, connector.spec.state);
    let grant = present.context.call(host, stream.max_requests, present.limiter.clone(), intents);
    let (started_at, seed) = (grant.started_at, grant.seed);
    let report = tokio::select! {
        report = host.sandbox.read(connector, grant, &request) => report,
        // Dropping the call kills it; nothing of it may be written.
        () = held.lost() => return Err(DbError::LeaseLost),
    };
    let ended_at = time::unix_ms();
    let request = serde_json::to_value(&request).unwrap_or_default();
    let made = Made { export: "read", started_at, ended_at, seed, request };
    Ok(Some(Box::new(Read { made, report })))
}

/// What keeps the call from being made: the run's next state.
pub(super) async fn before_the_call(
    host: &Arc<Host>,
    present: &Present,
    walk: &Walk,
) -> Result<Option<Next>, DbError> {
    let context = &present.context;
    let name = &walk.stream.name;
    let Some(stream) = context.connector.spec.stream(name) else {
        let message =
            format!("version {} of the connector has no stream {name}", context.connector.spec.version);
        let hint = format!(
            "`windlass connector rollback {}` returns to the version that had it",
            context.connection.connector
        );
        return Ok(Some(Next::Fail { error: operator_error("config", message, hint) }));
    };
    if let Some(error) = context.switched_off(&format!("stream {name}"), &stream.enabled_by) {
        return Ok(Some(Next::Fail { error }));
    }
    if host.is_draining() {
        return Ok(Some(snooze(host.db.now().await?, "draining", "the host is stopping", None)));
    }
    if let Some(waits) = waits_for_a_person(&walk.run, &walk.stream) {
        let until = host.db.now().await? + LOOK_AGAIN_MS;
        return Ok(Some(snooze(until, "stream-stopped", waits, None)));
    }
    Ok(match present.limiter.reserve(stream.max_requests).await? {
        Ok(()) => None,
        Err(no_room) => Some(snooze(no_room.until, "limit", no_room.message, None)),
    })
}

/// What a delivery asked for waits while the stream's schedule does: it must not ask a vendor that refuses
/// our credentials again and again. People may.
fn waits_for_a_person(run: &Run, stream: &Stream) -> Option<String> {
    let waits = run.trigger == Trigger::Webhook && (stream.paused || stream.stopped_code.is_some());
    let why = stream.stopped_message.as_deref().unwrap_or("it is paused");
    waits.then(|| format!("the stream's schedule is stopped: {why}"))
}

/// The keys that the run has yet to read.
fn keys_left(run: &Run) -> Vec<String> {
    let left = match &run.again {
        Some(AgainState::Open(left)) => Some(left.as_str()),
        Some(AgainState::Sealed(_)) | None => None,
    };
    let keys = left.or(run.input.as_deref());
    keys.and_then(|keys| serde_json::from_str(keys).ok()).unwrap_or_default()
}

fn request(walk: &Walk, stream: &spec::Stream, state: u32) -> ReadRequest {
    let mut keys = keys_left(&walk.run);
    keys.truncate(stream.keys_at_once.unwrap_or(stream.max_requests) as usize);
    // A full re-read begins without a checkpoint, and goes on with its own.
    let full = walk.run.full;
    let begins = full && walk.run.pages + walk.pages == 0;
    ReadRequest {
        stream: walk.stream.name.clone(),
        checkpoint: walk.stream.checkpoint.clone().filter(|_| !begins),
        state,
        keys,
        full,
    }
}

async fn end(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &mut Walk,
    Read { made, report }: Read,
) -> Result<Step, DbError> {
    let asked = Asked {
        begins: made.request["checkpoint"].is_null(),
        keys: made.request["keys"].as_array().map_or(0, Vec::len),
    };
    let (outcome, left) = account(&present.context, made, report);
    match outcome {
        Ok(page) => end_well(host, present, held, walk, asked, page, left).await,
        Err(failure) => end_badly(host, present, held, walk, failure, left).await,
    }
}

/// What a page answers.
struct Asked {
    /// It is the first of its walk.
    begins: bool,
    /// How many keys it was asked for.
    keys: usize,
}

async fn end_well(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &mut Walk,
    asked: Asked,
    page: Page,
    left: Left,
) -> Result<Step, DbError> {
    let more = page.more && walk.run.input.is_none();
    let now = host.db.now().await?;
    let keys = keys_left(&walk.run).split_off(asked.keys);
    let next = match (more, keys.is_empty()) {
        (true, _) => Next::Continue { lease_until: now + LEASE_MS },
        (false, true) => Next::Succeed { output: None },
        (false, false) => {
            let left = AgainState::Open(Value::from(keys).to_string());
            snooze(now, "keys", "more keys are read in another call", Some(left))
        }
    };
    let write = stream_write(present, walk, page, asked.begins);
    walk.advance(&write);
    // What it wrote to storage, and what the vendor's next report depends on, must be there before.
    let overlaps = more && left.storage.is_empty() && !present.limiter.must_settle_first();
    let commit = {
        let (host, lease, limiter) = (host.clone(), held.lease.clone(), present.limiter.clone());
        async move { commit(&host, &lease, &limiter, left, vec![write], next, true).await }
    };
    let (outcome, read) = match overlaps {
        true => commit_and_read(host, present, held, walk, commit).await?,
        false => (commit.await?, None),
    };
    if more && outcome.cancel_asked && !has_ended(&outcome) {
        transition(host, held, &present.limiter, Next::Cancel).await?;
    }
    Ok(match read {
        _ if !more || ends_walk(&outcome) => Step::Over,
        Some(read) => Step::Read(read),
        None => Step::On,
    })
}

async fn end_badly(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &Walk,
    failure: CallFailure,
    left: Left,
) -> Result<Step, DbError> {
    let now = host.db.now().await?;
    let trial = Trial::of(host, &present.context, walk.run.id, "read", &failure).await?;
    let (next, stop) = after_failure(&walk.run, &failure, walk.pages > 0, now);
    let next = trial.instead(next, now);
    let verdict = matches!(next, Next::Fail { .. });
    commit(host, &held.lease, &present.limiter, left, Vec::new(), next, verdict).await?;
    trial.end(host, walk.run.id).await;
    if stop {
        let error = super::blame::run_error(&failure);
        stop_schedule(host, &present.context, walk.run.stream, &error).await;
    }
    Ok(Step::Over)
}

/// Whether the commit has ended the run in its own way.
pub(super) fn has_ended(outcome: &CommitOutcome) -> bool {
    outcome.withheld.is_some() || outcome.walk_restarted
}

/// No page follows, whatever the connector says.
fn ends_walk(outcome: &CommitOutcome) -> bool {
    has_ended(outcome) || outcome.cancel_asked
}

fn stream_write(present: &Present, walk: &Walk, page: Page, begins: bool) -> StreamWrite {
    let keyed = walk.run.input.is_some();
    let stream = present.context.connector.spec.stream(&walk.stream.name);
    let is_snapshot = stream.is_some_and(|stream| stream.kind == StreamKind::Snapshot);
    let walk_step = (is_snapshot && !keyed).then_some(WalkStep {
        first: begins,
        last: !page.more,
        revision: present.context.connection.revision,
        most_deleted_permille: MOST_DELETED_PERMILLE,
    });
    StreamWrite {
        stream: walk.stream.id,
        records: page.records.into_iter().map(record_write).collect(),
        deleted: page.deleted,
        checkpoint: page.checkpoint.filter(|_| !keyed),
        checkpoint_state: present.context.connector.spec.state.into(),
        read_from_state: Some(walk.stream.checkpoint_state),
        walk: walk_step,
        left: page.left.map(|left| if page.more { left } else { 0 }),
        schema_mismatches: page.schema_mismatches.into(),
        schema_pointer: page.schema_pointer,
    }
}

pub(super) fn record_write(record: PageRecord) -> RecordWrite {
    RecordWrite { key: record.key, json: record.json, hash: record.hash, version: record.version }
}
