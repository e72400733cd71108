//! Connections of the guest `hooked`, and the vendor's side of their webhooks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::connection::{create, records};
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Setup};

/// The connection's name.
pub const NAME: &str = "shop";
pub const TOKEN: &str = "the vendor shows this token";
pub const SIGNING: &str = "the vendor signs with this";

/// What a delivery waits for is done within this, on a machine that is busy with other tests.
const DONE_MAX: Duration = Duration::from_secs(120);

/// What the vendor is told: status and body. None when nobody answered.
pub type Told = Option<(u16, String)>;

/// A host with a connection, and the paths of its addresses by webhook.
#[derive(Clone)]
pub struct Hooked {
    pub host: Arc<Host>,
    pub paths: BTreeMap<String, String>,
}

impl Hooked {
    pub fn start() -> Self {
        Self::start_with(Setup::default(), &[])
    }

    /// `settings` of the connection as `--set` takes them.
    pub fn start_with(setup: Setup, settings: &[&str]) -> Self {
        let host = Arc::new(Host::start(setup));
        host.install_guest("hooked");
        Self::connect(host, settings)
    }

    pub fn connect(host: Arc<Host>, settings: &[&str]) -> Self {
        create(&host, NAME, "hooked", settings, &[("token", TOKEN), ("signing", SIGNING)]);
        let paths = paths(&host, NAME);
        Self { host, paths }
    }

    pub fn url(&self, webhook: &str) -> String {
        format!("{}{}", self.host.url(), self.paths[webhook])
    }

    /// Delivers to `orders` as the vendor does.
    pub fn deliver(&self, body: &Value) -> Told {
        self.send("orders", &[("X-Token", TOKEN)], body.to_string().as_bytes())
    }

    /// The same, and it must be taken.
    #[track_caller]
    pub fn taken(&self, body: &Value) {
        assert_eq!(self.deliver(body), Some((200, "taken".to_owned())), "{body}");
    }

    pub fn send(&self, webhook: &str, headers: &[(&str, &str)], body: &[u8]) -> Told {
        post(&self.url(webhook), headers, body)
    }

    /// Waits until no delivery waits any more.
    #[track_caller]
    pub fn drained(&self) {
        eventually("every delivery is received", DONE_MAX, || {
            let (_, list) = self.host.get(&format!("connections/{NAME}/webhooks"));
            let items = list["items"].as_array()?;
            items.iter().all(|webhook| webhook["waiting"] == 0).then_some(())
        });
    }

    /// Waits until a delivery with this event is in a state; gives it as the API shows it.
    #[track_caller]
    pub fn delivery(&self, event: &str, state: &str) -> Value {
        eventually(&format!("{event} is {state}"), DONE_MAX, || {
            self.deliveries().into_iter().find(|found| found["event_id"] == event && found["state"] == state)
        })
    }

    /// Newest first.
    pub fn deliveries(&self) -> Vec<Value> {
        let (status, list) = self.host.get(&format!("connections/{NAME}/deliveries?limit=1000"));
        assert_eq!(status, 200, "{list}");
        list["items"].as_array().expect("a list").clone()
    }

    /// The events of each order, in the order in which they were received.
    pub fn events(&self) -> BTreeMap<String, Vec<String>> {
        let record = |line: String| {
            let record: Value = serde_json::from_str(&line).expect("records are JSON");
            let events = record["events"].as_array().expect("a record has events").iter();
            let events = events.map(|event| event.as_str().expect("events are text").to_owned()).collect();
            (record["order"].as_str().expect("a record has an order").to_owned(), events)
        };
        records(&self.host, NAME, "orders").into_iter().map(record).collect()
    }

    /// All runs of a kind, newest first.
    pub fn runs(&self, kind: &str) -> Vec<Value> {
        let (_, list) = self.host.get(&format!("runs?kind={kind}&limit=1000"));
        list["items"].as_array().expect("a list").clone()
    }
}

/// The paths of a connection's addresses, by webhook.
pub fn paths(host: &Host, connection: &str) -> BTreeMap<String, String> {
    let list = host.json(&["webhook", "list", connection]);
    let items = list["items"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    items.map(|webhook| (text(&webhook["name"]), text(&webhook["path"]))).collect()
}

pub fn post(url: &str, headers: &[(&str, &str)], body: &[u8]) -> Told {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into();
    send(&agent, url, headers, body)
}

/// With an agent whose connections are used again.
pub fn send(agent: &ureq::Agent, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Told {
    let request =
        headers.iter().fold(agent.post(url), |request, (name, value)| request.header(*name, *value));
    let mut answer = request.send(body).ok()?;
    let text = answer.body_mut().read_to_string().ok()?;
    Some((answer.status().as_u16(), text))
}

pub fn status(told: &Told) -> u16 {
    told.as_ref().map_or(0, |(status, _)| *status)
}

/// A delivery that only joins the list of its order.
pub fn event(event: impl ToString, order: impl ToString) -> Value {
    json!({ "event": event.to_string(), "order": order.to_string() })
}
