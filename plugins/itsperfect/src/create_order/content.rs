//! What is sent as an order: what the caller gave, what the settings say, the extension attributes.

use serde_json::{Map, Value};
use windlass_sdk::{Error, Result, lenient};

use super::Input;
use crate::ItsPerfect;

const REFERENCE: &str = "reference";
const WAREHOUSE: &str = "warehouseId";

/// The order's members. Nothing was asked of the vendor when it fails.
pub fn of(account: &ItsPerfect, input: &Input) -> Result<Map<String, Value>> {
    let attributes = account.attributes()?;
    let row = account.accounts.iter().find(|row| row.account == input.account).ok_or_else(|| {
        let message = format!(
            "the account `{}` has no row in `accounts`; add one with its warehouse, or correct the account",
            input.account
        );
        Error::rejected("unknown-account", message)
    })?;
    let mut order = input.order.clone();
    own(&mut order, REFERENCE, &input.reference)?;
    own(&mut order, &account.lookup_field, &input.reference)?;
    own(&mut order, WAREHOUSE, row.warehouse.as_str())?;
    for (name, value) in attributes {
        order.insert(name.to_owned(), value);
    }
    Ok(order)
}

/// Sets a member that is not the caller's: another value there is refused instead of overwritten.
fn own(order: &mut Map<String, Value>, name: &str, value: &str) -> Result<()> {
    let given = order.get(name).map(|given| lenient::text(&given.to_string()).unwrap_or_default());
    if given.is_some_and(|given| given != value) {
        let message =
            format!("`{name}` of the order is `{value}` by the input and the settings; leave it out");
        return Err(Error::rejected("reserved-field", message));
    }
    order.insert(name.to_owned(), value.into());
    Ok(())
}
