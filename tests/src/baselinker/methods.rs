//! The API's methods: their names, their parameters, and what they do to the account.

use serde_json::{Map, Value, json};

use super::catalog::Catalog;
use super::journal::Journal;
use super::orders::Orders;
use super::{reads, writes};

/// A failure as the vendor words it: HTTP 200 with `status: ERROR`.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

impl Refusal {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// Something that the vendor did for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The number of the request that caused it, from 1.
    pub request: usize,
    pub method: String,
    pub order: i64,
    /// The status given, where one was.
    pub status: Option<i64>,
}

/// Everything that belongs to the vendor's customer.
pub struct Account {
    pub orders: Orders,
    pub catalog: Catalog,
    pub journal: Journal,
    /// Changes of orders that were asked for over the API.
    pub effects: Vec<Effect>,
    /// Whether `date_confirmed_from` counts when `id_from` is given too.
    pub date_counts_with_id: bool,
}

/// One call, as a method sees it.
pub struct Call<'a> {
    pub request: usize,
    pub name: &'a str,
    pub parameters: &'a Map<String, Value>,
    /// Unix time in seconds.
    pub now: i64,
}

type Perform = fn(&mut Account, &Call) -> Result<Value, Refusal>;

struct Method {
    name: &'static str,
    parameters: &'static [&'static str],
    perform: Perform,
}

const METHODS: &[Method] = &[
    Method { name: "getOrders", parameters: reads::ORDERS, perform: reads::orders },
    Method { name: "getOrdersByEmail", parameters: &["email"], perform: reads::orders_by_email },
    Method {
        name: "getJournalList",
        parameters: &["last_log_id", "logs_types", "order_id"],
        perform: reads::journal,
    },
    Method { name: "getOrderStatusList", parameters: &[], perform: reads::statuses },
    Method { name: "getInventories", parameters: &[], perform: reads::inventories },
    Method { name: "getInventoryProductsList", parameters: reads::PRODUCTS, perform: reads::products },
    Method {
        name: "getInventoryProductsData",
        parameters: &["inventory_id", "products"],
        perform: reads::product_data,
    },
    Method { name: "getInventoryProductsStock", parameters: reads::PRODUCTS, perform: reads::stock },
    Method {
        name: "updateInventoryProductsStock",
        parameters: &["inventory_id", "products"],
        perform: writes::update_stock,
    },
    Method { name: "setOrderStatus", parameters: &["order_id", "status_id"], perform: writes::set_status },
    Method {
        name: "setOrderStatuses",
        parameters: &["order_ids", "status_id"],
        perform: writes::set_statuses,
    },
    Method { name: "setOrderFields", parameters: writes::ORDER_FIELDS, perform: writes::set_fields },
    Method { name: "addOrder", parameters: writes::ORDER_FIELDS, perform: writes::add_order },
];

/// Carries a call out. The answer has no `status` yet.
pub fn perform(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let method = find(call.name);
    let method =
        method.ok_or_else(|| Refusal::new("ERROR_UNKNOWN_METHOD", "An unknown method has been used"))?;
    (method.perform)(account, call)
}

/// A parameter that the method does not have. The vendor ignores it; a test should not.
pub fn unknown_parameter<'a>(name: &str, parameters: &'a Value) -> Option<&'a String> {
    let method = find(name)?;
    parameters.as_object()?.keys().find(|given| !method.parameters.contains(&given.as_str()))
}

fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

impl Call<'_> {
    /// A whole number, also one written as text.
    pub fn int(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.parameters.get(name).map(|value| int(value).ok_or_else(|| bad(name))).transpose()
    }

    pub fn required_int(&self, name: &str) -> Result<i64, Refusal> {
        self.int(name)?.ok_or_else(|| bad(name))
    }

    pub fn ints(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        let Some(value) = self.parameters.get(name) else {
            return Ok(Vec::new());
        };
        let values = value.as_array().ok_or_else(|| bad(name))?;
        values.iter().map(|value| int(value).ok_or_else(|| bad(name))).collect()
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.parameters.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.parameters.get(name).is_some_and(|value| *value == json!(true) || int(value) == Some(1))
    }

    pub fn effect(&self, order: i64, status: Option<i64>) -> Effect {
        Effect { request: self.request, method: self.name.to_owned(), order, status }
    }
}

/// The code is invented: the real one for a bad parameter is unknown.
pub fn bad(parameter: &str) -> Refusal {
    Refusal::new("ERROR_BAD_PARAMETER", format!("Invalid {parameter}"))
}

fn int(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
