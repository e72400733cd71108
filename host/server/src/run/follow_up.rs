//! What follows from a delivery, in the rows of its commit.

use std::collections::HashMap;

use windlass_db::{LogLevel, LogLine, NewRun, ReadSoon, RunKind, Stream, StreamWrite, Trigger};
use windlass_sandbox::{CallFailure, DeliveryOutcome, FollowUpAction, Page, spec::first_off};

use super::{context::CallContext, sync::record_write};
use crate::{
    actions::{Input, Sealer},
    secrets::Keys,
};

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
    keys: &Keys,
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
    let asked = outcome.actions.into_iter().map(|ask| action(keys, context, &ask, now));
    left.actions = asked.collect::<Result<_, _>>()?;
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
    if declared.is_some_and(|stream| first_off(&context.config, &stream.enabled_by).is_some()) {
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
        read_from_state: None,
        walk: None,
        left: None,
        schema_mismatches: page.schema_mismatches.into(),
        schema_pointer: page.schema_pointer,
    }
}

fn action(keys: &Keys, context: &CallContext, ask: &FollowUpAction, now: i64) -> Result<NewRun, CallFailure> {
    let missing = || CallFailure::Output(format!("the connector has no action {}", ask.action));
    let (connection, connector) = (context.connection.id, &context.connector);
    let declared = connector.spec.action(&ask.action).zip(connector.action_schemas(&ask.action));
    let (action, schemas) = declared.ok_or_else(missing)?;
    let sealer = Sealer { keys, connection, action: &ask.action, key: &ask.key };
    let input = Input::read(action, &schemas.input, ask.input.as_bytes(), &sealer).map_err(|misfit| {
        CallFailure::Output(format!("the input of {} at `{}`: {misfit}", ask.action, misfit.pointer))
    })?;
    Ok(NewRun {
        kind: RunKind::Action,
        trigger: Trigger::Webhook,
        connection,
        stream: None,
        action: Some(ask.action.clone()),
        full: false,
        input_hash: Some(input.hash().to_owned()),
        input: Some(input.text),
        input_sealed: input.sealed,
        key: Some(ask.key.clone()),
        ordering: input.ordering,
        due_at: now,
    })
}
