//! A simulated instance of Optimakers: our own stand-in, as `FACTS.md` says. It shows that the connector
//! and its profile do what they say; it proves nothing about the vendor's real wire.
//!
//! A test scripts faults and asserts on what came over the wire: see [`simulator`].

mod dialect;
mod handle;
mod instance;
mod order;
#[cfg(test)]
mod tests;
mod vendor;

use std::net::SocketAddr;

use crate::simulator;

pub use dialect::Dialect;
pub use instance::{ATTRIBUTES, CURRENCIES, STATUSES, VAT_RATES};

/// The vendor on its port.
pub type Simulator = simulator::Simulator<vendor::Vendor>;

/// The version of the invented contract; raised with every change of it.
pub const STAND_IN: u32 = 1;
/// An employee's API key; the form of real ones is not known.
pub const API_KEY: &str = "syneo-employee-key-7c41e0a95b38d2f6";
/// The security token of the webhook, chosen by the customer.
pub const WEBHOOK_TOKEN: &str = "a security token that the customer chose";

/// Where the key is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyPlace {
    /// `Authorization: Bearer`.
    #[default]
    Bearer,
    /// `X-Api-Key`.
    Header,
    /// The parameter `api_key` of the query.
    Query,
}

/// What becomes of the parameter that selects orders by their reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lookup {
    #[default]
    Honoured,
    /// Every order is selected.
    Ignored,
    /// No order is.
    Nothing,
}

/// The instance and its rules. All of it is invented.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    pub key_place: KeyPlace,
    pub lookup: Lookup,
    pub dialect: Dialect,
    /// The most rows in one answer, whatever is asked for.
    pub page_max: usize,
    /// Orders that are there at the start, entered by hand.
    pub orders: u64,
    pub products: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            key_place: KeyPlace::default(),
            lookup: Lookup::default(),
            dialect: Dialect::default(),
            page_max: 100,
            orders: 3,
            products: 250,
        }
    }
}
