//! What a connector author sees of Windlass.
//!
//! A connector is one type that implements [`Connector`] and one call of [`connector!`]. The type
//! is the connection's configuration, [`spec::Spec`] says what the host must do for it, and the
//! rest is asking the vendor: [`http`], [`storage`], [`rate_limit`], [`log`].
//!
//! # A connector from nothing
//!
//! `Cargo.toml` of a new crate:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! windlass-sdk = { path = "../windlass/plugins/sdk" } # or `git`, with the address of the source
//! schemars = "1"
//! serde = { version = "1", features = ["derive"] }
//! ```
//!
//! `src/lib.rs`:
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use windlass_sdk::spec::{Auth, Limit, Spec, Stream};
//! use windlass_sdk::{Connector, Error, Page, ReadRequest, Result, Secret, http};
//!
//! /// The properties that an operator sets; these comments are what the operator reads.
//! #[derive(Deserialize, JsonSchema)]
//! struct Shop {
//!     /// In the shop under Settings > API.
//!     token: Secret,
//!     /// The shop's address.
//!     base_url: String,
//! }
//!
//! /// Where the walk of `orders` goes on.
//! #[derive(Default, Deserialize, Serialize)]
//! struct Place {
//!     page: u32,
//! }
//!
//! impl Connector for Shop {
//!     fn spec() -> Spec {
//!         Spec::new("shop", "Shop", env!("CARGO_PKG_VERSION"))
//!             .host("{base_url}")
//!             .auth(Auth::everywhere().header("authorization", "Bearer {token}"))
//!             .limit(Limit::new("requests", 60, 60))
//!             .stream(Stream::snapshot("orders").key("/id").every("15m"))
//!     }
//!
//!     fn read(&self, request: &ReadRequest) -> Result<Page> {
//!         match request.stream.as_str() {
//!             "orders" => self.orders(request),
//!             other => Err(Error::unknown_stream(other)),
//!         }
//!     }
//! }
//!
//! impl Shop {
//!     fn orders(&self, request: &ReadRequest) -> Result<Page> {
//!         let Place { page } = request.checkpoint_or_default()?;
//!         let url = format!("{}/orders", self.base_url.trim_end_matches('/'));
//!         let answer = http::get(url).query("page", page).send()?.ok()?;
//!         let rows = answer.pick("/orders", "/id")?;
//!         let found = Page::of(rows.keep_all()?);
//!         if rows.is_empty() {
//!             // The walk is over; the next one begins at the first page.
//!             return found.last(&Place::default());
//!         }
//!         found.next(&Place { page: page + 1 })
//!     }
//! }
//!
//! windlass_sdk::connector!(Shop);
//! # use serde_json::json;
//! # use windlass_sdk::testing::{Answer, TestHost};
//! # let mut host = TestHost::<Shop>::new(json!({ "base_url": "https://shop.example/" }));
//! # host.expect("GET", "https://shop.example/orders?page=0")
//! #     .answer(Answer::json(json!({ "orders": [{ "id": 7 }] })));
//! # host.expect("GET", "https://shop.example/orders?page=1")
//! #     .answer(Answer::json(json!({ "orders": [] })));
//! # assert_eq!(host.sync("orders").unwrap().keys(), ["7"]);
//! ```
//!
//! Build it with `cargo build --release --target wasm32-wasip2` (`rustup target add wasm32-wasip2` once); the
//! `.wasm` file is all that an operator needs. Test it natively with [`testing`].
//!
//! There is no network but [`http`], no folder, no variable and no thread; a call that sleeps long is ended.
//!
//! # Choices and rules of the configuration
//!
//! A property whose values are records of a stream says so, and the operator sees names instead of
//! numbers. A property of rows may also say that a value appears once, in the connection or in all
//! connections of the connector (`"on-repeat": "warn"` lets it pass with a word):
//!
//! ```
//! # use schemars::JsonSchema;
//! # use serde::Deserialize;
//! #[derive(Deserialize, JsonSchema)]
//! struct Location {
//!     #[schemars(extend("unique" = { "within": "connector", "hint": "a location has one warehouse" }))]
//!     location: String,
//!     #[schemars(extend("options-from" = {
//!         "stream": "warehouses", "value": "/id", "label": "/name", "active": "/active"
//!     }))]
//!     warehouse: u32,
//! }
//! ```
//!
//! A boolean property may switch a stream or an action ([`spec::Stream::enabled_by`]), and a number may
//! be a limit ([`spec::Limit::new`] with `"{property}"`). The host enforces all of it; the component
//! need not look.
//!
//! # What to keep in mind
//!
//! - A call is a transaction: it commits what it returns, or nothing. Every call gets fresh memory
//!   and is made again from the last committed checkpoint when it fails.
//! - Rows that are picked and kept stay with the host: a page of a thousand records costs the
//!   component nothing. Copy a row only to change it.
//! - An [`Error`] says what the host does next: stop the schedule (`config`, `auth`), wait
//!   (`rate-limited`), try again (`transient`), give up (`rejected`).
//! - An action must say what makes a repeat safe: [`spec::Repeat`]. One that looks up before it sends
//!   again asks [`ActRequest::lookup`].
//! - What a vendor delivers to a webhook is verified, kept and answered before [`Connector::receive`] is
//!   called; a repeat does not come again, but a delivery whose call failed does. `{webhook-url:NAME}` in a
//!   request stands for the address that the vendor must be told: [`spec::Webhook`].
//! - A component sees no secret. It declares where each goes: [`spec::Auth`].
#![warn(missing_docs)]

mod act;
mod check;
pub mod clock;
#[cfg(target_arch = "wasm32")]
mod component;
mod connector;
mod error;
mod flow;
pub mod http;
pub mod lenient;
pub mod log;
mod lookup;
pub mod rate_limit;
mod read;
mod receive;
pub mod records;
mod secret;
pub mod spec;
pub mod storage;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
#[cfg(feature = "zones")]
pub mod zone;

pub use act::{ActRequest, Intent, IntentOutcome, Outcome};
pub use check::CheckOutcome;
pub use connector::Connector;
pub use error::{Error, ErrorKind, Result};
pub use flow::{Change, ChangeKind, Command, FailedAction, Flow, Reaction};
pub use http::KeptRows;
pub use lookup::Lookup;
pub use read::{Page, ReadRequest};
pub use receive::{Delivery, DeliveryOutcome};
pub use secret::Secret;
pub use spec::Spec;

// What answers the capability calls; both modules have the same functions and types.
#[cfg(target_arch = "wasm32")]
use component::backend;
#[cfg(not(target_arch = "wasm32"))]
use testing::backend;

/// For [`connector!`] and [`flow!`] alone.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod __private {
    pub use crate::component::{adapter::Adapter, bindings, flow_adapter::FlowAdapter};
}
