//! Orders from BaseLinker into Optimakers, and their status back.
//!
//! - An order that is in, or enters, the BaseLinker status to import is created in Optimakers, once.
//! - When an order that was created so is realised in Optimakers, its BaseLinker order gets the status to
//!   send, once. Realised set back to no changes nothing.
//!
//! What has been asked for is known by the BaseLinker order's id (`ledger`), and Optimakers' order has
//! it as its reference. So the loop is closed: a status that the flow sets itself imports nothing, an
//! order that leaves the status and comes back is not created again, and orders of Optimakers that the
//! flow did not create are left alone.
//!
//! An action that came to nothing is told by the change that is shown again, and its note is taken back. A
//! flow that was deleted and made again has no notes: what was there when it began it asks for once more
//! (Optimakers finds the order by its reference), and sends its status only from the one to import.
//!
//! - `config`: the source's parameters and tables
//! - `import`: BaseLinker to Optimakers; `order`: the new order; `tables`: VAT rates and currencies
//! - `realised`: Optimakers to BaseLinker

mod config;
mod import;
mod ledger;
mod order;
mod realised;
mod tables;

use windlass_sdk::spec::{Role, Spec};
use windlass_sdk::{Change, Error, Flow, Reaction, Result};

pub use config::Integration;

/// Roles, and what the flow follows and asks for in each.
const BASELINKER: &str = "baselinker";
const OPTIMAKERS: &str = "optimakers";
const ORDERS: &str = "orders";
const SET_STATUS: &str = "set-order-status";
const CREATE: &str = "create-order";

impl Flow for Integration {
    fn spec() -> Spec {
        Spec::new("optimakers-baselinker", "Optimakers and BaseLinker", env!("CONNECTOR_VERSION"))
            .description(
                "Creates BaseLinker's orders of one status in Optimakers, and gives them another status in \
                 BaseLinker once they are realised in Optimakers; each order once, each way. An order \
                 whose VAT rate or currency has no row in the tables waits and is named; others go on.",
            )
            .role(BASELINKER, Role::of("baselinker").follows(ORDERS).asks(SET_STATUS))
            .role(OPTIMAKERS, Role::of("optimakers").follows(ORDERS).asks(CREATE))
    }

    fn react(&self, change: &Change) -> Result<Reaction> {
        match (change.role.as_str(), change.stream.as_str()) {
            (BASELINKER, ORDERS) => import::react(self, change),
            (OPTIMAKERS, ORDERS) => realised::react(self, change),
            (role, stream) => {
                let message = format!("this flow does not follow `{stream}` of `{role}`");
                Err(Error::other("unknown-stream", message))
            }
        }
    }
}

windlass_sdk::flow!(Integration);
