//! What the flow has asked for, by the BaseLinker order's id. It is kept for good, so that no order is
//! created twice however late it comes back.
//!
//! A flow may keep 10,000 keys and 16 MiB, and a shop has more orders than that many keys. So orders
//! share keys: the room is then enough for about 700,000 of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use windlass_sdk::{Result, storage};

/// Keys that orders share. Few enough for the host, and at 700,000 orders a key still holds only 170.
const SHELVES: u64 = 4096;

/// How far an order has come. One letter, since there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Progress {
    /// Its creation in Optimakers was asked for.
    #[serde(rename = "c")]
    Created,
    /// The same, of an order that was there when the flow began: another flow before this one may have done
    /// everything already.
    #[serde(rename = "i")]
    Inherited,
    /// It is realised in Optimakers, and was not met in BaseLinker yet.
    #[serde(rename = "r")]
    Realised,
    /// Its status in BaseLinker was asked for, too.
    #[serde(rename = "s")]
    Sent,
    /// The same, unless it has left the status to import by then: nobody knows whether it was sent before.
    #[serde(rename = "t")]
    SentWithCare,
}

impl Progress {
    /// Where an order stands again after its status came to nothing.
    pub fn before_sent(self) -> Self {
        match self {
            Self::Sent => Self::Created,
            Self::SentWithCare => Self::Inherited,
            other => other,
        }
    }
}

type Shelf = BTreeMap<String, Progress>;

/// How far an order has come; none if the flow has not asked for it.
pub fn progress(order: &str) -> Result<Option<Progress>> {
    Ok(read(&shelf(order))?.remove(order))
}

/// Notes how far an order has come.
pub fn note(order: &str, progress: Progress) -> Result<()> {
    let key = shelf(order);
    let mut orders = read(&key)?;
    orders.insert(order.into(), progress);
    storage::set_json(&key, &orders)
}

/// Takes back what was noted of an order.
pub fn forget(order: &str) -> Result<()> {
    let key = shelf(order);
    let mut orders = read(&key)?;
    orders.remove(order);
    storage::set_json(&key, &orders)
}

fn read(key: &str) -> Result<Shelf> {
    Ok(storage::get_json(key)?.unwrap_or_default())
}

fn shelf(order: &str) -> String {
    format!("orders/{:03x}", fnv_1a(order.as_bytes()) % SHELVES)
}

/// A hash that is the same in every build, unlike those of the standard library.
fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{SHELVES, shelf};

    #[test]
    fn the_shelf_of_an_order_never_changes() {
        assert_eq!(shelf("1630473"), "orders/f9d");
    }

    #[test]
    fn many_orders_share_few_keys_evenly() {
        let mut shelves: BTreeMap<String, u32> = BTreeMap::new();
        (1_600_000..1_900_000_u32)
            .step_by(3)
            .for_each(|id| *shelves.entry(shelf(&id.to_string())).or_default() += 1);
        assert!(shelves.len() as u64 <= SHELVES);
        let most = shelves.values().max().copied().unwrap();
        assert!(most < 100, "100,000 orders on {} shelves, {most} on one", shelves.len());
    }
}
