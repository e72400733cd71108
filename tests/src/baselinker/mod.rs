//! A simulated BaseLinker: as strict and as awkward as `FACTS.md` says.
//!
//! [`Simulator::start`] serves on a loopback port from threads of its own, so that blocking tests can
//! use it. Requests are numbered from 1. A test scripts faults, watches stages of requests, and
//! asserts on what came over the wire.

mod catalog;
pub mod control;
mod faults;
mod journal;
mod limit;
mod methods;
mod orders;
mod reads;
mod record;
mod simulator;
#[cfg(test)]
mod tests;
mod vendor;
mod writes;

use std::net::SocketAddr;

use jiff::tz::TimeZone;

pub use faults::{Fault, When};
pub use limit::{Limit, Window};
pub use methods::Effect;
pub use orders::{STATUSES, Seed};
pub use record::{Outcome, Request, Violation};
pub use simulator::{Moment, Simulator, Stage};

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
