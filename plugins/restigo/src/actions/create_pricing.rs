//! Creating a price list, never twice.
//!
//! The vendor has no key for it and perhaps allows two lists of one name. So every attempt first looks
//! the name up. Before anything was sent, a list of that name is somebody else's: the action is refused
//! and nothing is sent. Afterwards there was none before, so what is found is what a request with a lost
//! answer made, or what somebody else made meanwhile under the same name; the output says that it was
//! found and not confirmed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result};

use crate::Restigo;
use crate::api::{Parameters, judge};

pub const NAME: &str = "create-pricing";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The price list's name; no other list may have it. Without blanks around it: Restigo might drop
    /// them, and the list would not be found again.
    #[schemars(length(max = 255), regex(pattern = r"^\S(.*\S)?$"))]
    name: String,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Pricing {
    pricing_id: Id,
    pricing_name: String,
    /// True if the answer to the request was lost and the list was then found by its name. If somebody
    /// else made a list of this name in those seconds, it may be theirs.
    #[serde(skip_deserializing, skip_serializing_if = "std::ops::Not::not")]
    found_by_name: bool,
}

pub fn declaration() -> Action {
    Action::new::<Input, Pricing>(NAME, Repeat::Lookup)
        .title("Create a price list")
        .description(
            "Creates an empty price list. Refused with `name-exists`, and with the list's id in the \
             detail, when there is a list of this name already: a repeat after a lost answer finds the \
             list by its name alone.",
        )
        .ordering("/name")
        .max_requests(2)
}

pub fn act(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let Input { name } = request.input()?;
    let sent_before = request.maybe_sent().next().is_some();
    let mut found = named(account, &name)?;
    match (found.pop(), found.is_empty()) {
        (None, _) => create(account, name),
        (Some(only), true) if sent_before => Outcome::done(&Pricing { found_by_name: true, ..only }),
        (Some(last), _) => {
            found.push(last);
            Err(taken(&name, &found, sent_before))
        }
    }
}

/// All price lists of exactly that name: the vendor may find more.
fn named(account: &Restigo, name: &str) -> Result<Vec<Pricing>> {
    let lists = account.get("pricings", Some(("pricing_name", name)))?.pick("", "/pricing_id")?;
    let names = lists.scalars("/pricing_name");
    let ids = lists.fields(&["/pricing_id"]).into_iter().map(|mut cells| cells.swap_remove(0));
    let same = names.into_iter().zip(ids).filter(|(found, _)| found.as_deref().map(str::trim) == Some(name));
    let pricing = |(_, id): (_, Option<String>)| {
        let pricing_id = id.and_then(|json| serde_json::from_str(&json).ok())?;
        Some(Pricing { pricing_id, pricing_name: name.into(), found_by_name: false })
    };
    Ok(same.filter_map(pricing).collect())
}

fn create(account: &Restigo, name: String) -> Result<Outcome> {
    let parameters = Parameters::from_iter([("name".into(), name.into())]);
    let answer = judge(account.call("POST", "pricings", parameters)?)?;
    // Success without an id: a list may exist. The error leaves the run in doubt, so it is looked up.
    let made: Pricing = answer.json().map_err(|error| {
        Error::transient("no-pricing-id", format!("Restigo made the price list, but not which: {error}"))
    })?;
    Outcome::done(&made)
}

fn taken(name: &str, lists: &[Pricing], sent_before: bool) -> Error {
    let ids: Vec<_> = lists.iter().map(|list| list.pricing_id.to_string()).collect();
    let ids = ids.join(", ");
    let error = if sent_before {
        let message = format!(
            "Restigo has several price lists named `{name}` ({ids}); one of them may be this action's: \
             look at them and remove what is too many"
        );
        Error::rejected("several-of-the-name", message)
    } else {
        let message = format!(
            "Restigo has a price list named `{name}` already ({ids}); use it, or choose another name"
        );
        Error::rejected("name-exists", message)
    };
    error.with_detail(json!({ "pricings": lists }))
}
