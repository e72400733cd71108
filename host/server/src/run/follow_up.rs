//! What follows from a delivery, in the rows of its commit.

use std::collections::HashMap;

use windlass_db::{LogLevel, LogLine, NewRun, ReadSoon, RunKind, Stream, StreamWrite, Trigger};
use windlass_sandbox::{CallFailure, DeliveryOutcome, FollowUpAction, Page};

use super::{context::CallContext, sync::record_write};
use crate::connections::is_switched_on;

/// The streams of a connection, by name.
pub type Streams = HashMap<String, Stream>;

/// What a delivery's call left besides its line and its storage.
#[derive(Default)]
pub struct FollowUp {
    pub streams: Vec<StreamWrite>,
    pub reads: Vec<ReadSoon>,
    pub actions: Vec<NewRun>,
    /// What was left out, and why.
    pub log: Vec<LogLine>,
}

/// Streams that are switched off are left out: their operator does not want what they hold.
pub fn follow_up(
    context: &CallContext,
    streams: &Streams,
    outcome: DeliveryOutcome,
    now: i64,
) -> Result<FollowUp, CallFailure> {
    let mut left = FollowUp::default();
    for (name, page) in outcome.streams {
        if let Some(stream) = wanted(context, streams, &name, now, &mut left.log)? {
            left.streams.push(write(context, stream, page));
        }
    }
    for (name, keys) in outcome.reads {
        if let Some(stream) = wanted(context, streams, &name, now, &mut left.log)? {
            left.reads.push(ReadSoon { stream: stream.id, keys });
        }
    }
    let connection = context.connection.id;
    left.actions = outcome.actions.into_iter().map(|ask| action(connection, ask, now)).collect();
    Ok(left)
}

fn wanted<'s>(
    context: &CallContext,
    streams: &'s Streams,
    name: &str,
    now: i64,
    log: &mut Vec<LogLine>,
) -> Result<Option<&'s Stream>, CallFailure> {
    let declared = context.connector.spec.stream(name);
    let switch = declared.and_then(|stream| stream.enabled_by.as_deref());
    if !is_switched_on(&context.config, switch) {
        let message = format!("stream {name} is switched off: what the delivery brought for it is left out");
        log.push(LogLine { at: now, level: LogLevel::Warn, message });
        return Ok(None);
    }
    // A version brings its streams in the moment in which it becomes active; this was the moment before.
    let missing = || CallFailure::Host(format!("the connection has no stream {name} yet"));
    streams.get(name).map(Some).ok_or_else(missing)
}

fn write(context: &CallContext, stream: &Stream, page: Page) -> StreamWrite {
    StreamWrite {
        stream: stream.id,
        records: page.records.into_iter().map(record_write).collect(),
        deleted: page.deleted,
        checkpoint: None,
        checkpoint_state: context.connector.spec.state.into(),
        walk: None,
        schema_mismatches: page.schema_mismatches.into(),
        schema_pointer: page.schema_pointer,
    }
}

fn action(connection: i64, ask: FollowUpAction, now: i64) -> NewRun {
    NewRun {
        kind: RunKind::Action,
        trigger: Trigger::Webhook,
        connection,
        stream: None,
        action: Some(ask.action),
        full: false,
        input: Some(ask.input),
        key: Some(ask.key),
        input_hash: Some(ask.input_hash.iter().map(|byte| format!("{byte:02x}")).collect()),
        ordering: ask.ordering,
        due_at: now,
    }
}
