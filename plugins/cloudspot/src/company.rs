//! The company's data: snapshots, each in one answer that holds all that the token may see.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_sdk::http::Response;
use windlass_sdk::spec::Stream;
use windlass_sdk::{CheckOutcome, Error, ErrorKind, Page, ReadRequest, Result};

use crate::Cloudspot;
use crate::answer::judge;
use crate::rows::Found;

/// One answer holds every record, so any number of keys is found in it.
const MOST_KEYS: u32 = 1_000;

const ARTIKELS: &str = "artikels";
const KLANTEN: &str = "klanten";
const CATEGORIES: &str = "categories";

/// Every resource with the members that a row's key is taken from: the first that the row has.
const KEYS: [(&str, &[&str]); 3] =
    [(ARTIKELS, &["id", "SKU"]), (KLANTEN, &["klantennummer"]), (CATEGORIES, &["id"])];

/// Where the walk of a list goes on that is longer than a page.
#[derive(Default, Deserialize, Serialize)]
struct Place {
    after: Option<String>,
}

pub fn artikels() -> Stream {
    Stream::snapshot(ARTIKELS).keys_at_once(MOST_KEYS)
        .title("Articles")
        .description(
            "The products that the token may see, with prices and stock. Needs its right to see all products.",
        )
        .key("/id, else /SKU")
        .every("30m")
        .schema(schema(include_str!("artikel.schema.json")))
}

pub fn klanten() -> Stream {
    Stream::snapshot(KLANTEN)
        .keys_at_once(MOST_KEYS)
        .title("Clients")
        .description("The company's clients: personal data. Needs the token's right to see all clients.")
        .key("/klantennummer")
        .every("1h")
        .schema(schema(include_str!("klant.schema.json")))
}

pub fn categories() -> Stream {
    Stream::snapshot(CATEGORIES)
        .keys_at_once(MOST_KEYS)
        .title("Categories")
        .description("The categories of articles. Those below another stand inside it, in `children`.")
        .key("/id")
        .every("6h")
        .schema(schema(include_str!("category.schema.json")))
}

fn schema(text: &str) -> Value {
    serde_json::from_str(text).expect("the schema file is JSON")
}

/// Asks for the smallest resource that the token opens. A token may lack a right, so one that opens
/// any is good.
pub fn check(erp: &Cloudspot) -> Result<CheckOutcome> {
    let mut refusal = None;
    for resource in [CATEGORIES, KLANTEN, ARTIKELS] {
        match ask(erp, resource, None) {
            Ok(_) => return Ok(CheckOutcome::saying(format!("the company token opens `{resource}`"))),
            Err(error) if error.kind == ErrorKind::Auth => refusal = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refusal.unwrap_or_else(no_token))
}

pub fn read(erp: &Cloudspot, request: &ReadRequest) -> Result<Page> {
    let known = KEYS.iter().find(|(resource, _)| *resource == request.stream);
    let Some(&(resource, members)) = known else {
        return Err(Error::unknown_stream(&request.stream));
    };
    if !request.keys.is_empty() {
        let answer = ask(erp, resource, single_id(resource, &request.keys))?;
        return Found::in_answer(&answer, members)?.of_keys(&request.keys);
    }
    let Place { after } = request.checkpoint_or_default()?;
    let answer = ask(erp, resource, None)?;
    match Found::in_answer(&answer, members)?.after(after.as_deref())? {
        (page, None) => Ok(page),
        (page, after) => page.next(&Place { after }),
    }
}

/// The id to ask for when one row is wanted and Cloudspot can be asked for it alone. Keys that are no
/// ids are found in the whole answer.
fn single_id<'a>(resource: &str, keys: &'a [String]) -> Option<&'a str> {
    match keys {
        [key] if resource != KLANTEN && key.bytes().all(|byte| byte.is_ascii_digit()) => Some(key),
        _ => None,
    }
}

fn ask(erp: &Cloudspot, resource: &str, id: Option<&str>) -> Result<Response> {
    if erp.token.is_none() {
        return Err(no_token());
    }
    let request = erp.get(resource);
    let request = match id {
        Some(id) => request.query("id", id),
        None => request,
    };
    judge(request.send()?)
}

fn no_token() -> Error {
    Error::config("no-token", "`token` is not set: the API token of the company whose data is read")
}
