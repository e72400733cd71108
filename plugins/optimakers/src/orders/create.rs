//! Creating an order, once for its reference.
//!
//! The order is looked up by its reference before it is sent, in the first attempt too: whoever asks for
//! it again, under whatever key, gets the order that is there. Where the vendor cannot select orders by
//! it, the first attempt sends without looking, and a repeat looks through all orders, page by page.

use schemars::JsonSchema;
use serde::Serialize;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Lookup, Outcome, Result};

use super::input::Order;
use super::{content, search};
use crate::Optimakers;
use crate::pages::Place;

pub const NAME: &str = "create-order";

#[derive(Serialize, JsonSchema)]
struct Created {
    /// The order's id in Optimakers.
    id: Id,
    /// True if there was an order of this reference already; nothing was sent then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    found: bool,
}

pub fn declaration() -> Action {
    Action::new::<Order, Created>(NAME, Repeat::Lookup)
        .title("Create an order")
        .description(
            "Creates an order, or finds the one that has its `reference` already. What is perhaps sent \
             is looked up before it is sent again.",
        )
        .ordering("/reference")
        .max_requests(2)
}

pub fn act(account: &Optimakers, request: &ActRequest) -> Result<Outcome> {
    let order: Order = request.input()?;
    if !account.profile.lookup_parameter.is_empty() {
        return match search::select(account, &order.reference)? {
            Some(id) => Outcome::done(&Created { id, found: true }),
            None => send(account, &order),
        };
    }
    let place = match request.lookup() {
        Lookup::NotDue => return send(account, &order),
        Lookup::Begins { .. } => Place::default(),
        Lookup::GoesOn(place) => place,
    };
    match search::step(account, place, &order.reference)? {
        search::Found::Order(id) => Outcome::done(&Created { id, found: true }),
        search::Found::NotYet(place) => request.look_on(&place),
        search::Found::Nowhere => request.looked_through(),
    }
}

fn send(account: &Optimakers, order: &Order) -> Result<Outcome> {
    let content = content::of_order(&account.profile, order)?;
    let request = account.request("POST", &account.profile.paths.orders).json(&content);
    let answer = account.judge(request.send()?)?;
    // Success without an id: an order may exist. The error leaves the run in doubt, so that it is looked
    // up and not sent again.
    let place = &account.profile.answer.created;
    let id: Option<Id> = answer.field(place)?.and_then(|json| serde_json::from_str(&json).ok());
    let id = id.filter(|id| !id.as_str().trim().is_empty()).ok_or_else(|| {
        let message = format!(
            "Optimakers took the order, but its answer has no id at `{place}`; correct `answer.created` \
             of the profile if this stays so"
        );
        Error::transient("no-order-id", message)
    })?;
    Outcome::done(&Created { id, found: false })
}
