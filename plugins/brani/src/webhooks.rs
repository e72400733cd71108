//! Being told that something happened. What a push holds is not documented, and nothing in it proves that
//! it is Brani's: it only says when to sweep the list of events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::spec::{Action, Repeat, Verify, Webhook};
use windlass_sdk::{ActRequest, Delivery, DeliveryOutcome, Error, Outcome, Result, lenient};

use crate::api::judge;
use crate::{Brani, events};

pub const REGISTER: &str = "register-webhooks";
/// One address for events of all kinds.
pub const EVENTS: &str = "events";

/// The address of our webhook, which the host puts in and takes out: it is never seen here.
const ADDRESS: &str = "{webhook-url:events}";
const PATH: &str = "/webhook";

/// What Brani tells about, by its own names. The first four are those of its guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An order was packed. `package_packed`, as translations of the guide call it, is the same.
    #[serde(alias = "package_packed")]
    BalicPacked,
    PackageNumber,
    StatusChange,
    OrderHistory,
    BalicPicked,
    AddedToCart,
    ShippingChange,
    MovementDocumentCreated,
    MovementDocumentUpdated,
    InventoryCheckCompleted,
    PersonalPickupStored,
    PersonalPickupIssued,
    TaskCreated,
    TaskAssigned,
    TaskStatusChanged,
}

#[derive(Deserialize, JsonSchema)]
struct Input {
    events: Vec<Kind>,
}

#[derive(Serialize, JsonSchema)]
struct Output {
    /// What is registered now with our address, of what was asked for.
    webhooks: Vec<Registered>,
    /// What was not registered before.
    added: Vec<Kind>,
}

#[derive(Serialize, JsonSchema)]
struct Registered {
    event: Kind,
    /// Brani's id of the registration.
    webhook_id: lenient::Id,
}

/// A registration at Brani, whosoever address it has.
#[derive(Deserialize)]
pub struct Listed {
    #[serde(deserialize_with = "lenient::whole")]
    pub id: u64,
    pub event_type: String,
    pub webhook_url: String,
}

pub fn declaration() -> Webhook {
    Webhook::new(EVENTS, Verify::address())
        .title("Events")
        .description(
            "Something happened to an order. The stream `webhook-events` is then read; what the push itself \
             says is not used. `register-webhooks` registers the address at Brani.",
        )
        // 200 and nothing else counts as received.
        .answer(200, None)
}

pub fn register() -> Action {
    let kind = "The events by Brani's names; `package_packed` stands for `balic_packed`.";
    let names: Vec<_> =
        OF_ORDERS.into_iter().chain(GENERAL).map(name).chain(["package_packed".to_owned()]).collect();
    Action::new::<Input, Output>(REGISTER, Repeat::Lookup)
        .title("Register webhooks")
        .description(
            "Registers the address of this connection's webhook at Brani for these events. What is \
             registered already is left as it is; none is removed.",
        )
        .input(json!({
            "type": "object",
            "required": ["events"],
            "additionalProperties": false,
            "properties": {
                "events": {
                    "type": "array",
                    "minItems": 1,
                    "description": kind,
                    "items": { "enum": names },
                },
            },
        }))
        .max_requests(2)
}

/// Lists, and adds one that is missing; called again until none is.
pub fn add_missing(shop: &Brani, request: &ActRequest) -> Result<Outcome> {
    let mut events: Vec<Kind> = Vec::new();
    for kind in request.input::<Input>()?.events {
        if !events.contains(&kind) {
            events.push(kind);
        }
    }
    let mut added: Vec<Kind> = request.state()?.unwrap_or_default();
    let listed = list(shop)?;
    let ours = |kind: &Kind| {
        listed.iter().find(|listed| listed.webhook_url == ADDRESS && listed.event_type == name(*kind))
    };
    let Some(missing) = events.iter().find(|kind| ours(kind).is_none()) else {
        let registered = |kind: &Kind| {
            let id = serde_json::from_value(json!(ours(kind)?.id)).ok()?;
            Some(Registered { event: *kind, webhook_id: id })
        };
        let webhooks = events.iter().filter_map(registered).collect();
        return Outcome::done(&Output { webhooks, added });
    };
    if added.contains(missing) {
        let message = format!(
            "Brani said that it registered {}, and does not list it; look there before you try again",
            name(*missing)
        );
        return Err(Error::rejected("not-listed", message));
    }
    let registration = json!({ "event_type": missing, "url": ADDRESS });
    judge(shop.call("POST", PATH).json(&registration).send()?)?;
    added.push(*missing);
    Outcome::again(&added)
}

impl Listed {
    /// Whether its events stand in a list of the other form.
    pub fn is_general(&self) -> bool {
        GENERAL.into_iter().any(|kind| name(kind) == self.event_type)
    }
}

/// Every registration, whosoever address it has.
pub fn list(shop: &Brani) -> Result<Vec<Listed>> {
    let answer = judge(shop.call("GET", PATH).send()?)?;
    let listed = answer.field("/webhook_urls")?.unwrap_or_else(|| "null".to_owned());
    let listed: Option<Vec<Listed>> = serde_json::from_str(&listed).map_err(|error| {
        Error::other("webhook-list", format!("Brani's list of webhooks cannot be read: {error}"))
    })?;
    Ok(listed.unwrap_or_default())
}

/// Whatever it says, it is a reason to look. No record comes of it, so that nothing can come twice.
pub fn receive(delivery: &Delivery) -> Result<DeliveryOutcome> {
    match delivery.webhook.as_str() {
        EVENTS => Ok(DeliveryOutcome::new().walk(events::NAME)),
        other => Err(Error::unknown_webhook(other)),
    }
}

/// Events of orders.
const OF_ORDERS: [Kind; 7] = [
    Kind::BalicPacked,
    Kind::PackageNumber,
    Kind::StatusChange,
    Kind::OrderHistory,
    Kind::BalicPicked,
    Kind::AddedToCart,
    Kind::ShippingChange,
];

/// Events that stand in lists of another form.
const GENERAL: [Kind; 8] = [
    Kind::MovementDocumentCreated,
    Kind::MovementDocumentUpdated,
    Kind::InventoryCheckCompleted,
    Kind::PersonalPickupStored,
    Kind::PersonalPickupIssued,
    Kind::TaskCreated,
    Kind::TaskAssigned,
    Kind::TaskStatusChanged,
];

/// As Brani writes it.
fn name(kind: Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
