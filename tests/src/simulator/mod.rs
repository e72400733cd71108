//! What all simulated vendors share: a socket on which every byte can be broken, scripted faults, a record
//! of every request, counted windows.
//!
//! A vendor implements [`Vendor`] without any socket; time is an argument. [`Simulator::serve`] puts it on
//! a loopback port, served by threads of its own, so that blocking tests can use it. Requests are numbered
//! from 1.

mod faults;
mod limit;
mod record;
mod server;

use serde_json::Value;

pub use faults::{Fault, When};
pub use limit::{Count, Limit, Now, Verdict, Window, max_in_any_window};
pub use record::{Outcome, Request, Violation};
pub use server::{Moment, Simulator, Stage};

use crate::wire::{Answer, Incoming};

/// What a vendor does with requests.
pub trait Vendor: Send + 'static {
    /// The text field of a record in which an echoed token stands.
    const ECHO_FIELD: &'static str;

    /// Reads a request as far as it can be read.
    fn read(&mut self, incoming: &Incoming) -> Call;

    /// Counts a request that has arrived whole and decides whether it is carried out. Breaches of the
    /// vendor's rules that no honest client makes are noted in `breaches`.
    fn admit(
        &mut self,
        incoming: &Incoming,
        call: &Call,
        now: Now,
        breaches: &mut Vec<String>,
    ) -> Result<(), Answer>;

    /// Carries a request out that was admitted.
    fn act(&mut self, request: &Request, now: Now) -> Answer;

    /// A refusal in the vendor's own words.
    fn refuse(&self, code: &str, message: &str) -> Answer;
}

/// A request as the vendor reads it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// What the vendor's people call it: the API's method, or the HTTP method and the path.
    pub method: String,
    /// The credential that it is counted by.
    pub token: Option<String>,
    /// What stands in query, form or body.
    pub parameters: Value,
    /// What no client may send.
    pub wrong: Option<String>,
}
