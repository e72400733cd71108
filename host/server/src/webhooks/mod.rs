//! Webhooks in: from a request at an address to a delivery that is on disk.
//!
//! A request passes, in this order and no further than it is entitled to: the address is found by the keyed
//! hash of its secret part (`address`, `targets`); there is room for it (`room`); its body comes whole and
//! in time; it is verified as the spec declares (`verify`); what is secret in it is cut out (`clean`); it is
//! given what tells a repeat (`identity`); it is kept with others in one commit (`inbox`), and answered. A
//! run of kind webhook does the rest (`run/webhook.rs`).
//!
//! To add a kind of verification: a case in `verify`, what must hold of it in the sandbox's
//! `spec/check_webhooks.rs`, and its sentence in `asks/render.rs`.

mod address;
mod clean;
mod identity;
mod inbox;
mod room;
mod targets;
mod verify;

use tokio::sync::Notify;
use windlass_db::Db;

pub use address::{ensure, fresh, opened, path, url};
pub use inbox::NotKept;
pub use room::{MOST_BODY_BYTES, NoRoom};
pub use targets::{Target, TargetError};
pub use verify::Unverified;

use inbox::Inbox;
use room::Room;
use targets::Targets;

/// What the webhooks of a running host share.
pub struct Webhooks {
    pub inbox: Inbox,
    pub room: Room,
    pub targets: Targets,
    /// Rung when deliveries were kept here. Only a hint: they are also polled for.
    pub kept: std::sync::Arc<Notify>,
}

/// A request to an address, whole.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub method: String,
    /// What stands behind the `?`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: bytes::Bytes,
}

impl Webhooks {
    /// Needs a runtime: the inbox has a writer of its own.
    pub fn new(db: &Db) -> Webhooks {
        let kept = std::sync::Arc::new(Notify::new());
        Webhooks {
            inbox: Inbox::open(db.clone(), kept.clone()),
            room: Room::default(),
            targets: Targets::default(),
            kept,
        }
    }
}

impl Arrived {
    /// The value of a header that came once.
    fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}
