//! A connector whose vendor delivers. What a delivery asks for stands in its body: `{"event": "e1",
//! "order": "12", "do": "record"}`.
//!
//! Every delivery that is received adds its event to the list of its order, in storage and as a record: a
//! list shows what was received, how often and in which order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::spec::{Action, Place, Repeat, Spec, Stream, Verify, Webhook};
use windlass_sdk::{
    ActRequest, Connector, Delivery, DeliveryOutcome, Error, Outcome, Page, ReadRequest, Result, Secret,
    http, storage,
};

/// Made from deliveries.
const ORDERS: &str = "orders";
/// Read by key when a delivery asks for it; a walk reads how many walks there were.
const DETAILS: &str = "details";
/// Has a switch.
const NOTES: &str = "notes";

/// The configuration.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "the host reads the secrets and the switch")]
pub struct Hooked {
    /// Proves a delivery by itself.
    token: Option<Secret>,
    /// Signs deliveries.
    signing: Option<Secret>,
    /// Where `register` registers an address.
    #[serde(default = "nowhere")]
    base_url: String,
    /// Switches `notes` on.
    #[serde(default)]
    with_notes: bool,
}

fn nowhere() -> String {
    "https://vendor.invalid".into()
}

/// What a delivery holds.
#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    event: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    r#do: Deed,
    #[serde(default)]
    keys: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    /// Nothing but the list of its order.
    #[default]
    Record,
    /// Forgets the order.
    Delete,
    /// Asks for details by `keys`.
    Read,
    /// Asks for a walk of the details.
    Walk,
    /// Asks for the action `ship`, once per order.
    Ship,
    /// Fails twice, then is received.
    FailTwice,
    Reject,
    Panic,
    /// Names a stream that the spec does not declare.
    Nonsense,
    /// Brings a note.
    Note,
    /// Calls the vendor, which no delivery may here.
    Call,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Ship {
    order: String,
}

#[derive(Deserialize, JsonSchema)]
struct Register {}

#[derive(Serialize, JsonSchema)]
struct Registered {
    /// The addresses that the vendor lists, as the connector sees them.
    listed: String,
}

impl Connector for Hooked {
    fn spec() -> Spec {
        let by_event = |name: &str, verify: Verify| {
            Webhook::new(name, verify).event_id("/event").ordering("/order").answer(200, Some("taken"))
        };
        let hmac = |hex| Verify::hmac_sha_256("x-signature", "{signing}", hex);
        Spec::new("hooked", "Hooked", env!("CARGO_PKG_VERSION"))
            .host("{base_url}")
            .stream(Stream::incremental(ORDERS).key("the order"))
            .stream(Stream::incremental(DETAILS).key("the order").keys_at_once(2))
            .stream(Stream::incremental(NOTES).enabled_by("with_notes"))
            .action(Action::new::<Ship, Ship>("ship", Repeat::VendorKey))
            .action(Action::new::<Register, Registered>("register", Repeat::VendorKey).max_requests(2))
            .webhook(by_event("orders", Verify::secret(Place::Header, "X-Token", "{token}")))
            .webhook(by_event("query", Verify::secret(Place::Query, "token", "{token}")))
            .webhook(by_event("body", Verify::secret(Place::Body, "/token", "{token}")))
            .webhook(by_event("hex", hmac(true).prefix("sha256=")))
            .webhook(by_event("base64", hmac(false)))
            .webhook(Webhook::new("open", Verify::address()).answer(201, None))
            .webhook(Webhook::new("window", Verify::address()).repeat_window_seconds(3_600))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        if request.stream != DETAILS {
            return Page::new().last(&0);
        }
        if request.keys.is_empty() {
            let walks: u32 = request.checkpoint_or_default()?;
            return Page::new().record("walks", json!({ "walks": walks + 1 }).to_string()).last(&(walks + 1));
        }
        let calls = counted("calls")?;
        Ok(request.keys.iter().fold(Page::new(), |page, key| {
            page.record(key, json!({ "id": key, "call": calls, "together": request.keys.len() }).to_string())
        }))
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            "ship" => {
                counted("shipped")?;
                Outcome::done(&request.input::<Ship>()?)
            }
            "register" => self.register(),
            other => Err(Error::unknown_action(other)),
        }
    }

    fn receive(&self, delivery: &Delivery) -> Result<DeliveryOutcome> {
        let event: Event = delivery.json()?;
        let order = event.order.as_str();
        let made = DeliveryOutcome::new();
        let made = match event.r#do {
            Deed::Record => made,
            Deed::Delete => {
                storage::delete(&format!("order/{order}"))?;
                return Ok(made.deleted(ORDERS, order));
            }
            Deed::Read => made.read_keys(DETAILS, event.keys.clone()),
            Deed::Walk => made.walk(DETAILS),
            Deed::Ship => made.act("ship", &Ship { order: order.into() }, order)?,
            Deed::FailTwice if delivery.attempt < 3 => {
                return Err(Error::transient("not-yet", format!("attempt {}", delivery.attempt)));
            }
            Deed::FailTwice => made,
            Deed::Reject => return Err(Error::rejected("no", "this is not wanted")),
            Deed::Panic => panic!("it cannot be received"),
            Deed::Nonsense => made.record("nothing", "1", "{}"),
            Deed::Note => made.record(NOTES, &event.event, "{}"),
            Deed::Call => {
                http::get(&self.base_url).send()?;
                made
            }
        };
        Ok(made.record(ORDERS, order, received(&event)?))
    }
}

impl Hooked {
    /// Registers the address of `orders` and reads the vendor's list.
    fn register(&self) -> Result<Outcome> {
        let url = format!("{}/webhooks", self.base_url);
        http::post(&url).json(&json!({ "event": "order", "url": "{webhook-url:orders}" })).send()?.ok()?;
        let listed = http::get(&url).send()?.ok()?.text()?;
        Outcome::done(&Registered { listed })
    }
}

/// Adds the event to the list of its order; gives the list as JSON.
fn received(event: &Event) -> Result<String> {
    let key = format!("order/{}", event.order);
    let mut events: Vec<String> = match storage::get(&key)? {
        Some(bytes) => {
            serde_json::from_slice(&bytes).map_err(|error| Error::other("storage", error.to_string()))?
        }
        None => Vec::new(),
    };
    events.push(event.event.clone());
    storage::set(&key, json!(events).to_string().as_bytes())?;
    Ok(json!({ "order": event.order, "events": events }).to_string())
}

/// Counts on, and gives the number.
fn counted(what: &str) -> Result<u32> {
    let former = storage::get(what)?.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    let count = former.unwrap_or(0) + 1;
    storage::set(what, count.to_string().as_bytes())?;
    Ok(count)
}

windlass_sdk::connector!(Hooked);
