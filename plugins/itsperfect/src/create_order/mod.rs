//! Creating an order, never twice.
//!
//! The vendor has no key for it, so an order is known by our reference. A repeat of which the vendor
//! may have seen something searches for that reference ([`search`]) and sends only when it is nowhere.

mod content;
mod search;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use windlass_sdk::http::{self, Response};
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, ErrorKind, Lookup, Outcome, Result};

use self::search::{Found, Search};
use crate::ItsPerfect;

pub const NAME: &str = "create-order";

#[derive(Deserialize)]
struct Input {
    account: Id,
    reference: String,
    order: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
struct Created {
    /// The new order's id in ItsPerfect.
    #[serde(rename = "insertId")]
    insert_id: Id,
}

/// The action's state after a refusal: whether it is true must be looked up.
#[derive(Serialize, Deserialize)]
struct Refusal {
    refused: String,
    /// How many requests the vendor had seen then.
    sent: usize,
}

pub fn declaration() -> Action {
    let input = serde_json::from_str(include_str!("input.schema.json"));
    Action::new::<Map<String, Value>, Created>(NAME, Repeat::Lookup)
        .title("Create an order")
        .description(
            "Creates an order for one of the `accounts`. What was perhaps sent already is looked up by \
             `reference` before it is sent again.",
        )
        .input(input.expect("the schema file is JSON"))
        .ordering("/reference")
        .enabled_by("active")
        .enabled_by("create_orders")
}

pub fn act(account: &ItsPerfect, request: &ActRequest) -> Result<Outcome> {
    let input: Input = request.input()?;
    let content = content::of(account, &input)?;
    let search = match request.lookup() {
        Lookup::NotDue => return send(account, request, &content),
        Lookup::Begins { .. } => Search::begin(refusal(request)),
        Lookup::GoesOn(search) => search,
    };
    match search.step(account, &input.reference)? {
        Found::Order(insert_id) => Outcome::done(&Created { insert_id }),
        Found::NotYet(search) => request.look_on(&search),
        Found::Nowhere { refused: None } => request.looked_through(),
        Found::Nowhere { refused: Some(words) } => Err(Error::rejected("refused", words)),
    }
}

fn send(account: &ItsPerfect, request: &ActRequest, content: &Map<String, Value>) -> Result<Outcome> {
    let answer = http::post(account.url("orders")?).json(content).send()?;
    let words = answer.scalar("/error").ok().flatten();
    account.refuse_over_limit(&answer, !answer.is_success() || words.is_some())?;
    if let Some(insert_id) = insert_id(&answer) {
        return Outcome::done(&Created { insert_id });
    }
    match (answer.ok_or_saying("/error"), words) {
        (Err(error), _) if error.kind == ErrorKind::Auth => Err(error),
        // The vendor's own error, under whatever status: no, or a failure half-way.
        (_, Some(words)) => {
            let refused = format!("ItsPerfect refused the order: {words}");
            Outcome::again(&Refusal { refused, sent: request.maybe_sent().count() + 1 })
        }
        (Err(error), None) => Err(error),
        // An order may exist: the error leaves the run in doubt, so it is looked up and not sent again.
        (Ok(_), None) => Err(Error::transient(
            "no-insert-id",
            "ItsPerfect took the order, or not: its answer has no `insertId`",
        )),
    }
}

/// The id in a good answer. Some clients have seen it as text.
fn insert_id(answer: &Response) -> Option<Id> {
    let json = answer.field("/insertId").ok().flatten().filter(|_| answer.is_success())?;
    let id: Id = serde_json::from_str(&json).ok()?;
    (!matches!(id.as_str().trim(), "" | "0")).then_some(id)
}

/// What the vendor said in the last call, if that was a refusal.
fn refusal(request: &ActRequest) -> Option<String> {
    let refusal: Refusal = request.state().ok()??;
    (refusal.sent == request.maybe_sent().count()).then_some(refusal.refused)
}
