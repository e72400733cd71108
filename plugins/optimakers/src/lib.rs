//! Optimakers (also OptiMES, Syneo): orders and products of a customer's instance, and new orders into
//! it, each once.
//!
//! # What is fact, and what is invented
//!
//! Optimakers publishes no description of its API. **Fact**, from its guide to the integration with
//! BaseLinker, is only this: every customer has an instance with an address of its own; an API key
//! belongs to an employee; webhooks carry a security token that the customer chooses and report products
//! created, updated and deleted and orders updated; an order has a status, attributes and a flag
//! "realised"; statuses, attributes, VAT rates and currencies have ids.
//!
//! **Invented** is everything on the wire: paths, methods, field names, pages, errors, and where key and
//! token stand. It is a stand-in, so that everything behind it can be built and tested, and it is data:
//! the setting `profile` ([`profile::Profile`]), whose defaults are the stand-in. With the vendor's own
//! description at hand an operator fills in the real one; no new code is needed as long as the API is
//! JSON over HTTP with lists and single records.
//!
//! A spec says once and for all where a credential may go, so these places are no part of the profile:
//! the key goes where the secret that is set says (`api_key`, `api_key_header`, `api_key_query`), and the
//! security token is looked for where the webhook whose address was given to Optimakers says (`events`,
//! `events-query`, `events-body`). A header of another name, or a signature instead of a token, needs a
//! new version of this connector.
//!
//! # Where to look
//!
//! - `config`, [`profile`]: what an operator sets
//! - `api`: one request and its verdict; `pages`: a walk; `lists`: all streams; `webhook`: deliveries
//! - `orders`: creating and changing orders, the names in them, the search before an order is sent

mod api;
mod config;
mod lists;
mod orders;
mod pages;
pub mod profile;
mod webhook;

use windlass_sdk::spec::{Auth, Limit, SharedBy, Spec};
use windlass_sdk::{
    ActRequest, CheckOutcome, Connector, Delivery, DeliveryOutcome, Error, Outcome, Page, ReadRequest, Result,
};

pub use config::Optimakers;

impl Connector for Optimakers {
    fn spec() -> Spec {
        let spec = Spec::new("optimakers", "Optimakers", env!("CONNECTOR_VERSION"))
            .description(
                "Reads orders, products and settings of an Optimakers (OptiMES, Syneo) instance and \
                 creates orders in it. Optimakers publishes no description of its API: that an instance \
                 has an API key and webhooks with a security token is known, everything else on the \
                 wire (paths, field names, pages, where key and token stand) is an invented stand-in, \
                 which the setting `profile` replaces once the real one is known.",
            )
            .link("Guide to the integration", "https://optimakers.pl")
            .host("{base_url}")
            // What has no value is left out: the secret that is set says where the key goes.
            .auth(
                Auth::everywhere()
                    .header("Authorization", "Bearer {api_key}")
                    .header("X-Api-Key", "{api_key_header}")
                    .query("api_key", "{api_key_query}"),
            )
            .limit(Limit::new("requests", "{requests_per_minute}", 60).shared_by(SharedBy::Host, &[]))
            .action(orders::create::declaration())
            .action(orders::update::declaration());
        let spec = lists::all().iter().fold(spec, |spec, list| spec.stream(list.declaration()));
        webhook::declarations().into_iter().fold(spec, Spec::webhook)
    }

    fn check(&self) -> Result<CheckOutcome> {
        orders::search::check(self).map(CheckOutcome::saying)
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        let list = lists::find(&request.stream).ok_or_else(|| Error::unknown_stream(&request.stream))?;
        list.read(self, request)
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            orders::create::NAME => orders::create::act(self, request),
            orders::update::NAME => orders::update::act(self, request),
            other => Err(Error::unknown_action(other)),
        }
    }

    fn receive(&self, delivery: &Delivery) -> Result<DeliveryOutcome> {
        webhook::receive(self, delivery)
    }
}

windlass_sdk::connector!(Optimakers);
