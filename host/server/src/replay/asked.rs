//! What a call was asked, read back from its trace.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use windlass_sandbox::{ActRequest, DeliveryRequest, FollowedChange, PastIntent, ReadRequest, spec::Spec};

use crate::run::trace::Recording;

/// One export with its request.
pub enum Asked {
    Read(ReadRequest),
    Migrate(Migrate),
    Act(ActRequest),
    Receive(DeliveryRequest),
    React(Vec<FollowedChange>),
}

#[derive(Deserialize)]
pub struct Migrate {
    pub stream: String,
    pub checkpoint: String,
    #[serde(rename = "from-state")]
    pub from_state: u32,
}

/// As `run/action` writes it down.
#[derive(Deserialize)]
struct Act {
    action: String,
    input: Option<String>,
    key: String,
    attempt: u32,
    state: Option<String>,
    intents: Vec<PastIntent>,
}

/// As `run/webhook` writes it down.
#[derive(Deserialize)]
struct Delivery {
    webhook: String,
    event_id: Option<String>,
    method: String,
    query: String,
    headers: Vec<(String, String)>,
    body_base64: String,
    received_at: i64,
    attempt: u32,
}

/// As `run/flow` writes it down.
#[derive(Deserialize)]
struct Changes {
    changes: Vec<FollowedChange>,
}

impl Asked {
    /// An error says why it cannot be read.
    pub fn of(recording: &Recording) -> Result<Asked, String> {
        let request = &recording.request;
        Ok(match recording.export.as_str() {
            "read" => Asked::Read(read(request)?),
            "migrate" => Asked::Migrate(read(request)?),
            "act" => Asked::Act(read::<Act>(request)?.into()),
            "receive" => Asked::Receive(read::<Delivery>(request)?.whole()?),
            "react" => Asked::React(read::<Changes>(request)?.changes),
            other => return Err(format!("calls of `{other}` are not replayed")),
        })
    }

    /// What it is about that a spec does not declare.
    pub fn missing_in(&self, spec: &Spec) -> Option<String> {
        let (noun, name, declared) = match self {
            Asked::Read(ReadRequest { stream, .. }) | Asked::Migrate(Migrate { stream, .. }) => {
                ("stream", stream, spec.stream(stream).is_some())
            }
            Asked::Act(ActRequest { action, .. }) => ("action", action, spec.action(action).is_some()),
            Asked::Receive(DeliveryRequest { webhook, .. }) => {
                ("webhook", webhook, spec.webhook(webhook).is_some())
            }
            Asked::React(_) => return None,
        };
        (!declared).then(|| format!("{noun} {name}"))
    }
}

fn read<T: DeserializeOwned>(request: &Value) -> Result<T, String> {
    T::deserialize(request).map_err(|error| format!("the trace does not say what was asked: {error}"))
}

impl From<Act> for ActRequest {
    fn from(act: Act) -> Self {
        ActRequest {
            action: act.action,
            input: act.input.unwrap_or_else(|| "null".into()),
            key: act.key,
            attempt: act.attempt,
            intents: act.intents,
            state: act.state,
        }
    }
}

impl Delivery {
    fn whole(self) -> Result<DeliveryRequest, String> {
        let body = STANDARD.decode(self.body_base64);
        Ok(DeliveryRequest {
            webhook: self.webhook,
            event_id: self.event_id,
            method: self.method,
            query: self.query,
            headers: self.headers,
            body: body.map_err(|error| format!("the trace does not hold the delivery's body: {error}"))?,
            received_at: self.received_at,
            attempt: self.attempt,
        })
    }
}
