//! BaseLinker (Base.com): an account's orders, incrementally, its products, and changes to both.
//!
//! One address takes every call as a form with a method and its parameters, and answers 200 to
//! everything: see `api`. The crate is longer than most connectors because `getOrders` has no
//! cursor: a walk by seconds that loses nothing (`walk`) serves both the stream of orders and the
//! lookup that makes `add-order` safe to repeat.
//!
//! - `orders`: the stream, with the journal and the walk over the last days
//! - `lists`: short lists, read whole; `products`: products and their stock
//! - `actions`: what changes the account

mod actions;
mod api;
mod block;
mod lists;
mod orders;
mod products;
mod walk;

use schemars::JsonSchema;
use serde::Deserialize;
use windlass_sdk::spec::{Auth, Limit, Match, SharedBy, Spec};
use windlass_sdk::{
    ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result, Secret, zone,
};

/// Set by `build.rs`: the crate's version, or the next one for tests of a swap.
const VERSION: &str = env!("CONNECTOR_VERSION");

/// The limit that the host keeps, by its name in the spec.
pub(crate) const LIMIT: &str = "requests";

/// A connection to one BaseLinker account.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct BaseLinker {
    /// The API token. In BaseLinker: My account (Moje konto), tab API.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    token: Secret,

    /// Only orders in this status are read. In BaseLinker: Orders (Zamówienia) > Order statuses
    /// (Statusy zamówień); the page does not show the id, it stands in the link that edits the
    /// status. Left out: all confirmed orders.
    #[schemars(extend(
        "options-from" = {"stream": "order-statuses", "value": "/id", "label": "/name"}
    ))]
    order_status: Option<u64>,

    /// The time zone in which BaseLinker says until when a token is blocked. Its screens do not
    /// show it; Polish and Czech accounts see Europe/Warsaw.
    #[serde(default = "default_time_zone")]
    time_zone: String,

    /// Without an order status: orders confirmed in so many last days are read again once an hour,
    /// since the journal may be switched off. Ours to choose; no screen of BaseLinker shows it.
    #[serde(default = "default_reread_days")]
    #[schemars(range(min = 1, max = 90))]
    reread_days: u32,

    /// Requests a minute that the account may make, by all programs together. 100 unless the account
    /// has bought more, which no screen of BaseLinker is known to show.
    #[serde(default = "default_requests_per_minute")]
    #[schemars(range(min = 1, max = 100_000))]
    #[expect(dead_code, reason = "declared for the host, which keeps the limit")]
    requests_per_minute: u32,

    /// Where the API is. In BaseLinker: the address in the API's documentation, before
    /// `/connector.php`. Changed only for a proxy or a test.
    #[serde(default = "default_base_url")]
    #[schemars(regex(pattern = "^https?://"))]
    base_url: String,
}

fn default_time_zone() -> String {
    "Europe/Warsaw".into()
}

fn default_reread_days() -> u32 {
    3
}

fn default_requests_per_minute() -> u32 {
    100
}

fn default_base_url() -> String {
    "https://api.baselinker.com".into()
}

impl Connector for BaseLinker {
    fn spec() -> Spec {
        Spec::new("baselinker", "BaseLinker", VERSION)
            .description(
                "Reads orders, products and stock of a BaseLinker (Base.com) account and changes them.",
            )
            .link("API documentation", "https://api.baselinker.com")
            .state(1)
            .host("{base_url}")
            .auth(Auth::everywhere().header("X-BLToken", "{token}"))
            // No path in it: `base_url` may have one of its own, and grants nothing else.
            .safe(Match::all().method("POST").form("method", &["get*"]))
            .limit(Limit::new(LIMIT, "{requests_per_minute}", 60).shared_by(SharedBy::Credential, &["token"]))
            .stream(orders::declaration())
            .stream(lists::order_statuses())
            .stream(lists::inventories())
            .stream(products::products())
            .stream(products::stock())
            .action(actions::status::one())
            .action(actions::status::many())
            .action(actions::add_order::declaration())
            .action(actions::stock::declaration())
    }

    fn check(&self) -> Result<CheckOutcome> {
        if !zone::is_known(&self.time_zone) {
            let message = format!(
                "`time_zone` is `{}`, which is no time zone; set one such as Europe/Warsaw",
                self.time_zone
            );
            return Err(Error::config("unknown-time-zone", message));
        }
        let statuses = lists::read_order_statuses(self)?;
        Ok(CheckOutcome::saying(format!("the account has {} order statuses", statuses.len())))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        match request.stream.as_str() {
            orders::NAME => orders::read(self, request),
            lists::ORDER_STATUSES => Ok(Page::of(lists::read_order_statuses(self)?)),
            lists::INVENTORIES => Ok(Page::of(lists::read_inventories(self)?)),
            products::PRODUCTS => products::read_products(self, request),
            products::STOCK => products::read_stock(self, request),
            other => Err(Error::unknown_stream(other)),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            actions::status::ONE => actions::status::set_one(self, request),
            actions::status::MANY => actions::status::set_many(self, request),
            actions::add_order::NAME => actions::add_order::act(self, request),
            actions::stock::NAME => actions::stock::act(self, request),
            other => Err(Error::unknown_action(other)),
        }
    }
}

windlass_sdk::connector!(BaseLinker);
