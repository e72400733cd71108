//! The API's calls: their parameters, and what they do to the supplier's book.

use serde_json::{Map, Number, Value, json};

use super::Settings;
use super::book::{Book, Priced, UnknownSku};

/// A call of the API.
pub struct Endpoint {
    /// HTTP method and path behind the prefix.
    pub method: &'static str,
    pub parameters: &'static [&'static str],
    /// Whether the guide's example shows a JSON body.
    pub has_documented_body: bool,
    /// What the guide says success is.
    pub success: u16,
    pub perform: Perform,
}

/// A failure: status and `message`.
#[derive(Debug)]
pub struct Refusal(pub u16, pub String);

type Perform = fn(&mut Book, &Settings, &Parameters) -> Result<Value, Refusal>;

/// Parameters of one call. In query and headers everything is text; in a body types count.
pub struct Parameters<'a> {
    pub members: &'a Map<String, Value>,
    pub typed: bool,
}

const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET items",
        parameters: &["item_name"],
        has_documented_body: false,
        success: 200,
        perform: |book, settings, given| Ok(book.items(settings.name_filter, given.maybe_text("item_name")?)),
    },
    Endpoint {
        method: "GET pricings",
        parameters: &["pricing_name"],
        has_documented_body: false,
        success: 200,
        perform: |book, settings, given| {
            Ok(book.lists(settings.name_filter, given.maybe_text("pricing_name")?))
        },
    },
    Endpoint {
        method: "GET clients",
        parameters: &["customer_number"],
        has_documented_body: false,
        success: 200,
        perform: |book, _, given| book.customer(given.text("customer_number")?).ok_or_else(no_customer),
    },
    Endpoint {
        method: "POST pricings",
        parameters: &["name"],
        has_documented_body: false,
        success: 201,
        perform: create,
    },
    Endpoint {
        method: "POST pricings/items",
        parameters: &["pricing_id", "customer_number", "items"],
        has_documented_body: true,
        success: 201,
        perform: set_prices,
    },
    Endpoint {
        method: "DELETE pricings/items",
        parameters: &["pricing_id", "customer_number", "items"],
        has_documented_body: true,
        success: 200,
        perform: remove_prices,
    },
    Endpoint {
        method: "DELETE pricings/removeClient",
        parameters: &["pricing_id", "customer_number"],
        has_documented_body: false,
        success: 200,
        perform: remove_customer,
    },
];

pub fn find(method: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.method == method)
}

fn create(book: &mut Book, settings: &Settings, given: &Parameters) -> Result<Value, Refusal> {
    let name = given.text("name")?;
    if !settings.twin_names && book.all_lists().iter().any(|list| list.name == name) {
        return Err(Refusal(422, "pricing name already exists".into()));
    }
    Ok(json!({"pricing_id": book.add_list(name), "pricing_name": name}))
}

fn set_prices(book: &mut Book, settings: &Settings, given: &Parameters) -> Result<Value, Refusal> {
    let (list, customer) = list_and_customer(book, given)?;
    let mut prices = Vec::new();
    for item in given.items()? {
        let (sku, price) = (item["catalog_number"].as_str(), item["price_after_discount"].as_number());
        prices.push((
            sku.ok_or_else(|| wrong("catalog_number"))?,
            price.ok_or_else(|| wrong("price_after_discount"))?,
        ));
    }
    let unknown = prices.iter().find(|(sku, _)| !book.knows(sku));
    if let Some((sku, _)) = unknown.filter(|_| settings.unknown_sku == UnknownSku::Refused) {
        return Err(Refusal(422, format!("catalog number {sku} not found")));
    }
    let (mut added, mut updated) = (Vec::new(), Vec::new());
    for (sku, price) in prices {
        match book.set_price(list, sku, Number::clone(price)) {
            Priced::Added => added.push(sku),
            Priced::Updated => updated.push(sku),
            Priced::UnknownSku => {}
        }
    }
    if let Some(list) = book.list(list) {
        list.add_customer(customer);
    }
    Ok(json!({"message": "success", "items_added": added, "items_updated": updated}))
}

fn remove_prices(book: &mut Book, _: &Settings, given: &Parameters) -> Result<Value, Refusal> {
    let (list, _) = list_and_customer(book, given)?;
    let skus: Option<Vec<_>> = given.items()?.iter().map(Value::as_str).collect();
    let skus = skus.ok_or_else(|| wrong("items"))?;
    let deleted: Vec<_> = skus.into_iter().filter(|sku| book.remove_price(list, sku)).collect();
    Ok(json!({"message": "success", "items_deleted": deleted}))
}

fn remove_customer(book: &mut Book, settings: &Settings, given: &Parameters) -> Result<Value, Refusal> {
    let (list, customer) = list_and_customer(book, given)?;
    let removed = book.list(list).is_some_and(|list| list.remove_customer(customer));
    if !removed && !settings.absent_is_removed {
        return Err(Refusal(404, "client is not in the pricing".into()));
    }
    Ok(json!({"message": "Client has been successfully removed from the pricing"}))
}

fn list_and_customer(book: &mut Book, given: &Parameters) -> Result<(i64, i64), Refusal> {
    let (list, number) = (given.whole("pricing_id")?, given.text("customer_number")?);
    let customer = book.customer_id(number).ok_or_else(no_customer)?;
    match book.list(list) {
        Some(_) => Ok((list, customer)),
        None => Err(Refusal(404, "pricing not found".into())),
    }
}

impl Parameters<'_> {
    fn maybe_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| wrong(name)),
        }
    }

    fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.maybe_text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| wrong(name))
    }

    fn whole(&self, name: &str) -> Result<i64, Refusal> {
        let value = self.members.get(name).ok_or_else(|| wrong(name))?;
        let number =
            if self.typed { value.as_i64() } else { value.as_str().and_then(|text| text.parse().ok()) };
        number.ok_or_else(|| wrong(name))
    }

    fn items(&self) -> Result<&[Value], Refusal> {
        let items = self.members.get("items").and_then(Value::as_array);
        items.map(Vec::as_slice).filter(|items| !items.is_empty()).ok_or_else(|| wrong("items"))
    }
}

fn wrong(name: &str) -> Refusal {
    Refusal(422, format!("The {name} field is required and must be valid."))
}

fn no_customer() -> Refusal {
    Refusal(404, "client not found".into())
}
