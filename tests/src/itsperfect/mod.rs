//! A simulated ItsPerfect, api v2: as strict and as awkward as `FACTS.md` says.
//!
//! A test scripts faults, watches stages of requests, and asserts on what came over the wire: see
//! [`simulator`].

mod address;
mod answers;
mod catalog;
mod control;
mod filter;
mod listing;
mod orders;
mod quota;
mod stock;
#[cfg(test)]
mod tests;
mod vendor;

use std::net::SocketAddr;

use jiff::tz::TimeZone;

use crate::simulator;
use crate::timeline::Timeline;

pub use filter::Filters;
pub use listing::Listing;
pub use orders::{InsertId, Order};
pub use quota::{DateForm, Quota};

/// The vendor on its port.
pub type Simulator = simulator::Simulator<vendor::Vendor>;

/// A general token in the vendor's form.
pub const TOKEN: &str = "1523a-6be18-a4918-5410c-9e85b-aa847";
/// A token that belongs to one webshop, whose warehouse is [`SHOP_WAREHOUSE`].
pub const WEBSHOP_TOKEN: &str = "7e10c-90d2f-b3a55-1c08e-44d71-0f9b6";
pub const USERNAME: &str = "hemi-connector";
pub const PASSWORD: &str = "r7!Quiet Harbour+42";

/// Warehouses with stock, the last of which is the webshop's.
pub const WAREHOUSES: [i64; 3] = [3, 4, SHOP_WAREHOUSE];
pub const SHOP_WAREHOUSE: i64 = 7;
/// A warehouse that is not in use any more.
pub const OLD_WAREHOUSE: i64 = 5;

/// One customer's ERP and its rules. What is not known of the real vendor can be set.
#[derive(Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    pub timeline: Timeline,
    /// Whether basic authentication is switched on.
    pub basic: bool,
    pub quota: Quota,
    pub listing: Listing,
    /// What becomes of a filter over the orders.
    pub filters: Filters,
    /// Whether lists of orders begin with the newest.
    pub newest_first: bool,
    /// The form of `insertId` in the answer to a new order.
    pub insert_id: InsertId,
    /// Whether an answer to `warehouseId` holds other warehouses, too.
    pub mixed_stock: bool,
    pub items: usize,
    /// Orders that were there before.
    pub orders: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            timeline: Timeline::begin(),
            basic: true,
            quota: Quota::default(),
            listing: Listing::default(),
            filters: Filters::Honoured,
            newest_first: false,
            insert_id: InsertId::Number,
            mixed_stock: true,
            items: 25,
            orders: 12,
        }
    }
}

/// Where the vendor's people live.
fn zone() -> TimeZone {
    TimeZone::get("Europe/Amsterdam").expect("the time zone database is built in")
}
