//! A simulated Restigo: as strict and as awkward as `FACTS.md` says.
//!
//! A test scripts faults, watches stages of requests, and asserts on what came over the wire: see
//! [`simulator`].

mod book;
mod documents;
mod endpoints;
mod handle;
mod parameters;
#[cfg(test)]
mod tests;
mod vendor;

use std::net::SocketAddr;

use crate::simulator;

pub use book::{NameFilter, PriceList, Seed, UnknownSku};
pub use parameters::Location;

/// The vendor on its port.
pub type Simulator = simulator::Simulator<vendor::Vendor>;

/// A supplier's key. Its form is invented: the guide shows none.
pub const TOKEN: &str = "rst-SIMULATED-8c1f0a7e5d2b4936-ONLYONTHEWIRE";

/// What stands before every path.
pub const PREFIX: &str = "/api/departments/thirdParty/";

/// The supplier and the vendor's rules. What is not known of the real vendor can be set.
#[derive(Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    pub tokens: Vec<String>,
    /// Where parameters stand in the calls that the guide does not show with a body.
    pub parameters: Location,
    /// Whether a second price list of the same name is made; else it is refused.
    pub twin_names: bool,
    pub unknown_sku: UnknownSku,
    pub name_filter: NameFilter,
    /// Whether taking a customer off a list that it is not on succeeds; else it is refused.
    pub absent_is_removed: bool,
    /// Whether 200 is answered where the guide shows 201.
    pub only_200: bool,
    /// Whether letters beyond ASCII come as `\uXXXX`, as a PHP back end writes them.
    pub escapes: bool,
    /// The header `Authorization` that a delivered file needs; any will do if none.
    pub documents_authorization: Option<String>,
    pub seed: Seed,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tokens: vec![TOKEN.into()],
            parameters: Location::ByMethod,
            twin_names: true,
            unknown_sku: UnknownSku::LeftOut,
            name_filter: NameFilter::Contains,
            absent_is_removed: false,
            only_200: false,
            escapes: false,
            documents_authorization: None,
            seed: Seed::default(),
        }
    }
}
