//! A connector with an action of every kind. The vendor at `base_url` decides what comes of them: what it
//! answers is what they return.
//!
//! - `orders`: one request each, made safe to repeat in the three ways there are
//! - `import`: chunks
//! - `users`: secrets in and out

mod import;
mod orders;
mod users;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use windlass_sdk::http::Response;
use windlass_sdk::spec::{Action, Repeat, Spec};
use windlass_sdk::{ActRequest, Connector, Error, Outcome, Result};

/// The configuration.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Actor {
    /// The vendor's address.
    pub base_url: String,
    /// Whether it ships.
    #[serde(default = "yes")]
    pub shipping: bool,
}

fn yes() -> bool {
    true
}

impl Connector for Actor {
    fn spec() -> Spec {
        let order = |name: &str, repeat| {
            Action::new::<orders::Order, orders::Done>(name, repeat).ordering("/order").settle_seconds(1)
        };
        Spec::new("actor", "Actor", env!("CARGO_PKG_VERSION"))
            .host("{base_url}")
            .action(order("pay", Repeat::VendorKey))
            .action(order("ship", Repeat::Lookup).max_requests(2).enabled_by("shipping"))
            .action(order("phone", Repeat::None))
            .action(Action::new::<import::Lines, import::Imported>("import", Repeat::None))
            .action(Action::new::<users::NewUser, users::User>("create-user", Repeat::None).max_requests(2))
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            "pay" | "phone" => self.order(request),
            "ship" => self.ship(request),
            "import" => self.import(request),
            "create-user" => self.create_user(request),
            other => Err(Error::unknown_action(other)),
        }
    }
}

impl Actor {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url.trim_end_matches('/'))
    }
}

/// The vendor's answer as JSON. 422 is its refusal, in its own words.
pub(crate) fn json(answer: &Response) -> Result<Value> {
    let text = answer.text()?;
    let value = serde_json::from_str(&text).map_err(|error| Error::other("answer", error.to_string()))?;
    match answer.status() {
        200 => Ok(value),
        422 => Err(Error::rejected("Refused", format!("the vendor said {text}")).with_detail(value)),
        status => Err(Error::transient("status", format!("the vendor answered {status}"))),
    }
}

windlass_sdk::connector!(Actor);
