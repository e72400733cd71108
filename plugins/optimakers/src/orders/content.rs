//! What is sent of an order: our names become the profile's, and what it moves is moved.

use serde::Serialize;
use serde_json::{Map, Value, json};
use windlass_sdk::lenient::Id;
use windlass_sdk::{Error, Result};

use crate::profile::{Owner, Profile};

/// A new order on the wire.
pub fn of_order(profile: &Profile, order: &impl Serialize) -> Result<Value> {
    let mut order = members(order)?;
    if let Some(attribute) = &profile.reference_attribute {
        let value = order.remove("reference").unwrap_or_default();
        attributes(&mut order).push(json!({ "id": attribute, "value": value }));
    }
    if profile.customer_attributes == Owner::Order {
        let customer = order.get_mut("customer").and_then(Value::as_object_mut);
        if let Some(Value::Array(moved)) = customer.and_then(|customer| customer.remove("attributes")) {
            attributes(&mut order).extend(moved);
        }
    }
    Ok(renamed(profile, "", Value::Object(order)))
}

/// Changes of an order on the wire.
pub fn of_changes(profile: &Profile, changes: &impl Serialize) -> Result<Value> {
    Ok(renamed(profile, "", Value::Object(members(changes)?)))
}

/// The value of an attribute in an order that came over the wire.
pub fn attribute(profile: &Profile, order: &Value, wanted: &Id) -> Option<Value> {
    let is_wanted = |attribute: &&Value| {
        let id = attribute.get(profile.name("attributes.id")).cloned().unwrap_or_default();
        serde_json::from_value::<Id>(id).is_ok_and(|id| id == *wanted)
    };
    let found = order.get(profile.name("attributes"))?.as_array()?.iter().find(is_wanted)?;
    found.get(profile.name("attributes.value")).cloned()
}

fn members(value: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Error::other("order", "an order is an object")),
        Err(error) => Err(Error::other("order", error.to_string())),
    }
}

fn attributes(order: &mut Map<String, Value>) -> &mut Vec<Value> {
    let attributes = order.entry("attributes").or_insert_with(|| json!([]));
    if !attributes.is_array() {
        *attributes = json!([]);
    }
    match attributes {
        Value::Array(attributes) => attributes,
        _ => unreachable!("it was made a list"),
    }
}

/// The same with the names of the wire. `path` is ours, without the places in lists.
fn renamed(profile: &Profile, path: &str, value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                let name = profile.name(&path).to_owned();
                (!name.is_empty()).then(|| (name, renamed(profile, &path, value)))
            };
            Value::Object(members.into_iter().filter_map(member).collect())
        }
        Value::Array(elements) => {
            elements.into_iter().map(|element| renamed(profile, path, element)).collect()
        }
        scalar => scalar,
    }
}
