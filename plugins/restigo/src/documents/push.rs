//! Taking documents in. No request is made: they are kept in the connection's storage until their day's
//! file is built.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result};

use super::calendar::Calendar;
use super::document::{Document, misfit};
use super::{ACCOUNT_CODE, kept};
use crate::Restigo;

pub const NAME: &str = "push-documents";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Whose documents they are (מספר לקוח אצל הספק): one of the connection's `customers`.
    #[schemars(length(max = 100), regex(pattern = ACCOUNT_CODE))]
    account_code: String,
    /// The documents, each once.
    #[schemars(length(min = 1, max = 1000))]
    documents: Vec<Document>,
}

#[derive(Default, Serialize, JsonSchema)]
struct Pushed {
    /// Documents that were not there.
    added: u32,
    /// Documents that were there, and differed.
    replaced: u32,
    /// Documents that were there, exactly so.
    unchanged: u32,
}

pub fn declaration() -> Action {
    Action::new::<Input, Pushed>(NAME, Repeat::VendorKey)
        .title("Push documents")
        .description(
            "Takes a customer's documents in for the files of their days; all of them, or none with the place \
             named that does not fit. Nothing is sent. A document that is pushed again, by kind and number, \
             takes the place of the former one, also on another day. Pushes of one customer run in the order \
             they came.",
        )
        .ordering("/account_code")
}

pub fn act(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let Input { account_code, documents } = request.input()?;
    if !account.customers.contains(&account_code) {
        let message = format!(
            "`/account_code` is {account_code}, which is none of the connection's `customers`; add it there, or \
             correct it"
        );
        return Err(Error::rejected("unknown-customer", message));
    }
    let calendar = Calendar::of(account)?;
    let mut pushed = Pushed::default();
    let mut places = BTreeMap::new();
    for (at, document) in documents.into_iter().enumerate() {
        let place = format!("/documents/{at}");
        let document = document.on_its_day(&calendar, &place)?;
        let key = kept::key(&account_code, &document);
        if let Some(first) = places.insert(key.clone(), at) {
            let why = format!("names the same document as `/documents/{first}`; give each once");
            return Err(misfit(&format!("{place}/doc_num"), &why));
        }
        let former = kept::document(&key)?;
        if let Some(former) = &former {
            refuse_forgotten(former, &calendar, &place)?;
        }
        match (kept::keep(&key, &document)?, former) {
            (false, _) => pushed.unchanged += 1,
            (true, None) => pushed.added += 1,
            (true, Some(_)) => pushed.replaced += 1,
        }
    }
    Outcome::done(&pushed)
}

/// A document can be moved away only from a day whose file is still built: else it would stand in two.
fn refuse_forgotten(former: &Document, calendar: &Calendar, place: &str) -> Result<()> {
    let day = former.day()?;
    if day >= calendar.oldest() {
        return Ok(());
    }
    let why = format!(
        "names a document of {day}, whose file is not built any more; give it another number, or raise \
         `keep_days` of the connection"
    );
    Err(misfit(&format!("{place}/doc_num"), &why))
}
