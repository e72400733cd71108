//! ItsPerfect (fashion ERP), api v2: stock by our own locations, items, warehouses and countries, and
//! new orders, each once.
//!
//! The crate has more lines than most connectors because of what the vendor does not document: whether
//! orders can be filtered, how the limit is refused, which form an error has. What is unknown is looked
//! at instead of trusted, above all in the search that keeps an order from being made twice.
//!
//! - `config`: the connection's settings
//! - `api`: one request, its pages and its verdict
//! - `lists`: the streams that are the vendor's own lists; `stock`: the stream by our locations
//! - `create_order`: the action, the order's content, the search before a repeat

mod api;
mod config;
mod create_order;
mod lists;
mod stock;

use windlass_sdk::spec::{Auth, Limit, SharedBy, Spec};
use windlass_sdk::{ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result};

pub use config::ItsPerfect;

/// The limit that the host keeps, by its name in the spec.
const LIMIT: &str = "requests";
const HOUR_SECONDS: u32 = 60 * 60;

impl Connector for ItsPerfect {
    fn spec() -> Spec {
        Spec::new("itsperfect", "ItsPerfect", env!("CARGO_PKG_VERSION"))
            .description("Reads stock, items and warehouses of an ItsPerfect ERP and creates orders in it.")
            .link("API documentation", "https://www.itsperfect-solutions.com/api-v2")
            .host("https://{tenant}.itsperfect.it")
            .host("{base_url}")
            .auth(Auth::everywhere().query("token", "{token}").basic("{username}", "{password}"))
            // All requests to one ERP are counted together, whatever the token.
            .limit(
                Limit::new(LIMIT, "{requests_per_hour}", HOUR_SECONDS)
                    .shared_by(SharedBy::Host, &[])
                    .headers(api::LIMIT_LEFT, Some(api::LIMIT_RESET)),
            )
            .stream(lists::warehouses())
            .stream(lists::countries())
            .stream(lists::items())
            .stream(stock::declaration())
            .action(create_order::declaration())
    }

    fn check(&self) -> Result<CheckOutcome> {
        if !self.active {
            let message = "the connection is switched off by `active`; set it to true";
            return Err(Error::config("switched-off", message));
        }
        self.attributes()?;
        let warehouses = self.page(lists::WAREHOUSES, 1, &[])?.pages.rows;
        Ok(CheckOutcome::saying(format!("the ERP has {warehouses} warehouses")))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        match request.stream.as_str() {
            name @ (lists::WAREHOUSES | lists::COUNTRIES | lists::ITEMS) => lists::read(self, name, request),
            stock::NAME => stock::read(self, request),
            other => Err(Error::unknown_stream(other)),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            create_order::NAME => create_order::act(self, request),
            other => Err(Error::unknown_action(other)),
        }
    }
}

windlass_sdk::connector!(ItsPerfect);
