//! A simulated Cloudspot ERP: as strict and as awkward as `FACTS.md` says.
//!
//! One company with articles, categories and clients, read with company tokens; and users who sign in to
//! external applications. A test scripts faults and asserts on what came over the wire: see
//! [`simulator`].

mod company;
mod handle;
#[cfg(test)]
mod tests;
mod users;
mod vendor;

use std::net::SocketAddr;

use crate::simulator;

pub use company::Right;
pub use users::User;

/// The vendor on its port.
pub type Simulator = simulator::Simulator<vendor::Vendor>;

/// A company token; the form of real ones is not known.
pub const TOKEN: &str = "3f1c9a77e2simulatedcompanytoken5b84d0c6";
/// A user who may sign in.
pub const USERNAME: &str = "gebruiker@bedrijf.example";
pub const PASSWORD: &str = "een-lang-wachtwoord-dat-nergens-staat";
/// An application whose users have permissions of their own.
pub const APPLICATION: &str = "timeapp";
/// What users of [`APPLICATION`] may do there.
pub const PERMISSIONS: [&str; 3] = ["view-timesheets", "edit-timesheets", "approve-timesheets"];
/// What a user gets who signed in under a name that no application has: too much, and not the right.
pub const WRONG_PERMISSIONS: [&str; 2] = ["view-everything", "edit-everything"];

/// The company, its users and the vendor's rules. What is not known of the real vendor can be set.
#[derive(Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Company tokens, and what each may see.
    pub tokens: Vec<(String, Vec<Right>)>,
    pub users: Vec<User>,
    /// The HTTP status for a token that is missing, unknown, or without the right.
    pub refused_status: u16,
    /// The HTTP status for a wrong user name or password.
    pub bad_credentials_status: u16,
    /// Whether a single row comes as an object instead of a list of one.
    pub single_as_object: bool,
    /// Whether amounts come as text.
    pub amounts_as_text: bool,
    pub artikels: usize,
    pub klanten: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tokens: vec![(TOKEN.into(), vec![Right::Products, Right::Clients])],
            users: vec![User::default()],
            refused_status: 401,
            bad_credentials_status: 401,
            single_as_object: false,
            amounts_as_text: false,
            artikels: 40,
            klanten: 25,
        }
    }
}
