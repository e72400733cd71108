//! Sending a file. The guide names no transport; this is HTTP, with the file's name as the last part of
//! the address. Sending it twice is sending it once: the name is that of its customer and day.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::http::Request;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result};

use crate::{DocumentsMethod, Restigo};

pub const NAME: &str = "deliver-documents";

/// RFC 3986: what is left as it is in a part of a path.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The file's name: `name` of a record of `daily-documents`.
    #[schemars(length(max = 255), regex(pattern = r"^[\p{L}\p{N}][\p{L}\p{N}._-]*$"))]
    name: String,
    /// The file: `xml` of the record.
    #[schemars(length(min = 1))]
    xml: String,
}

#[derive(Serialize, JsonSchema)]
struct Delivered {
    /// The file's name.
    name: String,
}

pub fn declaration() -> Action {
    Action::new::<Input, Delivered>(NAME, Repeat::VendorKey)
        .title("Deliver a day's documents")
        .description(
            "Sends the file of one customer and day to `documents_url`. A repeat sends the same file under \
             the same name, which replaces it. Files of one name go out in the order they came.",
        )
        .ordering("/name")
}

pub fn act(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let Input { name, xml } = request.input()?;
    let Some(folder) = &account.documents_url else {
        let message =
            "`documents_url` is not set: the files have nowhere to go; set it to where they are taken";
        return Err(Error::config("no-documents-url", message));
    };
    let method = match account.documents_method {
        DocumentsMethod::Put => "PUT",
        DocumentsMethod::Post => "POST",
    };
    let file = utf8_percent_encode(&name, UNRESERVED);
    Request::new(method, format!("{}/{file}", folder.trim_end_matches('/')))
        .body("application/xml; charset=utf-8", xml)
        .send()?
        .ok()?;
    Outcome::done(&Delivered { name })
}
