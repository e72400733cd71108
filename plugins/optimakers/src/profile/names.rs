//! Names of an order's members: ours and the wire's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Profile;

/// Our names of an order's members, and the stand-in's.
const NAMES: [(&str, &str); 48] = [
    ("reference", "externalId"),
    ("status", "statusId"),
    ("currency", "currencyId"),
    ("placed_at", "orderedAt"),
    ("realised", "realised"),
    ("attributes", "attributes"),
    ("attributes.id", "attributeId"),
    ("attributes.value", "value"),
    ("customer", "customer"),
    ("customer.name", "name"),
    ("customer.company", "company"),
    ("customer.tax_number", "taxNumber"),
    ("customer.email", "email"),
    ("customer.phone", "phone"),
    ("customer.attributes", "attributes"),
    ("customer.attributes.id", "attributeId"),
    ("customer.attributes.value", "value"),
    ("delivery", "deliveryAddress"),
    ("delivery.name", "name"),
    ("delivery.company", "company"),
    ("delivery.tax_number", "taxNumber"),
    ("delivery.street", "street"),
    ("delivery.postcode", "postcode"),
    ("delivery.city", "city"),
    ("delivery.state", "state"),
    ("delivery.country", "countryCode"),
    ("delivery.point_id", "pointId"),
    ("delivery.point_name", "pointName"),
    ("invoice", "invoiceAddress"),
    ("invoice.name", "name"),
    ("invoice.company", "company"),
    ("invoice.tax_number", "taxNumber"),
    ("invoice.street", "street"),
    ("invoice.postcode", "postcode"),
    ("invoice.city", "city"),
    ("invoice.state", "state"),
    ("invoice.country", "countryCode"),
    ("invoice.point_id", "pointId"),
    ("invoice.point_name", "pointName"),
    ("lines", "items"),
    ("lines.name", "name"),
    ("lines.variant", "variant"),
    ("lines.sku", "sku"),
    ("lines.ean", "ean"),
    ("lines.quantity", "quantity"),
    ("lines.price_gross", "grossPrice"),
    ("lines.vat_rate", "vatRateId"),
    ("lines.product", "productId"),
];

impl Profile {
    /// The name on the wire of a member of an order, by its path in our own names.
    pub fn name<'a>(&'a self, path: &'a str) -> &'a str {
        let given = self.names.get(path).map(String::as_str);
        let stand_in = || NAMES.iter().find(|(own, _)| *own == path).map(|(_, name)| *name);
        given.or_else(stand_in).unwrap_or(path)
    }
}

/// The stand-in's names, by ours.
pub(super) fn stand_in() -> BTreeMap<String, String> {
    NAMES.iter().map(|&(own, name)| (own.into(), name.into())).collect()
}

/// The JSON Schema of our names, so that a misspelt one is found when it is set.
pub(super) fn schema() -> Value {
    let known: Vec<_> = NAMES.iter().map(|(own, _)| own).collect();
    json!({ "enum": known })
}
