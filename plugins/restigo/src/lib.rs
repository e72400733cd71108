//! Restigo's suppliers API: a supplier's items and price lists, and changes to the lists.
//!
//! The vendor documents little: no limits, no pages, no ids of ours. What it leaves open is a setting
//! ([`Restigo`]) or is judged by what the answers say. The crate has more lines than most connectors
//! because each of the vendor's seven calls is an action, a stream or both, with its schemas.
//!
//! - `api`: one call, its parameters and its answer
//! - `lists`: items and price lists; `clients`: customers, one call each
//! - `actions`: what is asked once and what changes the lists
//!
//! The daily documents of the same vendor (an XML feed, no part of this API) are to stand beside these.

mod actions;
mod api;
mod clients;
mod lists;
mod price;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::{Auth, Limit, SharedBy, Spec};
use windlass_sdk::{ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result, Secret};

const PRODUCTION: &str = "https://suppliers.restigo.co.il";
const DEVELOPMENT: &str = "https://suppliers-dev.restigo.co.il";

/// A connection to one Restigo supplier.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Restigo {
    /// The key of the suppliers API. No screen shows it: Restigo issues it to each supplier
    /// individually ("Provided separately"). It is sent in the header `token`.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    token: Secret,

    /// Which of Restigo's two systems the key belongs to; Restigo says so with the key. Without
    /// effect when `base_url` is set.
    #[serde(default)]
    environment: Environment,

    /// Where the API is, before `/api/departments/thirdParty`. In the guide: the address after "Url
    /// for". Left out: the address of `environment`. Set only for a proxy or a test.
    #[schemars(regex(pattern = "^https?://"))]
    base_url: Option<String>,

    /// The customers that the stream `clients` reads, such as `["556781", "0123"]`. In the guide:
    /// customer code (קוד לקוח), the number that the customer has in the supplier's own books; with
    /// its leading zeros.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), extend("uniqueItems" = true))]
    customer_numbers: Vec<String>,

    /// Where the parameters of those calls stand whose body the guide does not show: it prints them
    /// under "Headers" and means something else. Left out: in the query for GET, in a JSON body for
    /// the rest. Change it when Restigo's support says so, or when every call is refused for a
    /// missing parameter. Prices and items to remove always stand in a JSON body, as in the guide.
    parameter_location: Option<Location>,

    /// Requests a minute, by all programs with this key together. The guide names no limit: ours to
    /// choose, to be a polite guest.
    #[serde(default = "default_requests_per_minute")]
    #[schemars(range(min = 2, max = 100_000))]
    #[expect(dead_code, reason = "declared for the host, which keeps the limit")]
    requests_per_minute: u32,
}

/// One of the vendor's two systems.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Environment {
    #[default]
    Production,
    Development,
}

/// Where parameters stand.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Location {
    Query,
    Body,
    Header,
}

fn default_requests_per_minute() -> u32 {
    60
}

impl Connector for Restigo {
    fn spec() -> Spec {
        Spec::new("restigo", "Restigo", env!("CARGO_PKG_VERSION"))
            .description("Reads a Restigo supplier's items and price lists, and changes the lists.")
            .host(&format!("{PRODUCTION}{}", api::PATH))
            .host(&format!("{DEVELOPMENT}{}", api::PATH))
            .host("{base_url}")
            .auth(Auth::everywhere().header("token", "{token}"))
            .limit(
                Limit::new("requests", "{requests_per_minute}", 60)
                    .shared_by(SharedBy::Credential, &["token"]),
            )
            .stream(lists::items())
            .stream(lists::pricings())
            .stream(clients::declaration())
            .action(actions::find::items())
            .action(actions::find::pricings())
            .action(actions::find::client())
            .action(actions::create_pricing::declaration())
            .action(actions::items::upsert())
            .action(actions::items::remove())
            .action(actions::remove_client::declaration())
    }

    fn check(&self) -> Result<CheckOutcome> {
        let items = self.get("items", None)?.pick("", "/item_id")?;
        Ok(CheckOutcome::saying(format!("the supplier has {} active items", items.len())))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        match request.stream.as_str() {
            lists::ITEMS => lists::read(self, "items", "/item_id", request),
            lists::PRICINGS => lists::read(self, "pricings", "/pricing_id", request),
            clients::NAME => clients::read(self, request),
            other => Err(Error::unknown_stream(other)),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            actions::find::ITEMS => actions::find::find_items(self, request),
            actions::find::PRICINGS => actions::find::find_pricings(self, request),
            actions::find::CLIENT => actions::find::get_client(self, request),
            actions::create_pricing::NAME => actions::create_pricing::act(self, request),
            actions::items::UPSERT => actions::items::upsert_items(self, request),
            actions::items::REMOVE => actions::items::remove_items(self, request),
            actions::remove_client::NAME => actions::remove_client::act(self, request),
            other => Err(Error::unknown_action(other)),
        }
    }
}

windlass_sdk::connector!(Restigo);
