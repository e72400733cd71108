//! A case: one fresh database, with what most cases need in it.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use windlass_db::{
    Accepted, After, Blame, CallCommit, CallLine, CommitOutcome, Connection, ConnectionState, Db, DbError,
    DeliveriesCommit, DeliveryEnd, DueWebhook, Judged, Lease, LimitClaim, LimitRow, Millis, NewConnection,
    NewDelivery, NewRun, NewWebhook, Next, Received, RecordWrite, Repeats, Run, RunError, RunKind, Stream,
    StreamSettings, StreamWrite, Switch, Trigger, Version, VersionState, WalkStep, Webhook,
};
use windlass_test_postgres::Database;

/// When every case begins.
pub const T0: Millis = 1_700_000_000_000;
pub const LEASE_MS: i64 = 15_000;

/// Makes each of the functions named a test on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { crate::support::Case::on_sqlite(|case| Box::pin(super::$name(case))) })+
        }
        mod postgres {
            $(#[test] fn $name() { crate::support::Case::on_postgres(|case| Box::pin(super::$name(case))) })+
        }
    };
}
pub(crate) use on_both;

pub struct Case {
    pub db: Db,
    pub url: String,
    _place: Place,
}

/// What is removed when the case ends.
enum Place {
    File(PathBuf),
    Database { _database: Database },
}

type Running = Pin<Box<dyn Future<Output = ()>>>;

impl Case {
    pub fn on_sqlite(case: fn(Case) -> Running) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("windlass-db-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        run(format!("sqlite://{}/windlass.db", folder.display()), Place::File(folder), case);
    }

    pub fn on_postgres(case: fn(Case) -> Running) {
        let database = Database::create();
        run(database.url().to_owned(), Place::Database { _database: database }, case);
    }

    /// A second handle on the same database, as another host has it.
    pub async fn other_host(&self) -> Db {
        Db::open(&self.url).await.unwrap()
    }

    /// An active connection with the streams `orders` and `items`.
    pub async fn connection(&self, name: &str) -> Connection {
        let id = self.db.connection_id().await.unwrap();
        self.db.connection_create(T0, id, &new_connection(name)).await.unwrap()
    }

    pub async fn orders(&self) -> Stream {
        let connection = self.connection("shop").await;
        self.db.stream(connection.id, "orders").await.unwrap().unwrap()
    }

    pub async fn again(&self, stream: &Stream) -> Stream {
        self.db.stream_by_id(stream.id).await.unwrap().unwrap()
    }

    /// Enqueues a sync of the stream and takes it.
    pub async fn sync(&self, stream: &Stream) -> (Run, Lease) {
        self.db.sync_enqueue(T0, &new_sync(stream)).await.unwrap();
        self.take_one().await
    }

    /// Enqueues an action with this key and takes it.
    pub async fn action(&self, connection: i64, key: &str) -> (Run, Lease) {
        self.db.action_enqueue(T0, &new_action(connection, key)).await.unwrap();
        self.take_one().await
    }

    /// A connection's webhook `orders`.
    pub async fn webhook(&self, connection: i64) -> Webhook {
        self.db.webhooks_ensure(T0, connection, &[new_webhook("orders", connection)]).await.unwrap();
        self.db.webhooks(connection).await.unwrap().remove(0)
    }

    /// Accepts deliveries of a webhook: event and ordering.
    pub async fn deliver(&self, now: Millis, webhook: &Webhook, events: &[(&str, &str)]) {
        let deliveries = events.iter().map(|(event, ordering)| NewDelivery {
            ordering: Some((*ordering).to_owned()),
            ..new_delivery(webhook, event)
        });
        let accepted = self.db.deliveries_accept(now, deliveries.collect()).await.unwrap();
        assert!(accepted.iter().all(|one| *one == Accepted::Kept));
    }

    /// Enqueues the run of a webhook and takes it.
    pub async fn receiving(&self, webhook: &Webhook) -> Lease {
        let due = DueWebhook { id: webhook.id, connection: webhook.connection };
        assert!(self.db.webhook_enqueue(T0, due).await.unwrap());
        self.take_one().await.1
    }

    /// Events of the deliveries that are processed next.
    pub async fn next_events(&self, now: Millis, webhook: &Webhook) -> Vec<String> {
        let next = self.db.deliveries_next(now, webhook.id, 10, 1_000_000).await.unwrap();
        next.into_iter().map(|delivery| delivery.line.event_id.unwrap()).collect()
    }

    /// Ends the next delivery of a webhook.
    pub async fn end_next(&self, now: Millis, webhook: &Webhook, lease: &Lease, end: DeliveryEnd) {
        let next = self.db.deliveries_next(now, webhook.id, 1, 1).await.unwrap();
        let received = vec![Received { end, ..received(next[0].id()) }];
        let commit = DeliveriesCommit { received, settle: Vec::new(), next: go_on() };
        self.db.commit_deliveries(now, lease, commit).await.unwrap();
    }

