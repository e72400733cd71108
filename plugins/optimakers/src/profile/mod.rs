//! The wire, as data: where everything stands that the vendor does not document.
//!
//! All of it is invented; the defaults are the stand-in that the simulator of the tests speaks. An empty
//! text means that the vendor has no such thing.

mod names;
mod stand_in;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::lenient::Id;

/// How the API of an instance looks on the wire.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// What stands between the instance's address and every path.
    pub prefix: String,
    /// Where each list is. A single record is below it: `{path}/{id}`.
    pub paths: Paths,
    /// How a list is read page by page.
    pub paging: Paging,
    /// Where things stand in answers.
    pub answer: Answers,
    /// The query parameter that selects orders by our reference. Empty: there is none, and a repeat
    /// looks through all orders instead.
    pub lookup_parameter: String,
    /// The method that changes an order.
    pub update_method: UpdateMethod,
    /// An order attribute that holds our reference, where orders have no field for it. Left out: the
    /// field does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_attribute: Option<Id>,
    /// Where the customer's attributes (the login) go: on the order's customer, or on the order.
    pub customer_attributes: Owner,
    /// Names of an order's members on the wire, by our own: `lines.vat_rate` is that of a line. Those
    /// that are not given keep their defaults; an empty one leaves the member out.
    #[schemars(extend("propertyNames" = names::schema()))]
    pub names: BTreeMap<String, String>,
    /// What deliveries of webhooks hold.
    pub webhook: Deliveries,
}

/// The path of each list.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    /// Orders.
    pub orders: String,
    /// Products.
    pub products: String,
    /// Statuses of orders.
    pub statuses: String,
    /// Attributes of orders and customers.
    pub attributes: String,
    /// VAT rates.
    pub vat_rates: String,
    /// Currencies.
    pub currencies: String,
}

/// Pages by number, up to one without rows.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Paging {
    /// The query parameter with the page's number. Empty: one answer holds the whole list.
    pub page_parameter: String,
    /// The number of the first page.
    #[schemars(range(max = 1))]
    pub first_page: u64,
    /// The query parameter with the number of rows. Empty: there is none.
    pub size_parameter: String,
    /// The rows that are asked for at once.
    #[schemars(range(min = 1, max = 1000))]
    pub size: u32,
}

/// JSON Pointers into answers.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// The rows of a list.
    #[schemars(regex(pattern = "^(/.*)?$"))]
    pub rows: String,
    /// A single record.
    #[schemars(regex(pattern = "^(/.*)?$"))]
    pub record: String,
    /// The id in a row or record.
    #[schemars(regex(pattern = "^/."))]
    pub id: String,
    /// The id of a new order in the answer to it.
    #[schemars(regex(pattern = "^/."))]
    pub created: String,
    /// The words of a refusal. An answer that has them is one, whatever its HTTP status.
    #[schemars(regex(pattern = "^/."))]
    pub error: String,
}

/// JSON Pointers into a delivery, and what its events are called.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Deliveries {
    /// The name of what happened.
    #[schemars(regex(pattern = "^/."))]
    pub event: String,
    /// The id of what it happened to.
    #[schemars(regex(pattern = "^/."))]
    pub id: String,
    /// The id again, in deliveries that hold the whole record instead.
    #[schemars(regex(pattern = "^/."))]
    pub record_id: String,
    /// Produkt – Utworzenie.
    pub product_created: String,
    /// Produkt – Aktualizacja.
    pub product_updated: String,
    /// Produkt – Usunięcie.
    pub product_deleted: String,
    /// Zamówienie – Aktualizacja.
    pub order_updated: String,
}

/// The method that changes a record.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum UpdateMethod {
    Patch,
    Put,
    Post,
}

/// What attributes stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    Customer,
    Order,
}
