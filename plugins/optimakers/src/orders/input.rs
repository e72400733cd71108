//! An order in our own names, as callers give it. Whatever is left out is not sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use windlass_sdk::lenient::Id;

/// A new order.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What the order is called elsewhere, such as the id of a BaseLinker order. There is one order of a
    /// reference: the same one again finds it. Without blanks around it, since it is looked up.
    #[schemars(length(max = 200), regex(pattern = r"^\S(.*\S)?$"))]
    pub reference: String,
    /// The status that it gets; a key of the stream `statuses`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    status: Option<Id>,
    /// A key of the stream `currencies`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    currency: Option<Id>,
    /// When the customer ordered, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    placed_at: Option<u64>,
    /// Who ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Customer>,
    /// Where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Address>,
    /// Whom it is invoiced to.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<Address>,
    /// What was ordered.
    lines: Vec<Line>,
    /// Attributes of the order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute>,
}

/// What is changed of an order.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 2))]
pub struct Changes {
    /// The order; a key of the stream `orders`.
    #[serde(skip_serializing)]
    #[schemars(length(min = 1))]
    pub id: Id,
    /// The status that it gets; a key of the stream `statuses`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    status: Option<Id>,
    /// Whether it is realised (Zrealizowane).
    #[serde(skip_serializing_if = "Option::is_none")]
    realised: Option<bool>,
    /// Attributes of the order that get these values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute>,
}

/// The value of an attribute.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// The attribute; a key of the stream `attributes`.
    #[schemars(length(min = 1))]
    id: Id,
    value: String,
}

/// A person or company.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Customer {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Attributes of the customer, such as the login.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<Attribute>,
}

/// A postal address, perhaps of a pick-up point.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_number: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postcode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    point_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    point_name: Option<String>,
}

/// A line of an order.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    /// Which of its kind: colour, size.
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ean: Option<String>,
    /// A key of the stream `products`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    product: Option<Id>,
    /// Sent with the digits given.
    quantity: Number,
    /// Of one piece, VAT included. Sent with the digits given.
    price_gross: Number,
    /// A key of the stream `vat-rates`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    vat_rate: Option<Id>,
}
