//! Customers. Restigo lists none: each is asked for by the number that the supplier gave it.

use serde_json::json;
use serde_json::value::RawValue;
use windlass_sdk::spec::Stream;
use windlass_sdk::{Page, ReadRequest, Result, log};

use crate::Restigo;
use crate::api::{Parameters, is_unknown, judge};

pub const NAME: &str = "clients";

pub fn declaration() -> Stream {
    Stream::snapshot(NAME)
        .title("Customers")
        .description(
            "The customers of `customer_numbers`: branch, price lists and users, one request each. \
             Restigo's guide does not show the answer, so a record is the answer as it comes. A number \
             that Restigo does not know makes no record, and a warning in the run's log.",
        )
        .key("the customer number")
        .every("6h")
        .schema(json!({ "description": "Restigo does not document it." }))
}

/// Reads one customer a page, or those that are asked for by number.
pub fn read(account: &Restigo, request: &ReadRequest) -> Result<Page> {
    if !request.keys.is_empty() {
        return request.keys.iter().try_fold(Page::new(), |page, number| add(account, number, page));
    }
    // A changed configuration starts the walk again, so the former number is still there.
    let former: Option<String> = request.checkpoint_or_default()?;
    let numbers = &account.customer_numbers;
    let at = former.and_then(|former| numbers.iter().position(|number| *number == former));
    let mut due = numbers.iter().skip(at.map_or(0, |at| at + 1));
    let Some(number) = due.next() else { return Ok(Page::new()) };
    let page = add(account, number, Page::new())?;
    if due.next().is_some() { page.next(number) } else { Ok(page) }
}

/// What Restigo answers about a customer, as JSON text; none if it does not know the number.
pub fn find(account: &Restigo, number: &str) -> Result<Option<Box<RawValue>>> {
    let parameters = Parameters::from_iter([("customer_number".into(), number.into())]);
    let answer = account.call("GET", "clients", parameters)?;
    if is_unknown(&answer) {
        return Ok(None);
    }
    judge(answer)?.json().map(Some)
}

fn add(account: &Restigo, number: &str, page: Page) -> Result<Page> {
    match find(account, number)? {
        Some(answer) => Ok(page.record(number, answer.get())),
        None => {
            log::warn(format!("Restigo does not know the customer {number}; see `customer_numbers`"));
            Ok(page)
        }
    }
}
