//! The new order: what Optimakers' `create-order` takes, from a BaseLinker order.
//!
//! A BaseLinker order is read leniently, as its types have changed over the years. Amounts go over digit
//! by digit. Whatever is empty is left out.

use serde_json::{Map, Number, Value, json};
use windlass_sdk::lenient::{self, Id};

use crate::config::{Integration, sent, text_of};

/// Our names of an address, and what BaseLinker's end in.
const ADDRESS: [(&str, &str); 7] = [
    ("name", "fullname"),
    ("company", "company"),
    ("street", "address"),
    ("postcode", "postcode"),
    ("city", "city"),
    ("state", "state"),
    ("country", "country_code"),
];

/// The input of `create-order`, or everything that stands in its way.
pub fn create(config: &Integration, reference: &str, order: &Value) -> Result<Value, Vec<String>> {
    let mut problems = Vec::new();
    let currency = text(order, "currency").ok_or_else(|| "the order has no currency".to_owned());
    let currency = currency.and_then(|currency| config.currency(&currency).map(id));
    let currency = currency.map_err(|problem| problems.push(problem)).ok();
    let lines = lines(config, order, &mut problems);
    if !problems.is_empty() {
        problems.dedup();
        return Err(problems);
    }
    let mut created = Map::from_iter([
        ("reference".to_owned(), json!(reference)),
        ("status".to_owned(), id(&config.optimes_order_status)),
        ("currency".to_owned(), json!(currency)),
    ]);
    let placed_at = text(order, "date_add").and_then(|text| text.parse::<u64>().ok());
    put(&mut created, "placed_at", placed_at.map(Value::from));
    put(&mut created, "customer", Some(customer(config, order)));
    put(&mut created, "delivery", Some(delivery(order)));
    put(&mut created, "invoice", Some(invoice(order)));
    created.insert("lines".into(), Value::Array(lines));
    put(&mut created, "attributes", Some(attributes(config, order)));
    Ok(Value::Object(created))
}

/// The trimmed text of a scalar; none if there is nothing in it.
pub fn text(record: &Value, name: &str) -> Option<String> {
    let text = lenient::text(&record.get(name)?.to_string())?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn customer(config: &Integration, order: &Value) -> Value {
    let either = |name: &str| {
        text(order, &format!("invoice_{name}")).or_else(|| text(order, &format!("delivery_{name}")))
    };
    let login = attribute(config.optimes_customer_attribute_login.as_ref(), text(order, "user_login"));
    members([
        ("name", either("fullname").map(Value::from)),
        ("company", either("company").map(Value::from)),
        ("tax_number", text(order, "invoice_nip").map(Value::from)),
        ("email", text(order, "email").map(Value::from)),
        ("phone", text(order, "phone").map(Value::from)),
        ("attributes", Some(login.into_iter().collect())),
    ])
}

fn delivery(order: &Value) -> Value {
    let mut delivery = address(order, "delivery");
    for name in ["point_id", "point_name"] {
        put(&mut delivery, name, text(order, &format!("delivery_{name}")).map(Value::from));
    }
    Value::Object(delivery)
}

fn invoice(order: &Value) -> Value {
    let mut invoice = address(order, "invoice");
    put(&mut invoice, "tax_number", text(order, "invoice_nip").map(Value::from));
    Value::Object(invoice)
}

fn address(order: &Value, of: &str) -> Map<String, Value> {
    let mut address = Map::new();
    for (name, ending) in ADDRESS {
        put(&mut address, name, text(order, &format!("{of}_{ending}")).map(Value::from));
    }
    address
}

fn attributes(config: &Integration, order: &Value) -> Value {
    let carried = [
        (&config.optimes_order_attribute_delivery_method, "delivery_method"),
        (&config.optimes_order_attribute_delivery_price, "delivery_price"),
        (&config.optimes_order_attribute_payment_method, "payment_method"),
        (&config.optimes_order_attribute_additional_field1, "extra_field_1"),
        (&config.optimes_order_attribute_additional_field2, "extra_field_2"),
        (&config.optimes_order_attribute_note, "user_comments"),
    ];
    carried.into_iter().filter_map(|(id, name)| attribute(id.as_ref(), text(order, name))).collect()
}

fn attribute(attribute: Option<&Id>, value: Option<String>) -> Option<Value> {
    Some(json!({ "id": id(attribute?), "value": value? }))
}

fn lines(config: &Integration, order: &Value, problems: &mut Vec<String>) -> Vec<Value> {
    let products = order.get("products").and_then(Value::as_array);
    let mut lines = Vec::new();
    for (at, product) in products.into_iter().flatten().enumerate() {
        match line(config, product) {
            Ok(line) => lines.push(line),
            Err(problem) => {
                let name = text(product, "name").unwrap_or_default();
                problems.push(format!("line {} ({name}): {problem}", at + 1));
            }
        }
    }
    lines
}

fn line(config: &Integration, product: &Value) -> Result<Value, String> {
    let rate = text(product, "tax_rate").ok_or("it has no `tax_rate`")?;
    Ok(members([
        ("name", Some(text(product, "name").unwrap_or_default().into())),
        ("variant", text(product, "attributes").map(Value::from)),
        ("sku", text(product, "sku").map(Value::from)),
        ("ean", text(product, "ean").map(Value::from)),
        ("quantity", Some(number(product, "quantity")?)),
        ("price_gross", Some(number(product, "price_brutto")?)),
        ("vat_rate", Some(id(config.vat_rate(&rate)?))),
    ]))
}

/// A number with the digits that it came with, also from text.
fn number(product: &Value, name: &str) -> Result<Value, String> {
    let text = text(product, name).ok_or_else(|| format!("it has no `{name}`"))?;
    let number =
        text.parse::<Number>().map_err(|_| format!("its `{name}` is `{text}`, which is no number"))?;
    Ok(Value::Number(number))
}

fn id(id: &Id) -> Value {
    sent(text_of(id))
}

fn members<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let mut object = Map::new();
    members.into_iter().for_each(|(name, value)| put(&mut object, name, value));
    Value::Object(object)
}

/// Adds a member, unless there is nothing in it.
fn put(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    let is_empty = match &value {
        None | Some(Value::Null) => true,
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(_) => false,
    };
    if let Some(value) = value.filter(|_| !is_empty) {
        object.insert(name.to_owned(), value);
    }
}
