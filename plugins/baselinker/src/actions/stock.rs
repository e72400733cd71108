//! Setting stock: as many products as one wants, in chunks that the vendor takes.
//!
//! The vendor says SUCCESS when it did not write some products and names them in `warnings`. They are
//! gathered over all chunks; at the end the action fails if there is one, with each product's reason in the
//! error's detail. Quantities are absolute, so a chunk that is sent again changes nothing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, ErrorKind, Outcome, Result};

use super::distinct::Distinct;
use crate::BaseLinker;

pub const NAME: &str = "update-stock";

/// The most products in one request.
const CHUNK_MAX: usize = 1000;
/// Reasons that are kept, since they are written with every chunk. More failures are counted.
const REASONS_MAX: usize = 10_000;
/// Products that the message names; all stand in the detail.
const NAMED_MAX: usize = 3;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The inventory; a key of the stream `inventories`.
    inventory_id: Id,
    /// By product id, or the id of a variant: quantities by warehouse, such as
    /// `{"2685": {"bl_205": 9}}`. Warehouses that mirror a shop or a wholesaler cannot be written.
    #[schemars(with = "BTreeMap<String, BTreeMap<String, i64>>", extend("minProperties" = 1))]
    products: Distinct<Distinct<i64>>,
}

#[derive(Serialize, JsonSchema)]
struct Updated {
    /// How many products were written.
    updated: usize,
}

/// How far the chunks have come; the action's state.
#[derive(Default, Deserialize, Serialize)]
struct Progress {
    /// The last product that was sent.
    sent_to: Option<String>,
    updated: usize,
    failed: usize,
    /// By product id.
    reasons: BTreeMap<String, String>,
}

/// What the vendor says about a chunk.
#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "lenient::map")]
    warnings: BTreeMap<String, String>,
}

pub fn declaration() -> Action {
    Action::new::<Input, Updated>(NAME, Repeat::VendorKey)
        .title("Set stock")
        .description(
            "Sets how many pieces of products are in warehouses; in chunks of 1,000 products. When \
             BaseLinker does not write some of them the others are written all the same, and the action \
             fails with `partly-failed` and each product's reason; send those again as an action of \
             their own. Updates of one inventory run in the order they came.",
        )
        .ordering("/inventory_id")
}

pub fn act(account: &BaseLinker, request: &ActRequest) -> Result<Outcome> {
    let Input { inventory_id, products: Distinct(products) } = request.input()?;
    let mut progress: Progress = request.state()?.unwrap_or_default();
    let sent_to = progress.sent_to.as_deref();
    let mut due =
        products.iter().filter(|(product, _)| sent_to.is_none_or(|sent_to| product.as_str() > sent_to));
    let chunk: BTreeMap<_, _> = due.by_ref().take(CHUNK_MAX).collect();
    let parameters = json!({ "inventory_id": inventory_id, "products": chunk });
    let answer: Answer = account
        .call("updateInventoryProductsStock", &parameters)
        .map_err(|error| progress.told(error))?
        .json()?;
    let more = due.next().is_some();
    progress.sent_to = chunk.keys().next_back().map(|product| (*product).clone());
    progress.count(chunk.len(), answer.warnings);
    match more {
        true => Outcome::again(&progress),
        false => progress.end(),
    }
}

impl Progress {
    fn count(&mut self, sent: usize, warnings: BTreeMap<String, String>) {
        self.updated += sent.saturating_sub(warnings.len());
        self.failed += warnings.len();
        let room = REASONS_MAX.saturating_sub(self.reasons.len());
        self.reasons.extend(warnings.into_iter().take(room));
    }

    fn end(self) -> Result<Outcome> {
        if self.failed == 0 {
            return Outcome::done(&Updated { updated: self.updated });
        }
        let named: Vec<_> = self
            .reasons
            .iter()
            .take(NAMED_MAX)
            .map(|(product, reason)| format!("{product} ({reason})"))
            .collect();
        let all = self.updated + self.failed;
        let rest = if self.failed > named.len() { " and others" } else { "" };
        let message =
            format!("BaseLinker did not write {} of {all} products: {}{rest}", self.failed, named.join(", "));
        Err(Error::rejected("partly-failed", message).with_detail(self.detail()))
    }

    /// A refusal of a later chunk says what was written before.
    fn told(&self, mut error: Error) -> Error {
        if error.kind == ErrorKind::Rejected && self.sent_to.is_some() {
            error.message = format!("{}; {} products were written before", error.message, self.updated);
            return error.with_detail(self.detail());
        }
        error
    }

    fn detail(&self) -> serde_json::Value {
        json!({ "updated": self.updated, "failed": self.failed, "warnings": self.reasons })
    }
}
