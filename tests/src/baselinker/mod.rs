//! A simulated BaseLinker: as strict and as awkward as `FACTS.md` says.
//!
//! A test scripts faults, watches stages of requests, and asserts on what came over the wire: see
//! [`simulator`].

mod catalog;
mod handle;
mod journal;
mod methods;
mod orders;
mod reads;
#[cfg(test)]
mod tests;
mod vendor;
mod writes;

use std::net::SocketAddr;

use jiff::tz::TimeZone;

use crate::simulator::{self, Limit};

pub use methods::Effect;
pub use orders::{STATUSES, Seed};

/// The vendor on its port.
pub type Simulator = simulator::Simulator<vendor::Vendor>;

/// A token in the vendor's form.
pub const TOKEN: &str = "2000123-4000567-Q7WFK2SIMULATEDZX81ONLYONTHEWIRE5TJ";

/// The account and its rules. What is not known of the real vendor can be set.
#[derive(Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Tokens of the one account; each is counted by itself.
    pub tokens: Vec<String>,
    /// Whether the deprecated form field `token` is accepted too.
    pub accept_form_token: bool,
    /// The code for a bad token.
    pub auth_error: String,
    pub limit: Limit,
    /// In which block messages name their moment.
    pub zone: TimeZone,
    /// Whether the journal is switched on.
    pub journal: bool,
    /// Whether `date_confirmed_from` counts when `id_from` is given too.
    pub date_counts_with_id: bool,
    pub seed: Seed,
    pub products: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tokens: vec![TOKEN.into()],
            accept_form_token: false,
            auth_error: "ERROR_AUTH_TOKEN".into(),
            limit: Limit::default(),
            zone: TimeZone::get("Europe/Warsaw").expect("the time zone database is built in"),
            journal: false,
            date_counts_with_id: true,
            seed: Seed::default(),
            products: 0,
        }
    }
}
