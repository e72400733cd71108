//! A connector of which tests make as many versions as they want, good and bad ones.
//!
//! What a version is stands in a mark of fixed length in the component's bytes; a test writes another one
//! over it (`tests/src/versioned.rs`). It makes its records itself, ten a page, and asks nobody.

use std::hint::black_box;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::spec::{Place, Spec, Stream, Verify, Webhook};
use windlass_sdk::{Connector, Delivery, DeliveryOutcome, Error, Page, ReadRequest, Result, Secret};

/// Version, state and deed, and dots up to the length.
static MARK: &str = "windlass-version|1.0.0|1|good|..................................";
/// Records of a page.
const PAGE: u32 = 10;
/// Where bad versions fail.
const THIRD: u32 = 2;

/// The configuration.
#[derive(Deserialize, JsonSchema)]
pub struct Versioned {
    /// Proves a delivery.
    #[expect(dead_code, reason = "the host reads it")]
    token: Secret,
    /// Pages of a walk.
    #[serde(default = "five")]
    pages: u32,
}

fn five() -> u32 {
    5
}

/// The checkpoint of state 2; that of state 1 is the number alone.
#[derive(Deserialize, Serialize)]
struct Place2 {
    page: u32,
}

#[derive(Deserialize)]
struct Event {
    event: String,
}

fn mark() -> Vec<&'static str> {
    black_box(MARK).split('|').skip(1).collect()
}

fn version() -> &'static str {
    mark()[0]
}

fn state() -> u32 {
    mark()[1].parse().unwrap_or(1)
}

fn deed() -> &'static str {
    mark()[2]
}

impl Connector for Versioned {
    fn spec() -> Spec {
        let event = Webhook::new("events", Verify::secret(Place::Header, "X-Token", "{token}"));
        let spec = Spec::new("versioned", "Versioned", version())
            .state(state())
            .stream(Stream::incremental("items").key("/n"))
            .stream(Stream::incremental("events").key("/event"))
            .webhook(event.event_id("/event").answer(200, None));
        match deed() {
            "asks" => spec.host("https://elsewhere.invalid"),
            _ => spec,
        }
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        let page = match (&request.checkpoint, state()) {
            (None, _) => 0,
            (Some(_), 2) => request.checkpoint_or_default::<Option<Place2>>()?.map_or(0, |place| place.page),
            (Some(_), _) => request.checkpoint_or_default()?,
        };
        if page >= THIRD && page < self.pages {
            match deed() {
                "traps" => panic!("this version cannot read the third page"),
                "loops" => spin(),
                "writes-nonsense" => return Ok(Page::new().record("", "{\"n\":")),
                "errs" => return Err(Error::other("odd", "this version does not know the third page")),
                _ => {}
            }
        }
        let records = if page < self.pages { page * PAGE..(page + 1) * PAGE } else { 0..0 };
        let found =
            records.fold(Page::new(), |found, n| found.record(n.to_string(), json!({ "n": n }).to_string()));
        let after = (page + 1).min(self.pages);
        match (after < self.pages, state()) {
            (true, 2) => found.next(&Place2 { page: after }),
            (false, 2) => found.last(&Place2 { page: after }),
            (true, _) => found.next(&after),
            (false, _) => found.last(&after),
        }
    }

    fn migrate(_: &str, checkpoint: &str, from_state: u32) -> Result<Option<String>> {
        let page: u32 = match from_state {
            1 => serde_json::from_str(checkpoint)
                .map_err(|error| Error::other("checkpoint", error.to_string()))?,
            other => return Err(Error::other("checkpoint", format!("state {other} is not known here"))),
        };
        Ok(Some(json!({ "page": page }).to_string()))
    }

    fn receive(&self, delivery: &Delivery) -> Result<DeliveryOutcome> {
        let Event { event } = delivery.json()?;
        let json = json!({ "event": event }).to_string();
        Ok(DeliveryOutcome::new().record("events", event, json))
    }
}

fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

windlass_sdk::connector!(Versioned);
