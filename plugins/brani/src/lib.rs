//! Brani Balič: orders to its packers, and what became of them back.
//!
//! The vendor has three hosts: the public API (`api`), a login (which the host makes, see [`Brani::spec`])
//! and the API of its own application (`app`). The crate is longer than most connectors because of that,
//! and because the list of events has to be read so that nothing is lost while it grows.
//!
//! - `api`: one call of the public API, and what its answers mean
//! - `eshop`: the lists of statuses, shippings and payments that orders refer to
//! - `orders`: orders in
//! - `events`: what happened to orders, swept from the vendor's list; `webhooks`: being told to sweep
//! - `app`: the application's own API

mod api;
mod app;
mod eshop;
mod events;
mod orders;
mod webhooks;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::{Auth, Limit, Login, SharedBy, Spec};
use windlass_sdk::{
    ActRequest, CheckOutcome, Connector, Delivery, DeliveryOutcome, Error, Outcome, Page, ReadRequest,
    Result, Secret,
};

/// A connection to one e-shop at Brani.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Brani {
    /// The token of the public API. No screen of Brani shows it: its support (support@brani.cz) issues
    /// it.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    token: Secret,

    /// The e-mail address of a user of the application at balic.brani.cz, as it is typed there to sign
    /// in. Make a user for this connection alone: Brani's change log names it with all that it does.
    /// Needed by the stream `settings` and the action `app-request` only.
    #[schemars(extend("identifier" = true))]
    #[expect(dead_code, reason = "declared for the host, which logs in with it")]
    email: Option<Secret>,

    /// That user's password at balic.brani.cz.
    #[expect(dead_code, reason = "declared for the host, which logs in with it")]
    password: Option<Secret>,

    /// Which events the stream `webhook-events` reads: all, or only those that Brani could not deliver
    /// to the address that is registered there. Ours to choose; Brani's guide names both. Take
    /// `undelivered` when another program receives the webhooks and this connection only sweeps up.
    #[serde(default)]
    events: Events,

    /// Requests a minute. Brani's guide names no limit: ours to choose, to be a polite guest.
    #[serde(default = "default_requests_per_minute")]
    #[schemars(range(min = 3, max = 100_000))]
    #[expect(dead_code, reason = "declared for the host, which keeps the limit")]
    requests_per_minute: u32,

    /// Where the public API is. In Brani's guide: the address before `/eshop/info`. Changed only for a
    /// proxy or a test.
    #[serde(default = "default_base_url")]
    #[schemars(regex(pattern = "^https?://"))]
    base_url: String,

    /// Where one signs in. In Brani's guide: the address before `/api/login/`. Changed only for a proxy
    /// or a test.
    #[serde(default = "default_auth_url")]
    #[schemars(regex(pattern = "^https?://"))]
    #[expect(dead_code, reason = "declared for the host, which logs in there")]
    auth_url: String,

    /// Where the application is. In Brani's guide: the address before `/api/settings/`. Changed only for
    /// a proxy or a test.
    #[serde(default = "default_app_url")]
    #[schemars(regex(pattern = "^https?://"))]
    app_url: String,
}

/// Which events are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Events {
    #[default]
    All,
    Undelivered,
}

fn default_requests_per_minute() -> u32 {
    300
}

fn default_base_url() -> String {
    "https://api.brani.cz".into()
}

fn default_auth_url() -> String {
    "https://auth.brani.cz".into()
}

fn default_app_url() -> String {
    "https://balic.brani.cz".into()
}

impl Connector for Brani {
    fn spec() -> Spec {
        // Nobody knows how long a token lasts, nor whether the answer says so.
        let login = Login::post("{auth_url}/api/login/", "/access_token", "Authorization", "Bearer {token}")
            .form("username", "{email}")
            .form("password", "{password}")
            .expires_in("/expires_in");
        Spec::new("brani", "Brani Balič", env!("CARGO_PKG_VERSION"))
            .description(
                "Sends orders to the packers of Brani Balič and reads what became of them. Send the e-shop \
                 information first: orders refer to its ids.",
            )
            .link("Guide", "https://brani.cz/navod/brani-balic-napojeni-pres-api")
            .state(1)
            .host("{base_url}")
            .host("{auth_url}")
            .host("{app_url}/api")
            // The login itself goes with nothing but its form.
            .auth(Auth::at("{auth_url}"))
            .auth(Auth::at("{app_url}/api").login(login))
            .auth(Auth::at("{base_url}").header("Authorization", "Bearer {token}"))
            .limit(
                Limit::new("requests", "{requests_per_minute}", 60)
                    .shared_by(SharedBy::Credential, &["token"]),
            )
            .stream(eshop::stream())
            .stream(events::declaration())
            .stream(app::settings())
            .action(eshop::set())
            .action(orders::upsert())
            .action(orders::delete())
            .action(webhooks::register())
            .action(app::request())
            .webhook(webhooks::declaration())
    }

    /// Tries both APIs. The application's may be out of order without the connection being so: most of
    /// it does not need it.
    fn check(&self) -> Result<CheckOutcome> {
        let shop = match eshop::read_name(self)? {
            Some(name) => format!("the public API answers for {name}"),
            None => "the public API answers; no e-shop information was sent yet".to_owned(),
        };
        Ok(CheckOutcome::saying(match app::read_settings(self) {
            Ok(_) => format!("{shop}; the application's API takes the user"),
            Err(error) => format!("{shop}; the application's API cannot be used: {error}"),
        }))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        match request.stream.as_str() {
            eshop::INFO => eshop::read(self),
            events::NAME => events::read(self, request),
            app::SETTINGS => app::read(self),
            other => Err(Error::unknown_stream(other)),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            eshop::SET => eshop::send(self, request),
            orders::UPSERT => orders::send(self, request),
            orders::DELETE => orders::remove(self, request),
            webhooks::REGISTER => webhooks::add_missing(self, request),
            app::REQUEST => app::ask(self, request),
            other => Err(Error::unknown_action(other)),
        }
    }

    fn receive(&self, delivery: &Delivery) -> Result<DeliveryOutcome> {
        webhooks::receive(delivery)
    }
}

windlass_sdk::connector!(Brani);
