//! The same sync compiled natively: the same requests to the same vendor, the same rows picked from the
//! same bodies, the same record and change rows in the same tables, one commit a page. No sandbox, no
//! limits, no traces, no schema.

use std::sync::Arc;

use anyhow::{Context, Result};
use windlass_db::{
    CallCommit, CallLine, Connection, Db, Lease, NewRun, Next, RecordWrite, RunKind, StreamWrite, Trigger,
};
use windlass_sandbox::{
    Container, compact, content_hash,
    egress::{Reach, Transport, WireRequest},
    pick,
};

use crate::vendor::Memory;

const LEASE_MS: i64 = 3_600_000;
const PAGE: usize = 100;

/// Syncs every order into a stream of `db`.
pub async fn sync(db: &Db, connection: &Connection, vendor: &Arc<Memory>) -> Result<()> {
    let stream =
        db.stream(connection.id, "orders").await?.context("the connection has a stream of orders")?;
    let now = db.now().await?;
    db.sync_enqueue(now, &new_run(connection.id, stream.id, now)).await?;
    let (_, lease) = db.take(now, "bench", LEASE_MS, 1).await?.pop().context("the run can be taken")?;
    let mut second = 0;
    loop {
        let body = vendor.send(request(second)).await?.body;
        anyhow::ensure!(body.starts_with(br#"{"status":"SUCCESS""#), "the vendor says no");
        let rows = pick(&body, "/orders", Container::Elements, "/order_id").map_err(anyhow::Error::msg)?;
        let fields = rows
            .fields(&["/order_id".into(), "/date_confirmed".into()], |_| true)
            .map_err(anyhow::Error::msg)?;
        let last = fields.last().and_then(|row| row[1].as_deref()).and_then(|text| text.parse().ok());
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        let more = rows.len() == PAGE;
        let kept = rows.keep(&all).map_err(anyhow::Error::msg)?;
        let records = kept.into_iter().map(|row| record(row.key, &row.json)).collect::<Result<_>>()?;
        second = last.unwrap_or(second);
        commit(db, &lease, stream.id, records, second, more).await?;
        if !more {
            return Ok(());
        }
    }
}

fn new_run(connection: i64, stream: i64, now: i64) -> NewRun {
    NewRun {
        kind: RunKind::Sync,
        trigger: Trigger::Manual,
        connection,
        stream: Some(stream),
        action: None,
        full: false,
        input: None,
        input_sealed: None,
        key: None,
        input_hash: None,
        ordering: None,
        due_at: now,
    }
}

fn request(second: u64) -> WireRequest {
    let parameters = serde_json::json!({ "date_confirmed_from": second }).to_string();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("method", "getOrders")
        .append_pair("parameters", &parameters)
        .finish();
    WireRequest {
        method: "POST".into(),
        url: "http://127.0.0.1/connector.php".parse().expect("a constant address"),
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: body.into(),
        timeout: std::time::Duration::from_secs(30),
        max_body_bytes: 32 << 20,
        reach: Reach { grant: "bench".into(), allow_private: Arc::from([]), private_only: false },
    }
}

fn record(key: String, json: &[u8]) -> Result<RecordWrite> {
    let text = std::str::from_utf8(json)?;
    let value = serde_json::from_str(text)?;
    Ok(RecordWrite { key, json: compact(text), hash: content_hash(&value), version: None })
}

async fn commit(
    db: &Db,
    lease: &Lease,
    stream: i64,
    records: Vec<RecordWrite>,
    second: u64,
    more: bool,
) -> Result<()> {
    let now = db.now().await?;
    let call = CallLine {
        export: "read".into(),
        digest: "native".into(),
        started_at: now,
        ended_at: now,
        cpu_us: 0,
        requests: 1,
        memory_bytes: 0,
        secrets_scrubbed: 0,
        error: None,
        log: Vec::new(),
        trace: None,
    };
    let write = StreamWrite {
        stream,
        records,
        deleted: Vec::new(),
        checkpoint: Some(second.to_string()),
        checkpoint_state: 1,
        read_from_state: None,
        walk: None,
        left: None,
        schema_mismatches: 0,
        schema_pointer: None,
    };
    let next = match more {
        true => Next::Continue { lease_until: now + LEASE_MS },
        false => Next::Succeed { output: None },
    };
    let commit = CallCommit {
        call,
        streams: vec![write],
        storage: Vec::new(),
        settle: Vec::new(),
        settles_intents: false,
        flow: None,
        origin: "sync",
        next,
    };
    db.commit(now, lease, commit).await?;
    Ok(())
}
