//! Creating an order, never twice.
//!
//! `addOrder` has no key of its own, so the action's key goes into `extra_field_1`. A repeat of
//! which the vendor may have seen something first searches for that key ([`search`](super::search))
//! and sends only when it is nowhere.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Lookup, Outcome, Result};

use super::search::{Found, Search};
use crate::BaseLinker;

pub const NAME: &str = "add-order";

/// Where the key stands in an order.
pub const KEY_FIELD: &str = "extra_field_1";
/// The longest text that the vendor keeps there; longer ones are cut.
const KEY_MAX: usize = 50;

#[derive(Serialize, JsonSchema)]
struct Added {
    /// The new order.
    order_id: Id,
}

pub fn declaration() -> Action {
    let input = serde_json::from_str(include_str!("add_order.schema.json"));
    Action::new::<Map<String, Value>, Added>(NAME, Repeat::Lookup)
        .title("Add an order")
        .description("Creates an order. The action's key is written into its `extra_field_1`.")
        .input(input.expect("the schema file is JSON"))
}

pub fn act(account: &BaseLinker, request: &ActRequest) -> Result<Outcome> {
    let order: Map<String, Value> = request.input()?;
    if order.contains_key(KEY_FIELD) {
        return Err(Error::rejected(
            "reserved-field",
            format!("`{KEY_FIELD}` holds the action's key; leave it out, use `extra_field_2`"),
        ));
    }
    let key = short_key(&request.key);
    let search = match request.lookup() {
        Lookup::NotDue => return add(account, order, &key),
        Lookup::Begins { first_sent_ms } => Search::begin(first_sent_ms / 1000, &order),
        Lookup::GoesOn(search) => search,
    };
    match search.step(account, &key)? {
        Found::Order(order_id) => Outcome::done(&Added { order_id }),
        Found::NotYet(search) => request.look_on(&search),
        Found::Nowhere => request.looked_through(),
    }
}

fn add(account: &BaseLinker, mut order: Map<String, Value>, key: &str) -> Result<Outcome> {
    order.insert(KEY_FIELD.into(), key.into());
    let answer = account.call("addOrder", &Value::Object(order))?;
    // Success without an id: an order may exist. The error leaves the run in doubt, so it is
    // looked up and not sent again.
    let order_id = answer.field("/order_id")?.and_then(|json| serde_json::from_str(&json).ok());
    let order_id = order_id.ok_or_else(|| {
        Error::transient("no-order-id", "BaseLinker says that it added the order, but not which")
    })?;
    Outcome::done(&Added { order_id })
}

/// The action's key as the vendor keeps it: itself if it is short and plain, else its beginning
/// and a hash of the whole.
fn short_key(key: &str) -> String {
    let plain = key.bytes().all(|byte| byte.is_ascii_graphic());
    if plain && key.len() <= KEY_MAX {
        return key.into();
    }
    let hash = format!("-{:016x}", fnv_1a(key.as_bytes()));
    let beginning = key.chars().filter(char::is_ascii_alphanumeric).take(KEY_MAX - hash.len());
    beginning.collect::<String>() + &hash
}

/// A hash that is the same in every build, unlike those of the standard library.
fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_key_stays_and_others_fit_the_field() {
        assert_eq!(short_key("order-17"), "order-17");
        let long = short_key(&"x".repeat(51));
        assert_eq!(long.len(), KEY_MAX);
        assert_ne!(long, short_key(&"x".repeat(52)));
        assert_ne!(short_key("a b"), short_key("ab"));
    }
}