    pub async fn take_one(&self) -> (Run, Lease) {
        let mut taken = self.db.take(T0, "host", LEASE_MS, 10).await.unwrap();
        assert_eq!(taken.len(), 1, "exactly one run is due");
        taken.remove(0)
    }

    /// A limit as one connection claims it, or what it claims of it now.
    pub async fn limit(&self, claim: &LimitClaim) -> LimitRow {
        let name = format!("claims {}", claim.scope);
        let connection = match self.db.connection(&name).await.unwrap() {
            Some(connection) => connection,
            None => self.connection(&name).await,
        };
        let mut rows = self.db.limits_claim(connection.id, std::slice::from_ref(claim)).await.unwrap();
        rows.remove(0)
    }

    pub async fn state(&self, run: i64) -> Run {
        self.db.run(run).await.unwrap().unwrap()
    }

    /// Runs a whole sync of one page and gives its outcome.
    pub async fn page(&self, stream: &Stream, write: StreamWrite) -> CommitOutcome {
        let (_, lease) = self.sync(stream).await;
        self.db.commit(T0, &lease, commit(vec![write], succeed())).await.unwrap()
    }

    pub async fn keys(&self, stream: &Stream) -> Vec<String> {
        let page = self.db.records(stream.id, None, 10_000).await.unwrap();
        page.records.into_iter().map(|record| record.key).collect()
    }

