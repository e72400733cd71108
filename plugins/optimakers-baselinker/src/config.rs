//! What an operator sets: the parameters of the vendor's guide under the guide's own names. The comments
//! are what the operator reads.
//!
//! The guide's other parameters are those of the connections: `baselinkerApiKey` is the token of the
//! BaseLinker connection, `optimesApiKey` and `optimesApiToken` are secrets of the Optimakers connection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_sdk::lenient::Id;

/// The configuration of the flow.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// Orders in this status are created in Optimakers. In BaseLinker: Zamówienia (Orders) > Statusy
    /// zamówień; the id stands in the link that edits the status. Set it as `order_status` of the
    /// BaseLinker connection too: then every sync finds all orders in the status, also old ones.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "baselinker", "stream": "order-statuses", "value": "/id", "label": "/name"
    }))]
    pub baselinker_order_status_to_import: Id,

    /// The status that an order gets in BaseLinker when it is realised in Optimakers; another one than
    /// the one to import. In BaseLinker: Zamówienia (Orders) > Statusy zamówień; the id stands in the link
    /// that edits the status.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "baselinker", "stream": "order-statuses", "value": "/id", "label": "/name"
    }))]
    pub baselinker_order_status_to_send: Id,

    /// The status that an order gets in Optimakers when it is created. In Optimakers: Ustawienia
    /// (Settings) > Statusy encji, entity Zamówienie (Order), column ID.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "statuses", "value": "/id", "label": "/name"
    }))]
    pub optimes_order_status: Id,

    /// The order attribute for the delivery method. In Optimakers: Ustawienia > Atrybuty, entity
    /// Zamówienie; it must be added there first. Left out: the delivery method is not carried over.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "attributes", "value": "/id", "label": "/name"
    }))]
    pub optimes_order_attribute_delivery_method: Option<Id>,

    /// The order attribute for the delivery price. In Optimakers: Ustawienia > Atrybuty, entity
    /// Zamówienie; it must be added there first. Left out: the delivery price is not carried over.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "attributes", "value": "/id", "label": "/name"
    }))]
    pub optimes_order_attribute_delivery_price: Option<Id>,

    /// The order attribute for the payment method. In Optimakers: Ustawienia > Atrybuty, entity
    /// Zamówienie; it must be added there first. Left out: the payment method is not carried over.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "attributes", "value": "/id", "label": "/name"
    }))]
    pub optimes_order_attribute_payment_method: Option<Id>,

    /// The order attribute for BaseLinker's additional field 1. In Optimakers: Ustawienia > Atrybuty,
    /// entity Zamówienie; it must be added there first. Left out: the field is not carried over.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "attributes", "value": "/id", "label": "/name"
    }))]
    pub optimes_order_attribute_additional_field1: Option<Id>,

    /// The order attribute for BaseLinker's additional field 2. In Optimakers: Ustawienia > Atrybuty,
    /// entity Zamówienie; it must be added there first. Left out: the field is not carried over.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "attributes", "value": "/id", "label": "/name"
    }))]
    pub optimes_order_attribute_additional_field2: Option<Id>,

    /// The order attribute for the customer's remarks. In Optimakers: Ustawienia > Atrybuty, entity
    /// Zamówienie; it must be added there first. Left out: the remarks are not carried over.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "attributes", "value": "/id", "label": "/name"
    }))]
    pub optimes_order_attribute_note: Option<Id>,

    /// The attribute for the customer's login; it goes on the order's customer, unless the profile of the
    /// Optimakers connection moves it. In Optimakers: Ustawienia > Atrybuty. Left out: the login is not
    /// carried over.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "attributes", "value": "/id", "label": "/name"
    }))]
    pub optimes_customer_attribute_login: Option<Id>,

    /// BaseLinker's VAT rates and the VAT rates of Optimakers that they are. All rates in use need a row,
    /// also those that are none: -1 (exempt), -0.02 (NP), -0.03 (reverse charge). An order with another
    /// one waits.
    #[serde(default)]
    pub vat_rates: Vec<VatRate>,

    /// BaseLinker's currencies and the currencies of Optimakers that they are. All currencies in use need
    /// a row. An order with another one waits.
    #[serde(default)]
    pub currencies: Vec<Currency>,

    /// Where a record of Optimakers' orders holds what the flow looks at. Needed only when the profile of
    /// the Optimakers connection differs from its defaults; no screen of Optimakers shows it.
    #[serde(default)]
    pub optimakers_order: OrderRecord,
}

/// A VAT rate here and there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VatRate {
    /// The rate in percent, as in a BaseLinker order: 23, 8, -1.
    #[schemars(length(min = 1), extend(
        "type" = ["number", "string"],
        "unique" = { "within": "connection", "on-repeat": "refuse", "hint": "a rate has one row" }
    ))]
    pub baselinker: Id,
    /// Its id in Optimakers: Ustawienia > Handel > Stawki VAT; it stands in the link that edits the rate.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "vat-rates", "value": "/id", "label": "/name"
    }))]
    pub optimakers: Id,
}

/// A currency here and there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Currency {
    /// The currency, as in a BaseLinker order: PLN.
    #[schemars(length(min = 1), extend(
        "unique" = { "within": "connection", "on-repeat": "refuse", "hint": "a currency has one row" }
    ))]
    pub baselinker: String,
    /// Its id in Optimakers: Ustawienia > Handel > Waluty; it stands in the link that edits the currency.
    #[schemars(length(min = 1), extend("options-from" = {
        "role": "optimakers", "stream": "currencies", "value": "/id", "label": "/name"
    }))]
    pub optimakers: Id,
}

/// Places in a record of Optimakers' orders, as JSON Pointers.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrderRecord {
    /// Our reference: the id of the BaseLinker order.
    #[schemars(regex(pattern = "^/."))]
    pub reference: String,
    /// The attribute that holds our reference, if the profile's `reference_attribute` names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_attribute: Option<Id>,
    /// The list of attributes.
    #[schemars(regex(pattern = "^/."))]
    pub attributes: String,
    /// In an attribute, its id.
    #[schemars(regex(pattern = "^/."))]
    pub attribute_id: String,
    /// In an attribute, its value.
    #[schemars(regex(pattern = "^/."))]
    pub attribute_value: String,
    /// Whether the order is realised (Zrealizowane).
    #[schemars(regex(pattern = "^/."))]
    pub realised: String,
}

impl Default for OrderRecord {
    fn default() -> Self {
        Self {
            reference: "/externalId".into(),
            reference_attribute: None,
            attributes: "/attributes".into(),
            attribute_id: "/attributeId".into(),
            attribute_value: "/value".into(),
            realised: "/realised".into(),
        }
    }
}

impl Integration {
    /// Why the two BaseLinker statuses cannot be used together, if so.
    pub fn misfit(&self) -> Option<String> {
        let same = text_of(&self.baselinker_order_status_to_import)
            == text_of(&self.baselinker_order_status_to_send);
        same.then(|| {
            format!(
                "`baselinkerOrderStatusToImport` and `baselinkerOrderStatusToSend` are both {}: an order that \
                 is realised would be imported anew; set `baselinkerOrderStatusToSend` to another status",
                self.baselinker_order_status_to_send
            )
        })
    }
}

/// An id as it is sent: both vendors show numbers, however people typed them.
pub fn sent(id: &str) -> Value {
    let number = id.parse::<u64>().ok().filter(|number| number.to_string() == id);
    number.map_or_else(|| id.into(), Value::from)
}

/// An id as it is compared: people type blanks.
pub fn text_of(id: &Id) -> &str {
    id.as_str().trim()
}
