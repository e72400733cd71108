//! A Restigo supplier's daily documents, delivered: every file that the stream `daily-documents` builds, or
//! builds anew, is sent by the action `deliver-documents` of the same connection.
//!
//! Nothing has to be remembered. A file keeps its name, so one that is sent again takes the place of the
//! former one: after a change of its day, after a repeat, and when the flow begins and sends all files that
//! are there. A file that is no longer kept is left alone at the other end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::{Role, Spec};
use windlass_sdk::{Change, Flow, Reaction, Result};

/// The role, and what the flow follows and asks for in it.
const RESTIGO: &str = "restigo";
const FILES: &str = "daily-documents";
const DELIVER: &str = "deliver-documents";

/// The flow. It has nothing to set: which customers, where to and how stands in the connection.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Daily {}

/// What is sent of a record.
#[derive(Deserialize, Serialize)]
struct File {
    name: String,
    xml: String,
}

impl Flow for Daily {
    fn spec() -> Spec {
        Spec::new("restigo-daily", "Restigo's daily documents", env!("CARGO_PKG_VERSION"))
            .description(
                "Sends the file of every customer and day to the connection's `documents_url` once the day is \
                 over, and again under the same name when a document comes late. When it begins, it sends all \
                 files that are there.",
            )
            .role(RESTIGO, Role::of("restigo").follows(FILES).asks(DELIVER))
    }

    fn react(&self, change: &Change) -> Result<Reaction> {
        match change.record::<File>()? {
            Some(file) => Reaction::done().act(RESTIGO, DELIVER, &file),
            None => Ok(Reaction::done()),
        }
    }
}

windlass_sdk::flow!(Daily);