    /// `sequence kind key` of every change after `after`.
    pub async fn changes(&self, stream: &Stream, after: i64) -> Vec<String> {
        let page = self.db.changes(stream.id, after, 10_000).await.unwrap();
        let line = |c: &windlass_db::Change| format!("{} {} {}", c.sequence, c.kind.as_str(), c.key);
        page.changes.iter().map(line).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Place::File(folder) = self {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn run(url: String, place: Place, case: fn(Case) -> Running) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async move {
        let db = Db::open(&url).await.unwrap();
        let handle = db.clone();
        case(Case { db, url, _place: place }).await;
        handle.close().await;
    });
}

pub fn claim(scope: &str, max: i64, window_ms: i64) -> LimitClaim {
    LimitClaim {
        scope: scope.to_owned(),
        name: "minute".to_owned(),
        max,
        window_ms,
        leave_to_others: 0,
        keep_for_actions: 0,
    }
}

pub fn new_connection(name: &str) -> NewConnection {
    let stream =
        |name: &str| StreamSettings { name: name.to_owned(), every_ms: Some(60_000), due_at: Some(T0) };
    NewConnection {
        name: name.to_owned(),
        connector: "shopkeeper".to_owned(),
        config: r#"{"country":"PL"}"#.to_owned(),
        labels: "{}".to_owned(),
        state: ConnectionState::Active,
        secrets: Vec::new(),
        streams: vec![stream("orders"), stream("items")],
        digest: String::new(),
        unique: Vec::new(),
    }
}

/// An approved version of the connector of all cases, whose digest is its number.
pub fn new_version(number: &str) -> Version {
    Version {
        connector: "shopkeeper".to_owned(),
        version: number.to_owned(),
        digest: number.to_owned(),
        spec: r#"{"spec":1}"#.to_owned(),
        state: VersionState::Approved,
        active: false,
        installed_at: T0,
        activated_at: None,
        approved_at: None,
        bad_at: None,
        bad_evidence: None,
    }
}

/// A switch that a person asks for.
pub fn switch<'a>(digest: &'a str, judged: &'a [Judged]) -> Switch<'a> {
    Switch { connector: "shopkeeper", digest, judged, back: None, after: After::Settle }
}

/// A connection that fits.
pub fn fits(connection: &Connection) -> Judged {
    let (unfit, unique) = (None, Vec::new());
    Judged { connection: connection.id, revision: connection.revision, unfit, unique }
}

pub fn new_sync(stream: &Stream) -> NewRun {
    NewRun {
        kind: RunKind::Sync,
        trigger: Trigger::Manual,
        connection: stream.connection,
        stream: Some(stream.id),
        action: None,
        full: false,
        input: None,
        input_sealed: None,
        key: None,
        input_hash: None,
        ordering: None,
        due_at: T0,
    }
}

pub fn new_action(connection: i64, key: &str) -> NewRun {
    NewRun {
        kind: RunKind::Action,
        trigger: Trigger::Manual,
        connection,
        stream: None,
        action: Some("ship".to_owned()),
        full: false,
        input: Some(r#"{"order":1}"#.to_owned()),
        input_sealed: None,
        key: Some(key.to_owned()),
        input_hash: Some(format!("hash of {key}")),
        ordering: None,
        due_at: T0,
    }
}

pub fn new_webhook(name: &str, connection: i64) -> NewWebhook {
    NewWebhook { name: name.to_owned(), address: format!("hash {name} {connection}"), sealed: vec![1, 2] }
}

pub fn new_delivery(webhook: &Webhook, event: &str) -> NewDelivery {
    NewDelivery {
        webhook: webhook.id,
        address: webhook.address.clone(),
        revision: 1,
        identity: event.as_bytes().to_vec(),
        repeats: Repeats::Always,
        event_id: Some(event.to_owned()),
        ordering: None,
        method: "POST".to_owned(),
        query: "a=1".to_owned(),
        headers: r#"[["content-type","application/json"]]"#.to_owned(),
        body: format!("body of {event}").into_bytes(),
    }
}

/// A delivery that left nothing but its end.
pub fn received(delivery: i64) -> Received {
    let call = CallLine { export: "receive".to_owned(), ..call_line() };
    Received { call: Some(call), ..Received::without_call(delivery, DeliveryEnd::Processed) }
}

/// A record whose hash stands for its JSON.
pub fn record(key: &str, json: &str) -> RecordWrite {
    let mut hash = [0; 32];
    for (place, byte) in json.bytes().enumerate() {
        hash[place % 32] ^= byte.rotate_left(u32::try_from(place / 32 % 8).unwrap());
    }
    RecordWrite { key: key.to_owned(), json: json.to_owned(), hash, version: None }
}

/// Records of which each holds its own key.
pub fn records(keys: &[&str]) -> Vec<RecordWrite> {
    keys.iter().map(|key| record(key, &format!(r#"{{"id":"{key}"}}"#))).collect()
}

pub fn write(stream: &Stream, records: Vec<RecordWrite>) -> StreamWrite {
    StreamWrite {
        stream: stream.id,
        records,
        deleted: Vec::new(),
        checkpoint: None,
        checkpoint_state: 1,
        read_from_state: None,
        walk: None,
        left: None,
        schema_mismatches: 0,
        schema_pointer: None,
    }
}

pub fn deletions(stream: &Stream, keys: &[&str]) -> StreamWrite {
    let deleted = keys.iter().map(|key| (*key).to_owned()).collect();
    StreamWrite { deleted, ..write(stream, Vec::new()) }
}

/// A page of a snapshot walk.
pub fn walk_page(stream: &Stream, keys: &[&str], first: bool, last: bool) -> StreamWrite {
    let walk = Some(WalkStep { first, last, revision: 1, most_deleted_permille: 500 });
    let checkpoint = (!last).then(|| format!("after {}", keys.last().unwrap_or(&"nothing")));
    StreamWrite { walk, checkpoint, ..write(stream, records(keys)) }
}

/// A walk of one page.
pub fn whole_walk(stream: &Stream, keys: &[&str]) -> StreamWrite {
    walk_page(stream, keys, true, true)
}

pub fn commit(streams: Vec<StreamWrite>, next: Next) -> CallCommit {
    CallCommit {
        call: call_line(),
        streams,
        storage: Vec::new(),
        settle: Vec::new(),
        settles_intents: false,
        flow: None,
        origin: "sync",
        next,
    }
}

pub fn call_line() -> CallLine {
    CallLine {
        export: "read".to_owned(),
        digest: "d1".to_owned(),
        started_at: T0,
        ended_at: T0 + 40,
        cpu_us: 1_000,
        requests: 1,
        memory_bytes: 65_536,
        secrets_scrubbed: 0,
        error: None,
        log: Vec::new(),
        trace: None,
    }
}

pub fn succeed() -> Next {
    Next::Succeed { output: None }
}

pub fn go_on() -> Next {
    Next::Continue { lease_until: T0 + LEASE_MS }
}

pub fn snooze(until: Millis) -> Next {
    let reason =
        windlass_db::SnoozeReason { code: "limit".to_owned(), message: "No room before noon.".to_owned() };
    Next::Snooze { until, reason, state: None }
}

pub fn error(code: &str) -> RunError {
    RunError {
        code: code.to_owned(),
        message: "It did not go well.".to_owned(),
        hint: Some("Try the other door.".to_owned()),
        blame: Blame::Vendor,
        vendor_code: Some("E17".to_owned()),
        detail: Some(r#"{"sku":"A"}"#.to_owned()),
    }
}

pub fn is_conflict<T>(result: &Result<T, DbError>) -> bool {
    matches!(result, Err(DbError::Conflict(_)))
}

pub fn is_outdated<T>(result: &Result<T, DbError>) -> bool {
    matches!(result, Err(DbError::Outdated))
}

pub fn is_lease_lost<T>(result: &Result<T, DbError>) -> bool {
    matches!(result, Err(DbError::LeaseLost))
}

pub fn is_missing<T>(result: &Result<T, DbError>) -> bool {
    matches!(result, Err(DbError::Missing { .. }))
}

pub fn is_nul<T>(result: &Result<T, DbError>) -> bool {
    matches!(result, Err(DbError::Nul(_)))
}
