//! A simulated Brani: three hosts, as strict and as awkward as `FACTS.md` says.
//!
//! A test scripts faults, watches stages of requests, and asserts on what came over the wire at each host:
//! see [`simulator`](crate::simulator). Pushes leave when the test says [`Brani::push`].

mod account;
mod api;
mod app;
mod auth;
mod events;
mod handle;
mod order;
mod push;
mod target;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::tz::TimeZone;

use crate::simulator::Simulator;
use crate::timeline::Timeline;
use account::Account;

pub use push::Push;

/// A token of the public API. Its form is invented: support sends it.
pub const TOKEN: &str = "brn-SIMULATED-5d1c7e09f2a84b63-ONLYONTHEWIRE";
/// A user of the application.
pub const EMAIL: &str = "windlass@cajovna.example";
pub const PASSWORD: &str = "kote na okne 1987";

/// The vendor on its three ports.
pub struct Brani {
    pub api: Simulator<api::Api>,
    pub auth: Simulator<auth::Auth>,
    pub app: Simulator<app::App>,
    account: Shared,
}

/// The e-shop and the vendor's rules. What is not known of the real vendor can be set.
#[derive(Clone)]
pub struct Settings {
    pub timeline: Timeline,
    pub token: String,
    pub password: String,
    /// Seconds for which a token of the application is good; for good when none.
    pub token_life: Option<i64>,
    /// Whether the login's answer says how long that is.
    pub tells_life: bool,
    /// How often a push is tried.
    pub attempts: u64,
    /// A public address and where it is really, since no test leaves the machine.
    pub route: Option<(String, String)>,
    /// The most events on a page.
    pub page_max: usize,
    /// Whether `from_date` itself is left out.
    pub from_is_exclusive: bool,
    /// Events that happen while the list is read: one before each page is answered.
    pub busy: usize,
    /// Events that are delivered at last while the list of the undelivered is read: so many before each
    /// page is answered, the oldest first.
    pub shrinks: usize,
    /// What the second deletion of an order is answered.
    pub unknown_order_status: u16,
    /// In which events have their times.
    pub zone: TimeZone,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeline: Timeline::begin(),
            token: TOKEN.into(),
            password: PASSWORD.into(),
            token_life: None,
            tells_life: false,
            attempts: 3,
            route: None,
            page_max: 1000,
            from_is_exclusive: false,
            busy: 0,
            shrinks: 0,
            unknown_order_status: 404,
            zone: TimeZone::get("Europe/Prague").expect("the time zone database is built in"),
        }
    }
}

/// One account, seen by three hosts.
#[derive(Clone)]
struct Shared(Arc<Mutex<Account>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Account> {
        self.0.lock().expect("the vendor does not panic")
    }
}
