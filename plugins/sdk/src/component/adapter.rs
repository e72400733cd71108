//! Carries a [`Connector`] to the exports of the component.

use std::marker::PhantomData;

use super::bindings::connector::exports::windlass::connector::{actions, checks, streams, webhooks};
use super::bindings::connector::windlass::connector::errors;
use super::bindings::described::exports::windlass::connector::spec;
use crate::act::Step;
use crate::connector::open;
use crate::{
    ActRequest, Connector, Delivery, DeliveryOutcome, Error, ErrorKind, Intent, IntentOutcome, Outcome, Page,
    ReadRequest,
};

/// The component of a connector.
pub struct Adapter<C>(PhantomData<C>);

impl<C: Connector> spec::Guest for Adapter<C> {
    fn describe() -> String {
        crate::spec::describe::<C>(C::spec()).to_string()
    }
}

impl<C: Connector> checks::Guest for Adapter<C> {
    fn check() -> Result<checks::CheckOutcome, errors::Error> {
        let outcome = open::<C>()?.check()?;
        Ok(checks::CheckOutcome { message: outcome.message, extras: None })
    }
}

impl<C: Connector> streams::Guest for Adapter<C> {
    fn read(request: streams::ReadRequest) -> Result<streams::Page, errors::Error> {
        let request = ReadRequest {
            stream: request.stream,
            checkpoint: request.checkpoint,
            state: request.state,
            keys: request.keys,
            full: request.full,
        };
        Ok(open::<C>()?.read(&request)?.into())
    }

    fn migrate(stream: String, checkpoint: String, from_state: u32) -> Result<Option<String>, errors::Error> {
        Ok(C::migrate(&stream, &checkpoint, from_state)?)
    }
}

impl<C: Connector> actions::Guest for Adapter<C> {
    fn act(request: actions::ActRequest) -> Result<actions::ActOutcome, errors::Error> {
        let request = ActRequest {
            action: request.action,
            input: request.input,
            key: request.key,
            attempt: request.attempt,
            intents: request.intents.into_iter().map(Intent::from).collect(),
            state: request.state,
        };
        Ok(open::<C>()?.act(&request)?.into())
    }
}

impl<C: Connector> webhooks::Guest for Adapter<C> {
    fn receive(delivery: webhooks::Delivery) -> Result<webhooks::DeliveryOutcome, errors::Error> {
        let delivery = Delivery {
            webhook: delivery.webhook,
            event_id: delivery.event_id,
            method: delivery.method,
            query: delivery.query,
            headers: delivery.headers,
            body: delivery.body,
            received_at_ms: delivery.received_at,
            attempt: delivery.attempt,
        };
        Ok(open::<C>()?.receive(&delivery)?.into())
    }
}

impl From<Error> for errors::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::Config => errors::ErrorKind::Config,
            ErrorKind::Auth => errors::ErrorKind::Auth,
            ErrorKind::RateLimited => errors::ErrorKind::RateLimited,
            ErrorKind::Transient => errors::ErrorKind::Transient,
            ErrorKind::Rejected => errors::ErrorKind::Rejected,
            ErrorKind::Other => errors::ErrorKind::Other,
        };
        Self {
            kind,
            code: error.code,
            message: error.message,
            until: error.until_ms,
            extras: error.detail.map(|detail| detail.to_string()),
        }
    }
}

impl From<Page> for streams::Page {
    fn from(page: Page) -> Self {
        let record = |(key, json)| streams::Record { key, json };
        Self {
            rows: page.rows.into_iter().map(|rows| rows.0.0).collect(),
            records: page.records.into_iter().map(record).collect(),
            deleted: page.deleted,
            checkpoint: page.checkpoint,
            more: page.more,
            extras: page.left.map(|left| serde_json::json!({ "left": left }).to_string()),
        }
    }
}

impl From<actions::Intent> for Intent {
    fn from(intent: actions::Intent) -> Self {
        let outcome = match intent.outcome {
            actions::IntentOutcome::NotSent => IntentOutcome::NotSent,
            actions::IntentOutcome::Answered => IntentOutcome::Answered,
            // What is not known counts as open: only that is safe.
            actions::IntentOutcome::Open | actions::IntentOutcome::Other => IntentOutcome::Open,
        };
        Self { ordinal: intent.ordinal, method: intent.method, url: intent.url, outcome, at_ms: intent.at }
    }
}

impl From<Outcome> for actions::ActOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome.0 {
            Step::Done(output) => Self::Done(output),
            Step::Again { state, not_before_ms } => {
                Self::Again(actions::Again { state, not_before: not_before_ms, extras: None })
            }
        }
    }
}

impl From<DeliveryOutcome> for webhooks::DeliveryOutcome {
    fn from(outcome: DeliveryOutcome) -> Self {
        let record =
            |(stream, key, json)| webhooks::StreamRecord { stream, record: streams::Record { key, json } };
        let deleted = |(stream, key)| webhooks::StreamKey { stream, key };
        let read = |(stream, keys)| webhooks::FollowUpRead { stream, keys };
        let action = |(action, input, key)| webhooks::FollowUpAction { action, input, key };
        Self {
            records: outcome.records.into_iter().map(record).collect(),
            deleted: outcome.deleted.into_iter().map(deleted).collect(),
            reads: outcome.reads.into_iter().map(read).collect(),
            actions: outcome.actions.into_iter().map(action).collect(),
            extras: None,
        }
    }
}
